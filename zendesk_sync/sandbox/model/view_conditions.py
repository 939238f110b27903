"""View conditions as SQL over the ticket rows. Source: Zendesk reference guide, Conditions reference (views).

Each condition becomes one expression with its values; what no condition can be is refused when a view is written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from zendesk_sync.sandbox.clock import iso
from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model import access, fields, groups, tickets
from zendesk_sync.sandbox.model.editing import VIA_IDS
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.model.values import integer_or_none, text, whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

Sql = tuple[str, tuple[Any, ...]]
CUSTOM = "custom_fields_"
REQUIRED = frozenset({"status", "type", "group_id", "assignee_id", "requester_id"})
"""A view needs at least one of these among the conditions which all must hold."""
_IDS = frozenset({
    "group_id", "assignee_id", "requester_id", "submitter_id", "organization_id", "brand_id", "ticket_form_id",
    "custom_status_id", "problem_id",
})  # fmt: skip
_CHOICES = {"status": tickets.STATUSES, "priority": tickets.PRIORITIES, "type": tickets.TYPES}
_HOURS = {
    "NEW": ("created_at", "new"), "OPEN": ("status_at", "open"), "PENDING": ("status_at", "pending"),
    "SOLVED": ("status_at", "solved"), "CLOSED": ("status_at", "closed"), "assigned_at": ("assigned_at", None),
    "updated_at": ("updated_at", None), "requester_updated_at": ("requester_at", None),
    "assignee_updated_at": ("assignee_at", None), "due_date": ("due_at", None), "until_due_date": ("due_at", None),
}  # fmt: skip
TIMES = frozenset(_HOURS)
"""The conditions that look at hours since something, or until it."""
_WORDS = {"subject_includes_word": "subject", "description_includes_word": "description"}
_EMPTY = frozenset({"", "__NULL__"})
_OPPOSITES = {"is_not": "is", "not_includes": "includes", "not_present": "present"}
_COMPARED = {"less_than": "<", "less_than_equal": "<=", "greater_than": ">", "greater_than_equal": ">="}
_NONE: Sql = ("0", ())


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom and when a view is read: `current_user` and "hours since" mean something only then."""

    state: State
    user: Doc
    book: fields.FieldBook


def where(conditions: Doc, reader: Reader) -> Sql:
    """Return all of `all`, and at least one of `any` when there is one; no deleted, archived or hidden ticket."""
    every = [compiled(one, reader) for one in conditions["all"]]
    some = [compiled(one, reader) for one in conditions["any"]]
    seen, bound = access.where(reader.state, reader.user)
    pieces = ["t.deleted = 0", "coalesce(t.archived, 0) = 0", seen, *(sql for sql, _ in every)]
    if some:
        pieces.append(f"({' OR '.join(sql for sql, _ in some)})")
    return " AND ".join(pieces), (*bound, *(value for _, values in every + some for value in values))


def check(state: State, given: object) -> list[Doc]:
    """Return the conditions of one list as they are kept; refuse what none can be."""
    found: list[Doc] = []
    book = fields.book(state)
    for item in given if isinstance(given, list) else []:
        name = item.get("field") if isinstance(item, dict) else None
        operator = text(item.get("operator")) if isinstance(item, dict) else ""
        if not isinstance(name, str) or not _is_known(name, book):
            raise invalid_record("base", f"Conditions: {name} is not a valid field", "InvalidValue")
        if operator.removesuffix("_business_hours") not in operators(name, book):
            raise invalid_record("base", f"Conditions: {operator} is not a valid operator for {name}", "InvalidValue")
        value = item.get("value")
        known = _CHOICES.get(name)
        if known and _text(value) not in (*known, ""):
            raise invalid_record("base", f"Conditions: {value} is not a valid value for {name}", "InvalidValue")
        found.append({"field": name, "operator": operator, "value": value})
    return found


def compiled(condition: Doc, reader: Reader) -> Sql:
    """Return one condition as SQL; one that can no longer be met, as of a deleted field, holds for nothing."""
    name, operator, value = condition["field"], condition["operator"], condition.get("value")
    if name == "current_tags":
        return _tags(operator, value)
    if name in _HOURS:
        return _hours(name, operator, value, reader)
    opposite = _OPPOSITES.get(operator)
    sql, values = _positive(name, opposite or operator, value, reader)
    return (f"NOT coalesce({sql}, 0)", values) if opposite else (f"coalesce({sql}, 0)", values)


def _positive(name: str, operator: str, value: Any, reader: Reader) -> Sql:
    if name in _IDS:
        return _identity(name, operator, value, reader)
    if name in _CHOICES:
        return _choice(name, operator, value)
    if name in _WORDS:
        return _any_word(_WORDS[name], value)
    if name == "via_id":
        return _via(value)
    if name == "ticket_is_public":
        return ("t.is_public" if value == "public" else "NOT t.is_public"), ()
    return _custom(name, operator, value, reader)


def _is_known(name: str, book: fields.FieldBook) -> bool:
    custom = name.startswith(CUSTOM) and whole_number(name.removeprefix(CUSTOM)) in book.by_id
    return custom or name in (*_IDS, *_CHOICES, *_HOURS, *_WORDS, "current_tags", "via_id", "ticket_is_public")


def names(book: fields.FieldBook) -> list[str]:
    """Return what a view may ask, custom fields last."""
    own = [f"{CUSTOM}{number}" for number, field in book.by_id.items() if field["active"]]
    return [*_CHOICES, *sorted(_IDS), "current_tags", *_WORDS, "via_id", "ticket_is_public", *_HOURS, *own]


def operators(name: str, book: fields.FieldBook) -> tuple[str, ...]:
    """Return the operators of one condition."""
    same, among, beyond = ("is", "is_not"), ("includes", "not_includes"), ("less_than", "greater_than")
    if name.startswith(CUSTOM):
        every = (*same, *among, "present", "not_present")
        kind = book.by_id[int(name.removeprefix(CUSTOM))]["type"]
        ordered = kind in {"integer", "decimal", "date"}
        return (*every, *beyond, "less_than_equal", "greater_than_equal") if ordered else every
    if name in _HOURS:
        return ("is", *beyond)
    known = {"current_tags": among, "status": same + beyond, "priority": same + beyond}
    return known.get(name, same + among if name in {*_IDS, *_WORDS} else same)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    found = text(value)
    return "" if found in _EMPTY else found


def _listed(value: Any) -> list[str]:
    return [_text(item) for item in value] if isinstance(value, list) else _text(value).split() or [""]


def marks(values: Sequence[Any]) -> str:
    return ", ".join("?" for _ in values)


def _tags(operator: str, value: Any) -> Sql:
    wanted = words(value)
    if not wanted:
        return _NONE if operator == "includes" else ("1", ())
    sql = " OR ".join("instr(t.tags, ?) > 0" for _ in wanted)
    return f"{'NOT ' if operator == 'not_includes' else ''}({sql})", tuple(f" {tag} " for tag in wanted)


def _identity(name: str, operator: str, value: Any, reader: Reader) -> Sql:
    wanted = _listed(value) if operator == "includes" or isinstance(value, list) else [_text(value)]
    ids: list[int] = []
    empty = "" in wanted
    for one in wanted:
        if one == "current_user":
            ids.append(reader.user["id"])
        elif one == "current_groups":
            ids += groups.of_user(reader.state, reader.user["id"])
        elif (number := integer_or_none(one)) is not None:
            ids.append(number)
    sql = f"t.{name} IN ({marks(ids)})"
    return (f"(coalesce({sql}, 0) OR t.{name} IS NULL)" if empty else sql), tuple(ids)


def rank(name: str) -> str:
    """Return the expression that puts a ticket's status, priority or type in the product's order; 0 is none."""
    order = " ".join(f"WHEN '{value}' THEN {place}" for place, value in enumerate(_CHOICES[name], start=1))
    return f"CASE t.{name} {order} ELSE 0 END"


def _choice(name: str, operator: str, value: Any) -> Sql:
    wanted = _text(value)
    if operator == "is":
        return (f"t.{name} = ?", (wanted,)) if wanted else (f"t.{name} IS NULL", ())
    place = (*_CHOICES[name],).index(wanted) + 1 if wanted in _CHOICES[name] else 0
    return f"{rank(name)} {_COMPARED[operator]} ?", (place,)


def _any_word(column: str, value: Any) -> Sql:
    wanted = _text(value).split()
    sql = " OR ".join(f"t.{column} LIKE ? ESCAPE '\\'" for _ in wanted)
    return (f"({sql})", tuple(f"%{escaped(word)}%" for word in wanted)) if wanted else _NONE


def escaped(word: str) -> str:
    """Return a word whose `%` and `_` mean themselves in a LIKE pattern."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _via(value: Any) -> Sql:
    number = whole_number(_text(value))
    if number == 27:
        return "t.rel IS 'follow_up'", ()
    channel = next((name for name, known in VIA_IDS.items() if known == number), None)
    return "t.channel = ? AND t.rel IS NOT 'follow_up'", (channel,)


def _hours(name: str, operator: str, value: Any, reader: Reader) -> Sql:
    """Hours since the event, or, for `until_due_date`, hours until it; business hours count like any others."""
    column, status = _HOURS[name]
    hours = whole_number(_text(value))
    if hours is None or hours > 1_000_000:
        return _NONE
    sign = -1 if name == "until_due_date" else 1
    edge = iso(reader.state.clock.now() - sign * timedelta(hours=hours))
    further = iso(reader.state.clock.now() - sign * timedelta(hours=hours + 1))
    comparisons: dict[str, Callable[[], Sql]] = {
        "less_than": lambda: (f"t.{column} {'>' if sign > 0 else '<'} ?", (edge,)),
        "greater_than": lambda: (f"t.{column} {'<' if sign > 0 else '>'} ?", (edge,)),
        "is": lambda: (f"t.{column} BETWEEN ? AND ?", (min(edge, further), max(edge, further))),
    }
    sql, values = comparisons[operator.removesuffix("_business_hours")]()
    still = f" AND t.status = '{status}'" if status else ""
    return f"coalesce({sql}{still}, 0)", values


def custom_value(field: Doc) -> str:
    """Return the expression that reads a custom field of a ticket."""
    return f"json_extract(t.fields, '$.\"{int(field['id'])}\"')"


def _custom(name: str, operator: str, value: Any, reader: Reader) -> Sql:
    number = whole_number(name.removeprefix(CUSTOM))
    field = reader.book.by_id.get(number) if number is not None else None
    if field is None:
        return _NONE
    read, kind = custom_value(field), field["type"]
    if operator == "present":
        return f"{read} IS NOT NULL" if kind != "checkbox" else f"{read} = 1", ()
    wanted = _listed(value) if operator == "includes" else [_text(value)]
    if kind == "checkbox":
        return f"coalesce({read}, 0) = ?", (int(wanted[0] in {"true", "1"}),)
    if kind == "multiselect":
        return _among(field, wanted)
    if operator in _COMPARED:
        compared = f"CAST({read} AS REAL)" if kind != "date" else read
        bound: Any = _number(wanted[0]) if kind != "date" else wanted[0]
        return f"{read} IS NOT NULL AND {compared} {_COMPARED[operator]} ?", (bound,)
    chosen = [one.lower() if kind == "tagger" else one for one in wanted if one]
    sql = f"coalesce(CAST({read} AS TEXT) IN ({marks(chosen)}), 0)"
    return (f"({sql} OR {read} IS NULL)" if "" in wanted else sql), tuple(chosen)


def _among(field: Doc, wanted: list[str]) -> Sql:
    """Whether a multi-select holds one of these; of nothing, whether it is empty."""
    chosen = [one.lower() for one in wanted if one]
    read = custom_value(field)
    path = f'$."{int(field["id"])}"'
    sql = f"EXISTS (SELECT 1 FROM json_each(t.fields, '{path}') WHERE value IN ({marks(chosen)}))"  # noqa: S608
    return (f"({sql} OR {read} IS NULL)" if "" in wanted else sql), tuple(chosen)


def _number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return float("nan")
