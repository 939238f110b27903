"""What happens to every request before and after its endpoint: identity, counting, headers, and never a bare 500."""

import logging
import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zendesk_sync.sandbox.api.auth import identify
from zendesk_sync.sandbox.api.call import Reply
from zendesk_sync.sandbox.clock import http_date
from zendesk_sync.sandbox.errors import Refused, not_found
from zendesk_sync.sandbox.model import jobs
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

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(state, MutableHeaders(scope=message), api=scope["path"].startswith(_API))
            await send(message)

        try:
            if _ENDLESS.search(scope["path"]):
                raise not_found()
            jobs.advance(state)
            _count(state, scope["path"])
            scope["actor"] = identify(state, Request(scope)) if scope["path"].startswith(_API) else None
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


def _count(state: State, path: str) -> None:
    """Count requests by the minute. Limits are not enforced yet; this is where they belong."""
    if not path.startswith(_API):
        return
    minute = state.seconds() // 60
    if state.traffic.minute != minute:
        state.traffic.minute, state.traffic.used = minute, 0
    state.traffic.used += 1


def _add_headers(state: State, headers: MutableHeaders, *, api: bool) -> None:
    headers["date"] = http_date(state.clock.now())
    if not api:
        return
    limit = state.pace.requests_per_minute
    left = str(max(0, limit - state.traffic.used))
    headers["x-rate-limit"] = headers["ratelimit-limit"] = str(limit)
    headers["x-rate-limit-remaining"] = headers["ratelimit-remaining"] = left
    headers["ratelimit-reset"] = str(60 - state.seconds() % 60)
    headers["x-zendesk-api-version"] = "v2"
    headers["x-request-id"] = secrets.token_hex(16)
