"""First-response clocks (policy §5): the contractual target in business hours, and apart from it the internal goal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from zendesk_sync.policy.decide import has_contract
from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.handbook import BusinessHours, Handbook, Shifts, week_minute
from zendesk_sync.policy.rules import is_internal
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


def first_response(
    facts: TicketFacts, replied: datetime | None, at: datetime, handbook: Handbook, workload: Workload
) -> FirstResponse:
    """The clocks at the moment ``at``; ``replied`` is the first public reply, None for not yet."""
    until = replied if replied is not None and replied <= at else None
    targets = handbook.first_response
    goal = _clock(until is not None, (until or at) - facts.received, timedelta(hours=targets.goal_hours))
    if workload is Workload.SURGE:
        goal = Clock.SUSPENDED
    sla = Clock.NONE
    if facts.severity is not None and has_contract(facts, handbook):
        spent = business_time(facts.received, until or at, targets.business_hours)
        sla = _clock(until is not None, spent, timedelta(hours=targets.target_hours[str(int(facts.severity))]))
    draft = workload is Workload.SURGE and until is None and not is_internal(facts)
    return FirstResponse(goal, sla, draft)


def business_time(start: datetime, end: datetime, hours: BusinessHours) -> timedelta:
    """Time between two moments that lies within the weekly window; wall-clock edges, so DST is right."""
    zone = ZoneInfo(hours.zone)
    opens, closes = (timedelta(minutes=week_minute(moment)) for moment in (hours.opens, hours.closes))
    if closes <= opens:
        closes += WEEK
    local = start.astimezone(zone).replace(tzinfo=None)
    monday = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=local.weekday()) - WEEK
    spent = timedelta()
    while (begins := _utc(monday + opens, zone)) < end:
        spent += max(timedelta(), min(end, _utc(monday + closes, zone)) - max(start, begins))
        monday += WEEK
    return spent


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


def _utc(wall: datetime, zone: ZoneInfo) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _clock(is_replied: bool, spent: timedelta, target: timedelta) -> Clock:
    if spent > target:
        return Clock.MISSED
    return Clock.MET if is_replied else Clock.RUNNING
