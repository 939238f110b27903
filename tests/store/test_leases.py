from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.store.conftest import Clock, acquired
from zendesk_sync.errors import LeaseLost
from zendesk_sync.store import Later, Lease, Standing, Store, Taken

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

WRITES: dict[str, Callable[[Store, Lease], object]] = {
    "renew": lambda store, lease: store.renew(lease),
    "take": lambda store, lease: store.take(lease),
    "settle": lambda store, lease: store.settle(lease, [Taken(1, 1, 1)], {Taken(2, 1, 1): Later()}),
    "pause": lambda store, lease: store.pause(lease, 60),
    "commit_sweep": lambda store, lease: store.commit_sweep(lease, [5], "late", 60, True),
    "intend": lambda store, lease: store.intend(lease, [5]),
    "forget_intents": lambda store, lease: store.forget_intents(lease, [6]),
    "stand": lambda store, lease: store.stand(lease, [Standing(5, 0, 0, 0.0, True, True, "t")]),
    "unstand": lambda store, lease: store.unstand(lease, [6]),
    "set_standing_complete": lambda store, lease: store.set_standing_complete(lease, True),
    "remember_write": lambda store, lease: store.remember_write(lease, {5: "t"}),
}


def test_one_lease_at_a_time(store: Store, clock: Clock) -> None:
    """Nobody gets an account that is leased, not even the same owner, until the lease is over."""
    assert store.acquire("acme", "one", 30)
    clock.tick(29.9)
    assert store.acquire("acme", "one", 30) is None
    assert store.acquire("acme", "two", 30) is None
    clock.tick(0.1)
    assert store.acquire("acme", "two", 30)


def test_a_released_account_is_free_at_once(store: Store) -> None:
    """After release the next worker need not wait for the lease's end."""
    store.release(acquired(store))
    assert store.acquire("acme", "two", 30)


def test_renewing_keeps_the_lease(store: Store, clock: Clock) -> None:
    """A lease that is renewed in time lasts for as long as it is."""
    lease = acquired(store)
    for _ in range(10):
        clock.tick(29)
        store.renew(lease)
        assert store.acquire("acme", "two", 30) is None


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("successor", [False, True])
def test_a_lost_lease_writes_nothing(
    store: Store, clock: Clock, write: Callable[[Store, Lease], object], successor: bool
) -> None:
    """A worker that was frozen past its lease is stopped at its next write, with or without a successor by its name."""
    frozen = acquired(store)
    store.mark("acme", [1, 2])
    store.intend(frozen, [6])
    store.stand(frozen, [Standing(6, 0, 0, 0.0, False, True, "t")])
    store.take(frozen)
    clock.tick(30)
    if successor:
        assert store.acquire("acme", frozen.owner, 30)
    with pytest.raises(LeaseLost, match="acme"):
        write(store, frozen)
    assert [hint.ticket for hint in store.hints("acme")] == [1, 2]
    assert store.intents("acme", [5, 6]) == {6}
    assert [entry.ticket for entry in store.order("acme", by_type=False)] == [6]
    assert (store.cursor("acme"), store.paused_for("acme"), store.seen("acme", [5])) == (None, 0, {})
    assert not store.standing_complete("acme")


def test_releasing_a_lost_lease_leaves_the_successor_alone(store: Store, clock: Clock) -> None:
    """A late release neither fails nor frees the account that another worker has."""
    frozen = acquired(store)
    clock.tick(30)
    assert store.acquire("acme", "two", 30)
    store.release(frozen)
    assert store.acquire("acme", "three", 30) is None


def test_a_pause_keeps_everybody_out_until_it_ends(store: Store, clock: Clock) -> None:
    """A paused account is neither due nor to be had; a shorter pause does not shorten a longer one."""
    store.pause("acme", 60)
    store.pause("acme", 10)
    assert store.paused_for("acme") == 60
    clock.tick(59)
    assert (store.due_accounts(), store.acquire("acme", "one", 30)) == ([], None)
    clock.tick(1)
    assert store.due_accounts() == ["acme"]


def test_a_pause_without_end_lasts_until_resumed(store: Store, clock: Clock) -> None:
    """A person's pause has no end of its own."""
    store.pause("acme", math.inf)
    clock.tick(1e9)
    assert store.paused_for("acme") == math.inf
    assert store.next_due("acme") == math.inf
    store.resume("acme")
    assert (store.paused_for("acme"), store.due_accounts()) == (0, ["acme"])


def test_due_accounts(store: Store, clock: Clock) -> None:
    """An account is due by its sweep or by a hint; not while leased, and not by what is parked or due later."""
    lease = acquired(store)
    assert store.due_accounts() == []
    store.commit_sweep(lease, [], "c", 60, True)
    store.mark("acme", [1], delay=5)
    store.release(lease)
    assert store.due_accounts() == []
    clock.tick(5)
    assert store.due_accounts() == ["acme"]


def test_the_account_left_alone_for_longest_comes_first(store: Store, clock: Clock) -> None:
    """Accounts take turns, whatever their names."""
    for name in ("beta", "alpha"):
        store.ensure_account(name)
        clock.tick(1)
        store.release(acquired(store, name))
    assert store.due_accounts() == ["acme", "beta", "alpha"]


def test_making_an_account_known_again_changes_nothing(store: Store, lease: Lease) -> None:
    """A restart that names its accounts keeps their cursors."""
    store.commit_sweep(lease, [], "c", 60, True)
    store.ensure_account("acme")
    assert store.cursor("acme") == "c"
    assert store.acquire("nobody", "one", 30) is None


@pytest.mark.parametrize("step", [50, 2000, 864_000])
def test_a_clock_put_back_keeps_nothing_waiting(place: Place, clock: Clock, step: int) -> None:
    """Seconds or days: what was due is due, and everything else waits as long as it was to wait."""
    with Store.open(place, clock=clock) as store:
        store.mark("acme", [1, 2])
        store.mark("acme", [3], delay=30)
        lease = acquired(store, seconds=600)
        store.take(lease, limit=1)
        store.commit_sweep(lease, [], "c", 60, True)
        store.pause("globex", 100)
        store.ensure_account("initech")
        store.release(acquired(store, "initech"))
        assert not store.follow_clock(0.0)
        clock.tick(-step)
        assert store.follow_clock(0.0)
        assert not store.follow_clock(0.0)
        assert (store.paused_for("globex"), store.sweep_due("acme")) == (100, False)
        assert {one.ticket: one.due_in_s for one in store.hints("acme")} == {1: 600 if store.shared else 0, 2: 0, 3: 30}
        assert acquired(store, "initech")
        if store.shared:  # its worker may be alive elsewhere
            assert store.acquire("acme", "other", 30) is None
            store.renew(lease)
        else:
            assert [taken.ticket for taken in store.take(acquired(store))] == [1, 2]
        clock.tick(60)
        assert store.sweep_due("acme")


def test_a_clock_put_back_while_nobody_looked_is_noticed_by_the_next(place: Place, clock: Clock) -> None:
    """Times beyond any that we set cannot be meant."""
    with Store.open(place, clock=clock) as store:
        store.mark("acme", [1], delay=500)
        lease = acquired(store, seconds=600)
        store.commit_sweep(lease, [], "c", 60, True)
        store.pause("globex", math.inf)
    clock.tick(-864_000)
    with Store.open(place, clock=clock) as store:
        assert store.next_due("acme") == 0
        assert store.paused_for("globex") == math.inf


def test_a_clock_put_forward_makes_things_due(store: Store, clock: Clock) -> None:
    """The worker whose lease ran out by it stops; the next one has everything."""
    store.mark("acme", [1])
    lease = acquired(store)
    taken = store.take(lease)
    store.follow_clock(0.0)
    clock.tick(864_000)
    assert not store.follow_clock(1.0)
    with pytest.raises(LeaseLost):
        store.settle(lease, taken)
    assert [one.ticket for one in store.take(acquired(store))] == [1]
