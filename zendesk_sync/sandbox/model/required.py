"""What must be filled in before a ticket can be solved. Source: Zendesk API reference, Ticket Fields, Ticket Forms.

Fields that are required, and fields which a form's condition requires while another field has a certain value.
"""

from collections.abc import Iterator
from typing import Any

from zendesk_sync.sandbox.errors import Refused, plain
from zendesk_sync.sandbox.model import fields
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_SYSTEM = {"priority": "priority", "tickettype": "type", "group": "group_id", "assignee": "assignee_id"}
_TYPES = {
    "tagger": "FieldTagger", "multiselect": "FieldMultiselect", "checkbox": "FieldCheckbox", "text": "FieldText",
    "textarea": "FieldTextarea", "integer": "FieldInteger", "decimal": "FieldDecimal", "date": "FieldDate",
    "regexp": "FieldRegexp", "priority": "FieldPriority", "tickettype": "FieldTicketType",
}  # fmt: skip


def check(state: State, ticket: Doc) -> None:
    """Let a ticket be solved, or not.

    Raises:
        Refused: 422 with one detail for each field that is missing, with the field's id and type.
    """
    form = state.store.get("ticket_form", ticket["ticket_form_id"])
    known = {field["id"]: field for field in state.store.derived(fields.KIND, "all", list)}
    on_form = [known[number] for number in (form or {}).get("ticket_field_ids", known) if number in known]
    wanted = [field for field in on_form if field["required"] and field["active"]]
    wanted += [known[number] for number in _by_conditions(form or {}, ticket, known) if number in known]
    missing = {field["id"]: field for field in wanted if _is_empty(field, ticket)}
    if missing:
        raise _refused(list(missing.values()))


def _by_conditions(form: Doc, ticket: Doc, known: dict[int, Doc]) -> Iterator[int]:
    """Yield the fields which the form's conditions for agents require of a solved ticket."""
    for condition in form.get("agent_conditions") or []:
        parent = known.get(condition.get("parent_field_id"))
        if parent is None or not _has(parent, ticket, condition.get("value")):
            continue
        for child in condition.get("child_fields") or []:
            on = child.get("required_on_statuses") or {
                "type": "ALL_STATUSES" if child.get("is_required") else "NO_STATUSES"
            }
            if on.get("type") == "ALL_STATUSES" or (
                on.get("type") == "SOME_STATUSES" and "solved" in (on.get("statuses") or [])
            ):
                yield child["id"]


def _value(field: Doc, ticket: Doc) -> Any:
    return ticket.get(_SYSTEM[field["type"]]) if field["type"] in _SYSTEM else ticket["fields"].get(str(field["id"]))


def _has(field: Doc, ticket: Doc, wanted: Any) -> bool:
    value = _value(field, ticket)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return str(bool(value)).lower() == str(wanted).lower()
    return wanted in value if isinstance(value, list) else value == wanted


def _is_empty(field: Doc, ticket: Doc) -> bool:
    checked = field["type"] in fields.CUSTOM_TYPES or field["type"] in _SYSTEM
    return checked and _value(field, ticket) in (None, "", [], False)


def _refused(missing: list[Doc]) -> Refused:
    details = [
        {
            "description": f"{field['title']}: is required when solving a ticket", "error": None,
            "ticket_field_id": field["id"], "ticket_field_type": _TYPES.get(field["type"], "FieldText"),
        }
        for field in missing
    ]  # fmt: skip
    return plain(422, "RecordInvalid", "Record validation errors", details={"base": details})
