"""The report of the last days, and what is unsolved now, told to a monitoring system as ``docs/report.md`` defines it.

Labels are names of accounts and fixed words: no person, no ticket. Durations are seconds, shares lie between 0 and 1.
What a report leaves empty is absent, and so is everything of an account whose history is not complete.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zendesk_sync.errors import StoreError
from zendesk_sync.policy.terms import Flag
from zendesk_sync.report.model import ALL, Directions, Hits, Oldest, Report
from zendesk_sync.report.recent import Lately
from zendesk_sync.report.rule_behind import OF_LEVELS
from zendesk_sync.store.chronicles import Reach
from zendesk_sync.store.store import Store

Sample = tuple[tuple[str, ...], float | None]
"""Values of the labels, and the number; None where there is none."""

NOBODY: Final = "nobody"


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric: its name without ``zendesk_sync_``, what it says, its labels after ``account``, and its samples."""

    name: str
    says: str
    labels: tuple[str, ...]
    samples: Callable[[Lately], Iterable[Sample]]

    def family(self, found: Mapping[str, Lately]) -> Metric:
        """Of each account."""
        family = GaugeMetricFamily(f"zendesk_sync_{self.name}", self.says, labels=["account", *self.labels])
        for account, lately in found.items():
            for labels, value in self.samples(lately):
                if value is not None:
                    family.add_metric([account, *labels], value)
        return family


class ReportGauges(Collector):
    """How far each account's history reaches, and what is counted from it.

    Args:
        store: read at each scrape.
        accounts: their names.
        counted: gives the last counts of accounts whose history is complete; asked at each scrape, so it must not take
            long.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        store: Store,
        accounts: Sequence[str],
        counted: Callable[[Sequence[str]], Mapping[str, Lately]],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._accounts, self._counted, self._clock = store, accounts, counted, clock

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before somebody asks."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Nothing at all while the store cannot be read: ``zendesk_sync_store_up`` tells that."""
        try:
            begun = self._store.chronicle_reaches(*self._accounts)
        except StoreError:
            return []
        reaches = {account: begun.get(account) for account in self._accounts}
        found = self._counted([account for account, reach in reaches.items() if reach is not None and reach.complete])
        return [*_history(reaches, self._clock()), *(figure.family(found) for figure in FIGURES)]


def _history(reaches: Mapping[str, Reach | None], now: float) -> list[Metric]:
    complete = GaugeMetricFamily(
        "zendesk_sync_history_complete",
        "1 while the history holds everything that reports are counted from (docs/data.md).",
        labels=["account"],
    )
    lag = GaugeMetricFamily(
        "zendesk_sync_history_lag_seconds", "Since the moment up to which the history is known.", labels=["account"]
    )
    for account, reach in reaches.items():
        complete.add_metric([account], float(reach is not None and reach.complete))
        if reach is not None:
            lag.add_metric([account], max(0.0, now - reach.until))
    return [complete, lag]


def _one(of: Callable[[Report], float | None]) -> Callable[[Lately], Iterator[Sample]]:
    """A metric of one number."""
    return lambda lately: iter([((), of(lately.report))])


def _seconds(of: Callable[[Report], float | None]) -> Callable[[Lately], Iterator[Sample]]:
    """A metric of one duration that the report has in hours, to the hundredth."""

    def seconds(report: Report) -> float | None:
        hours = of(report)
        return None if hours is None else round(hours * 3600)

    return _one(seconds)


def _age(of: Callable[[Report], Oldest | None]) -> Callable[[Lately], Iterator[Sample]]:
    """A metric of the oldest ticket of some kind; which one that is is no label."""
    return _seconds(lambda report: None if (oldest := of(report)) is None else oldest.hours)


def _received(lately: Lately) -> Iterator[Sample]:
    for level, types in lately.report.received.by_level.items():
        for customer, tickets in types.items():
            yield (level, customer), tickets


def _urgent(lately: Lately) -> Iterator[Sample]:
    """Put together over the people: whose number it was is no label."""
    counts: dict[tuple[str, str], int] = {}
    for one in lately.report.share.raised_by:
        key = one.how, one.by or NOBODY
        counts[key] = counts.get(key, 0) + one.tickets
    yield from counts.items()


def _share(report: Report) -> float | None:
    share = report.share
    return share.urgent / share.customer_tickets if share.customer_tickets else None


def _goal(lately: Lately) -> Iterator[Sample]:
    return _outcomes(lately.report.first_response.goal)


def _contract(lately: Lately) -> Iterator[Sample]:
    """The contract is never suspended."""
    return (one for one in _outcomes(lately.report.first_response.contract) if one[0][1] != "suspended")


def _outcomes(clocks: Mapping[str, Hits]) -> Iterator[Sample]:
    for of, hits in clocks.items():
        if of != ALL:  # whoever asks can add up
            yield from (((of, outcome), tickets) for outcome, tickets in asdict(hits).items())


def _no_contract(lately: Lately) -> Iterator[Sample]:
    free = lately.report.first_response.no_contract
    yield from ((("waiting",), free.waiting), (("answered",), free.answered))


def _due(lately: Lately) -> Iterator[Sample]:
    for clock, flag in (("contract", Flag.SLA_DUE), ("goal", Flag.GOAL_DUE)):
        yield (clock,), sum(story.has(flag) for story in lately.open.values())


def _p2_context(lately: Lately) -> Iterator[Sample]:
    context = lately.report.context
    yield from ((("missing",), context.missing), (("complete",), context.complete))


def _funnel(lately: Lately) -> Iterator[Sample]:
    return (((stage,), tickets) for stage, tickets in asdict(lately.report.context.funnel).items())


def _overrides(lately: Lately) -> Iterator[Sample]:
    by_rule = lately.report.overrides.by_rule
    for rule in sorted(OF_LEVELS):
        one = by_rule.get(rule.value, Directions())
        yield from (((rule.value, direction), changes) for direction, changes in asdict(one).items())


FIGURES: Final = (
    Figure(
        "report_start_timestamp_seconds",
        "From when on the report counts, seconds since 1970 (docs/report.md).",
        (),
        _one(lambda report: report.since.timestamp()),
    ),
    Figure(
        "report_end_timestamp_seconds",
        "Up to when the report counts, seconds since 1970 (docs/report.md).",
        (),
        _one(lambda report: report.until.timestamp()),
    ),
    Figure(
        "report_received_tickets",
        "Tickets received, by level and customer type (docs/report.md, Received).",
        ("level", "customer_type"),
        _received,
    ),
    Figure(
        "report_not_looked_at_tickets",
        "Tickets received that have no computed priority (docs/report.md, Received).",
        (),
        _one(lambda report: report.received.not_looked_at),
    ),
    Figure(
        "report_urgent_ratio",
        "p0 and p1 among the customer tickets received, 0 to 1 (docs/report.md, Share).",
        (),
        _one(_share),
    ),
    Figure(
        "urgent_budget_ratio",
        "The share of p0 and p1 that the policy allows, 0 to 1 (docs/report.md, Share).",
        (),
        _one(lambda report: report.share.budget_percent / 100),
    ),
    Figure(
        "report_urgent_tickets",
        "Customer tickets received that are p0 or p1, by how they became so and who did it (docs/report.md, Share).",
        ("how", "by"),
        _urgent,
    ),
    Figure(
        "report_goal_tickets",
        "Customer tickets received, by customer type and how the goal for a first response went: met, missed, running "
        "or suspended by surge (docs/report.md, First response).",
        ("customer_type", "outcome"),
        _goal,
    ),
    Figure(
        "report_contract_tickets",
        "Tickets received under a contract, by severity and how its first response went: met, missed or running "
        "(docs/report.md, First response).",
        ("severity", "outcome"),
        _contract,
    ),
    Figure(
        "report_contract_without_severity_tickets",
        "Tickets received under a contract that have no severity, and so no target (docs/report.md, First response).",
        (),
        _one(lambda report: report.first_response.contract_without_severity),
    ),
    Figure(
        "report_no_contract_tickets",
        "Tickets received that no contract promises a first response, answered or waiting "
        "(docs/report.md, First response).",
        ("state",),
        _no_contract,
    ),
    Figure(
        "report_over_without_reply_tickets",
        "Customer tickets received and solved without a first reply (docs/report.md, First response).",
        (),
        _one(lambda report: report.first_response.over_without_reply),
    ),
    Figure(
        "report_first_response_median_seconds",
        "Median time to the first reply (docs/report.md, First response).",
        (),
        _seconds(lambda report: report.first_response.median_hours),
    ),
    Figure(
        "unsolved_first_response_due_tickets",
        "Unsolved tickets flagged because a first response is due soon or late, by clock: contract or goal "
        "(docs/support.md).",
        ("clock",),
        _due,
    ),
    Figure(
        "unsolved_p2_tickets",
        "Unsolved tickets of level p2 (docs/report.md, Context).",
        (),
        _one(lambda report: report.context.p2_open),
    ),
    Figure(
        "unsolved_p2_context_tickets",
        "Unsolved tickets of level p2 whose context is missing or complete (docs/report.md, Context).",
        ("context",),
        _p2_context,
    ),
    Figure(
        "unsolved_p2_missing_oldest_age_seconds",
        "Age of the oldest unsolved p2 whose context is missing (docs/report.md, Context).",
        (),
        _age(lambda report: report.context.oldest_missing),
    ),
    Figure(
        "report_context_completions",
        "How often missing context became complete (docs/report.md, Context).",
        (),
        _one(lambda report: report.context.completed.count),
    ),
    Figure(
        "report_context_completion_median_seconds",
        "Median time from missing context to complete (docs/report.md, Context).",
        (),
        _seconds(lambda report: report.context.completed.median_hours),
    ),
    Figure(
        "report_context_completion_p90_seconds",
        "Time from missing context to complete that 90 % stay within (docs/report.md, Context).",
        (),
        _seconds(lambda report: report.context.completed.p90_hours),
    ),
    Figure(
        "report_context_funnel_tickets",
        "Customer tickets of level p2 received, on their way to engineering: p2 is all of them, asked, missing, "
        "complete (docs/report.md, Context).",
        ("stage",),
        _funnel,
    ),
    Figure(
        "report_overrides",
        "Changes by people of the computed level, by the policy's rule behind it and direction "
        "(docs/report.md, Overrides).",
        ("rule", "direction"),
        _overrides,
    ),
    Figure(
        "report_account_rule_overrides",
        "Changes of the computed level by the account's own triggers and automations (docs/report.md, Overrides).",
        (),
        _one(lambda report: report.overrides.by_account_rules),
    ),
    Figure(
        "unsolved_override_tickets",
        "Unsolved tickets whose official priority is not the computed one (docs/report.md, Overrides).",
        (),
        _one(lambda report: report.overrides.standing),
    ),
    Figure(
        "report_undetermined_tickets",
        "Tickets received whose level is undetermined (docs/report.md, Undetermined).",
        (),
        _one(lambda report: report.undetermined.received),
    ),
    Figure(
        "unsolved_undetermined_tickets",
        "Unsolved tickets whose level is undetermined (docs/report.md, Undetermined).",
        (),
        _one(lambda report: report.undetermined.open),
    ),
    Figure(
        "report_unknown_customer_tickets",
        "Tickets received whose customer type is unknown (docs/report.md, Unknown customer).",
        (),
        _one(lambda report: report.unknown_customer.received),
    ),
    Figure(
        "unsolved_unknown_customer_tickets",
        "Unsolved tickets whose customer type is unknown (docs/report.md, Unknown customer).",
        (),
        _one(lambda report: report.unknown_customer.open),
    ),
    Figure(
        "unsolved_needs_triage_tickets",
        "Unsolved tickets whose level a person must settle (docs/report.md, Needs triage).",
        (),
        _one(lambda report: report.needs_triage.open),
    ),
    Figure(
        "unsolved_needs_triage_oldest_age_seconds",
        "For how long the oldest of them has needed it (docs/report.md, Needs triage).",
        (),
        _age(lambda report: report.needs_triage.oldest),
    ),
    Figure(
        "unsolved_needs_triage_median_seconds",
        "Median of how long they have needed it (docs/report.md, Needs triage).",
        (),
        _seconds(lambda report: report.needs_triage.median_hours),
    ),
    Figure(
        "report_surge_seconds",
        "How long it was surge (docs/report.md, Surge).",
        (),
        _seconds(lambda report: report.surge.hours),
    ),
)
"""Everything that is counted from the history."""
