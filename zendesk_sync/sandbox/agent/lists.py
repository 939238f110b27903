"""Ticket lists: all tickets, those of a view in its groups, and, for a customer, the own ones."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from zendesk_sync.sandbox.agent import reading
from zendesk_sync.sandbox.agent.visit import Visit, page
from zendesk_sync.sandbox.model import access, fields, organizations, tickets, users, view_columns, views
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

HIGHLIGHTED = "Number one"
_SHOWN = 500
_PAGE = 100
_LABELS = ("group_by", "group_order", "sort_by", "sort_order")


def home(visit: Visit) -> Response:  # noqa: ARG001 - every page has this shape
    return RedirectResponse("/agent", 302)


def ticket_list(visit: Visit) -> Response:
    """Every ticket that is not deleted: number one, then New and Open, then the rest by status, the oldest first."""
    if not visit.is_staff:
        return _own_list(visit)
    state = visit.state
    own = list(fields.book(state).by_id.values())
    allowed, bound = access.where(state, visit.user)
    leaders = [ticket for ticket in _leaders(state, own) if access.may_see(state, visit.user, ticket)]
    first = {ticket["id"] for ticket in leaders}
    sql = (
        f"SELECT t.id FROM ticket_row t WHERE t.deleted = 0 AND {allowed} "  # noqa: S608 - values are bound
        "ORDER BY CASE t.status WHEN 'new' THEN 0 WHEN 'open' THEN 0 WHEN 'pending' THEN 1 WHEN 'hold' THEN 2 "
        "WHEN 'solved' THEN 3 ELSE 4 END, t.created_at, t.id LIMIT ?"
    )
    rest = [number for (number,) in state.store.select(sql, (*bound, _SHOWN)) if number not in first]
    found = [*leaders, *tickets.many(state, rest)][:_SHOWN]
    counted = f"SELECT count(*) FROM ticket_row t WHERE t.deleted = 0 AND {allowed}"  # noqa: S608 - values are bound
    total = state.store.select(counted, bound)[0][0]
    columns = _columns(state, found, own)
    return visit.html(
        "list.html", rows=[_row(state, ticket, columns, first) for ticket in found], columns=columns, leaders=leaders,
        label=HIGHLIGHTED, total=total, url=state.base_url, shelves=_shelves(visit), current=None,
    )  # fmt: skip


def _own_list(visit: Visit) -> Response:
    """Requests of a customer's own, and those the customer is copied on."""
    allowed, bound = access.where(visit.state, visit.user)
    where = f"t.deleted = 0 AND t.is_public AND {allowed}"
    sql = f"SELECT t.id FROM ticket_row t WHERE {where} ORDER BY t.updated_at DESC, t.id DESC LIMIT ?"  # noqa: S608 - bound
    rows = visit.state.store.select(sql, (*bound, _SHOWN))
    return visit.html("requests.html", tickets=tickets.many(visit.state, [number for (number,) in rows]))


def _leaders(state: State, own: list[Doc]) -> list[Doc]:
    """Return the tickets in which some multi-select shows the highlighted title."""
    tags = [
        option["value"]
        for field in own
        if field["type"] == "multiselect"
        for option in field["custom_field_options"]
        if option["name"].strip().lower() == HIGHLIGHTED.lower()
    ]
    if not tags:
        return []
    held = " OR ".join("instr(t.tags, ?) > 0" for _ in tags)
    sql = f"SELECT t.id FROM ticket_row t WHERE t.deleted = 0 AND ({held}) ORDER BY t.id LIMIT 20"  # noqa: S608 - only question marks
    found = tickets.many(state, [number for (number,) in state.store.select(sql, tuple(f" {tag} " for tag in tags))])
    return [ticket for ticket in found if holds_first_place(ticket, own)]


def holds_first_place(ticket: Doc, own: list[Doc]) -> bool:
    return any(reading.has_title(field, ticket, HIGHLIGHTED) for field in own)


def _name_of(state: State, kind: str, number: Any) -> str:
    found = state.store.get(kind, number) if number else None
    return str(found["name"]) if found else "—"


def _row(state: State, ticket: Doc, columns: list[Doc], first: set[int]) -> Doc:
    return {
        "ticket": ticket,
        "requester": _name_of(state, users.KIND, ticket["requester_id"]),
        "customer": _name_of(state, organizations.KIND, ticket["organization_id"]),
        "cells": [reading.cell(field, ticket) for field in columns],
        "highlighted": ticket["id"] in first,
    }


def _columns(state: State, found: list[Doc], own: list[Doc]) -> list[Doc]:
    """Drop-downs and multi-selects which hold anything anywhere; what is on no form is not meant for people."""
    used = {key for ticket in found for key in ticket["fields"]}
    on_forms = {number for form in state.store.all("ticket_form") for number in form["ticket_field_ids"]}
    return [
        field
        for field in own
        if field["type"] in fields.WITH_OPTIONS and str(field["id"]) in used and field["id"] in on_forms
    ]


def _shelves(visit: Visit) -> list[Doc]:
    """Return the views this user may open, each with the number of its tickets."""
    return [
        {"id": view["id"], "title": view["title"], "count": views.count(visit.state, view, visit.user)}
        for view in views.seen_by(visit.state, visit.user)
        if view["active"]
    ]


def view_page(visit: Visit) -> Response:
    """A view's tickets in its groups and order; `group_by`, `sort_by` and their orders can be asked for."""
    state = visit.state
    view = state.store.get(views.KIND, visit.request.path_params["id"])
    if not visit.is_staff or view is None or not views.visible(state, view, visit.user):
        return visit.missing(f"view {visit.request.path_params['id']}")
    asked = {name: visit.request.query_params.get(name, "") for name in _LABELS}
    own = [view["execution"][f"{kind}_by"] for kind in ("group", "sort")]
    view = views.reordered(state, view, asked)
    number = max(1, whole_number(visit.request.query_params.get("page", "")) or 1)
    shelves = views.tickets_of(state, view, visit.user, limit=_PAGE, offset=(number - 1) * _PAGE)
    total = views.count(state, view, visit.user)
    book = fields.book(state)
    names = [name for name in view["execution"]["columns"] if name != "nice_id"]
    columns = [view_columns.describe(state, name, book) for name in names]
    groups = [
        {
            "title": shelf.title,
            "rows": [{"ticket": ticket, "cells": _cells(state, names, ticket, book)} for ticket in shelf.tickets],
        }
        for shelf in shelves
        if shelf.tickets
    ]
    return visit.html(
        "view.html", view=view, columns=columns, groups=groups, total=total, shelves=_shelves(visit),
        current=view["id"], choices=_choices(state, [*names, *filter(None, own)], book), number=number,
        last=max(1, -(-total // _PAGE)),
        asked={name: value for name, value in asked.items() if value}, page_size=_PAGE,
    )  # fmt: skip


def _cells(state: State, names: list[Any], ticket: Doc, book: fields.FieldBook) -> list[Doc]:
    cells = []
    for name in names:
        value = view_columns.value(name, ticket)
        field = book.by_id.get(name) if isinstance(name, int) else None
        text = ", ".join(reading.titles(field, value)) if field else view_columns.title(state, name, value, book)
        stamp = isinstance(value, str) and not field and len(value) == 20 and value.endswith("Z")
        cells.append({"name": name, "text": (reading.moment(value) if stamp else text) or "-"})
    return cells


def _choices(state: State, names: list[Any], book: fields.FieldBook) -> list[tuple[str, str]]:
    """Return what a view can be grouped and sorted by: its own names and a few that always make sense."""
    known = dict.fromkeys([*names, "status", "priority", "created", "updated", "organization", "assignee"])
    described = [(name, view_columns.describe(state, name, book)) for name in known]
    return [(str(name), one["title"]) for name, one in described if isinstance(name, int) or one["sortable"]]


ROUTES = [
    page("/", home),
    page("/agent", ticket_list),
    page("/agent/views/{id:int}", view_page),
]
