"""``workload show|surge|normal``: the surge switch, also beside a running service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from zendesk_sync import settings as settings_file
from zendesk_sync.cli.common import (
    ConfigOption,
    DryRunOption,
    Format,
    FormatOption,
    OnlyAccount,
    account_names,
    out,
    print_json,
    who,
)
from zendesk_sync.cli.render import one_line
from zendesk_sync.cli.times import AHEAD, moment_ahead
from zendesk_sync.errors import InputError
from zendesk_sync.settings import Settings
from zendesk_sync.store.store import Store
from zendesk_sync.store.workloads import Surge
from zendesk_sync.sync.surge import Advice, advice, described, moment_of, shown

LONGEST_S = 31 * 86_400
"""A surge is the exception: longer ahead than this is a slip of the keyboard."""

app = typer.Typer(help="Surge: who waits is sorted by customer type, and gets a draft reply.", no_args_is_help=True)


@app.command()
def show(
    config: ConfigOption = None,
    account: OnlyAccount = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Say of each account whether it is surge, by whom, why and until when; and whether surge is suggested."""
    settings = settings_file.load(config)
    told = []
    with _store(settings, create=False) as store:
        for name in account_names(settings, account):
            surge, past = store.surge(name), store.surges(name)
            now = advice(store, name, settings.accounts[name].workload)
            told.append({"account": name, **surge_json(surge), **_advice_json(now)})
            if format is Format.TEXT:
                _show(name, surge, past, now, counted=store.standing_complete(name))
    if format is Format.JSON:
        print_json({"workloads": told})


@app.command()
def surge(
    until: Annotated[str, typer.Option("--until", help=f"When it ends by itself: {AHEAD}.", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", help="Why; shown wherever the surge is.", show_default=False)],
    next_shift: Annotated[
        list[str] | None,
        typer.Option(
            "--next-shift",
            help=f"When more team members start: {AHEAD}. For the drafts; may be given several times. "
            "Default: the policy's shifts.",
        ),
    ] = None,
    config: ConfigOption = None,
    account: OnlyAccount = None,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Switch surge on, from this moment until the time given; one that stands already is replaced.

    Queue bands of open tickets are rewritten, number one follows, and who waits for a first reply gets a draft, once.
    """
    now = time.time()
    ends = _within("--until", moment_ahead("--until", until, now=now), now)
    shifts = sorted(
        _within("--next-shift", moment_ahead("--next-shift", one, now=now), now) for one in next_shift or ()
    )
    if not reason.strip():
        raise InputError("--reason: say why, for everybody who meets the surge")
    settings = settings_file.load(config)
    told = []
    with _store(settings, create=not dry_run) as store:
        for name in account_names(settings, account):
            former = store.surge(name)
            if dry_run:
                began = Surge(who(), now, ends, one_line(reason), tuple(shifts))
            else:
                began = store.begin_surge(name, who(), until=ends, reason=one_line(reason), next_shifts=shifts)
            tickets = store.open_tickets(name)
            told.append({"account": name, **surge_json(began), "open_tickets": tickets})
            if format is Format.TEXT:
                _say_surge(name, began, former, tickets, dry_run=dry_run)
    if format is Format.JSON:
        print_json({"workloads": told, "dry_run": dry_run})


@app.command()
def normal(
    config: ConfigOption = None,
    account: OnlyAccount = None,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """End surge now: queue bands of open tickets are rewritten, number one follows, no more drafts."""
    settings = settings_file.load(config)
    told = []
    with _store(settings, create=False) as store:
        for name in account_names(settings, account):
            ended = store.surge(name) if dry_run else store.end_surge(name, who())
            told.append({"account": name, "ended": None if ended is None else surge_json(ended)})
            if format is Format.TEXT:
                _say_normal(name, ended, dry_run=dry_run)
    if format is Format.JSON:
        print_json({"workloads": told, "dry_run": dry_run})


def surge_json(surge: Surge | None) -> dict[str, Any]:
    """The workload in plain values: who, why, and times in ISO 8601 (UTC); null in normal times."""
    if surge is None:
        return {"workload": "normal", "by": None, "at": None, "until": None, "reason": None, "next_shifts": []}
    return {
        "workload": "surge",
        "by": surge.by,
        "at": moment_of(surge.at),
        "until": moment_of(surge.until),
        "reason": surge.reason,
        "next_shifts": [moment_of(at) for at in surge.next_shifts],
    }


def _advice_json(now: Advice) -> dict[str, Any]:
    return {
        "open_tickets": now.open_tickets,
        "open_tickets_per_engineer": now.per_engineer,
        "suggest_surge_at": now.threshold,
        "surge_suggested": now.is_suggested,
    }


def _show(name: str, surge: Surge | None, past: list[Surge], now: Advice, *, counted: bool) -> None:
    if surge is not None:
        out.print(f"{name}: {escape(one_line(described(surge)))}.")
        if surge.next_shifts:
            out.print(f"  More team members start: {', '.join(shown(at) for at in surge.next_shifts)}.")
    else:
        last = f" The last surge began {shown(past[0].at)}, by {escape(one_line(past[0].by))}." if past else ""
        out.print(f"{name}: normal.{last}")
    each = "" if now.per_engineer is None else f", {now.per_engineer:g} for each engineer on shift"
    if counted or now.open_tickets:
        out.print(f"  Open tickets in the order: {now.open_tickets}{each}.")
    else:
        out.print("  Open tickets in the order: not known yet; a running service counts them.")
    if now.is_suggested:
        out.print(
            f"  Surge is suggested: {now.threshold:g} for each engineer is this account's limit. A person decides: "
            f"zendesk-sync workload surge --account {name} --until WHEN --reason TEXT"
        )


def _say_surge(name: str, began: Surge, former: Surge | None, tickets: int, *, dry_run: bool) -> None:
    if former is not None:
        out.print(f"{name}: was in surge by {escape(one_line(former.by))} until {shown(former.until)}.")
    would = "would be in " if dry_run else ""
    out.print(f"{name}: {would}{escape(one_line(described(began)))}.")
    if dry_run:
        out.print("Nothing was changed (--dry-run).")
    elif former is None:
        out.print(
            f"Open tickets that are looked at again: {tickets}. It ends by itself, or by: zendesk-sync workload normal"
        )


def _say_normal(name: str, ended: Surge | None, *, dry_run: bool) -> None:
    if ended is None:
        out.print(f"{name}: is not in surge.")
    elif dry_run:
        out.print(
            f"{name}: would be normal; it is {escape(one_line(described(ended)))}. Nothing was changed (--dry-run)."
        )
    else:
        out.print(f"{name}: normal; it was {escape(one_line(described(ended)))}.")


@contextmanager
def _store(settings: Settings, *, create: bool) -> Iterator[Store]:
    """The store beside whoever has it; an empty one in memory where there is none yet and none is to be made."""
    place = settings.place()
    absent = isinstance(place, Path) and not place.exists()
    with Store.open(None if absent and not create else place, exclusive=False) as store:
        yield store


def _within(option: str, at: int, now: float) -> float:
    if at - now > LONGEST_S:
        raise InputError(f"{option}: {shown(at)} is more than {LONGEST_S // 86_400} days ahead")
    return float(at)
