"""Endpoints of triggers and their categories.

Source: Zendesk API reference, Business Rules > Triggers, Trigger Categories.
"""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import not_found
from zendesk_sync.sandbox.model import definitions, triggers
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/triggers"


def _find(call: Call) -> Doc:
    trigger = call.state.store.get(triggers.KIND, call.path["id"])
    if trigger is None:
        raise not_found()
    return trigger


def index(call: Call) -> Reply:
    """In running order; `active=true|false`."""
    found = [triggers.present(call.state, trigger) for trigger in triggers.ordered(call.state)]
    wanted = "true" if call.request.url.path.endswith("/active") else call.query("active")
    if wanted:
        found = [trigger for trigger in found if trigger["active"] == (wanted == "true")]
    return Reply(paging.of(call, "triggers", found))


def search(call: Call) -> Reply:
    """`query=` matches a part of the title."""
    text = call.query("query").lower()
    found = [t for t in triggers.ordered(call.state) if text in t["title"].lower()]
    return Reply(paging.of(call, "triggers", [triggers.present(call.state, trigger) for trigger in found]))


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


def define(call: Call) -> Reply:
    """`{"definitions": {"conditions_all", "conditions_any", "actions"}}`: what this account's triggers may say."""
    return Reply({"definitions": definitions.of(call.state)})


def categories(call: Call) -> Reply:
    now = call.state.now()
    category = {"id": "1", "name": "Initial category", "position": 0, "created_at": now, "updated_at": now}
    return Reply(paging.of(call, "trigger_categories", [category]))


ROUTES = [
    rule("GET", _V2, index),
    rule("POST", _V2, create, "admin"),
    rule("GET", f"{_V2}/active", index),
    rule("GET", f"{_V2}/search", search),
    rule("GET", f"{_V2}/definitions", define),
    rule("GET", f"{_V2}/{{id:int}}", show),
    rule("PUT", f"{_V2}/{{id:int}}", update, "admin"),
    rule("DELETE", f"{_V2}/{{id:int}}", delete, "admin"),
    rule("GET", "/api/v2/trigger_categories", categories),
]
