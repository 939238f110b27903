"""``serve``: door, worker and sweep in one process. ``sweep --once``: one round, for a look or from cron."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType
from typing import Annotated, Any

import structlog
import typer
import uvicorn

from webhooks.app import create_app
from zendesk_sync import settings as settings_file
from zendesk_sync.cli.common import (
    AccountOption,
    ConfigOption,
    DryRunOption,
    Format,
    FormatOption,
    choose,
    configure_logging,
    load,
    out,
    print_json,
)
from zendesk_sync.cli.render import change, change_json
from zendesk_sync.errors import (
    AccessDenied,
    ConfigurationError,
    CredentialsRejected,
    ZendeskError,
)
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.settings import Settings
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import ONE_SHOT_PATIENCE_S, Connection, connect
from zendesk_sync.sync.look import Look
from zendesk_sync.sync.service import AccountWorker, Loop
from zendesk_sync.zendesk.budget import Budget

ROUND_LIMIT_S = 300.0
STOP_LIMIT_S = 60.0
log = structlog.get_logger()


def serve(
    config: ConfigOption = None,
    dry_run: DryRunOption = False,
    port: Annotated[int | None, typer.Option("--port", help="Instead of service.port.", min=0, max=65535)] = None,
) -> None:
    """Receive webhooks, sweep the export, and keep priorities right until SIGTERM or Ctrl-C.

    Starts without Zendesk, stores hints, and catches up. With --dry-run it keeps nothing and sends nothing.
    """
    settings, handbook = load(config)
    configure_logging(settings.service.log, logging.INFO)
    secrets = LiveSecrets(settings)
    for name in secrets:
        if not secrets[name]:
            log.warning("webhooks are refused until setup apply has run; the sweep works", account=name)
    store = Store.open(None if dry_run else settings.path(settings.service.store))
    with store:
        workers = {name: _worker(name, settings, handbook, store, dry_run=dry_run) for name in settings.accounts}
        for name in settings.accounts:
            _try_to_connect(name, settings, handbook)
            store.ensure_account(name)
        loop = Loop(store, workers, settings.service.poll_seconds)
        door = create_app(
            accounts=secrets,
            mark=store.mark,
            tolerance_s=settings.service.timestamp_tolerance_seconds,
            ready=lambda: {"store": store.ready()},
            on_hint=loop.wake,
        )
        worker = threading.Thread(target=loop.run, name="worker", daemon=True)
        worker.start()
        try:
            _listen(door, settings.service.host, settings.service.port if port is None else port)
        finally:
            loop.stop()
            worker.join(STOP_LIMIT_S)
        log.info("stopped")


def sweep(
    config: ConfigOption = None,
    account: AccountOption = None,
    once: Annotated[
        bool, typer.Option("--once", show_default=False, help="One round: until export and inbox are empty. Always so.")
    ] = True,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Read what changed since the last sweep, look at every open ticket again, and bring them up to date.

    With --dry-run the planned changes are shown instead.
    """
    del once
    chosen = choose(config, account)
    configure_logging(chosen.settings.service.log)
    planned: list[Look] = []
    budget = Budget(chosen.account.rate_share)

    def sign_in() -> Connection:
        return connect(
            chosen.name,
            chosen.account,
            chosen.secrets,
            chosen.handbook,
            budget=budget,
            patience_s=ONE_SHOT_PATIENCE_S,
        )

    store = Store.open(None if dry_run else chosen.settings.path(chosen.settings.service.store))
    with store:
        store.ensure_account(chosen.name)
        store.request_sweep(chosen.name)
        worker = AccountWorker(
            chosen.name,
            store,
            sign_in,
            sweep_s=chosen.settings.service.sweep_seconds,
            owner="sweep",
            preview=planned.append if dry_run else None,
            raises=True,
        )
        left = _until_empty(worker, store, chosen.name)
    if dry_run:
        _show(planned, format)
    elif format is Format.JSON:
        print_json({"waiting": left.waiting, "due": left.due, "parked": left.parked})
    else:
        out.print(f"Up to date. Waiting: {left.waiting + left.due}, parked: {left.parked}.")
    if left.due or left.waiting:
        raise typer.Exit(1)


class LiveSecrets(Mapping[str, Sequence[str]]):
    """Each account's webhook secrets; a secrets file that changed is read again, so setup needs no restart."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: dict[str, tuple[float, list[str]]] = {}
        for name in settings.accounts:
            self._read[name] = (self._changed(name), self._load(name))

    def __getitem__(self, name: str) -> Sequence[str]:
        changed, known = self._read[name]
        if (now := self._changed(name)) != changed:
            with contextlib.suppress(ConfigurationError):
                known = self._load(name)
            self._read[name] = (now, known)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)

    def _changed(self, name: str) -> float:
        try:
            return self._settings.secrets_file(name).stat().st_mtime
        except OSError:
            return 0.0

    def _load(self, name: str) -> list[str]:
        secret = settings_file.load_secrets(self._settings, name).webhook_secret
        return [secret.get_secret_value()] if secret else []


def _until_empty(worker: AccountWorker, store: Store, name: str) -> Any:
    """Rounds until nothing waits but parked work, or the time is up."""
    ends = time.monotonic() + ROUND_LIMIT_S
    while True:
        worker.serve()
        left = store.pending(name)
        if (not left.due and not left.waiting) or time.monotonic() > ends:
            worker.close()
            return left
        time.sleep(min(5.0, max(0.05, store.next_due(name) or 0.0)))


def _show(planned: list[Look], format: Format) -> None:  # noqa: A002
    changes = [one.change for one in planned if one.change is not None]
    if format is Format.JSON:
        print_json({"looked_at": len(planned), "changes": [change_json(one) for one in changes]})
        return
    for one in changes:
        out.print(change(one))
    out.print(f"{len(planned)} tickets looked at, {len(changes)} would change. Nothing was sent (--dry-run).")


def _worker(name: str, settings: Settings, handbook: Handbook, store: Store, *, dry_run: bool) -> AccountWorker:
    budget = Budget(settings.accounts[name].rate_share)  # outlives the connections, as the minutes it counts do

    def sign_in() -> Connection:
        secrets = settings_file.load_secrets(settings, name)
        return connect(name, settings.accounts[name], secrets, handbook, budget=budget)

    def preview(one: Look) -> None:
        if one.change is not None:
            out.print(change(one.change))

    return AccountWorker(
        name,
        store,
        sign_in,
        sweep_s=settings.service.sweep_seconds,
        preview=preview if dry_run else None,
    )


def _try_to_connect(name: str, settings: Settings, handbook: Handbook) -> None:
    """Say at once what only a person can mend; a Zendesk that is away now is no reason not to start."""
    try:
        secrets = settings_file.load_secrets(settings, name)
        connect(name, settings.accounts[name], secrets, handbook, sleep=lambda _s: None).close()
    except (CredentialsRejected, AccessDenied, ConfigurationError):
        raise
    except ZendeskError as error:
        log.warning("Zendesk cannot be used yet; hints are stored", account=name, reason=str(error))


def _listen(door: Any, host: str, port: int) -> None:
    """Serve the door until a signal says stop.

    Raises:
        ConfigurationError: the address cannot be listened on.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sockets = [socket.create_server((host, port), family=family)]
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigurationError(f"service.host, service.port: cannot listen on {host}:{port}: {why}") from None
    server = uvicorn.Server(uvicorn.Config(door, log_level="warning", access_log=False, lifespan="off"))
    address = sockets[0].getsockname()
    log.info("serving", address=f"http://{address[0]}:{address[1]}")

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    kept = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run(sockets=sockets)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
