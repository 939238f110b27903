"""The columns a view may show, and how tickets are grouped and sorted by them.

Source: Zendesk API reference, Business Rules > Views > View columns, View sorting.
"""

from dataclasses import dataclass
from typing import Any

from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model import fields, groups, organizations, tickets, users
from zendesk_sync.sandbox.model.values import text, whole_number
from zendesk_sync.sandbox.model.view_conditions import custom_value, rank
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

MOST = 10
DEFAULT = ("subject", "requester", "created", "updated", "group", "assignee")
_SHOWN_ONLY = frozenset({"description", "subject", "submitter", "custom_status_id", "sla_next_breach_at"})


def _name_of(kind: str, column: str) -> str:
    """Return the expression of a person's, group's or organization's name, in the order people expect of names."""
    named = f"SELECT lower(json_extract(body, '$.name')) FROM record WHERE kind = '{kind}' AND id = t.{column}"  # noqa: S608 - only our own names
    return f"({named})"


_COLUMNS: dict[str, tuple[str, str]] = {
    "assigned": ("Assigned", "t.assigned_at"), "assignee": ("Assignee", _name_of(users.KIND, "assignee_id")),
    "due_date": ("Due date", "t.due_at"), "group": ("Group", _name_of(groups.KIND, "group_id")),
    "nice_id": ("ID", "t.id"), "updated": ("Updated", "t.updated_at"),
    "updated_assignee": ("Assignee updated", "t.assignee_at"),
    "updated_requester": ("Requester updated", "t.requester_at"), "updated_by_type": ("Updater", "t.requester_at"),
    "organization": ("Organization", _name_of(organizations.KIND, "organization_id")),
    "priority": ("Priority", f"nullif({rank('priority')}, 0)"), "created": ("Requested", "t.created_at"),
    "requester": ("Requester", _name_of(users.KIND, "requester_id")), "locale_id": ("Requester language", "NULL"),
    "satisfaction_score": ("Satisfaction", "NULL"), "solved": ("Solved", "t.solved_at"),
    "status": ("Status", rank("status")), "description": ("Subject", "t.subject"), "subject": ("Subject", "t.subject"),
    "submitter": ("Submitter", "t.submitter_id"), "ticket_form": ("Ticket form", "t.ticket_form_id"),
    "type": ("Type", f"nullif({rank('type')}, 0)"), "brand": ("Brand", "t.brand_id"),
    "custom_status_id": ("Ticket status", "t.custom_status_id"), "sla_next_breach_at": ("Next SLA breach", "NULL"),
}  # fmt: skip
_VALUES = {
    "assignee": "assignee_id", "group": "group_id", "organization": "organization_id", "requester": "requester_id",
    "submitter": "submitter_id", "ticket_form": "ticket_form_id", "brand": "brand_id", "nice_id": "id",
    "created": "created_at", "updated": "updated_at", "due_date": "due_at",
}  # fmt: skip
_METRIC = {
    "assigned": "assigned_at", "solved": "solved_at", "updated_assignee": "assignee_updated_at",
    "updated_requester": "requester_updated_at",
}  # fmt: skip
_NAMED = {"assignee": users.KIND, "requester": users.KIND, "group": groups.KIND, "organization": organizations.KIND}


@dataclass(frozen=True, slots=True)
class Order:
    """One criterion: the SQL that ranks a ticket (NULL is "no value" and always comes last), and its values."""

    sql: str
    values: tuple[Any, ...]
    descending: bool

    @property
    def clause(self) -> str:
        return f"({self.sql}) IS NULL, ({self.sql}) {'DESC' if self.descending else 'ASC'}"

    @property
    def clause_values(self) -> tuple[Any, ...]:
        return self.values * 2


def titles() -> dict[str, str]:
    """Return the named columns with the titles that people read."""
    return {name: title for name, (title, _) in _COLUMNS.items()}


def can_order(name: str | int) -> bool:
    """Whether tickets can be grouped and sorted by this column."""
    return name not in _SHOWN_ONLY


def check(state: State, given: object, *, limit: int = MOST) -> list[str | int]:
    """Return the columns of a view as they are kept: names, and ids of custom fields; refuse unknown ones."""
    found: list[str | int] = []
    book = fields.book(state)
    for item in given if isinstance(given, list) else []:
        number = whole_number(text(item))
        if text(item) in _COLUMNS:
            found.append("subject" if item == "description" else text(item))
        elif number in book.by_id:
            found.append(number)
        else:
            raise invalid_record("base", f"Output: {text(item)} is not a valid column", "InvalidValue")
    if len(found) > limit:
        raise invalid_record("base", f"Output: at most {limit} columns", "TooManyValues")
    return found


def check_order(state: State, given: object) -> str | int | None:
    """Return what to group or sort by; None for nothing; refuse what tickets cannot be ordered by."""
    name = text(given)
    if not name:
        return None
    number = whole_number(name)
    if number in fields.book(state).by_id:
        return number
    if name not in _COLUMNS or name in _SHOWN_ONLY:
        raise invalid_record("base", f"Output: cannot group or sort by {name}", "InvalidValue")
    return name


def order(name: str | int, book: fields.FieldBook, *, descending: bool) -> Order | None:
    """Return the criterion; a drop-down goes by its options' order. None for a field that is gone."""
    if isinstance(name, str):
        return Order(_COLUMNS[name][1], (), descending)
    field = book.by_id.get(name)
    if field is None:
        return None
    read = custom_value(field)
    if field["type"] != "tagger":
        return Order(f"CAST({read} AS REAL)" if field["type"] in {"integer", "decimal"} else read, (), descending)
    tags = [option["value"] for option in field["custom_field_options"]]
    whens = " ".join(f"WHEN ? THEN {place}" for place, _ in enumerate(tags))
    return Order(f"CASE {read} {whens} END", tuple(tags), descending)


def describe(state: State, name: str | int, book: fields.FieldBook) -> Doc:
    """Return a column as an answer shows it: `{"id", "title", …}`; a custom field has its type and address too."""
    if isinstance(name, str):
        return {"id": name, "title": _COLUMNS[name][0], "filterable": False, "sortable": name not in _SHOWN_ONLY}
    field = book.by_id.get(name)
    shown: Doc = {"id": name, "title": field["title"] if field else "", "type": field["type"] if field else "text"}
    return {**shown, "url": state.url(f"ticket_fields/{name}.json")}


def value(name: str | int, ticket: Doc) -> Any:
    """Return what stands in a ticket's row under this column: an id, a name of the product's own, or a moment."""
    if isinstance(name, int):
        return ticket["fields"].get(str(name))
    if name in _METRIC:
        return (ticket.get("metric") or {}).get(_METRIC[name])
    return ticket.get(_VALUES.get(name, name))


def title(state: State, name: str | int, found: Any, book: fields.FieldBook) -> str:
    """Return how people read a value under this column; a dash for none."""
    if found in (None, "", []):
        return "-"
    if isinstance(name, int):
        field = book.by_id.get(name)
        option = fields.find_option(field, value=found) if field and field["type"] == "tagger" else None
        return str(option["name"] if option else found)
    if name in _NAMED:
        known = state.store.get(_NAMED[name], found)
        return str(known["name"]) if known else "-"
    if name in {"status", "priority", "type"}:
        return tickets.STATUS_TITLES.get(found) or str(found).capitalize()
    return str(found)
