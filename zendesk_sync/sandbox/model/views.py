"""Views: lists of tickets by conditions, grouped and sorted. Source: Zendesk API reference, Business Rules > Views.

`tickets_of` is what a page shows: the tickets of a view in their groups. `ids_of` and `count` answer the API.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from zendesk_sync.sandbox.errors import forbidden, invalid_record
from zendesk_sync.sandbox.model import fields, groups, tickets, users, view_columns, view_conditions
from zendesk_sync.sandbox.model.values import integer_or_none, integers, text, text_or_none
from zendesk_sync.sandbox.model.view_conditions import Reader
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "view"
WRITABLE = frozenset({
    "title", "raw_title", "description", "active", "position", "all", "any", "conditions", "output", "restriction",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shelf:
    """One group of a view's tickets: what they have in common, how people read that, and the tickets, sorted.

    Without grouping there is one shelf, whose title is empty.
    """

    value: Any
    title: str
    tickets: list[Doc]


def tickets_of(state: State, view: Doc, user: Doc, *, limit: int = 100, offset: int = 0) -> list[Shelf]:
    """Return one page of a view's tickets (as stored), grouped and sorted for this user."""
    found = tickets.many(state, ids_of(state, view, user, limit=limit, offset=offset))
    by = view["execution"]["group_by"]
    if by is None:
        return [Shelf(None, "", found)]
    book = fields.book(state)
    shelves = groupby(found, key=lambda ticket: view_columns.value(by, ticket))
    return [Shelf(value, view_columns.title(state, by, value, book), list(members)) for value, members in shelves]


def ids_of(state: State, view: Doc, user: Doc, *, limit: int = -1, offset: int = 0) -> list[int]:
    """Return the ids of a view's tickets in its order."""
    reader = Reader(state, user, fields.book(state))
    sql, values = view_conditions.where(view["conditions"], reader)
    orders = list(_orders(view["execution"], reader.book))
    by = ", ".join([*(order.clause for order in orders), "t.id DESC"])
    keys = tuple(value for order in orders for value in order.clause_values)
    query = f"SELECT t.id FROM ticket_row t WHERE {sql} ORDER BY {by} LIMIT ? OFFSET ?"  # noqa: S608 - values are bound
    return [number for (number,) in state.store.select(query, (*values, *keys, limit, offset))]


def count(state: State, view: Doc, user: Doc) -> int:
    """Return how many tickets are in a view for this user."""
    sql, values = view_conditions.where(view["conditions"], Reader(state, user, fields.book(state)))
    found = state.store.select(f"SELECT count(*) FROM ticket_row t WHERE {sql}", values)  # noqa: S608 - values are bound
    return int(found[0][0])


def _orders(execution: Doc, book: fields.FieldBook) -> Iterator[view_columns.Order]:
    for kind in ("group", "sort"):
        name = execution[f"{kind}_by"]
        order = name and view_columns.order(name, book, descending=execution[f"{kind}_order"] == "desc")
        if order:
            yield order


def visible(state: State, view: Doc, user: Doc) -> bool:
    """Whether a view is for this user: shared, of a group of the user's, or the user's own. Admins see all groups'."""
    restriction = view["restriction"]
    if restriction is None:
        return True
    if restriction["type"] == "User":
        return bool(restriction["id"] == user["id"])
    mine = groups.of_user(state, user["id"])
    return user["role"] == "admin" or bool(set(mine) & set(restriction["ids"]))


def may_write(view: Doc, user: Doc) -> bool:
    """Whether this user may change a view which the user sees: an admin any, an agent a personal one."""
    return user["role"] == "admin" or (view["restriction"] or {}).get("type") == "User"


def seen_by(state: State, user: Doc) -> list[Doc]:
    """Return the views this user may open, by position."""
    found = [view for view in state.store.all(KIND) if visible(state, view, user)]
    return sorted(found, key=lambda view: (view["position"], view["id"]))


def create(state: State, given: Doc, user: Doc) -> Doc:
    """Make a view; agents who are no admins make only their own.

    Raises:
        Refused: 422 for conditions, columns or a title that cannot be; 403 for a shared view of an agent.
    """
    view = draft(state, given, user)
    if not view["title"].strip():
        raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    state.store.put(KIND, view["id"], view)
    return view


def draft(state: State, given: Doc, user: Doc) -> Doc:
    """Return a view that is not stored, as for a preview."""
    now = state.now()
    position = max((view["position"] for view in state.store.all(KIND)), default=0) + 1
    view: Doc = {
        "id": state.record_id(), "title": "", "active": True, "updated_at": now, "created_at": now, "default": False,
        "position": position, "description": None, "execution": _execution(state, {}),
        "conditions": {"all": [], "any": []}, "restriction": None, "raw_title": "",
    }  # fmt: skip
    _apply(state, view, given, user)
    return view


def update(state: State, view: Doc, given: Doc, user: Doc) -> Doc:
    """Apply a write: `all`, `any` and `output` replace what was there, each for itself."""
    _apply(state, view, given, user)
    view["updated_at"] = state.now()
    state.store.put(KIND, view["id"], view)
    return view


def _apply(state: State, view: Doc, given: Doc, user: Doc) -> None:
    title = given.get("title", given.get("raw_title"))
    if title is not None:
        view["title"] = view["raw_title"] = text(title)
        if not view["title"].strip():
            raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    if "description" in given:
        view["description"] = text_or_none(given["description"])
    if "active" in given:
        view["active"] = bool(given["active"])
    if (position := integer_or_none(given.get("position"))) is not None:
        view["position"] = position
    _set_conditions(state, view, given)
    if isinstance(given.get("output"), dict):
        view["execution"] = _execution(state, given["output"])
    if "restriction" in given:
        view["restriction"] = _restriction(state, given["restriction"])
    own = view["restriction"] and view["restriction"]["type"] == "User" and view["restriction"]["id"] == user["id"]
    if user["role"] != "admin" and not own:
        raise forbidden()


def _set_conditions(state: State, view: Doc, given: Doc) -> None:
    nested = given.get("conditions")
    source = {**(nested if isinstance(nested, dict) else {}), **given}
    for name in ("all", "any"):
        if name in source:
            view["conditions"][name] = view_conditions.check(state, source[name])
    if not any(one["field"] in view_conditions.REQUIRED for one in view["conditions"]["all"]):
        names = ", ".join(sorted(view_conditions.REQUIRED))
        raise invalid_record("base", f"Conditions: all needs at least one of {names}", "InvalidValue")


def _execution(state: State, output: Doc) -> Doc:
    """Return the stored form of an output: column names, and what to group and sort by."""
    columns = output.get("columns")
    return {
        "columns": view_columns.check(state, columns) if columns else list(view_columns.DEFAULT),
        **{f"{kind}_by": view_columns.check_order(state, output.get(f"{kind}_by")) for kind in ("group", "sort")},
        **{
            f"{kind}_order": "asc" if text(output.get(f"{kind}_order")) == "asc" else "desc"
            for kind in ("group", "sort")
        },
    }


def reordered(state: State, view: Doc, asked: dict[str, str]) -> Doc:
    """Return the view grouped and sorted as a single request asks."""
    execution = dict(view["execution"])
    for kind in ("group", "sort"):
        if asked.get(f"{kind}_by"):
            execution[f"{kind}_by"] = view_columns.check_order(state, asked[f"{kind}_by"])
            execution[f"{kind}_order"] = "desc"
        if asked.get(f"{kind}_order"):
            execution[f"{kind}_order"] = "asc" if asked[f"{kind}_order"] == "asc" else "desc"
    return {**view, "execution": execution}


def _restriction(state: State, given: Any) -> Doc | None:
    if not isinstance(given, dict):
        return None
    kind, ids = given.get("type"), integers(given.get("ids"))
    number = integer_or_none(given.get("id"))
    if kind == "User" and users.is_staff(users.get(state, number)):
        return {"type": "User", "id": number}
    wanted = ids or ([number] if number is not None else [])
    if kind == "Group" and wanted and all(groups.named(state, one) for one in wanted):
        return {"type": "Group", "id": wanted[0], "ids": wanted}
    raise invalid_record("restriction", "Restriction: is not valid", "InvalidValue")


def present(state: State, view: Doc, book: fields.FieldBook) -> Doc:
    """Return a view as the API shows it: conditions and output come back as `conditions` and `execution`."""
    execution = view["execution"]
    columns = [view_columns.describe(state, name, book) for name in execution["columns"]]
    orders = {}
    for kind in ("group", "sort"):
        name = execution[f"{kind}_by"]
        told = name and {**view_columns.describe(state, name, book), "order": execution[f"{kind}_order"]}
        orders[kind] = told or None
    shown = {
        **{name: execution[name] for name in ("group_by", "group_order", "sort_by", "sort_order")},
        **orders, "columns": columns, "fields": columns,
        "custom_fields": [column for column in columns if isinstance(column["id"], int)],
    }  # fmt: skip
    return {"url": state.url(f"views/{view['id']}.json"), **view, "execution": shown}
