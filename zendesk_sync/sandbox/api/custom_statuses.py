"""Endpoints of custom statuses. Source: Zendesk API reference, Ticketing > Custom Ticket Statuses."""

from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import not_found
from zendesk_sync.sandbox.model import custom_statuses
from zendesk_sync.sandbox.model.values import integers
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/custom_statuses"


def _find(call: Call) -> Doc:
    status = call.state.store.get(custom_statuses.KIND, call.path["id"])
    if status is None:
        raise not_found()
    return status


def index(call: Call) -> Reply:
    """All of them in one answer; `active`, `default`, `status_categories=open,pending`."""
    found = call.state.store.all(custom_statuses.KIND)
    for name in ("active", "default"):
        if call.query(name):
            found = [status for status in found if status[name] == call.asks(name)]
    wanted = call.words("status_categories")
    found = [status for status in found if not wanted or status["status_category"] in wanted]
    return Reply({"custom_statuses": [custom_statuses.present(call.state, status) for status in found]})


def show(call: Call) -> Reply:
    return Reply({"custom_status": custom_statuses.present(call.state, _find(call))})


def create(call: Call) -> Reply:
    allowed = custom_statuses.WRITABLE | {"status_category"}
    given, headers = permitted(call.given("custom_status"), allowed, "custom_status")
    shown = custom_statuses.present(call.state, custom_statuses.create(call.state, given))
    return Reply({"custom_status": shown}, 201, {"location": shown["url"], **headers})


def update(call: Call) -> Reply:
    """The category of a status cannot change."""
    given, headers = permitted(call.given("custom_status"), custom_statuses.WRITABLE, "custom_status")
    changed = custom_statuses.update(call.state, _find(call), given)
    return Reply({"custom_status": custom_statuses.present(call.state, changed)}, 200, headers)


def set_defaults(call: Call) -> Reply:
    """`PUT /custom_status/default {"ids": "1,2"}`, or a list: each becomes the default of its category."""
    given = call.json().get("ids")
    ids = integers(given.split(",") if isinstance(given, str) else given)
    for status in call.state.store.many(custom_statuses.KIND, ids):
        custom_statuses.make_default(call.state, status)
    return Reply({})


ROUTES = [
    rule("GET", _V2, index),
    rule("POST", _V2, create, "admin"),
    rule("GET", f"{_V2}/{{id:int}}", show),
    rule("PUT", f"{_V2}/{{id:int}}", update, "admin"),
    rule("PUT", "/api/v2/custom_status/default", set_defaults, "admin"),
]
