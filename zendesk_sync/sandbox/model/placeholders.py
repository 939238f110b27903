"""`{{…}}` in comments and webhook bodies. Source: Zendesk help, "Zendesk Support placeholders reference".

Texts are put in as they are, without JSON escaping: whether the real service escapes is unconfirmed, and a body which
only works with escaping should be seen to break here.
"""

import re
from collections.abc import Callable
from typing import Any

from zendesk_sync.sandbox.model import fields, organizations, users
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}|\{%.*?%\}", re.DOTALL)
_FIELD = re.compile(r"ticket\.ticket_field(_option_title)?_([0-9]{1,18})$")
_PERSON = re.compile(r"(?:ticket\.)?(requester|assignee|submitter|current_user)\.(id|name|email|external_id)$")
_ORGANIZATION = re.compile(r"ticket\.organization\.(?:custom_fields\.)?(\w+)$")
_PLAIN: dict[str, Callable[[Doc], Any]] = {
    "id": lambda t: t["id"],
    "external_id": lambda t: t["external_id"],
    "title": lambda t: t["subject"],
    "description": lambda t: t["description"],
    "status": lambda t: "On-hold" if t["status"] == "hold" else t["status"].capitalize(),
    "priority": lambda t: (t["priority"] or "").capitalize(),
    "ticket_type": lambda t: (t["type"] or "").capitalize(),
    "via": lambda t: {"api": "Web Service", "web": "Web Form"}.get(t["via"].get("channel"), "Web Form"),
    "tags": lambda t: " ".join(t["tags"]),
    "created_at_with_timestamp": lambda t: t["created_at"],
    "updated_at_with_timestamp": lambda t: t["updated_at"],
    "created_at": lambda t: t["created_at"][:10],
    "updated_at": lambda t: t["updated_at"][:10],
}


def render(state: State, text: str, ticket: Doc, actor: Doc) -> str:
    """Replace every placeholder; an unknown one, and any Liquid tag, becomes empty."""

    def value_of(match: re.Match[str]) -> str:
        value = _lookup(state, (match[1] or "").strip(), ticket, actor)
        return "" if value is None else str(value)

    return _PLACEHOLDER.sub(value_of, text)


def _lookup(state: State, name: str, ticket: Doc, actor: Doc) -> Any:
    plain = _PLAIN.get(name.removeprefix("ticket.")) if name.startswith("ticket.") else None
    if plain:
        return plain(ticket)
    if match := _FIELD.match(name):
        return _field(state, ticket, int(match[2]), titled=bool(match[1]))
    if match := _PERSON.match(name):
        person = actor if match[1] == "current_user" else users.get(state, ticket[f"{match[1]}_id"])
        return person[match[2]] if person else None
    if match := _ORGANIZATION.match(name):
        organization = state.store.get(organizations.KIND, ticket["organization_id"] or 0) or {}
        source = organization.get("organization_fields", {}) if "custom_fields" in name else organization
        return source.get(match[1])
    return None


def _field(state: State, ticket: Doc, field_id: int, *, titled: bool) -> Any:
    value = ticket["fields"].get(str(field_id))
    field = state.store.get(fields.KIND, field_id)
    values = value if isinstance(value, list) else [value]
    if titled and field and field["type"] in fields.WITH_OPTIONS:
        options = (fields.find_option(field, value=item) for item in values)
        return ", ".join(option["name"] for option in options if option)
    return " ".join(str(item) for item in values if item is not None)
