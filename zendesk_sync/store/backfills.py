"""Where a backfill stands, so that it can stop and go on at any point: its cursor, and tickets that need their history.

Ids and times only; no text of a ticket is ever stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from zendesk_sync.store.inbox import Inbox, ids
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.schema import backfill, backfill_ticket

_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class BackfillState:
    """How far a backfill has come.

    Attributes:
        since: Unix seconds it began with; 0 for the whole history.
        what: which slice and options; a backfill goes on only where these are the same.
        cursor: the export's ``after_cursor`` of the last page done; None before the first.
        exported: every page of the export is done.
        tickets: tickets looked at so far.
    """

    since: int
    what: str
    cursor: str | None
    exported: bool
    tickets: int


@dataclass(frozen=True, slots=True)
class Deferred:
    """A ticket whose history must be read before it can be decided.

    Attributes:
        created: Unix seconds.
        updated: Unix seconds of its ``updated_at``.
        stamp: its ``updated_at`` as text.
    """

    ticket: int
    created: int
    updated: int
    stamp: str


_COLUMNS = [backfill.c[name] for name in ("since", "what", "cursor", "exported", "tickets")]


class Backfills(Inbox):
    """One backfill an account."""

    def begin_backfill(self, lease: Lease, since: int, what: str) -> BackfillState:
        """The backfill that goes on, or a new one where there is none of this kind.

        Raises:
            LeaseLost: nothing is begun.
        """
        with self._write() as tx:
            self._hold(tx, lease)
            found = self._state(tx.c, lease.account)
            if found is not None and (found.since, found.what) == (since, what):
                return found
            tx.c.execute(backfill_ticket.delete().where(backfill_ticket.c.account == lease.account))
            row = {"since": since, "what": what, "cursor": None, "exported": False, "tickets": 0}
            new = self._insert(backfill).values(account=lease.account, **row)
            tx.c.execute(new.on_conflict_do_update(index_elements=["account"], set_=row))
            return BackfillState(since, what, None, exported=False, tickets=0)

    def backfill_state(self, account: str) -> BackfillState | None:
        """How far the account's backfill has come; None where none is under way."""
        with self._read() as tx:
            return self._state(tx.c, account)

    def commit_backfill_page(
        self,
        lease: Lease,
        *,
        cursor: str | None,
        exported: bool,
        tickets: int,
        deferred: Iterable[Deferred],
        hints: Iterable[int],
    ) -> None:
        """A page of the export is done: what of it waits for its history, and what the live path takes over.

        Raises:
            LeaseLost: nothing is stored; the page is read again.
        """
        rows = [{"account": lease.account, **_columns(one)} for one in deferred]
        with self._write() as tx:
            self._hold(tx, lease)
            self._mark(tx, lease.account, ids(hints))
            mine = backfill.c.account == lease.account
            values = {"cursor": cursor, "exported": exported, "tickets": backfill.c.tickets + tickets}
            tx.c.execute(backfill.update().where(mine).values(values))
            if rows:
                new = self._insert(backfill_ticket)
                changed = {name: new.excluded[name] for name in ("created", "updated", "stamp")}
                tx.c.execute(new.on_conflict_do_update(index_elements=["account", "ticket"], set_=changed), rows)

    def deferred_count(self, account: str) -> int:
        with self._read() as tx:
            found = sa.select(sa.func.count()).where(backfill_ticket.c.account == account)
            return int(tx.c.scalar(found) or 0)

    def earliest_deferred(self, account: str) -> int | None:
        """When the oldest ticket that waits for its history was created, Unix seconds."""
        with self._read() as tx:
            found = sa.select(sa.func.min(backfill_ticket.c.created)).where(backfill_ticket.c.account == account)
            at: int | None = tx.c.scalar(found)
            return at

    def deferred_among(self, account: str, tickets: Iterable[int]) -> dict[int, Deferred]:
        """Those of ``tickets`` that wait for their history."""
        wanted, found = ids(tickets), dict[int, Deferred]()
        with self._read() as tx:
            for start in range(0, len(wanted), _CHUNK):
                some = backfill_ticket.c.ticket.in_(wanted[start : start + _CHUNK])
                rows = tx.c.execute(sa.select(backfill_ticket).where(backfill_ticket.c.account == account, some))
                found |= {row.ticket: Deferred(row.ticket, row.created, row.updated, row.stamp) for row in rows}
        return found

    def deferred(self, account: str, *, until: int | None = None, limit: int = 1000) -> list[Deferred]:
        """Tickets that wait for their history, those changed earliest first; with ``until``, only changes up to it."""
        with self._read() as tx:
            found = sa.select(backfill_ticket).where(backfill_ticket.c.account == account)
            if until is not None:
                found = found.where(backfill_ticket.c.updated <= until)
            rows = tx.c.execute(found.order_by(backfill_ticket.c.updated, backfill_ticket.c.ticket).limit(limit))
            return [Deferred(row.ticket, row.created, row.updated, row.stamp) for row in rows]

    def settle_deferred(self, lease: Lease, done: Iterable[int], hints: Iterable[int]) -> None:
        """These tickets' histories were read and used; ``hints`` go to the live path instead.

        Raises:
            LeaseLost: nothing is stored.
        """
        given = ids(hints)
        with self._write() as tx:
            self._hold(tx, lease)
            self._mark(tx, lease.account, given)
            if rows := [{"t": ticket} for ticket in ids([*done, *given])]:
                mine = backfill_ticket.c.account == lease.account
                tx.c.execute(backfill_ticket.delete().where(mine, backfill_ticket.c.ticket == sa.bindparam("t")), rows)

    def end_backfill(self, lease: Lease) -> None:
        """It is done, or given up.

        Raises:
            LeaseLost: it stays as it is.
        """
        with self._write() as tx:
            self._hold(tx, lease)
            for table in (backfill, backfill_ticket):
                tx.c.execute(table.delete().where(table.c.account == lease.account))

    def _state(self, c: sa.Connection, account: str) -> BackfillState | None:
        row = c.execute(sa.select(*_COLUMNS).where(backfill.c.account == account)).one_or_none()
        return None if row is None else BackfillState(*row)


def _columns(one: Deferred) -> Mapping[str, int | str]:
    return {"ticket": one.ticket, "created": one.created, "updated": one.updated, "stamp": one.stamp}
