"""Reports made by hand and by hypothesis: no account, no counting, only what a report may hold."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from zendesk_sync.policy.terms import CustomerType, Priority, RuleId
from zendesk_sync.report.model import (
    ALL,
    NONE,
    Completed,
    ContextFigures,
    Count,
    Day,
    Directions,
    FirstResponses,
    Funnel,
    Hits,
    NoContract,
    Oldest,
    Overrides,
    Raised,
    Received,
    Report,
    Share,
    Stretch,
    SurgeTime,
    Triage,
    percent,
)

LEVELS: Final = (*(level.value for level in Priority), NONE)
TYPES: Final = tuple(kind.value for kind in CustomerType)
SEVERITIES: Final = ("0", "1", "2", "3")
SINCE: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NAMES: Final = {7: "Ada Agent", 8: "Jörg Müller"}
BUDGET: Final = 10.0


def day(at: datetime, internal: int, levels: dict[str, int]) -> Day:
    own = sum(levels.values())
    urgent = levels.get("p0", 0) + levels.get("p1", 0)
    counts = {level: levels.get(level, 0) for level in LEVELS}
    return Day(at.date().isoformat(), own + internal, own, counts, percent(urgent, own))


def full(
    days: int = 14, *, account: str = "acme", reason: str = "Outage of the region", by: str = "ada@desk"
) -> Report:
    """Plenty of everything; the same numbers each time."""
    until = SINCE + timedelta(days=days)
    touched = days + 1
    each = tuple(
        day(
            SINCE + timedelta(days=number),
            number % 3,
            {}
            if number % 7 in {5, 6} and number % 2
            else {
                "p0": int(number % 9 == 4),
                "p1": max(0, round(1.2 + 1.4 * math.sin(number * 1.3))),
                "p2": 3 + number * 5 % 4,
                "undetermined": 1 + number * 3 % 3,
                "p3": number % 2,
                NONE: int(number % 5 == 0),
            },
        )
        for number in range(touched)
    )
    by_level = {level: dict.fromkeys(TYPES, 0) for level in LEVELS}
    for number, one in enumerate(each):
        for level, count in one.levels.items():
            for ticket in range(count):
                by_level[level][("enterprise", "team", "free", "presales", "unknown")[(number + ticket) % 5]] += 1
        by_level["p3"]["internal"] += one.tickets - one.customer_tickets
    own, everything = sum(one.customer_tickets for one in each), sum(one.tickets for one in each)
    urgent = sum(one.levels["p0"] + one.levels["p1"] for one in each)
    raised = (
        Raised("severity", "end-user", 41, urgent - 7),
        Raised("official", "agent", 7, 3),
        Raised("official", "agent", 8, 1),
        Raised("official", "ce", 9, 1),
        Raised("text", None, None, 2),
    )
    return Report(
        account=account,
        since=SINCE,
        until=until,
        received=Received(everything, own, sum(one.levels[NONE] for one in each), by_level),
        share=Share(
            urgent,
            own,
            percent(urgent, own),
            BUDGET,
            None if not own else 100 * urgent / own <= BUDGET,
            tuple(range(801, 801 + 7 * urgent, 7)),
            raised,
        ),
        first_response=FirstResponses(
            goal={
                ALL: Hits(61, 14, 3, 5),
                "presales": Hits(9, 4, 0, 2),
                "enterprise": Hits(30, 3, 1, 1),
                "team": Hits(17, 5, 2, 2),
                "free": Hits(5, 2, 0, 0),
                "open_source": Hits(),
                "unknown": Hits(0, 0, 0, 0),
            },
            contract={
                ALL: Hits(37, 3, 2),
                "0": Hits(2, 0),
                "1": Hits(9, 2, 1),
                "2": Hits(20, 1, 1),
                "3": Hits(6, 0),
            },
            contract_without_severity=4,
            no_contract=NoContract(31, 22, 9, 3.41),
            over_without_reply=2,
            median_hours=1.37,
        ),
        context=ContextFigures(12, 5, 6, Oldest(812, 148.27), Completed(9, 5.25, 30.5, 71.02), Funnel(44, 30, 11, 19)),
        overrides=Overrides(
            Directions(9, 4, 1),
            {
                RuleId.SLA_SEVERITY_2_UNPAID.value: Directions(5, 0, 0),
                RuleId.QUESTION.value: Directions(3, 1, 1),
                RuleId.SLA_SEVERITY_1.value: Directions(0, 3, 0),
                RuleId.SEVERITY_UNKNOWN.value: Directions(1, 0, 0),
            },
            2,
            5,
        ),
        undetermined=Count(17, 6),
        unknown_customer=Count(9, 4),
        needs_triage=Triage(5, Oldest(777, 50.0), 3.75),
        surge=SurgeTime(
            20.5,
            (
                Stretch(SINCE + timedelta(days=2), SINCE + timedelta(days=2, hours=16), by, reason),
                Stretch(SINCE + timedelta(days=8), SINCE + timedelta(days=8, hours=4.5), "raj@desk", "Two people ill"),
            ),
            known=True,
        ),
        by_day=each,
    )


def empty() -> Report:
    """Two days on which nothing came and nothing was open; no store to ask about surge."""
    until = SINCE + timedelta(days=1)
    nothing = {level: dict.fromkeys(TYPES, 0) for level in LEVELS}
    return Report(
        account="acme",
        since=SINCE,
        until=until,
        received=Received(0, 0, 0, nothing),
        share=Share(0, 0, None, BUDGET, None, (), ()),
        first_response=FirstResponses({ALL: Hits()}, {ALL: Hits()}, 0, NoContract(0, 0, 0, None), 0, None),
        context=ContextFigures(0, 0, 0, None, Completed(0, None, None, None), Funnel(0, 0, 0, 0)),
        overrides=Overrides(Directions(), {}, 0, 0),
        undetermined=Count(0, 0),
        unknown_customer=Count(0, 0),
        needs_triage=Triage(0, None, None),
        surge=SurgeTime(0.0, (), known=False),
        by_day=tuple(day(SINCE + timedelta(days=number), 0, {}) for number in range(2)),
    )


def little() -> Report:
    """Three tickets on two days, one of them urgent."""
    base = empty()
    days = (day(SINCE, 0, {"p1": 1}), day(SINCE + timedelta(days=1), 1, {"p2": 1}))
    by_level = {level: dict.fromkeys(TYPES, 0) for level in LEVELS}
    by_level["p1"]["team"] = by_level["p2"]["enterprise"] = by_level["p3"]["internal"] = 1
    return Report(
        account="acme",
        since=base.since,
        until=base.until,
        received=Received(3, 2, 0, by_level),
        share=Share(1, 2, 50.0, BUDGET, False, (4,), (Raised("severity", "agent", 7, 1),)),
        first_response=FirstResponses(
            {ALL: Hits(1, 0, 1), "enterprise": Hits(0, 0, 1), "team": Hits(1)},
            {ALL: Hits(1), "1": Hits(1)},
            0,
            NoContract(0, 0, 0, None),
            0,
            0.4,
        ),
        context=ContextFigures(1, 0, 1, Oldest(5, 20.11), Completed(0, None, None, None), Funnel(1, 1, 1, 0)),
        overrides=base.overrides,
        undetermined=base.undetermined,
        unknown_customer=base.unknown_customer,
        needs_triage=base.needs_triage,
        surge=SurgeTime(0.0, (), known=True),
        by_day=days,
    )


_COUNTS = st.integers(0, 99_999)
_TEXT = st.text(st.characters(codec=None), max_size=40)
_HOURS = st.none() | st.floats(0, 1e5).map(lambda value: round(value, 2))
_HITS = st.builds(Hits, *[_COUNTS] * 4)
_OLDEST = st.none() | st.builds(Oldest, st.integers(1, 2**53), st.floats(0, 1e5).map(lambda value: round(value, 2)))
_MOVED = st.builds(Directions, *[_COUNTS] * 3)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any report that could be: numbers of any size, texts of any kind, windows of up to ten days."""
    length = draw(st.integers(1, 10))
    until = SINCE + timedelta(days=length)
    spare = st.dictionaries(st.sampled_from(LEVELS), st.integers(0, 300))
    days = tuple(day(SINCE + timedelta(days=number), draw(st.integers(0, 9)), draw(spare)) for number in range(length))
    own = sum(one.customer_tickets for one in days)
    urgent = sum(one.levels["p0"] + one.levels["p1"] for one in days)
    budget = draw(st.sampled_from([0.5, 7.25, 10.0, 100.0]))
    roles = st.sampled_from([None, "agent", "ce", "end-user", "rule", "program", "system", "unknown"])
    hows = st.sampled_from(["official", "text", "presales_severity", "severity", "unknown"])
    raised = st.builds(Raised, hows, roles, st.none() | st.integers(1, 2**53), _COUNTS)
    moments = st.floats(-5, 15).map(lambda days: SINCE + timedelta(days=days))
    stretch = st.builds(Stretch, moments, moments, _TEXT, _TEXT)
    by_level = {level: {kind: draw(st.integers(0, 99)) for kind in TYPES} for level in LEVELS}
    return Report(
        account=draw(_TEXT),
        since=SINCE,
        until=until,
        received=Received(draw(_COUNTS), draw(_COUNTS), draw(_COUNTS), by_level),
        share=Share(
            urgent,
            own,
            percent(urgent, own),
            budget,
            None if not own else 100 * urgent / own <= budget,
            tuple(draw(st.lists(st.integers(1, 2**53), max_size=30, unique=True).map(sorted))),
            tuple(draw(st.lists(raised, max_size=5))),
        ),
        first_response=FirstResponses(
            {ALL: draw(_HITS), **draw(st.dictionaries(st.sampled_from(TYPES), _HITS))},
            {ALL: draw(_HITS), **draw(st.dictionaries(st.sampled_from(SEVERITIES), _HITS))},
            draw(_COUNTS),
            draw(st.builds(NoContract, _COUNTS, _COUNTS, _COUNTS, _HOURS)),
            draw(_COUNTS),
            draw(_HOURS),
        ),
        context=draw(
            st.builds(
                ContextFigures,
                _COUNTS,
                _COUNTS,
                _COUNTS,
                _OLDEST,
                st.builds(Completed, _COUNTS, _HOURS, _HOURS, _HOURS),
                st.builds(Funnel, *[_COUNTS] * 4),
            )
        ),
        overrides=draw(
            st.builds(
                Overrides,
                _MOVED,
                st.dictionaries(st.sampled_from([rule.value for rule in RuleId]), _MOVED, max_size=4),
                _COUNTS,
                _COUNTS,
            )
        ),
        undetermined=draw(st.builds(Count, _COUNTS, _COUNTS)),
        unknown_customer=draw(st.builds(Count, _COUNTS, _COUNTS)),
        needs_triage=draw(st.builds(Triage, _COUNTS, _OLDEST, _HOURS)),
        surge=draw(
            st.builds(
                SurgeTime,
                st.floats(0, 1e4).map(lambda value: round(value, 2)),
                st.lists(stretch, max_size=3).map(tuple),
                st.booleans(),
            )
        ),
        by_day=days,
    )
