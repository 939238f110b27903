"""Where a backfill stands survives a stop, and belongs to one slice only."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from zendesk_sync.errors import LeaseLost
from zendesk_sync.store.backfills import Deferred
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store


@pytest.fixture
def held(tmp_path: Path) -> tuple[Store, Lease]:
    store = Store.open(tmp_path / "s.db")
    store.ensure_account("acme")
    lease = store.acquire("acme", "me", 60)
    assert lease is not None
    return store, lease


def deferred(ticket: int, created: int = 10, updated: int = 20) -> Deferred:
    return Deferred(ticket, created, updated, f"stamp {updated}")


def test_the_same_slice_goes_on_and_another_begins_anew(held: tuple[Store, Lease]) -> None:
    store, lease = held
    store.begin_backfill(lease, 0, "all")
    store.commit_backfill_page(lease, cursor="c1", exported=False, tickets=7, deferred=[deferred(1)], hints=[2])
    assert store.begin_backfill(lease, 0, "all").cursor == "c1"
    assert store.begin_backfill(lease, 0, "all").tickets == 7
    assert store.deferred_count("acme") == 1
    assert [hint.ticket for hint in store.hints("acme")] == [2]
    assert store.begin_backfill(lease, 5, "all").cursor is None
    assert store.deferred_count("acme") == 0


def test_what_waits_for_its_history_comes_in_the_order_of_change(held: tuple[Store, Lease]) -> None:
    store, lease = held
    store.begin_backfill(lease, 0, "all")
    rows = [deferred(1, created=5, updated=30), deferred(2, updated=20), deferred(3, updated=40)]
    store.commit_backfill_page(lease, cursor=None, exported=True, tickets=3, deferred=rows, hints=[])
    assert [one.ticket for one in store.deferred("acme")] == [2, 1, 3]
    assert [one.ticket for one in store.deferred("acme", until=30)] == [2, 1]
    assert store.earliest_deferred("acme") == 5
    assert store.deferred_among("acme", [1, 9]) == {1: rows[0]}
    store.settle_deferred(lease, done=[2], hints=[3])
    assert [one.ticket for one in store.deferred("acme")] == [1]
    assert [hint.ticket for hint in store.hints("acme")] == [3]
    state = store.backfill_state("acme")
    assert state is not None
    assert state.exported


def test_a_lost_lease_commits_nothing(held: tuple[Store, Lease]) -> None:
    store, lease = held
    store.begin_backfill(lease, 0, "all")
    store.release(lease)
    with pytest.raises(LeaseLost):
        store.commit_backfill_page(lease, cursor="c", exported=True, tickets=1, deferred=[deferred(1)], hints=[1])
    assert store.deferred_count("acme") == 0
    assert store.hints("acme") == []


def test_an_ended_backfill_leaves_nothing(held: tuple[Store, Lease]) -> None:
    store, lease = held
    store.begin_backfill(lease, 0, "all")
    store.commit_backfill_page(lease, cursor="c", exported=True, tickets=1, deferred=[deferred(1)], hints=[])
    store.end_backfill(lease)
    assert store.backfill_state("acme") is None
    assert store.deferred_count("acme") == 0


def test_a_store_of_the_version_before_is_brought_up_and_keeps_its_hints(tmp_path: Path) -> None:
    file = tmp_path / "s.db"
    with Store.open(file) as store:
        store.mark("acme", [41])
    with sqlite3.connect(file) as c:
        c.executescript("drop table backfill; drop table backfill_ticket; update about set schema = 1")
    with Store.open(file) as store:
        assert [hint.ticket for hint in store.hints("acme")] == [41]
        assert store.deferred_count("acme") == 0
