"""The report as data: each number as ``docs/report.md`` defines it. ``as_json`` is what ``--format json`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from zendesk_sync.moments import iso

ALL = "all"
NONE = "none"
"""The level of a ticket that was not looked at and that nobody gave one."""


@dataclass(frozen=True, slots=True)
class Received:
    """Tickets created within the window.

    Attributes:
        by_level: level -> customer type -> tickets; every level and type is there, most with 0.
    """

    tickets: int
    customer_tickets: int
    not_looked_at: int
    by_level: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Raised:
    """Who made tickets urgent, and how.

    Attributes:
        how: ``official``, ``severity``, ``presales_severity``, ``text`` or ``unknown``.
        by: ``agent``, ``ce``, ``end-user``, ``rule``, ``program``, ``system`` or ``unknown``; None where nobody did.
        who: the user's id, where a user did.
    """

    how: str
    by: str | None
    who: int | None
    tickets: int


@dataclass(frozen=True, slots=True)
class Share:
    """p0 and p1 among the customer tickets received, against the budget (policy §8)."""

    urgent: int
    customer_tickets: int
    percent: float | None
    budget_percent: float
    within: bool | None
    tickets: tuple[int, ...]
    raised_by: tuple[Raised, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """How one clock went; ``suspended`` is the goal's alone."""

    met: int = 0
    missed: int = 0
    running: int = 0
    suspended: int = 0

    @property
    def rate_percent(self) -> float | None:
        """Met of met and missed."""
        return percent(self.met, self.met + self.missed)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "rate_percent": self.rate_percent}


@dataclass(frozen=True, slots=True)
class NoContract:
    """Tickets that no contract promises a first response."""

    tickets: int
    answered: int
    waiting: int
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class FirstResponses:
    """Both clocks, apart (policy §5).

    Attributes:
        goal: customer type, or ``all`` -> hits.
        contract: severity ``0`` to ``3``, or ``all`` -> hits.
    """

    goal: Mapping[str, Hits]
    contract: Mapping[str, Hits]
    contract_without_severity: int
    no_contract: NoContract
    over_without_reply: int
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class Oldest:
    """One ticket and for how long."""

    ticket: int
    hours: float


@dataclass(frozen=True, slots=True)
class Completed:
    """How long it took from missing to complete, in elapsed hours."""

    count: int
    median_hours: float | None
    p90_hours: float | None
    longest_hours: float | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """The way of the p2 received to engineering."""

    p2: int
    asked: int
    missing: int
    complete: int


@dataclass(frozen=True, slots=True)
class ContextFigures:
    """Context that support must supply (policy §6)."""

    p2_open: int
    complete: int
    missing: int
    oldest_missing: Oldest | None
    completed: Completed
    funnel: Funnel


@dataclass(frozen=True, slots=True)
class Directions:
    """Where people moved the computed level."""

    up: int = 0
    down: int = 0
    cleared: int = 0

    @property
    def changes(self) -> int:
        return self.up + self.down + self.cleared

    def as_json(self) -> dict[str, int]:
        return {"changes": self.changes, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Overrides:
    """How often people changed the computed level, in which direction, and which rule they disagreed with.

    Attributes:
        by_rule: rule id of policy §2 -> directions; only rules that somebody disagreed with.
    """

    total: Directions
    by_rule: Mapping[str, Directions]
    by_account_rules: int
    standing: int


@dataclass(frozen=True, slots=True)
class Count:
    """Among those received, and among all that are open."""

    received: int
    open: int


@dataclass(frozen=True, slots=True)
class Triage:
    """Open tickets whose level a person must still settle, and for how long they have waited for it."""

    open: int
    oldest: Oldest | None
    median_hours: float | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of surge within the window."""

    begins: datetime
    ends: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SurgeTime:
    """How long the window was in surge."""

    hours: float
    stretches: tuple[Stretch, ...]
    known: bool


@dataclass(frozen=True, slots=True)
class Day:
    """Tickets received on one UTC day (``2026-03-02``); ``levels`` are the customer tickets'."""

    day: str
    tickets: int
    customer_tickets: int
    levels: Mapping[str, int]
    percent: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything, for one account and one window."""

    account: str
    since: datetime
    until: datetime
    received: Received
    share: Share
    first_response: FirstResponses
    context: ContextFigures
    overrides: Overrides
    undetermined: Count
    unknown_customer: Count
    needs_triage: Triage
    surge: SurgeTime
    by_day: tuple[Day, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; moments as ISO 8601 in UTC."""
        first, over = self.first_response, self.overrides
        return {
            "account": self.account,
            "since": iso(self.since),
            "until": iso(self.until),
            "received": asdict(self.received),
            "share": {**asdict(self.share), "tickets": list(self.share.tickets)}
            | {"raised_by": [asdict(one) for one in self.share.raised_by]},
            "first_response": {
                "goal": {name: hits.as_json() for name, hits in first.goal.items()},
                "contract": {
                    name: {key: value for key, value in hits.as_json().items() if key != "suspended"}
                    for name, hits in first.contract.items()
                },
                "contract_without_severity": first.contract_without_severity,
                "no_contract": asdict(first.no_contract),
                "over_without_reply": first.over_without_reply,
                "median_hours": first.median_hours,
            },
            "context": asdict(self.context),
            "overrides": {
                **over.total.as_json(),
                "by_rule": {rule: one.as_json() for rule, one in over.by_rule.items()},
                "by_account_rules": over.by_account_rules,
                "standing": over.standing,
            },
            "undetermined": asdict(self.undetermined),
            "unknown_customer": asdict(self.unknown_customer),
            "needs_triage": asdict(self.needs_triage),
            "surge": {
                "hours": self.surge.hours,
                "known": self.surge.known,
                "stretches": [
                    {"begins": iso(one.begins), "ends": iso(one.ends), "by": one.by, "reason": one.reason}
                    for one in self.surge.stretches
                ],
            },
            "by_day": [asdict(one) for one in self.by_day],
        }


def percent(part: int, whole: int) -> float | None:
    """A share with one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def hours(seconds: float) -> float:
    """Elapsed hours with two decimals."""
    return round(seconds / 3600, 2)
