"""Tags and fields of a ticket are one thing: choosing an option adds its tag, adding the tag chooses the option.

A ticket here is a document with `tags` (a list) and `fields` (field id as text -> value); both are changed in place.
Source: Zendesk help, "About tags" and "Adding custom fields to your tickets"; API reference, Ticket Fields.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from zendesk_sync.sandbox.model.fields import FieldBook, find_option
from zendesk_sync.sandbox.model.tags import tidy
from zendesk_sync.sandbox.model.values import integer_or_none
from zendesk_sync.sandbox.store import Doc

REFUSED = object()
_TRUE = frozenset({True, "1", "true", "yes"})


def set_field(ticket: Doc, book: FieldBook, field_id: int, value: Any) -> bool:
    """Write one custom field. False, and no change, when the value is none that the field can hold."""
    field = book.by_id[field_id]
    accepted = _accept(field, value)
    if accepted is REFUSED:
        return False
    _write(ticket, field, accepted)
    return True


def add_tags(ticket: Doc, book: FieldBook, tags: Iterable[str]) -> None:
    """Add tags; an option's tag selects the option and, in a drop-down, drops the former option's tag."""
    for tag in tags:
        for field in book.owners.get(tag, []):
            if field["type"] == "multiselect":
                chosen = ticket["fields"].get(str(field["id"])) or []
                _write(ticket, field, tidy([*chosen, tag]))
            else:
                _write(ticket, field, True if field["type"] == "checkbox" else tag)
        ticket["tags"] = tidy([*ticket["tags"], tag])


def remove_tags(ticket: Doc, book: FieldBook, tags: Iterable[str]) -> None:
    """Remove tags; an option's tag takes the choice with it."""
    for tag in tags:
        if tag not in ticket["tags"]:
            continue
        for field in book.owners.get(tag, []):
            current = ticket["fields"].get(str(field["id"]))
            if field["type"] == "multiselect":
                _write(ticket, field, [other for other in current or [] if other != tag])
            elif field["type"] == "checkbox":
                _write(ticket, field, False)
            elif current == tag:
                _write(ticket, field, None)
        ticket["tags"] = [other for other in ticket["tags"] if other != tag]


def replace_tags(ticket: Doc, book: FieldBook, tags: Iterable[str]) -> None:
    """Make this the whole list: whatever option's tag it forgets is deselected."""
    wanted = list(dict.fromkeys(tags))
    remove_tags(ticket, book, [tag for tag in ticket["tags"] if tag not in wanted])
    add_tags(ticket, book, [tag for tag in wanted if tag not in ticket["tags"]])


def _write(ticket: Doc, field: Doc, value: Any) -> None:
    key = str(field["id"])
    before, after = _tags_of(field, ticket["fields"].get(key)), _tags_of(field, value)
    ticket["tags"] = tidy((set(ticket["tags"]) - before) | after)
    if value is None or value == []:
        ticket["fields"].pop(key, None)
    else:
        ticket["fields"][key] = value


def _tags_of(field: Doc, value: Any) -> set[str]:
    if field["type"] == "multiselect":
        return set(value or [])
    if field["type"] == "tagger":
        return {value} if value else set()
    return {field["tag"]} if field["type"] == "checkbox" and value and field["tag"] else set()


def _accept(field: Doc, value: Any) -> Any:
    """Return the value as the field stores it, None for empty, or REFUSED."""
    kind = field["type"]
    if kind == "checkbox":
        return isinstance(value, bool | int | str) and (value.lower() if isinstance(value, str) else value) in _TRUE
    if kind == "multiselect":
        given = value if isinstance(value, list) else [value] if value else []
        known = [str(item).lower() for item in given if find_option(field, value=str(item).lower())]
        return tidy(known) if known or not given else REFUSED
    if value is None or value == "":
        return None
    if isinstance(value, list | dict):
        return REFUSED
    return _accept_text(field, value) if kind in {"tagger", "regexp", "date"} else _accept_plain(kind, value)


def _accept_text(field: Doc, value: Any) -> Any:
    text = str(value)
    if field["type"] == "tagger":
        return text.lower() if find_option(field, value=text.lower()) else REFUSED
    if field["type"] == "regexp":
        return text if re.search(field["regexp_for_validation"], text) else REFUSED
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        return REFUSED


def _accept_plain(kind: str, value: Any) -> Any:
    if kind == "lookup":
        return str(value) if integer_or_none(value) is not None else REFUSED
    try:
        if kind == "integer":
            return int(str(value))
        return str(float(value)) if kind == "decimal" else str(value)
    except ValueError:
        return REFUSED
