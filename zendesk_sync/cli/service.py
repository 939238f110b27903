"""``serve``: door, worker and sweep in one process. ``sweep --once``: one round, for a look or from cron."""

from __future__ import annotations

import logging
import threading
import time
from typing import Annotated, Any

import structlog
import typer

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
from zendesk_sync.cli.door import health, receive
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
    for name in settings.accounts:
        if settings_file.load_secrets(settings, name).webhook_secret is None:
            log.warning("webhooks are refused until setup apply has run; the sweep works", account=name)
    store = Store.open(None if dry_run else settings.place())
    with store:
        # The rates outlive the connections, as the minutes that they count do.
        budgets = {name: Budget(account.rate_share) for name, account in settings.accounts.items()}
        workers = {
            name: _worker(name, settings, handbook, store, budget, dry_run=dry_run) for name, budget in budgets.items()
        }
        for name in settings.accounts:
            _try_to_connect(name, settings, handbook)
            store.ensure_account(name)
        loop = Loop(store, workers, settings.service.poll_seconds)
        worker = threading.Thread(target=loop.run, name="worker", daemon=True)
        worker.start()
        try:
            receive(settings, store, health(settings, store, budgets), port=port, on_hint=loop.wake)
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

    store = Store.open(None if dry_run else chosen.settings.place())
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


def _worker(
    name: str, settings: Settings, handbook: Handbook, store: Store, budget: Budget, *, dry_run: bool
) -> AccountWorker:
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
