"""The socket under the door: uvicorn with h11, and a deadline for each thing that a sender can be slow at.

uvicorn limits the size of a request's head and how long a connection idles between requests. It does not limit how
long a head or a body may take, nor how long nobody reads an answer; that is done here, so that a sender who drips one
byte a second holds a connection for seconds and not for ever.

TLS is a proxy's work. Of what a proxy adds only ``X-Forwarded-For`` is read, and by the door itself
(:mod:`webhooks.origin`); uvicorn's own handling, which would trust a loopback peer unasked, is off.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

import h11
import structlog
import uvicorn
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from zendesk_sync.errors import ConfigurationError

BACKLOG: Final = 512
"""Connections that the system keeps while the process is busy."""

GRACE_S: Final = 15
"""Seconds that requests under way have when the process is told to stop."""

log = structlog.get_logger("webhooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one connection may cost. Seconds and bytes.

    Attributes:
        head_s: from the first byte of a request, or from the connection's opening, to the end of its headers.
        body_s: from there to the end of its body; the door itself answers 408 a little earlier.
        answer_s: from there until the answer is on its way to somebody who reads it.
        idle_s: between two requests; longer than the sixty seconds after which proxies let go of a connection.
        head_bytes: request line and headers.
        connections: those above it are told 503; those above twice as many are cut.
    """

    head_s: float = 10.0
    body_s: float = 12.0
    answer_s: float = 30.0
    idle_s: float = 75.0
    head_bytes: int = 16 * 1024
    connections: int = 400


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    """What a connection too many is told, in the one form in which Zendesk comes again."""
    headers = {"Retry-After": "10", "Connection": "close"}
    await JSONResponse({"status": "unavailable"}, 503, headers=headers)(scope, receive, send)


class _Protocol(H11Protocol):
    """One connection, with a deadline for its present phase."""

    limits = Limits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._phase: tuple[object, ...] = ()
        if len(self.connections) > 2 * self.limits.connections:
            transport.abort()
            return
        if len(self.connections) > self.limits.connections:
            self.app = busy
        self._watch()

    def handle_events(self) -> None:
        super().handle_events()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Give a new phase its deadline; more bytes of the same phase gain nothing."""
        theirs = self.conn.their_state
        if theirs is h11.IDLE:
            begun = self.cycle is None or bool(self.conn.trailing_data[0])
            kind, seconds = ("head", self.limits.head_s) if begun else ("idle", self.limits.idle_s)
        elif theirs is h11.SEND_BODY:
            kind, seconds = "body", self.limits.body_s
        else:
            kind, seconds = "answer", self.limits.answer_s
        if (phase := (kind, self.cycle)) != self._phase:
            if self._timer is not None:
                self._timer.cancel()
            self._phase = phase
            self._timer = self.loop.call_later(seconds, self.transport.abort)


def server(app: Any, limits: Limits | None = None) -> uvicorn.Server:
    """A server for an ASGI application that speaks HTTP only."""
    limits = limits or Limits()
    config = uvicorn.Config(
        app,
        http=type("Protocol", (_Protocol,), {"limits": limits}),
        ws="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,  # its lines come out as ours do
        log_level="error",  # what a stranger sends is no event of ours
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=limits.head_bytes,
        timeout_keep_alive=int(limits.idle_s) or 1,
        timeout_graceful_shutdown=GRACE_S,
    )
    return uvicorn.Server(config)


def bind(host: str, port: int, key: str) -> socket.socket:
    """A listening socket.

    Raises:
        ConfigurationError: the address cannot be listened on; ``key`` names the setting.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where a socket says that it is TCP; else an answer takes 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        why = error.strerror or str(error)
        raise ConfigurationError(f"{key}: cannot listen on {host}:{port}: {why}") from None
    return listening


def address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(app: Any, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT; for the main thread."""
    main = server(app)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        main.should_exit = True

    kept = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        main.run(sockets=[listening])
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@contextmanager
def beside(app: Any, listening: socket.socket) -> Iterator[None]:
    """Serve in a thread for as long as this lasts; for health and metrics beside the door or a worker."""
    side = server(app)
    thread = threading.Thread(target=side.run, kwargs={"sockets": [listening]}, name="health", daemon=True)
    thread.start()
    try:
        yield
    finally:
        side.should_exit = True
        thread.join(GRACE_S)
