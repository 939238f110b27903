"""What must hold for every ticket there could be."""

from __future__ import annotations

import dataclasses
import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from tests.policy.facts import HANDBOOK, MONDAY, facts
from zendesk_sync.policy import notes
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.facts import HUMAN, TicketFacts
from zendesk_sync.policy.order import Place, key, number_one, order
from zendesk_sync.policy.terms import (
    ALL_ITEMS,
    CustomerType,
    Flag,
    OfficialBy,
    Priority,
    Reporter,
    Severity,
    Status,
    Topic,
    Workload,
)

workloads = st.sampled_from(list(Workload))
places = st.lists(
    st.builds(
        Place,
        st.integers(1, 50),
        st.sampled_from(list(Priority)),
        st.sampled_from(list(CustomerType)),
        st.just(MONDAY),
        st.sampled_from(list(Status)),
        st.booleans(),
    ),
    unique_by=lambda place: place.id,
)


@given(facts, workloads)
def test_deciding_twice_gives_the_same(one: TicketFacts, workload: Workload) -> None:
    """A decision depends on nothing but its facts."""
    assert decide(one, HANDBOOK, workload, MONDAY) == decide(one, HANDBOOK, workload, MONDAY)


@given(facts, workloads)
def test_after_the_write_there_is_nothing_to_say(one: TicketFacts, workload: Workload) -> None:
    """What a run writes makes the next run silent: no second note, the same level, the same owner."""
    first = decide(one, HANDBOOK, workload, MONDAY)
    after = dataclasses.replace(
        first.facts,
        official=first.official.value,
        memory=first.memory,
        flags=first.flags,
        missing=first.context.missing,
    )
    second = decide(after, HANDBOOK, workload, MONDAY)
    assert second.topics == ()
    assert (second.computed, second.official.value, second.flags) == (first.computed, first.official.value, first.flags)


@given(facts, workloads)
def test_a_humans_priority_never_changes(one: TicketFacts, workload: Workload) -> None:
    """A value that this program did not write, and that no requester brought along, stays."""
    decision = decide(one, HANDBOOK, workload)
    anew = decision.facts
    theirs = anew.memory.wrote == HUMAN or (anew.memory.wrote is not None and anew.official != anew.memory.wrote)
    theirs |= anew.memory.wrote is None and anew.official is not None and anew.official_by is OfficialBy.HUMAN
    if theirs:
        assert decision.official.value is anew.official
        assert decision.memory.wrote == HUMAN


@given(facts)
def test_p2_never_carries_drop_everything(one: TicketFacts) -> None:
    """Only an explicit yes on a p0 or p1 asks engineering to drop everything."""
    decision = decide(one, HANDBOOK)
    if Flag.DROP_EVERYTHING in decision.flags:
        assert decision.counting in {Priority.P0, Priority.P1}
        assert decision.facts.cannot_wait is True


@given(facts)
def test_unknown_customer_gets_no_level_that_needs_one(one: TicketFacts) -> None:
    """Severity 2 of a customer whose paying nobody knows stays undetermined, and no fallback to free happens."""
    unknown = dataclasses.replace(
        one,
        customer=CustomerType.UNKNOWN,
        paying=None,
        plan_expired=False,
        severity=Severity.MEDIUM,
        beta=False,
        reporter=Reporter.CUSTOMER,
        follow_up=False,
    )
    decision = decide(unknown, HANDBOOK)
    assert decision.computed is Priority.UNDETERMINED
    assert Topic.UNPAID not in decision.topics


@given(facts)
def test_p3_is_for_work_without_a_customer(one: TicketFacts) -> None:
    """No customer's ticket ever becomes p3 by rule."""
    decision = decide(one, HANDBOOK)
    if decision.computed is Priority.P3:
        assert decision.rule == "internal-work"


@given(facts, st.sampled_from(ALL_ITEMS))
def test_supplying_an_item_never_makes_another_missing(one: TicketFacts, item: str) -> None:
    """More supplied means a subset missing."""
    more = dataclasses.replace(one, supplied=one.supplied | {item})
    assert decide(more, HANDBOOK).context.missing <= decide(one, HANDBOOK).context.missing


@given(facts, workloads)
def test_notes_are_bounded_and_hold_no_placeholder(one: TicketFacts, workload: Workload) -> None:
    """Whatever a customer writes, the note stays short and no Zendesk placeholder survives in it."""
    text = notes.rich(decide(one, HANDBOOK, workload, MONDAY), HANDBOOK)
    assert "{{" not in text
    assert "{%" not in text
    assert len(text) < 60_000


@given(places, workloads, st.randoms(use_true_random=False))
def test_order_is_strict_total_and_independent_of_input(
    tickets: list[Place], workload: Workload, chance: random.Random
) -> None:
    """The same tickets in any input order give the same sequence, and exactly one is first."""
    expected = order(tickets, workload, HANDBOOK)
    shuffled = chance.sample(tickets, len(tickets))
    assert order(shuffled, workload, HANDBOOK) == expected
    keys = [key(place, workload, HANDBOOK) for place in expected]
    assert all(a < b for a, b in itertools.pairwise(keys))
    assert number_one(shuffled, workload, HANDBOOK) == (expected[0] if expected else None)
    assert {p.id for p in expected} == {p.id for p in tickets if p.in_order}
