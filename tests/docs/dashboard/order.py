"""The order, and levels against the budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.docs.dashboard.parts import (
    BLUE,
    DAY,
    GREEN,
    GREY,
    HOUR,
    MINUTE,
    ORANGE,
    RED,
    WINDOW,
    YELLOW,
    Panel,
    Query,
    added,
    bars,
    series,
    stat,
    told,
)

ROWS: Final[dict[str, Sequence[Panel]]] = {
    "Number one and the queue": [
        stat(
            "Number one waits",
            "Since the first ticket of the order was received. Which one it is: the view Number one.",
            told("number_one_age_seconds"),
            unit="s",
            steps={4 * HOUR: YELLOW, DAY: RED},
        ),
        stat(
            "The tag is right",
            "Whether the number-one tag is on the first of the order and on no other.",
            told("number_one_agrees"),
            words={0: ("no", RED), 1: ("yes", GREEN)},
        ),
        stat(
            "Tickets with the tag",
            "One, or none where nobody waits. Two are one too many.",
            told("number_one_holders"),
            steps={2: RED},
        ),
        stat(
            "In the order",
            "New and Open tickets that are support's to move.",
            added("queue_tickets", over="level"),
            calm=GREY,
        ),
        stat(
            "For each engineer",
            "Open tickets for each engineer on shift, where the configuration says how many there are.",
            told("open_tickets_per_engineer"),
            calm=GREY,
        ),
        stat(
            "All open tickets known",
            "Until then nobody is number one.",
            told("queue_complete"),
            words={0: ("not yet", ORANGE), 1: ("yes", GREEN)},
        ),
        series(
            "Queue by level",
            "Tickets in the order by the level that counts: the official one, else the computed.",
            [Query(told("queue_tickets", "level"), "{{level}}")],
            stacked=True,
        ),
        series(
            "How long number one has waited",
            "A line that only climbs is a ticket that nobody takes.",
            [Query(told("number_one_age_seconds"), "number one")],
            unit="s",
        ),
    ],
    "Levels against the budget (tickets received in the report's days)": [
        stat(
            "p0 and p1",
            "Their share of the customer tickets received.",
            told("report_urgent_ratio"),
            unit="percentunit",
            calm=GREY,
        ),
        stat(
            "Budget used",
            "That share as a part of the policy's budget; over 100 % too much is urgent.",
            f"{told('report_urgent_ratio')} / {told('urgent_budget_ratio')}",
            unit="percentunit",
            steps={0.8: YELLOW, 1.0001: RED},
        ),
        stat(
            "Received",
            "All tickets received.",
            added("report_received_tickets", over="level customer_type"),
            calm=GREY,
        ),
        stat(
            "Not looked at",
            "Received and without a computed priority.",
            told("report_not_looked_at_tickets"),
            calm=GREY,
        ),
        stat(
            "Days counted",
            "How many days the report counts; the configuration's service.board.days, or fewer at first.",
            WINDOW,
            unit="s",
            calm=GREY,
        ),
        stat(
            "Counted up to",
            "Since the end of what is counted here.",
            f"time() - {told('report_end_timestamp_seconds')}",
            unit="s",
            steps={30 * MINUTE: YELLOW, 2 * HOUR: RED},
        ),
        series(
            "Share of p0 and p1 against the budget",
            "Each point is the share over the report's days.",
            [Query(told("report_urgent_ratio"), "p0 and p1"), Query(told("urgent_budget_ratio"), "budget")],
            unit="percentunit",
        ),
        series(
            "Received by level",
            "Tickets received within the report's days, by the level that counts.",
            [Query(added("report_received_tickets", "level", over="customer_type"), "{{level}}")],
            stacked=True,
        ),
        bars(
            "Received by customer type",
            "Tickets received within the report's days.",
            Query(added("report_received_tickets", "customer_type", over="level"), "{{customer_type}}"),
            calm=BLUE,
        ),
        bars(
            "Who made tickets urgent, and how",
            "p0 and p1: by the official priority, a severity or the text, and the role of whoever set it.",
            Query(told("report_urgent_tickets", "how", "by"), "{{how}} by {{by}}"),
            calm=ORANGE,
        ),
        bars(
            "Urgent by customer type",
            "p0 and p1 received, by customer type.",
            Query(added("report_received_tickets", "customer_type", over="level", level="p0|p1"), "{{customer_type}}"),
            calm=ORANGE,
        ),
    ],
}
"""Title -> panels, left to right; full lines begin anew."""
