"""Endpoints of end users' requests: a ticket as its requester sees it. Source: Zendesk API reference, Requests."""

from collections.abc import Callable

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import not_found
from zendesk_sync.sandbox.model import access, changes, comments, fields, tickets, users
from zendesk_sync.sandbox.model.values import integer_or_none
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/requests"
_SHOWN = (
    "id", "status", "priority", "type", "subject", "description", "requester_id", "organization_id", "assignee_id",
    "group_id", "via", "created_at", "updated_at", "is_public", "due_at", "followup_ids", "ticket_form_id",
    "recipient", "email_cc_ids", "collaborator_ids",
)  # fmt: skip
_KEYS = frozenset({"subject", "comment", "custom_fields", "requester", "priority", "type", "status", "solved"})
_PARTS = {"comment": comments.KEYS}
_MINE, _COPIED = "t.requester_id = ?", "EXISTS (SELECT 1 FROM json_each(t.collaborators) WHERE value = ?)"
_UNSOLVED, _SOLVED = "t.status NOT IN ('solved', 'closed')", "t.status IN ('solved', 'closed')"


def _present(call: Call, ticket: Doc) -> Doc:
    """Return the parts that its requester sees: of the custom fields those which the portal shows."""
    book = fields.book(call.state).by_id.values()
    values = [
        {"id": field["id"], "value": ticket["fields"].get(str(field["id"]))}
        for field in book
        if field["active"] and (field["visible_in_portal"] or field["editable_in_portal"])
    ]
    shown = {name: ticket[name] for name in _SHOWN}
    able = ticket["status"] not in {"solved", "closed"} and bool(ticket["assignee_id"])
    url = call.state.url(f"requests/{ticket['id']}.json")
    return {"url": url, **shown, "custom_fields": values, "fields": values, "can_be_solved_by_me": able}


def _own(call: Call) -> Doc:
    ticket = tickets.find(call.state, call.path["id"])
    if ticket is None or not ticket["is_public"]:
        raise not_found()
    if not users.is_staff(call.me) and not access.may_see(call.state, call.me, ticket):
        raise not_found()
    return ticket


def _listed(where: str) -> Callable[[Call], Reply]:
    def handler(call: Call) -> Reply:
        mine = _COPIED if where == _COPIED else _MINE
        owner = call.path.get("id", call.me["id"])
        condition = f"t.deleted = 0 AND {mine}" + ("" if where in {_MINE, _COPIED} else f" AND {where}")
        query = paging.Query("ticket_row", condition, (owner,), "t.id", descending=False)
        body, found = paging.of_query(call, "requests", query, lambda ids: tickets.many(call.state, ids))
        return Reply({**body, "requests": [_present(call, ticket) for ticket in found]})

    return handler


def show(call: Call) -> Reply:
    return Reply({"request": _present(call, _own(call))})


def _as_end_user(call: Call, given: Doc) -> Doc:
    """Keep what an end user may set: subject, comment, and the fields that can be edited in the portal."""
    editable = {field["id"]: field for field in call.state.store.all(fields.KIND) if field["editable_in_portal"]}
    kinds = {field["type"] for field in editable.values()}
    kept: Doc = {name: given[name] for name in ("subject", "comment", "description") if name in given}
    if "priority" in kinds and "priority" in given:
        kept["priority"] = given["priority"]
    values = given.get("custom_fields")
    if isinstance(values, list):
        given_ids = [
            value for value in values if isinstance(value, dict) and integer_or_none(value.get("id")) is not None
        ]
        kept["custom_fields"] = [value for value in given_ids if value["id"] in editable]
    return kept


def create(call: Call) -> Reply:
    """An end user asks for help by web form: 201 `{"request": {…}}`."""
    given, headers = permitted(call.given("request"), _KEYS, "request", _PARTS)
    ticket, _ = changes.create(call.state, _as_end_user(call, given), actor=call.me, channel="web")
    location = call.state.url(f"requests/{ticket['id']}.json")
    return Reply({"request": _present(call, ticket)}, 201, {"location": location, **headers})


def update(call: Call) -> Reply:
    """An end user answers, always in public, or solves the request, when it is assigned to somebody."""
    given, headers = permitted(call.given("request"), _KEYS, "request", _PARTS)
    ticket, comment = _own(call), given.get("comment")
    change: Doc = {}
    if not comments.is_blank(comment):
        body = {"body": comment} if isinstance(comment, str) else dict(comment or {})
        change["comment"] = {**body, "public": True, "author_id": None}
    if given.get("solved") is True and ticket["assignee_id"]:
        change["status"] = "solved"
    if change:
        ticket, _ = changes.update(call.state, ticket, change, actor=call.me, channel="web")
    return Reply({"request": _present(call, ticket)}, 200, headers)


def list_comments(call: Call) -> Reply:
    """The public comments only, oldest first, with their authors."""
    found = [c for c in call.state.store.children(comments.KIND, _own(call)["id"]) if c["public"]]
    body = paging.of(call, "comments", found)
    authors = call.state.store.many(users.KIND, (comment["author_id"] for comment in body["comments"]))
    people = [{name: one[name] for name in ("id", "name", "photo")} | {"agent": users.is_staff(one)} for one in authors]
    return Reply({**body, "users": people})


ROUTES = [
    rule("GET", _V2, _listed(_MINE), "user"),
    rule("POST", _V2, create, "user"),
    rule("GET", f"{_V2}/open", _listed(_UNSOLVED), "user"),
    rule("GET", f"{_V2}/solved", _listed(_SOLVED), "user"),
    rule("GET", f"{_V2}/ccd", _listed(_COPIED), "user"),
    rule("GET", f"{_V2}/{{id:int}}", show, "user"),
    rule("PUT", f"{_V2}/{{id:int}}", update, "user"),
    rule("GET", f"{_V2}/{{id:int}}/comments", list_comments, "user"),
    rule("GET", "/api/v2/users/{id:int}/requests", _listed(_MINE)),
]
