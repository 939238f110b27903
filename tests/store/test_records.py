from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.conftest import Clock, acquired
from zendesk_sync.errors import LeaseLost
from zendesk_sync.store import Intent, Lease, Standing, Store
from zendesk_sync.store.writes import ECHO_S

T = "2026-11-23T10:00:00Z"


def entry(ticket: int, band: int = 0, type_rank: int = 0, received: float = 0.0, **more: bool | int) -> Standing:
    plain = Standing(ticket, band, type_rank, received, holds_number_one=False, in_order=True, updated_at=T)
    return replace(plain, **more)  # type: ignore[arg-type]


def test_a_page_of_the_sweep_is_stored_whole(store: Store, lease: Lease, clock: Clock) -> None:
    """Hints, cursor and timetable commit together."""
    assert store.sweep_due("acme")
    store.commit_sweep(lease, [3, 1, 3], "abc", 60, complete=True)
    assert ([hint.ticket for hint in store.hints("acme")], store.cursor("acme")) == ([1, 3], "abc")
    assert not store.sweep_due("acme")
    clock.tick(60)
    assert store.sweep_due("acme")


def test_a_page_that_cannot_be_stored_moves_no_cursor(store: Store, lease: Lease, clock: Clock) -> None:
    """A bad id or a lost lease leaves cursor, timetable and inbox as they were."""
    with pytest.raises(ValueError, match="between 1"):
        store.commit_sweep(lease, [1, 0], "abc", 60, complete=True)
    clock.tick(31)
    with pytest.raises(LeaseLost):
        store.commit_sweep(lease, [1], "abc", 60, complete=True)
    assert (store.cursor("acme"), store.hints("acme"), store.sweep_due("acme")) == (None, [], True)


def test_only_the_end_of_the_export_counts_as_swept(store: Store, lease: Lease, clock: Clock) -> None:
    """``swept_ago`` counts from the last page that reached the end of the export."""
    store.commit_sweep(lease, [], "a", 0, complete=False)
    assert (store.swept_ago("acme"), store.sweep_due("acme")) == (None, True)
    store.commit_sweep(lease, [], "b", 5, complete=True)
    clock.tick(7)
    store.commit_sweep(lease, [], "c", 0, complete=False)
    assert store.swept_ago("acme") == 7


def test_a_sweep_can_be_asked_for(store: Store, lease: Lease) -> None:
    """A request makes the sweep due now, for an unknown account too; before that nothing is due for it."""
    store.commit_sweep(lease, [], "a", 1000, complete=True)
    assert (store.sweep_due("globex"), store.cursor("globex"), store.swept_ago("globex")) == (False, None, None)
    store.request_sweep("acme")
    store.request_sweep("globex")
    assert store.sweep_due("acme")
    assert store.due_accounts() == ["globex"]


def test_an_intent_stands_until_forgotten(store: Store, clock: Clock) -> None:
    """What may be under way is known to the next worker as well, with the job's id once that was seen."""
    lease = acquired(store)
    store.intend(lease, [1, 2])
    clock.tick(2)
    store.intend(lease, [2], job="V3-1")
    clock.tick(28)
    later = acquired(store)
    assert store.intents("acme", [1, 2, 3]) == {1, 2}
    assert store.intended("acme") == [Intent(1, None, 30.0), Intent(2, "V3-1", 30.0)]
    store.forget_intents(later, [1])
    assert store.intents("acme", range(1, 2000)) == {2}
    assert store.intents("acme", []) == set()


def test_our_last_write_is_remembered(store: Store, lease: Lease, clock: Clock) -> None:
    """The newest verified ``updated_at`` per ticket stands, for thirty days."""
    store.remember_write(lease, {1: "a", 2: "b"})
    store.remember_write(lease, {2: "c"})
    assert store.seen("acme", range(1, 1200)) == {1: "a", 2: "c"}
    clock.tick(ECHO_S + 1)
    store.remember_write(acquired(store), {3: "d"})
    assert store.seen("acme", [1, 2, 3]) == {3: "d"}


def test_nothing_to_do_is_done(store: Store, lease: Lease) -> None:
    """Empty calls are allowed everywhere, so that callers need no special case."""
    store.mark("acme", [])
    store.settle(lease, [], {})
    store.intend(lease, [])
    store.forget_intents(lease, [])
    store.stand(lease, [])
    store.unstand(lease, [])
    store.remember_write(lease, {})
    assert store.first("acme", by_type=True) is None


def test_types_take_part_in_the_order_only_when_ranked(store: Store, lease: Lease) -> None:
    """Band, then type rank if ranked, then age, then id."""
    store.stand(lease, [entry(1, type_rank=2, received=1), entry(2, type_rank=1, received=9), entry(3, band=1)])
    assert [row.ticket for row in store.order("acme", by_type=False)] == [1, 2, 3]
    assert [row.ticket for row in store.order("acme", by_type=True)] == [2, 1, 3]
    assert [row.ticket for row in store.order("acme", by_type=True, type_first=True)] == [3, 2, 1]


def test_the_holder_of_number_one_is_known_when_it_left_the_order(store: Store, lease: Lease) -> None:
    """A solved ticket that still carries the tag is a holder and is not first."""
    store.stand(lease, [entry(1, holds_number_one=True, in_order=False), entry(2)])
    assert store.holders("acme") == [1]
    assert store.first("acme", by_type=False) == entry(2)
    store.stand(lease, [entry(1), entry(2, holds_number_one=True)])
    assert store.holders("acme") == [2]
    store.unstand(lease, [2, 99])
    assert (store.holders("acme"), store.first("acme", by_type=False)) == ([], entry(1))


def test_which_of_some_tickets_stand(store: Store, lease: Lease) -> None:
    """Those in order, and those that left it with the tag; any number may be asked after at once."""
    store.stand(lease, [entry(1), entry(2, holds_number_one=True, in_order=False), entry(3), entry(1500)])
    assert store.standing_among("acme", range(2, 2000)) == {2, 3, 1500}
    assert store.standing_among("other", [1]) == store.standing_among("acme", []) == set()


def test_tickets_of_an_organization(store: Store, lease: Lease) -> None:
    """A change of plan finds its tickets by their organization."""
    store.stand(lease, [entry(2, organization=8), entry(1, organization=8), entry(3, organization=9), entry(4)])
    assert store.of_organizations("acme", [8]) == [1, 2]
    assert store.of_organizations("acme", [8, 9]) == [1, 2, 3]
    assert store.without_organization("acme") == [4]
    assert store.organizations_standing("acme") == [8, 9]
    assert store.all_standing("acme") == [1, 2, 3, 4]


def test_whether_the_standing_is_complete_is_remembered(store: Store, lease: Lease) -> None:
    """It is not complete until said so, and can be taken back without a lease."""
    assert not store.standing_complete("acme")
    store.set_standing_complete(lease, True)
    assert store.standing_complete("acme")
    store.set_standing_complete("acme", False)
    assert not store.standing_complete("acme")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.integers(1, 50), st.integers(0, 3), st.integers(0, 3), st.sampled_from([0.0, 1.5, 2.5]), st.booleans()
        ),
        max_size=20,
        unique_by=lambda row: row[0],
    ),
    by_type=st.booleans(),
    type_first=st.booleans(),
)
def test_the_order_is_total_and_first_is_its_minimum(
    store: Store, rows: list[tuple[int, int, int, float, bool]], by_type: bool, type_first: bool
) -> None:
    """Whatever was stored in whatever sequence, the order is the one of the key, and number one is its first."""
    entries = [entry(row[0], row[1], row[2], row[3], in_order=row[4]) for row in rows]
    lease = acquired(store)
    store.unstand(lease, range(1, 51))
    store.stand(lease, entries)
    store.release(lease)

    def key(row: Standing) -> tuple[int, int, float, int]:
        ranked = (row.band, row.type_rank if by_type else 0)
        first, second = reversed(ranked) if type_first else ranked
        return first, second, row.received, row.ticket

    wanted = sorted((row for row in entries if row.in_order), key=key)
    assert store.order("acme", by_type=by_type, type_first=type_first) == wanted
    assert store.first("acme", by_type, type_first=type_first) == (wanted[0] if wanted else None)
