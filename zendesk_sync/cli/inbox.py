"""``inbox list|retry|drop``: what waits to be looked at, and what was given up on; also beside a running service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from zendesk_sync.cli.common import (
    AccountOption,
    ConfigOption,
    DryRunOption,
    Format,
    FormatOption,
    choose,
    out,
    print_json,
)
from zendesk_sync.cli.render import one_line, pause_json
from zendesk_sync.durations import lasting
from zendesk_sync.errors import InputError
from zendesk_sync.store.inbox import Counts, Hint
from zendesk_sync.store.schema import MAX_ID
from zendesk_sync.store.store import Store
from zendesk_sync.sync.paused import described, in_force

app = typer.Typer(help="What waits to be looked at, and what was given up on.", no_args_is_help=True)

TicketsArgument = Annotated[list[int] | None, typer.Argument(help="Ticket ids.", show_default=False)]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Show at most so many that are not parked.")]


@app.command("list")
def list_(
    config: ConfigOption = None,
    account: AccountOption = None,
    limit: LimitOption = 100,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Show what is due, waiting and parked, with ages, tries and the last error.

    Exit code 1 if anything is parked.
    """
    with _opened(config, account) as (name, store, paused):
        counts, hints, parked = store.pending(name), store.hints(name, limit), store.parked(name)
        pause = in_force(store, name, paused=paused)
    shown = [*(_Row.of(hint) for hint in hints), *(_Row.of(hint) for hint in parked)]
    if format is Format.JSON:
        paused_by = None if pause is None else pause_json(pause)
        hints_json = [row.json() for row in shown]
        print_json({"account": name, **_counts(counts), "writes_pause": paused_by, "hints": hints_json})
    else:
        _table(name, counts, shown, hidden=counts.due + counts.waiting - len(hints))
        if pause is not None:
            out.print(f"{name}: {escape(one_line(described(pause)))}. Nothing is written.")
    if parked:
        raise typer.Exit(1)


@app.command("retry")
def retry(
    tickets: TicketsArgument = None,
    parked: Annotated[bool, typer.Option("--parked", help="All that were given up on.")] = False,
    config: ConfigOption = None,
    account: AccountOption = None,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Make tickets due now; a parked one gets all its tries again. Any ticket may be named, in the inbox or not."""
    with _opened(config, account) as (name, store, _):
        wanted = _wanted(tickets, [hint.ticket for hint in store.parked(name)] if parked else None)
        if not dry_run:
            store.mark(name, wanted)
    _tell("retry", name, wanted, format, dry_run=dry_run, text="due now", would="would become due now")


@app.command("drop")
def drop(
    tickets: TicketsArgument = None,
    parked: Annotated[bool, typer.Option("--parked", help="All that were given up on.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    config: ConfigOption = None,
    account: AccountOption = None,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Forget hints, except those that a worker has in hand. The next change of a ticket brings it back."""
    with _opened(config, account) as (name, store, _):
        known = {hint.ticket for hint in [*store.hints(name, MAX_ID), *store.parked(name)]}
        wanted = _wanted(tickets, [hint.ticket for hint in store.parked(name)] if parked else None)
        wanted = [ticket for ticket in wanted if ticket in known]
        if wanted and not dry_run:
            if not yes and not typer.confirm(f"Forget {_many(len(wanted))} of account {name}?", err=True):
                raise typer.Exit(1)
            held = set(wanted) if store.drop(name, wanted) < len(wanted) else set()
            still = {hint.ticket for hint in [*store.hints(name, MAX_ID), *store.parked(name)]} & held
            wanted = [ticket for ticket in wanted if ticket not in still]
    _tell("drop", name, wanted, format, dry_run=dry_run, text="forgotten", would="would be forgotten")


@dataclass(frozen=True, slots=True)
class _Row:
    """One hint for people: its state, and times in seconds."""

    hint: Hint
    state: str

    @classmethod
    def of(cls, hint: Hint) -> _Row:
        state = "parked" if hint.due_in_s is None else "due" if hint.due_in_s <= 0 else "waiting"
        return cls(hint, state)

    def json(self) -> dict[str, object]:
        hint = self.hint
        return {
            "ticket": hint.ticket,
            "state": self.state,
            "age_s": round(hint.age_s, 1),
            "due_in_s": None if hint.due_in_s is None else round(hint.due_in_s, 1),
            "tries": hint.tries,
            "error": hint.error,
        }


@contextmanager
def _opened(config: Path | None, account: str | None) -> Iterator[tuple[str, Store, bool]]:
    """The account, the store, which another process may be using, and whether the configuration pauses it."""
    chosen = choose(config, account)
    place = chosen.settings.place()
    if isinstance(place, Path) and not place.exists():
        raise InputError(f"{place}: there is no store yet, so nothing waits; `zendesk-sync serve` creates it")
    with Store.open(place, exclusive=False) as store:
        yield chosen.name, store, chosen.account.paused


def _wanted(named: list[int] | None, parked: list[int] | None) -> list[int]:
    """The tickets that a person means, each once.

    Raises:
        InputError: none was named, both ways were used, or a number is no ticket's id.
    """
    if bool(named) == (parked is not None):
        raise InputError("name tickets, such as: inbox retry 481 502; or all that were given up on: --parked")
    wanted = sorted(set(named or parked or []))
    if wanted and not 0 < wanted[0] <= wanted[-1] <= MAX_ID:
        raise InputError(f"ticket ids lie between 1 and {MAX_ID}")
    return wanted


def _tell(
    what: str,
    account: str,
    tickets: list[int],
    format: Format,  # noqa: A002
    *,
    dry_run: bool,
    text: str,
    would: str,
) -> None:
    if format is Format.JSON:
        print_json({"account": account, "action": what, "tickets": tickets, "dry_run": dry_run})
        return
    shown = f": {', '.join(str(ticket) for ticket in tickets)}" if tickets else ""
    out.print(f"{_many(len(tickets))} {would if dry_run else text}{shown}.")


def _table(account: str, counts: Counts, rows: list[_Row], *, hidden: int) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("Ticket", "State", "Age", "Due in", "Tries", "Error"):
        table.add_column(column, justify="left" if column in {"State", "Error"} else "right")
    for row in rows:
        hint = row.hint
        due = "" if hint.due_in_s is None else lasting(hint.due_in_s)
        error = escape(one_line(hint.error or ""))
        table.add_row(str(hint.ticket), row.state, lasting(hint.age_s), due, str(hint.tries), error)
    if rows:
        out.print(table)
    if hidden > 0:
        out.print(f"... and {hidden} more; --limit shows them.")
    oldest = f"; the oldest for {lasting(counts.oldest_age_s)}" if counts.due or counts.waiting else ""
    out.print(f"{account}: {counts.due} due, {counts.waiting} waiting, {counts.parked} parked{oldest}.")


def _counts(counts: Counts) -> dict[str, object]:
    return {
        "due": counts.due,
        "waiting": counts.waiting,
        "parked": counts.parked,
        "oldest_age_s": round(counts.oldest_age_s, 1),
    }


def _many(count: int) -> str:
    return f"{count} ticket" if count == 1 else f"{count} tickets"
