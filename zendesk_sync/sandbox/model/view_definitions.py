"""What an account's views may say, as clients ask for it. Source: Zendesk API reference, Views > definitions."""

from zendesk_sync.sandbox.model import fields, groups, tickets, users, view_columns, view_conditions
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_NULL = "__NULL__"
_TERMINAL = frozenset({"present", "not_present"})


def of(state: State) -> Doc:
    """Return conditions with their operators and values, and the columns to show, to group by and to sort by."""
    book = fields.book(state)
    conditions = [_condition(state, name, book) for name in view_conditions.names(book)]
    columns = [_column(name, title) for name, title in view_columns.titles().items() if name != "subject"]
    columns += [_column(number, field["title"]) for number, field in book.by_id.items() if field["active"]]
    ordering = [column for column in columns if view_columns.can_order(column["value"])]
    return {
        "conditions_all": conditions, "conditions_any": conditions, "output": columns, "groupables": ordering,
        "sortables": ordering,
    }  # fmt: skip


def _column(value: str | int, title: str) -> Doc:
    return {"group": "ticket", "title": title, "type": "list", "value": value}


def _condition(state: State, name: str, book: fields.FieldBook) -> Doc:
    values = _values(state, name, book)
    number = name.removeprefix(view_conditions.CUSTOM)
    title = book.by_id[int(number)]["title"] if number != name else _title(name)
    operators = view_conditions.operators(name, book)
    return {
        "title": title, "subject": name, "group": "ticket", "repeatable": name == "current_tags",
        "type": "tags" if name == "current_tags" else "list" if values else "text",
        "nullable": any(value == _NULL for value, _ in values),
        "operators": [
            {"value": one, "title": _title(one), "terminal": one in _TERMINAL} for one in operators
        ],
        "values": [{"value": value, "title": text, "enabled": True} for value, text in values],
    }  # fmt: skip


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _values(state: State, name: str, book: fields.FieldBook) -> list[tuple[str, str]]:
    choices = {"status": tickets.STATUSES, "priority": tickets.PRIORITIES, "type": tickets.TYPES}
    if name in choices:
        empty = [] if name == "status" else [(_NULL, "-")]
        return empty + [(one, tickets.STATUS_TITLES.get(one) or one.capitalize()) for one in choices[name]]
    if name == "group_id":
        found = [group for group in state.store.all(groups.KIND) if not group["deleted"]]
        return [(_NULL, "-"), ("current_groups", "Current user's groups"), *((str(g["id"]), g["name"]) for g in found)]
    if name == "assignee_id":
        staff = [user for user in state.store.many(users.KIND, _staff(state)) if users.can_be_assigned(user)]
        return [(_NULL, "-"), ("current_user", "Current user"), *((str(user["id"]), user["name"]) for user in staff)]
    number = name.removeprefix(view_conditions.CUSTOM)
    field = book.by_id[int(number)] if number != name else None
    if field and field["type"] == "checkbox":
        return [("true", "Yes"), ("false", "No")]
    options = (field or {}).get("custom_field_options") or []
    return [(_NULL, "-"), *((option["value"], option["name"]) for option in options)] if options else []


def _staff(state: State) -> list[int]:
    return [key for key, role in state.store.index(users.KIND, "role") if role != "end-user"]
