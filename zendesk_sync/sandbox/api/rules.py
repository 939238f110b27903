"""Endpoints of triggers. Source: Zendesk API reference, Business Rules > Triggers."""

from zendesk_sync.sandbox.api import rule_lists
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import coded, not_found
from zendesk_sync.sandbox.model import definitions, trigger_categories, triggers
from zendesk_sync.sandbox.model.values import integers
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/triggers"
_MANY = frozenset({"position", "active", "category_id"})


def _find(call: Call) -> Doc:
    trigger = call.state.store.get(triggers.KIND, call.path["id"])
    if trigger is None:
        raise not_found()
    return trigger


def _page(call: Call, found: list[Doc]) -> Reply:
    """Filter by `active` and `category_id` and sort; the running order is the default."""
    category = call.query("category_id")
    if category:
        found = [trigger for trigger in found if trigger["category_id"] == category]
    return rule_lists.page(call, "triggers", found, triggers.present)


def index(call: Call) -> Reply:
    """In running order; `active=true|false`, `category_id=`, `sort=` or `sort_by=`."""
    return _page(call, triggers.ordered(call.state))


def search(call: Call) -> Reply:
    """`query=` matches a part of the title; `filter={"json": {attribute: value}}` compares attributes."""
    return _page(call, rule_lists.searched(call, triggers.ordered(call.state)))


def show(call: Call) -> Reply:
    return Reply({"trigger": triggers.present(call.state, _find(call))})


def create(call: Call) -> Reply:
    given, headers = permitted(call.given("trigger"), triggers.WRITABLE, "trigger")
    shown = triggers.present(call.state, triggers.create(call.state, given))
    return Reply({"trigger": shown}, 201, {"location": shown["url"], **headers})


def update(call: Call) -> Reply:
    given, headers = permitted(call.given("trigger"), triggers.WRITABLE, "trigger")
    changed = triggers.update(call.state, _find(call), given)
    return Reply({"trigger": triggers.present(call.state, changed)}, 200, headers)


def delete(call: Call) -> Reply:
    call.state.store.delete(triggers.KIND, _find(call)["id"])
    return Reply(status=204)


def update_many(call: Call) -> Reply:
    """`{"triggers": [{"id", "position", "active", "category_id"}]}`, at most 100; other properties are ignored."""
    return rule_lists.update_many(call, "triggers", triggers, _MANY)


def destroy_many(call: Call) -> Reply:
    """204; unknown ids are passed over."""
    for number in call.ids():
        call.state.store.delete(triggers.KIND, number)
    return Reply(status=204)


def reorder(call: Call) -> Reply:
    """`{"trigger_ids": […]}` with every trigger of the account, which may have one category only."""
    if len(trigger_categories.ordered(call.state)) > 1:
        raise coded(400, "LimitOneCategory", "Triggers cannot be reordered with more than one category")
    known = {trigger["id"]: trigger for trigger in call.state.store.all(triggers.KIND)}
    ids = integers(call.json().get("trigger_ids"))
    if set(ids) != known.keys():
        raise not_found()
    triggers.reorder(call.state, [known[number] for number in dict.fromkeys(ids)])
    return index(call)


def define(call: Call) -> Reply:
    """`{"definitions": {"conditions_all", "conditions_any", "actions"}}`: what this account's triggers may say."""
    return Reply({"definitions": definitions.of(call.state)})


ROUTES = [
    rule("GET", _V2, index),
    rule("POST", _V2, create, "admin"),
    rule("GET", f"{_V2}/active", index),
    rule("GET", f"{_V2}/search", search),
    rule("GET", f"{_V2}/definitions", define),
    rule("PUT", f"{_V2}/update_many", update_many, "admin"),
    rule("DELETE", f"{_V2}/destroy_many", destroy_many, "admin"),
    rule("PUT", f"{_V2}/reorder", reorder, "admin"),
    rule("GET", f"{_V2}/{{id:int}}", show),
    rule("PUT", f"{_V2}/{{id:int}}", update, "admin"),
    rule("DELETE", f"{_V2}/{{id:int}}", delete, "admin"),
]
