"""Support's order for a monitoring system: how many wait at each level, and whether number one is who it should be."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from zendesk_sync.errors import StoreError
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import BANDS
from zendesk_sync.store.store import Store


class OrderGauges(Collector):
    """The order as the store has it; of an account whose New and Open tickets are not all known, only that.

    Args:
        store: read at each scrape.
        accounts: their names.
        handbook: the policy in force, which says how surge sorts.
        clock: seconds since 1970.
    """

    def __init__(
        self, store: Store, accounts: Sequence[str], handbook: Handbook, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._accounts, self._clock = store, accounts, clock
        self._type_first = handbook.switches.order == "tier-first"

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before somebody asks."""
        return []

    def collect(self) -> Iterable[Metric]:
        """Nothing at all while the store cannot be read: ``zendesk_sync_store_up`` tells that."""
        complete = GaugeMetricFamily(
            "zendesk_sync_queue_complete",
            "1 while every New and Open ticket is known to be in the order (docs/queue.md).",
            labels=["account"],
        )
        queue = GaugeMetricFamily(
            "zendesk_sync_queue_tickets",
            "New and Open tickets in support's order, by the level that counts (docs/queue.md).",
            labels=["account", "level"],
        )
        holders = GaugeMetricFamily(
            "zendesk_sync_number_one_holders",
            "Tickets that carry the number-one tag: 1, or 0 where nobody waits (docs/queue.md).",
            labels=["account"],
        )
        agrees = GaugeMetricFamily(
            "zendesk_sync_number_one_agrees",
            "1 while the number-one tag is on the first of the order and on no other (docs/queue.md).",
            labels=["account"],
        )
        age = GaugeMetricFamily(
            "zendesk_sync_number_one_age_seconds",
            "Since the first of the order was received (docs/queue.md).",
            labels=["account"],
        )
        try:
            for account in self._accounts:
                in_surge = self._store.surge(account) is not None
                lead = self._store.lead(account, by_type=in_surge, type_first=self._type_first)
                complete.add_metric([account], float(lead is not None))
                if lead is None:
                    continue
                for band, level in enumerate(BANDS):
                    queue.add_metric([account, level.value], lead.bands.get(band, 0))
                holders.add_metric([account], len(lead.holders))
                agrees.add_metric([account], float(lead.holders == ([lead.first.ticket] if lead.first else [])))
                if lead.first is not None:
                    age.add_metric([account], max(0.0, self._clock() - lead.first.received))
        except StoreError:
            return []
        return [complete, queue, holders, agrees, age]
