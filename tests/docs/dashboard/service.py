"""The sync and the door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.docs.dashboard.parts import (
    GREEN,
    HOUR,
    MINUTE,
    ORANGE,
    RED,
    YELLOW,
    YES_NO,
    Panel,
    Query,
    one,
    series,
    stat,
    told,
)

ROWS: Final[dict[str, Sequence[Panel]]] = {
    "Sync": [
        stat(
            "Sweep",
            "Since the export was last read to its end.",
            told("sweep_lag_seconds"),
            unit="s",
            steps={5 * MINUTE: YELLOW, 10 * MINUTE: RED},
        ),
        stat(
            "Oldest in the inbox",
            "The oldest hint that is not parked.",
            told("inbox_oldest_age_seconds"),
            unit="s",
            steps={5 * MINUTE: YELLOW, 15 * MINUTE: RED},
        ),
        stat("Parked", "Tickets that were given up on.", told("inbox_hints", state="parked"), steps={1: RED}),
        stat(
            "History ends",
            "So long ago; report and board know nothing of what came after.",
            told("history_lag_seconds"),
            unit="s",
            steps={30 * MINUTE: YELLOW, HOUR: RED},
        ),
        stat(
            "History complete",
            "Until it is, the numbers of the report are missing.",
            told("history_complete"),
            words={0: ("not yet", ORANGE), 1: ("yes", GREEN)},
        ),
        stat(
            "Writing paused",
            "By a person; zendesk-sync inbox list says who and why.",
            told("writes_paused"),
            words=YES_NO,
        ),
        series(
            "Inbox",
            "Tickets to be looked at, and those that were given up on.",
            [Query(told("inbox_hints", "state"), "{{state}}")],
            stacked=True,
        ),
        series(
            "Ages",
            "Of the oldest hint, of the last sweep, and how long the account still rests.",
            [
                Query(told("inbox_oldest_age_seconds"), "oldest hint"),
                Query(told("sweep_lag_seconds"), "sweep"),
                Query(told("paused_seconds"), "rest to come"),
            ],
            unit="s",
        ),
        series(
            "Rate head-room",
            "What is left of our share of each limit, by the process that makes the calls.",
            [Query(f"min by (limit) ({one('rate_free')} / {one('rate_allowed')})", "{{limit}}")],
            width=8,
            unit="percentunit",
            top=1,
        ),
        series(
            "Requests to Zendesk",
            "By kind.",
            [Query(f"sum by (kind) (rate({one('calls_total')}[$__rate_interval]))", "{{kind}}")],
            width=8,
            unit="reqps",
            stacked=True,
        ),
        series(
            "Tickets written",
            "One by one, or by bulk jobs; and how many of those were sent.",
            [
                Query(f"sum by (kind) (rate({one('writes_total')}[$__rate_interval]))", "by {{kind}}"),
                Query(f"sum(rate({one('jobs_total')}[$__rate_interval]))", "jobs sent"),
            ],
            width=8,
            unit="cps",
        ),
        series(
            "Wait for the rate",
            "Until the next call is allowed, by limit.",
            [Query(f"max by (limit) ({one('rate_wait_seconds')})", "{{limit}}")],
            unit="s",
        ),
        series(
            "Store and processes",
            "1 while a process answers, and while the store can be read.",
            [Query("min(zendesk_sync_store_up)", "store"), Query('min(up{job="zendesk-sync"})', "processes")],
            top=1,
        ),
    ],
    "Door (acknowledgements are of all accounts together)": [
        series(
            "Webhooks",
            "Taken, and writes to the store that they shared.",
            [
                Query(f"sum(rate({one('hints_total')}[$__rate_interval]))", "taken"),
                Query(f"sum(rate({one('hint_writes_total')}[$__rate_interval]))", "writes"),
            ],
            width=8,
            unit="reqps",
        ),
        series(
            "Refused",
            "By reason: forged, stale and missing mean a wrong secret or a stranger, not_stored a store that fails.",
            [Query(f"sum by (reason) (rate({one('refused_total')}[$__rate_interval]))", "{{reason}}")],
            width=8,
            unit="reqps",
            stacked=True,
        ),
        series(
            "Time to the 200",
            "Half and 99 % of the webhooks were acknowledged within that time; after 12 s Zendesk gives up.",
            [
                Query(
                    f"histogram_quantile({quantile}, "
                    "sum by (le) (rate(zendesk_sync_acknowledgement_seconds_bucket[$__rate_interval])))",
                    name,
                )
                for quantile, name in (("0.5", "half"), ("0.99", "99 %"))
            ],
            width=8,
            unit="s",
        ),
    ],
}
"""Title -> panels, left to right; full lines begin anew."""
