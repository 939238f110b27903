"""``backfill``: the whole history, or a slice of it, brought under the policy."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from types import FrameType
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from zendesk_sync.cli.common import (
    AccountOption,
    Chosen,
    ConfigOption,
    DryRunOption,
    Format,
    FormatOption,
    choose,
    configure_logging,
    err,
    out,
    print_json,
    surge_of,
)
from zendesk_sync.cli.render import change
from zendesk_sync.cli.times import DATES, moment
from zendesk_sync.errors import ConfigurationError, InputError, StoreBusy, WritesPaused
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.backfill import Backfill, Totals
from zendesk_sync.sync.connection import ONE_SHOT_PATIENCE_S, Connection, connect
from zendesk_sync.sync.estimate import Estimate, estimate
from zendesk_sync.sync.look import Look
from zendesk_sync.sync.paused import check
from zendesk_sync.sync.service import LEASE_S, AccountWorker
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.client import PATIENCE_S
from zendesk_sync.zendesk.transport import SAFE

SHOWN = 20
"""Changes that a dry run prints in full."""
FINISH_LIMIT_S = 600.0


class Stopped(Exception):
    """Ctrl-C or SIGTERM: stop after what is in hand."""


def backfill(
    config: ConfigOption = None,
    account: AccountOption = None,
    since: Annotated[str | None, typer.Option("--since", help=f"Only tickets changed since then: {DATES}.")] = None,
    query: Annotated[
        str | None,
        typer.Option("--query", help="Only tickets that this Zendesk search finds, such as 'status<solved tags:vip'."),
    ] = None,
    notes: Annotated[
        bool, typer.Option("--notes", help="Write internal notes too. Without, old tickets get fields only.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Decide every ticket of the account's history, or of a slice, and write what differs. Safe to stop and to repeat.

    Says first what it would cost. Ctrl-C stops after the jobs in hand; the same command goes on from there.
    """
    if since is not None and query is not None:
        raise InputError("--since and --query: give one of them; in a query, say updated>=2026-01-31")
    if format is Format.JSON and not (dry_run or yes):
        raise InputError("--format json asks no questions: add --yes to write, or --dry-run to look")
    if not (dry_run or yes or sys.stdin.isatty()):
        raise InputError("a backfill asks before it writes, and here is no terminal: add --yes, or --dry-run to look")
    start = 0 if since is None else moment("--since", since)
    chosen = choose(config, account)
    configure_logging(chosen.settings.service.log)
    budget = Budget(chosen.account.rate_share)
    surge = surge_of(chosen.settings, chosen.name)
    with _store(chosen, dry_run=dry_run) as store, _connected(chosen, budget).under(surge) as connection:
        with _connected(chosen, budget, patience_s=ONE_SHOT_PATIENCE_S) as patient:
            expected = estimate(patient, since=start, query=query)
        if format is Format.TEXT:
            _say(expected, notes=notes)
            if not (dry_run or yes or typer.confirm("Go on?", default=True)):
                raise typer.Exit(0)
        planned = _Planned()
        began = time.monotonic()
        with (
            _leased(chosen, store) as lease,
            connection.client.asking(lambda method: None if method in SAFE else _may_write(chosen, store)),
            _watched(expected, connection, quiet=format is Format.JSON) as progress,
        ):
            run = Backfill(
                connection,
                store,
                lease,
                since=start,
                query=query,
                notes=notes,
                preview=planned.add if dry_run else None,
                progress=progress,
            )
            stopped = _run(run)
            if not dry_run and connection.under(store.surge(chosen.name)) is not connection:
                # What was decided under the former workload, and stands only since then, is looked at again.
                store.mark(chosen.name, [one.ticket for one in store.order(chosen.name, by_type=False)])
        if not (dry_run or stopped):
            _finish(chosen, store, budget, whole=not start and query is None)
        left = store.pending(chosen.name)
        done = _Done(run.totals, sum(budget.calls.values()), time.monotonic() - began, stopped=stopped)
    if format is Format.JSON:
        inbox = {"waiting": left.waiting + left.due, "parked": left.parked}
        print_json({"estimate": expected.as_json(), **done.as_json(), **inbox})
    else:
        done.say(planned, dry_run=dry_run)
        if left.parked or left.waiting or left.due:
            out.print(f"In the inbox: {left.waiting + left.due} waiting, {left.parked} parked.")
    if stopped or left.parked:
        raise typer.Exit(1)


@dataclass(slots=True)
class _Planned:
    """What a dry run would write: all are counted, the first are kept to be shown."""

    count: int = 0
    first: list[Look] = field(default_factory=list)

    def add(self, one: Look) -> None:
        self.count += 1
        if self.count <= SHOWN:
            self.first.append(one)


@dataclass(frozen=True, slots=True)
class _Done:
    totals: Totals
    calls: int
    seconds: float
    stopped: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "done": asdict(self.totals),
            "calls": self.calls,
            "seconds": round(self.seconds, 1),
            "stopped": self.stopped,
        }

    def say(self, planned: _Planned, *, dry_run: bool) -> None:
        totals = self.totals
        for one in planned.first:
            if one.change is not None:
                out.print(change(one.change))
        written = f"{planned.count:,} would be written" if dry_run else f"{totals.written:,} written"
        out.print(
            f"{totals.tickets:,} tickets looked at: {written}, {totals.right:,} were right already, "
            f"{totals.closed:,} closed or deleted, {totals.inbox:,} handed to the inbox. "
            f"{self.calls:,} calls, {self.seconds:,.0f} s." + (" Nothing was sent (--dry-run)." if dry_run else "")
        )
        if self.stopped:
            out.print("Stopped. The same command goes on from here.")


def _store(chosen: Chosen, *, dry_run: bool) -> Store:
    try:
        store = Store.open(None if dry_run else chosen.settings.place())
    except StoreBusy as error:
        advice = (
            "a backfill needs the store for itself: stop the service; what webhooks miss meanwhile, its sweep finds"
        )
        raise StoreBusy(f"{error}; {advice}") from None
    store.ensure_account(chosen.name)
    try:
        if not dry_run:
            _may_write(chosen, store)
    except WritesPaused:
        store.close()
        raise
    return store


def _may_write(chosen: Chosen, store: Store) -> None:
    check(store, chosen.name, paused=chosen.account.paused)


@contextlib.contextmanager
def _leased(chosen: Chosen, store: Store) -> Iterator[Lease]:
    lease = store.acquire(chosen.name, "backfill", LEASE_S)
    if lease is None:
        wait = store.paused_for(chosen.name)
        raise ConfigurationError(f"account {chosen.name}: paused for {wait:.0f} s, or another process works on it")
    try:
        yield lease
    finally:
        store.release(lease)


def _connected(chosen: Chosen, budget: Budget, *, patience_s: float = PATIENCE_S) -> Connection:
    return connect(chosen.name, chosen.account, chosen.secrets, chosen.handbook, budget=budget, patience_s=patience_s)


def _duration(minutes: float) -> str:
    return "less than a minute" if minutes < 1 else f"{minutes:,.0f} minutes" if minutes >= 2 else "a minute or two"


def _say(expected: Estimate, *, notes: bool) -> None:
    out.print(
        f"About {expected.rows:,} tickets, {expected.tickets:,} not closed; about {expected.writes:,} to write, "
        f"{expected.histories:,} of them with their comments.\n"
        f"About {expected.calls:,} calls and {_duration(expected.minutes)}. "
        + (
            f"Up to {expected.notes:,} internal notes."
            if notes
            else f"No notes (--notes would write up to {expected.notes:,})."
        )
    )


@contextlib.contextmanager
def _watched(expected: Estimate, connection: Connection, *, quiet: bool) -> Iterator[Callable[[Totals], None]]:
    """A progress bar on a terminal's error stream; nothing for programs."""
    if quiet or not sys.stderr.isatty():
        yield lambda _totals: None
        return
    with Progress(
        BarColumn(bar_width=10),
        TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
        TextColumn("to go"),
        TimeRemainingColumn(elapsed_when_finished=False),
        console=err,
    ) as bar:
        task = bar.add_task("backfill", total=max(1, expected.rows), said="")
        began = time.monotonic()

        def show(totals: Totals) -> None:
            done = totals.tickets - totals.deferred
            rate = done / max(1.0, time.monotonic() - began) * 60
            said = f"{totals.written:,} written, {rate:,.0f}/min, {_calls_left(connection)}"
            bar.update(task, completed=done, total=max(expected.rows, totals.tickets), said=said)

        yield show


def _calls_left(connection: Connection) -> str:
    account = connection.client.budget.buckets[0]
    return f"{max(0, account.allowed - account.used):,} of {account.allowed:,} calls left"


def _run(run: Backfill) -> bool:
    """Run; whether a person stopped it, here or by pausing the account."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Stopped

    kept = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        run.run()
    except Stopped:
        return True
    except WritesPaused as error:
        err.print(escape(str(error)))
        return True
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    return False


def _finish(chosen: Chosen, store: Store, budget: Budget, *, whole: bool) -> None:
    """What the backfill left to the inbox, by the careful path, and number one.

    Nobody is number one before a sweep has reached the end. After the ``whole`` history little is left of it, but the
    exports' limit may be used up, and then it goes on a minute later.
    """
    worker = AccountWorker(
        chosen.name,
        store,
        lambda: _connected(chosen, budget),
        owner="backfill",
        raises=True,
        recheck=False,
        paused=chosen.account.paused,
        history_days=0,
    )
    ends = time.monotonic() + FINISH_LIMIT_S
    try:
        while time.monotonic() < ends:
            worker.serve()
            left = store.pending(chosen.name)
            known = store.standing_complete(chosen.name) or not whole or store.cursor(chosen.name) is None
            if known and not left.due and not left.waiting:
                return
            time.sleep(min(5.0, max(0.05, store.next_due(chosen.name) or 0.0)))
    finally:
        worker.close()
