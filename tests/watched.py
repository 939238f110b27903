"""A store in which every metric has a value, and what a scrape of it holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.policy.facts import HANDBOOK
from tests.report.stories import DAY, HOUR, MONDAY, happened
from zendesk_sync import metrics
from zendesk_sync.report.gauges import ReportGauges
from zendesk_sync.report.recent import Lately, Recent
from zendesk_sync.store import Standing, Store
from zendesk_sync.sync.gauges import Gauges, render
from zendesk_sync.sync.order_gauges import OrderGauges
from zendesk_sync.workload_settings import WorkloadAdvice
from zendesk_sync.zendesk.budget import Budget, Call, route

NOW = MONDAY + 7 * DAY
"""Seconds since 1970; a week after the first ticket."""
LAG = 90
"""Seconds from the history's end to now."""

TICKETS: Mapping[int, list[str]] = {
    4711: ["1 created severity=1 end-user", "1.1 computed=p1 customer=enterprise program", "3 reply agent"],
    4712: ["2 created severity=2 end-user", "2.1 computed=p2 customer=team flags=context_missing+sla_due program"],
    4713: [
        "3 created severity=2 end-user",
        "3.1 computed=p2 customer=team flags=context_missing program",
        "9 flags=context_complete program",
        "10 official=p1 agent",
        "10.1 flags=context_complete+override program",
    ],
    4714: ["4 created end-user", "4.1 computed=undetermined customer=unknown flags=needs_triage+goal_due program"],
    4715: ["5 created agent", "5.1 computed=p3 customer=internal program", "6 official=p2 rule"],
    4716: ["6 created severity=2 end-user", "6.1 computed=p2 customer=free flags=no_contract_sla program"],
    4717: ["7 created end-user", "7.1 status=solved agent"],
}
"""Tickets with numbers that no count comes near."""


class Watch:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.at = float(NOW)

    def __call__(self) -> float:
        return self.at


def watched(watch: Watch) -> Store:
    """The store; ``acme`` has a history, an order and surge, and ``globex`` has nothing yet."""
    store = Store.open(None, clock=watch)
    store.ensure_account("acme")
    store.ensure_account("globex")
    lease = store.acquire("acme", "test", 1000)
    assert lease is not None
    store.begin_chronicle(lease, MONDAY - DAY, "test")
    store.chronicle(lease, [one for ticket, lines in TICKETS.items() for one in happened(ticket, *lines)])
    reach = store.chronicle_reach("acme")
    assert reach is not None
    store.commit_chronicle(lease, replace(reach, cursor=NOW - LAG, until=NOW - LAG, complete=True))
    bands = {4711: 0, 4712: 2, 4713: 1, 4714: 3, 4715: 4, 4716: 2}
    store.stand(
        lease,
        [
            Standing(ticket, band, 0, MONDAY + HOUR * (ticket - 4710), ticket == 4711, True, "")
            for ticket, band in bands.items()
        ],
    )
    store.set_standing_complete("acme", complete=True)
    store.release(lease)
    watch.at = NOW - 3 * HOUR
    store.begin_surge("acme", "kim@desk", until=NOW - HOUR, reason="flood")
    watch.at = NOW
    return store


def families(store: Store, watch: Watch) -> list[Metric]:
    """All that is looked up rather than counted, as a monitoring system reads it."""
    budget = Budget()
    call = Call(route("PUT", "/api/v2/tickets/4711"))
    assert budget.admit(call) == 0
    budget.answered(call, {"x-rate-limit": "400", "x-rate-limit-remaining": "390"})
    recent = Recent(store=store, handbook=HANDBOOK, days=14)
    registry = CollectorRegistry()
    advised = {"acme": WorkloadAdvice(engineers_on_shift=2)}
    registry.register(Gauges(store, ["acme", "globex"], {"acme": budget}, advised=advised))
    registry.register(OrderGauges(store, ["acme", "globex"], HANDBOOK, clock=watch))

    def counted(accounts: Sequence[str]) -> dict[str, Lately]:
        return {name: found for name in accounts if (found := recent.of(name)) is not None}

    registry.register(ReportGauges(store, ["acme", "globex"], counted, clock=watch))
    return list(text_string_to_metric_families(render(registry).decode()))


def samples(store: Store, watch: Watch) -> dict[tuple[str, ...], float]:
    """Name without prefix, account and other labels' values -> value."""
    return {
        (one.name.removeprefix("zendesk_sync_"), *one.labels.values()): one.value
        for family in families(store, watch)
        for one in family.samples
    }


ENDINGS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "counter": {"_total": frozenset()},
    "histogram": {"_bucket": frozenset({"le"}), "_count": frozenset(), "_sum": frozenset()},
}
"""What a query adds to the name, and the labels that come with it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A metric: its labels, and which values they were seen to have."""

    labels: frozenset[str]
    values: Mapping[str, Collection[str]]


def known() -> dict[str, Known]:
    """Every name that a query may use; a family without a sample would be a gap of this file."""
    found: dict[str, Known] = {}
    for counted in vars(metrics).values():
        if isinstance(counted, MetricWrapperBase):
            labels = frozenset(counted._labelnames)  # nothing public tells them before the first count
            for metric in counted.describe():
                for ending, extra in ENDINGS[metric.type].items():
                    found[metric.name + ending] = Known(labels | extra, {})
    watch = Watch()
    with watched(watch) as store:
        for family in families(store, watch):
            assert family.samples, family.name
            for one in family.samples:
                before = found.get(one.name)
                values = {label: {value} for label, value in one.labels.items() if label != "account"}
                if before is not None:
                    values = {label: {*before.values[label], *some} for label, some in values.items()}
                found[one.name] = Known(frozenset(one.labels), values)
    return found
