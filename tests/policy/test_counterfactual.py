"""What would change the outcome of a ticket: each one listed really does, and is a single change."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.policy.facts import HANDBOOK, MONDAY, facts, ticket
from zendesk_sync.policy.counterfactual import Counterfactual, counterfactuals, outcome
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.terms import CustomerType, Flag, Priority, Reporter, Severity, Workload

SINGLE = (
    {"paying"},
    {"customer"},
    {"customer", "paying"},
    {"plan_expired"},
    {"severity"},
    {"beta"},
    {"presales_severity"},
    {"presales_exception"},
    {"cannot_wait"},
    {"supplied"},
    {"official", "official_unlisted"},
    {"official"},
    {"official_unlisted"},
)
"""What one change may touch; whether a customer pays is told by type and plan together."""


def listed(one: TicketFacts, workload: Workload = Workload.NORMAL) -> dict[str, Counterfactual]:
    found = counterfactuals(decide(one, HANDBOOK, workload, MONDAY), HANDBOOK, workload)
    assert len({change.change.id for change in found}) == len(found)
    return {change.change.id: change for change in found}


@given(facts, st.sampled_from(list(Workload)))
def test_each_gives_what_it_says_and_none_gives_the_present(one: TicketFacts, workload: Workload) -> None:
    """Deciding the changed facts anew gives the level and the flags that are shown, and never those of now."""
    now = decide(one, HANDBOOK, workload, MONDAY)
    for found in listed(one, workload).values():
        then = decide(found.change.facts, HANDBOOK, workload, MONDAY)
        assert outcome(then) == outcome(found.decision) != outcome(now)
        assert (now.flags | found.gained) - found.lost == then.flags
        assert not found.gained & found.lost


@given(facts)
@example(ticket(customer=CustomerType.FREE, severity=Severity.MEDIUM, paying=True))
def test_each_changes_one_input(one: TicketFacts) -> None:
    """Nothing else about the ticket differs."""
    before = decide(one, HANDBOOK).facts
    for found in listed(one).values():
        names = [field.name for field in dataclasses.fields(TicketFacts)]
        differ = {name for name in names if getattr(before, name) != getattr(found.change.facts, name)}
        assert differ in SINGLE


@given(facts)
def test_every_severity_that_would_matter_is_listed(one: TicketFacts) -> None:
    """Where the SLA's severities apply, one that is not listed gives the present outcome."""
    now = decide(one, HANDBOOK)
    if now.facts.customer is CustomerType.PRESALES or now.facts.reporter in {Reporter.PROSPECT, Reporter.CE}:
        return
    found = listed(one)
    for severity in Severity:
        then = decide(dataclasses.replace(now.facts, severity=severity), HANDBOOK)
        assert (outcome(then) != outcome(now)) == (f"severity={int(severity)}" in found)


@pytest.mark.parametrize("customer", [CustomerType.FREE, CustomerType.OPEN_SOURCE, CustomerType.UNKNOWN])
def test_if_the_customer_were_paying(customer: CustomerType) -> None:
    """Severity 2 of a customer who does not pay, or whom nobody knows, would be p2."""
    found = listed(ticket(customer=customer, severity=Severity.MEDIUM))["paying=yes"]
    assert found.change.says == "the customer were paying"
    assert found.decision.counting is Priority.P2
    assert Flag.NO_CONTRACT_SLA in found.lost


def test_expired_plan_is_one_change() -> None:
    """A paying type with an expired plan pays again once the plan is valid; nothing else is offered for that."""
    found = listed(ticket(severity=Severity.MEDIUM, plan_expired=True))
    assert found["plan_expired=no"].decision.counting is Priority.P2
    assert "paying=yes" not in found


def test_human_priority_cleared_lets_the_computed_level_count() -> None:
    """And as long as it stands, another severity changes only what is computed."""
    found = listed(ticket(severity=Severity.SEVERE, official=Priority.P2))
    assert found["official=none"].decision.counting is Priority.P1
    assert found["severity=0"].decision.counting is Priority.P2
    assert found["severity=0"].decision.computed is Priority.P0


def test_supplying_what_is_missing_completes_the_context() -> None:
    """All missing items at once, not one by one."""
    found = listed(ticket(severity=Severity.MEDIUM))["missing=supplied"]
    assert (*found.gained, *found.lost) == (Flag.CONTEXT_COMPLETE, Flag.CONTEXT_MISSING)


def test_prospect_has_the_scale_and_no_sla_severity() -> None:
    """What counts for a prospect is the exception and the pre-sales scale."""
    found = listed(ticket(customer=CustomerType.PRESALES, reporter=Reporter.PROSPECT, presales_severity=Priority.P1))
    assert found["presales_exception=yes"].decision.counting is Priority.P1
    assert not any(name.startswith(("severity=", "paying=")) for name in found)
