"""``undo``: take back what this program wrote since a moment and nobody has changed since."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from zendesk_sync.cli.common import (
    AccountOption,
    Chosen,
    ConfigOption,
    DryRunOption,
    Format,
    FormatOption,
    choose,
    configure_logging,
    connected,
    err,
    out,
    print_json,
)
from zendesk_sync.cli.render import change
from zendesk_sync.cli.times import AGO, DATES, moment
from zendesk_sync.counted import many
from zendesk_sync.errors import ConfigurationError, InputError
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.pauses import WritesPause
from zendesk_sync.store.store import Store
from zendesk_sync.sync.explained import change_json
from zendesk_sync.sync.holding import Holding
from zendesk_sync.sync.paused import in_force
from zendesk_sync.sync.undo import Found, Outcome, Undo

SHOWN = 20
"""Tickets that are shown in full; ``--format json`` shows all."""
IDS_SHOWN = 50
LEASE_WAIT_S = 120.0

SinceOption = Annotated[str, typer.Option("--since", help=f"Take back what was written from then on: {DATES}, {AGO}.")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Only what was written up to then. Default: now.")]


def undo(
    since: SinceOption,
    until: UntilOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
    config: ConfigOption = None,
    account: AccountOption = None,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Put fields and priorities back to what stood there before, wherever nobody has changed them since.

    Shows what goes back, and asks. The account must be paused: otherwise it would all be written again. A second undo
    writes nothing. Notes stay, for Zendesk cannot delete them.
    """
    now = time.time()
    begins, ends = moment("--since", since, now=now), int(now) if until is None else moment("--until", until, now=now)
    if begins > min(ends, now):
        raise InputError(f"--since: {_time(begins)} lies after {_time(min(ends, int(now)))}; nothing was written then")
    if format is Format.JSON and not (dry_run or yes):
        raise InputError("--format json asks no questions: add --yes to write, or --dry-run to look")
    if not (dry_run or yes or sys.stdin.isatty()):
        raise InputError("undo asks before it writes, and here is no terminal: add --yes, or --dry-run to look")
    chosen = choose(config, account)
    configure_logging(chosen.settings.service.log)
    with contextlib.ExitStack() as opened:
        place = chosen.settings.place()
        known = None if dry_run and isinstance(place, Path) and not place.exists() else place
        store = opened.enter_context(Store.open(known, exclusive=False))
        pause = None if dry_run else _pause(chosen, store)
        connection = opened.enter_context(connected(chosen))
        work = Undo(
            connection, begins, ends, settled=store.undos(chosen.name), progress=_progress(quiet=format is Format.JSON)
        )
        if pause is not None:
            # The configuration does not say since when it pauses: as if from now on.
            work.settle(store, now - min(ends, now if pause.at is None else pause.at))
        found = work.find()
        if format is Format.TEXT:
            _say(found, begins, ends)
        outcome = None
        if found.changes and not dry_run:
            if format is Format.TEXT and not yes and not typer.confirm("Undo this?", default=False):
                raise typer.Exit(1)
            with (
                _leased(chosen, store) as lease,
                Holding(store, lease, lambda: _still_paused(chosen, store)) as held,
                connection.client.asking(held.before),
            ):
                outcome = work.write([one.ticket_id for one in found.changes], store, lease)
    if format is Format.JSON:
        print_json(_json(chosen.name, found, outcome, begins, ends))
    else:
        _tell(outcome, dry_run=dry_run)
    if outcome is not None and outcome.left:
        raise typer.Exit(1)


def _pause(chosen: Chosen, store: Store) -> WritesPause:
    """The pause that stands.

    Raises:
        ConfigurationError: there is none.
    """
    pause = in_force(store, chosen.name, paused=chosen.account.paused)
    if pause is None:
        raise ConfigurationError(
            f"account {chosen.name} is not paused: what is undone now would be written again within a minute. "
            f"First run: zendesk-sync pause --account {chosen.name}; then undo, mend the policy, and resume "
            f"(--dry-run looks without a pause)"
        )
    return pause


def _still_paused(chosen: Chosen, store: Store) -> None:
    """Asked before each write: somebody may have resumed meanwhile."""
    _pause(chosen, store)


@contextlib.contextmanager
def _leased(chosen: Chosen, store: Store) -> Iterator[Lease]:
    """The account for us alone; a running service has it for moments only, while it sweeps, a dead one for a lease."""
    store.ensure_account(chosen.name)
    ends = time.monotonic() + LEASE_WAIT_S
    while (lease := store.acquire(chosen.name, "undo", chosen.settings.service.lease_seconds)) is None:
        if time.monotonic() > ends:
            raise ConfigurationError(
                f"account {chosen.name}: another process works on it, or Zendesk asked for a rest; undo again later"
            )
        time.sleep(0.5)
    try:
        yield lease
    finally:
        store.release(lease)


def _progress(*, quiet: bool) -> Callable[[str], None]:
    """What is being done, for a person at a terminal; nothing for programs."""
    if quiet or not sys.stderr.isatty():
        return lambda _said: None
    return lambda said: err.print(f"[dim]{escape(said)}[/]")


def _say(found: Found, begins: int, ends: int) -> None:
    """The preview."""
    changes = found.changes
    for one in changes[:SHOWN]:
        out.print(change(one))
    if len(changes) > SHOWN:
        out.print(f"... and {len(changes) - SHOWN:,} more; --format json shows all.")
    written = len(found.undoings) + len(found.gone)
    out.print(
        f"\nFrom {_time(begins)} to {_time(ends)} this program wrote to {many(written, 'ticket')}; "
        f"{many(len(changes), 'ticket')} would go back."
    )
    for what, count in Counter(one.what for each in changes for one in each.differences).items():
        out.print(f"  {what:<12} {count:,}")
    reasons: dict[tuple[str, str], list[int]] = {}
    for each in found.undoings:
        for stay in each.stays:
            reasons.setdefault((stay.what.partition(" ")[0], stay.why), []).append(each.ticket_id)
    for (what, why), tickets in reasons.items():
        out.print(f"Stays: {what} of {many(len(set(tickets)), 'ticket')}: {why} ({_ids(tickets)})")
    if found.gone:
        out.print(f"Deleted meanwhile: {_ids(found.gone)}")
    if noted := [each.ticket_id for each in found.undoings if each.notes]:
        count = sum(each.notes for each in found.undoings)
        out.print(
            f"Stays: {count:,} internal note{'' if count == 1 else 's'} on {many(len(noted), 'ticket')}, "
            f"for Zendesk cannot delete them ({_ids(noted)})"
        )


def _tell(outcome: Outcome | None, *, dry_run: bool) -> None:
    """What became of it, and what comes next."""
    if dry_run:
        out.print("Nothing was sent (--dry-run). What was written within the last minute may be missing here.")
        return
    if outcome is None:
        out.print("Nothing to undo.")
        return
    out.print(f"{many(len(outcome.done), 'ticket')} undone.")
    for ticket, reason in sorted(outcome.left.items())[:IDS_SHOWN]:
        out.print(f"  ticket {ticket} is left: {escape(reason)}")
    if outcome.left:
        out.print(f"{many(len(outcome.left), 'ticket')} left; the same command tries them again.")
    out.print(
        "The account is still paused. Mend the policy, see what it would do (sweep --dry-run), then: "
        "zendesk-sync resume. Open tickets are decided anew then."
    )


def _json(account: str, found: Found, outcome: Outcome | None, begins: int, ends: int) -> dict[str, Any]:
    done = set() if outcome is None else set(outcome.done)
    left = {} if outcome is None else outcome.left
    return {
        "account": account,
        "since": _time(begins),
        "until": _time(ends),
        "written": None if outcome is None else len(done),
        "deleted": list(found.gone),
        "tickets": [
            {
                "ticket": one.ticket_id,
                "differences": [] if one.change is None else change_json(one.change)["differences"],
                "stays": [{"what": stay.what, "why": stay.why.value} for stay in one.stays],
                "notes": one.notes,
                "undone": one.ticket_id in done,
                "left": left.get(one.ticket_id),
            }
            for one in found.undoings
        ],
    }


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ids(tickets: Iterable[int]) -> str:
    """Some ids, each once."""
    each = sorted(set(tickets))
    more = f", ... and {len(each) - IDS_SHOWN:,} more" if len(each) > IDS_SHOWN else ""
    return "ticket " + ", ".join(str(one) for one in each[:IDS_SHOWN]) + more
