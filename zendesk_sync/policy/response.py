"""First-response clocks (policy §5): the contractual target in business hours, and apart from it the internal goal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.handbook import BusinessHours, Handbook, Shifts, week_minute
from zendesk_sync.policy.rules import has_contract, is_internal
from zendesk_sync.policy.terms import Workload

WEEK = timedelta(days=7)


class Clock(StrEnum):
    """Where a first-response clock stands."""

    NONE = "none"
    RUNNING = "running"
    MET = "met"
    MISSED = "missed"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class FirstResponse:
    """Both clocks, never added up, and whether a surge draft is due."""

    goal: Clock
    sla: Clock
    draft: bool


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Until when a first response counts as met; None where that clock does not run."""

    goal: datetime | None
    sla: datetime | None


def first_response(
    facts: TicketFacts, replied: datetime | None, at: datetime, handbook: Handbook, workload: Workload
) -> FirstResponse:
    """The clocks at the moment ``at``; ``replied`` is the first public reply, None for not yet."""
    until = replied if replied is not None and replied <= at else None
    targets = handbook.first_response
    goal = clock(until is not None, (until or at) - facts.received, timedelta(hours=targets.goal_hours))
    if workload is Workload.SURGE:
        goal = Clock.SUSPENDED
    sla = Clock.NONE
    if (target := _contractual(facts, handbook)) is not None:
        spent = business_time(facts.received, until or at, targets.business_hours)
        sla = clock(until is not None, spent, target)
    draft = workload is Workload.SURGE and until is None and not is_internal(facts)
    return FirstResponse(goal, sla, draft)


def deadlines(facts: TicketFacts, handbook: Handbook, workload: Workload) -> Deadlines:
    """The last moments at which a first response meets the goal, and the contract."""
    targets = handbook.first_response
    goal = None if workload is Workload.SURGE else facts.received + timedelta(hours=targets.goal_hours)
    target = _contractual(facts, handbook)
    sla = None if target is None else business_end(facts.received, target, targets.business_hours)
    return Deadlines(goal, sla)


def without_target(facts: TicketFacts, handbook: Handbook) -> str | None:
    """Why no contractual clock runs; None where one does."""
    if not has_contract(facts, handbook):
        return "no contract"
    return "contract without a severity yet" if facts.severity is None else None


def business_time(start: datetime, end: datetime, hours: BusinessHours) -> timedelta:
    """Time between two moments that lies within the weekly window; wall-clock edges, so DST is right."""
    spent = timedelta()
    for begins, ends in _windows(start, hours):
        if begins >= end:
            break
        spent += max(timedelta(), min(end, ends) - max(start, begins))
    return spent


def business_end(start: datetime, length: timedelta, hours: BusinessHours) -> datetime:
    """The first moment by which ``length``, more than nothing, of :func:`business_time` has passed since ``start``."""
    left = length
    for begins, ends in _windows(start, hours):
        begins = max(start, begins)  # noqa: PLW2901  what lies before the start does not count
        if ends - begins >= left:
            return begins + left
        left -= max(timedelta(), ends - begins)
    raise AssertionError("weeks do not end")


def next_shift(at: datetime, shifts: Shifts) -> datetime:
    """When the next shift starts, strictly after ``at``."""
    zone = ZoneInfo(shifts.zone)
    today = at.astimezone(zone).date()
    starts = [
        datetime.combine(today + timedelta(days=day), datetime.strptime(start, "%H:%M").time(), zone)  # noqa: DTZ007
        for day in (0, 1)
        for start in shifts.starts
    ]
    return min(start for start in (_utc(s.replace(tzinfo=None), zone) for s in starts) if start > at)


def _contractual(facts: TicketFacts, handbook: Handbook) -> timedelta | None:
    """The contractual target in business time; None without a contract or a severity."""
    if facts.severity is None or not has_contract(facts, handbook):
        return None
    return timedelta(hours=handbook.first_response.target_hours[str(int(facts.severity))])


def _windows(start: datetime, hours: BusinessHours) -> Iterator[tuple[datetime, datetime]]:
    """The weekly windows as (opens, closes) in UTC, without end; the first one lies before ``start``."""
    zone = ZoneInfo(hours.zone)
    opens, closes = (timedelta(minutes=week_minute(moment)) for moment in (hours.opens, hours.closes))
    if closes <= opens:
        closes += WEEK
    local = start.astimezone(zone).replace(tzinfo=None)
    monday = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=local.weekday()) - WEEK
    while True:
        yield _utc(monday + opens, zone), _utc(monday + closes, zone)
        monday += WEEK


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def clock(is_replied: bool, spent: timedelta, target: timedelta) -> Clock:
    """Where a clock stands after ``spent``; exactly at the target is in time."""
    if spent > target:
        return Clock.MISSED
    return Clock.MET if is_replied else Clock.RUNNING
