"""The ticket page: fields, tags, conversation and audits; and what can be done there."""

from starlette.responses import RedirectResponse, Response

from zendesk_sync.sandbox.agent import forms, history, reading
from zendesk_sync.sandbox.agent.lists import HIGHLIGHTED, holds_first_place
from zendesk_sync.sandbox.agent.visit import Visit, page
from zendesk_sync.sandbox.errors import Refused
from zendesk_sync.sandbox.model import access, changes, comments, fields, groups, organizations, tickets, users
from zendesk_sync.sandbox.store import Doc


def _found(visit: Visit) -> Doc | None:
    """Return the ticket, if this user may see it."""
    ticket = tickets.find(visit.state, visit.request.path_params["id"])
    if ticket is None or not access.may_see(visit.state, visit.user, ticket):
        return None
    return ticket if visit.is_staff or ticket["is_public"] else None


def show(visit: Visit) -> Response:
    """One ticket; a customer sees the public part of it."""
    ticket = _found(visit)
    if ticket is None:
        return visit.missing(f"ticket {visit.request.path_params['id']}")
    saved = "Saved." if "saved" in visit.request.query_params else None
    return _page(visit, ticket, saved=saved)


def _page(
    visit: Visit, ticket: Doc, *, status: int = 200, saved: str | None = None, error: str | None = None
) -> Response:
    state = visit.state
    own = list(fields.book(state).by_id.values())

    def name(kind: str, number: int | None) -> str:
        record = state.store.get(kind, number or 0)
        return str(record["name"]) if record else "—"

    conversation = [
        {
            **comment,
            "author": name(users.KIND, comment["author_id"]),
            "blocks": reading.blocks(comment["body"]),
        }
        for comment in state.store.children(comments.KIND, ticket["id"])
        if visit.is_staff or comment["public"]
    ]
    return visit.html(
        "ticket.html" if visit.is_staff else "request.html",
        status,
        saved=saved,
        error=error,
        ticket=ticket,
        requester=name(users.KIND, ticket["requester_id"]),
        assignee=name(users.KIND, ticket["assignee_id"]),
        group=name(groups.KIND, ticket["group_id"]),
        customer=name(organizations.KIND, ticket["organization_id"]),
        controls=forms.controls(visit, ticket),
        others=[(field["title"], reading.cell(field, ticket).titles) for field in forms.other_fields(visit, ticket)],
        comments=conversation,
        audits=history.of(state, ticket) if visit.is_staff else [],
        label=HIGHLIGHTED if holds_first_place(ticket, own) else None,
        tags=visit.given("tags") if visit.form else " ".join(ticket["tags"]),
        written=visit.given("comment") or "",
        public=visit.given("public") == "1",
    )


def save(visit: Visit) -> Response:
    """Write what differs and add the comment, in one update; then show the ticket, or say why not."""
    ticket = _found(visit)
    if ticket is None:
        return visit.missing(f"ticket {visit.request.path_params['id']}")
    given = forms.change(visit, ticket)
    if not given:
        return _page(visit, ticket, status=422, error="Nothing was changed and no comment was written.")
    try:
        with visit.state.store.transaction():
            changes.update(visit.state, ticket, given, actor=visit.user, channel="web")
    except Refused as refused:
        unchanged = _found(visit) or ticket
        return _page(visit, unchanged, status=422, error=reading.reason(refused))
    return RedirectResponse(f"/agent/tickets/{ticket['id']}?saved", 303)


def compose(visit: Visit, *, status: int = 200, error: str | None = None) -> Response:
    """The form of a new ticket: of a customer as in the portal, of staff with everything; light agents make none."""
    if visit.is_light:
        return visit.html("refused.html", 403, reason="A light agent writes internal notes and creates no tickets.")
    values = {name: visit.given(name) or "" for name in ("subject", "requester", "requester_name", "comment", "tags")}
    public = visit.given("public") == "1" if visit.form else True
    controls = forms.controls(visit, None)
    return visit.html("new.html", status, error=error, controls=controls, values=values, public=public)


def create(visit: Visit) -> Response:
    """Make a ticket; staff may make one for somebody else, known or new."""
    if visit.is_light:
        return compose(visit)
    given = forms.change(visit, None)
    given["subject"] = (visit.given("subject") or "").strip() or None
    email = (visit.given("requester") or "").strip()
    if visit.is_staff and email:
        given["requester"] = {"email": email, "name": (visit.given("requester_name") or "").strip() or email}
    if not given["subject"] or "comment" not in given:
        missing = "a subject" if not given["subject"] else "a description"
        return compose(visit, status=422, error=f"A ticket needs {missing}.")
    if not visit.is_staff:
        given["comment"]["public"] = True
    try:
        with visit.state.store.transaction():
            ticket, _ = changes.create(visit.state, given, actor=visit.user, channel="web")
    except Refused as refused:
        return compose(visit, status=422, error=reading.reason(refused))
    return RedirectResponse(f"/agent/tickets/{ticket['id']}?saved", 303)


ROUTES = [
    page("/agent/new", compose),
    page("/agent/new", create, "POST"),
    page("/agent/tickets/{id:int}", show),
    page("/agent/tickets/{id:int}", save, "POST"),
]
