"""Endpoints of a ticket's comments and audits.

Source: Zendesk API reference, Ticketing > Ticket Comments, Ticket Audits.
"""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.api.ticket_reading import find
from zendesk_sync.sandbox.errors import not_found
from zendesk_sync.sandbox.model import comments, users
from zendesk_sync.sandbox.model.editing import AUDIT
from zendesk_sync.sandbox.store import Doc

_TICKET = "/api/v2/tickets/{id:int}"


def list_comments(call: Call) -> Reply:
    """Oldest first; `sort=-created_at` (cursor style) or `sort_order=desc` (offset style) turns the order."""
    found = call.state.store.children(comments.KIND, find(call)["id"])
    _, descending = paging.sorting(call, ("created_at",), "created_at")
    by_id = {comment["id"]: comment for comment in found}
    rows: list[paging.Row] = sorted(((c["created_at"], c["id"]) for c in found), reverse=descending)
    body, shown = paging.page(call, "comments", rows, lambda ids: [by_id[number] for number in ids])
    if "users" in call.words("include"):
        authors = call.state.store.many(users.KIND, (comment["author_id"] for comment in shown))
        body["users"] = [users.present(call.state, author) for author in authors]
    return Reply(body)


def count_comments(call: Call) -> Reply:
    return Reply({"count": {"value": find(call)["comment_count"], "refreshed_at": call.state.now()}})


def list_audits(call: Call) -> Reply:
    """Oldest first; `filter_events[]=Comment` keeps only events of these types."""
    audits = call.state.store.children(AUDIT, find(call)["id"])
    wanted = set(call.request.query_params.getlist("filter_events[]"))
    if wanted:
        audits = [_only(audit, wanted) for audit in audits]
    if paging.sorting(call, ("created_at", "id"), "id")[1]:
        audits.reverse()
    return Reply(paging.of(call, "audits", audits))


def _only(audit: Doc, wanted: set[str]) -> Doc:
    return {**audit, "events": [event for event in audit["events"] if event["type"] in wanted]}


def show_audit(call: Call) -> Reply:
    audit = call.state.store.get(AUDIT, call.path["audit_id"])
    if audit is None or audit["ticket_id"] != find(call)["id"]:
        raise not_found()
    return Reply({"audit": audit})


ROUTES = [
    rule("GET", f"{_TICKET}/comments", list_comments),
    rule("GET", f"{_TICKET}/comments/count", count_comments),
    rule("GET", f"{_TICKET}/audits", list_audits),
    rule("GET", f"{_TICKET}/audits/{{audit_id:int}}", show_audit),
]
