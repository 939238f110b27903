"""Trigger conditions: whether one holds for an update. Source: Zendesk reference guide, Conditions reference."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from zendesk_sync.sandbox.model import organization_fields, organizations, tickets, users
from zendesk_sync.sandbox.model.editing import VIA_IDS, Editing
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

ATTRIBUTES = (
    "status", "priority", "type", "organization_id", "requester_id", "assignee_id", "group_id", "brand_id",
    "ticket_form_id", "custom_status_id", "due_date",
)  # fmt: skip
CUSTOM = "custom_fields_"
ORGANIZATION, REQUESTER = "organization.custom_fields.", "requester.custom_fields."
_ORDERS = {"status": tickets.STATUSES, "priority": tickets.PRIORITIES}
_EMPTY = frozenset({"", "__NULL__", "None"})
_WORD = re.compile(r"\w+")


def hold(conditions: Doc, edit: Editing) -> bool:
    """All of `all`, and at least one of `any` when there is one."""
    every, some = conditions.get("all") or [], conditions.get("any") or []
    return all(holds(one, edit) for one in every) and (not some or any(holds(one, edit) for one in some))


def holds(condition: Doc, edit: Editing) -> bool:
    """Whether one condition holds. A condition on something unknown never does."""
    name, operator = condition["field"], condition["operator"]
    wanted = _wanted(condition.get("value"), edit)
    special = _SPECIAL.get(name)
    if special:
        return special(edit, operator, wanted)
    for prefix, read in _OWNERS.items():
        if name.startswith(prefix):
            value = read(edit, name.removeprefix(prefix))
            return compare(name, operator, wanted, value, value, today=edit.state.clock.now().date())
    if name not in ATTRIBUTES and not name.startswith(CUSTOM):
        return False
    now = value_of(edit.ticket, name)
    # On creation nothing has "changed" but what an earlier trigger changed: sources do not say whether a first value
    # counts, and a rule that needs the creation can say so with `update_type`.
    was = value_of(edit.baseline, name)
    return compare(name, operator, wanted, now, was, today=edit.state.clock.now().date())


def compare(name: str, operator: str, wanted: str, now: Any, was: Any, *, today: date) -> bool:
    """Whether `now operator wanted` holds, where `was` is the value before this update."""
    changed = now != was
    answers: dict[str, Callable[[], bool]] = {
        "is": lambda: _matches(now, wanted),
        "is_not": lambda: not _matches(now, wanted),
        "less_than": lambda: _rank(name, now) < _rank(name, wanted),
        "less_than_equal": lambda: _rank(name, now) <= _rank(name, wanted),
        "greater_than": lambda: _rank(name, now) > _rank(name, wanted),
        "greater_than_equal": lambda: _rank(name, now) >= _rank(name, wanted),
        "changed": lambda: changed,
        "not_changed": lambda: not changed,
        "value": lambda: changed and _matches(now, wanted),
        "not_value": lambda: not (changed and _matches(now, wanted)),
        "value_previous": lambda: changed and _matches(was, wanted),
        "not_value_previous": lambda: not (changed and _matches(was, wanted)),
        "includes": lambda: any(_matches(now, word) for word in wanted.split()),
        "not_includes": lambda: not any(_matches(now, word) for word in wanted.split()),
        "includes_words": lambda: bool(_words(now) & _words(wanted)),
        "not_includes_words": lambda: not _words(now) & _words(wanted),
        "includes_string": lambda: wanted.lower() in str(now).lower(),
        "not_includes_string": lambda: wanted.lower() not in str(now).lower(),
        "present": lambda: bool(now),
        "not_present": lambda: not now,
        "within_previous_n_days": lambda: _near(now, wanted, today, -1),
        "within_next_n_days": lambda: _near(now, wanted, today, 1),
    }
    return operator in answers and answers[operator]()


def value_of(ticket: Doc, name: str) -> Any:
    """Return the value as conditions see it: text, a list of texts, or empty text."""
    if name == "due_date":
        return str(ticket["due_at"] or "")[:10]
    value = ticket["fields"].get(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else ticket.get(name)
    return _seen(value)


def _seen(value: Any) -> Any:
    if isinstance(value, list):
        return [str(item) for item in value]
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    text = "" if value is None else str(value)
    return "" if text in _EMPTY else text


def _wanted(value: Any, edit: Editing) -> str:
    """Return the value of a condition as text, with the people that are meant by their part in this update."""
    text = _text(value)
    people = {
        "current_user": edit.actor["id"],
        "requester_id": edit.ticket["requester_id"],
        "assignee_id": edit.ticket["assignee_id"],
    }
    return _text(people[text]) if text in people else text


def _matches(value: Any, text: str) -> bool:
    if isinstance(value, list):
        return text in value
    return bool(value == ("" if text == "false" else text))


def _rank(name: str, value: Any) -> float:
    """Return where a value stands in its order; what has no order is not a number, and compares to nothing."""
    order = _ORDERS.get(name)
    if order:
        return order.index(value) if value in order else -1
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        return float(date.fromisoformat(str(value)[:10]).toordinal())
    except ValueError:
        return float("nan")


def _near(value: Any, days: str, today: date, direction: int) -> bool:
    number = whole_number(days)
    try:
        moment = date.fromisoformat(str(value)[:10])
    except ValueError:
        return False
    if number is None or number > 100_000:
        return False
    passed = (moment - today) * direction
    return timedelta(0) <= passed <= timedelta(days=number)


def _words(value: Any) -> set[str]:
    return set(_WORD.findall(str(value).lower()))


def _of_organization(edit: Editing, key: str) -> Any:
    owner = edit.state.store.get(organizations.KIND, edit.ticket["organization_id"] or 0)
    return _owned(edit.state, organization_fields.KIND, key, (owner or {}).get("organization_fields") or {})


def _of_requester(edit: Editing, key: str) -> Any:
    owner = users.get(edit.state, edit.ticket["requester_id"])
    return _owned(edit.state, organization_fields.USER_KIND, key, (owner or {}).get("user_fields") or {})


def _owned(state: State, kind: str, key: str, values: Doc) -> Any:
    """Return an organization's or user's field as rules see it: of a drop-down, the option's numeric id as text."""
    value = values.get(key)
    known: dict[str, Doc] = state.store.derived(kind, "by key", lambda found: {one["key"]: one for one in found})
    options = known.get(key, {}).get("custom_field_options")
    if not options:
        return _seen(value)
    chosen = value if isinstance(value, list) else [value]
    ids = [str(option["id"]) for option in options if option["value"] in chosen]
    return ids if isinstance(value, list) else "".join(ids[:1])


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


def _comment_words(edit: Editing, operator: str, wanted: str) -> bool:
    return _in_text(edit.comment["body"] if edit.comment else "", operator, wanted)


def _subject_words(edit: Editing, operator: str, wanted: str) -> bool:
    return _in_text(edit.ticket["subject"] or "", operator, wanted)


def _description_words(edit: Editing, operator: str, wanted: str) -> bool:
    return _in_text(edit.ticket["description"] or "", operator, wanted)


def _in_text(text: str, operator: str, wanted: str) -> bool:
    """`includes`: at least one of the words; `is`: the words as they stand; each with its opposite."""
    if operator in {"includes", "not_includes"}:
        return bool(_words(text) & _words(wanted)) is (operator == "includes")
    whole = bool(wanted) and re.search(rf"(?<!\w){re.escape(wanted.lower())}(?!\w)", text.lower()) is not None
    return operator in {"is", "is_not"} and whole is (operator == "is")


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


def _recipient(edit: Editing, operator: str, wanted: str) -> bool:
    return _same(str(edit.ticket["recipient"] or "").lower(), operator, wanted.lower())


def _privacy(edit: Editing, operator: str, wanted: str) -> bool:
    return _same("public" if edit.ticket["is_public"] else "private", operator, wanted)


def _same(value: str, operator: str, wanted: str) -> bool:
    return value == wanted if operator == "is" else operator == "is_not" and value != wanted


_OWNERS: dict[str, Callable[[Editing, str], Any]] = {ORGANIZATION: _of_organization, REQUESTER: _of_requester}
_SPECIAL: dict[str, Callable[[Editing, str, str], bool]] = {
    "update_type": _update_type,
    "current_tags": _tags,
    "comment_is_public": _comment,
    "comment_includes_word": _comment_words,
    "subject_includes_word": _subject_words,
    "description_includes_word": _description_words,
    "current_via_id": _current_via,
    "via_id": _created_via,
    "role": _current_user,
    "recipient": _recipient,
    "ticket_is_public": _privacy,
}
