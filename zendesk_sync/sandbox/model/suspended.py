"""Suspended tickets: mail that was held back; no tickets until they are recovered.

Source: Zendesk API reference, Ticketing > Suspended Tickets.
"""

from typing import Any

from zendesk_sync.sandbox.model import changes, users
from zendesk_sync.sandbox.model.editing import via
from zendesk_sync.sandbox.model.values import text
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "suspended_ticket"
_CAUSES = {"Detected as spam": 0, "Blocklisted": 1, "Automated response mail": 2, "Email is from a system": 4}


def receive(state: State, given: Doc) -> Doc:
    """Hold back a mail of `{"subject", "content", "name", "email", "cause"}`."""
    now, number = state.now(), state.record_id()
    email = text(given.get("email")) or "stranger@mail.example"
    name = text(given.get("name")) or email.partition("@")[0]
    cause = text(given.get("cause")) or "Detected as spam"
    mail: Doc = {
        "id": number, "author": {"id": None, "name": name, "email": email},
        "subject": text(given.get("subject")), "content": text(given.get("content")), "cause": cause,
        "cause_id": _CAUSES.get(cause, 0), "error_messages": None, "message_id": f"<{number}@mail.example>",
        "ticket_id": None, "created_at": now, "updated_at": now, "via": via("email"),
        "brand_id": state.named_id("brand"),
        "recipient": "support@sandbox.example", "attachments": [],
    }  # fmt: skip
    state.store.put(KIND, number, mail)
    return mail


def present(state: State, mail: Doc) -> Doc:
    return {"url": state.url(f"suspended_tickets/{mail['id']}.json"), **mail}


def recover(state: State, mail: Doc, *, actor: Doc) -> Doc:
    """Make a ticket of it. Its requester is the agent who calls the API, not the sender, as the real service has it."""
    given: dict[str, Any] = {"subject": mail["subject"], "comment": {"body": mail["content"] or mail["subject"] or "-"}}
    ticket, _ = changes.create(state, {**given, "requester_id": actor["id"]}, actor=actor, channel="email")
    state.store.delete(KIND, mail["id"])
    return ticket


def mark_as_spam(state: State, ticket: Doc) -> None:
    """Suspend the requester of a ticket that is spam, unless that is a colleague."""
    requester = users.get(state, ticket["requester_id"])
    if requester and not users.is_staff(requester):
        users.update(state, requester, {"suspended": True})
