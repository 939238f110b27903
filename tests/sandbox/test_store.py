"""The store keeps its promises whichever way it is written: one by one, in bulk, rolled back, reopened."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zendesk_sync.sandbox.store import Store

_WRITES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3), st.integers(0, 9), st.booleans()), max_size=40)


class Stop(Exception):
    """Ends a transaction in the tests."""


@given(_WRITES)
def test_bulk_leaves_the_same_records_as_single_writes(writes: list[tuple[int, int, int, bool]]) -> None:
    """Whatever is written, read and deleted in between, the end and every look on the way are the same."""
    single, many = Store(None), Store(None)
    looks: list[list[object]] = [[], []]
    for store, seen in zip((single, many), looks, strict=True):
        with store.bulk() if store is many else store.transaction():
            for key, parent, mark, look in writes:
                if mark == 9:
                    store.delete("k", key)
                else:
                    store.put("k", key, {"id": key, "n": mark}, parent=parent, mark=mark)
                if look:
                    seen.append((store.get("k", key), store.children("k", parent), store.many("k", [3, key, 3])))
    assert looks[0] == looks[1]
    assert single.all("k") == many.all("k")
    assert single.window("k", after=(0, 0), until=9, limit=9) == many.window("k", after=(0, 0), until=9, limit=9)


def test_a_failed_bulk_leaves_nothing() -> None:
    """Neither what was sent already nor what was waiting."""
    store = Store(None)
    with suppress(Stop), store.bulk():
        store.put("k", 1, {})
        assert store.all("k")
        store.put("k", 2, {})
        raise Stop
    store.put("k", 3, {"id": 3})
    assert store.all("k") == [{"id": 3}]


@pytest.mark.parametrize("fails", [False, True])
def test_ticket_rows_follow_bulk_writes(fails: bool) -> None:
    """In the middle, at the end, after a failure, and with the single writes that come later."""
    store = Store(None)

    def put(number: int, status: str) -> None:
        store.put("ticket", number, {"id": number, "status": status, "tags": [], "fields": {}})

    def rows() -> list[tuple[object, ...]]:
        return store.select("SELECT id, status FROM ticket_row ORDER BY id")

    put(1, "new")
    with suppress(Stop), store.bulk():
        put(2, "open")
        put(1, "open")
        assert rows() == [(1, "open"), (2, "open")]
        put(2, "solved")
        if fails:
            raise Stop
    kept = [(1, "new")] if fails else [(1, "open"), (2, "solved")]
    assert rows() == kept
    put(3, "new")
    assert rows() == [*kept, (3, "new")]


def test_a_failed_transaction_gives_its_numbers_back(tmp_path: Path) -> None:
    """Only its own: those of the transaction around it stay taken, also after the file is opened again."""
    path = tmp_path / "desk.db"
    store = Store(path)
    with store.transaction():
        assert store.next_number("n", 1) == 1
        with suppress(Stop), store.transaction():
            assert (store.next_number("n", 1), store.next_number("m", 7)) == (2, 7)
            raise Stop
        assert (store.next_number("n", 1), store.next_number("m", 7)) == (2, 7)
    store.close()
    assert Store(path).next_number("n", 1) == 3


def test_what_is_derived_follows_every_write() -> None:
    """It is made once, and again after a write, a deletion, and a write that was taken back."""
    store = Store(None)
    made: list[int] = []

    def build(found: list[dict[str, object]]) -> int:
        made.append(len(found))
        return len(found)

    def count() -> int:
        return store.derived("k", "count", build)

    assert (count(), count(), made) == (0, 0, [0])
    store.put("k", 1, {})
    assert count() == 1
    with suppress(Stop), store.transaction():
        store.put("k", 2, {})
        assert count() == 2
        raise Stop
    assert count() == 1
    store.delete("k", 1)
    assert count() == 0


def test_many_keys_come_in_the_order_asked_for() -> None:
    """Also when there are more than go into one question, with unknown and repeated ones left out."""
    store = Store(None)
    for key in range(1200):
        store.put("k", key, {"id": key})
    asked = [*range(1199, -1, -1), 5, 10**30, None, "5"]
    assert [doc["id"] for doc in store.many("k", asked)] == list(range(1199, -1, -1))
