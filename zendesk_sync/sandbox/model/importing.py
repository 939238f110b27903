"""Importing tickets with their own dates and comments. Source: Zendesk API reference, Ticketing > Ticket Import.

No trigger runs on an import, and nobody is told.
"""

from datetime import datetime
from typing import Any

from zendesk_sync.sandbox.clock import iso, parse_iso
from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model import changes, comments, fields, tickets, users
from zendesk_sync.sandbox.model.editing import Editing, via
from zendesk_sync.sandbox.model.values import integer_or_none
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KEYS = changes.CREATE_KEYS | {"comments", "created_at", "updated_at", "solved_at"}


def put_in(state: State, given: Doc, *, actor: Doc, archive: bool) -> Doc:
    """Create one ticket as it was elsewhere; `archive` puts a closed one into the archive at once.

    Raises:
        Refused: 422 without any comment or description.
    """
    spoken = given.get("comments")
    said = [one for one in spoken if not comments.is_blank(one)] if isinstance(spoken, list) else []
    first = given.get("description") or given.get("comment") or (said.pop(0) if said else None)
    if comments.is_blank(first):
        raise invalid_record("base", "Description: cannot be blank", "BlankValue")
    dates = {name: _date(state, given.get(name)) for name in ("created_at", "updated_at", "solved_at")}
    created = _moment_of(first) or dates["created_at"] or state.now()
    ticket, _ = changes.create(state, {**given, "comment": first}, actor=actor, channel="api", imported=created)
    for comment in said:
        moment = _moment_of(comment) or created
        edit = Editing.of(state, ticket, actor=actor, channel=via("api"), book=fields.book(state), new=False)
        author = users.get(state, integer_or_none(comment.get("author_id"))) if isinstance(comment, dict) else None
        public = not isinstance(comment, dict) or comment.get("public") is not False
        composed = comments.compose(
            state, comment, ticket=ticket, actor=actor, author=author or actor, public=public, via=edit.via
        )
        edit.comment = composed | {"created_at": moment}
        ticket["comment_count"] += 1
        edit.save(moment)
    ticket["created_at"] = dates["created_at"] or created
    ticket["updated_at"] = dates["updated_at"] or ticket["created_at"]
    if dates["solved_at"] and ticket.get("metric"):
        ticket["metric"]["solved_at"] = dates["solved_at"]
    ticket["archived"] = archive and ticket["status"] == "closed"
    tickets.store(state, ticket)
    return ticket


def _moment_of(comment: Any) -> str | None:
    moment = parse_iso(str(comment.get("created_at") or "")) if isinstance(comment, dict) else None
    return iso(moment) if moment else None


def _date(state: State, value: Any) -> str | None:
    """Return a date in the past; what is none, or lies ahead, counts as nothing."""
    moment: datetime | None = parse_iso(value) if isinstance(value, str) else None
    return iso(moment) if moment and moment <= state.clock.now() else None
