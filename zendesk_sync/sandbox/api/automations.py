"""Endpoints of automations. Source: Zendesk API reference, Business Rules > Automations."""

from zendesk_sync.sandbox.api import rule_lists
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import not_found
from zendesk_sync.sandbox.model import automations
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/automations"
_MANY = frozenset({"position", "active"})


def _find(call: Call) -> Doc:
    automation = call.state.store.get(automations.KIND, call.path["id"])
    if automation is None:
        raise not_found()
    return automation


def index(call: Call) -> Reply:
    """In running order; `active=true|false`, `sort_by=`, `sort_order=`."""
    return rule_lists.page(call, "automations", automations.ordered(call.state), automations.present)


def search(call: Call) -> Reply:
    found = rule_lists.searched(call, automations.ordered(call.state))
    return rule_lists.page(call, "automations", found, automations.present)


def show(call: Call) -> Reply:
    return Reply({"automation": automations.present(call.state, _find(call))})


def create(call: Call) -> Reply:
    given, headers = permitted(call.given("automation"), automations.WRITABLE, "automation")
    shown = automations.present(call.state, automations.create(call.state, given))
    return Reply({"automation": shown}, 201, {"location": shown["url"], **headers})


def update(call: Call) -> Reply:
    given, headers = permitted(call.given("automation"), automations.WRITABLE, "automation")
    changed = automations.update(call.state, _find(call), given)
    return Reply({"automation": automations.present(call.state, changed)}, 200, headers)


def delete(call: Call) -> Reply:
    call.state.store.delete(automations.KIND, _find(call)["id"])
    return Reply(status=204)


def update_many(call: Call) -> Reply:
    """`{"automations": [{"id", "position", "active"}]}`; other properties are ignored."""
    return rule_lists.update_many(call, "automations", automations, _MANY)


def destroy_many(call: Call) -> Reply:
    """204; unknown ids are passed over."""
    for number in call.ids():
        call.state.store.delete(automations.KIND, number)
    return Reply(status=204)


ROUTES = [
    rule("GET", _V2, index),
    rule("POST", _V2, create, "admin"),
    rule("GET", f"{_V2}/active", index),
    rule("GET", f"{_V2}/search", search),
    rule("PUT", f"{_V2}/update_many", update_many, "admin"),
    rule("DELETE", f"{_V2}/destroy_many", destroy_many, "admin"),
    rule("GET", f"{_V2}/{{id:int}}", show),
    rule("PUT", f"{_V2}/{{id:int}}", update, "admin"),
    rule("DELETE", f"{_V2}/{{id:int}}", delete, "admin"),
]
