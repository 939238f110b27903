"""A report as tables of words, the same for the terminal and the page. Nothing is counted here beyond sums of a row.

Cells hold what people typed (names, reasons) as it is: whoever shows them escapes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from zendesk_sync.report.findings import HOW, NOTHING, hours, percent
from zendesk_sync.report.model import ALL, NONE, Day, Hits, Oldest, Report

KEYS: Final = ("What", "Value")
ROLE: Final = {
    "agent": "agent",
    "ce": "customer engineer",
    "end-user": "end user",
    "rule": "rule of the account",
    "program": "this program",
    "system": "Zendesk",
    "unknown": "unknown user",
}


@dataclass(frozen=True, slots=True)
class Table:
    """Words with a heading.

    Attributes:
        words: so many of the first columns are words, the others numbers.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """What belongs together.

    Attributes:
        note: how to read it; the definitions are in ``docs/report.md``.
        empty: said where there is nothing to show; empty where there is.
        tickets: the ones that it is about, ascending.
    """

    id: str
    title: str
    note: str
    tables: tuple[Table, ...]
    empty: str = ""
    tickets: tuple[int, ...] = ()


def sections(report: Report, names: Mapping[int, str]) -> tuple[Section, ...]:
    """Everything of a report, in the order in which it is shown.

    Args:
        report: what was counted.
        names: of users, by their number; whoever is missing is shown by role and number.
    """
    return (
        _received(report),
        _share(report, names),
        _first_response(report),
        _context(report),
        _overrides(report),
        _unsettled(report),
        _surge(report),
        _days(report),
    )


def person(by: str | None, who: int | None, names: Mapping[int, str]) -> str:
    """``Ada Agent (agent)``, or ``agent 123`` where no name is known."""
    if by is None:
        return "nobody"
    role = ROLE[by]
    if who is None:
        return role
    name = names.get(who, "").strip()
    return f"{name} ({role})" if name else f"{role} {who}"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def level_words(level: str) -> str:
    return "no level" if level == NONE else level


def _days(report: Report) -> Section:
    levels = _levels(report.by_day)
    head = ("Day", "All tickets", "Customer tickets", *(level_words(level) for level in levels), "p0 and p1")
    rows = tuple(
        (
            day.day,
            f"{day.tickets:,}",
            f"{day.customer_tickets:,}",
            *(f"{day.levels.get(level, 0):,}" for level in levels),
            percent(day.percent),
        )
        for day in report.by_day
    )
    note = "Levels and share are those of the customer tickets received on the day, as they stood at the end."
    return Section("days", "By day", note, (Table("Tickets received by day (UTC)", head, rows),))


def _levels(days: Iterable[Day]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(level for day in days for level in day.levels))


def _received(report: Report) -> Section:
    by_level = report.received.by_level
    types = tuple(dict.fromkeys(kind for row in by_level.values() for kind in row))
    rows = [
        (level_words(level), *(f"{row.get(kind, 0):,}" for kind in types), f"{sum(row.values()):,}")
        for level, row in by_level.items()
    ]
    sums = (f"{sum(row.get(kind, 0) for row in by_level.values()):,}" for kind in types)
    rows.append(("all", *sums, f"{report.received.tickets:,}"))
    head = ("Level", *(kind.replace("_", " ") for kind in types), "all")
    note = "The level is the official priority where it counts, else the computed one."
    return Section(
        "received", "Received, by level and customer type", note, (Table("Tickets received", head, tuple(rows)),)
    )


def _share(report: Report, names: Mapping[int, str]) -> Section:
    share = report.share
    rows = tuple((HOW[one.how], person(one.by, one.who, names), f"{one.tickets:,}") for one in share.raised_by)
    tables = (Table("Who made them urgent, and how", ("By", "Who", "Tickets"), rows, words=2),) if rows else ()
    empty = "" if rows else "No customer ticket is p0 or p1."
    return Section("share", "p0 and p1: who raised them", "", tables, empty, share.tickets)


def _first_response(report: Report) -> Section:
    first = report.first_response
    goal = tuple((name.replace("_", " "), *_hits(hits, suspends=True)) for name, hits in first.goal.items())
    contract = tuple(
        (name if name == ALL else f"Severity {name}", *_hits(hits, suspends=False))
        for name, hits in first.contract.items()
    )
    apart = first.no_contract
    rest = (
        ("No contract: tickets", f"{apart.tickets:,}"),
        ("No contract: answered", f"{apart.answered:,}"),
        ("No contract: waiting", f"{apart.waiting:,}"),
        ("No contract: median to the first reply", hours(apart.median_hours)),
        ("Contract, but no Severity", f"{first.contract_without_severity:,}"),
        ("Over without a first reply", f"{first.over_without_reply:,}"),
        ("Median to the first reply, all", hours(first.median_hours)),
    )
    note = "The two clocks are never added up. The goal counts elapsed time, the contract business time."
    tables = (
        Table("Goal, by customer type", ("Goal for", "met", "missed", "running", "suspended", "rate"), goal),
        Table("Contract, by Severity", ("Contract for", "met", "missed", "running", "rate"), contract),
        Table("Apart from both", KEYS, rest, words=2),
    )
    return Section("first-response", "First response", note, tables)


def _hits(hits: Hits, *, suspends: bool) -> tuple[str, ...]:
    counts = (hits.met, hits.missed, hits.running, *((hits.suspended,) if suspends else ()))
    return (*(f"{count:,}" for count in counts), percent(hits.rate_percent))


def _context(report: Report) -> Section:
    context = report.context
    done, funnel = context.completed, context.funnel
    rows = (
        ("Open p2", f"{context.p2_open:,}"),
        ("of them complete", f"{context.complete:,}"),
        ("of them missing something", f"{context.missing:,}"),
        ("Oldest that misses something", oldest(context.oldest_missing)),
        ("Completed in the window", f"{done.count:,}"),
        ("From missing to complete: median", hours(done.median_hours)),
        ("From missing to complete: 90 %", hours(done.p90_hours)),
        ("From missing to complete: longest", hours(done.longest_hours)),
    )
    way = (
        ("p2 received", f"{funnel.p2:,}"),
        ("asked for context", f"{funnel.asked:,}"),
        ("still missing", f"{funnel.missing:,}"),
        ("complete", f"{funnel.complete:,}"),
    )
    tables = (
        Table("Open p2, and context that came in", KEYS, rows, words=2),
        Table("p2 received in the window, on their way to engineering", ("Step", "Tickets"), way),
    )
    return Section("context", "Context of p2", "", tables)


def oldest(one: Oldest | None) -> str:
    return NOTHING if one is None else f"ticket {one.ticket}, {hours(one.hours)}"


def _overrides(report: Report) -> Section:
    over = report.overrides
    changes = (*over.by_rule.items(), (ALL, over.total)) if over.total.changes else ()
    rows = tuple(
        (rule, f"{one.up:,}", f"{one.down:,}", f"{one.cleared:,}", f"{one.changes:,}") for rule, one in changes
    )
    rest = (
        ("Changes by the account's own rules", f"{over.by_account_rules:,}"),
        ("Open tickets that differ now", f"{over.standing:,}"),
    )
    head = ("Rule", "up", "down", "cleared", "changes")
    tables = (
        *((Table("Changes by people, by the rule that they disagreed with", head, rows),) if rows else ()),
        Table("Beside them", KEYS, rest, words=2),
    )
    note = "Up is more urgent than computed. Many changes of one kind say that the policy should change."
    empty = "" if rows else "Nobody changed a computed level in this window."
    return Section("overrides", "Overrides", note, tables, empty)


def _unsettled(report: Report) -> Section:
    triage = report.needs_triage
    rows = (
        ("Undetermined: received", f"{report.undetermined.received:,}"),
        ("Undetermined: open", f"{report.undetermined.open:,}"),
        ("Unknown customer: received", f"{report.unknown_customer.received:,}"),
        ("Unknown customer: open", f"{report.unknown_customer.open:,}"),
        ("Needs triage: open", f"{triage.open:,}"),
        ("Needs triage: waits longest", oldest(triage.oldest)),
        ("Needs triage: median", hours(triage.median_hours)),
    )
    note = "Open counts every open ticket, whenever it was received."
    return Section("unsettled", "Not settled", note, (Table("Not settled", KEYS, rows, words=2),))


def _surge(report: Report) -> Section:
    surge = report.surge
    if not surge.known:
        return Section("surge", "Surge", "", (), "Not known here: only the service's store tells.")
    rows = tuple((moment(one.begins), moment(one.ends), one.by, one.reason) for one in surge.stretches)
    tables = (Table("Surge within the window", ("From", "Until", "Who", "Why"), rows, words=4),) if rows else ()
    note = f"{hours(surge.hours)} of the window." if rows else ""
    return Section("surge", "Surge", note, tables, "" if rows else "No surge in this window.")
