"""A response that is due is flagged before it is late, for each clock apart, until somebody answers (policy §5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.facts import HANDBOOK, MONDAY, facts, ticket
from zendesk_sync.errors import PolicyFileError
from zendesk_sync.policy.breach_warnings import WARNINGS, warning_times, warnings
from zendesk_sync.policy.counterfactual import counterfactuals
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.facts import Comment, TicketFacts
from zendesk_sync.policy.handbook import BreachWarnings, Handbook
from zendesk_sync.policy.response import Clock, deadlines, first_response
from zendesk_sync.policy.rules import is_internal
from zendesk_sync.policy.terms import Author, CustomerType, Deployment, Flag, Reporter, Severity, Status, Workload
from zendesk_sync.policy_files import load_handbook

BUSINESS = MONDAY
"""A Monday morning lies in business hours, so elapsed and business hours run alike."""
ANSWER = Comment(Author.AGENT, True, "Restart it.", BUSINESS + timedelta(minutes=5))
NO_ANSWERS = (
    Comment(Author.AGENT, True, "Your request has been received.", automatic=True),
    Comment(Author.AGENT, True, "We are on it."),
    Comment(Author.AGENT, False, "Restart it."),
    Comment(Author.CE, True, "Any news?"),
    Comment(Author.CUSTOMER, True, "Hello?"),
)
moments = st.integers(0, 10 * 24 * 60).map(lambda minutes: BUSINESS + timedelta(minutes=minutes))


def warned(one: TicketFacts, minutes: float, workload: Workload = Workload.NORMAL) -> set[Flag]:
    return set(decide(one, HANDBOOK, workload, BUSINESS + timedelta(minutes=minutes)).flags & WARNINGS)


def with_warnings(contract: int, goal: int) -> Handbook:
    first = HANDBOOK.first_response.model_copy(
        update={"warnings": BreachWarnings(contract_minutes=contract, goal_minutes=goal)}
    )
    return HANDBOOK.model_copy(update={"first_response": first})


def test_each_warning_comes_before_its_clock_runs_out_and_stays_on_after() -> None:
    """Severity 1: contract 4 business hours, warned an hour before; goal 2 hours, warned half an hour before."""
    one = ticket(severity=Severity.SEVERE, comments=NO_ANSWERS)
    assert warned(one, 89) == set()
    assert warned(one, 90) == warned(one, 179) == {Flag.GOAL_DUE}
    assert warned(one, 180) == warned(one, 10_000) == {Flag.GOAL_DUE, Flag.SLA_DUE}
    told = decide(one, HANDBOOK, at=BUSINESS)
    assert told.warnings.next == BUSINESS + timedelta(minutes=90)
    told = decide(one, HANDBOOK, at=BUSINESS + timedelta(minutes=90))
    assert told.warnings.next == BUSINESS + timedelta(minutes=180)
    assert decide(one, HANDBOOK, at=BUSINESS + timedelta(minutes=180)).warnings.next is None


def test_surge_suspends_the_goals_warning_and_not_the_contracts() -> None:
    one = ticket(severity=Severity.SEVERE, comments=())
    assert warned(one, 200, Workload.SURGE) == {Flag.SLA_DUE}
    assert warned(ticket(comments=()), 200, Workload.SURGE) == set()


def test_without_a_contract_only_the_goal_warns() -> None:
    cloud = ticket(severity=Severity.EMERGENCY, deployment=Deployment.CLOUD, comments=())
    free = ticket(severity=Severity.EMERGENCY, customer=CustomerType.FREE, comments=())
    assert warned(cloud, 500) == warned(free, 500) == {Flag.GOAL_DUE}


@pytest.mark.parametrize(
    "known",
    [
        {"status": Status.PENDING},
        {"status": Status.SOLVED},
        {"customer": CustomerType.INTERNAL, "reporter": Reporter.COLLEAGUE},
        {"customer": CustomerType.PRESALES, "reporter": Reporter.PROSPECT},
        {"comments": (*NO_ANSWERS, ANSWER)},
        {"comments": None, "answered": ANSWER.at},
    ],
)
def test_who_does_not_wait_for_support_is_not_warned_of(known: dict[str, object]) -> None:
    """Not support's to move, nobody's, the customer engineer's, or answered."""
    one = ticket(severity=Severity.EMERGENCY, flags=WARNINGS, **known)
    told = decide(one, HANDBOOK, at=BUSINESS + timedelta(days=1))
    assert not told.flags & WARNINGS
    assert (told.warnings.next, told.warnings.unsure) == (None, False)


def test_flags_stay_as_found_where_nobody_knows_whether_somebody_has_answered() -> None:
    """So they do not flicker; and the decision says that the conversation would tell."""
    at = BUSINESS + timedelta(hours=3)
    for found in (frozenset(), frozenset({Flag.GOAL_DUE}), WARNINGS):
        one = ticket(severity=Severity.SEVERE, comments=None, flags=found)
        told = decide(one, HANDBOOK, at=at)
        assert told.flags & WARNINGS == found
        assert told.warnings.unsure
    assert decide(replace(one, unanswered=True, flags=frozenset()), HANDBOOK, at=at).flags >= WARNINGS
    early = decide(one, HANDBOOK, at=BUSINESS)
    assert not early.flags & WARNINGS
    assert not early.warnings.unsure


@given(facts, moments, st.sampled_from(Workload), st.integers(0, 600), st.integers(0, 600))
def test_a_warning_is_on_exactly_within_its_time_and_the_next_one_is_named(
    one: TicketFacts, at: datetime, workload: Workload, contract: int, goal: int
) -> None:
    policy = with_warnings(contract, goal)
    told = decide(one, policy, workload, at)
    if told.answered is not False or is_internal(told.facts):
        assert not told.flags & WARNINGS
        assert told.warnings.next is None
        return
    ends = deadlines(told.facts, policy, workload)
    for flag, end, minutes in ((Flag.SLA_DUE, ends.sla, contract), (Flag.GOAL_DUE, ends.goal, goal)):
        on = minutes > 0 and end is not None and at >= end - timedelta(minutes=minutes)
        assert (flag in told.flags) is on
        clock = first_response(told.facts, None, at, policy, workload)
        if minutes and Clock.MISSED is (clock.sla if flag is Flag.SLA_DUE else clock.goal):
            assert flag in told.flags, "what is overdue is flagged"
    if (comes := told.warnings.next) is not None:
        assert comes > at
        before = decide(one, policy, workload, max(at, comes - timedelta(seconds=1)))
        assert before.flags & WARNINGS == told.flags & WARNINGS
        assert decide(one, policy, workload, comes).flags & WARNINGS > told.flags & WARNINGS


def test_switched_off_warnings_never_come_and_without_a_moment_there_is_none() -> None:
    one = ticket(severity=Severity.EMERGENCY, comments=(), flags=WARNINGS)
    assert warning_times(one, with_warnings(0, 0), Workload.NORMAL) == {}
    assert not decide(one, with_warnings(0, 0), at=BUSINESS + timedelta(days=9)).flags & WARNINGS
    assert not decide(one, HANDBOOK).flags & WARNINGS
    assert warnings(one, False, None, HANDBOOK, Workload.NORMAL).next is None


def test_what_would_change_names_a_clock_only_where_an_input_moves_it() -> None:
    """Another severity moves the contract's deadline; Cannot wait moves no clock."""
    one = ticket(severity=Severity.QUESTION, comments=())
    late = decide(one, HANDBOOK, at=BUSINESS + timedelta(hours=5))
    found = {each.change.id: (each.gained | each.lost) & WARNINGS for each in counterfactuals(late, HANDBOOK)}
    assert found["severity=0"] == {Flag.SLA_DUE}
    assert {change for change, flags in found.items() if flags} == {"severity=0", "severity=1"}


def test_an_acknowledgement_where_it_counts_takes_the_warnings_off() -> None:
    first = HANDBOOK.first_response.model_copy(update={"acknowledgements_count": True})
    policy = HANDBOOK.model_copy(update={"first_response": first})
    one = ticket(severity=Severity.EMERGENCY, comments=NO_ANSWERS)
    assert not decide(one, policy, at=BUSINESS + timedelta(days=1)).flags & WARNINGS


@pytest.mark.parametrize("minutes", ["-1", "2881", "1.5", "true"])
def test_a_fault_in_the_minutes_is_named(tmp_path: Path, minutes: str) -> None:
    file = tmp_path / "handbook.toml"
    file.write_text(f'extends = "default"\n[first_response.warnings]\ngoal_minutes = {minutes}\n')
    with pytest.raises(PolicyFileError, match=r"first_response\.warnings\.goal_minutes"):
        load_handbook(file)
