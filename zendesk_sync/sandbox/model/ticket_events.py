"""What one change of a ticket tells event-subscribed webhooks: one event for each property, in one sequence.

Its traps are the real ones: ids are texts, status, priority and type are upper case, `via.channel` uses words of its
own, there are no custom fields in `detail`. Source: Zendesk API reference, Webhooks > Ticket events.
"""

import uuid
from collections.abc import Callable
from typing import Any

from zendesk_sync.sandbox.model import deliveries, users
from zendesk_sync.sandbox.model.editing import Editing
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_CHANNELS = {"api": "web_service", "email": "mail", "web": "web_form"}
_IDS = {
    "assignee_id": "agent_assignment_changed", "group_id": "group_assignment_changed",
    "requester_id": "requester_changed", "organization_id": "organization_changed", "brand_id": "brand_changed",
    "ticket_form_id": "form_changed", "problem_id": "problem_link_changed", "custom_status_id": "custom_status_changed",
    "submitter_id": "submitter_changed",
}  # fmt: skip
_WORDS = {"status": "status_changed", "priority": "priority_changed", "type": "type_changed"}
_TEXTS = {
    "subject": "subject_changed", "external_id": "external_id_changed", "due_at": "task_due_at_changed",
    "description": "description_changed",
}  # fmt: skip
_PEOPLE = {"follower_ids": "followers_changed", "email_cc_ids": "email_ccs_changed"}


def tell(edit: Editing) -> None:
    """Tell of one finished update; nothing is done when no webhook listens."""
    if not deliveries.subscribers(edit.state, "ticket"):
        return
    found: list[tuple[str, Doc]] = []
    before = edit.before or {}
    if edit.before is None:
        found.append(("created", {}))
    for names, read in _READERS:
        for name, event in names.items():
            now, was = read(edit.ticket.get(name)), read(before.get(name))
            if now != was:
                found.append((event, {"current": now, "previous": was}))
    found += _fields(edit, before)
    tags, former = set(edit.ticket["tags"]), set(before.get("tags") or [])
    if tags != former:
        body = {"tags_added": sorted(tags - former), "tags_removed": sorted(former - tags)}
        found.append(("tags_changed", body))
    if edit.comment:
        found.append(("comment_added", {"comment": _comment(edit.state, edit.comment)}))
    happened(edit.state, edit.ticket, edit.actor, found)


def happened(state: State, ticket: Doc, actor: Doc, events: list[tuple[str, Doc]]) -> None:
    """Tell of events that are no property's change, such as `soft_deleted` or `merged`; `(name, body)` each."""
    sequence = str(uuid.uuid4())
    numbered = [
        (name, body if name == "created" else {**body, "meta": {"sequence": {"id": sequence, "position": position}}})
        for position, (name, body) in enumerate(events, start=1)
    ]
    deliveries.tell(state, "ticket", ticket["id"], _detail(ticket, actor), numbered)


def _id(value: Any) -> str | None:
    return None if value is None else str(value)


def _word(value: Any) -> str | None:
    return str(value).upper() if value else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _ids(value: Any) -> list[str]:
    return [str(item) for item in value or []]


_READERS: tuple[tuple[dict[str, str], Callable[[Any], Any]], ...] = (
    (_WORDS, _word), (_IDS, _id), (_TEXTS, _text), (_PEOPLE, _ids),
)  # fmt: skip


def _fields(edit: Editing, before: Doc) -> list[tuple[str, Doc]]:
    now, was = edit.ticket["fields"], before.get("fields") or {}
    found: list[tuple[str, Doc]] = []
    for key in sorted(now.keys() | was.keys()):
        field = edit.book.by_id.get(int(key))
        if field and now.get(key) != was.get(key):
            about = {"id": key, "title": field["title"], "type": field["type"]}
            body = {"current": {"value": now.get(key)}, "previous": {"value": was.get(key)}, "custom_field": about}
            found.append(("custom_field_changed", body))
    return found


def _comment(state: State, comment: Doc) -> Doc:
    author = users.get(state, comment["author_id"])
    who = {
        "id": str(comment["author_id"]), "is_staff": users.is_staff(author), "name": author["name"] if author else "",
    }  # fmt: skip
    return {
        "id": str(comment["id"]), "body": comment["body"], "html_body": comment["html_body"],
        "is_public": comment["public"], "author": who,
    }  # fmt: skip


def _detail(ticket: Doc, actor: Doc) -> Doc:
    ids = ("assignee_id", "brand_id", "group_id", "id", "organization_id", "requester_id", "submitter_id")
    channel = ticket["via"].get("channel", "")
    return {
        "actor_id": str(actor["id"]), "created_at": ticket["created_at"],
        "custom_status": _id(ticket.get("custom_status_id")), "description": ticket["description"],
        "external_id": ticket["external_id"], "form_id": _id(ticket["ticket_form_id"]),
        "is_public": ticket["is_public"], "priority": _word(ticket["priority"]), "status": _word(ticket["status"]),
        "subject": ticket["subject"], "tags": ticket["tags"] or None, "type": _word(ticket["type"]),
        "updated_at": ticket["updated_at"], "via": {"channel": _CHANNELS.get(channel, channel)},
        **{name: _id(ticket[name]) for name in ids},
    }  # fmt: skip
