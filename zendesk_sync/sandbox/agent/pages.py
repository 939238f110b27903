"""The agent's pages: the ticket list and one ticket. No login and no scripts; made for a browser on this machine."""

from collections.abc import Iterable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from zendesk_sync.sandbox.agent import reading
from zendesk_sync.sandbox.model import comments, fields, organizations, tickets, users
from zendesk_sync.sandbox.model.editing import AUDIT
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

_PAGES = Environment(loader=PackageLoader("zendesk_sync.sandbox"), autoescape=True, undefined=StrictUndefined)
_HIGHLIGHTED = "Number one"
_SHOWN_TICKETS = 500
_RANK = {"new": 0, "open": 0, "pending": 1, "hold": 2, "solved": 3, "closed": 4}


def _state(request: Request) -> State:
    state: State = request.app.state.sandbox
    return state


def _html(name: str, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(_PAGES.get_template(name).render(**values), status)


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


def _holds_first_place(ticket: Doc, own: Iterable[Doc]) -> bool:
    return any(reading.has_title(field, ticket, _HIGHLIGHTED) for field in own)


def _columns(state: State, found: list[Doc], own: list[Doc]) -> list[Doc]:
    """Drop-downs and multi-selects which hold anything anywhere; what is on no form is not meant for people."""
    used = {key for ticket in found for key in ticket["fields"]}
    on_forms = {number for form in state.store.all("ticket_form") for number in form["ticket_field_ids"]}
    return [
        field
        for field in own
        if field["type"] in fields.WITH_OPTIONS and str(field["id"]) in used and field["id"] in on_forms
    ]


async def ticket_list(request: Request) -> Response:
    """Every ticket that is not deleted: number one, then New and Open, then the rest by status, the oldest first."""
    state = _state(request)
    found = [ticket for ticket in state.store.all(tickets.KIND) if not ticket["deleted"]]
    own = list(fields.book(state).by_id.values())
    leaders = [ticket for ticket in found if _holds_first_place(ticket, own)]
    first = {ticket["id"] for ticket in leaders}
    found.sort(key=lambda one: (one["id"] not in first, _RANK[one["status"]], one["created_at"], one["id"]))
    columns = _columns(state, found, own)
    rows = [_row(state, ticket, columns, first) for ticket in found[:_SHOWN_TICKETS]]
    return _html(
        "list.html", rows=rows, columns=columns, leaders=leaders, label=_HIGHLIGHTED, total=len(found),
        url=state.base_url,
    )  # fmt: skip


async def ticket_page(request: Request) -> Response:
    """One ticket: its fields, its tags, and the conversation in order, internal notes marked as such."""
    state = _state(request)
    ticket = tickets.find(state, request.path_params["id"])
    if ticket is None:
        return _html("missing.html", 404, number=request.path_params["id"])
    own = list(fields.book(state).by_id.values())
    conversation = [
        {
            **comment,
            "author": _name_of(state, users.KIND, comment["author_id"]),
            "blocks": reading.blocks(comment["body"]),
        }
        for comment in state.store.children(comments.KIND, ticket["id"])
    ]
    return _html(
        "ticket.html",
        ticket=ticket,
        requester=_name_of(state, users.KIND, ticket["requester_id"]),
        assignee=_name_of(state, users.KIND, ticket["assignee_id"]),
        customer=_name_of(state, organizations.KIND, ticket["organization_id"]),
        fields=[(field["title"], reading.cell(field, ticket).titles) for field in own],
        comments=conversation,
        audits=len(state.store.children(AUDIT, ticket["id"])),
        label=_HIGHLIGHTED if _holds_first_place(ticket, own) else None,
    )


async def home(request: Request) -> Response:  # noqa: ARG001 - the framework's signature
    return RedirectResponse("/agent", 302)


ROUTES = [
    Route("/", home),
    Route("/agent", ticket_list),
    Route("/agent/tickets/{id:int}", ticket_page),
]
