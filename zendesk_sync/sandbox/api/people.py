"""Endpoints of users. Source: Zendesk API reference, Ticketing > Users."""

from collections.abc import Callable

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import not_found
from zendesk_sync.sandbox.model import external_ids, organizations, record_events, users
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
        found = external_ids.find(call.state, users.KIND, call.listed("external_ids"))
    return Reply({"users": [users.present(call.state, user) for user in found], **_one_page(len(found))})


def search_users(call: Call) -> Reply:
    """`query=email:x`, `query=text`, or `external_id=x`."""
    query, external_id = call.query("query").strip(), call.query("external_id")
    if external_id:
        found = external_ids.find(call.state, users.KIND, [external_id])
    elif query.startswith("email:"):
        person = users.by_email(call.state, query.removeprefix("email:").strip('"'))
        found = [person] if person else []
    else:
        found = _with_text(call, query)
    return Reply(paging.of(call, "users", [users.present(call.state, user) for user in found]))


def _with_text(call: Call, text: str) -> list[Doc]:
    """Return the users whose name or e-mail has this text in it."""
    named = "instr(lower(json_extract(body, '$.name') || ' ' || coalesce(json_extract(body, '$.email'), '')), ?) > 0"
    sql = f"SELECT id FROM record WHERE kind = ? AND {named} ORDER BY id"  # noqa: S608 - values are bound
    return call.state.store.many(
        users.KIND, [key for (key,) in call.state.store.select(sql, (users.KIND, text.lower()))]
    )


def count_users(call: Call) -> Reply:
    value = len(call.state.store.index(users.KIND))
    return Reply({"count": {"value": value, "refreshed_at": call.state.now()}})


def autocomplete_users(call: Call) -> Reply:
    """`name=` is the beginning of a word of the name, two characters at least."""
    start = call.query("name").strip().lower()
    found = [user for user in _with_text(call, start) if f" {start}" in f" {user['name']}".lower()] if start[1:] else []
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
        known = next(iter(external_ids.find(call.state, users.KIND, [str(given["external_id"])])), None)
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


def list_organizations_of(call: Call) -> Reply:
    """The organizations of a user."""
    ids = (membership["organization_id"] for membership in organizations.memberships(call.state, _user(call)["id"]))
    found = call.state.store.many(organizations.KIND, ids)
    return Reply(paging.of(call, "organizations", [organizations.present(call.state, one) for one in found]))


def _one_page(count: int) -> Doc:
    return {"next_page": None, "previous_page": None, "count": count}


ROUTES = [
    rule("GET", f"{V2}/users/me", me, "nobody"),
    rule("GET", f"{V2}/users/show_many", show_many_users),
    rule("GET", f"{V2}/users/count", count_users),
    rule("GET", f"{V2}/users/autocomplete", autocomplete_users),
    rule("GET", f"{V2}/users/search", search_users),
    rule("POST", f"{V2}/users/create_or_update", create_or_update_user),
    rule("GET", f"{V2}/users", list_users),
    rule("POST", f"{V2}/users", create_user),
    rule("GET", f"{V2}/users/{{id:int}}", show_user),
    rule("PUT", f"{V2}/users/{{id:int}}", update_user),
    rule("DELETE", f"{V2}/users/{{id:int}}", delete_user),
    rule("GET", f"{V2}/users/{{id:int}}/organizations", list_organizations_of),
]
