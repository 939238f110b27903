"""Deleting tickets: softly, back again, and for good. Source: Zendesk API reference, Ticketing > Tickets (deleted).

A deleted ticket shows in the list of deleted tickets and, with the status `deleted`, in the incremental export.
"""

from zendesk_sync.sandbox.errors import not_found
from zendesk_sync.sandbox.model import comments, ticket_events, tickets
from zendesk_sync.sandbox.model.editing import AUDIT
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

SCRUBBED = "SCRUBBED"


def soft(state: State, ticket: Doc, *, actor: Doc) -> None:
    """Delete a ticket so that it can be restored."""
    ticket |= {"deleted": True, "updated_at": state.now(), "deleted_at": state.now(), "deleted_by": actor["id"]}
    tickets.store(state, ticket)
    ticket_events.happened(state, ticket, actor, [("soft_deleted", {})])


def deleted(state: State, ticket_id: object) -> Doc | None:
    """Return a softly deleted ticket."""
    ticket = state.store.get(tickets.KIND, ticket_id) if isinstance(ticket_id, int) else None
    return ticket if ticket and ticket["deleted"] and not ticket.get("purged") else None


def restore(state: State, ticket: Doc, *, actor: Doc) -> None:
    ticket |= {"deleted": False, "updated_at": state.now()}
    tickets.store(state, ticket)
    ticket_events.happened(state, ticket, actor, [("undeleted", {})])


def purge(state: State, ticket_id: object, *, actor: Doc) -> None:
    """Delete a softly deleted ticket for good: its text goes, the export shows what is left once more.

    Raises:
        Refused: 404 when there is no such deleted ticket.
    """
    ticket = deleted(state, ticket_id)
    if ticket is None:
        raise not_found()
    for kind in (comments.KIND, AUDIT):
        for record in state.store.children(kind, ticket["id"]):
            state.store.delete(kind, record["id"])
    ticket |= {
        "purged": True, "subject": SCRUBBED, "raw_subject": SCRUBBED, "description": SCRUBBED, "tags": [], "fields": {},
        "external_id": None, "comment_count": 0,
    }  # fmt: skip
    tickets.store(state, ticket)
    ticket_events.happened(state, ticket, actor, [("permanently_deleted", {})])
