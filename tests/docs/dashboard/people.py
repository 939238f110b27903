"""What people do: first responses, context and triage, overrides, surge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.docs.dashboard.parts import (
    BLUE,
    DAY,
    GREEN,
    GREY,
    HOUR,
    ORANGE,
    RED,
    WINDOW,
    YELLOW,
    YES_NO,
    Panel,
    Query,
    added,
    bars,
    hits,
    series,
    stat,
    told,
)

ROWS: Final[dict[str, Sequence[Panel]]] = {
    "First response: the contract": [
        stat(
            "Contract kept",
            "First responses in time, of those that were met or missed.",
            hits("report_contract_tickets", "severity"),
            unit="percentunit",
            calm=RED,
            steps={0.9: YELLOW, 0.99: GREEN},
        ),
        stat(
            "Due now",
            "Unsolved tickets flagged SLA due: the contract's first response is due soon or late.",
            told("unsolved_first_response_due_tickets", clock="contract"),
            steps={1: RED},
        ),
        stat(
            "Missed",
            "Tickets received in the report's days whose contract was not kept.",
            added("report_contract_tickets", over="severity", outcome="missed"),
            steps={1: RED},
        ),
        stat(
            "Running",
            "Tickets without a first reply whose time is not up.",
            added("report_contract_tickets", over="severity", outcome="running"),
            calm=GREY,
        ),
        stat(
            "Without severity",
            "Under a contract and without a severity, so without a target.",
            told("report_contract_without_severity_tickets"),
            steps={1: YELLOW},
        ),
        stat(
            "Solved without a reply",
            "Customer tickets that were solved and never answered in public; they count for neither clock.",
            told("report_over_without_reply_tickets"),
            calm=GREY,
        ),
        series(
            "Contract by outcome",
            "Tickets received within the report's days.",
            [Query(added("report_contract_tickets", "outcome", over="severity"), "{{outcome}}")],
            stacked=True,
        ),
        bars(
            "Missed by severity",
            "Where the contract was not kept.",
            Query(told("report_contract_tickets", "severity", outcome="missed"), "severity {{severity}}"),
            width=12,
            steps={1: RED},
        ),
    ],
    "First response: the goal of a couple of hours (never added to the contract)": [
        stat(
            "Goal met",
            "First replies within the goal, of those that were met or missed.",
            hits("report_goal_tickets", "customer_type"),
            unit="percentunit",
            calm=RED,
            steps={0.5: YELLOW, 0.8: GREEN},
        ),
        stat(
            "Due now",
            "Unsolved tickets flagged Goal due.",
            told("unsolved_first_response_due_tickets", clock="goal"),
            steps={1: YELLOW},
        ),
        stat(
            "Median to the first reply",
            "Over all customer tickets that have one.",
            told("report_first_response_median_seconds"),
            unit="s",
            calm=GREY,
        ),
        stat(
            "No contract, waiting",
            "Tickets that no contract promises a first response, not answered yet.",
            told("report_no_contract_tickets", state="waiting"),
            calm=GREY,
        ),
        stat(
            "No contract, answered",
            "Tickets that no contract promises a first response, answered.",
            told("report_no_contract_tickets", state="answered"),
            calm=GREY,
        ),
        stat(
            "Suspended by surge",
            "In surge the goal does not count.",
            added("report_goal_tickets", over="customer_type", outcome="suspended"),
            calm=GREY,
        ),
        series(
            "Goal by outcome",
            "Customer tickets received within the report's days.",
            [Query(added("report_goal_tickets", "outcome", over="customer_type"), "{{outcome}}")],
            stacked=True,
        ),
        bars(
            "Missed by customer type",
            "Who waited longer than the goal.",
            Query(told("report_goal_tickets", "customer_type", outcome="missed"), "{{customer_type}}"),
            width=12,
            steps={1: YELLOW},
        ),
    ],
    "Context and triage": [
        stat(
            "Oldest p2 without context",
            "Age of the oldest unsolved p2 that misses something engineering needs.",
            told("unsolved_p2_missing_oldest_age_seconds"),
            unit="s",
            steps={DAY: YELLOW, 3 * DAY: RED},
        ),
        stat(
            "Missing to complete, median",
            "Half of the time it took no longer.",
            told("report_context_completion_median_seconds"),
            unit="s",
            calm=GREY,
        ),
        stat(
            "Missing to complete, 90 %",
            "Nine times of ten it took no longer.",
            told("report_context_completion_p90_seconds"),
            unit="s",
            calm=GREY,
        ),
        stat(
            "Needs triage",
            "Unsolved tickets whose level a person must settle.",
            told("unsolved_needs_triage_tickets"),
            steps={1: YELLOW, 10: RED},
        ),
        stat(
            "Needs triage, oldest",
            "For how long the oldest has needed it.",
            told("unsolved_needs_triage_oldest_age_seconds"),
            unit="s",
            steps={4 * HOUR: YELLOW, DAY: RED},
        ),
        stat(
            "Needs triage, median",
            "For how long they have needed it.",
            told("unsolved_needs_triage_median_seconds"),
            unit="s",
            calm=GREY,
        ),
        series(
            "Unsolved p2 by context",
            "Those that have all that engineering needs, and those that do not.",
            [
                Query(told("unsolved_p2_context_tickets", "context"), "{{context}}"),
                Query(told("unsolved_p2_tickets"), "all p2"),
            ],
            width=8,
        ),
        bars(
            "p2 on their way to engineering",
            "Received in the report's days: all p2, asked for something, still missing it, complete.",
            Query(told("report_context_funnel_tickets", "stage"), "{{stage}}"),
            calm=BLUE,
        ),
        series(
            "Without a level or a customer",
            "Unsolved tickets whose level is undetermined, or whose customer nobody knows.",
            [
                Query(told("unsolved_undetermined_tickets"), "undetermined level"),
                Query(told("unsolved_unknown_customer_tickets"), "unknown customer"),
            ],
            width=8,
        ),
    ],
    "Overrides": [
        stat(
            "Changed by people",
            "How often people changed the computed level in the report's days.",
            added("report_overrides", over="rule direction"),
            width=6,
            calm=GREY,
        ),
        stat(
            "Changed by account rules",
            "How often the account's own triggers and automations did.",
            told("report_account_rule_overrides"),
            width=6,
            calm=GREY,
        ),
        stat(
            "Standing",
            "Unsolved tickets whose official priority is not the computed one.",
            told("unsolved_override_tickets"),
            width=6,
            calm=GREY,
        ),
        stat(
            "Context supplied",
            "How often missing context became complete in the report's days.",
            told("report_context_completions"),
            width=6,
            calm=GREY,
        ),
        series(
            "Overrides by direction",
            "Up is more urgent than computed, down less; cleared is no level at all.",
            [Query(added("report_overrides", "direction", over="rule"), "{{direction}}")],
        ),
        bars(
            "Overrides by rule",
            "The rule of the policy that people disagreed with. Many of one kind say that the policy should change.",
            Query(added("report_overrides", "rule", over="direction"), "{{rule}}"),
            width=12,
            steps={5: YELLOW, 10: ORANGE},
        ),
    ],
    "Surge": [
        stat("Surge", "Whether a person has switched it on.", told("surge"), width=6, words=YES_NO),
        stat(
            "Suggested",
            "Whether the open tickets call for it; only a person switches it.",
            told("surge_suggested"),
            width=6,
            words=YES_NO,
        ),
        stat("Time in surge", "Within the report's days.", told("report_surge_seconds"), width=6, unit="s", calm=GREY),
        stat(
            "Part of the time",
            "Surge as a part of the report's days.",
            f"{told('report_surge_seconds')} / ({WINDOW})",
            width=6,
            unit="percentunit",
            steps={0.25: YELLOW, 0.5: RED},
        ),
        series(
            "Open tickets",
            "New and Open tickets that are support's to move.",
            [Query(told("open_tickets"), "open"), Query(told("open_tickets_per_engineer"), "for each engineer")],
        ),
        series(
            "When it was surge",
            "1 while it was surge, or suggested.",
            [Query(told("surge"), "surge"), Query(told("surge_suggested"), "suggested")],
            top=1,
        ),
    ],
}
"""Title -> panels, left to right; full lines begin anew."""
