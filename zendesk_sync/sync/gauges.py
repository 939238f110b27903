"""How things stand, read when a monitoring system or a person asks: inbox, sweep, pauses, and the rate of each account.

Works in the process that serves the accounts and in any other that has the store open; only the rate is known where
the calls are made.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zendesk_sync.errors import StoreError
from zendesk_sync.store.store import Store
from zendesk_sync.sync.paused import in_force
from zendesk_sync.sync.surge import surge_state
from zendesk_sync.workload_settings import WorkloadAdvice
from zendesk_sync.zendesk.budget import Budget


def states(
    store: Store,
    accounts: Sequence[str],
    budgets: Mapping[str, Budget] | None = None,
    *,
    paused: Collection[str] = (),
    advised: Mapping[str, WorkloadAdvice] | None = None,
) -> dict[str, dict[str, Any]]:
    """Each account's state as plain JSON values; times in seconds, None for what never happened or is not known here.

    ``heard_ago_s``: since Zendesk last answered this process. ``swept_ago_s``: since a sweep last reached the end of
    the export. ``paused_s`` is None where a pause has no end. ``writes_pause`` says who paused the account, since when
    (seconds since 1970) and why, or None; ``paused`` are those that the configuration pauses. ``surge`` says who
    switched it on, since when, until when and why, or None; ``advised`` is when the configuration suggests it.

    Raises:
        StoreError: the store cannot be read.
    """
    return {
        account: _state(store, account, (budgets or {}).get(account), switched_off=account in paused)
        | surge_state(store, account, (advised or {}).get(account))
        for account in accounts
    }


def _state(store: Store, account: str, budget: Budget | None, *, switched_off: bool) -> dict[str, Any]:
    counts, paused = store.pending(account), store.paused_for(account)
    by_a_person = in_force(store, account, paused=switched_off)
    return {
        "heard_ago_s": None if budget is None else budget.heard_ago,
        "swept_ago_s": store.swept_ago(account),
        "paused_s": None if math.isinf(paused) else paused,
        "paused": paused > 0,
        "writes_pause": None if by_a_person is None else asdict(by_a_person),
        "waiting": counts.waiting,
        "due": counts.due,
        "parked": counts.parked,
        "oldest_age_s": counts.oldest_age_s,
    }


class Gauges(Collector):
    """Everything that is looked up rather than counted.

    Args:
        store: read at each scrape.
        accounts: their names.
        budgets: the rate of those accounts that this process calls.
        paused: accounts that the configuration pauses.
        advised: when surge is suggested, by account.
    """

    def __init__(
        self,
        store: Store,
        accounts: Sequence[str],
        budgets: Mapping[str, Budget] | None = None,
        *,
        paused: Collection[str] = (),
        advised: Mapping[str, WorkloadAdvice] | None = None,
    ) -> None:
        self._store, self._accounts, self._budgets, self._paused = store, accounts, budgets or {}, paused
        self._advised = advised

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before somebody asks."""
        return []

    def collect(self) -> Iterable[Metric]:
        try:
            found = states(self._store, self._accounts, self._budgets, paused=self._paused, advised=self._advised)
        except StoreError:
            found = {}
        up = GaugeMetricFamily("zendesk_sync_store_up", "1 while the store can be read.")
        up.add_metric([], float(bool(found) or not self._accounts))
        return [up, *_inbox(found), *_workload(found), *_rate(self._budgets)]


def render(*registries: CollectorRegistry) -> bytes:
    """Prometheus' text of all of them."""
    return b"".join(generate_latest(one) for one in registries)


def _inbox(found: Mapping[str, Mapping[str, Any]]) -> list[Metric]:
    hints = GaugeMetricFamily(
        "zendesk_sync_inbox_hints", "Tickets in the inbox: waiting, due or parked.", labels=["account", "state"]
    )
    oldest = GaugeMetricFamily(
        "zendesk_sync_inbox_oldest_age_seconds", "Age of the oldest hint that is not parked.", labels=["account"]
    )
    swept = GaugeMetricFamily(
        "zendesk_sync_sweep_lag_seconds", "Since a sweep last reached the end of the export.", labels=["account"]
    )
    paused = GaugeMetricFamily(
        "zendesk_sync_paused_seconds", "Seconds that a pause of the account still lasts.", labels=["account"]
    )
    writes = GaugeMetricFamily(
        "zendesk_sync_writes_paused", "1 while a person has paused all writing.", labels=["account"]
    )
    for account, state in found.items():
        for name in ("waiting", "due", "parked"):
            hints.add_metric([account, name], state[name])
        oldest.add_metric([account], state["oldest_age_s"])
        swept.add_metric([account], math.inf if state["swept_ago_s"] is None else state["swept_ago_s"])
        paused.add_metric([account], math.inf if state["paused_s"] is None else state["paused_s"])
        writes.add_metric([account], float(state["writes_pause"] is not None))
    return [hints, oldest, swept, paused, writes]


def _workload(found: Mapping[str, Mapping[str, Any]]) -> list[Metric]:
    surge = GaugeMetricFamily("zendesk_sync_surge", "1 while a person has switched surge on.", labels=["account"])
    tickets = GaugeMetricFamily(
        "zendesk_sync_open_tickets", "New and open tickets that are support's to move.", labels=["account"]
    )
    each = GaugeMetricFamily(
        "zendesk_sync_open_tickets_per_engineer", "The same for each engineer on shift.", labels=["account"]
    )
    suggested = GaugeMetricFamily(
        "zendesk_sync_surge_suggested", "1 while surge is suggested and not on.", labels=["account"]
    )
    for account, state in found.items():
        surge.add_metric([account], float(state["surge"] is not None))
        tickets.add_metric([account], state["open_tickets"])
        suggested.add_metric([account], float(state["surge_suggested"]))
        if state["open_tickets_per_engineer"] is not None:
            each.add_metric([account], state["open_tickets_per_engineer"])
    return [surge, tickets, each, suggested]


def _rate(budgets: Mapping[str, Budget]) -> list[Metric]:
    calls = CounterMetricFamily("zendesk_sync_calls", "Requests to Zendesk, by kind.", labels=["account", "kind"])
    allowed = GaugeMetricFamily(
        "zendesk_sync_rate_allowed", "Our share of a rate limit, requests a minute.", labels=["account", "limit"]
    )
    free = GaugeMetricFamily(
        "zendesk_sync_rate_free", "Requests of our share left in the last minute.", labels=["account", "limit"]
    )
    wait = GaugeMetricFamily(
        "zendesk_sync_rate_wait_seconds", "Until the next call is allowed.", labels=["account", "limit"]
    )
    for account, budget in budgets.items():
        for kind, count in budget.calls.items():
            calls.add_metric([account, kind], count)
        for bucket in budget.buckets:
            allowed.add_metric([account, bucket.name], bucket.allowed)
            free.add_metric([account, bucket.name], max(0, bucket.allowed - bucket.used))
            wait.add_metric([account, bucket.name], bucket.wait_s)
    return [calls, allowed, free, wait]
