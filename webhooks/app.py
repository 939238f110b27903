"""The HTTP door, as an ASGI application.

``POST /webhooks/zendesk/{account}`` verifies, stores a hint, and only then says 200. Zendesk delivers at best effort
and wants an answer within 12 s; it repeats 503 where ``Retry-After`` is under 60 s, and never repeats a 500
(https://developer.zendesk.com/documentation/webhooks/anatomy-of-a-webhook-request/), so there is no 500 here.

====== =========================================================================================================
200    the hint is on the disk
400    verified, but about no ticket
401    no valid signature, a timestamp too far from now, or no such account: the sender cannot tell which
405    not a POST
413    the body is larger than Zendesk ever sends
503    the hint cannot be stored now; ask again in ten seconds
====== =========================================================================================================

``GET /healthz`` says that the process answers, ``GET /readyz`` what it depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from webhooks.hints import NotAHint, tickets_in
from webhooks.signature import Verdict, verify
from zendesk_sync.errors import ConfigurationError, StoreError
from zendesk_sync.settings import TEST_SECRET

PATH: Final = "/webhooks/zendesk/{account}"
MAX_BODY: Final = 256 * 1024
"""Bytes. Zendesk keeps payloads below 256 KB."""

RETRY_AFTER_S: Final = 10

Mark = Callable[[str, list[int]], None]
log = structlog.get_logger("webhooks")


def create_app(
    *,
    accounts: Mapping[str, Sequence[str]],
    mark: Mark,
    clock: Callable[[], datetime] | None = None,
    tolerance_s: float = 300.0,
    max_body: int = MAX_BODY,
    ready: Callable[[], Mapping[str, bool]] | None = None,
    on_hint: Callable[[], None] | None = None,
) -> Starlette:
    """Build the door.

    Args:
        accounts: each account's signing secrets: none before setup, two while one is replaced. Read at each request.
        mark: stores hints durably before it returns, such as :meth:`zendesk_sync.store.Store.mark`; called in a thread.
        clock: the time now, aware; by default the machine's.
        tolerance_s: seconds by which a request's timestamp may differ from now, in either direction.
        max_body: bytes of the largest body that is read.
        ready: the things this process depends on and whether each works; called in a thread.
        on_hint: called in a thread after a hint is stored, to wake the worker; must be quick.

    Raises:
        ConfigurationError: an account's secret is empty or is the test secret that Zendesk publishes.
    """
    for account, known in accounts.items():
        if isinstance(known, str) or any(secret in {"", TEST_SECRET} for secret in known):
            raise ConfigurationError(
                f"account {account}: a webhook secret is empty or is Zendesk's published test secret, with which "
                f"anybody can sign; take the real one: zendesk-sync setup apply"
            )
    door = _Door(
        accounts=accounts,
        mark=mark,
        clock=clock or (lambda: datetime.now(UTC)),
        tolerance_s=tolerance_s,
        max_body=max_body,
        ready=ready or dict,
        on_hint=on_hint or (lambda: None),
    )
    routes = [
        Route(PATH, door.receive, methods=["POST"]),
        Route("/healthz", door.healthz, methods=["GET"]),
        Route("/readyz", door.readyz, methods=["GET"]),
    ]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the sender is told (``status``, ``said``) and what the log is told besides."""

    status: int
    said: str
    account: str | None = None
    tickets: list[int] | None = None
    why: str | None = None

    def log(self) -> None:
        told = {"account": self.account, "tickets": self.tickets, "why": self.why}
        write = log.info if self.status == 200 else log.error if self.status == 503 else log.warning
        write("hint", status=self.status, **{name: value for name, value in told.items() if value is not None})

    def response(self) -> Response:
        headers = {"Retry-After": str(RETRY_AFTER_S)} if self.status == 503 else {}
        return JSONResponse({"status": self.said}, self.status, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    accounts: Mapping[str, Sequence[str]] = field(repr=False)
    mark: Mark
    clock: Callable[[], datetime]
    tolerance_s: float
    max_body: int
    ready: Callable[[], Mapping[str, bool]]
    on_hint: Callable[[], None]
    nobody: Sequence[str] = field(default_factory=lambda: (token_urlsafe(32),), repr=False)

    async def receive(self, request: Request) -> Response:
        """One webhook."""
        try:
            answer = await self._answer(request)
        except Exception as error:  # noqa: BLE001  Zendesk never repeats a 500, so whatever went wrong must be a 503
            answer = _Answer(503, "unavailable", why=f"unexpected {type(error).__name__}")
        answer.log()
        return answer.response()

    async def _answer(self, request: Request) -> _Answer:
        try:
            body = await self._body(request)
        except ClientDisconnect:  # nobody is left to read the answer
            return _Answer(400, "incomplete", why="the sender hung up before the body was complete")
        if body is None:
            return _Answer(413, "too large", why=f"more than {self.max_body} bytes")
        account = str(request.path_params["account"])
        known = self.accounts.get(account)
        # An unknown account costs the same HMAC and gets the same answer, so that nobody can list the accounts.
        verdict = verify(
            known or self.nobody,
            request.headers.get("x-zendesk-webhook-signature"),
            request.headers.get("x-zendesk-webhook-signature-timestamp"),
            body,
            now=self.clock(),
            tolerance_s=self.tolerance_s,
        )
        if known is None:
            return _Answer(401, "unauthorized", why="unknown account")
        if verdict is not Verdict.GENUINE:
            return _Answer(401, "unauthorized", account, why=verdict.value)
        return await self._verified(account, body)

    async def _verified(self, account: str, body: bytes) -> _Answer:
        try:
            tickets = tickets_in(body)
        except NotAHint as error:
            return _Answer(400, "not a hint", account, why=str(error))
        try:
            await run_in_threadpool(self._store, account, tickets)
        except StoreError as error:
            return _Answer(503, "unavailable", account, tickets, why=str(error))
        except Exception as error:  # noqa: BLE001  the hint is not stored, whatever the reason
            return _Answer(503, "unavailable", account, tickets, why=f"unexpected {type(error).__name__}")
        return _Answer(200, "accepted", account, tickets)

    async def _body(self, request: Request) -> bytes | None:
        """The raw body, or None as soon as it is known to be too large.

        Raises:
            ClientDisconnect: the sender hung up.
        """
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and len(announced) < 20 and int(announced) > self.max_body:
            return None
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self.max_body:
                return None
        return bytes(body)

    def _store(self, account: str, tickets: list[int]) -> None:
        self.mark(account, tickets)
        try:
            self.on_hint()
        except Exception as error:  # noqa: BLE001  the hint is on the disk; the worker finds it when it looks next
            log.warning("worker not woken", why=f"unexpected {type(error).__name__}")

    async def healthz(self, _: Request) -> Response:
        """200: the process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(self, _: Request) -> Response:
        """200, or 503 with the dependency that does not work."""
        try:
            checks = dict(await run_in_threadpool(self.ready))
        except Exception as error:  # noqa: BLE001  a check that fails to run has failed
            log.warning("readiness unknown", why=f"unexpected {type(error).__name__}")
            checks = {"checks": False}
        well = all(checks.values())
        return JSONResponse({"status": "ready" if well else "not ready", "checks": checks}, 200 if well else 503)
