"""Sentences of the policy that no golden case states on its own."""

from __future__ import annotations

import dataclasses
import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from tests.policy.facts import HANDBOOK, MONDAY, ticket
from zendesk_sync.policy import notes
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.explain import reasons
from zendesk_sync.policy.facts import HUMAN, Comment, Memory
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import BANDS, Place, order, queue_bands
from zendesk_sync.policy.response import business_time, next_shift
from zendesk_sync.policy.terms import (
    ALL_ITEMS,
    Author,
    CustomerType,
    EngineeringItem,
    Flag,
    OfficialBy,
    PresalesItem,
    Priority,
    Reporter,
    RuleId,
    Severity,
    Status,
    Topic,
    Workload,
)
from zendesk_sync.policy_files import default_text

P2 = {"severity": Severity.MEDIUM}
CE_P2 = {"customer": CustomerType.PRESALES, "reporter": Reporter.CE, "presales_severity": Priority.P2}


def changed(**keys: Any) -> Handbook:
    """The default policy with some switches changed."""
    return HANDBOOK.model_copy(update={"switches": HANDBOOK.switches.model_copy(update=keys)})


def test_ce_ticket_without_presales_severity_mixes_no_scales() -> None:
    """§2: an SLA Severity on a prospect's ticket is mentioned in the note and gives no level."""
    facts = ticket(customer=CustomerType.PRESALES, reporter=Reporter.CE, severity=Severity.EMERGENCY)
    decision = decide(facts, HANDBOOK)
    assert (decision.computed, decision.rule) == (Priority.UNDETERMINED, RuleId.SEVERITY_UNKNOWN)
    assert "pre-sales scale" in notes.plain(decision, HANDBOOK)


def test_colleague_writing_for_a_prospect_counts_as_the_prospect() -> None:
    """§2: a colleague who is no CE does not vouch for a prospect."""
    facts = ticket(customer=CustomerType.PRESALES, reporter=Reporter.COLLEAGUE, on_behalf_of_customer=True)
    assert decide(facts, HANDBOOK).rule is RuleId.PRESALES_DIRECT


def test_total_loss_of_a_direct_prospect_is_said_first() -> None:
    """§2: the possible outage stands before the routing."""
    facts = ticket(customer=CustomerType.PRESALES, reporter=Reporter.PROSPECT, severity=Severity.EMERGENCY)
    decision = decide(facts, HANDBOOK)
    assert decision.topics[:2] == (Topic.POSSIBLE_OUTAGE, Topic.ROUTE_TO_CE)
    assert notes.plain(decision, HANDBOOK).split("\n\n")[1].startswith("This reads like a total loss")


@pytest.mark.parametrize("customer", [CustomerType.UNKNOWN, CustomerType.INTERNAL])
def test_ce_who_fills_in_the_presales_scale_writes_about_a_prospect(customer: CustomerType) -> None:
    """§2: the scale is for CE-raised prospect tickets; an unknown customer there is no reason for p3 or silence."""
    facts = ticket(customer=customer, reporter=Reporter.CE, presales_severity=Priority.P1)
    assert (decide(facts, HANDBOOK).computed, decide(facts, HANDBOOK).rule) == (Priority.P1, RuleId.PRESALES_SCALE)


def test_colleague_under_a_customers_organization_writes_for_the_customer() -> None:
    """§2: no customer behind it means that the organization is ours too."""
    facts = ticket(reporter=Reporter.COLLEAGUE, severity=Severity.SEVERE)
    assert decide(facts, HANDBOOK).rule is RuleId.SLA_SEVERITY_1


def test_direct_prospect_gets_none_of_supports_lists() -> None:
    """§2: outside support's order, whatever somebody set as official priority."""
    direct = {"customer": CustomerType.PRESALES, "reporter": Reporter.PROSPECT}
    p2 = decide(ticket(**direct, official=Priority.P2), HANDBOOK)
    assert p2.context.missing == frozenset()
    p1 = decide(ticket(**direct, official=Priority.P1, cannot_wait=True), HANDBOOK)
    assert Flag.DROP_EVERYTHING not in p1.flags
    assert p1.topics == (Topic.ROUTE_TO_CE,)


def test_value_that_stands_for_no_level_is_a_humans() -> None:
    """§3: somebody chose it; it is neither filled nor overwritten."""
    decision = decide(ticket(**P2, official_unlisted=True), HANDBOOK)
    assert decision.official.is_human
    assert decision.memory.wrote == HUMAN


def test_colleagues_words_are_no_wish() -> None:
    """§2: urgency is wished for by a customer or a CE."""
    facts = ticket(customer=CustomerType.INTERNAL, reporter=Reporter.COLLEAGUE, subject="Update the p0 runbook")
    assert decide(facts, HANDBOOK).topics == ()


def test_shared_items_alone_are_no_second_question() -> None:
    """§6: an item that the CE is asked for is not asked of support again."""
    supplied = frozenset(EngineeringItem) | {"tdd_link", "sales_stage"}
    noted = Memory(Priority.P1, frozenset({Topic.MISSING_PRESALES_CONTEXT, Topic.ASK_CANNOT_WAIT}))
    facts = ticket(**CE_P2, supplied=supplied - {"summary"}, missing=frozenset({"summary"}), memory=noted)
    decision = decide(dataclasses.replace(facts, official=Priority.P1), HANDBOOK)
    assert decision.topics == ()
    assert decision.context.engineering == ("summary",)


def test_beta_is_outside_the_sla() -> None:
    """§2: an issue with a beta feature has no level, whatever its severity."""
    assert decide(ticket(severity=Severity.EMERGENCY, beta=True), HANDBOOK).rule is RuleId.OUT_OF_SCOPE


@pytest.mark.parametrize(
    ("customer", "level"), [(CustomerType.ENTERPRISE, Priority.P2), (CustomerType.FREE, Priority.UNDETERMINED)]
)
def test_question_switch(customer: CustomerType, level: Priority) -> None:
    """§2: ``questions = "p2"`` makes a paying customer's question p2, and nobody else's."""
    facts = ticket(customer=customer, severity=Severity.QUESTION)
    assert decide(facts, changed(questions="p2")).computed is level


def test_expired_plan_is_said_also_where_the_level_does_not_depend_on_it() -> None:
    """§2: an expired plan counts as not paying, and the note says so."""
    decision = decide(ticket(severity=Severity.SEVERE, plan_expired=True), HANDBOOK)
    assert decision.computed is Priority.P1
    assert Topic.EXPIRED_PLAN in decision.topics
    assert Flag.NO_CONTRACT_SLA in decision.flags


def test_raising_p2_to_p1_clears_the_list_without_context_complete() -> None:
    """§6: a list that stops applying is cleared, and nobody is thanked."""
    facts = ticket(severity=Severity.SEVERE, missing=frozenset({"logs", "version"}), cannot_wait=False)
    decision = decide(facts, HANDBOOK)
    assert decision.context.missing == frozenset()
    assert Topic.CONTEXT_COMPLETE not in decision.topics
    assert Flag.CONTEXT_COMPLETE not in decision.flags


def test_presales_p2_asks_shared_items_once() -> None:
    """§6: both lists apply; what both ask is asked of the CE alone, and still counts as missing for engineering."""
    decision = decide(ticket(**CE_P2), HANDBOOK)
    assert set(decision.context.engineering or ()) == set(EngineeringItem)
    assert set(decision.context.presales or ()) == set(PresalesItem)
    text = notes.plain(decision, HANDBOOK)
    assert text.count("impact") == 2
    assert text.count("- The impact") == 1
    assert "Engineering also needs what is asked of the customer engineer above" in text


def test_item_supplied_under_its_other_name_counts_for_both_lists() -> None:
    """§6: "expected and actual" answers "attempted and expected"."""
    decision = decide(ticket(**CE_P2, supplied=frozenset({"expected_actual"})), HANDBOOK)
    assert "attempted_expected" not in decision.context.missing


def test_new_missing_item_is_said_again_and_the_same_list_is_not() -> None:
    """§6: never twice for the same list; again only if new items become missing."""
    noted = Memory(Priority.P2, frozenset({Topic.MISSING_CONTEXT}))
    lacking = frozenset(ALL_ITEMS) - {"logs", "version"}
    facts = ticket(**P2, official=Priority.P2, memory=noted, supplied=lacking, missing=frozenset({"logs"}))
    assert Topic.MISSING_CONTEXT in decide(facts, HANDBOOK).topics
    same = dataclasses.replace(facts, missing=frozenset({"logs", "version"}))
    assert decide(same, HANDBOOK).topics == ()


def test_list_that_comes_back_is_not_asked_twice() -> None:
    """§6: p2, then p1, then p2 again with the same items missing: one note."""
    first = decide(ticket(**P2), HANDBOOK)
    raised = decide(
        ticket(severity=Severity.SEVERE, memory=first.memory, official=Priority.P2, cannot_wait=False), HANDBOOK
    )
    back = decide(ticket(**P2, memory=raised.memory, official=Priority.P1), HANDBOOK)
    assert Topic.MISSING_CONTEXT in first.topics
    assert raised.context.missing == frozenset()
    assert back.context.missing == first.context.missing
    assert back.topics == ()


def test_context_complete_is_said_once() -> None:
    """§6: the short note comes when the last item is supplied, and not again."""
    done = ticket(**P2, supplied=frozenset(ALL_ITEMS), missing=frozenset({"logs"}))
    assert decide(done, HANDBOOK).topics == (Topic.CONTEXT_COMPLETE,)
    again = dataclasses.replace(done, missing=frozenset())
    assert decide(again, HANDBOOK).topics == ()


def test_human_p1_over_computed_p2_is_a_p1() -> None:
    """§3, §4: where a human set the level, that level counts: no p2 checklist, and it may drop everything."""
    decision = decide(ticket(**P2, official=Priority.P1, cannot_wait=True), HANDBOOK)
    assert decision.counting is Priority.P1
    assert decision.context.engineering is None
    assert Flag.DROP_EVERYTHING in decision.flags


def test_cleared_priority_is_an_override() -> None:
    """§3: clearing what the program wrote is a human's decision too."""
    decision = decide(ticket(**P2, memory=Memory(Priority.P2)), HANDBOOK)
    assert decision.official.value is None
    assert decision.memory.wrote == HUMAN
    assert Flag.OVERRIDE in decision.flags


def test_requesters_wish_stays_a_wish_while_no_level_is_known() -> None:
    """§3: a priority that the requester brought along is nobody's decision; triage is still needed."""
    facts = ticket(official=Priority.P0, official_by=OfficialBy.REQUESTER)
    decision = decide(facts, HANDBOOK)
    assert decision.official.value is Priority.P0
    assert decision.memory.wrote is None
    assert decision.counting is Priority.UNDETERMINED
    assert Flag.NEEDS_TRIAGE in decision.flags
    later = decide(dataclasses.replace(facts, severity=Severity.MEDIUM, memory=decision.memory), HANDBOOK)
    assert later.official.value is Priority.P2


def test_follow_up_forgets_what_it_inherited() -> None:
    """§2: a follow-up is triaged anew."""
    facts = ticket(
        follow_up=True,
        severity=Severity.EMERGENCY,
        official=Priority.P0,
        memory=Memory(Priority.P0, frozenset(Topic)),
        flags=frozenset({Flag.NUMBER_ONE, Flag.OVERRIDE}),
        missing=frozenset({"logs"}),
    )
    decision = decide(facts, HANDBOOK)
    assert decision.rule is RuleId.SEVERITY_UNKNOWN
    assert decision.flags == frozenset({Flag.NEEDS_TRIAGE})
    assert decision.official.value is None


@pytest.mark.parametrize("status", [Status.SOLVED, Status.CLOSED])
def test_finished_tickets_get_no_notes_and_lose_number_one(status: Status) -> None:
    """Nobody is to act on them; the level is still computed for the report."""
    decision = decide(ticket(severity=Severity.EMERGENCY, status=status, flags=frozenset({Flag.NUMBER_ONE})), HANDBOOK)
    assert decision.topics == ()
    assert decision.computed is Priority.P0
    assert Flag.NUMBER_ONE not in decision.flags


@pytest.mark.parametrize(
    ("subject", "heard"),
    [("URGENT: search is down", True), ("p0!!", True), ("Insurgents list page", False), ("Re: P01 printer", False)],
)
def test_urgency_in_the_subject_is_a_wish(subject: str, heard: bool) -> None:
    """§2: words that ask for urgency are recorded, whole words only."""
    assert (Topic.URGENCY_WISH in decide(ticket(**P2, subject=subject), HANDBOOK).topics) is heard


@pytest.mark.parametrize(
    ("shifts", "said"),
    [((), "about 2 hours"), ((-1.0, 3.5, 9.0), "about 3 1/2 hours"), ((-2.0, -1.0), "about 2 hours")],
)
def test_surge_draft_names_the_next_shift_still_ahead(shifts: tuple[float, ...], said: str) -> None:
    """§5: those said for this surge come first; once they have begun, or without any, the configured ones."""
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    named = tuple(at + timedelta(hours=hours) for hours in shifts)
    draft = decide(ticket(**P2), HANDBOOK, Workload.SURGE, at, named)
    assert said in notes.plain(draft, HANDBOOK)


def test_surge_draft_goes_to_who_waits_for_a_first_reply() -> None:
    """§5: in surge each waiting ticket gets one draft; an answered one, a prospect's own and internal work do not."""
    at = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
    draft = decide(ticket(**P2), HANDBOOK, Workload.SURGE, at)
    assert Topic.SURGE_DRAFT in draft.topics
    assert "about 2 hours" in notes.plain(draft, HANDBOOK)
    answered = ticket(**P2, comments=(Comment(Author.AGENT, True, "Hello"),))
    asked = ticket(**CE_P2, comments=(Comment(Author.CE, True, "Any news?"),))
    unread = ticket(**P2, comments=None)
    assert Topic.SURGE_DRAFT in decide(asked, HANDBOOK, Workload.SURGE).topics
    assert Topic.SURGE_DRAFT not in decide(unread, HANDBOOK, Workload.SURGE).topics
    noted_only = ticket(**P2, comments=(Comment(Author.AGENT, False, "internal"),))
    assert Topic.SURGE_DRAFT not in decide(answered, HANDBOOK, Workload.SURGE).topics
    assert Topic.SURGE_DRAFT in decide(noted_only, HANDBOOK, Workload.SURGE).topics
    direct = ticket(customer=CustomerType.PRESALES, reporter=Reporter.PROSPECT)
    assert Topic.SURGE_DRAFT not in decide(direct, HANDBOOK, Workload.SURGE).topics


def test_tier_first_reads_the_list_literally() -> None:
    """§4: the option sorts by customer type before level in surge, and changes nothing in normal times."""
    p2_presales = Place(1, Priority.P2, CustomerType.PRESALES, MONDAY)
    p0_enterprise = Place(2, Priority.P0, CustomerType.ENTERPRISE, MONDAY)
    literal = changed(order="tier-first")
    assert [p.id for p in order([p0_enterprise, p2_presales], Workload.SURGE, literal)] == [1, 2]
    assert [p.id for p in order([p0_enterprise, p2_presales], Workload.NORMAL, literal)] == [2, 1]


def test_queue_band_titles_sort_in_the_order_of_work() -> None:
    """§4: titles carry a number, so a view that sorts by title groups in support's order."""
    rows = queue_bands()
    assert [title for _, title in rows] == sorted(title for _, title in rows)
    assert [option for option, _ in rows[: len(BANDS)]] == [band.value for band in BANDS]
    assert len({option for option, _ in rows}) == len(rows)


def test_reasons_name_every_rule_that_was_tried() -> None:
    """A reader sees which rules were tried and which condition stopped each."""
    tree = reasons(decide(ticket(**P2), HANDBOOK), HANDBOOK)
    rules = next(reason for reason in tree.because if reason.id == "level").because
    assert [reason.id for reason in rules][-1] == RuleId.SLA_SEVERITY_2_PAYING
    assert [reason.held for reason in rules] == [False] * (len(rules) - 1) + [True]
    assert all(reason.because for reason in rules)


def test_outside_text_is_harmless_in_a_note() -> None:
    """§6: HTML, placeholders, control characters and length of a customer's words have no effect in a note."""
    wish = "<img src=x onerror=alert(1)> {{ticket.requester.email}} **now**\u202e\n- item\x00 " + "x" * 500
    decision = decide(ticket(**P2, wish=wish), HANDBOOK)
    html = notes.rich(decision, HANDBOOK)
    assert "<img" not in html
    assert "{{" not in html
    assert "\u202e" not in html
    assert "x" * 201 not in html
    assert "<li>item" not in html


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-06T17:00:00-08:00", "2026-03-08T14:00:00-07:00", 0),
        ("2026-03-06T16:00:00-08:00", "2026-03-08T15:00:00-07:00", 2),
        ("2026-03-01T14:00:00-08:00", "2026-03-06T17:00:00-08:00", 123),
        ("2026-03-02T00:00:00-08:00", "2026-03-16T00:00:00-07:00", 246),
        ("2026-10-30T16:00:00-07:00", "2026-11-01T14:30:00-08:00", 1.5),
    ],
)
def test_business_time_counts_the_weekly_window_across_dst(start: str, end: str, hours: float) -> None:
    """§5: Sunday 14:00 to Friday 17:00 on the Los Angeles wall clock, also when the clocks change."""
    window = HANDBOOK.first_response.business_hours
    spent = business_time(datetime.fromisoformat(start), datetime.fromisoformat(end), window)
    assert spent == timedelta(hours=hours)


def test_next_shift_is_strictly_later_and_rolls_over_midnight() -> None:
    """§5: the draft names the next shift's start."""
    assert next_shift(datetime(2026, 3, 2, 7, tzinfo=UTC), HANDBOOK.shifts).hour == 11
    assert next_shift(datetime(2026, 3, 2, 23, 30, tzinfo=UTC), HANDBOOK.shifts) == datetime(2026, 3, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('questions = "undetermined"', 'questions = "p3"', "switches.questions"),
        ('paying = ["enterprise", "team"]', 'paying = ["free"]', "free can never be paying"),
        ("[checklists.engineering.logs]", "[checklists.engineering.log]", "unknown item 'log'; allowed: summary"),
        ('enterprise = "enterprise"', 'enterprise = "platinum"', "customers.plans.enterprise"),
        ('evidence = "propose"', 'evidence = "guess"', "switches.evidence"),
        ("budget_percent = 10", "budget_percent = 0", "rarity.budget_percent"),
        ("[switches]", "[switches]\nnew = 1", "switches.new"),
        ('p1 = "high"', 'p1 = "urgent"', "the four values must differ"),
        ('override = """', 'override = """{{ wants }}', "unknown words in braces: wants"),
        ('override = """', 'override = """{% if %}', "override:"),
        ('opens = "Sunday 14:00"', 'opens = "Sunday"', "must be a day and a time"),
        ('zone = "UTC"', 'zone = "Mars/Olympus"', "unknown time zone"),
    ],
)
def test_policy_file_faults_name_the_key(old: str, new: str, said: str) -> None:
    """A policy file with a mistake is refused with the key and what is allowed."""
    text = default_text()
    assert old in text
    with pytest.raises(ValidationError) as caught:
        Handbook.model_validate(tomllib.loads(text.replace(old, new, 1)))
    assert said in str(caught.value)
