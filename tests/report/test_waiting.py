"""What the board says of a ticket that waits, out of its story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.policy.facts import HANDBOOK, MONDAY
from zendesk_sync.policy.terms import Flag, Workload
from zendesk_sync.report.story import Story, told
from zendesk_sync.report.waiting import Due, Waiting, waiting
from zendesk_sync.store.chronicles import Happening

CREATED = int(MONDAY.timestamp())
UNTIL = CREATED + 86_400
OLDER = [("created", "web", "end-user"), ("status", "open", "end-user")]


def story(*later: tuple[str, str | None, str], customer: str = "enterprise", severity: str | None = "2") -> Story:
    """A ticket that the program looked at a minute after it came; what is ``later`` came an hour after."""
    first = [*OLDER, ("severity", severity, "end-user")]
    looked = [("computed", "p2", "program"), ("customer", customer, "program")]
    some = [
        Happening(event, n, 5, at, what, value, by, 9)
        for event, at, rows in ((1, CREATED, first), (2, CREATED + 60, looked), (3, CREATED + 3_600, later))
        for n, (what, value, by) in enumerate(rows)
    ]
    found = told(5, some, UNTIL)
    assert found is not None
    return found


def seen(*later: tuple[str, str | None, str], workload: Workload = Workload.NORMAL, **more: Any) -> Waiting:
    return waiting(story(*later, **more), HANDBOOK, workload)


def test_a_computed_level_says_its_rule_and_an_official_one_who_set_it() -> None:
    by_rule = seen()
    assert (by_rule.level, by_rule.official, by_rule.why) == ("p2", False, "severity 2 is p2 for paying customers")
    by_hand = seen(("official", "p1", "agent"))
    assert (by_hand.level, by_hand.official, by_hand.computed) == ("p1", True, "p2")
    assert by_hand.why == "official priority, set by an agent"
    assert seen(("official", "p1", "rule")).why == "official priority, set by a rule of the account"


def test_a_severity_that_only_the_text_tells_names_no_rule_where_it_gives_no_level() -> None:
    """The ticket does not say which severity was read; a level that it gave does."""
    none = seen(("computed", "undetermined", "program"), ("flags", "inferred", "program"), severity=None)
    assert (none.rule, none.why) == (None, "the severity that the text suggests gives this customer no level")
    given = seen(("flags", "inferred", "program"), severity=None)
    assert given.why == "severity 2 is p2 for paying customers (severity read from the text)"
    unread = seen(("computed", "undetermined", "program"), severity=None)
    assert unread.why == "without a severity there is no level"


def test_both_clocks_are_told_apart() -> None:
    """Contract in business time by Severity, goal in elapsed hours; Monday 10:00 UTC is business time."""
    contract, goal = seen().due
    assert contract == Due("contract", MONDAY + timedelta(hours=HANDBOOK.first_response.target_hours["2"]))
    assert goal == Due("goal", MONDAY + timedelta(hours=HANDBOOK.first_response.goal_hours))
    warned = seen(("flags", Flag.SLA_DUE.value, "program")).due
    assert [one.soon for one in warned] == [True, False]


@pytest.mark.parametrize(
    ("later", "more", "clocks"),
    [
        ([("flags", Flag.NO_CONTRACT_SLA.value, "program")], {}, ["goal"]),
        ([], {"severity": None}, ["goal"]),
        ([], {"workload": Workload.SURGE}, ["contract"]),
        ([], {"customer": "internal"}, []),
        ([("flags", Flag.FOR_CE.value, "program")], {}, []),
    ],
)
def test_a_clock_that_does_not_run_is_not_told(
    later: list[tuple[str, str | None, str]], more: dict[str, Any], clocks: list[str]
) -> None:
    """As the report counts: no contract, no severity, surge, our own work, a prospect's own ticket."""
    assert [one.clock for one in seen(*later, **more).due] == clocks


def test_in_surge_the_goal_is_suspended_where_it_would_run() -> None:
    surge = seen(workload=Workload.SURGE)
    assert surge.suspended
    assert surge.as_json()["first_response"]["goal"] == "suspended"
    assert not seen().suspended
    assert not seen(workload=Workload.SURGE, customer="internal").suspended


def test_what_is_missing_and_when_support_answered() -> None:
    found = seen(("missing", "version logs", "program"), ("reply", None, "agent"))
    assert found.missing == ("version", "logs")
    assert found.replied == datetime.fromtimestamp(CREATED + 3_600, UTC)
    told_as = found.as_json()
    assert told_as["first_response"]["replied"] == "2026-03-02T11:00:00Z"
    assert set(told_as["first_response"]) == {"replied", "contract_due", "goal_due"}
