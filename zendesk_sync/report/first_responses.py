"""How first responses went: the goal and the contract, apart (policy §5). Pure; defined in ``docs/report.md``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from statistics import median

from zendesk_sync.moments import moment
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.response import Clock, business_time, clock
from zendesk_sync.policy.terms import CustomerType, Flag, Severity
from zendesk_sync.report.model import ALL, FirstResponses, Hits, NoContract, Stretch, hours
from zendesk_sync.report.story import Story

SEVERITIES = tuple(str(int(one)) for one in Severity)
TYPES = tuple(kind.value for kind in CustomerType if kind is not CustomerType.INTERNAL)


def first_responses(
    received: Sequence[Story], until: int, handbook: Handbook, surges: Sequence[Stretch]
) -> FirstResponses:
    """Both clocks of the tickets received; ``until`` is the end of the window, Unix seconds."""
    measured = [one for one in received if one.is_customers and one.computed is not None and not one.has(Flag.FOR_CE)]
    over = [one for one in measured if one.is_over and one.replied is None]
    measured = [one for one in measured if not (one.is_over and one.replied is None)]
    goals = [(one.customer, _goal(one, until, handbook, surges)) for one in measured]
    promised = [one for one in measured if not one.has(Flag.NO_CONTRACT_SLA)]
    with_severity = [(severity, one) for one in promised if (severity := one.value("severity")) in SEVERITIES]
    contract = [(severity, _contract(one, severity, until, handbook)) for severity, one in with_severity]
    free = [one for one in measured if one.has(Flag.NO_CONTRACT_SLA)]
    answered = sum(one.replied is not None for one in free)
    return FirstResponses(
        goal=_hits(TYPES, goals),
        contract=_hits(SEVERITIES, contract),
        contract_without_severity=len(promised) - len(with_severity),
        no_contract=NoContract(len(free), answered, len(free) - answered, _median(free)),
        over_without_reply=len(over),
        median_hours=_median(measured),
    )


def _goal(story: Story, until: int, handbook: Handbook, surges: Iterable[Stretch]) -> Clock:
    target = timedelta(hours=handbook.first_response.goal_hours)
    ends = until if story.replied is None else story.replied
    watched = min(ends, story.created + target.total_seconds(), until)
    begins = story.created
    if any(one.begins.timestamp() <= watched and begins < one.ends.timestamp() for one in surges):
        return Clock.SUSPENDED
    return clock(story.replied is not None, timedelta(seconds=ends - story.created), target)


def _contract(story: Story, severity: str, until: int, handbook: Handbook) -> Clock:
    targets = handbook.first_response
    ends = until if story.replied is None else story.replied
    spent = business_time(moment(story.created), moment(ends), targets.business_hours)
    return clock(story.replied is not None, spent, timedelta(hours=targets.target_hours[severity]))


def _hits(names: Iterable[str], clocks: Sequence[tuple[str, Clock]]) -> dict[str, Hits]:
    def count(is_meant: Callable[[str], bool]) -> Hits:
        meant = [each for name, each in clocks if is_meant(name)]
        kinds = (Clock.MET, Clock.MISSED, Clock.RUNNING, Clock.SUSPENDED)
        return Hits(*(meant.count(kind) for kind in kinds))

    return {name: count(name.__eq__) for name in names} | {ALL: count(lambda _: True)}


def _median(stories: Iterable[Story]) -> float | None:
    took = [one.replied - one.created for one in stories if one.replied is not None]
    return hours(median(took)) if took else None
