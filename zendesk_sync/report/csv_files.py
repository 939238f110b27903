"""A report as tidy tables for spreadsheets and programs: CSV by RFC 4180, each row complete with account and window.

A cell that somebody typed and that a spreadsheet would take for a formula (``=``, ``+``, ``-``, ``@`` in front) gets an
apostrophe before it, as https://owasp.org/www-community/attacks/CSV_Injection advises.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from zendesk_sync.moments import iso
from zendesk_sync.policy.terms import Priority
from zendesk_sync.report.model import NONE, Report

Cell = str | int | float | bool | None
Row = Sequence[Cell]

WINDOW: Final = ("account", "since", "until")
LEVELS: Final = (*(level.value for level in Priority), NONE)
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "received.csv": ("level", "customer_type", "tickets"),
    "share.csv": ("urgent", "customer_tickets", "percent", "budget_percent", "within"),
    "urgent.csv": ("ticket",),
    "raised_by.csv": ("how", "by", "who", "name", "tickets"),
    "first_response.csv": ("clock", "of", "met", "missed", "running", "suspended", "rate_percent"),
    "context.csv": ("figure", "value"),
    "overrides.csv": ("rule", "up", "down", "cleared", "changes"),
    "counts.csv": ("figure", "value"),
    "surge.csv": ("begins", "ends", "by", "reason"),
    "by_day.csv": ("day", "tickets", "customer_tickets", *LEVELS, "percent"),
}
"""File -> its columns after those of the window."""

CONTEXT: Final = (
    "p2_open",
    "complete",
    "missing",
    "oldest_missing.ticket",
    "oldest_missing.hours",
    "completed.count",
    "completed.median_hours",
    "completed.p90_hours",
    "completed.longest_hours",
    "funnel.p2",
    "funnel.asked",
    "funnel.missing",
    "funnel.complete",
)
COUNTS: Final = (
    "received.tickets",
    "received.customer_tickets",
    "received.not_looked_at",
    "first_response.contract_without_severity",
    "first_response.no_contract.tickets",
    "first_response.no_contract.answered",
    "first_response.no_contract.waiting",
    "first_response.no_contract.median_hours",
    "first_response.over_without_reply",
    "first_response.median_hours",
    "overrides.by_account_rules",
    "overrides.standing",
    "undetermined.received",
    "undetermined.open",
    "unknown_customer.received",
    "unknown_customer.open",
    "needs_triage.open",
    "needs_triage.oldest.ticket",
    "needs_triage.oldest.hours",
    "needs_triage.median_hours",
    "surge.hours",
    "surge.known",
)
"""Figures by their place in the report's JSON."""
FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001  wide signs begin a formula too in some languages' spreadsheets


def csv_files(report: Report, names: Mapping[int, str]) -> dict[str, str]:
    """File name -> text; each of ``COLUMNS``, also where there is no row.

    Args:
        report: what was counted.
        names: of users, by their number.
    """
    told = report.as_json()
    window = (report.account, told["since"], told["until"])
    return {name: _text(name, window, rows) for name, rows in _rows(report, told, names).items()}


def _rows(report: Report, told: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Iterable[Row]]:
    share, first, over = report.share, report.first_response, report.overrides
    return {
        "received.csv": [
            (level, kind, count) for level, row in report.received.by_level.items() for kind, count in row.items()
        ],
        "share.csv": [(share.urgent, share.customer_tickets, share.percent, share.budget_percent, share.within)],
        "urgent.csv": [(ticket,) for ticket in share.tickets],
        "raised_by.csv": [
            (one.how, one.by, one.who, None if one.who is None else names.get(one.who), one.tickets)
            for one in share.raised_by
        ],
        "first_response.csv": [
            *(
                ("goal", of, one.met, one.missed, one.running, one.suspended, one.rate_percent)
                for of, one in first.goal.items()
            ),
            *(
                ("contract", of, one.met, one.missed, one.running, None, one.rate_percent)
                for of, one in first.contract.items()
            ),
        ],
        "context.csv": [(figure, _at(told["context"], figure)) for figure in CONTEXT],
        "overrides.csv": [
            (rule, one.up, one.down, one.cleared, one.changes)
            for rule, one in (("all", over.total), *over.by_rule.items())
        ],
        "counts.csv": [(figure, _at(told, figure)) for figure in COUNTS],
        "surge.csv": [(iso(one.begins), iso(one.ends), one.by, one.reason) for one in report.surge.stretches],
        "by_day.csv": [
            (
                one.day,
                one.tickets,
                one.customer_tickets,
                *(one.levels.get(level, 0) for level in LEVELS),
                one.percent,
            )
            for one in report.by_day
        ],
    }


def _at(told: Any, figure: str) -> Cell:
    """The value at a place such as ``needs_triage.oldest.hours``; None where something on the way is."""
    for key in figure.split("."):
        told = None if told is None else told[key]
    value: Cell = told
    return value


def _text(name: str, window: Row, rows: Iterable[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow((*WINDOW, *COLUMNS[name]))
    writer.writerows([_shown(cell) for cell in (*window, *row)] for row in rows)
    return out.getvalue()


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        text = "".join(sign if sign.isprintable() else " " for sign in cell)
        return f"'{text}" if text.lstrip().startswith(FORMULA) else text
    return str(cell)
