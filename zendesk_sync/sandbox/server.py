"""The local Zendesk on a socket: beside a test in the same process, or in the foreground for the command line."""

import asyncio
import gc
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from zendesk_sync.sandbox import chaos_rules
from zendesk_sync.sandbox import seed as seeds
from zendesk_sync.sandbox.account import open_account
from zendesk_sync.sandbox.app import create_app
from zendesk_sync.sandbox.clock import Clock
from zendesk_sync.sandbox.generate import generate_once
from zendesk_sync.sandbox.names import HANG_UP
from zendesk_sync.sandbox.state import Pace

_START_SECONDS = 15.0
_SELDOM = (50_000, 20, 20)
"""A page of a thousand tickets is made of tens of thousands of small objects; to go through all of them again and again
in search of cycles takes a third of its time."""


class _Server(uvicorn.Server):
    """Leaves as soon as it is told, where the original looks every tenth of a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self._told, self._loop = asyncio.Event(), asyncio.get_running_loop()
        if not self.should_exit:
            await self._told.wait()

    def leave(self) -> None:
        """Stop serving; may be called from any thread."""
        self.should_exit = True
        if self._loop and self._told and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.set)


class _Protocol(H11Protocol):
    """Tells the application how to close the connection without an answer, which ASGI has no word for."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        served = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope[HANG_UP] = transport.close
            await served(scope, receive, send)

        self.app = app


class Sandbox:
    """A Zendesk account with an address and credentials; a context manager.

    `data` is the SQLite file that makes it survive a restart, `fast` shortens waits and lifts limits, `pace` sets each
    of them, `clock` injects time. `seed` is a file with customers and tickets, `generate` a number of tickets to make
    up from `random_seed`; an account that is kept gets the same ones only once. `chaos` is a file of faults on demand.
    `token` acts as the account's owner, an admin; a token from `client_id` and `client_secret` acts as the
    integration's own admin user.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        fast: bool = False,
        pace: Pace | None = None,
        clock: Clock | None = None,
        client_id: str = "zendesk_sync",
        client_secret: str | None = None,
        seed: Path | None = None,
        generate: int = 0,
        random_seed: int = 0,
        chaos: Path | None = None,
    ) -> None:
        mischief = chaos_rules.read(chaos) if chaos else None
        self._socket = _bind(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self.clock = clock or Clock()
        try:
            self.state = open_account(
                data=data, fast=fast, pace=pace, clock=self.clock, client_id=client_id, client_secret=client_secret
            )
        except BaseException:
            self._socket.close()
            raise
        self.state.base_url = self.url
        if mischief:
            self.state.chaos.set(*mischief, self.clock.timestamp())
        try:
            if seed is not None:
                seeds.load_once(self.state, seed)
            if generate:
                generate_once(self.state, generate, random_seed)
        except BaseException:
            self._socket.close()
            self.state.store.close()
            raise
        config = uvicorn.Config(
            create_app(self.state),
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            lifespan="on",
            http=_Protocol,
            ws="none",
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._serve, name="sandbox", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def client_id(self) -> str:
        return self.state.secret("client_id")

    @property
    def client_secret(self) -> str:
        return self.state.secret("client_secret")

    @property
    def token(self) -> str:
        return self.state.secret("token")

    @property
    def api_token(self) -> str:
        return self.state.secret("api_token")

    @property
    def owner_id(self) -> int:
        return self.state.named_id("owner")

    @property
    def integration_id(self) -> int:
        return self.state.named_id("integration")

    def start(self) -> "Sandbox":
        """Serve in a background thread; returns when requests are answered."""
        self._thread.start()
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the local Zendesk did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        """Stop serving and close the account; what was unfinished goes on at the next start with the same data."""
        self._server.leave()
        if self._thread.ident is not None:
            self._thread.join()
        self._socket.close()
        self.state.store.close()

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])


def _bind(host: str, port: int) -> socket.socket:
    # With the protocol named, asyncio switches Nagle's algorithm off; without it every answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def run(
    port: int,
    data: Path | None = None,
    *,
    fast: bool = False,
    seed: Path | None = None,
    generate: int = 0,
    random_seed: int = 0,
    chaos: Path | None = None,
    host: str = "127.0.0.1",
    client_id: str = "zendesk_sync",
    client_secret: str | None = None,
    ready: Callable[[Sandbox], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is called once with the running sandbox. For the main thread.

    Raises:
        OSError: The port is taken.
        DataError: The data file cannot be used; the message names it.
        SeedError: The seed file says something impossible; the message names the entry.
        ChaosError: The file of faults says something impossible; the message names the rule.
    """
    finished = threading.Event()
    sandbox = Sandbox(
        data, port=port, host=host, fast=fast, client_id=client_id, client_secret=client_secret, seed=seed,
        generate=generate, random_seed=random_seed, chaos=chaos,
    )  # fmt: skip
    former = {number: signal.signal(number, lambda *_: finished.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    thresholds = gc.get_threshold()
    try:
        with sandbox:
            gc.set_threshold(*_SELDOM)
            if ready:
                ready(sandbox)
            finished.wait()
    finally:
        gc.set_threshold(*thresholds)
        for number, handler in former.items():
            signal.signal(number, handler)
