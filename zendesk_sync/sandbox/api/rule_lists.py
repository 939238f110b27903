"""What lists of triggers and of automations have in common: filters, order, search.

Source: Zendesk API reference, Business Rules > Triggers, Automations.
"""

from collections.abc import Callable

import msgspec

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply
from zendesk_sync.sandbox.errors import coded
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_SORTS = {"alphabetical": "title", "created_at": "created_at", "updated_at": "updated_at"}


def page(call: Call, name: str, found: list[Doc], present: Callable[[State, Doc], Doc]) -> Reply:
    """Answer with those that `active` leaves, in running order or by `sort=`, `sort_by=` and `sort_order=`."""
    wanted = "true" if call.request.url.path.endswith("/active") else call.query("active")
    if wanted:
        found = [rule for rule in found if rule["active"] == (wanted == "true")]
    sort = call.query("sort") or call.query("sort_by") or "position"
    key = sort.removeprefix("-")
    if key in _SORTS:
        attribute = _SORTS[key]
        found = sorted(found, key=lambda rule: (str(rule[attribute]).lower(), rule["id"]))
        order = call.query("sort_order") or ("asc" if key == "alphabetical" else "desc")
        descending = sort.startswith("-") if "sort" in call.request.query_params else order == "desc"
    else:
        descending = sort.startswith("-") or call.query("sort_order") == "desc"
    found = found[::-1] if descending else found
    return Reply(paging.of(call, name, [present(call.state, rule) for rule in found]))


def searched(call: Call, found: list[Doc]) -> list[Doc]:
    """Return those whose title contains `query=`, and whose attributes are as `filter={"json": {…}}` says."""
    text = call.query("query").lower()
    found = [rule for rule in found if text in rule["title"].lower()]
    for name, value in _filter(call).items():
        found = [rule for rule in found if rule.get(name) == value]
    return found


def _filter(call: Call) -> Doc:
    raw = call.query("filter")
    if not raw:
        return {}
    try:
        given = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        given = None
    wanted = given.get("json") if isinstance(given, dict) else None
    if not isinstance(wanted, dict):
        raise coded(400, "InvalidFilter", "filter is not valid")
    return wanted
