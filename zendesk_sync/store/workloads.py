"""Surge ("hard choices"), a person's word with an end: policy §5. Normal is what no surge says otherwise.

Where a surge begins or ends, every open ticket is marked in the same transaction, for its place depends on it; whoever
holds a ticket in hand at that moment gets it back. So no ticket is left as the former workload saw it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from zendesk_sync.errors import InputError
from zendesk_sync.store import schema
from zendesk_sync.store.database import Tx
from zendesk_sync.store.inbox import Inbox
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.schema import hint, standing, surge

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Surge:
    """One stretch of surge. Times are seconds since 1970.

    Attributes:
        by: who said so, for people.
        at: since when.
        until: when it ends by itself.
        reason: why, in their words.
        next_shifts: when more team members start, as they said; ascending.
        ended_at: when it ended; None while it stands, or until a worker takes note of its end.
        ended_by: who ended it; None where it ended by itself.
    """

    by: str
    at: float
    until: float
    reason: str
    next_shifts: tuple[float, ...] = ()
    ended_at: float | None = None
    ended_by: str | None = None


class Workloads(Inbox):
    """The workload of every account."""

    def begin_surge(
        self, account: str, by: str, *, until: float, reason: str, next_shifts: Sequence[float] = ()
    ) -> Surge:
        """Surge from now until then; returns what stands. One that stands already is replaced, with its person's name.

        Every open ticket is looked at again, unless surge was in force anyway.

        Raises:
            InputError: ``until`` has passed by the store's clock; nothing is stored.
        """
        said = reason[:MAX_REASON].encode("utf-8", "replace").decode()
        shifts = tuple(sorted(set(next_shifts)))
        with self._write() as tx:
            self._alone(tx, account)
            if until <= tx.now:
                raise InputError(f"{self.name}: by the clock of the store the surge would be over already")
            went_on = self._end(tx, account, by)
            values = {"until": until, "by": by, "reason": said, "next_shifts": _written(shifts)}
            new = self._insert(surge).values(account=account, at=tx.now, **values)
            again = {**values, "ended_at": None, "ended_by": None}
            tx.c.execute(new.on_conflict_do_update(index_elements=["account", "at"], set_=again))
            if went_on is None:
                self._mark_open(tx, account)
            return Surge(by, tx.now, until, said, shifts)

    def end_surge(self, account: str, by: str) -> Surge | None:
        """Normal from now on, and every open ticket is looked at again; returns the surge that was in force."""
        with self._write() as tx:
            self._alone(tx, account)
            ended = self._end(tx, account, by)
            if ended is not None:
                self._mark_open(tx, account)
            return ended

    def workload(self, lease: Lease) -> Surge | None:
        """The surge in force, for who works on the account: takes note of one that ended by itself.

        Every open ticket is looked at again then.

        Raises:
            LeaseLost: nothing is noted.
        """
        with self._read() as tx:
            row = tx.c.execute(sa.select(surge).where(_standing(lease.account))).one_or_none()
            if row is None or row.until > tx.now:
                return None if row is None else _surge(row)
        with self._write() as tx:
            self._hold(tx, lease)
            row = tx.c.execute(sa.select(surge).where(_standing(lease.account))).one_or_none()
            if row is None or row.until > tx.now:  # somebody was faster
                return None if row is None else _surge(row)
            self._end(tx, lease.account, None)
            return None

    def surge(self, account: str) -> Surge | None:
        """The surge in force, or None in normal times."""
        with self._read() as tx:
            found = sa.select(surge).where(_standing(account), surge.c.until > tx.now)
            row = tx.c.execute(found).one_or_none()
            return None if row is None else _surge(row)

    def surges(self, account: str) -> list[Surge]:
        """Every surge that the store knows of, the latest first; one that was changed counts as two."""
        with self._read() as tx:
            found = sa.select(surge).where(surge.c.account == account).order_by(surge.c.at.desc())
            return [_surge(row) for row in tx.c.execute(found)]

    def open_tickets(self, account: str) -> int:
        """How many New or Open tickets that are support's to move are known."""
        with self._read() as tx:
            mine = sa.and_(standing.c.account == account, standing.c.in_order.is_(True))
            return int(tx.c.scalar(sa.select(sa.func.count()).select_from(standing).where(mine)) or 0)

    def _alone(self, tx: Tx, account: str) -> None:
        """Nobody takes hints meanwhile: who takes one later reads the new workload, and what is in hand is found."""
        self._ensure(tx, account)
        tx.c.execute(sa.select(schema.account.c.id).where(schema.account.c.id == account).with_for_update())

    def _end(self, tx: Tx, account: str, by: str | None) -> Surge | None:
        """Close the surge that stands; returns it if it was in force. One that was over ended by itself."""
        row = tx.c.execute(sa.select(surge).where(_standing(account))).one_or_none()
        if row is None:
            return None
        over = row.until <= tx.now
        ended_at, ended_by = (row.until, None) if over else (tx.now, by)
        tx.c.execute(
            surge.update()
            .where(surge.c.account == account, surge.c.at == row.at)
            .values(ended_at=ended_at, ended_by=ended_by)
        )
        if over:
            self._mark_open(tx, account)
            return None
        return _surge(row)

    def _mark_open(self, tx: Tx, account: str) -> None:
        """Every ticket of the standing, and those in a worker's hands: one may not stand yet."""
        stands = sa.select(standing.c.ticket).where(standing.c.account == account)
        held = sa.select(hint.c.ticket).where(hint.c.account == account, hint.c.fence > 0)
        self._mark(tx, account, sorted(tx.c.scalars(stands.union(held))))


def _standing(account: str) -> sa.ColumnElement[bool]:
    return sa.and_(surge.c.account == account, surge.c.ended_at.is_(None))


def _surge(row: sa.Row[tuple[object, ...]]) -> Surge:
    shifts = tuple(float(at) for at in row.next_shifts.split())
    return Surge(row.by, row.at, row.until, row.reason, shifts, row.ended_at, row.ended_by)


def _written(shifts: Sequence[float]) -> str:
    return " ".join(f"{at:.0f}" for at in shifts)
