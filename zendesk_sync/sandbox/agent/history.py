"""Writes audits as sentences: who changed what, and which trigger did."""

from typing import Any

from zendesk_sync.sandbox.agent import reading
from zendesk_sync.sandbox.model import fields, users
from zendesk_sync.sandbox.model.editing import AUDIT
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_NAMES = {
    "assignee_id": "Assignee", "group_id": "Group", "requester_id": "Requester", "organization_id": "Organization",
    "brand_id": "Brand", "ticket_form_id": "Form", "custom_status_id": "Ticket status", "due_at": "Due date",
    "problem_id": "Problem", "collaborator_ids": "Collaborators", "follower_ids": "Followers", "email_cc_ids": "CCs",
    "external_id": "External id",
}  # fmt: skip
_KINDS = {
    "assignee_id": "user", "requester_id": "user", "group_id": "group", "organization_id": "organization",
    "ticket_form_id": "ticket_form", "custom_status_id": "custom_status",
}  # fmt: skip
_DULL = frozenset({"brand_id"})
"""Always the same in an account of one brand."""
_CHANNELS = {"api": "by API", "web": "on this page", "email": "by e-mail", "rule": "by a rule"}
MOST = 200


def of(state: State, ticket: Doc) -> list[Doc]:
    """Return the ticket's audits, newest first and at most 200: `{"id", "at", "by", "how", "lines"}`."""
    audits = state.store.children(AUDIT, ticket["id"])[-MOST:][::-1]
    book = fields.book(state)
    return [_told(state, audit, book) for audit in audits]


def _told(state: State, audit: Doc, book: fields.FieldBook) -> Doc:
    author = users.get(state, audit["author_id"])
    channel = audit["via"].get("channel", "")
    lines = [line for event in audit["events"] if (line := _line(state, event, book))]
    return {
        "id": audit["id"], "at": audit["created_at"], "by": author["name"] if author else _machine(audit),
        "how": _CHANNELS.get(channel, channel), "lines": lines,
    }  # fmt: skip


def _machine(audit: Doc) -> str:
    title = ((audit["via"].get("source") or {}).get("from") or {}).get("title")
    return f"The automation “{title}”" if title else "The system"


def _line(state: State, event: Doc, book: fields.FieldBook) -> str:
    source = (event.get("via") or {}).get("source") or {}
    rule = (source.get("from") or {}).get("title") if source.get("rel") == "trigger" else None
    by = f" (by the trigger “{rule}”)" if rule else ""
    kind = event["type"]
    if kind in {"Comment", "VoiceComment"}:
        return "Public comment" if event.get("public") else "Internal note"
    if kind == "Notification":
        told = state.store.many(users.KIND, event.get("recipients") or [])
        return f"E-mail “{event.get('subject', '')}” to {', '.join(user['name'] for user in told) or 'nobody'}{by}"
    if kind not in {"Create", "Change"}:
        return f"{kind}{by}"
    name, field = _name(event["field_name"], book)
    now = _value(state, event["field_name"], event["value"], field)
    if event["field_name"] in _DULL:
        return ""
    if kind == "Create":
        return f"{name}: {now}{by}" if now != "—" else ""
    return f"{name}: {_value(state, event['field_name'], event['previous_value'], field)} → {now}{by}"


def _name(name: str, book: fields.FieldBook) -> tuple[str, Doc | None]:
    number = whole_number(name)
    if number is not None:
        field = book.by_id.get(number)
        return (str(field["title"]) if field else f"Field {number}"), field
    return _NAMES.get(name, reading.word(name)), None


def _value(state: State, name: str, value: Any, field: Doc | None) -> str:
    if value in (None, "", []):
        return "—"
    if field:
        kept = value == "1" if field["type"] == "checkbox" else value
        return ", ".join(reading.titles(field, kept)) or "—"
    if name in _KINDS:
        record = state.store.get(_KINDS[name], whole_number(str(value)))
        return str(record.get("name") or record.get("agent_label")) if record else str(value)
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return reading.word(value) if name in {"status", "priority", "type"} else str(value)
