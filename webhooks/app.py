"""The HTTP door, as an ASGI application.

``POST /webhooks/zendesk/{account}`` verifies, stores a hint, and only then says 200. Zendesk delivers at best effort
and wants an answer within 12 s; it repeats 503 where ``Retry-After`` is under 60 s, and never repeats a 500
(https://developer.zendesk.com/documentation/webhooks/anatomy-of-a-webhook-request/), so there is no 500 here.

====== =========================================================================================================
200    the hint is on the disk
400    verified, but about no ticket; or not HTTP at all
401    no valid signature, a timestamp too far from now, or no such account: the sender cannot tell which
403    from an address that is not on the allow list
404    nothing is at this path
405    not a POST
408    the body did not arrive in time
413    the body is larger than Zendesk ever sends
431    more or longer headers than Zendesk ever sends
503    the hint cannot be stored now; ask again in ten seconds
====== =========================================================================================================

However many requests an account sends, none is refused for their number while its hint can be stored: see
:mod:`webhooks.gather`. Health and metrics: :mod:`webhooks.health`; the board: :mod:`webhooks.board.site`. The socket
below: :mod:`webhooks.listener`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webhooks.board.site import Site
from webhooks.gather import Gather
from webhooks.health import Health
from webhooks.hints import NotAHint, tickets_in
from webhooks.origin import Address, Network, among, sender
from webhooks.signature import Verdict, verify
from zendesk_sync import metrics, tracing
from zendesk_sync.errors import ConfigurationError, StoreError, told
from zendesk_sync.settings import TEST_SECRET

PATH: Final = "/webhooks/zendesk/{account}"
MAX_BODY: Final = 256 * 1024
"""Bytes. Zendesk keeps payloads below 256 KB."""

MAX_HEADERS: Final = 64
MAX_HEAD: Final = 16 * 1024
"""Bytes of all headers. Zendesk sends about ten, and an admin may add five."""

BODY_S: Final = 10.0
"""Seconds for a whole body. Zendesk itself gives up after 12."""

RETRY_AFTER_S: Final = 10
SECRETS: Final = 2
"""Secrets that an account may have at once, and so many sums are done for every request."""

REFUSALS_LOGGED: Final = 10
"""Refusals a second that the log tells one by one; a flood of them must not fill the disk."""

Mark = Callable[[str, list[int]], None]
log = structlog.get_logger("webhooks")


def create_app(
    *,
    accounts: Mapping[str, Sequence[str]],
    mark: Mark,
    clock: Callable[[], datetime] | None = None,
    tolerance_s: float = 300.0,
    max_body: int = MAX_BODY,
    body_s: float = BODY_S,
    health: Health | None = None,
    board: Site | None = None,
    on_hint: Callable[[], None] | None = None,
    trusted_proxies: Sequence[Network] = (),
    allow: Sequence[Network] = (),
) -> Starlette:
    """Build the door.

    Args:
        accounts: each account's signing secrets: none before setup, two while one is replaced. Read at each request.
        mark: stores hints durably before it returns, such as :meth:`zendesk_sync.store.Store.mark`; called in a thread.
        clock: the time now, aware; by default the machine's.
        tolerance_s: seconds by which a request's timestamp may differ from now, in either direction.
        max_body: bytes of the largest body that is read.
        body_s: seconds in which a body must have arrived.
        health: what ``/healthz``, ``/readyz`` and ``/metrics`` say here.
        board: what ``/board`` shows; nothing is there without it.
        on_hint: called in a thread after hints are stored, to wake the worker; must be quick.
        trusted_proxies: networks whose ``X-Forwarded-For`` is believed; with none, nobody's is.
        allow: networks that webhooks may come from; with none, any.

    Raises:
        ConfigurationError: an account's secret is empty or is the test secret that Zendesk publishes.
    """
    for account, known in accounts.items():
        if isinstance(known, str) or any(secret in {"", TEST_SECRET} for secret in known):
            raise ConfigurationError(
                f"account {account}: a webhook secret is empty or is Zendesk's published test secret, with which "
                f"anybody can sign; take the real one: zendesk-sync setup apply"
            )

    def store(account: str, tickets: list[int]) -> None:
        with tracing.span("hints.store", account=account, tickets=len(tickets)):
            mark(account, tickets)
        metrics.STORED.labels(account).inc()
        try:
            if on_hint is not None:
                on_hint()
        except Exception as error:  # noqa: BLE001  the hint is on the disk; the worker finds it when it looks next
            log.warning("worker not woken", why=f"unexpected {type(error).__name__}")

    door = _Door(
        accounts=accounts,
        gather=Gather(store),
        clock=clock or (lambda: datetime.now(UTC)),
        tolerance_s=tolerance_s,
        max_body=max_body,
        body_s=body_s,
        trusted_proxies=trusted_proxies,
        allow=allow,
    )
    shown = [] if board is None else board.routes()
    app = Starlette(routes=[Route(PATH, door.receive, methods=["POST"]), *(health or Health()).public(), *shown])
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the sender is told (``status``, ``said``), and what log and metrics are told besides; ``ids``: its span."""

    status: int
    said: str
    reason: str
    account: str | None = None
    tickets: list[int] | None = None
    why: str | None = None
    ids: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        headers = {"Retry-After": str(RETRY_AFTER_S)} if self.status == 503 else {}
        if self.status in {408, 413, 431}:  # the rest of the request is not waited for
            headers["Connection"] = "close"
        return JSONResponse({"status": self.said}, self.status, headers=headers)


class _Log:
    """One line a request, and of a flood of refusals only so many a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._second, self._told, self._left_out = clock, -1, 0, 0

    def tell(self, answer: _Answer, address: Address | None) -> None:
        refused = answer.status not in {200, 503}
        more: dict[str, object] = {"account": answer.account, "tickets": answer.tickets, "why": answer.why}
        if refused:
            if (second := int(self._clock())) != self._second:
                self._second, self._told = second, 0
            self._told += 1
            if self._told > REFUSALS_LOGGED:
                self._left_out += 1
                return
            more |= {"sender": None if address is None else str(address), "left_out": self._left_out or None}
            self._left_out = 0
        level = logging.WARNING if refused else logging.ERROR if answer.status == 503 else logging.INFO
        known = answer.ids | {name: value for name, value in more.items() if value is not None}
        log.log(level, "hint", status=answer.status, **known)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    accounts: Mapping[str, Sequence[str]] = field(repr=False)
    gather: Gather
    clock: Callable[[], datetime]
    tolerance_s: float
    max_body: int
    body_s: float
    trusted_proxies: Sequence[Network]
    allow: Sequence[Network]
    log: _Log = field(default_factory=_Log, repr=False)
    nobody: tuple[str, ...] = field(
        default_factory=lambda: tuple(token_urlsafe(32) for _ in range(SECRETS)), repr=False
    )

    async def receive(self, request: Request) -> Response:
        """One webhook."""
        started, address = time.perf_counter(), None
        try:
            peer = request.client.host if request.client else None
            address = sender(peer, request.headers.getlist("x-forwarded-for"), self.trusted_proxies)
            answer = await self._answer(request, address)
        except Exception as error:  # noqa: BLE001  Zendesk never repeats a 500, so whatever went wrong must be a 503
            answer = _Answer(503, "unavailable", "unexpected", why=f"unexpected {type(error).__name__}")
        if answer.status == 200:
            metrics.HINTS.labels(answer.account).inc()
            metrics.ACKNOWLEDGED.observe(time.perf_counter() - started)
        else:
            metrics.REFUSED.labels(answer.account or "", answer.reason).inc()
        self.log.tell(answer, address)
        return answer.response()

    async def _answer(self, request: Request, address: Address | None) -> _Answer:
        headers = request.headers.raw
        if len(headers) > MAX_HEADERS or sum(len(name) + len(value) + 4 for name, value in headers) > MAX_HEAD:
            return _Answer(431, "too many headers", "headers", why="more or longer headers than Zendesk sends")
        if self.allow and not among(address, self.allow):
            return _Answer(403, "forbidden", "not_allowed", why="the sender is not on the allow list")
        body = await self._body(request)
        return body if isinstance(body, _Answer) else await self._received(request, body)

    async def _received(self, request: Request, body: bytes) -> _Answer:
        account = str(request.path_params["account"])
        known = self.accounts.get(account)
        # An unknown account costs the same sums and gets the same answer, so that nobody can list the accounts.
        verdict = verify(
            (*(known or ()), *self.nobody)[:SECRETS],
            request.headers.get("x-zendesk-webhook-signature"),
            request.headers.get("x-zendesk-webhook-signature-timestamp"),
            body,
            now=self.clock(),
            tolerance_s=self.tolerance_s,
        )
        if known is None:
            return _Answer(401, "unauthorized", "unknown_account", why="unknown account")
        if verdict is not Verdict.GENUINE:
            return _Answer(401, "unauthorized", verdict.name.lower(), account, why=verdict.value)
        # Only from here on is there a span: a stranger cannot fill the collector, nor name a trace of ours.
        route = {"http.request.method": "POST", "http.route": PATH}
        with tracing.span(f"POST {PATH}", "server", account=account, **route) as span:
            answer = await self._verified(account, body)
            span.set(**{"http.response.status_code": answer.status}, ticket_ids=tuple(answer.tickets or ()) or None)
            if answer.status >= 500:
                span.failed(str(answer.status))
            return replace(answer, ids=tracing.ids())

    async def _verified(self, account: str, body: bytes) -> _Answer:
        try:
            tickets = tickets_in(body)
        except NotAHint as error:
            return _Answer(400, "not a hint", "not_a_hint", account, why=str(error))
        try:
            await self.gather.put(account, tickets)
        except StoreError as error:
            return _Answer(503, "unavailable", "not_stored", account, tickets, why=told(error))
        except Exception as error:  # noqa: BLE001  the hint is not stored, whatever the reason
            return _Answer(503, "unavailable", "not_stored", account, tickets, f"unexpected {type(error).__name__}")
        return _Answer(200, "accepted", "", account, tickets)

    async def _body(self, request: Request) -> bytes | _Answer:
        """The raw body, or the refusal as soon as it is known to be too large or too slow."""
        too_large = _Answer(413, "too large", "too_large", why=f"more than {self.max_body} bytes")
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and len(announced) < 20 and int(announced) > self.max_body:
            return too_large
        body = bytearray()
        try:
            async with asyncio.timeout(self.body_s):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > self.max_body:
                        return too_large
        except TimeoutError:
            return _Answer(408, "too slow", "slow", why=f"no whole body within {self.body_s:g} s")
        except ClientDisconnect:  # nobody is left to read the answer
            return _Answer(400, "incomplete", "incomplete", why="the sender hung up before the body was complete")
        return bytes(body)
