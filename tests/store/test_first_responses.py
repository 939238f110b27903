"""Wake-ups become hints when they are due, whoever has the account; what is known of answers can be lost."""

from __future__ import annotations

from tests.store.conftest import Clock, acquired
from zendesk_sync.store import Store


def test_a_wakeup_becomes_a_hint_when_it_is_due(store: Store, clock: Clock) -> None:
    """Not sooner, once, and the account is due by it alone."""
    lease = acquired(store, seconds=1000)
    store.commit_sweep(lease, [], "c", 3000, complete=True)
    store.await_responses(lease, {1: 60, 2: 120, 3: None})
    store.release(lease)
    assert store.due_accounts() == []
    clock.now += 60
    assert store.due_accounts() == ["acme"]
    lease = acquired(store, seconds=1000)
    assert [one.ticket for one in store.take(lease)] == [1]
    assert store.take(lease) == []
    clock.now += 60
    assert [one.ticket for one in store.take(lease)] == [2]


def test_a_later_look_puts_a_wakeup_elsewhere_or_takes_it_away(store: Store, clock: Clock) -> None:
    """Who is answered or over is not looked at for its clock again; one that is taken by a worker who dies is."""
    lease = acquired(store, seconds=1000)
    store.await_responses(lease, {1: 60, 2: 60, 3: 60, 4: 60})
    store.await_responses(lease, {1: 90, 2: None})
    store.unstand(lease, [3])
    clock.now += 60
    assert [one.ticket for one in store.take(lease)] == [4]
    clock.now += 1000  # that worker died with it in hand
    again = acquired(store)
    assert sorted(one.ticket for one in store.take(again)) == [1, 4]


def test_a_clock_that_was_put_back_delays_no_wakeup(store: Store, clock: Clock) -> None:
    """They move with it, as everything that waits does."""
    lease = acquired(store, seconds=100)
    store.commit_sweep(lease, [], "c", 3000, complete=True)
    store.await_responses(lease, {1: 60})
    store.release(lease)
    store.follow_clock(0.0)
    clock.now -= 86_400
    assert store.follow_clock(1.0)
    clock.now += 60
    assert store.due_accounts() == ["acme"]


def test_answers_are_known_by_the_same_rules_until_the_ticket_is_over(store: Store) -> None:
    """Another policy tells other answers, so it asks again."""
    lease = acquired(store)
    store.remember_answers(lease, {1: 10.0, 2: 20.0}, "one")
    assert store.answers("acme", [1, 2, 3], "one") == {1: 10.0, 2: 20.0}
    store.remember_answers(lease, {1: 11.0}, "two")
    assert store.answers("acme", [1, 2], "two") == {1: 11.0}
    assert store.answers("acme", [1, 2], "one") == {2: 20.0}
    store.unstand(lease, [2])
    assert store.answers("acme", [2], "one") == {}
