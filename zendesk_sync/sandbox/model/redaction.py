"""Taking words out of comments for good, and making comments private. Source: Zendesk API reference, Ticket Comments.

Both leave an event in an audit of their own and bring the ticket into the next export.
"""

import re
from typing import Any

from zendesk_sync.sandbox.errors import closed_ticket, invalid_record
from zendesk_sync.sandbox.model import comments, fields, ticket_events, tickets
from zendesk_sync.sandbox.model.editing import AUDIT, Editing, via
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_MARKED = re.compile(r"<redact>(.*?)</redact>", re.DOTALL)
_INK = "\u2587"


def make_private(state: State, ticket: Doc, comment: Doc, *, actor: Doc) -> None:
    """Hide a public comment from the requester; one that is private already stays as it is."""
    if not comment["public"]:
        return
    comment["public"] = False
    comments.store(state, comment, ticket["id"])
    ticket["is_public"] = any(one["public"] for one in state.store.children(comments.KIND, ticket["id"]))
    event = {"type": "CommentPrivacyChange", "comment_id": comment["id"], "public": False}
    _tell(state, ticket, actor, event, "comment_made_private", comment)


def redact(state: State, ticket: Doc, comment: Doc, given: Doc, *, actor: Doc) -> Doc:
    """Black out `text` wherever it stands in a comment, or what `html_body` marks with `<redact>`; return the comment.

    Raises:
        Refused: 422 when nothing of it stands in the comment, or the ticket is closed.
    """
    if ticket["status"] == "closed":
        raise closed_ticket()
    words = _words(given)
    if not words or not any(word in comment["body"] or word in comment["html_body"] for word in words):
        raise invalid_record("base", "Text: was not found in the comment", "InvalidValue")
    was_first = ticket["description"] == comment["body"]
    for name in ("body", "html_body", "plain_body"):
        comment[name] = _blacken(comment[name], words)
    comments.store(state, comment, ticket["id"])
    _blacken_audit(state, comment)
    if was_first:
        ticket["description"] = comment["body"]
    event = {"type": "CommentRedactionEvent", "comment_id": comment["id"]}
    _tell(state, ticket, actor, event, "comment_redacted", comment)
    return comment


def _words(given: Doc) -> list[str]:
    if isinstance(given.get("text"), str) and given["text"]:
        return [given["text"]]
    marked = given.get("html_body")
    return [word for word in _MARKED.findall(marked) if word] if isinstance(marked, str) else []


def _blacken(written: str, words: list[str]) -> str:
    for word in words:
        written = written.replace(word, _INK * len(word))
    return written


def _blacken_audit(state: State, comment: Doc) -> None:
    audit = state.store.get(AUDIT, comment["audit_id"])
    if audit is None:
        return
    for event in audit["events"]:
        if event["id"] == comment["id"]:
            event |= {name: comment[name] for name in ("body", "html_body", "plain_body")}
    _store_audit(state, audit)


def _store_audit(state: State, audit: Doc) -> None:
    mark = state.store.select("SELECT mark FROM record WHERE kind = ? AND id = ?", (AUDIT, audit["id"]))
    state.store.put(AUDIT, audit["id"], audit, parent=audit["ticket_id"], mark=mark[0][0] if mark else None)


def _tell(state: State, ticket: Doc, actor: Doc, event: Doc, name: str, comment: Doc) -> None:
    ticket["updated_at"] = state.now()
    edit = Editing.of(state, ticket, actor=actor, channel=via("api"), book=fields.book(state), new=False)
    edit.events.append({"id": state.event_id(), **event})
    edit.save()
    told: dict[str, Any] = {"comment": {"id": str(comment["id"]), "is_public": comment["public"]}}
    ticket_events.happened(state, ticket, actor, [(name, told)])


def find(state: State, ticket: Doc | None, comment_id: object) -> Doc | None:
    """Return a comment of this ticket."""
    comment = state.store.get(comments.KIND, comment_id)
    if ticket is None or comment is None:
        return None
    same = any(one["id"] == comment_id for one in state.store.children(comments.KIND, ticket["id"]))
    return comment if same and tickets.find(state, ticket["id"]) else None
