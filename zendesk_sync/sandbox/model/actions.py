"""What a trigger does to a ticket, and whom it tells. Source: Zendesk reference guide, Actions reference."""

from collections.abc import Callable
from typing import Any

from zendesk_sync.sandbox.model import coupling, deliveries, fields, groups, placeholders, tickets, users
from zendesk_sync.sandbox.model.conditions import CUSTOM
from zendesk_sync.sandbox.model.editing import Editing
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.model.values import text, whole_number
from zendesk_sync.sandbox.store import Doc

CHOICES = {"priority": tickets.PRIORITIES, "status": tickets.STATUSES[1:], "type": tickets.TYPES}
TAGS = {"current_tags": coupling.add_tags, "remove_tags": coupling.remove_tags, "set_tags": coupling.replace_tags}
EMPTY = frozenset({"", "__NULL__", "None"})
_NOTIFIED = {
    "requester_id": ("requester_id",),
    "assignee_id": ("assignee_id",),
    "requester_and_ccs": ("requester_id", "email_cc_ids"),
}


def act(action: Doc, edit: Editing, rule: Doc) -> None:
    """Do one action; `rule` is the `via` of the events it leaves. What can no longer be done is left undone."""
    name, value = action["field"], action["value"]
    if name.startswith(CUSTOM):
        _set_field(name, value, edit)
    elif name in _DOERS:
        _DOERS[name](name, value, edit, rule)


def _set_field(name: str, value: Any, edit: Editing) -> None:
    field_id = whole_number(name.removeprefix(CUSTOM))
    field = edit.book.by_id.get(field_id or 0)
    if field is None:
        return
    if field["type"] == "multiselect" and isinstance(value, str):
        value = value.split()
    if isinstance(value, str) and value in EMPTY:
        value = None
    elif isinstance(value, str) and field["type"] not in fields.WITH_OPTIONS:
        value = _rendered(value, edit)
    coupling.set_field(edit.ticket, edit.book, field["id"], value)


def _choose(name: str, value: Any, edit: Editing, rule: Doc) -> None:  # noqa: ARG001 - one shape for all doers
    if value in CHOICES[name]:
        edit.ticket[name] = value
    elif name == "type" and text(value) in EMPTY:
        edit.ticket[name] = None


def _tag(name: str, value: Any, edit: Editing, rule: Doc) -> None:  # noqa: ARG001
    TAGS[name](edit.ticket, edit.book, words(value))


def _assign(name: str, value: Any, edit: Editing, rule: Doc) -> None:  # noqa: ARG001
    """Set the assignee; by the native rules a New ticket opens and gets a group."""
    ticket = edit.ticket
    if text(value) in EMPTY:
        ticket["assignee_id"] = None
        return
    person = _person(value, edit)
    if person is None or not users.is_staff(person):
        return
    ticket["assignee_id"] = person["id"]
    if ticket["group_id"] is None:
        ticket["group_id"] = edit.state.named_id("group")
    if ticket["status"] == "new":
        ticket["status"] = "open"


def _refer(name: str, value: Any, edit: Editing, rule: Doc) -> None:  # noqa: ARG001
    """Set a group, brand or form by its id."""
    number = whole_number(text(value))
    if name == "group_id" and text(value) in EMPTY:
        edit.ticket[name] = None
    elif number is not None and (name != "group_id" or groups.named(edit.state, number)):
        edit.ticket[name] = number


def _entitle(name: str, value: Any, edit: Editing, rule: Doc) -> None:  # noqa: ARG001
    subject = _rendered(text(value), edit).strip()
    if subject:
        edit.ticket["subject"] = edit.ticket["raw_subject"] = subject


def _add_person(name: str, value: Any, edit: Editing, rule: Doc) -> None:  # noqa: ARG001
    """Add a copy's recipient, or a follower, who must be staff."""
    person = _person(value, edit)
    if person is None or (name == "follower" and not users.is_staff(person)):
        return
    ticket = edit.ticket
    for key in ("collaborator_ids", "follower_ids" if name == "follower" else "email_cc_ids"):
        ticket[key] = list(dict.fromkeys([*ticket[key], person["id"]]))


def _person(value: Any, edit: Editing) -> Doc | None:
    named = {"current_user": edit.actor["id"], "requester_id": edit.ticket["requester_id"]}
    return users.get(edit.state, named.get(text(value), whole_number(text(value))))


def _notify(name: str, value: Any, edit: Editing, rule: Doc) -> None:
    """Tell people by mail: the sandbox sends none, the audit's `Notification` event says whom it would have told."""
    to, subject, body = (text(value[position]) if position < len(value) else "" for position in range(3))
    event = {
        "id": edit.state.event_id(), "type": "Notification", "subject": _rendered(subject, edit),
        "body": _rendered(body, edit), "recipients": _recipients(name, to, edit), "via": rule,
    }  # fmt: skip
    edit.events.append(event)


def _recipients(name: str, to: str, edit: Editing) -> list[int]:
    """Return the ids of those told."""
    if name == "notification_group":
        rows = edit.state.store.index(groups.MEMBERSHIP, "user_id", "group_id")
        return [user for _, user, group in rows if str(group) == to]
    if to == "all_agents":
        staff = (user for user in edit.state.store.all(users.KIND) if users.is_staff(user))
        return [user["id"] for user in staff if user["active"]]
    if to == "current_user":
        return [edit.actor["id"]]
    if to not in _NOTIFIED:
        person = users.get(edit.state, whole_number(to))
        return [person["id"]] if person else []
    found: list[Any] = []
    for key in _NOTIFIED[to]:
        value = edit.ticket[key]
        found += value if isinstance(value, list) else [value]
    return [number for number in dict.fromkeys(found) if number]


def _call_webhook(name: str, value: Any, edit: Editing, rule: Doc) -> None:  # noqa: ARG001
    """Render the body, or, for webhooks without one, the values of the `[key, value]` pairs, and put it in line."""
    target, body = value
    if isinstance(body, list):
        pairs = [pair for pair in body if isinstance(pair, list) and len(pair) == 2]
        rendered: Any = [[text(key), _rendered(text(item), edit)] for key, item in pairs]
    else:
        rendered = _rendered(text(body), edit)
    deliveries.enqueue(edit.state, target, rendered)


def _rendered(source: str, edit: Editing) -> str:
    return placeholders.render(edit.state, source, edit.ticket, edit.actor, edit.comment)


_DOERS: dict[str, Callable[[str, Any, Editing, Doc], None]] = {
    **dict.fromkeys(CHOICES, _choose),
    **dict.fromkeys(TAGS, _tag),
    "assignee_id": _assign,
    **dict.fromkeys(("group_id", "brand_id", "ticket_form_id"), _refer),
    "subject": _entitle,
    **dict.fromkeys(("cc", "follower"), _add_person),
    **dict.fromkeys(("notification_user", "notification_group"), _notify),
    "notification_webhook": _call_webhook,
}
