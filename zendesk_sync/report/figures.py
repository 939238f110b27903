"""Stories -> the report: every number of ``docs/report.md``. Pure: the window and the policy are parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median

from zendesk_sync.moments import moment
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import CustomerType, Flag, Priority
from zendesk_sync.report.first_responses import first_responses
from zendesk_sync.report.model import (
    NONE,
    Completed,
    ContextFigures,
    Count,
    Day,
    Directions,
    Funnel,
    Oldest,
    Overrides,
    Raised,
    Received,
    Report,
    Share,
    Stretch,
    SurgeTime,
    Triage,
    hours,
    percent,
)
from zendesk_sync.report.story import EMPTY, URGENT, Override, Story, told
from zendesk_sync.store.chronicles import Happening
from zendesk_sync.store.workloads import Surge

LEVELS = (*(level.value for level in Priority), NONE)
TYPES = tuple(kind.value for kind in CustomerType)
P2, UNDETERMINED, UNKNOWN = Priority.P2.value, Priority.UNDETERMINED.value, CustomerType.UNKNOWN.value


@dataclass(frozen=True, slots=True)
class Window:
    """From ``since`` (included) to ``until`` (not included); Unix seconds."""

    since: int
    until: int

    def holds(self, at: int) -> bool:
        return self.since <= at < self.until


def report(
    account: str,
    chronicle: Iterable[tuple[int, Sequence[Happening]]],
    window: Window,
    handbook: Handbook,
    surges: Sequence[Surge] | None,
) -> Report:
    """Tell the stories and :func:`count`.

    Args:
        account: whose report it is.
        chronicle: tickets with all that happened to them, each from its beginning, in order of time; at least those
            to which something happened in the window, and those open at its end.
        window: what is counted.
        handbook: targets, goal, business hours and budget.
        surges: every stretch of surge; None where nobody knows.
    """
    return count(account, tell(chronicle, window.until), window, handbook, surges)


def tell(chronicle: Iterable[tuple[int, Sequence[Happening]]], until: int) -> list[Story]:
    """The stories up to ``until`` (Unix seconds) of tickets that had been created by then, by number."""
    found = (told(ticket, some, until) for ticket, some in chronicle)
    return sorted((one for one in found if one is not None), key=lambda one: one.ticket)


def count(
    account: str, stories: Sequence[Story], window: Window, handbook: Handbook, surges: Sequence[Surge] | None
) -> Report:
    """Every number, from stories that were told up to the window's end; as :func:`report` otherwise."""
    received = [one for one in stories if window.holds(one.created)]
    is_open = [one for one in stories if not one.is_over]
    stretches = surge_stretches(surges or (), window)
    return Report(
        account=account,
        since=moment(window.since),
        until=moment(window.until),
        received=_received(received),
        share=_share(received, handbook),
        first_response=first_responses(received, window.until, handbook, stretches),
        context=_context(received, is_open, stories, window),
        overrides=_overrides(stories, is_open, window),
        undetermined=_count(received, is_open, lambda one: one.computed == UNDETERMINED),
        unknown_customer=_count(received, is_open, lambda one: one.computed is not None and one.customer == UNKNOWN),
        needs_triage=_triage(is_open, window.until),
        surge=SurgeTime(
            hours(sum(one.ends.timestamp() - one.begins.timestamp() for one in stretches)),
            stretches,
            known=surges is not None,
        ),
        by_day=_by_day(received, window),
    )


def surge_stretches(surges: Iterable[Surge], window: Window) -> tuple[Stretch, ...]:
    """What of each surge lies within the window, the earliest first."""
    found = []
    for one in sorted(surges, key=lambda surge: surge.at):
        ends = one.until if one.ended_at is None else min(one.ended_at, one.until)
        begins, ends = max(one.at, window.since), min(ends, window.until)
        if begins < ends:
            found.append(Stretch(moment(begins), moment(ends), one.by, one.reason))
    return tuple(found)


def _received(received: Sequence[Story]) -> Received:
    counts = Counter((one.level, one.customer) for one in received)
    return Received(
        tickets=len(received),
        customer_tickets=sum(one.is_customers for one in received),
        not_looked_at=sum(one.computed is None for one in received),
        by_level={level: {kind: counts[level, kind] for kind in TYPES} for level in LEVELS},
    )


def _share(received: Sequence[Story], handbook: Handbook) -> Share:
    customers = [one for one in received if one.is_customers]
    urgent = [one for one in customers if one.level in URGENT]
    share, budget = percent(len(urgent), len(customers)), handbook.rarity.budget_percent
    raised = Counter(_raised(one) for one in urgent)
    ranked = sorted(raised.items(), key=lambda item: (-item[1], *(str(part) for part in item[0])))
    return Share(
        urgent=len(urgent),
        customer_tickets=len(customers),
        percent=share,
        budget_percent=budget,
        within=100 * len(urgent) <= budget * len(customers) if customers else None,
        tickets=tuple(one.ticket for one in urgent),
        raised_by=tuple(Raised(how, by, who, tickets) for (how, by, who), tickets in ranked),
    )


def _raised(story: Story) -> tuple[str, str | None, int | None]:
    """(how, by whom, their id)."""
    if story.official_counts:
        how = "official"
    elif story.has(Flag.INFERRED):
        return "text", None, None
    else:
        how = "presales_severity" if story.customer == CustomerType.PRESALES.value else "severity"
        if story.value(how) is None:
            return "unknown", None, None
    made = story.values.get(how, EMPTY)
    return how, made.by, made.who


def _context(
    received: Sequence[Story], is_open: Sequence[Story], stories: Sequence[Story], window: Window
) -> ContextFigures:
    p2 = [one for one in is_open if one.level == P2]
    missing = [one for one in p2 if one.has(Flag.CONTEXT_MISSING)]
    oldest = min(missing, key=lambda one: (one.created, one.ticket), default=None)
    took = sorted(each.took_s for one in stories for each in one.completions if window.holds(each.at))
    funnel = [one for one in received if one.is_customers and one.level == P2]
    return ContextFigures(
        p2_open=len(p2),
        complete=sum(one.has(Flag.CONTEXT_COMPLETE) for one in p2),
        missing=len(missing),
        oldest_missing=None if oldest is None else Oldest(oldest.ticket, hours(window.until - oldest.created)),
        completed=Completed(
            count=len(took),
            median_hours=hours(median(took)) if took else None,
            p90_hours=hours(took[ceil(0.9 * len(took)) - 1]) if took else None,
            longest_hours=hours(took[-1]) if took else None,
        ),
        funnel=Funnel(
            p2=len(funnel),
            asked=sum(one.was_missing for one in funnel),
            missing=sum(one.has(Flag.CONTEXT_MISSING) for one in funnel),
            complete=sum(one.has(Flag.CONTEXT_COMPLETE) for one in funnel),
        ),
    )


def _overrides(stories: Sequence[Story], is_open: Sequence[Story], window: Window) -> Overrides:
    found = [each for one in stories for each in one.overrides if window.holds(each.at)]
    people = [one for one in found if not one.by_rule]
    rules = sorted({one.rule for one in people})
    return Overrides(
        total=_directions(people),
        by_rule={rule.value: _directions([one for one in people if one.rule is rule]) for rule in rules},
        by_account_rules=len(found) - len(people),
        standing=sum(one.has(Flag.OVERRIDE) for one in is_open),
    )


def _directions(overrides: Sequence[Override]) -> Directions:
    counts = Counter(one.direction for one in overrides)
    return Directions(counts["up"], counts["down"], counts["cleared"])


def _count(received: Sequence[Story], is_open: Sequence[Story], test: Callable[[Story], bool]) -> Count:
    return Count(sum(map(test, received)), sum(map(test, is_open)))


def _triage(is_open: Sequence[Story], until: int) -> Triage:
    since = sorted((one.flags[Flag.NEEDS_TRIAGE.value], one.ticket) for one in is_open if one.has(Flag.NEEDS_TRIAGE))
    if not since:
        return Triage(0, None, None)
    at, ticket = since[0]
    return Triage(len(since), Oldest(ticket, hours(until - at)), hours(median(until - at for at, _ in since)))


def _by_day(received: Sequence[Story], window: Window) -> tuple[Day, ...]:
    of: dict[str, list[Story]] = {}
    day = moment(window.since).replace(hour=0, minute=0, second=0)
    while day.timestamp() < window.until:
        of[f"{day:%Y-%m-%d}"] = []
        day += timedelta(days=1)
    for one in received:
        of[f"{moment(one.created):%Y-%m-%d}"].append(one)
    return tuple(_day(name, some) for name, some in of.items())


def _day(name: str, received: Sequence[Story]) -> Day:
    levels = Counter(one.level for one in received if one.is_customers)
    urgent = sum(levels[level] for level in URGENT)
    shown: Mapping[str, int] = {level: levels[level] for level in LEVELS}
    return Day(name, len(received), levels.total(), shown, percent(urgent, levels.total()))
