"""The loop and the lease that it is held by, without Zendesk: fairness, failure, stopping."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from zendesk_sync.errors import LeaseLost, StoreError
from zendesk_sync.store import Store
from zendesk_sync.sync import holding
from zendesk_sync.sync.holding import Holding
from zendesk_sync.sync.loop import Loop

PATIENCE_S = 20.0


class Hand:
    """Serves one account by doing as it is told; a round settles what is due."""

    def __init__(self, name: str, store: Store, act: Callable[[], object] = lambda: None) -> None:
        self.name, self.store, self.act = name, store, act
        self.rounds, self.stopped, self.closed = 0, False, False
        self.served = threading.Event()

    def serve(self) -> bool:
        lease = self.store.acquire(self.name, "test", 30)
        if lease is None:
            return False
        try:
            self.rounds += 1
            self.act()
            self.store.settle(lease, self.store.take(lease))
            self.store.commit_sweep(lease, [], "c", 1000, complete=True)
        finally:
            self.store.release(lease)
        self.served.set()
        return True

    def stop(self) -> None:
        self.stopped = True

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(None) as opened:
        for name in ("acme", "globex", "initech"):
            opened.ensure_account(name)
        yield opened


@contextmanager
def running(loop: Loop) -> Iterator[None]:
    thread = threading.Thread(target=loop.run)
    thread.start()
    try:
        yield
    finally:
        loop.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_a_slow_account_holds_up_no_other(store: Store) -> None:
    """While one account's round does not end, the others are served again and again."""
    gate = threading.Event()
    slow = Hand("acme", store, lambda: gate.wait(PATIENCE_S))
    quick = Hand("globex", store)
    loop = Loop(store, {"acme": slow, "globex": quick}, 0.005, at_once=2)
    with running(loop):
        for ticket in range(1, 6):
            quick.served.clear()
            store.mark("globex", [ticket])
            loop.wake()
            assert quick.served.wait(PATIENCE_S)
        assert (slow.rounds, slow.served.is_set()) == (1, False)
        gate.set()
        assert slow.served.wait(PATIENCE_S)
    assert (slow.stopped, slow.closed, quick.closed) == (True, True, True)


def test_no_more_accounts_at_once_than_allowed(store: Store) -> None:
    """With two at once the third waits for its turn, and gets it."""
    inside, most, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(2)

    def act() -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        if most < 2 or (not gate.broken and gate.n_waiting):
            gate.wait(PATIENCE_S)
        with lock:
            inside -= 1

    hands = {name: Hand(name, store, act) for name in ("acme", "globex", "initech")}
    with running(Loop(store, hands, 0.005, at_once=2)):
        for hand in hands.values():
            assert hand.served.wait(PATIENCE_S)
    assert most == 2


def test_an_account_that_is_never_done_starves_nobody(store: Store) -> None:
    """With one place only, and an account that has new work at the end of each round, the others come by turns."""
    noisy = Hand("acme", store)
    noisy.act = lambda: store.mark("acme", range(noisy.rounds, noisy.rounds + 200))
    quiet = {name: Hand(name, store) for name in ("globex", "initech")}
    with running(Loop(store, {"acme": noisy, **quiet}, 0.005, at_once=1)):
        for ticket in range(1, 4):
            for name, hand in quiet.items():
                hand.served.clear()
                store.mark(name, [ticket])
            for hand in quiet.values():
                assert hand.served.wait(PATIENCE_S)
    assert store.pending("acme").due > 0


@pytest.mark.parametrize("error", [StoreError("disk full"), LeaseLost("gone")])
def test_a_failing_account_is_tried_again_and_stops_nothing(
    store: Store, error: StoreError, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a round ends with, the loop lives and comes back."""
    monkeypatch.setattr("zendesk_sync.sync.loop.AFTER_FAILURE_S", 0.01)
    left = 3

    def act() -> None:
        nonlocal left
        if left:
            left -= 1
            raise error

    bad, good = Hand("acme", store, act), Hand("globex", store)
    with running(Loop(store, {"acme": bad, "globex": good}, 0.005)):
        assert bad.served.wait(PATIENCE_S)
        assert good.served.wait(PATIENCE_S)
    assert bad.rounds == 4


def test_a_store_that_is_away_is_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even finding out what is due may end the loop."""
    monkeypatch.setattr("zendesk_sync.sync.loop.AFTER_FAILURE_S", 0.01)
    found, left = store.due_accounts, 3

    def due() -> list[str]:
        nonlocal left
        if left:
            left -= 1
            raise StoreError("gone")
        return found()

    monkeypatch.setattr(store, "due_accounts", due)
    hand = Hand("acme", store)
    with running(Loop(store, {"acme": hand}, 0.005)):
        assert hand.served.wait(PATIENCE_S)


def test_a_held_lease_outlives_its_own_length(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that takes many times as long as the lease keeps the account."""
    lease = store.acquire("acme", "one", 0.2)
    assert lease is not None
    renewed = threading.Semaphore(0)
    renew = store.renew

    def counted(one: object) -> None:
        renew(lease)
        renewed.release()

    monkeypatch.setattr(store, "renew", counted)
    with Holding(store, lease) as held:
        held.before("GET")
        for _ in range(9):  # three lengths of the lease
            assert renewed.acquire(timeout=PATIENCE_S)
        assert store.acquire("acme", "two", 30) is None
    store.release(lease)
    assert store.acquire("acme", "two", 30)


def test_a_round_that_hangs_keeps_no_account(store: Store) -> None:
    """Without a request for ten minutes nothing is renewed any more."""
    lease = store.acquire("acme", "one", 0.03)
    assert lease is not None
    steady = iter([0.0, *[holding.STUCK_S + 1] * 100])
    with Holding(store, lease, steady=lambda: next(steady)) as held:
        held._thread.join(PATIENCE_S)
        assert not held._thread.is_alive()


def test_no_write_goes_out_under_a_lost_lease(store: Store) -> None:
    """Reading is harmless; a write asks the store first, and is not sent."""
    lease = store.acquire("acme", "one", 30)
    assert lease is not None
    with Holding(store, lease) as held:
        held.before("PUT")
        store.release(lease)
        assert store.acquire("acme", "two", 30)
        held.before("GET")
        for method in ("PUT", "POST", "DELETE"):
            with pytest.raises(LeaseLost):
                held.before(method)
