"""Surge as the store keeps it: who, why, until when; and which tickets get another look when it begins or ends."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.conftest import Clock, acquired
from tests.store.test_records import entry
from zendesk_sync.errors import InputError, LeaseLost
from zendesk_sync.store import Lease, Store, Surge, Taken

if TYPE_CHECKING:
    from zendesk_sync.settings import Place


def surge(store: Store, clock: Clock, *, seconds: float = 600, by: str = "kim@desk") -> Surge:
    return store.begin_surge("acme", by, until=clock.now + seconds, reason="release went wrong")


def due(store: Store) -> list[int]:
    return [hint.ticket for hint in store.hints("acme") if hint.due_in_s == 0]


@pytest.fixture
def stands(store: Store) -> Store:
    """A store that knows the open tickets 1 and 2, with an empty inbox."""
    lease = acquired(store)
    store.commit_sweep(lease, [], "c", 3000, complete=True)
    store.stand(lease, [entry(1), entry(2, 1)])
    store.release(lease)
    return store


def test_surge_outlives_the_process_and_is_seen_beside_it(place: Place, clock: Clock) -> None:
    """Whoever opens the store sees who, why, until when and the next shifts; another account is normal."""
    shifts = [clock.now + 900, clock.now + 300, clock.now + 900]
    expected = Surge("kim@desk", clock.now, clock.now + 600, "flood", (clock.now + 300, clock.now + 900))
    with Store.open(place, clock=clock) as service, Store.open(place, exclusive=False, clock=clock) as command:
        command.begin_surge("acme", "kim@desk", until=clock.now + 600, reason="flood", next_shifts=shifts)
        assert service.surge("acme") == expected
    with Store.open(place, clock=clock) as store:
        assert store.surge("acme") == expected
        assert store.surge("globex") is None
        clock.tick(600)
        assert store.surge("acme") is None


def test_beginning_marks_every_open_ticket_once(stands: Store, clock: Clock) -> None:
    """All of the standing; a surge that is only changed marks nothing, and tells of the person who changed it."""
    surge(stands, clock)
    assert due(stands) == [1, 2]
    lease = acquired(stands)
    stands.settle(lease, stands.take(lease))
    clock.tick(5)
    assert surge(stands, clock, seconds=1200, by="lee@desk").by == "lee@desk"
    assert due(stands) == []
    now = stands.surge("acme")
    assert now is not None
    assert (now.by, now.until) == ("lee@desk", clock.now + 1200)
    former = stands.surges("acme")[1]
    assert (former.by, former.ended_at, former.ended_by) == ("kim@desk", clock.now, "lee@desk")


def test_a_person_ends_it_and_every_open_ticket_is_marked(stands: Store, clock: Clock) -> None:
    """Once; ending what does not stand is no error and marks nothing."""
    began = surge(stands, clock)
    lease = acquired(stands)
    stands.settle(lease, stands.take(lease))
    assert stands.end_surge("acme", "lee@desk") == began
    assert due(stands) == [1, 2]
    stands.settle(lease, stands.take(lease))
    assert stands.end_surge("acme", "lee@desk") is None
    assert due(stands) == []
    assert stands.surges("acme")[0].ended_by == "lee@desk"


def test_its_end_wakes_the_account_and_whoever_works_takes_note(stands: Store, clock: Clock) -> None:
    """By the clock alone: the account is due, the next worker marks every open ticket, once, and says normal."""
    surge(stands, clock, seconds=100)
    lease = acquired(stands)
    assert stands.workload(lease) is not None
    stands.settle(lease, stands.take(lease))
    stands.release(lease)
    clock.tick(99)
    assert stands.due_accounts() == []
    clock.tick(1)
    assert stands.due_accounts() == ["acme"]
    lease = acquired(stands)
    assert stands.workload(lease) is None
    assert due(stands) == [1, 2]
    stands.settle(lease, stands.take(lease))
    assert stands.workload(lease) is None
    assert due(stands) == []
    stands.release(lease)
    assert stands.due_accounts() == []
    (told,) = stands.surges("acme")
    assert (told.ended_at, told.ended_by) == (told.until, None)


def test_a_ticket_in_hand_comes_back(store: Store, clock: Clock, lease: Lease) -> None:
    """It was taken under the former workload and may not stand yet: settled, it is due again."""
    store.mark("acme", [7])
    taken = store.take(lease)
    surge(store, clock)
    store.settle(lease, taken)
    assert due(store) == [7]


def test_only_who_holds_the_account_takes_note(stands: Store, clock: Clock) -> None:
    """A worker that lost the account marks nothing and stops."""
    surge(stands, clock, seconds=10)
    lost = acquired(stands, seconds=5)
    stands.settle(lost, stands.take(lost))
    clock.tick(10)
    with pytest.raises(LeaseLost):
        stands.workload(lost)
    assert due(stands) == []


def test_over_but_not_noted_is_normal_and_a_new_one_begins_anew(stands: Store, clock: Clock) -> None:
    """The former one ended by itself, whoever speaks first; tickets are marked for the new one."""
    surge(stands, clock, seconds=10)
    lease = acquired(stands)
    stands.settle(lease, stands.take(lease))
    clock.tick(20)
    surge(stands, clock, by="lee@desk")
    assert due(stands) == [1, 2]
    new, old = stands.surges("acme")
    assert (new.ended_at, old.ended_at, old.ended_by) == (None, old.until, None)


def test_an_end_in_the_past_is_refused(stands: Store, clock: Clock) -> None:
    """Nothing is stored and nothing is marked."""
    with pytest.raises(InputError, match="over already"):
        surge(stands, clock, seconds=0)
    assert (stands.surges("acme"), due(stands)) == ([], [])


def test_two_people_at_once(stands: Store, clock: Clock) -> None:
    """One surge stands in the end, and only one."""
    people = [threading.Thread(target=lambda who=who: surge(stands, clock, by=who)) for who in "abcd"]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert [one.ended_at for one in stands.surges("acme")].count(None) == 1
    assert stands.surge("acme") is not None


def test_reason_is_cut_and_storable(store: Store, clock: Clock) -> None:
    """Half a surrogate pair is no fault of the database."""
    said = store.begin_surge("acme", "kim@desk", until=clock.now + 5, reason="x" * 10_000 + "\ud800").reason
    assert said == "x" * 500
    assert store.open_tickets("acme") == 0


STEPS = st.one_of(
    st.sampled_from(["take", "settle", "end", "note"]),
    st.tuples(st.just("mark"), st.integers(1, 4)),
    st.tuples(st.just("begin"), st.sampled_from([2, 5, 50])),
    st.tuples(st.just("pass"), st.sampled_from([1, 3, 60])),
)


@settings(max_examples=40)
@given(st.lists(STEPS, max_size=25))
def test_no_ticket_is_left_as_the_former_workload_saw_it(steps: list[str | tuple[str, int]]) -> None:
    """Whatever the interleaving: once nothing is due, every open ticket was last decided under the workload in force.

    A ticket is decided by what :meth:`workload` says after it was taken, and stands in the order when it is settled.
    """
    clock, decided, hand = Clock(), dict[int, bool](), dict[Taken, bool]()
    with Store.open(None, clock=clock) as store:
        store.mark("acme", [1])
        lease = acquired(store, seconds=1e6)

        def take() -> None:
            taken = store.take(lease)
            hand.update(dict.fromkeys(taken, store.workload(lease) is not None))

        def settle() -> None:
            decided.update({one.ticket: in_surge for one, in_surge in hand.items()})
            store.stand(lease, [entry(one.ticket) for one in hand])
            store.settle(lease, list(hand))
            hand.clear()

        for step in steps:
            match step:
                case "take":
                    take()
                case "settle":
                    settle()
                case "end":
                    store.end_surge("acme", "lee@desk")
                case "note":
                    store.workload(lease)
                case ("mark", ticket):
                    store.mark("acme", [int(ticket)])
                case ("begin", seconds):
                    surge(store, clock, seconds=float(seconds))
                case (_, seconds):
                    clock.tick(float(seconds))
        settle()
        store.workload(lease)
        while store.pending("acme").due:
            take()
            settle()
        assert set(decided.values()) <= {store.surge("acme") is not None}
