from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.conftest import Clock, acquired
from zendesk_sync.store import Counts, Later, Lease, Store, Taken
from zendesk_sync.store.inbox import MAX_TRIES, put_back

if TYPE_CHECKING:
    from zendesk_sync.settings import Place


def test_a_thousand_hints_for_one_ticket_are_one_row(store: Store, lease: Lease) -> None:
    """Hints coalesce: by call, and within one call."""
    for _ in range(500):
        store.mark("acme", [7, 7])
    assert store.take(lease) == [Taken(7, 500, 1)]


def test_oldest_first_up_to_the_limit(store: Store, lease: Lease, clock: Clock) -> None:
    """A batch holds those due for longest, and never more than the limit."""
    for ticket in (5, 3, 9):
        store.mark("acme", [ticket])
        clock.tick(1)
    assert [taken.ticket for taken in store.take(lease, limit=2)] == [5, 3]
    assert [taken.ticket for taken in store.take(lease, limit=2)] == [9]


def test_the_default_batch_is_what_zendesk_takes(store: Store, lease: Lease) -> None:
    """Without a limit a batch holds 100 hints."""
    store.mark("acme", range(1, 251))
    assert [len(store.take(lease)) for _ in range(4)] == [100, 100, 50, 0]


def test_a_taken_hint_is_taken_once_while_its_lease_lives(store: Store, lease: Lease, clock: Clock) -> None:
    """A renewed lease keeps what it took, although the first end of the lease is long past."""
    store.mark("acme", [1])
    assert store.take(lease)
    for _ in range(5):
        clock.tick(20)
        store.renew(lease)
        assert store.take(lease) == []


def test_a_newer_hint_survives_and_is_due_now(store: Store, lease: Lease, clock: Clock) -> None:
    """What happened to a ticket after it was taken is not lost when the older hint is done."""
    store.mark("acme", [1])
    taken = store.take(lease)
    clock.tick(3)
    store.mark("acme", [1])
    assert store.take(lease) == []
    store.settle(lease, taken)
    assert store.take(lease) == [Taken(1, 2, 1)]
    assert store.pending("acme").oldest_age_s == 0


def test_done_hints_are_gone(store: Store, lease: Lease) -> None:
    """Success deletes the row."""
    store.mark("acme", [1, 2])
    store.settle(lease, store.take(lease))
    assert store.pending("acme") == Counts(0, 0, 0, 0.0)


def test_failures_wait_longer_each_time_and_end_parked(store: Store, clock: Clock) -> None:
    """Waiting doubles from two seconds; after the eighth failure the hint is parked with its last error."""
    store.mark("acme", [1])
    waits = []
    for attempt in range(1, MAX_TRIES + 1):
        assert fail(store, 1, f"no {attempt} " + "x" * 600).tries == attempt
        waits.append(store.hints("acme")[0].due_in_s if attempt < MAX_TRIES else None)
        clock.tick(waits[-1] or 0)
    assert all(0.79 * 2**n <= (wait or 0) <= 1.21 * 2**n for n, wait in enumerate(waits[:-1], start=1))
    (parked,) = store.parked("acme")
    assert (parked.ticket, parked.tries, parked.due_in_s, len(parked.error or "")) == (1, 8, None, 500)
    assert (parked.error or "").startswith("no 8")
    assert store.pending("acme") == Counts(0, 0, 1, 0.0)


def test_a_change_gives_a_parked_hint_another_life(store: Store, lease: Lease) -> None:
    """A new hint revives a parked one, with no tries and no error."""
    park(store, lease, 1)
    store.mark("acme", [1])
    assert store.parked("acme") == []
    assert [(hint.tries, hint.error, hint.due_in_s) for hint in store.hints("acme")] == [(0, None, 0.0)]


def test_a_change_during_the_last_try_keeps_the_hint_alive(store: Store, lease: Lease) -> None:
    """The eighth failure does not park a hint that a newer one reached meanwhile."""
    store.mark("acme", [1])
    for _ in range(MAX_TRIES - 1):
        (taken,) = store.take(lease)
        store.settle(lease, [], {taken: Later()})
        store.mark("acme", [1])
    (taken,) = store.take(lease)
    store.mark("acme", [1])
    store.settle(lease, [], {taken: Later()})
    assert [(hint.tries, hint.due_in_s) for hint in store.hints("acme")] == [(0, 0.0)]


def test_a_change_brings_a_waiting_hint_forward_and_never_puts_it_off(store: Store, lease: Lease) -> None:
    """A fresh hint shortens a wait to its own delay; a longer delay changes nothing."""
    store.mark("acme", [1], delay=50)
    store.mark("acme", [1], delay=5)
    assert store.next_due("acme") == 0  # the sweep
    store.commit_sweep(lease, [], "c", 1000, True)
    assert store.next_due("acme") == 5
    store.mark("acme", [1], delay=70)
    assert store.next_due("acme") == 5


def test_an_uncounted_delay_gives_the_try_back(store: Store, lease: Lease, clock: Clock) -> None:
    """Waiting for a quiet ticket or for the rate limit is not the ticket's fault, however often it happens."""
    store.mark("acme", [1])
    for _ in range(3 * MAX_TRIES):
        (taken,) = store.take(lease)
        assert taken.tries == 1
        store.settle(lease, [], {taken: Later(2, count_try=False, reason="not quiet yet")})
        assert [(hint.due_in_s, hint.error) for hint in store.hints("acme")] == [(2, "not quiet yet")]
        clock.tick(2)
        store.renew(lease)


def test_suspects_go_alone_and_hold_nobody_up(store: Store, lease: Lease, clock: Clock) -> None:
    """From the fourth try on a ticket goes alone; those without a record share a batch."""
    store.mark("acme", [1, 2])
    for _ in range(3):
        store.settle(lease, [], {taken: Later() for taken in store.take(lease)})
        store.mark("acme", [1, 2])
    clock.tick(1)
    store.mark("acme", [3, 4])
    assert [[taken.ticket for taken in store.take(lease)] for _ in range(4)] == [[1], [2], [3, 4], []]


def test_a_ticket_that_kills_the_worker_each_time_is_parked(store: Store, clock: Clock) -> None:
    """Tries count before the call, so a hint that never gets as far as being settled is parked as well."""
    store.mark("acme", [1])
    for _ in range(MAX_TRIES):
        assert store.take(acquired(store))
        clock.tick(31)
    assert store.take(acquired(store)) == []
    assert "worker ended" in (store.parked("acme")[0].error or "")


def test_what_is_parked_stays_parked_over_a_crash(place: Place, clock: Clock) -> None:
    """The next process does not take up again what was given up on."""
    with Store.open(place, clock=clock) as store:
        store.mark("acme", [1])
        for _ in range(MAX_TRIES + 1):
            store.take(acquired(store))
            clock.tick(31)
    with Store.open(place, clock=clock) as store:
        assert store.pending("acme") == Counts(0, 0, 1, 0.0)


def test_a_hint_in_hand_is_not_brought_forward(store: Store, lease: Lease) -> None:
    """A fresh hint for a ticket in a worker's hands leaves it there until it is settled or the lease ends."""
    store.mark("acme", [1])
    assert store.take(lease)
    store.mark("acme", [1])
    assert [hint.due_in_s for hint in store.hints("acme")] == [30]


def test_hints_of_a_dead_lease_come_back(store: Store, clock: Clock) -> None:
    """What a worker took and never settled is due when its lease has run out."""
    store.mark("acme", [1])
    assert store.take(acquired(store))
    assert store.next_due("acme") == 0
    clock.tick(30)
    assert store.due_accounts() == ["acme"]
    assert store.take(acquired(store)) == [Taken(1, 1, 2)]


def test_hints_left_by_a_released_lease_wait_for_its_end(store: Store, clock: Clock) -> None:
    """Giving the account back does not make unsettled hints due at once, which would only repeat the failure."""
    store.mark("acme", [1])
    first = acquired(store)
    assert store.take(first)
    store.release(first)
    second = acquired(store, seconds=100)
    assert store.take(second) == []
    clock.tick(30)
    assert store.take(second) == [Taken(1, 1, 2)]


def test_settling_what_this_lease_did_not_take_changes_nothing(store: Store, clock: Clock) -> None:
    """Taken records of an earlier lease settle nothing."""
    store.mark("acme", [1])
    old = store.take(acquired(store))
    clock.tick(30)
    lease = acquired(store)
    store.settle(lease, old, {})
    store.settle(lease, [], {old[0]: Later(99)})
    assert store.take(lease) == [Taken(1, 1, 2)]


def test_nothing_is_taken_during_a_pause(store: Store, lease: Lease, clock: Clock) -> None:
    """After a 429 even the worker that holds the account gets nothing until the pause ends."""
    store.mark("acme", [1])
    store.pause(lease, 10)
    assert store.take(lease) == []
    assert store.next_due("acme") == 10
    clock.tick(10)
    assert store.take(lease) == [Taken(1, 1, 1)]


def test_counts_say_what_waits_what_is_due_and_what_is_parked(store: Store, lease: Lease, clock: Clock) -> None:
    """In a worker's hands counts as waiting; the oldest age leaves parked hints out."""
    park(store, lease, 1)
    clock.tick(5)
    store.mark("acme", [2])
    assert [taken.ticket for taken in store.take(lease)] == [2]
    store.mark("acme", [3])
    store.mark("acme", [4], delay=9)
    clock.tick(1)
    assert store.pending("acme") == Counts(waiting=2, due=1, parked=1, oldest_age_s=1.0)
    assert store.pending("other") == Counts(0, 0, 0, 0.0)


def test_next_due_of_a_hint_in_hand_is_the_end_of_its_lease(store: Store, lease: Lease, clock: Clock) -> None:
    """A worker that sleeps until the next hint is not woken by those it holds itself."""
    store.commit_sweep(lease, [1], "c", 1000, True)
    assert store.take(lease)
    clock.tick(20)
    store.renew(lease)
    assert store.next_due("acme") == 30
    assert store.next_due("nobody") is None


def test_a_dropped_hint_is_forgotten_unless_a_worker_has_it(store: Store, lease: Lease) -> None:
    """Dropping says how many hints went; one in a worker's hands stays."""
    store.mark("acme", [1])
    taken = store.take(lease)
    store.mark("acme", [2, 3])
    assert store.drop("acme", [1, 2, 9]) == 1
    assert [hint.ticket for hint in store.hints("acme")] == [3, 1]
    store.settle(lease, taken)
    assert [hint.ticket for hint in store.hints("acme", limit=5)] == [3]


@pytest.mark.parametrize("ticket", [0, -1, 2**63])
def test_an_impossible_id_is_refused_and_nothing_is_stored(store: Store, ticket: int) -> None:
    """Ids lie between 1 and 2^63-1; a call with another one stores none of its ids."""
    with pytest.raises(ValueError, match="between 1 and"):
        store.mark("acme", [1, ticket])
    assert store.hints("acme") == []


def test_the_largest_id_is_exact(store: Store, lease: Lease) -> None:
    """A 64-bit id comes back as it went in."""
    store.mark("acme", [2**63 - 1])
    assert store.take(lease)[0].ticket == 2**63 - 1


def test_any_error_text_can_be_stored(store: Store, lease: Lease) -> None:
    """Half a surrogate pair from somebody's JSON does not keep a failure from being recorded."""
    store.mark("acme", [1])
    store.settle(lease, [], {taken: Later(reason="bad \ud800 text") for taken in store.take(lease)})
    assert store.hints("acme")[0].error == "bad ? text"


def test_accounts_do_not_see_each_other(store: Store, lease: Lease) -> None:
    """The same ticket id in two accounts is two hints."""
    store.mark("acme", [1])
    store.mark("globex", [1])
    store.settle(lease, store.take(lease))
    assert store.pending("acme").due == 0
    assert store.pending("globex").due == 1


@settings(deadline=None)
@given(
    tries=st.integers(1, MAX_TRIES),
    delay=st.floats(0, 5000),
    count=st.booleans(),
    newer=st.booleans(),
    now=st.just(1e9),
)
def test_put_back_is_bounded(tries: int, delay: float, count: bool, newer: bool, now: float) -> None:
    """No wait is shorter than now or longer than ten minutes, unless asked for longer; parking is the end."""
    due, kept = put_back(Taken(1, 1, tries), Later(delay, count), now, newer=newer)
    assert due >= now
    assert due <= now + max(600, delay) or (count and not newer and tries == MAX_TRIES and math.isfinite(due))
    assert kept in {0, tries - 1, tries}


def fail(store: Store, ticket: int, reason: str) -> Taken:
    lease = acquired(store)
    (taken,) = store.take(lease)
    assert taken.ticket == ticket
    store.settle(lease, [], {taken: Later(reason=reason)})
    store.release(lease)
    return taken


def park(store: Store, lease: Lease, ticket: int) -> None:
    store.mark("acme", [ticket])
    for _ in range(MAX_TRIES):
        (taken,) = store.take(lease)
        store.settle(lease, [], {taken: Later(reason="broken")})
        if taken.tries < MAX_TRIES:
            store.mark("acme", [ticket])
