"""The agent's pages: the ticket list and one ticket. No login and no scripts; made for a browser on this machine."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from zendesk_sync.sandbox.model import comments, fields, organizations, tickets, users
from zendesk_sync.sandbox.model.editing import AUDIT
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_PAGES = Environment(loader=PackageLoader("zendesk_sync.sandbox"), autoescape=True, undefined=StrictUndefined)
_HIGHLIGHTED = "Number one"
_SHOWN_TICKETS = 500


def _state(request: Request) -> State:
    state: State = request.app.state.sandbox
    return state


def _html(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(_PAGES.get_template(name).render(**values), status)


def _titles(field: Doc, value: Any) -> list[str]:
    """Return a field's value as people read it: option titles, not tags."""
    values = value if isinstance(value, list) else [] if value in (None, "", False) else [value]
    if field["type"] not in fields.WITH_OPTIONS:
        return ["Yes" if item is True else str(item) for item in values]
    options = (fields.find_option(field, value=item) for item in values)
    return [option["name"] for option in options if option]


def _name_of(state: State, kind: str, number: Any) -> str:
    found = state.store.get(kind, number) if number else None
    return str(found["name"]) if found else "—"


def _row(state: State, ticket: Doc, columns: list[Doc]) -> Doc:
    cells = [_titles(field, ticket["fields"].get(str(field["id"]))) for field in columns]
    return {
        "ticket": ticket,
        "requester": _name_of(state, users.KIND, ticket["requester_id"]),
        "customer": _name_of(state, organizations.KIND, ticket["organization_id"]),
        "cells": [", ".join(titles) or "—" for titles in cells],
        "highlighted": any(title.lower() == _HIGHLIGHTED.lower() for titles in cells for title in titles),
    }


async def ticket_list(request: Request) -> Response:
    """Every ticket that is not deleted; drop-downs and multi-selects which hold anything anywhere become columns."""
    state = _state(request)
    found = [ticket for ticket in state.store.all(tickets.KIND) if not ticket["deleted"]]
    used = {key for ticket in found for key in ticket["fields"]}
    columns = [
        field
        for field in fields.book(state).by_id.values()
        if field["type"] in fields.WITH_OPTIONS and str(field["id"]) in used
    ]
    rows = [_row(state, ticket, columns) for ticket in found[-_SHOWN_TICKETS:]]
    return _html("list.html", rows=rows, columns=columns, total=len(found), url=state.base_url)


async def ticket_page(request: Request) -> Response:
    """One ticket: its fields, its tags, and the conversation in order, internal notes marked as such."""
    state = _state(request)
    ticket = tickets.find(state, request.path_params["id"])
    if ticket is None:
        return _html("missing.html", 404, number=request.path_params["id"])
    shown = [
        (field["title"], ", ".join(_titles(field, ticket["fields"].get(str(field["id"])))))
        for field in fields.book(state).by_id.values()
    ]
    conversation = [
        {**comment, "author": _name_of(state, users.KIND, comment["author_id"])}
        for comment in state.store.children(comments.KIND, ticket["id"])
    ]
    return _html(
        "ticket.html",
        ticket=ticket,
        requester=_name_of(state, users.KIND, ticket["requester_id"]),
        assignee=_name_of(state, users.KIND, ticket["assignee_id"]),
        customer=_name_of(state, organizations.KIND, ticket["organization_id"]),
        fields=[(title, value or "—") for title, value in shown],
        comments=conversation,
        audits=len(state.store.children(AUDIT, ticket["id"])),
    )


async def home(request: Request) -> Response:  # noqa: ARG001 - the framework's signature
    return RedirectResponse("/agent", 302)


ROUTES = [
    Route("/", home),
    Route("/agent", ticket_list),
    Route("/agent/tickets/{id:int}", ticket_page),
]
