"""What is said of the workload: surge in words, and whether it is suggested (policy §5). Only a person switches it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from zendesk_sync.store.workloads import Surge, Workloads
from zendesk_sync.workload_settings import WorkloadAdvice


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether surge is suggested, and by which figures.

    Attributes:
        open_tickets: New or Open tickets that are support's to move.
        per_engineer: the same for each engineer on shift; None where the configuration does not say how many there are.
        threshold: from how many for each surge is suggested; None as above.
        is_suggested: the threshold is reached, and it is not surge.
    """

    open_tickets: int
    per_engineer: float | None
    threshold: float | None
    is_suggested: bool


def advice(store: Workloads, account: str, advised: WorkloadAdvice | None) -> Advice:
    """Compare the open tickets that the store knows with what the configuration says of the shift."""
    tickets = store.open_tickets(account)
    if advised is None or advised.engineers_on_shift is None:
        return Advice(tickets, None, None, is_suggested=False)
    each = tickets / advised.engineers_on_shift
    reached = each >= advised.suggest_surge_at
    return Advice(
        tickets, round(each, 2), advised.suggest_surge_at, is_suggested=reached and store.surge(account) is None
    )


def surge_state(store: Workloads, account: str, advised: WorkloadAdvice | None) -> dict[str, Any]:
    """The workload as plain JSON values; times in seconds since 1970."""
    surge, now = store.surge(account), advice(store, account, advised)
    return {
        "surge": None if surge is None else asdict(surge),
        "open_tickets": now.open_tickets,
        "open_tickets_per_engineer": now.per_engineer,
        "surge_suggested": now.is_suggested,
    }


def described(surge: Surge) -> str:
    """In one line, for people: since when, by whom, until when, why."""
    return f"surge since {shown(surge.at)} by {surge.by}, until {shown(surge.until)}: {surge.reason}"


def shown(at: float) -> str:
    """A moment for people, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def moment_of(at: float) -> str:
    """A moment for programs: ISO 8601 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
