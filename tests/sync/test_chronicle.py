"""What rows of the ticket export tell the history."""

from __future__ import annotations

from tests.sync.world import ticket
from zendesk_sync.store import Store
from zendesk_sync.store.chronicles import Happening
from zendesk_sync.sync.chronicle import chronicle_rows

SINCE = 1_772_000_000


def test_a_deletion_is_told_by_the_exports_own_time_too() -> None:
    """Zendesk moves ``updated_at`` for events of a ticket only; a deletion of an old one need be none."""
    old = "2026-01-02T09:00:00Z"
    with Store.open(None) as store:
        store.ensure_account("acme")
        lease = store.acquire("acme", "tests", 60)
        assert lease is not None
        store.chronicle(lease, [Happening(one, 0, one, SINCE, "created", None, "agent") for one in (1, 2, 3)])
        rows = [
            ticket(id=1, status="deleted", updated_at=old, generated_timestamp=SINCE + 5),
            ticket(id=2, status="closed", updated_at=old, generated_timestamp=SINCE + 5),
            ticket(id=3, status="deleted", updated_at=old, generated_timestamp=SINCE - 5),
        ]
        chronicle_rows(store, lease, rows, SINCE)
        assert [one for one, _ in store.stories("acme", 0)] == [2, 3]
        restored = ticket(id=1, updated_at=old, generated_timestamp=SINCE + 9)
        chronicle_rows(store, lease, [restored], SINCE)
        assert [one for one, _ in store.stories("acme", 0)] == [1, 2, 3]
