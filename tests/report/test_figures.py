"""Each number of the report, as docs/report.md defines it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.stories import ANN, CUSTOMER, HOUR, MONDAY, counted, happened, surge
from zendesk_sync.report.figures import LEVELS, Window, surge_stretches
from zendesk_sync.report.model import Completed, Hits, NoContract, Oldest, Raised
from zendesk_sync.report.story import told

TUESDAY = 24


def test_received_share_and_who_raised_it() -> None:
    """p0 and p1 of the customer tickets created in the window, and by which field and whom they became that."""
    found = counted(
        {
            1: ["1 created severity=0 end-user", "1.1 computed=p0 customer=enterprise program"],
            2: ["2 created severity=2 end-user", "2.1 computed=p2 customer=team program", "3 official=p1 agent"],
            3: ["3 created end-user", "3.1 computed=p0 customer=free flags=inferred program"],
            4: ["4 created presales_severity=p1 agent", "4.1 computed=p1 customer=presales program"],
            5: ["5 created agent", "5.1 computed=p3 customer=internal program"],
            6: ["6 created end-user"],
            7: ["-9 created severity=0 end-user", "-8 computed=p0 customer=team program"],
        }
    )
    assert (found.received.tickets, found.received.customer_tickets, found.received.not_looked_at) == (6, 5, 1)
    assert found.received.by_level["p0"]["enterprise"] == found.received.by_level["none"]["unknown"] == 1
    assert sum(sum(row.values()) for row in found.received.by_level.values()) == 6
    share = found.share
    assert (share.urgent, share.customer_tickets, share.percent, share.budget_percent) == (4, 5, 80.0, 10)
    assert (share.within, share.tickets) == (False, (1, 2, 3, 4))
    assert set(share.raised_by) == {
        Raised("severity", "end-user", CUSTOMER, 1),
        Raised("official", "agent", ANN, 1),
        Raised("text", None, None, 1),
        Raised("presales_severity", "agent", ANN, 1),
    }


def test_nothing_received_has_no_share() -> None:
    """A share of nothing is empty, and nobody went over a budget."""
    found = counted({})
    assert (found.share.percent, found.share.within) == (None, None)
    assert found.first_response.goal["all"].rate_percent is None
    assert found.as_json()["by_day"][0]["percent"] is None


def test_goal_and_contract_are_apart_and_a_reply_at_the_target_is_in_time() -> None:
    """Policy §5, W1 to W4. Severity 1 has four business hours; Monday's midnight lies within the business week."""
    contract, none = "customer=team program", "customer=free flags=no_contract_sla program"
    found = counted(
        {
            1: ["0 created severity=1 end-user", f"0.1 computed=p1 {contract}", "2 reply agent"],
            2: ["0 created severity=1 end-user", f"0.1 computed=p1 {contract}", "4 reply agent"],
            3: ["0 created severity=1 end-user", f"0.1 computed=p1 {contract}"],
            4: ["47 created end-user", f"47.1 computed=undetermined {contract}"],
            5: ["1 created severity=0 end-user", f"1.1 computed=p0 {none}", "9 reply agent"],
            6: ["2 created end-user", f"2.1 computed=undetermined {none}", "3 status=solved agent"],
            7: ["2 created end-user", "2.1 computed=undetermined customer=presales flags=for_ce program"],
            8: ["2 created agent", "2.1 computed=p3 customer=internal program"],
        },
        until=48,
    ).first_response
    assert found.goal["team"] == Hits(met=1, missed=2, running=1)
    assert found.goal["free"] == Hits(missed=1)
    assert found.goal["all"] == Hits(met=1, missed=3, running=1)
    assert found.contract["1"] == Hits(met=2, missed=1)
    assert found.contract["all"].rate_percent == 66.7
    assert found.contract_without_severity == 1
    assert found.no_contract == NoContract(tickets=1, answered=1, waiting=0, median_hours=8.0)
    assert found.over_without_reply == 1
    assert found.median_hours == 4.0


def test_surge_suspends_the_goal_and_never_the_contract() -> None:
    """Whoever waited in surge is not measured by the goal; who was answered before it began is."""
    team = "computed=p1 customer=team program"
    found = counted(
        {
            1: ["0 created severity=1 end-user", f"0.1 {team}", "0.5 reply agent"],
            2: ["0 created severity=1 end-user", f"0.1 {team}", "1.5 reply agent"],
            3: ["2 created severity=1 end-user", f"2.1 {team}"],
            4: ["3 created severity=1 end-user", f"3.1 {team}", "9 reply agent"],
        },
        surges=[surge(1, 5, ended=3)],
    )
    assert found.first_response.goal["all"] == Hits(met=1, missed=1, suspended=2)
    assert found.first_response.contract["all"] == Hits(met=2, missed=2)
    assert found.surge.hours == 2.0
    assert (found.surge.known, counted({}).surge.known) == (True, False)


def test_context_of_p2_and_how_long_it_took() -> None:
    """Open p2 whenever received; completions within the window only."""
    found = counted(
        {
            1: ["-50 created severity=2 end-user", "-49 computed=p2 flags=context_missing customer=team program"],
            2: [
                "1 created severity=2 end-user",
                "2 computed=p2 flags=context_missing customer=team program",
                "8 flags=context_complete program",
            ],
            3: ["1 created severity=2 end-user", "2 computed=p2 flags=context_complete customer=team program"],
            4: [
                "-60 created severity=2 end-user",
                "-59 computed=p2 flags=context_missing customer=team program",
                "-1 flags=context_complete program",
                "0 status=solved agent",
            ],
            5: ["3 created severity=2 end-user", "4 computed=p2 flags=context_missing customer=team program"],
        },
        until=48,
    ).context
    assert (found.p2_open, found.complete, found.missing) == (4, 2, 2)
    assert found.oldest_missing == Oldest(1, 98.0)
    assert found.completed == Completed(1, 6.0, 6.0, 6.0)
    assert (found.funnel.p2, found.funnel.asked, found.funnel.missing, found.funnel.complete) == (3, 2, 1, 2)


def test_overrides_by_direction_and_rule_counts_and_triage() -> None:
    """People by the rule they disagreed with; rules of the account apart; what is open now whenever it came."""
    found = counted(
        {
            1: ["1 created severity=2 end-user", "2 computed=p2 customer=team program", "3 official=p1 agent"],
            2: ["1 created severity=1 end-user", "2 computed=p1 customer=free program", "3 official=p2 ce"],
            3: ["1 created severity=1 end-user", "2 computed=p1 customer=free program", "3 official= agent"],
            4: ["1 created severity=1 end-user", "2 computed=p1 customer=free program", "3 official=p0 rule"],
            5: ["-5 created end-user", "-4 computed=undetermined customer=unknown flags=needs_triage program"],
            6: ["1 created end-user", "2 computed=undetermined customer=team flags=needs_triage program"],
            7: ["1 created end-user", "2 computed=undetermined customer=unknown program", "3 status=solved agent"],
        },
        until=10,
    )
    assert found.overrides.total.changes == 3
    assert {rule: one.as_json() for rule, one in found.overrides.by_rule.items()} == {
        "sla-severity-1": {"changes": 2, "up": 0, "down": 1, "cleared": 1},
        "sla-severity-2-paying": {"changes": 1, "up": 1, "down": 0, "cleared": 0},
    }
    assert found.overrides.by_account_rules == 1
    assert (found.undetermined.received, found.undetermined.open) == (2, 2)
    assert (found.unknown_customer.received, found.unknown_customer.open) == (1, 1)
    assert (found.needs_triage.open, found.needs_triage.oldest) == (2, Oldest(5, 14.0))
    assert found.needs_triage.median_hours == 11.0


def test_days_are_those_that_the_window_touches() -> None:
    """Also days on which nothing came; a day's share is that of its own tickets."""
    found = counted({1: ["30 created severity=0 end-user", "31 computed=p0 customer=team program"]}, since=12, until=50)
    assert [(one.day, one.tickets, one.percent) for one in found.by_day] == [
        ("2026-03-02", 0, None),
        ("2026-03-03", 1, 100.0),
        ("2026-03-04", 0, None),
    ]
    assert found.as_json()["since"] == "2026-03-02T12:00:00Z"


def test_surge_is_cut_at_the_window() -> None:
    """Only what lies within it, in order of time; one that has not ended lasts until the window's end."""
    stretches = surge_stretches(
        [surge(40, 90), surge(-5, 3), surge(10, 20, ended=12), surge(80, 99)], Window(MONDAY, MONDAY + 50 * HOUR)
    )
    spans = [((one.begins - one.begins.replace(hour=0)).seconds // HOUR, one.ends) for one in stretches]
    assert [hour for hour, _ in spans] == [0, 10, 16]
    assert spans[-1][1] == datetime(2026, 3, 4, 2, tzinfo=UTC)


LINES = st.lists(
    st.tuples(
        st.floats(-48, 200).map(lambda at: round(at, 2)),
        st.sampled_from(["computed", "official"]),
        st.sampled_from(["p0", "p1", "p2", "p3", "undetermined", ""]),
        st.sampled_from(["program", "agent", "rule", "end-user"]),
    ),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(-48, 200), LINES), max_size=12), st.floats(0, 100), st.floats(1, 100))
def test_numbers_fit_together(
    tickets: list[tuple[float, list[tuple[float, str, str, str]]]], begins: float, takes: float
) -> None:
    """Parts sum up to their whole; a window's two halves receive, and are overridden, what the whole is."""
    lines = {}
    for number, (created, changes) in enumerate(tickets, 1):
        later = sorted((max(at, created), what, value, by) for at, what, value, by in changes)
        lines[number] = [f"{created} created end-user"] + [f"{at} {what}={value} {by}" for at, what, value, by in later]
    until = begins + takes
    whole, first = counted(lines, since=begins, until=until), counted(lines, since=begins, until=begins + takes / 2)
    second = counted(lines, since=begins + takes / 2, until=until)
    assert whole.received.tickets == first.received.tickets + second.received.tickets
    by_rule = sum(one.changes for one in whole.overrides.by_rule.values())
    assert whole.overrides.total.changes == by_rule
    assert sum(sum(row.values()) for row in whole.received.by_level.values()) == whole.received.tickets
    assert sum(one.tickets for one in whole.share.raised_by) == whole.share.urgent == len(whole.share.tickets)
    assert sum(day.tickets for day in whole.by_day) == whole.received.tickets
    assert sum(sum(day.levels.values()) for day in whole.by_day) == whole.share.customer_tickets
    assert set(whole.received.by_level) == set(LEVELS)
    for ticket, told_lines in lines.items():
        one = told(ticket, happened(ticket, *told_lines), MONDAY + round(until * HOUR))
        assert one is None or one.created <= MONDAY + until * HOUR
