"""What happens to every request before and after its endpoint: identity, counting, headers, and never a bare 500."""

import logging
import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zendesk_sync.sandbox import limits
from zendesk_sync.sandbox.api.auth import identify
from zendesk_sync.sandbox.api.call import Reply
from zendesk_sync.sandbox.clock import http_date
from zendesk_sync.sandbox.errors import Refused, not_found
from zendesk_sync.sandbox.model import archiving, automations, jobs
from zendesk_sync.sandbox.state import State

log = logging.getLogger(__name__)
_API = "/api/v2/"
_ENDLESS = re.compile(r"\d{100}")
"""Longer than any id; Python reads no number of more than 4,300 digits."""


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith(_API) and scope["path"].endswith(".json"):
            scope = {**scope, "path": scope["path"].removesuffix(".json"), "raw_path": None}
        state = self._state
        started = False
        api = scope["path"].startswith(_API)
        told: dict[str, str] = {}

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(state, MutableHeaders(scope=message), told, api=api)
            await send(message)

        try:
            if _ENDLESS.search(scope["path"]):
                raise not_found()
            jobs.advance(state)
            archiving.sweep(state)
            automations.sweep(state)
            scope["actor"] = None
            if api:
                told |= _admit(state)
                request = Request(scope)
                scope["actor"] = identify(state, request)
                told |= _admit_endpoint(state, request, scope)
            await self._app(scope, receive, answer)
        except Refused as refused:
            await Reply(refused.body, refused.status, refused.headers).response()(scope, receive, answer)
        except Exception:
            # The sandbox's own mistake must not look like an answer of Zendesk's, so it is loud in the log.
            log.exception("the sandbox failed at %s %s", scope["method"], scope["path"])
            if started:
                raise
            body = {"error": "SandboxMistake", "description": "The local Zendesk has a mistake; see its log."}
            await Reply(body, 500).response()(scope, receive, answer)


def _admit(state: State) -> dict[str, str]:
    pace = state.pace
    return limits.admit(state.traffic, state.clock, pace.account_rpm, enforced=pace.limits)


def _admit_endpoint(state: State, request: Request, scope: Scope) -> dict[str, str]:
    """Count the request in its endpoint's buckets, unless limits are lifted or it comes from nobody."""
    if not state.pace.limits or scope["actor"] is None:
        return {}
    path, actor = scope["path"].removeprefix(_API), scope["actor"]["id"]
    asked = (request.method, path, actor, request.query_params)
    return limits.admit_endpoint(state.traffic, state.clock, *asked, high_volume=state.pace.high_volume)


def _add_headers(state: State, headers: MutableHeaders, told: dict[str, str], *, api: bool) -> None:
    headers["date"] = http_date(state.clock.now())
    if not api:
        return
    for name, value in told.items():
        headers.setdefault(name, value)
    headers["x-zendesk-api-version"] = "v2"
    headers["x-request-id"] = secrets.token_hex(16)
