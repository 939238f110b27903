"""The local Zendesk as one ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from zendesk_sync.sandbox.agent import conversation as agent_conversation
from zendesk_sync.sandbox.agent import lists as agent_lists
from zendesk_sync.sandbox.agent import rules as agent_rules
from zendesk_sync.sandbox.agent import visit as agent_visit
from zendesk_sync.sandbox.api import (
    auth,
    automations,
    control,
    conversation,
    custom_statuses,
    fields,
    files,
    groups,
    incremental,
    jobs,
    mail,
    organizations,
    people,
    record_fields,
    requests,
    rules,
    search,
    suspended_tickets,
    ticket_forms,
    ticket_reading,
    tickets,
    trigger_categories,
    views,
    webhooks,
)
from zendesk_sync.sandbox.api.call import Reply
from zendesk_sync.sandbox.errors import invalid_endpoint
from zendesk_sync.sandbox.gate import Gate
from zendesk_sync.sandbox.mischief import Mischief
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.worker import work

_ROOMS = (
    auth,
    people,
    organizations,
    groups,
    fields,
    ticket_forms,
    record_fields,
    files,
    ticket_reading,
    tickets,
    requests,
    suspended_tickets,
    search,
    jobs,
    conversation,
    custom_statuses,
    incremental,
    rules,
    trigger_categories,
    automations,
    views,
    webhooks,
    control,
    mail,
    agent_lists,
    agent_conversation,
    agent_rules,
    agent_visit,
)


async def _no_endpoint(request: Request, exc: Exception) -> Response:  # noqa: ARG001 - the framework's signature
    refused = invalid_endpoint()
    return Reply(refused.body, refused.status).response()


def create_app(state: State) -> Starlette:
    """Return the application over an open account; its lifespan runs the jobs and delivers the webhooks."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:  # noqa: ARG001 - the framework's signature
        async with work(state):
            yield

    app = Starlette(
        routes=[route for room in _ROOMS for route in room.ROUTES],
        middleware=[Middleware(Gate, state=state), Middleware(Mischief, state=state)],
        exception_handlers={HTTPException: _no_endpoint},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.sandbox = state
    return app
