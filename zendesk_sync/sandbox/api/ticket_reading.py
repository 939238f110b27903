"""Endpoints that read tickets: one, many, lists and counts. Source: Zendesk API reference, Ticketing > Tickets."""

from collections.abc import Callable
from typing import Any

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.errors import forbidden, not_found
from zendesk_sync.sandbox.model import access, deletion, fields, metrics, tickets, users
from zendesk_sync.sandbox.model.view_conditions import rank
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2"
LIVE = "t.deleted = 0 AND coalesce(t.archived, 0) = 0"
_SORTS = {
    "id": "t.id", "updated_at": "t.updated_at", "created_at": "t.created_at", "status": rank("status"),
    "priority": rank("priority"), "subject": "t.subject", "assignee": "t.assignee_id", "group": "t.group_id",
    "requester": "t.requester_id",
}  # fmt: skip
_CURSOR_SORTS = ("updated_at", "id", "status")


def find(call: Call) -> Doc:
    """Return the ticket of the path; 404 when it is not there, 403 when the caller may not see it."""
    ticket = tickets.find(call.state, call.path["id"])
    if ticket is None:
        raise not_found()
    if not access.may_see(call.state, call.me, ticket):
        raise forbidden()
    return ticket


def told(call: Call, found: list[Doc]) -> tuple[list[Doc], Doc]:
    """Return tickets as an answer shows them, and the side-loaded lists: all that `include` and its like ask for."""
    include, book = set(call.words("include")), fields.book(call.state)
    shown = []
    for ticket in found:
        one = tickets.present(call.state, ticket, book)
        if "comment_count" in include:
            one["comment_count"] = ticket["comment_count"]
        if "dates" in include:
            one["dates"] = metrics.dates(ticket)
        if "slas" in include:
            one["slas"] = {"policy_metrics": []}
        if call.asks("remove_duplicate_fields"):
            del one["fields"]
        shown.append(one)
    return shown, dict(tickets.side_loads(call.state, found, include))


def show(call: Call) -> Reply:
    """`{"ticket": {…}}`; `include=users,groups,…` adds sibling lists; `comment_count`, `dates` and `slas` go inside."""
    shown, extra = told(call, [find(call)])
    return Reply({"ticket": shown[0], **extra})


def show_many(call: Call) -> Reply:
    """`?ids=1,2` with at most 100 ids: `{"tickets": […]}`. Unknown, deleted and invisible ones are left out."""
    known = tickets.many(call.state, call.ids())
    shown, extra = told(call, [ticket for ticket in known if access.may_see(call.state, call.me, ticket)])
    return Reply({"tickets": shown, **extra, "next_page": None, "previous_page": None, "count": len(shown)})


def _listed(call: Call, where: str, values: tuple[Any, ...], default: str = "id") -> Reply:
    """Answer a page of the live tickets for which `where` holds and which the caller may see."""
    by_cursor = paging.is_cursor(call)
    name, descending = paging.sorting(call, _CURSOR_SORTS if by_cursor else tuple(_SORTS), default)
    allowed, bound = access.where(call.state, call.me)
    query = paging.Query("ticket_row", f"{LIVE} AND {allowed} AND {where}", (*bound, *values), _SORTS[name], descending)
    body, found = paging.of_query(call, "tickets", query, lambda ids: tickets.many(call.state, ids))
    shown, extra = told(call, found)
    return Reply({**body, "tickets": shown, **extra})


def _count(call: Call, where: str, values: tuple[Any, ...]) -> Reply:
    allowed, bound = access.where(call.state, call.me)
    sql = f"SELECT count(*) FROM ticket_row t WHERE {LIVE} AND {allowed} AND {where}"  # noqa: S608 - values are bound
    value = call.state.store.select(sql, (*bound, *values))[0][0]
    return Reply({"count": {"value": value, "refreshed_at": call.state.now()}})


def index(call: Call) -> Reply:
    """Both pagination styles, without archived tickets; `external_id=` finds by it."""
    if external_id := call.query("external_id"):
        return _listed(call, "t.external_id = ?", (external_id,))
    return _listed(call, "1", ())


def count(call: Call) -> Reply:
    return _count(call, "1", ())


def recent(call: Call) -> Reply:
    """The tickets which this agent looked at last in the agent interface, newest first."""
    shown, extra = told(call, tickets.recently_viewed(call.state, call.me["id"]))
    return Reply({"tickets": shown, **extra, "next_page": None, "previous_page": None, "count": len(shown)})


_COPIED = "EXISTS (SELECT 1 FROM json_each(t.collaborators) WHERE value = ?)"
_FOLLOWED = "EXISTS (SELECT 1 FROM json_each(t.followers) WHERE value = ?)"
_OF = {
    "organizations/{id:int}/tickets": "t.organization_id = ?",
    "users/{id:int}/tickets/requested": "t.requester_id = ?",
    "users/{id:int}/tickets/assigned": "t.assignee_id = ?",
    "users/{id:int}/tickets/ccd": _COPIED,
    "users/{id:int}/tickets/followed": _FOLLOWED,
}


_COUNTED = ("organizations/{id:int}/tickets", "users/{id:int}/tickets/assigned", "users/{id:int}/tickets/ccd")
"""Of the others the API tells no count."""


def _of(where: str) -> Callable[[Call], Reply]:
    return lambda call: _listed(call, where, (call.path["id"],))


def _count_of(where: str) -> Callable[[Call], Reply]:
    return lambda call: _count(call, where, (call.path["id"],))


def incidents(call: Call) -> Reply:
    """The incidents of a problem."""
    return _listed(call, "t.problem_id = ?", (find(call)["id"],))


def problems(call: Call) -> Reply:
    """All tickets of the type problem, the newest first."""
    return _listed(call, "t.type = 'problem'", (), "updated_at")


def list_deleted(call: Call) -> Reply:
    """The softly deleted tickets, the latest first: `{"deleted_tickets": [{"id", "subject", "actor", …}]}`."""
    where = f"t.deleted = 1 AND NOT (t.subject IS '{deletion.SCRUBBED}' AND t.description IS '{deletion.SCRUBBED}')"
    name, descending = paging.sorting(call, ("id", "subject", "deleted_at"), "deleted_at")
    key = {"id": "t.id", "subject": "t.subject"}.get(name, "t.updated_at")
    query = paging.Query("ticket_row", where, (), key, descending or name == "deleted_at")
    body, found = paging.of_query(call, "deleted_tickets", query, lambda ids: call.state.store.many(tickets.KIND, ids))
    return Reply({**body, "deleted_tickets": [_deleted(call, ticket) for ticket in found]})


def _deleted(call: Call, ticket: Doc) -> Doc:
    actor = users.get(call.state, ticket.get("deleted_by"))
    shown = {"id": ticket["id"], "subject": ticket["subject"], "description": ticket["description"]}
    who = {"id": actor["id"], "name": actor["name"]} if actor else None
    previous = {"deleted_at": ticket.get("deleted_at", ticket["updated_at"]), "previous_state": ticket["status"]}
    return {**shown, "actor": who, **previous}


def related(call: Call) -> Reply:
    """`{"ticket_related": {"from_archive", "incidents", "followup_source_ids", …}}`"""
    ticket = find(call)
    sql = f"SELECT count(*) FROM ticket_row t WHERE {LIVE} AND t.problem_id = ?"  # noqa: S608 - values are bound
    origin = ticket["via"]["source"]
    sources = [str(origin["from"]["ticket_id"])] if origin["rel"] == "follow_up" else []
    told: Doc = {
        "topic_id": None, "jira_issue_ids": [], "followup_source_ids": sources,
        "from_archive": bool(ticket.get("archived")), "incidents": call.state.store.select(sql, (ticket["id"],))[0][0],
        "twitter": {"handle_id": None, "profile": None, "direct": False},
        "url": call.state.url(f"tickets/{ticket['id']}/related.json"),
    }  # fmt: skip
    return Reply({"ticket_related": told})


def show_metrics(call: Call) -> Reply:
    return Reply({"ticket_metric": metrics.present(call.state, find(call))})


def show_metric(call: Call) -> Reply:
    ticket = tickets.find(call.state, metrics.ticket_id(call.path["id"]))
    if ticket is None:
        raise not_found()
    return Reply({"ticket_metric": metrics.present(call.state, ticket)})


def list_metrics(call: Call) -> Reply:
    """The metrics of the live tickets, newest ticket first."""
    query = paging.Query("ticket_row", LIVE, (), "t.id", descending=True)
    body, found = paging.of_query(call, "ticket_metrics", query, lambda ids: tickets.many(call.state, ids))
    return Reply({**body, "ticket_metrics": [metrics.present(call.state, ticket) for ticket in found]})


def _people(name: str) -> Callable[[Call], Reply]:
    def handler(call: Call) -> Reply:
        found = call.state.store.many(users.KIND, find(call)[name])
        shown = [users.present(call.state, user) for user in found]
        return Reply({"users": shown, "next_page": None, "previous_page": None, "count": len(shown)})

    return handler


_ONE = f"{_V2}/tickets/{{id:int}}"
ROUTES = [
    rule("GET", f"{_V2}/tickets", index),
    rule("GET", f"{_V2}/tickets/show_many", show_many),
    rule("GET", f"{_V2}/tickets/count", count),
    rule("GET", f"{_V2}/tickets/recent", recent),
    rule("GET", _ONE, show),
    rule("GET", f"{_ONE}/related", related),
    rule("GET", f"{_ONE}/incidents", incidents),
    rule("GET", f"{_ONE}/metrics", show_metrics),
    rule("GET", f"{_ONE}/collaborators", _people("collaborator_ids")),
    rule("GET", f"{_ONE}/followers", _people("follower_ids")),
    rule("GET", f"{_ONE}/email_ccs", _people("email_cc_ids")),
    rule("GET", f"{_V2}/problems", problems),
    rule("GET", f"{_V2}/deleted_tickets", list_deleted, "admin"),
    rule("GET", f"{_V2}/ticket_metrics", list_metrics),
    rule("GET", f"{_V2}/ticket_metrics/{{id:int}}", show_metric),
    *(rule("GET", f"{_V2}/{path}", _of(where)) for path, where in _OF.items()),
    *(rule("GET", f"{_V2}/{path}/count", _count_of(_OF[path])) for path in _COUNTED),
]
