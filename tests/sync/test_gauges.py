"""What a monitoring system is told of inbox, sweep, pauses and rate."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from zendesk_sync.store import Standing, Store
from zendesk_sync.sync.gauges import Gauges, render, states
from zendesk_sync.workload_settings import WorkloadAdvice
from zendesk_sync.zendesk.budget import Budget, Call, route


class Watch:
    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def store(watch: Watch) -> Iterator[Store]:
    with Store.open(None, clock=watch) as opened:
        opened.ensure_account("acme")
        opened.ensure_account("globex")
        yield opened


def told(store: Store, budgets: dict[str, Budget] | None = None) -> dict[tuple[str, ...], float]:
    """Every sample: name and label values -> value."""
    registry = CollectorRegistry()
    registry.register(Gauges(store, ["acme", "globex"], budgets))
    families = text_string_to_metric_families(render(registry).decode())
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_the_inbox_and_its_ages(store: Store, watch: Watch) -> None:
    """Due, waiting, parked and the oldest, for each account."""
    store.mark("acme", [1, 2])
    store.mark("acme", [3], delay=60)
    watch.at += 30
    found = told(store)
    assert [found["zendesk_sync_inbox_hints", "acme", state] for state in ("due", "waiting", "parked")] == [2, 1, 0]
    assert found["zendesk_sync_inbox_oldest_age_seconds", "acme"] == 30
    assert found["zendesk_sync_inbox_hints", "globex", "due"] == 0
    assert found["zendesk_sync_store_up",] == 1


def test_sweep_lag_and_pauses(store: Store, watch: Watch) -> None:
    """A sweep that never ended is infinitely old, so that an alert catches it; so is a pause without end."""
    lease = store.acquire("acme", "test", 100)
    assert lease is not None
    store.commit_sweep(lease, [], "cursor", 60, complete=True)
    store.release(lease)
    store.pause("acme", 90)
    store.pause("globex", math.inf)
    watch.at += 40
    found = told(store)
    assert found["zendesk_sync_sweep_lag_seconds", "acme"] == 40
    assert found["zendesk_sync_sweep_lag_seconds", "globex"] == math.inf
    assert found["zendesk_sync_paused_seconds", "acme"] == 50
    assert found["zendesk_sync_paused_seconds", "globex"] == math.inf
    assert states(store, ["globex"])["globex"] | {"heard_ago_s": None} == {
        "heard_ago_s": None, "swept_ago_s": None, "paused_s": None, "paused": True,
        "writes_pause": None, "waiting": 0, "due": 0, "parked": 0, "oldest_age_s": 0.0,
        "surge": None, "open_tickets": 0, "open_tickets_per_engineer": None, "surge_suggested": False,
    }  # fmt: skip


def test_a_persons_pause_is_told(store: Store, watch: Watch) -> None:
    """Who, since when and why; the number names the account alone; the configuration's pause needs no store."""
    store.pause_writes("acme", "kim@desk", "wrong policy")
    registry = CollectorRegistry()
    registry.register(Gauges(store, ["acme", "globex"]))
    assert 'zendesk_sync_writes_paused{account="acme"} 1.0' in render(registry).decode()
    assert 'zendesk_sync_writes_paused{account="globex"} 0.0' in render(registry).decode()
    found = states(store, ["acme", "globex"], paused=["globex"])
    assert found["acme"]["writes_pause"] == {"by": "kim@desk", "at": watch.at, "reason": "wrong policy"}
    assert found["globex"]["writes_pause"]["at"] is None
    assert not found["acme"]["paused"]  # that is Zendesk's own wish


def test_surge_is_told_and_suggested_but_never_switched(store: Store, watch: Watch) -> None:
    """At the threshold and not below; not where nobody says how many engineers there are; not in surge."""
    lease = store.acquire("acme", "test", 100)
    assert lease is not None
    advised = {"acme": WorkloadAdvice(engineers_on_shift=2, suggest_surge_at=2.5), "globex": WorkloadAdvice()}

    def state(count: int) -> tuple[float, float | None, float]:
        store.stand(lease, [Standing(n, 0, 0, 0.0, False, True, "") for n in range(1, count + 1)])
        registry = CollectorRegistry()
        registry.register(Gauges(store, ["acme", "globex"], advised=advised))
        families = text_string_to_metric_families(render(registry).decode())
        found = {(s.name, s.labels["account"]): s.value for f in families for s in f.samples if "account" in s.labels}
        assert found["zendesk_sync_surge_suggested", "globex"] == 0
        assert ("zendesk_sync_open_tickets_per_engineer", "globex") not in found
        names = ("zendesk_sync_surge_suggested", "zendesk_sync_open_tickets_per_engineer", "zendesk_sync_surge")
        suggested, each, surge = (found[name, "acme"] for name in names)
        return suggested, each, surge

    assert state(4) == (0, 2, 0)
    assert state(5) == (1, 2.5, 0)
    assert store.surge("acme") is None
    store.begin_surge("acme", "kim@desk", until=watch.at + 60, reason="flood")
    assert state(5) == (0, 2.5, 1)
    assert states(store, ["acme"])["acme"]["surge"]["by"] == "kim@desk"
    watch.at += 60
    assert state(5) == (1, 2.5, 0)


def test_calls_and_the_rate(store: Store) -> None:
    """By kind and limit, for the accounts that this process calls; and when Zendesk was last heard."""
    now = [0.0]
    budget = Budget(0.5, clock=lambda: now[0])
    assert states(store, ["acme"], {"acme": budget})["acme"]["heard_ago_s"] is None
    for _ in range(3):
        call = Call(route("PUT", "/api/v2/tickets/4711"))
        assert budget.admit(call) == 0
        budget.answered(call, {"x-rate-limit": "400", "x-rate-limit-remaining": "390"})
    now[0] = 7.0
    found = told(store, {"acme": budget})
    assert found["zendesk_sync_calls_total", "acme", "update"] == 3
    assert found["zendesk_sync_rate_allowed", "acme", "account"] == 200
    assert found["zendesk_sync_rate_free", "acme", "account"] == 197
    assert states(store, ["acme"], {"acme": budget})["acme"]["heard_ago_s"] == 7.0
    assert not any("4711" in str(key) for key in found)


def test_a_store_that_fails_is_told(store: Store) -> None:
    """The rest is left out, and nothing raises."""
    store.close()
    assert told(store) == {("zendesk_sync_store_up",): 0}
