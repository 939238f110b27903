"""The sweep's timetable and cursor: Zendesk's incremental export feeds the same inbox as the webhooks."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from zendesk_sync.store.inbox import Inbox, ids
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.schema import account as _account


class Sweeps(Inbox):
    """Where each account's sweep stands and when it goes on."""

    def sweep_due(self, account: str) -> bool:
        """Whether the next page of the export is to be read now. True for an account never swept."""
        with self._read() as tx:
            due = tx.c.scalar(sa.select(_account.c.sweep_due).where(_account.c.id == account))
            return due is not None and due <= tx.now

    def cursor(self, account: str) -> str | None:
        """The export's ``after_cursor`` of the last page stored, or None before the first."""
        with self._read() as tx:
            return tx.c.scalar(sa.select(_account.c.cursor).where(_account.c.id == account))

    def commit_sweep(
        self, lease: Lease, tickets: Iterable[int], cursor: str | None, next_due_s: float, complete: bool
    ) -> None:
        """Store a page: its tickets as hints, the cursor behind them, and when to go on; all or nothing.

        Args:
            lease: the account.
            tickets: ids of the page; those that need no look may be left out.
            cursor: the page's ``after_cursor``, opaque (Zendesk, "Incremental Exports").
            next_due_s: seconds until the next page; 0 where more of the export waits.
            complete: the page said ``end_of_stream``, so all that Zendesk showed is in the inbox; :meth:`swept_ago`
                counts from here.

        Raises:
            LeaseLost: nothing is stored; the next worker reads the page again.
            ValueError: an id outside 1 to 2^63-1; nothing is stored.
        """
        wanted = ids(tickets)
        with self._write() as tx:
            self._hold(tx, lease)
            self._mark(tx, lease.account, wanted)
            values = {"cursor": cursor, "sweep_due": tx.now + next_due_s} | ({"swept_at": tx.now} if complete else {})
            tx.c.execute(_account.update().where(_account.c.id == lease.account).values(values))

    def request_sweep(self, account: str) -> None:
        """Make the sweep due now, for an account that becomes known by it."""
        with self._write() as tx:
            self._ensure(tx, account)
            tx.c.execute(_account.update().where(_account.c.id == account).values(sweep_due=tx.now))

    def swept_ago(self, account: str) -> float | None:
        """Seconds since a sweep last reached the end of the export; None if none ever did."""
        with self._read() as tx:
            at = tx.c.scalar(sa.select(_account.c.swept_at).where(_account.c.id == account))
            return None if at is None else max(0.0, tx.now - at)
