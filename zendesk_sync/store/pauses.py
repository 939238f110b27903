"""A person's word that outlives every process: whether anything may be written to an account, and what was undone."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from zendesk_sync.store.leases import Lease, Leases
from zendesk_sync.store.schema import undo, writes_pause

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class WritesPause:
    """Nothing is written to the account while this stands.

    Attributes:
        by: who paused it, for people.
        at: since when, in seconds since 1970; None where the configuration says it.
        reason: why, in their words.
    """

    by: str
    at: float | None
    reason: str | None


class Pauses(Leases):
    """Accounts that are read but not written. Not to be confused with the rest that Zendesk asks for by a 429."""

    def pause_writes(self, account: str, by: str, reason: str | None) -> WritesPause:
        """Write nothing to the account from now on; returns the pause that stands.

        One that stood already keeps who began it and when; a new reason replaces the old one.
        """
        said = None if reason is None else reason[:MAX_REASON].encode("utf-8", "replace").decode()
        with self._write() as tx:
            self._ensure(tx, account)
            new = self._insert(writes_pause).values(account=account, by=by, at=tx.now, reason=said)
            changed = {"reason": sa.func.coalesce(new.excluded.reason, writes_pause.c.reason)}
            tx.c.execute(new.on_conflict_do_update(index_elements=["account"], set_=changed))
            row = tx.c.execute(sa.select(writes_pause).where(writes_pause.c.account == account)).one()
            return WritesPause(row.by, row.at, row.reason)

    def resume_writes(self, account: str) -> WritesPause | None:
        """End the pause; returns the one that stood."""
        with self._write() as tx:
            gone = writes_pause.delete().where(writes_pause.c.account == account).returning(writes_pause)
            row = tx.c.execute(gone).one_or_none()
            return None if row is None else WritesPause(row.by, row.at, row.reason)

    def writes_pause(self, account: str) -> WritesPause | None:
        """The pause that stands, or None."""
        with self._read() as tx:
            row = tx.c.execute(sa.select(writes_pause).where(writes_pause.c.account == account)).one_or_none()
            return None if row is None else WritesPause(row.by, row.at, row.reason)

    def remember_undo(self, lease: Lease, since: float, until: float) -> None:
        """An undo of everything between two moments (seconds since 1970) went to its end.

        Raises:
            LeaseLost: nothing is remembered.
        """
        with self._write() as tx:
            self._hold(tx, lease)
            done = self._insert(undo).values(account=lease.account, since=since, until=until)
            tx.c.execute(done.on_conflict_do_nothing())

    def undos(self, account: str) -> list[tuple[float, float]]:
        """The undos of the account that went to their end: from when to when, in seconds since 1970."""
        with self._read() as tx:
            found = sa.select(undo.c.since, undo.c.until).where(undo.c.account == account)
            return [(row.since, row.until) for row in tx.c.execute(found.order_by(undo.c.since, undo.c.until))]
