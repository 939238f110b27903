"""The report on a terminal: findings in words first, then small tables. Readable in 80 columns, and piped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from zendesk_sync.cli.render import one_line
from zendesk_sync.report.findings import NOTHING, Finding, findings, percent
from zendesk_sync.report.model import Day, Report
from zendesk_sync.report.tables import KEYS, Section, Table, moment, sections

WIDEST: Final = 100
"""Longer lines are hard to read."""
DAYS: Final = 31
"""More days are left to files."""
TICKETS: Final = 40
BAR: Final = 20
MANY: Final = 7
"""From so many columns on a table is wide."""
QUIET: Final = ("0", NOTHING)


def show(report: Report, names: Mapping[int, str], console: Console) -> None:
    """Print a report for people.

    Args:
        report: what was counted.
        names: of users, by their number; whoever is missing is shown by role and number.
        console: where to; its width and encoding are heeded.
    """
    width = min(console.width, WIDEST)
    console.print(Group(*_all(report, names, width, plain=_is_plain(console))), width=width, soft_wrap=False)


def _all(report: Report, names: Mapping[int, str], width: int, *, plain: bool) -> Iterable[RenderableType]:
    title = f"Report on {one_line(report.account)}, {moment(report.since)} to {moment(report.until)}"
    yield Text(title, style="bold")
    yield ""
    yield _found(findings(report))
    for section in sections(report, names):
        if section.id != "days":
            yield from _section(section)
    yield from _days(report.by_day, width, plain=plain)


def _found(found: Iterable[Finding]) -> Grid:
    grid = Grid.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=1)
    grid.add_column(no_wrap=True)
    grid.add_column()
    for one in found:
        mark = Text("!", style="bold yellow") if one.calls else Text("")
        grid.add_row(mark, Text(one.topic, style="bold" if one.calls else ""), Text(one.says))
    return grid


def _section(section: Section) -> Iterable[RenderableType]:
    yield ""
    yield Text(section.title, style="bold")
    if section.empty:
        yield _indented(Text(section.empty))
    for number, table in enumerate(section.tables):
        if number:
            yield ""
        yield _indented(_grid(_narrowed(table)))
    if section.tickets:
        first = ", ".join(str(ticket) for ticket in section.tickets[:TICKETS])
        more = len(section.tickets) - TICKETS
        yield _indented(Text(f"Tickets: {first}{f' and {more:,} more' if more > 0 else ''}."))


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2), expand=False)


def _narrowed(table: Table) -> Table:
    """Without columns of numbers that are all nothing, where there are many."""
    if len(table.head) < MANY:
        return table
    kept = [
        number
        for number in range(len(table.head))
        if number < table.words or any(row[number] not in QUIET for row in table.rows) or number == len(table.head) - 1
    ]
    rows = tuple(tuple(row[number] for number in kept) for row in table.rows)
    return Table(table.caption, tuple(table.head[number] for number in kept), rows, table.words)


def _grid(table: Table) -> Grid:
    is_wide = len(table.head) >= MANY  # in 80 columns only with short heads, else words are broken
    grid = Grid(
        box=None,
        padding=(0, 1 if is_wide else 2, 0, 0),
        pad_edge=False,
        header_style="dim",
        show_header=table.head != KEYS,
    )
    for number, name in enumerate(table.head):
        is_word = number < table.words
        grid.add_column(
            Text(name.replace(" ", "\n") if is_wide else name),
            justify="left" if is_word else "right",
            no_wrap=not is_word,
            overflow="fold" if is_word else "crop",
        )
    for row in table.rows:
        grid.add_row(*(Text(one_line(cell), style="dim" if cell in QUIET else "") for cell in row))
    return grid


def _days(days: tuple[Day, ...], width: int, *, plain: bool) -> Iterable[RenderableType]:
    """Customer tickets by day as bars: p0 and p1 full, the rest light."""
    full, light = ("#", "-") if plain else ("█", "░")
    yield ""
    yield Text(f"By day: customer tickets, {full} p0 and p1, {light} the others", style="bold")
    shown = days[-DAYS:]
    if len(days) > len(shown):
        yield _indented(Text(f"{len(days) - len(shown)} earlier days: in the files of --csv and --html."))
    most = max((day.customer_tickets for day in shown), default=0)
    room = min(max(BAR, width - 40), most)
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right")
    grid.add_column(justify="right")
    grid.add_column(no_wrap=True)
    for day in shown:
        urgent = sum(day.levels.get(level, 0) for level in ("p0", "p1"))
        long = round(room * day.customer_tickets / most) if most else 0
        strong = min(long, max(1, round(room * urgent / most))) if urgent else 0
        bar = full * strong + light * (long - strong)
        grid.add_row(day.day, f"{day.customer_tickets:,}", percent(day.percent), bar or " ")
    yield _indented(grid)


def _is_plain(console: Console) -> bool:
    return not console.encoding.lower().startswith("utf")
