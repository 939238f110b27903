"""What the chronicle tells of a ticket that waits: whose level it has and why, what is missing, when a reply is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from zendesk_sync.moments import iso, moment
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.response import business_end
from zendesk_sync.policy.rules import SAYS
from zendesk_sync.policy.terms import Flag, Priority, RuleId, Workload
from zendesk_sync.report.first_responses import SEVERITIES
from zendesk_sync.report.story import Story

BY: Final = {
    "agent": "an agent",
    "ce": "a customer engineer",
    "end-user": "a customer",
    "rule": "a rule of the account",
}


@dataclass(frozen=True, slots=True)
class Due:
    """One first-response clock (policy §5).

    Attributes:
        clock: ``contract`` or ``goal``.
        at: the last moment that meets it.
        soon: the warning flag is on.
    """

    clock: str
    at: datetime
    soon: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """One ticket as the chronicle has it.

    Attributes:
        level: the one that counts.
        official: a person or a rule of the account gave it.
        by: who did: ``agent``, ``ce``, ``rule`` and so on; None where the computed level counts.
        computed: the computed level; None where the ticket was not looked at.
        rule: what gave the computed level; None where the ticket does not tell: the severity read from its text gave
            none, and only the text says which severity that was.
        inferred: it was read from the text.
        missing: checklist items that nobody has supplied yet.
        replied: when support first answered.
        due: the clocks that run for it, or ran.
        suspended: the goal is none of them, because it is surge.
    """

    level: str
    official: bool
    by: str | None
    computed: str | None
    rule: RuleId | None
    inferred: bool
    missing: tuple[str, ...]
    replied: datetime | None
    due: tuple[Due, ...]
    suspended: bool = False

    @property
    def why(self) -> str:
        """Why it has its level, in words."""
        if self.official:
            return f"official priority, set by {BY.get(self.by or '', 'somebody')}"
        if self.rule is None:
            return "the severity that the text suggests gives this customer no level"
        return SAYS[self.rule] + (" (severity read from the text)" if self.inferred else "")

    def as_json(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "counts": "official" if self.official else "computed",
            "official_by": self.by,
            "computed": self.computed,
            "rule": None if self.rule is None else self.rule.value,
            "inferred": self.inferred,
            "missing": list(self.missing),
            "first_response": {
                "replied": None if self.replied is None else iso(self.replied),
                **{f"{one.clock}_due": iso(one.at) for one in self.due},
                **({"goal": "suspended"} if self.suspended else {}),
            },
        }


def waiting(story: Story, handbook: Handbook, workload: Workload) -> Waiting:
    """What is known of the ticket at the end of its story."""
    official = story.values.get("official")
    counts, inferred = story.official_counts, story.has(Flag.INFERRED)
    return Waiting(
        level=story.level,
        official=counts,
        by=official.by if counts and official is not None else None,
        computed=story.computed,
        rule=None if inferred and story.computed == Priority.UNDETERMINED.value else story.rule(),
        inferred=inferred,
        missing=story.missing,
        replied=None if story.replied is None else moment(story.replied),
        due=_due(story, handbook, workload),
        suspended=workload is Workload.SURGE and _has_clocks(story),
    )


def _due(story: Story, handbook: Handbook, workload: Workload) -> tuple[Due, ...]:
    """As the report counts them: customers' tickets that were looked at; the contract first."""
    if not _has_clocks(story):
        return ()
    created, targets, found = moment(story.created), handbook.first_response, []
    severity = story.value("severity")
    if severity in SEVERITIES and not story.has(Flag.NO_CONTRACT_SLA):
        length = timedelta(hours=targets.target_hours[severity])
        ends = business_end(created, length, targets.business_hours)
        found.append(Due("contract", ends, story.has(Flag.SLA_DUE)))
    if workload is Workload.NORMAL:
        found.append(Due("goal", created + timedelta(hours=targets.goal_hours), story.has(Flag.GOAL_DUE)))
    return tuple(found)


def _has_clocks(story: Story) -> bool:
    return story.is_customers and story.computed is not None and not story.has(Flag.FOR_CE)
