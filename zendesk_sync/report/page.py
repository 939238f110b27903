"""The report as one HTML file: no script, nothing fetched, plots drawn in it. For browsers, paper, screen readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from zendesk_sync.counted import many
from zendesk_sync.report import plots
from zendesk_sync.report.findings import findings, percent
from zendesk_sync.report.model import ALL, Hits, Report
from zendesk_sync.report.plots import Bar, Moves
from zendesk_sync.report.tables import Section, Table, moment, sections

FEW: Final = 40
"""More days or tickets than that are folded away at first."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One number at the top. ``calls``: somebody should look at it."""

    title: str
    number: str
    says: str
    calls: bool


def page(report: Report, names: Mapping[int, str]) -> str:
    """The whole file.

    Args:
        report: what was counted.
        names: of users, by their number; whoever is missing is shown by role and number.
    """
    drawn = _plots(report)
    return _template().render(
        account=report.account,
        since=moment(report.since),
        until=moment(report.until),
        tiles=tiles(report),
        findings=findings(report),
        days=drawn.pop(("days", 0), None),
        sections=[_with_plots(section, drawn) for section in sections(report, names)],
        few=FEW,
        style=Markup(plots.STYLE),  # noqa: S704  a constant
    )


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        loader=PackageLoader("zendesk_sync.report", "."),
    )
    environment.filters["kept"] = lambda words: words.replace(" %", "\N{NO-BREAK SPACE}%")
    return environment.get_template("page.html.j2")


def tiles(report: Report) -> tuple[Tile, ...]:
    """The five numbers that a manager asks for; the findings say the rest."""
    share, context, triage = report.share, report.context, report.needs_triage
    budget = "within" if share.within else "over"
    goal, contract = (one.get(ALL, Hits()) for one in (report.first_response.goal, report.first_response.contract))
    return (
        Tile(
            "p0 and p1",
            percent(share.percent),
            f"{budget} the budget of {share.budget_percent:g} %" if share.within is not None else "no customer ticket",
            share.within is False,
        ),
        Tile("Goal met", percent(goal.rate_percent), _hits(goal), calls=False),
        Tile("Contract met", percent(contract.rate_percent), _hits(contract), contract.missed > 0),
        Tile("Context", f"{context.missing:,}", "open p2 without complete context", context.missing > 0),
        Tile("Needs triage", f"{triage.open:,}", "open tickets wait for a level", triage.open > 0),
    )


def _hits(hits: Hits) -> str:
    if not hits.met + hits.missed:
        return "none met or missed"
    return f"{hits.missed:,} of {many(hits.met + hits.missed, 'first response')} missed"


@dataclass(frozen=True, slots=True)
class _Plot:
    title: str
    drawing: Markup


@dataclass(frozen=True, slots=True)
class _Shown:
    section: Section
    blocks: tuple[tuple[Table, _Plot | None], ...]


def _with_plots(section: Section, drawn: Mapping[tuple[str, int], _Plot]) -> _Shown:
    blocks = ((table, drawn.get((section.id, number))) for number, table in enumerate(section.tables))
    return _Shown(section, tuple(blocks))


def _plots(report: Report) -> dict[tuple[str, int], _Plot]:
    """Section and number of the table -> the plot of its numbers; none where there is nothing to draw."""
    drawn = {}
    if any(day.customer_tickets for day in report.by_day) or report.surge.stretches:
        drawing = plots.by_day("plot-days", report.by_day, report.share.budget_percent, report.surge.stretches)
        drawn["days", 0] = _Plot("Customer tickets received by day, by level", drawing)
    first, funnel = report.first_response, report.context.funnel
    for number, (name, clock, before) in enumerate(
        (("goal", first.goal, ""), ("contract", first.contract, "Severity "))
    ):
        rows = [
            Bar(
                of if of == ALL else f"{before}{of.replace('_', ' ')}",
                hits.rate_percent,
                f"{percent(hits.rate_percent)} ({hits.met:,} of {hits.met + hits.missed:,})",
            )
            for of, hits in clock.items()
            if hits.met + hits.missed
        ]
        if rows:
            title = f"First responses within the {name}, in percent"
            drawn["first-response", number] = _Plot(title, plots.bars(f"plot-{name}", title, rows, 100))
    if funnel.p2:
        steps = (
            ("p2 received", funnel.p2),
            ("asked for context", funnel.asked),
            ("still missing", funnel.missing),
            ("complete", funnel.complete),
        )
        rows = [Bar(label, count, f"{count:,}") for label, count in steps]
        title = "p2 on their way to engineering"
        drawn["context", 1] = _Plot(title, plots.bars("plot-funnel", title, rows, funnel.p2))
    if report.overrides.by_rule:
        title = "Changes of the computed level, by rule"
        moves = [Moves(rule, one.down, one.up, one.cleared) for rule, one in report.overrides.by_rule.items()]
        words = {"down": "less urgent", "up": "more urgent", "away": "cleared"}
        drawn["overrides", 0] = _Plot(title, plots.both_ways("plot-overrides", title, moves, **words))
    return drawn
