"""First-response deadlines: the clock meets its target up to that moment and misses it right after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.policy.facts import HANDBOOK, facts, ticket
from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.response import Clock, business_end, business_time, deadlines, first_response
from zendesk_sync.policy.terms import Severity, Workload

HOURS = HANDBOOK.first_response.business_hours
SECOND = timedelta(seconds=1)
moments = st.integers(0, 2 * 366 * 86_400).map(lambda s: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=s))


@given(moments, st.integers(1, 20 * 86_400))
def test_business_end_is_the_first_moment(start: datetime, seconds: int) -> None:
    """So much business time has passed then, and less a second before; over weekends and changes of the clock."""
    length = timedelta(seconds=seconds)
    end = business_end(start, length, HOURS)
    assert business_time(start, end, HOURS) == length
    assert business_time(start, end - SECOND, HOURS) == length - SECOND


@given(facts, st.sampled_from(list(Workload)))
def test_deadline_is_the_last_moment_that_meets(one: TicketFacts, workload: Workload) -> None:
    """A reply at the deadline is met, one a second later is missed; no deadline, no clock that could be met."""
    due = deadlines(one, HANDBOOK, workload)
    for moment, which in ((due.sla, "sla"), (due.goal, "goal")):
        if moment is None:
            clock = getattr(first_response(one, one.received, one.received, HANDBOOK, workload), which)
            assert clock in {Clock.NONE, Clock.SUSPENDED}
            continue
        for replied, expected in ((moment, Clock.MET), (moment + SECOND, Clock.MISSED)):
            clocks = first_response(one, replied, replied, HANDBOOK, workload)
            assert getattr(clocks, which) is expected


def test_friday_evening_goes_on_on_sunday() -> None:
    """Two business hours from Friday 16:30 in California end on Sunday at 15:30, whatever the clock did."""
    friday = datetime(2026, 3, 7, 0, 30, tzinfo=UTC)  # 16:30 PST, the weekend in which summer time begins
    due = deadlines(ticket(received=friday, severity=Severity.EMERGENCY), HANDBOOK, Workload.NORMAL)
    assert due.sla == datetime(2026, 3, 8, 22, 30, tzinfo=UTC)  # 15:30 PDT
    assert due.goal == friday + timedelta(hours=2)
