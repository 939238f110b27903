"""Endpoints of organizations and their memberships.

Source: Zendesk API reference, Ticketing > Organizations, Organization Memberships.
"""

from functools import partial

from zendesk_sync.sandbox.api import jobs, paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import invalid_record, not_found, plain, too_many_values
from zendesk_sync.sandbox.model import external_ids, organizations, tickets, users
from zendesk_sync.sandbox.model.values import integer_or_none
from zendesk_sync.sandbox.store import Doc

V2 = "/api/v2"


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
        found = external_ids.find(call.state, organizations.KIND, call.listed("external_ids"))
    shown = [organizations.present(call.state, organization) for organization in found]
    return Reply({"organizations": shown, "next_page": None, "previous_page": None, "count": len(shown)})


def search_organizations(call: Call) -> Reply:
    """By `external_id` or by exact `name`, both regardless of case."""
    if external_id := call.query("external_id"):
        found = external_ids.find(call.state, organizations.KIND, [external_id])
    else:
        found = organizations.named(call.state, call.query("name"))
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


def _members(call: Call, organization_id: int) -> list[Doc]:
    rows = call.state.store.index(organizations.MEMBERSHIP, "organization_id")
    return call.state.store.many(organizations.MEMBERSHIP, [key for key, home in rows if home == organization_id])


def count_organizations(call: Call) -> Reply:
    value = len(call.state.store.index(organizations.KIND))
    return Reply({"count": {"value": value, "refreshed_at": call.state.now()}})


def autocomplete_organizations(call: Call) -> Reply:
    """`name=` is the beginning of the name, two characters at least."""
    start = call.query("name").strip().lower()
    rows = call.state.store.index(organizations.KIND, "name") if start[1:] else []
    keys = [key for key, name in rows if name.lower().startswith(start)]
    found = call.state.store.many(organizations.KIND, keys)
    return Reply(paging.of(call, "organizations", [organizations.present(call.state, one) for one in found]))


def create_or_update_organization(call: Call) -> Reply:
    """Match on id, else on external id: 200 when found, 201 when new."""
    given, headers = permitted(call.given("organization"), organizations.WRITABLE | {"id"}, "organization")
    known = call.state.store.get(organizations.KIND, integer_or_none(given.pop("id", None)))
    if known is None and given.get("external_id"):
        known = next(iter(external_ids.find(call.state, organizations.KIND, [str(given["external_id"])])), None)
    made = organizations.update(call.state, known, given) if known else organizations.create(call.state, given)
    shown = organizations.present(call.state, made)
    return Reply({"organization": shown}, 200 if known else 201, {"location": shown["url"], **headers})


def update_many_organizations(call: Call) -> Reply:
    """200 and a queued job, for `?ids=1,2` with one `organization`, or for `organizations` with an id each."""
    body = call.json()
    if "organizations" in body:
        given = body["organizations"] if isinstance(body["organizations"], list) else []
        items = [{**item, "id": integer_or_none(item.get("id"))} for item in given if isinstance(item, dict)]
    else:
        items = [{**call.given("organization"), "id": number} for number in call.ids()]
    if len(items) > 100:
        raise too_many_values()
    cleaned = [permitted(item, organizations.WRITABLE | {"id"}, "organization") for item in items if item["id"]]
    if not cleaned:
        raise plain(400, "BadRequest", "No organizations are named")
    headers = next((headers for _, headers in cleaned if headers), {})
    return jobs.started(call, "organizations", [item for item, _ in cleaned], headers=headers)


def delete_organization(call: Call) -> Reply:
    organization = _organization(call)
    for membership in _members(call, organization["id"]):
        call.state.store.delete(organizations.MEMBERSHIP, membership["id"])
        user = users.get(call.state, membership["user_id"])
        if user and user["organization_id"] == organization["id"]:
            users.store(call.state, user | {"organization_id": None})
    sql = "SELECT id FROM ticket_row WHERE organization_id = ?"
    for ticket in call.state.store.many(
        tickets.KIND, [key for (key,) in call.state.store.select(sql, (organization["id"],))]
    ):
        tickets.store(call.state, ticket | {"organization_id": None})
    organizations.remove(call.state, organization)
    return Reply(status=204)


def list_memberships(call: Call) -> Reply:
    """All, or those of a user."""
    name = "organization_memberships"
    if "id" in call.path:
        mine = organizations.memberships(call.state, call.path["id"])
        return Reply(paging.of(call, name, [organizations.present_membership(call.state, one) for one in mine]))
    show = partial(organizations.present_membership, call.state)
    return Reply(paging.simple(call, name, organizations.MEMBERSHIP, show))


def list_users_of(call: Call) -> Reply:
    """The users of an organization."""
    organization = _organization(call)["id"]
    members = call.state.store.index(organizations.MEMBERSHIP, "user_id", "organization_id")
    rows: list[paging.Row] = [(0, user) for user in sorted({user for _, user, home in members if home == organization})]
    show = partial(users.present, call.state)
    return Reply(
        paging.page(call, "users", rows, lambda ids: [show(one) for one in call.state.store.many(users.KIND, ids)])[0]
    )


def _membership(call: Call) -> Doc:
    membership = call.state.store.get(organizations.MEMBERSHIP, call.path["id"])
    if membership is None:
        raise not_found()
    return membership


def show_membership(call: Call) -> Reply:
    return Reply({"organization_membership": organizations.present_membership(call.state, _membership(call))})


def delete_membership(call: Call) -> Reply:
    """204; whose default organization it was has none any more."""
    membership = _membership(call)
    call.state.store.delete(organizations.MEMBERSHIP, membership["id"])
    user = users.get(call.state, membership["user_id"])
    if user and user["organization_id"] == membership["organization_id"]:
        users.store(call.state, user | {"organization_id": None})
    return Reply(status=204)


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


ROUTES = [
    rule("GET", f"{V2}/users/{{id:int}}/organization_memberships", list_memberships),
    rule("GET", f"{V2}/organizations/show_many", show_many_organizations),
    rule("GET", f"{V2}/organizations/search", search_organizations),
    rule("GET", f"{V2}/organizations/count", count_organizations),
    rule("GET", f"{V2}/organizations/autocomplete", autocomplete_organizations),
    rule("POST", f"{V2}/organizations/create_or_update", create_or_update_organization, "admin"),
    rule("PUT", f"{V2}/organizations/update_many", update_many_organizations, "admin"),
    rule("GET", f"{V2}/organizations", list_organizations),
    rule("POST", f"{V2}/organizations", create_organization, "admin"),
    rule("GET", f"{V2}/organizations/{{id:int}}", show_organization),
    rule("PUT", f"{V2}/organizations/{{id:int}}", update_organization),
    rule("DELETE", f"{V2}/organizations/{{id:int}}", delete_organization, "admin"),
    rule("GET", f"{V2}/organizations/{{id:int}}/users", list_users_of),
    rule("GET", f"{V2}/organization_memberships", list_memberships),
    rule("POST", f"{V2}/organization_memberships", create_membership),
    rule("GET", f"{V2}/organization_memberships/{{id:int}}", show_membership),
    rule("DELETE", f"{V2}/organization_memberships/{{id:int}}", delete_membership),
]
