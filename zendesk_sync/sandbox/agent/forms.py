"""A ticket's form: which controls it has, and what a sent one changes.

Every control comes with the value it was shown with, and only what differs is written, so that whoever wrote to the
ticket in the meantime loses nothing.
"""

from dataclasses import dataclass
from typing import Any

from zendesk_sync.sandbox.agent.visit import Visit
from zendesk_sync.sandbox.model import custom_statuses, fields, tickets
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_INPUTS = {"date": "date"}
_STATUS = "custom_status_id"
_OWN = (_STATUS, "priority", "type", "group_id", "assignee_id")
_STAFF = (
    "SELECT id, json_extract(body, '$.name'), json_extract(body, '$.active') AND NOT json_extract(body, "
    "'$.only_private_comments') FROM record WHERE kind = 'user' AND json_extract(body, '$.role') <> 'end-user'"
)


@dataclass(frozen=True, slots=True)
class Control:
    """One field of a form. `kind`: select, many, tick, lines, or the type of an input; `value`: what it shows."""

    name: str
    label: str
    kind: str
    value: str | list[str]
    was: str
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""


def controls(visit: Visit, ticket: Doc | None) -> list[Control]:
    """Return the controls of a ticket's form, or of the form of a new one, with what was just sent in them."""
    if visit.is_light:
        return []
    shown = _for_staff(visit.state, ticket) if visit.is_staff else []
    return [_as_sent(visit, control) for control in [*shown, *_custom(visit, ticket)]]


def _as_sent(visit: Visit, control: Control) -> Control:
    if not visit.form:
        return control
    sent: str | list[str] = visit.form.get(control.name, [])
    if control.kind != "many":
        sent = visit.given(control.name) or ""
    return Control(control.name, control.label, control.kind, sent, control.was, control.options, control.hint)


def _for_staff(state: State, ticket: Doc | None) -> list[Control]:
    known: Doc = ticket or {}
    people = [user for user in state.store.select(_STAFF) if user[2] or user[0] == known.get("assignee_id")]
    groups = [(str(key), name) for key, name, gone in state.store.index("group", "name", "deleted") if not gone]

    def select(name: str, label: str, options: list[tuple[str, str]], *, empty: bool = True) -> Control:
        value = str(known.get(name) or ("" if empty else options[0][0]))
        return Control(name, label, "select", value, value, (*((("", "—"),) if empty else ()), *options))

    # A priority that is set cannot be taken back: the product offers no empty one any more.
    priorities = [(one, _title(one)) for one in tickets.PRIORITIES]
    return [
        select("custom_status_id", "Status", _statuses(state, known), empty=False),
        select("priority", "Priority", priorities, empty=not known.get("priority")),
        select("type", "Type", [(one, _title(one)) for one in tickets.TYPES]),
        select("group_id", "Group", groups),
        select("assignee_id", "Assignee", [(str(key), name) for key, name, _ in people]),
    ]


def _statuses(state: State, known: Doc) -> list[tuple[str, str]]:
    """Return the active statuses in the order of their categories; nothing goes back to New."""
    found = [one for one in state.store.all(custom_statuses.KIND) if one["active"] or one["id"] == known.get(_STATUS)]
    found.sort(
        key=lambda one: (custom_statuses.CATEGORIES.index(one["status_category"]), not one["default"], one["id"])
    )
    new = not known or known["status"] == "new"
    return [(str(one["id"]), one["agent_label"]) for one in found if new or one["status_category"] != "new"]


def _title(name: str) -> str:
    return tickets.STATUS_TITLES.get(name) or name.capitalize()


def shown_fields(visit: Visit, ticket: Doc | None) -> list[Doc]:
    """Return the custom fields on the ticket's form in its order; of a customer's, those of the portal only."""
    book = fields.book(visit.state).by_id
    form_id = ticket["ticket_form_id"] if ticket else visit.state.named_id("form")
    form = visit.state.store.get("ticket_form", form_id) or {"ticket_field_ids": []}
    found = [book[number] for number in form["ticket_field_ids"] if number in book and book[number]["active"]]
    return found if visit.is_staff else [field for field in found if field["editable_in_portal"] and ticket is None]


def other_fields(visit: Visit, ticket: Doc) -> list[Doc]:
    """Return the custom fields that stand on no form of this ticket; nothing is hidden from staff."""
    shown = {field["id"] for field in shown_fields(visit, ticket)}
    return [field for field in fields.book(visit.state).by_id.values() if field["id"] not in shown]


def _custom(visit: Visit, ticket: Doc | None) -> list[Control]:
    return [_control(field, (ticket or {"fields": {}})["fields"].get(str(field["id"]))) for field in
            shown_fields(visit, ticket)]  # fmt: skip


def _control(field: Doc, value: Any) -> Control:
    name, label, kind = f"field.{field['id']}", field["title"], field["type"]
    options = tuple((option["value"], option["name"]) for option in field.get("custom_field_options") or [])
    if kind == "multiselect":
        chosen = [str(item) for item in value or []]
        return Control(name, label, "many", chosen, " ".join(sorted(chosen)), options)
    if kind == "checkbox":
        return Control(name, label, "tick", "1" if value else "", "1" if value else "")
    text = "" if value is None else str(value)
    if kind == "tagger":
        return Control(name, label, "select", text, text, (("", "—"), *options))
    hint = {"integer": "A whole number", "decimal": "A number", "regexp": "In a given form"}.get(kind, "")
    return Control(name, label, "lines" if kind == "textarea" else _INPUTS.get(kind, "text"), text, text, hint=hint)


def change(visit: Visit, ticket: Doc | None) -> Doc:
    """Return the write that a sent form stands for: only what differs from what was shown."""
    given: Doc = {}
    if visit.is_staff and not visit.is_light:
        for name in _OWN:
            now, was = visit.given(name), visit.given(f"was.{name}")
            if now is not None and now != (was or ""):
                given[name] = now or None
        _read_tags(visit, ticket, given)
    values = []
    for control in [] if visit.is_light else _custom(visit, ticket):
        sent = visit.form.get(control.name, [])
        now = " ".join(sorted(sent)) if control.kind == "many" else (sent[-1] if sent else "")
        if now != (visit.given(f"was.{control.name}") or ""):
            number = int(control.name.removeprefix("field."))
            value: Any = {"many": sent, "tick": now == "1"}.get(control.kind, now or None)
            values.append({"id": number, "value": value})
    if values:
        given["custom_fields"] = values
    body = (visit.given("comment") or "").strip()
    if body:
        given["comment"] = {"body": body, "public": not visit.is_staff or visit.given("public") == "1"}
    return given


def _read_tags(visit: Visit, ticket: Doc | None, given: Doc) -> None:
    now, was = words(visit.given("tags")), words(visit.given("was.tags"))
    if visit.given("tags") is None or set(now) == set(was):
        return
    kept = [tag for tag in (ticket["tags"] if ticket else []) if tag in now or tag not in was]
    given["tags"] = [*kept, *(tag for tag in now if tag not in was)]
