"""Whether a first response is due soon, or overdue, while nobody has answered; and when that will be so (policy §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.response import deadlines
from zendesk_sync.policy.terms import Flag, Workload

WARNINGS = frozenset({Flag.SLA_DUE, Flag.GOAL_DUE})


@dataclass(frozen=True, slots=True)
class Warnings:
    """What is to be said of the two clocks of a ticket.

    Attributes:
        flags: those that are on.
        next: when the next one comes on unless somebody answers; None where none will.
        unsure: one would be on, and only the conversation can tell whether somebody has answered.
    """

    flags: frozenset[Flag] = frozenset()
    next: datetime | None = None
    unsure: bool = False


def warnings(
    facts: TicketFacts, answered: bool | None, at: datetime | None, handbook: Handbook, workload: Workload
) -> Warnings:
    """The warnings of a ticket that waits for support at the moment ``at``.

    A warning stays on after its deadline until somebody answers; without a moment there is none. Where nobody knows
    whether somebody has answered (``answered`` is None), flags stay as they were found.
    """
    if at is None or answered:
        return Warnings()
    begin = warning_times(facts, handbook, workload)
    reached = frozenset(flag for flag, moment in begin.items() if moment <= at)
    later = [moment for moment in begin.values() if moment > at]
    unsure = answered is None and bool(reached)
    return Warnings(reached & facts.flags if unsure else reached, min(later, default=None), unsure)


def warning_times(facts: TicketFacts, handbook: Handbook, workload: Workload) -> Mapping[Flag, datetime]:
    """When each warning begins; without those that are switched off or whose clock does not run."""
    ends, before = deadlines(facts, handbook, workload), handbook.first_response.warnings
    clocks = ((Flag.SLA_DUE, ends.sla, before.contract_minutes), (Flag.GOAL_DUE, ends.goal, before.goal_minutes))
    return {flag: end - timedelta(minutes=minutes) for flag, end, minutes in clocks if end is not None and minutes}
