"""``serve``: door, work and sweep in one process. ``worker``: the work alone. ``sweep --once``: one round."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from zendesk_sync import settings as settings_file
from zendesk_sync import tracing
from zendesk_sync.cli.common import (
    AccountOption,
    ConfigOption,
    DryRunOption,
    Format,
    FormatOption,
    choose,
    configure_logging,
    copy_surge,
    customers_of,
    load,
    out,
    print_json,
)
from zendesk_sync.cli.render import change
from zendesk_sync.customers.sources import Sources
from zendesk_sync.errors import (
    AccessDenied,
    ConfigurationError,
    CredentialsRejected,
    ZendeskError,
    ZendeskSyncError,
    told,
)
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.report.recent import Recent
from zendesk_sync.settings import Settings
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import ONE_SHOT_PATIENCE_S, Connection, connect
from zendesk_sync.sync.explained import change_json
from zendesk_sync.sync.look import Look
from zendesk_sync.sync.loop import STOP_LIMIT_S, Loop
from zendesk_sync.sync.paused import check
from zendesk_sync.sync.service import AccountWorker
from zendesk_sync.zendesk.budget import Budget

ROUND_LIMIT_S = 300.0
log = structlog.get_logger()


class Driver(StrEnum):
    """Who says which account is served when; see ``service.driver``."""

    EMBEDDED = "embedded"
    LOOP = "loop"
    PROCRASTINATE = "procrastinate"


DriverOption = Annotated[Driver | None, typer.Option("--driver", help="Instead of service.driver.")]


def serve(
    config: ConfigOption = None,
    dry_run: DryRunOption = False,
    port: Annotated[int | None, typer.Option("--port", help="Instead of service.port.", min=0, max=65535)] = None,
    receive_only: Annotated[
        bool, typer.Option("--receive-only", help="Store hints and leave the work to `zendesk-sync worker`.")
    ] = False,
    driver: DriverOption = None,
) -> None:
    """Receive webhooks, sweep the export, and keep priorities right until SIGTERM or Ctrl-C.

    Starts without Zendesk, stores hints, and catches up. With --dry-run it keeps nothing and sends nothing. With a
    driver other than "embedded" it only receives, and `zendesk-sync worker` does the rest.
    """
    # A web server takes a quarter of a second to import, which all other commands would wait for.
    from zendesk_sync.cli.board import site
    from zendesk_sync.cli.door import health, receive

    settings, handbook = load(config)
    configure_logging(settings.service.log, logging.INFO)
    for name in settings.accounts:
        if settings_file.load_secrets(settings, name).webhook_secret is None:
            log.warning("no webhook secret", account=name)
    receive_only = receive_only or (driver or settings.service.driver) != Driver.EMBEDDED
    if receive_only and not dry_run and isinstance(settings.place(), Path):
        raise ConfigurationError(
            f"{settings.source}: service.store: a file serves one process, which must receive and work; "
            f'use driver = "embedded", or a store on Postgres'
        )
    with Store.open(None if dry_run else settings.place()) as store:
        for name in settings.accounts:
            store.ensure_account(name)
        recent = Recent(store=store, handbook=handbook, days=settings.service.board.days)
        said = functools.partial(health, settings, handbook, store, recent)
        if receive_only:
            with site(settings, handbook, store, recent, {}) as board:
                receive(settings, store, said(), port=port, board=board)
        else:
            with (
                _loop(settings, handbook, store, dry_run=dry_run) as (loop, budgets),
                site(settings, handbook, store, recent, budgets) as board,
            ):
                receive(settings, store, said(budgets), port=port, board=board, on_hint=loop.wake)
        log.info("stopped")


def worker(config: ConfigOption = None, dry_run: DryRunOption = False, driver: DriverOption = None) -> None:
    """Do the work without receiving webhooks, until SIGTERM or Ctrl-C; as many processes as wanted, on Postgres.

    Each account is served by one process at a time; when that dies, another goes on. With --dry-run it sweeps for
    itself beside all others: it takes no account from them, keeps nothing and sends nothing.
    """
    from zendesk_sync.cli.door import health, telling

    settings, handbook = load(config)
    configure_logging(settings.service.log, logging.INFO)
    by_queue = (driver or settings.service.driver) == Driver.PROCRASTINATE and not dry_run
    queue = _queue(settings) if by_queue else None
    with Store.open(None if dry_run else settings.place()) as store:
        for name in settings.accounts:
            store.ensure_account(name)
        recent = Recent(store=store, handbook=handbook, days=settings.service.board.days)
        said = functools.partial(health, settings, handbook, store, recent)
        if queue is not None:
            workers, budgets = _workers(settings, handbook, store, dry_run=False)
            with telling(settings, said(budgets)):
                log.info("working", accounts=len(workers), driver="procrastinate")
                queue(store, workers)
        else:
            with (
                _loop(settings, handbook, store, dry_run=dry_run) as (_, budgets),
                contextlib.nullcontext() if dry_run else telling(settings, said(budgets)),
            ):
                log.info("working", accounts=len(settings.accounts), driver="loop")
                _until_told()
        log.info("stopped")


def _queue(settings: Settings) -> Callable[[Store, Mapping[str, AccountWorker]], None]:
    """Procrastinate's driver, found out about before anything is opened.

    Raises:
        ConfigurationError: the store is a file, or the extra is not installed.
    """
    if isinstance(place := settings.place(), Path):
        raise ConfigurationError(
            f"{settings.source}: service.driver: procrastinate needs a store on Postgres; found the file {place}. "
            f'Name one, such as service.store = "postgresql://USER@HOST:PORT/DATABASE", or use driver = "loop"'
        )
    from zendesk_sync.sync import scale

    return lambda store, workers: scale.run(place, store, workers, at_once=settings.service.concurrency)


@contextlib.contextmanager
def _loop(
    settings: Settings, handbook: Handbook, store: Store, *, dry_run: bool
) -> Iterator[tuple[Loop, dict[str, Budget]]]:
    """The loop at work in a thread, and the rates of its accounts."""
    workers, budgets = _workers(settings, handbook, store, dry_run=dry_run)
    service = settings.service
    loop = Loop(store, workers, service.poll_seconds, at_once=service.concurrency)
    thread = threading.Thread(target=loop.run, name="loop", daemon=True)
    thread.start()
    try:
        yield loop, budgets
    finally:
        loop.stop()
        thread.join(STOP_LIMIT_S)


def _workers(
    settings: Settings, handbook: Handbook, store: Store, *, dry_run: bool
) -> tuple[dict[str, AccountWorker], dict[str, Budget]]:
    """Each account's worker and rate, after a first look whether the accounts can be used.

    Raises:
        ConfigurationError, CredentialsRejected, AccessDenied: no account can be used before a person mends it.
    """
    with ThreadPoolExecutor(settings.service.concurrency) as pool:
        faults = [
            fault for fault in pool.map(lambda name: _fault(name, settings, handbook), settings.accounts) if fault
        ]
    if len(faults) == len(settings.accounts):
        raise faults[0]
    # The rates outlive the connections, as the minutes that they count do.
    budgets = {name: Budget(account.rate_share) for name, account in settings.accounts.items()}
    owner = f"{socket.gethostname()}:{os.getpid()}"
    workers = {
        name: _worker(name, settings, handbook, store, budget, owner=owner, dry_run=dry_run)
        for name, budget in budgets.items()
    }
    return workers, budgets


def _until_told() -> None:
    """Wait for SIGTERM or SIGINT."""
    told = threading.Event()
    kept = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        told.wait()
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


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

    With --dry-run the planned changes are shown instead. Exit code 1, and nothing is done, while the account is paused.
    """
    del once
    chosen = choose(config, account)
    configure_logging(chosen.settings.service.log)
    planned: list[Look] = []
    budget = Budget(chosen.account.rate_share)
    sources: Sources | None = None

    def sign_in() -> Connection:
        nonlocal sources
        sources = sources or customers_of(chosen.name, chosen.account, chosen.secrets, store)
        return connect(
            chosen.name,
            chosen.account,
            chosen.secrets,
            chosen.handbook,
            budget=budget,
            sources=sources,
            patience_s=ONE_SHOT_PATIENCE_S,
        )

    store = Store.open(None if dry_run else chosen.settings.place())
    with store:
        store.ensure_account(chosen.name)
        if dry_run:
            copy_surge(chosen.settings, chosen.name, store)
        check(store, chosen.name, paused=chosen.account.paused and not dry_run)
        store.request_sweep(chosen.name)
        worker = AccountWorker(
            chosen.name,
            store,
            sign_in,
            sweep_s=chosen.settings.service.sweep_seconds,
            owner="sweep",
            lease_s=chosen.settings.service.lease_seconds,
            preview=planned.append if dry_run else None,
            raises=True,
            paused=chosen.account.paused,
            history_days=chosen.settings.service.history_days,
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
        if not (left.due or left.waiting or worker.limited) or time.monotonic() > ends:
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


def _worker(
    name: str, settings: Settings, handbook: Handbook, store: Store, budget: Budget, *, owner: str, dry_run: bool
) -> AccountWorker:
    sources: Sources | None = None  # they outlive the connections, as what they have read does

    def sign_in() -> Connection:
        nonlocal sources
        secrets = settings_file.load_secrets(settings, name)
        if dry_run:
            copy_surge(settings, name, store)
        sources = sources or customers_of(name, settings.accounts[name], secrets, store)
        return connect(name, settings.accounts[name], secrets, handbook, budget=budget, sources=sources)

    def preview(one: Look) -> None:
        if one.change is not None:
            out.print(change(one.change))

    return AccountWorker(
        name,
        store,
        sign_in,
        sweep_s=settings.service.sweep_seconds,
        owner=owner,
        preview=preview if dry_run else None,
        lease_s=settings.service.lease_seconds,
        paused=settings.accounts[name].paused,
        history_days=settings.service.history_days,
    )


def _fault(name: str, settings: Settings, handbook: Handbook) -> ZendeskSyncError | None:
    """What only a person can mend in this account, said at once; a Zendesk that is away now is no reason to fail."""
    try:
        secrets = settings_file.load_secrets(settings, name)
        with tracing.span("account.check", account=name):
            connect(name, settings.accounts[name], secrets, handbook, sleep=lambda _s: None).close()
    except (CredentialsRejected, AccessDenied, ConfigurationError) as error:
        log.error("account unusable", account=name, reason=told(error))  # noqa: TRY400
        return error
    except ZendeskError as error:
        log.warning("account not usable yet", account=name, reason=told(error))
    return None
