"""Endpoints of a ticket's comments and audits.

Source: Zendesk API reference, Ticketing > Ticket Comments, Ticket Audits.
"""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.api.ticket_reading import find
from zendesk_sync.sandbox.errors import not_found
from zendesk_sync.sandbox.model import comments, redaction, tickets, users
from zendesk_sync.sandbox.model.editing import AUDIT
from zendesk_sync.sandbox.model.values import integer_or_none
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


def _comment(call: Call) -> tuple[Doc, Doc]:
    ticket = find(call)
    comment = redaction.find(call.state, ticket, call.path["comment_id"])
    if comment is None:
        raise not_found()
    return ticket, comment


def make_private(call: Call) -> Reply:
    """200 and no body; what is private stays so."""
    ticket, comment = _comment(call)
    redaction.make_private(call.state, ticket, comment, actor=call.me)
    return Reply()


def redact(call: Call) -> Reply:
    """`{"text": "…"}`: these words are blackened in the comment for good."""
    ticket, comment = _comment(call)
    return Reply({"comment": redaction.redact(call.state, ticket, comment, call.json(), actor=call.me)})


def redact_marked(call: Call) -> Reply:
    """`PUT /comment_redactions/{id} {"ticket_id", "html_body"}`: what stands in `<redact>` is blackened."""
    given = call.json()
    ticket = tickets.find(call.state, integer_or_none(given.get("ticket_id")))
    comment = redaction.find(call.state, ticket, call.path["id"])
    if ticket is None or comment is None:
        raise not_found()
    return Reply({"comment": redaction.redact(call.state, ticket, comment, given, actor=call.me)})


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


def count_audits(call: Call) -> Reply:
    value = len(call.state.store.children(AUDIT, find(call)["id"]))
    return Reply({"count": {"value": value, "refreshed_at": call.state.now()}})


def list_all_audits(call: Call) -> Reply:
    """The audits of all tickets, newest first; those of archived tickets are left out."""
    live = "NOT EXISTS (SELECT 1 FROM ticket_row r WHERE r.id = t.parent AND (r.archived = 1 OR r.deleted = 1))"
    query = paging.Query("record", f"t.kind = 'audit' AND {live}", (), "t.id", descending=True)
    return Reply(paging.of_query(call, "audits", query, lambda ids: call.state.store.many(AUDIT, ids))[0])


def show_audit(call: Call) -> Reply:
    audit = call.state.store.get(AUDIT, call.path["audit_id"])
    if audit is None or audit["ticket_id"] != find(call)["id"]:
        raise not_found()
    return Reply({"audit": audit})


ROUTES = [
    rule("GET", f"{_TICKET}/comments", list_comments),
    rule("GET", f"{_TICKET}/comments/count", count_comments),
    rule("PUT", f"{_TICKET}/comments/{{comment_id:int}}/make_private", make_private),
    rule("PUT", f"{_TICKET}/comments/{{comment_id:int}}/redact", redact),
    rule("PUT", "/api/v2/comment_redactions/{id:int}", redact_marked),
    rule("GET", f"{_TICKET}/audits", list_audits),
    rule("GET", f"{_TICKET}/audits/count", count_audits),
    rule("GET", "/api/v2/ticket_audits", list_all_audits, "admin"),
    rule("GET", f"{_TICKET}/audits/{{audit_id:int}}", show_audit),
]
