"""What the entries of a seed file look like; whatever does not is refused with the entry and the key at fault."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zendesk_sync.sandbox.store import Doc

_HUNDRED_YEARS = 3_155_760_000


class SeedError(Exception):
    """A seed file says something impossible; the message names the entry."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value: how to recognise it, and what to call it."""

    name: str
    fits: Callable[[Any], bool]


def _is_plain(value: Any) -> bool:
    """Whether this is a text, a truth value, or a number which an account can hold."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | bool) or (isinstance(value, int) and value.bit_length() < 64)


def _is_ago(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _HUNDRED_YEARS


def _is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _is_table_of_values(value: Any) -> bool:
    return isinstance(value, dict) and all(
        all(_is_plain(item) for item in found) if isinstance(found, list) else _is_plain(found)
        for found in value.values()
    )


TEXT = Kind("a text", lambda value: isinstance(value, str))
TRUTH = Kind("true or false", lambda value: isinstance(value, bool))
TEXTS = Kind("a list of texts", lambda value: _is_list_of(str, value))
TABLES = Kind("a list of tables", lambda value: _is_list_of(dict, value))
VALUE = Kind("a text, a number, a truth value or a list of them", lambda value: _is_table_of_values({"": value}))
VALUES = Kind("a table of texts, numbers, truth values and lists of them", _is_table_of_values)
AGO = Kind(f"a number of seconds from 0 to {_HUNDRED_YEARS}", _is_ago)

Shape = dict[str, Kind]
OPTION: Shape = {"name": TEXT, "value": TEXT, "default": TRUTH}
COMMENT: Shape = {
    "author": TEXT, "body": TEXT, "public": TRUTH, "ago": AGO, "status": TEXT, "priority": TEXT, "type": TEXT,
    "assignee": TEXT, "tags": TEXTS, "fields": VALUES,
}  # fmt: skip
ORGANIZATION_FIELD: Shape = {"key": TEXT, "title": TEXT, "type": TEXT, "options": TABLES, "description": TEXT}
ORGANIZATION: Shape = {
    "name": TEXT, "domain_names": TEXTS, "organization_fields": VALUES, "tags": TEXTS, "external_id": TEXT,
    "notes": TEXT, "details": TEXT, "created_ago": AGO,
}  # fmt: skip
USER: Shape = {
    "name": TEXT, "email": TEXT, "role": TEXT, "organization": TEXT, "tags": TEXTS, "user_fields": VALUES,
    "external_id": TEXT, "locale": TEXT, "suspended": TRUTH, "notes": TEXT,
    "created_ago": AGO,
}  # fmt: skip
TICKET_FIELD: Shape = {
    "title": TEXT, "type": TEXT, "options": TABLES, "tag": TEXT, "agent_description": TEXT,
    "regexp_for_validation": TEXT, "editable_in_portal": TRUTH,
}  # fmt: skip
VIEW: Shape = {
    "title": TEXT, "description": TEXT, "all": TABLES, "any": TABLES, "columns": TEXTS, "group_by": TEXT,
    "group_order": TEXT, "sort_by": TEXT, "sort_order": TEXT,
}  # fmt: skip
CONDITION: Shape = {"field": TEXT, "operator": TEXT, "value": VALUE}
TICKET: Shape = {
    "subject": TEXT, "description": TEXT, "requester": TEXT, "status": TEXT, "priority": TEXT, "type": TEXT,
    "fields": VALUES, "tags": TEXTS, "created_ago": AGO, "updated_ago": AGO, "comments": TABLES, "via": TEXT,
    "assignee": TEXT, "external_id": TEXT, "organization": TEXT,
    "follow_up_of": TEXT, "deleted": TRUTH,
}  # fmt: skip


def require(entry: Doc, place: str, shape: Shape, *needed: str) -> None:
    """Refuse an entry with an unknown key, with a value of the wrong kind, or without a key that it needs."""
    for name, value in entry.items():
        kind = shape.get(name)
        if kind is None:
            raise SeedError(f"{place}: unknown key {name}; known are {', '.join(shape)}")
        if not kind.fits(value):
            raise SeedError(f"{place}: {name} must be {kind.name}, not {_shown(value)}")
    for name in needed:
        if not str(entry.get(name, "")).strip():
            raise SeedError(f"{place}: {name} is missing")
    for number, option in enumerate(entry.get("options", []), start=1):
        require(option, f"{place}, options {number}", OPTION, "name", "value")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
