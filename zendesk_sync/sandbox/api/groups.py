"""Endpoints of groups and their members. Source: Zendesk API reference, Ticketing > Groups, Group Memberships."""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import invalid_record, not_found
from zendesk_sync.sandbox.model import groups, users
from zendesk_sync.sandbox.model.values import integer_or_none
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2"


def _find(call: Call) -> Doc:
    group = groups.named(call.state, call.path["id"])
    if group is None:
        raise not_found()
    return group


def index(call: Call) -> Reply:
    found = [group for group in call.state.store.all(groups.KIND) if not group["deleted"]]
    return Reply(paging.of(call, "groups", [groups.present(call.state, group) for group in found]))


def count(call: Call) -> Reply:
    value = sum(not group["deleted"] for group in call.state.store.all(groups.KIND))
    return Reply({"count": {"value": value, "refreshed_at": call.state.now()}})


def show(call: Call) -> Reply:
    return Reply({"group": groups.present(call.state, _find(call))})


def create(call: Call) -> Reply:
    given, headers = permitted(call.given("group"), groups.WRITABLE, "group")
    shown = groups.present(call.state, groups.create(call.state, given))
    return Reply({"group": shown}, 201, {"location": shown["url"], **headers})


def update(call: Call) -> Reply:
    given, headers = permitted(call.given("group"), groups.WRITABLE, "group")
    return Reply({"group": groups.present(call.state, groups.update(call.state, _find(call), given))}, 200, headers)


def delete(call: Call) -> Reply:
    """204, soft; the account's default group stays."""
    group = _find(call)
    if group["default"]:
        raise invalid_record("base", "Default group cannot be deleted", "InvalidValue")
    call.state.store.put(groups.KIND, group["id"], {**group, "deleted": True, "updated_at": call.state.now()})
    return Reply(status=204)


def list_memberships(call: Call) -> Reply:
    """All, or those of a user or of a group."""
    found = call.state.store.all(groups.MEMBERSHIP)
    owner = "user_id" if "/users/" in call.request.url.path else "group_id"
    if "id" in call.path:
        found = [membership for membership in found if membership[owner] == call.path["id"]]
    return Reply(paging.of(call, "group_memberships", [_membership(call, membership) for membership in found]))


def _membership(call: Call, membership: Doc) -> Doc:
    return {"url": call.state.url(f"group_memberships/{membership['id']}.json"), **membership}


def create_membership(call: Call) -> Reply:
    given = call.given("group_membership")
    user = users.get(call.state, integer_or_none(given.get("user_id")))
    group = groups.named(call.state, given.get("group_id"))
    if user is None or group is None or not users.is_staff(user):
        raise invalid_record("base", "An agent and a group are required", "BlankValue")
    membership = groups.join(call.state, user["id"], group["id"])
    shown = _membership(call, membership)
    return Reply({"group_membership": shown}, 201, {"location": shown["url"]})


def delete_membership(call: Call) -> Reply:
    if not call.state.store.delete(groups.MEMBERSHIP, call.path["id"]):
        raise not_found()
    return Reply(status=204)


ROUTES = [
    rule("GET", f"{_V2}/groups", index),
    rule("POST", f"{_V2}/groups", create, "admin"),
    rule("GET", f"{_V2}/groups/count", count),
    rule("GET", f"{_V2}/groups/{{id:int}}", show),
    rule("PUT", f"{_V2}/groups/{{id:int}}", update, "admin"),
    rule("DELETE", f"{_V2}/groups/{{id:int}}", delete, "admin"),
    rule("GET", f"{_V2}/groups/{{id:int}}/memberships", list_memberships),
    rule("GET", f"{_V2}/users/{{id:int}}/group_memberships", list_memberships),
    rule("GET", f"{_V2}/group_memberships", list_memberships),
    rule("POST", f"{_V2}/group_memberships", create_membership, "admin"),
    rule("DELETE", f"{_V2}/group_memberships/{{id:int}}", delete_membership, "admin"),
]
