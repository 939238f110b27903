"""Endpoints of users, organizations and their memberships.

Source: Zendesk API reference, Ticketing > Users, Organizations, Organization Memberships.
"""

from collections.abc import Callable
from functools import partial

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import invalid_record, not_found
from zendesk_sync.sandbox.model import organizations, record_events, users
from zendesk_sync.sandbox.store import Doc

V2 = "/api/v2"


def _user(call: Call) -> Doc:
    user = users.get(call.state, call.path["id"])
    if user is None:
        raise not_found()
    return user


def _show_user(call: Call) -> Callable[[Doc], Doc]:
    return lambda user: users.present(call.state, user)


def me(call: Call) -> Reply:
    """`{"user": {…}}`; without credentials 200 and the anonymous user, whose id is null."""
    return Reply({"user": users.present(call.state, call.actor) if call.actor else users.ANONYMOUS})


def list_users(call: Call) -> Reply:
    wanted = set(call.request.query_params.getlist("role") + call.request.query_params.getlist("role[]"))
    found = call.state.store.index(users.KIND, "role")
    rows: list[paging.Row] = [(0, key) for key, role in found if not wanted or role in wanted]
    show = _show_user(call)
    return Reply(
        paging.page(call, "users", rows, lambda ids: [show(u) for u in call.state.store.many(users.KIND, ids)])[0]
    )


def show_user(call: Call) -> Reply:
    return Reply({"user": users.present(call.state, _user(call))})


def show_many_users(call: Call) -> Reply:
    """By `ids` or `external_ids`, at most 100; the unknown are left out."""
    found = call.state.store.many(users.KIND, call.ids())
    if call.query("external_ids"):
        wanted = set(call.listed("external_ids"))
        found = [user for user in call.state.store.all(users.KIND) if user["external_id"] in wanted]
    return Reply({"users": [users.present(call.state, user) for user in found], **_one_page(len(found))})


def search_users(call: Call) -> Reply:
    """`query=email:x`, `query=text`, or `external_id=x`."""
    query, external_id = call.query("query").strip(), call.query("external_id")
    if external_id:
        found = [user for user in call.state.store.all(users.KIND) if user["external_id"] == external_id]
    elif query.startswith("email:"):
        person = users.by_email(call.state, query.removeprefix("email:").strip('"'))
        found = [person] if person else []
    else:
        text = query.lower()
        found = [u for u in call.state.store.all(users.KIND) if text in f"{u['name']} {u['email']}".lower()]
    return Reply(paging.of(call, "users", [users.present(call.state, user) for user in found]))


def create_user(call: Call) -> Reply:
    given, headers = permitted(call.given("user"), users.WRITABLE, "user")
    user = users.present(call.state, users.create(call.state, given))
    return Reply({"user": user}, 201, {"location": user["url"], **headers})


def create_or_update_user(call: Call) -> Reply:
    """Match on e-mail, then on external id: 200 when found, 201 when new."""
    given, headers = permitted(call.given("user"), users.WRITABLE, "user")
    known = users.by_email(call.state, str(given.get("email") or ""))
    if known is None and given.get("external_id"):
        everyone = call.state.store.all(users.KIND)
        known = next((user for user in everyone if user["external_id"] == given["external_id"]), None)
    user = users.update(call.state, known, given) if known else users.create(call.state, given)
    shown = users.present(call.state, user)
    return Reply({"user": shown}, 200 if known else 201, {"location": shown["url"], **headers})


def update_user(call: Call) -> Reply:
    given, headers = permitted(call.given("user"), users.WRITABLE, "user")
    return Reply({"user": users.present(call.state, users.update(call.state, _user(call), given))}, 200, headers)


def delete_user(call: Call) -> Reply:
    """Soft: the user stays as an inactive one."""
    user = _user(call) | {"active": False}
    users.store(call.state, user)
    record_events.tell_deleted(call.state, users.KIND, user)
    return Reply({"user": users.present(call.state, user)})


def _organization(call: Call) -> Doc:
    organization = call.state.store.get(organizations.KIND, call.path["id"])
    if organization is None:
        raise not_found()
    return organization


def list_organizations(call: Call) -> Reply:
    return Reply(
        paging.simple(call, "organizations", organizations.KIND, lambda o: organizations.present(call.state, o))
    )


def show_organization(call: Call) -> Reply:
    return Reply({"organization": organizations.present(call.state, _organization(call))})


def show_many_organizations(call: Call) -> Reply:
    """By `ids` or `external_ids`, at most 100; the unknown are left out."""
    found = call.state.store.many(organizations.KIND, call.ids())
    if call.query("external_ids"):
        found = _with_external_id(call, {value.lower() for value in call.listed("external_ids")})
    shown = [organizations.present(call.state, organization) for organization in found]
    return Reply({"organizations": shown, **_one_page(len(shown))})


def _with_external_id(call: Call, wanted: set[str]) -> list[Doc]:
    everyone = call.state.store.all(organizations.KIND)
    return [one for one in everyone if str(one["external_id"] or "").lower() in wanted]


def search_organizations(call: Call) -> Reply:
    """By `external_id` or by exact `name`, both regardless of case."""
    if external_id := call.query("external_id"):
        found = _with_external_id(call, {external_id.lower()})
    else:
        name = call.query("name").lower()
        found = [one for one in call.state.store.all(organizations.KIND) if one["name"].lower() == name]
    return Reply(paging.of(call, "organizations", [organizations.present(call.state, one) for one in found]))


def create_organization(call: Call) -> Reply:
    given, headers = permitted(call.given("organization"), organizations.WRITABLE, "organization")
    shown = organizations.present(call.state, organizations.create(call.state, given))
    return Reply({"organization": shown}, 201, {"location": shown["url"], **headers})


def update_organization(call: Call) -> Reply:
    """An agent who is not an admin can change only `notes`."""
    allowed = organizations.WRITABLE if call.me["role"] == "admin" else {"notes"}
    given, headers = permitted(call.given("organization"), allowed, "organization")
    changed = organizations.update(call.state, _organization(call), given)
    return Reply({"organization": organizations.present(call.state, changed)}, 200, headers)


def delete_organization(call: Call) -> Reply:
    organization = _organization(call)
    for membership in call.state.store.all(organizations.MEMBERSHIP):
        if membership["organization_id"] == organization["id"]:
            call.state.store.delete(organizations.MEMBERSHIP, membership["id"])
    for user in call.state.store.all(users.KIND):
        if user["organization_id"] == organization["id"]:
            users.store(call.state, user | {"organization_id": None})
    call.state.store.delete(organizations.KIND, organization["id"])
    record_events.tell_deleted(call.state, organizations.KIND, organization)
    return Reply(status=204)


def list_memberships(call: Call) -> Reply:
    """All, or those of a user."""
    name = "organization_memberships"
    if "id" in call.path:
        mine = organizations.memberships(call.state, call.path["id"])
        return Reply(paging.of(call, name, [organizations.present_membership(call.state, one) for one in mine]))
    show = partial(organizations.present_membership, call.state)
    return Reply(paging.simple(call, name, organizations.MEMBERSHIP, show))


def list_organizations_of(call: Call) -> Reply:
    """The organizations of a user."""
    ids = (membership["organization_id"] for membership in organizations.memberships(call.state, _user(call)["id"]))
    found = call.state.store.many(organizations.KIND, ids)
    return Reply(paging.of(call, "organizations", [organizations.present(call.state, one) for one in found]))


def list_users_of(call: Call) -> Reply:
    """The users of an organization."""
    organization = _organization(call)["id"]
    members = call.state.store.index(organizations.MEMBERSHIP, "user_id", "organization_id")
    rows: list[paging.Row] = [(0, user) for user in sorted({user for _, user, home in members if home == organization})]
    show = _show_user(call)
    return Reply(
        paging.page(call, "users", rows, lambda ids: [show(one) for one in call.state.store.many(users.KIND, ids)])[0]
    )


def create_membership(call: Call) -> Reply:
    given = call.given("organization_membership")
    user = users.get(call.state, given.get("user_id"))
    organization = call.state.store.get(organizations.KIND, given.get("organization_id"))
    if user is None or organization is None:
        raise invalid_record("base", "User and organization are required", "BlankValue")
    if organizations.belongs(call.state, user["id"], organization["id"]):
        raise invalid_record("user_id", "User has already been taken", "DuplicateValue")
    default = bool(given.get("default")) or user["organization_id"] is None
    membership = organizations.join(call.state, user["id"], organization["id"], default=default)
    if default:
        users.store(call.state, user | {"organization_id": organization["id"]})
    assert membership is not None  # there is one, as the organization is not None
    shown = organizations.present_membership(call.state, membership)
    return Reply({"organization_membership": shown}, 201, {"location": shown["url"]})


def _one_page(count: int) -> Doc:
    return {"next_page": None, "previous_page": None, "count": count}


ROUTES = [
    rule("GET", f"{V2}/users/me", me, "nobody"),
    rule("GET", f"{V2}/users/show_many", show_many_users),
    rule("GET", f"{V2}/users/search", search_users),
    rule("POST", f"{V2}/users/create_or_update", create_or_update_user),
    rule("GET", f"{V2}/users", list_users),
    rule("POST", f"{V2}/users", create_user),
    rule("GET", f"{V2}/users/{{id:int}}", show_user),
    rule("PUT", f"{V2}/users/{{id:int}}", update_user),
    rule("DELETE", f"{V2}/users/{{id:int}}", delete_user),
    rule("GET", f"{V2}/users/{{id:int}}/organization_memberships", list_memberships),
    rule("GET", f"{V2}/organizations/show_many", show_many_organizations),
    rule("GET", f"{V2}/organizations/search", search_organizations),
    rule("GET", f"{V2}/organizations", list_organizations),
    rule("POST", f"{V2}/organizations", create_organization, "admin"),
    rule("GET", f"{V2}/organizations/{{id:int}}", show_organization),
    rule("PUT", f"{V2}/organizations/{{id:int}}", update_organization),
    rule("DELETE", f"{V2}/organizations/{{id:int}}", delete_organization, "admin"),
    rule("GET", f"{V2}/users/{{id:int}}/organizations", list_organizations_of),
    rule("GET", f"{V2}/organizations/{{id:int}}/users", list_users_of),
    rule("GET", f"{V2}/organization_memberships", list_memberships),
    rule("POST", f"{V2}/organization_memberships", create_membership),
]
