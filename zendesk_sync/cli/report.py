"""``report``: what happened in a stretch of time, in numbers for the people who decide."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from zendesk_sync.cli.common import (
    AccountOption,
    Chosen,
    ConfigOption,
    Format,
    FormatOption,
    choose,
    connected,
    err,
    out,
    print_json,
    store_beside,
)
from zendesk_sync.cli.report_text import show
from zendesk_sync.cli.times import AGO, DATES, moment
from zendesk_sync.errors import InputError, ZendeskError
from zendesk_sync.report import figures
from zendesk_sync.report.csv_files import COLUMNS, csv_files
from zendesk_sync.report.figures import Window
from zendesk_sync.report.files import check, write
from zendesk_sync.report.model import Report
from zendesk_sync.report.page import page
from zendesk_sync.store.store import Store
from zendesk_sync.store.workloads import Surge
from zendesk_sync.sync.chronicle import read_history
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.patience import Patience
from zendesk_sync.sync.surge import shown

LEASE_S = 3600.0
LATE_S = 3600
"""A history that ends so long before what is asked for is of a service that does not run."""
STAFF = frozenset({"agent", "ce"})

SinceOption = Annotated[str, typer.Option("--since", help=f"From when on: {DATES}, {AGO}.")]
UntilOption = Annotated[str | None, typer.Option("--until", help="Up to when. Default: as far as Zendesk tells.")]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write it into this one file, with plots.")]
CsvOption = Annotated[Path | None, typer.Option("--csv", help="Write it into this folder, one file a table.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")]


def report(
    since: SinceOption,
    until: UntilOption = None,
    html: HtmlOption = None,
    csv: CsvOption = None,
    overwrite: OverwriteOption = False,
    config: ConfigOption = None,
    account: AccountOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Count what happened: levels, first responses, missing context, overrides, surge. Writes nothing to Zendesk.

    From the history that a running service keeps, where it reaches back far enough; otherwise Zendesk's ticket events
    are read, at the pace of its limits: one call for each thousand updates. With --html or --csv it is written there
    instead of on the screen.
    """
    now = time.time()
    begins, ends = moment("--since", since, now=now), None if until is None else moment("--until", until, now=now)
    latest = int(now) if ends is None else min(ends, int(now))
    if begins >= latest:
        raise InputError(f"--since: {shown(begins)} is not before {shown(latest)}; there is nothing to count")
    files = [*([] if html is None else [html]), *([] if csv is None else [csv / name for name in COLUMNS])]
    check(files, overwrite=overwrite)
    chosen = choose(config, account)
    with contextlib.ExitStack() as opened:
        connection = None
        beside = opened.enter_context(store_beside(chosen.settings))
        surges = None if beside is None else beside.surges(chosen.name)
        found = None if beside is None else from_store(chosen, beside, begins, ends, int(now), surges)
        if found is None:
            connection = opened.enter_context(connected(chosen))
            err.print("[dim]No service keeps that much of the history here; Zendesk's ticket events are read.[/]")
            found = from_zendesk(chosen, connection, begins, ends, surges)
        known = {} if format is Format.JSON and not files else names(chosen, found, connection)
    texts = {} if html is None else {html: page(found, known)}
    texts |= {} if csv is None else {csv / name: text for name, text in csv_files(found, known).items()}
    write(texts, overwrite=overwrite)
    if format is Format.JSON:
        print_json(found.as_json())
    elif not files:
        show(found, known, out)
    for target in (html, csv):
        if target is not None:
            err.print(f"Written: {escape(str(target))}")


def from_store(
    chosen: Chosen, store: Store, since: int, until: int | None, now: int, surges: Sequence[Surge] | None
) -> Report | None:
    """Counted from the service's history; None where it begins after ``since`` or ends long before ``until`` or now.

    Without ``until`` as far as it reaches, also where Zendesk's clock is ahead of ours.
    """
    reach, latest = store.chronicle_reach(chosen.name), now if until is None else min(until, now)
    if reach is None or not reach.complete or reach.since > since or reach.until <= max(since, latest - LATE_S):
        return None
    window = Window(since, reach.until if until is None else min(until, reach.until))
    return figures.report(chosen.name, store.stories(chosen.name, since), window, chosen.handbook, surges)


def from_zendesk(
    chosen: Chosen, connection: Connection, since: int, until: int | None, surges: Sequence[Surge] | None
) -> Report:
    """Counted from Zendesk's ticket events."""
    with Store.open(None) as store:
        store.ensure_account(chosen.name)
        lease = store.acquire(chosen.name, "report", LEASE_S)
        assert lease is not None, "nobody else has a store in memory"
        patience = Patience(store, lease, None, time.sleep)
        reach = read_history(connection, store, lease, since, patience.call)
        if reach.until <= since:
            raise InputError(f"--since: Zendesk holds back its last minutes; choose a time before {shown(reach.until)}")
        window = Window(since, reach.until if until is None else min(until, reach.until))
        return figures.report(chosen.name, store.stories(chosen.name, 0), window, chosen.handbook, surges)


def names(chosen: Chosen, report: Report, connection: Connection | None) -> Mapping[int, str]:
    """The names of staff in the report; those whom Zendesk does not tell now are missing, and customers' always.

    By the ``connection`` that there is, else by one of their own.
    """
    ids = sorted({one.who for one in report.share.raised_by if one.who is not None and one.by in STAFF})
    if not ids:
        return {}
    try:
        with connected(chosen) if connection is None else contextlib.nullcontext(connection) as signed_in:
            return {id_: user.name for id_, user in signed_in.tickets.users(ids).items() if user.name}
    except ZendeskError as error:
        err.print(f"[dim]Names are not known now: {escape(str(error))}[/]")
        return {}
