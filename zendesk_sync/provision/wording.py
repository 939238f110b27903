"""Conditions, actions, columns and options in the words that people read in Zendesk. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zendesk_sync.provision.blueprint import CUSTOM

LONGEST = 300
FIELDS = {
    "current_tags": "Tags",
    "update_type": "Ticket",
    "comment_is_public": "Comment",
    "organization_id": "Organization",
    "requester_id": "Requester",
    "notification_webhook": "Notify active webhook",
    "nice_id": "ID",
    "created": "Requested",
    "description": "Subject",
}
OPERATORS = {
    "less_than": "less than",
    "greater_than": "greater than",
    "is_not": "is not",
    "includes": "contains at least one of",
    "not_includes": "contains none of",
    "not_changed": "not changed",
    "not_present": "not present",
}
VALUES = {
    ("update_type", "Create"): "created",
    ("update_type", "Change"): "updated",
    ("comment_is_public", "not_relevant"): "present (public or private)",
}


def field(name: str, names: Mapping[str, str]) -> str:
    """What people call a condition's field, a column, or a field by its id or word."""
    bare = name.removeprefix(CUSTOM)
    return names.get(bare) or FIELDS.get(name) or (name.replace("_", " ").capitalize() if bare == name else name)


def condition(name: str, operator: str, value: str, names: Mapping[str, str]) -> str:
    """One condition as a line, such as ``Status less than solved``."""
    words = (field(name, names), OPERATORS.get(operator, operator.replace("_", " ")), VALUES.get((name, value), value))
    return " ".join(word for word in words if word)


def line(parts: Sequence[str], names: Mapping[str, str]) -> str:
    """One canonical line of an aspect (see ``compare``)."""
    said = ""
    match list(parts):
        case ["all" | "any" as part, name, operator, value]:
            said = f"{part}: {condition(name, operator, value, names)}"
        case ["option", value, title]:
            said = f"{title} ({value})"
        case ["group" | "sort" as kind, name, direction]:
            said = f"{kind} by {field(name, names)} {direction}"
        case ["column", name]:
            said = field(name, names)
        case [name, *rest] if rest:
            said = f"{field(name, names)}: {' '.join(rest)}"
        case [text]:
            said = text
    return said


def apart(theirs: Sequence[Sequence[str]], ours: Sequence[Sequence[str]], names: Mapping[str, str]) -> tuple[str, str]:
    """Both sides for people: only what the other side lacks, or all of it where only the order differs."""
    extra = [one for one in theirs if one not in ours]
    missing = [one for one in ours if one not in theirs]
    if not extra and not missing:
        extra, missing = list(theirs), list(ours)
    return _joined(extra, names), _joined(missing, names)


def _joined(lines: Sequence[Sequence[str]], names: Mapping[str, str]) -> str:
    said = "; ".join(filter(None, (line(one, names) for one in lines))) or "nothing"
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"
