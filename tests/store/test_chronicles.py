"""The chronicle: what happened to tickets, each thing once, and how far it reaches."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.store.conftest import Clock, acquired
from tests.store.test_records import entry
from zendesk_sync.errors import LeaseLost
from zendesk_sync.store import Lease, Store
from zendesk_sync.store.chronicles import Happening, Reach


def happening(ticket: int, event: int, at: int, what: str = "status", value: str | None = "open") -> Happening:
    return Happening(event, 0, ticket, at, what, value, "agent", 9)


def begin(store: Store, since: int = 100) -> Lease:
    lease = acquired(store)
    store.begin_chronicle(lease, since, "a way of reading")
    return lease


def reach_of(store: Store) -> Reach:
    reach = store.chronicle_reach("acme")
    assert reach is not None
    return reach


def tickets(store: Store, since: int = 0) -> list[int]:
    return [ticket for ticket, _ in store.stories("acme", since)]


def test_what_comes_twice_is_stored_once_and_told_in_order_of_time(store: Store) -> None:
    """Pages of events overlap; a ticket's story is told oldest first, whatever order it was read in."""
    lease = begin(store)
    told = [happening(1, 12, 300), happening(1, 11, 200, "created", None)]
    store.chronicle(lease, told)
    store.chronicle(lease, [*told, happening(2, 13, 300, "created", None)])
    assert list(store.stories("acme", 0)) == [(1, told[::-1]), (2, [happening(2, 13, 300, "created", None)])]
    assert list(store.stories("globex", 0)) == []


def test_it_knows_how_far_it_reaches_and_begins_anew_where_it_was_read_differently(store: Store, clock: Clock) -> None:
    """A new beginning forgets what there was."""
    assert store.chronicle_reach("acme") is None
    lease = begin(store)
    store.chronicle(lease, [happening(1, 11, 200)])
    reach = reach_of(store)
    assert (reach.since, reach.cursor, reach.until, reach.complete, reach.due) == (100, 100, 100, False, True)
    store.commit_chronicle(lease, replace(reach, cursor=200, until=290, complete=True), 20)
    reach = reach_of(store)
    assert (reach.since, reach.cursor, reach.until, reach.complete, reach.due) == (100, 200, 290, True, False)
    clock.tick(20)
    assert reach_of(store).due
    store.begin_chronicle(lease, 50, "another way")
    assert tickets(store) == []
    reach = reach_of(store)
    assert (reach.since, reach.reading, reach.complete) == (50, "another way", False)


def test_a_clock_that_is_put_back_does_not_put_the_next_look_off(store: Store, clock: Clock) -> None:
    """It is due when it would have been."""
    lease = begin(store)
    store.commit_chronicle(lease, reach_of(store), 20)
    store.commit_following(lease, [], 100, 20)
    store.follow_clock(0.0)
    clock.tick(-86_400)
    assert store.follow_clock(0.0)
    assert (reach_of(store).due, store.following("acme").due) == (False, False)
    clock.tick(20)
    assert (reach_of(store).due, store.following("acme").due) == (True, True)


def test_it_says_whose_beginning_is_not_known(store: Store) -> None:
    """Tickets that something happened to, and open ones of which nothing is known but that they are follow-ups."""
    lease = begin(store)
    store.chronicle(lease, [happening(1, 11, 200, "created", None), happening(2, 12, 200), happening(5, 15, 200)])
    store.stand(lease, [entry(1), entry(3), entry(4), entry(9, received=500.0)])
    store.chronicle_tickets(lease, deleted=[5], alive=[], follow_ups=[4, 6])
    assert store.without_beginning("acme", 9) == [2]
    assert store.standing_unchronicled("acme", 500.0, 9) == [3, 4]
    assert store.standing_unchronicled("acme", 500.0, 1) == [3]
    assert store.chronicled("acme", [1, 2, 3, 4, 5]) == {1, 2, 5}


def test_a_deleted_ticket_has_no_story_until_it_is_restored(store: Store) -> None:
    """Also where what the events tell of it comes in afterwards; that it is a follow-up is remembered."""
    lease = begin(store)
    store.chronicle_tickets(lease, deleted=[1], alive=[2], follow_ups=[2])
    store.chronicle(lease, [happening(1, 11, 200, "created", None), happening(2, 12, 200, "created", None)])
    assert tickets(store) == [2]
    store.chronicle_tickets(lease, deleted=[], alive=[1, 2], follow_ups=[2])
    assert tickets(store) == [1, 2]
    assert [one.what for one in dict(store.stories("acme", 0))[2]] == ["follows", "created"]


def test_only_tickets_that_matter_are_told_and_old_ones_are_forgotten(store: Store) -> None:
    """What happened before and is over says nothing of a later window; what is open stays for good."""
    lease = begin(store)
    store.chronicle(lease, [happening(ticket, 10 + ticket, 100 * ticket, "created", None) for ticket in (1, 2, 3)])
    store.stand(lease, [entry(1)])
    assert tickets(store, since=250) == [1, 3]
    store.shorten_chronicle(lease, 250)
    assert tickets(store) == [1, 3]
    reach = reach_of(store)
    assert reach.since == 250


def test_who_lost_the_account_writes_nothing(store: Store) -> None:
    """The fence is checked in the same transaction."""
    lease = begin(store)
    store.release(lease)
    acquired(store)
    with pytest.raises(LeaseLost):
        store.chronicle(lease, [happening(1, 11, 200)])
    with pytest.raises(LeaseLost):
        store.chronicle_tickets(lease, deleted=[1], alive=[], follow_ups=[])
    assert tickets(store) == []
