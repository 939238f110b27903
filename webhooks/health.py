"""How the service is, for a load balancer, a person and a monitoring system.

``GET /healthz`` says that the process answers. ``GET /readyz`` says whether hints can be taken: 200, or 503 where the
store does not work. Zendesk being away is no reason to send webhooks elsewhere, so it does not count there; for whoever
may know the accounts' names, ``accounts`` tells it. ``GET /metrics`` is Prometheus' text format.

On the public port names and metrics need the bearer token, and without a configured token they are not there at all.
On a port of their own nobody is asked.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

GOOD_FOR_S: Final = 1.0
"""A readiness check writes to the disk, and anybody may ask for it; more often than this it is answered from memory."""

log = structlog.get_logger("webhooks")


@dataclass(slots=True, kw_only=True)
class Health:
    """What there is to say.

    Args:
        ready: what this process cannot take hints without, and whether each works; called in a thread.
        accounts: each account's state by name, as plain JSON values; called in a thread.
        metrics: Prometheus' text; called in a thread.
        token: who shows it may know names and numbers on the public port.
    """

    ready: Callable[[], Mapping[str, bool]] = dict
    accounts: Callable[[], Mapping[str, Any]] = dict
    metrics: Callable[[], bytes] | None = None
    token: str | None = field(default=None, repr=False)
    clock: Callable[[], float] = time.monotonic
    _checks: dict[str, bool] = field(default_factory=dict, init=False)
    _checked_at: float = field(default=float("-inf"), init=False)
    _checking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    def public(self) -> list[Route]:
        """Routes of the port that Zendesk reaches."""
        routes = [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", self.public_readyz, methods=["GET"])]
        if self.token and self.metrics is not None:
            routes.append(Route("/metrics", self.guarded_metrics, methods=["GET"]))
        return routes

    def private(self) -> Starlette:
        """The application for a port of its own."""
        routes = [Route("/healthz", healthz, methods=["GET"]), Route("/readyz", self.full_readyz, methods=["GET"])]
        if self.metrics is not None:
            routes.append(Route("/metrics", self.open_metrics, methods=["GET"]))
        return Starlette(routes=routes)

    async def public_readyz(self, request: Request) -> Response:
        """Without the token: what works here, and no account's name."""
        return await self._readyz(names=self._may_know(request))

    async def full_readyz(self, _: Request) -> Response:
        return await self._readyz(names=True)

    async def guarded_metrics(self, request: Request) -> Response:
        if not self._may_know(request):
            return JSONResponse({"status": "unauthorized"}, 401, headers={"WWW-Authenticate": "Bearer"})
        return await self.open_metrics(request)

    async def open_metrics(self, _: Request) -> Response:
        assert self.metrics is not None
        try:
            text = await run_in_threadpool(self.metrics)
        except Exception as error:  # noqa: BLE001  no numbers are better than a stack trace
            log.warning("metrics unknown", why=f"unexpected {type(error).__name__}")
            return JSONResponse({"status": "unavailable"}, 503)
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    def _may_know(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        wanted = f"Bearer {self.token or ''}".encode()
        return hmac.compare_digest(given, wanted) and bool(self.token)

    async def _readyz(self, *, names: bool) -> Response:
        checks = await self._ready()
        well = all(checks.values())
        body: dict[str, Any] = {"status": "ready" if well else "not ready", "checks": checks}
        if names:
            try:
                body["accounts"] = dict(await run_in_threadpool(self.accounts))
            except Exception as error:  # noqa: BLE001  the store that fails is told by the checks
                log.warning("accounts unknown", why=f"unexpected {type(error).__name__}")
                body["accounts"] = None
        return JSONResponse(body, 200 if well else 503)

    async def _ready(self) -> dict[str, bool]:
        async with self._checking:
            if self.clock() - self._checked_at >= GOOD_FOR_S:
                try:
                    self._checks = dict(await run_in_threadpool(self.ready))
                except Exception as error:  # noqa: BLE001  a check that fails to run has failed
                    log.warning("readiness unknown", why=f"unexpected {type(error).__name__}")
                    self._checks = {"checks": False}
                self._checked_at = self.clock()
            return self._checks


async def healthz(_: Request) -> Response:
    """200: the process answers."""
    return JSONResponse({"status": "ok"})
