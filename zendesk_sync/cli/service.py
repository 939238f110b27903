"""``serve``: door, worker and sweep in one process. ``sweep --once``: one round, for a look or from cron."""

from __future__ import annotations

import logging
import signal
import threading
import time
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
from zendesk_sync.sync.connection import Connection, connect
from zendesk_sync.sync.look import Look
from zendesk_sync.sync.service import AccountWorker, Loop

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
    secrets = {name: settings_file.load_secrets(settings, name) for name in settings.accounts}
    for name, held in secrets.items():
        if held.webhook_secret is None:
            log.warning("webhooks are refused until setup apply has run; the sweep works", account=name)
    store = Store.open(None if dry_run else settings.path(settings.service.store))
    with store:
        workers = {name: _worker(name, settings, handbook, store, dry_run=dry_run) for name in settings.accounts}
        for name in settings.accounts:
            _try_to_connect(name, settings, handbook)
            store.ensure_account(name)
        loop = Loop(store, workers, settings.service.poll_seconds)
        door = create_app(
            accounts={n: [s.webhook_secret.get_secret_value()] if s.webhook_secret else [] for n, s in secrets.items()},
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
    once: Annotated[bool, typer.Option("--once", help="One round: until the export and the inbox are empty.")] = True,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Read what changed since the last sweep, and bring it up to date.

    With --dry-run every open ticket is looked at, and the planned changes are shown.
    """
    del once
    chosen = choose(config, account)
    configure_logging(chosen.settings.service.log)
    planned: list[Look] = []
    store = Store.open(None if dry_run else chosen.settings.path(chosen.settings.service.store))
    with store:
        store.ensure_account(chosen.name)
        store.request_sweep(chosen.name)
        worker = AccountWorker(
            chosen.name,
            store,
            lambda: connect(chosen.name, chosen.account, chosen.secrets, chosen.handbook),
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
    def sign_in() -> Connection:
        return connect(name, settings.accounts[name], settings_file.load_secrets(settings, name), handbook)

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
    config = uvicorn.Config(door, host=host, port=port, log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    try:
        sockets = [config.bind_socket()]
    except SystemExit:
        raise ConfigurationError(f"service.host, service.port: cannot listen on {host}:{port}; is it in use?") from None
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
