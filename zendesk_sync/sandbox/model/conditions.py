"""Trigger conditions: whether one holds for an update. Source: Zendesk reference guide, Conditions reference."""

from collections.abc import Callable
from typing import Any

from zendesk_sync.sandbox.model import tickets, users
from zendesk_sync.sandbox.model.editing import VIA_IDS, Editing
from zendesk_sync.sandbox.store import Doc

_ORDERS = {"status": tickets.STATUSES, "priority": tickets.PRIORITIES}
ATTRIBUTES = (
    "status", "priority", "type", "organization_id", "requester_id", "assignee_id", "group_id", "brand_id",
    "ticket_form_id",
)  # fmt: skip
CUSTOM = "custom_fields_"
_EMPTY = frozenset({"", "__NULL__", "None"})


def hold(conditions: Doc, edit: Editing) -> bool:
    """All of `all`, and at least one of `any` when there is one."""
    every, some = conditions.get("all") or [], conditions.get("any") or []
    return all(holds(one, edit) for one in every) and (not some or any(holds(one, edit) for one in some))


def holds(condition: Doc, edit: Editing) -> bool:
    """Whether one condition holds. A condition on something unknown never does."""
    name, operator, wanted = condition["field"], condition["operator"], condition.get("value")
    special = _SPECIAL.get(name)
    if special:
        return special(edit, operator, "" if wanted is None else str(wanted))
    if name in ATTRIBUTES or name.startswith(CUSTOM):
        return _compare(name, operator, wanted, edit)
    return False


def _compare(name: str, operator: str, wanted: Any, edit: Editing) -> bool:
    now = _value(edit.ticket, name)
    # On creation nothing has "changed": sources do not say whether a first value counts, and a rule that needs the
    # creation can say so with `update_type`.
    was = now if edit.before is None else _value(edit.before, name)
    text = _text(wanted)
    answers: dict[str, Callable[[], bool]] = {
        "is": lambda: _matches(now, text),
        "is_not": lambda: not _matches(now, text),
        "less_than": lambda: _rank(name, now) < _rank(name, text),
        "greater_than": lambda: _rank(name, now) > _rank(name, text),
        "changed": lambda: now != was,
        "not_changed": lambda: now == was,
        "value": lambda: now != was and _matches(now, text),
        "not_value": lambda: not (now != was and _matches(now, text)),
        "value_previous": lambda: now != was and _matches(was, text),
        "not_value_previous": lambda: not (now != was and _matches(was, text)),
        "includes": lambda: any(_matches(now, word) for word in text.split()),
        "not_includes": lambda: not any(_matches(now, word) for word in text.split()),
        "present": lambda: bool(now),
        "not_present": lambda: not now,
    }
    return operator in answers and answers[operator]()


def _value(ticket: Doc, name: str) -> Any:
    """Return the value as conditions see it: text, a list of texts, or empty text."""
    value = ticket["fields"].get(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else ticket[name]
    if isinstance(value, list):
        return [str(item) for item in value]
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    text = "" if value is None else str(value)
    return "" if text in _EMPTY else text


def _matches(value: Any, text: str) -> bool:
    if isinstance(value, list):
        return text in value
    return bool(value == ("" if text == "false" else text))


def _rank(name: str, value: Any) -> float:
    order = _ORDERS.get(name)
    if order:
        return order.index(value) if value in order else -1
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _update_type(edit: Editing, operator: str, wanted: str) -> bool:
    return operator == "is" and wanted == ("Create" if edit.before is None else "Change")


def _tags(edit: Editing, operator: str, wanted: str) -> bool:
    found = bool(set(wanted.lower().split()) & set(edit.ticket["tags"]))
    return found if operator == "includes" else operator == "not_includes" and not found


def _comment(edit: Editing, operator: str, wanted: str) -> bool:
    if operator != "is" or edit.comment is None:
        return False
    public = edit.comment["public"]
    return wanted == "not_relevant" or (bool(public) if wanted in {"true", "requester_can_see_comment"} else not public)


def _current_via(edit: Editing, operator: str, wanted: str) -> bool:
    return _same(str(edit.via_id), operator, wanted)


def _created_via(edit: Editing, operator: str, wanted: str) -> bool:
    origin = edit.ticket["via"]
    number = 27 if origin["source"]["rel"] == "follow_up" else VIA_IDS.get(origin["channel"], 0)
    return _same(str(number), operator, wanted)


def _current_user(edit: Editing, operator: str, wanted: str) -> bool:
    if wanted in {"agent", "end_user"}:
        return _same("agent" if users.is_staff(edit.actor) else "end_user", operator, wanted)
    return _same(str(edit.actor["id"]), operator, wanted)


def _privacy(edit: Editing, operator: str, wanted: str) -> bool:
    return _same("public" if edit.ticket["is_public"] else "private", operator, wanted)


def _same(value: str, operator: str, wanted: str) -> bool:
    return value == wanted if operator == "is" else operator == "is_not" and value != wanted


_SPECIAL: dict[str, Callable[[Editing, str, str], bool]] = {
    "update_type": _update_type,
    "current_tags": _tags,
    "comment_is_public": _comment,
    "current_via_id": _current_via,
    "via_id": _created_via,
    "role": _current_user,
    "ticket_is_public": _privacy,
}
SPECIAL = tuple(_SPECIAL)
