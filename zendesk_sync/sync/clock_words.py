"""The first-response clocks for a terminal and for programs: the contract, then the goal; never one for the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from zendesk_sync.durations import lasting
from zendesk_sync.policy.response import Clock
from zendesk_sync.sync.answered import Clocks


def told(clocks: Clocks) -> str:
    """Both clocks on one line."""
    contract = clocks.without or f"contract {_clock(clocks.response.sla, clocks.due.sla, clocks)}"
    goal = f"goal {_clock(clocks.response.goal, clocks.due.goal, clocks)}"
    return f"{contract}; {goal}"


def answered(clocks: Clocks) -> str:
    """When support first answered."""
    return "not answered yet" if clocks.replied is None else f"answered {clocks.replied:%Y-%m-%d %H:%M:%S} UTC"


def as_json(clocks: Clocks) -> dict[str, Any]:
    """The same as plain JSON values; times in ISO 8601, UTC."""
    return {
        "replied": iso(clocks.replied),
        "contract": clocks.response.sla.value,
        "contract_due": iso(clocks.due.sla),
        "without_contract": clocks.without,
        "goal": clocks.response.goal.value,
        "goal_due": iso(clocks.due.goal),
    }


def _clock(clock: Clock, due: datetime | None, clocks: Clocks) -> str:
    if due is None:
        return clock.value
    if clock is Clock.RUNNING:
        return f"due {due:%m-%d %H:%M} UTC, in {lasting((due - clocks.at).total_seconds())}"
    if clock is Clock.MISSED and clocks.replied is None:
        return f"missed, was due {due:%m-%d %H:%M} UTC"
    return clock.value


def iso(moment: datetime | None) -> str | None:
    """A moment for programs; None for none."""
    return None if moment is None else moment.isoformat(timespec="seconds")
