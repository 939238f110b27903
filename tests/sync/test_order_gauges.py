"""What a monitoring system is told of support's order and of number one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from tests.policy.facts import HANDBOOK
from tests.watched import NOW, Watch
from zendesk_sync.store import Standing, Store
from zendesk_sync.store.leases import Lease
from zendesk_sync.sync.gauges import render
from zendesk_sync.sync.order_gauges import OrderGauges


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def store(watch: Watch) -> Iterator[Store]:
    with Store.open(None, clock=watch) as opened:
        opened.ensure_account("acme")
        yield opened


def told(store: Store, watch: Watch) -> dict[tuple[str, ...], float]:
    registry = CollectorRegistry()
    registry.register(OrderGauges(store, ["acme"], HANDBOOK, clock=watch))
    found = text_string_to_metric_families(render(registry).decode())
    return {
        (one.name.removeprefix("zendesk_sync_"), *(v for k, v in one.labels.items() if k != "account")): one.value
        for family in found
        for one in family.samples
    }


def leased(store: Store) -> Lease:
    lease = store.acquire("acme", "test", 100)
    assert lease is not None
    return lease


def stands(ticket: int, band: int, waits: float, *, rank: int = 0, tagged: bool = False) -> Standing:
    return Standing(ticket, band, rank, NOW - waits, tagged, True, "")


def test_how_many_wait_at_each_level_and_how_long_the_first(store: Store, watch: Watch) -> None:
    """Levels at which nobody waits are 0; tickets out of order count nowhere."""
    store.stand(leased(store), [stands(1, 2, 50), stands(2, 1, 40, tagged=True), stands(3, 2, 30)])
    store.set_standing_complete("acme", complete=True)
    assert told(store, watch) == {
        ("queue_complete",): 1, ("queue_tickets", "p0"): 0, ("queue_tickets", "p1"): 1, ("queue_tickets", "p2"): 2,
        ("queue_tickets", "undetermined"): 0, ("queue_tickets", "p3"): 0, ("number_one_holders",): 1,
        ("number_one_agrees",): 1, ("number_one_age_seconds",): 40,
    }  # fmt: skip


def test_a_tag_that_stands_wrong_is_told(store: Store, watch: Watch) -> None:
    """On two tickets, on another than the first, on none; and surge may make another ticket the first."""
    lease = leased(store)
    store.set_standing_complete("acme", complete=True)

    def tag(*entries: Standing) -> tuple[float, float]:
        store.stand(lease, entries)
        found = told(store, watch)
        return found["number_one_holders",], found["number_one_agrees",]

    first, second = stands(1, 2, 50, rank=1, tagged=True), stands(2, 2, 40, rank=0)
    assert tag(first, second) == (1, 1)
    assert tag(first, stands(2, 2, 40, tagged=True)) == (2, 0)
    assert tag(stands(1, 2, 50, rank=1), stands(2, 2, 40, tagged=True)) == (1, 0)
    store.begin_surge("acme", "kim@desk", until=NOW + 60, reason="flood")
    assert told(store, watch)["number_one_agrees",] == 1
    assert tag(stands(2, 2, 40)) == (0, 0)


def test_nobody_is_number_one_before_everybody_is_known(store: Store, watch: Watch) -> None:
    """Then only that is told; of an empty order that nobody waits, which is as it should be."""
    lease = leased(store)
    store.stand(lease, [stands(1, 2, 50)])
    assert told(store, watch) == {("queue_complete",): 0}
    store.unstand(lease, [1])
    store.set_standing_complete("acme", complete=True)
    found = told(store, watch)
    assert (found["number_one_holders",], found["number_one_agrees",]) == (0, 1)
    assert ("number_one_age_seconds",) not in found


def test_a_store_that_fails_is_left_to_others_to_tell(store: Store, watch: Watch) -> None:
    store.close()
    assert told(store, watch) == {}
