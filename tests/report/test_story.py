"""A ticket's story up to a moment: whose the official priority is, and what people did to the computed level."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report.stories import HOUR, MONDAY, happened, story
from tests.report.stories import OURS as PROGRAM
from zendesk_sync.policy.terms import Flag, RuleId
from zendesk_sync.report.rule_behind import rule_behind
from zendesk_sync.report.story import told

NEW = "0 created status=new severity=2 end-user"
OURS = "0.1 computed=p2 customer=team official=p2 program"


def test_the_level_is_the_official_one_where_a_person_set_it() -> None:
    """Policy §3: what the program wrote follows the computed level; an agent's or an account rule's value counts."""
    assert story(NEW, OURS).level == "p2"
    assert story(NEW, OURS, "1 computed=p1 program").level == "p1"
    assert story(NEW, OURS, "1 official=p0 agent").level == "p0"
    assert story(NEW, OURS, "1 official=p0 rule").level == "p0"
    assert story(NEW, OURS, "1 official= agent").level == "p2"
    assert story(NEW).level == "none"


def test_what_came_with_the_ticket_is_a_wish_or_inherited() -> None:
    """A requester's priority is a wish; an agent's is theirs; on a follow-up neither is anybody's."""
    assert story("0 created official=p0 end-user", "1 computed=p2 program").level == "p2"
    assert story("0 created official=p0 agent", "1 computed=p2 program").level == "p0"
    follow_up = happened(7, "-99999 follows unknown", "0 created official=p0 agent", "1 computed=p2 program")
    found = told(7, follow_up, MONDAY + 9 * HOUR)
    assert found is not None
    assert found.level == "p2"
    assert not found.overrides


@pytest.mark.parametrize(
    ("value", "direction"), [("p1", "up"), ("p3", "down"), ("", "cleared"), ("weird", "cleared"), ("p2", None)]
)
def test_a_persons_change_is_compared_with_the_computed_level(value: str, direction: str | None) -> None:
    """More urgent, less urgent, empty; the same is no disagreement. The rule is told by the fields of that moment."""
    found = story(NEW, "0.1 computed=p2 customer=team program", f"1 official={value} agent").overrides
    assert [(one.direction, one.rule, one.at) for one in found] == (
        [] if direction is None else [(direction, RuleId.SLA_SEVERITY_2_PAYING, MONDAY + HOUR)]
    )


def test_a_change_before_the_first_look_is_compared_with_the_first_level() -> None:
    """Only the last one before it: the others were a person's second thoughts."""
    early = ["0.1 official=p3 agent", "0.2 official=p1 agent"]
    found = story(NEW, *early, "1 computed=p2 customer=team program").overrides
    assert [(one.direction, one.at) for one in found] == [("up", MONDAY + HOUR // 5)]
    assert not story(NEW, "0.1 official=p2 agent", "1 computed=p2 program").overrides
    assert not story(NEW, "0.1 official=p1 agent").overrides, "nothing to compare with"


def test_no_override_where_no_level_is_computed_and_none_by_putting_back() -> None:
    """Settling an undetermined ticket is triage; what a job overtook is put back to the person's value."""
    assert not story(NEW, "0.1 computed=undetermined program", "1 official=p1 agent").overrides
    put_back = ["0.5 official=p1 agent", "0.6 computed=p3 official=p2 program", "0.7 official=p1 agent"]
    lines = happened(7, NEW, OURS, *put_back)
    restored = [one if one.at != MONDAY + 2520 else replace(one, who=PROGRAM) for one in lines]
    found = told(7, restored, MONDAY + 9 * HOUR)
    assert found is not None
    assert [one.at for one in found.overrides] == [MONDAY + HOUR // 2]
    assert found.level == "p1", "it is the person's again"
    by_hand = told(7, lines, MONDAY + 9 * HOUR)
    assert by_hand is not None
    assert len(by_hand.overrides) == 2, "an agent who does the same disagrees again"


def test_a_rules_change_is_kept_apart() -> None:
    """A trigger that sets a priority is no person who disagrees."""
    (found,) = story(NEW, OURS, "1 official=p0 rule").overrides
    assert found.by_rule
    both = happened(7, NEW, OURS, "1 official=p3 agent", "1 official=p0 rule")
    one_update = [replace(one, event=both[-2].event, n=1) if one is both[-1] else one for one in both]
    found_both = told(7, one_update, MONDAY + 9 * HOUR)
    assert found_both is not None
    assert [(one.direction, one.by_rule) for one in found_both.overrides] == [("down", False), ("up", True)]


def test_flags_tell_since_when_and_what_was_completed() -> None:
    """The hours from missing to complete; a list that stops applying completes nothing."""
    found = story(
        NEW,
        "1 flags=context_missing+needs_triage missing=logs+version program",
        "2 flags=context_missing missing=logs program",
        "4 flags=context_complete missing= program",
    )
    assert found.flags == {"context_complete": MONDAY + 4 * HOUR}
    assert [(one.at, one.took_s) for one in found.completions] == [(MONDAY + 4 * HOUR, 3 * HOUR)]
    assert found.was_missing
    raised = story(NEW, "1 flags=context_missing program", "2 flags= program", "3 flags=context_complete program")
    assert not raised.completions
    merged = story(NEW, "1 flags=context_complete+context_missing agent", "2 flags=context_complete program")
    assert not merged.completions, "a merge had brought the other ticket's flags along"


def test_it_ends_at_the_moment_asked_for() -> None:
    """What happens at that second or later changes nothing; before its creation there is no ticket."""
    lines = happened(7, NEW, OURS, "5 status=solved agent")
    assert told(7, lines, MONDAY) is None
    early, late = told(7, lines, MONDAY + 5 * HOUR), told(7, lines, MONDAY + 5 * HOUR + 1)
    assert early is not None and late is not None  # noqa: PT018
    assert (early.is_over, late.is_over) == (False, True)
    assert not early.has(Flag.NUMBER_ONE)


def test_the_rules_behind_each_level() -> None:
    """Level, customer type and Severity tell the rule of policy §2 as far as a ticket can."""
    assert rule_behind("p0", "free", "0", is_for_ce=False) is RuleId.SLA_SEVERITY_0
    assert rule_behind("p1", "presales", None, is_for_ce=False) is RuleId.PRESALES_SCALE
    assert rule_behind("p2", "team", "3", is_for_ce=False) is RuleId.QUESTION
    assert rule_behind("p3", "internal", None, is_for_ce=False) is RuleId.INTERNAL_WORK
    assert rule_behind("undetermined", "presales", None, is_for_ce=True) is RuleId.PRESALES_DIRECT
    assert rule_behind("undetermined", "free", "2", is_for_ce=False) is RuleId.SLA_SEVERITY_2_UNPAID
    assert rule_behind("undetermined", "unknown", "2", is_for_ce=False) is RuleId.SLA_SEVERITY_2_UNKNOWN
    assert rule_behind("undetermined", "team", None, is_for_ce=False) is RuleId.SEVERITY_UNKNOWN
    assert rule_behind("undetermined", "team", "0", is_for_ce=False) is RuleId.OUT_OF_SCOPE


def test_a_reply_from_before_an_imported_tickets_creation_took_no_time() -> None:
    """An import can bring comments that are older than the ticket is here."""
    assert story("0 reply agent", "1 created agent", "2 reply agent").replied == MONDAY + 1 * HOUR
