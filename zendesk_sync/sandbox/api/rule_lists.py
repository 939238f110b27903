"""What lists of triggers and of automations have in common: filters, order, search.

Source: Zendesk API reference, Business Rules > Triggers, Automations.
"""

from collections.abc import Callable, Collection
from typing import Protocol

import msgspec

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply
from zendesk_sync.sandbox.errors import coded, not_found, too_many_values
from zendesk_sync.sandbox.model.values import integer_or_none
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


class Rules(Protocol):
    """Triggers or automations, as the module that keeps them."""

    KIND: str

    def present(self, state: State, rule: Doc, /) -> Doc: ...

    def update(self, state: State, rule: Doc, given: Doc, /) -> Doc: ...


def update_many(call: Call, name: str, rules: Rules, properties: Collection[str]) -> Reply:
    """Change these properties of at most 100 rules, and answer with them; an unknown rule is a 404.

    As for single requests one after the other, those before the unknown one are changed.
    """
    given = call.json().get(name)
    items = [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    if len(items) > 100:
        raise too_many_values()
    changed: list[Doc] = []
    for item in items:
        known = call.state.store.get(rules.KIND, integer_or_none(item.get("id")))
        if known is None:
            raise not_found()
        change = {key: value for key, value in item.items() if key in properties}
        changed.append(rules.present(call.state, rules.update(call.state, known, change)))
    return Reply({name: changed, "next_page": None, "previous_page": None, "count": len(changed)})


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
