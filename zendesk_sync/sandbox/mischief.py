"""Lets the rules of chaos strike requests: the ASGI part between the gate and the endpoints."""

import asyncio

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zendesk_sync.sandbox.api.call import Reply
from zendesk_sync.sandbox.chaos import ANSWERS, Rule
from zendesk_sync.sandbox.clock import SKEW
from zendesk_sync.sandbox.names import HANG_UP, STALE
from zendesk_sync.sandbox.state import State

_TICK = 0.005
_SPARED = ("/sandbox", "/agent")
_GATEWAY = (
    "<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n"
    "</body>\n</html>\n"
)


class Mischief:
    """ASGI middleware; the endpoints that steer the sandbox and the agent's pages are spared."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._state.chaos.rules or scope["type"] != "http" or scope["path"].startswith(_SPARED):
            await self._app(scope, receive, send)
            return
        struck = self._state.chaos.request(self._state.clock.timestamp(), scope["method"], scope["path"])
        answer = next((rule for rule in struck if rule.fault in ANSWERS), None)
        by_fault = {rule.fault: rule for rule in struck}
        if "clock_skew" in by_fault:
            # A context variable: it ends with this request and does not touch any other.
            SKEW.set(by_fault["clock_skew"].seconds)
        if "stale_export" in by_fault:
            scope[STALE] = by_fault["stale_export"].seconds
        app: ASGIApp = _response(answer) if answer else self._app
        slow = by_fault.get("slow_answer")
        if "dropped_answer" in by_fault:
            await _drop(app, scope, receive)
        elif slow:
            await self._delay(app, scope, receive, send, slow.seconds)
        else:
            await app(scope, receive, send)

    async def _delay(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, seconds: float) -> None:
        """Apply the request, and answer when so much time has passed by the sandbox's clock."""
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await app(scope, receive, hold)
        ends = self._state.clock.timestamp() + seconds
        while self._state.clock.timestamp() < ends:  # noqa: ASYNC110 - whoever moves the clock knows of no event
            await asyncio.sleep(_TICK)
        for message in held:
            await send(message)


async def _drop(app: ASGIApp, scope: Scope, receive: Receive) -> None:
    """Apply the request, and close the connection in the place of an answer."""

    async def forget(message: Message) -> None:
        """Keep the answer from the caller."""

    await app(scope, receive, forget)
    hang_up = scope.get(HANG_UP)
    if hang_up:
        hang_up()
        while (await receive())["type"] != "http.disconnect":
            pass


def _response(rule: Rule) -> Response:
    headers = {} if rule.retry_after is None else {"retry-after": str(rule.retry_after)}
    if rule.fault == "bad_gateway":
        return HTMLResponse(_GATEWAY, 502)
    if rule.fault == "database_conflict":
        return Reply({"error": "DatabaseConflict", "description": "Database collision"}, 409).response()
    if rule.fault == "unavailable":
        body = {"error": "ServiceUnavailable", "description": "Please try again in a moment."}
        return Reply(body, 503, headers).response()
    text = "Number of allowed API requests per minute exceeded"
    if rule.body == "text":
        return PlainTextResponse(text, 429, headers)
    return Reply({"error": "APIRateLimitExceeded", "description": text}, 429, headers).response()
