"""The chronicle: what happened to tickets of late, in our words and without any text; reports are counted from it.

Zendesk's ticket events and audits hold all of it, so it can be lost and read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Final

import sqlalchemy as sa

from zendesk_sync.store.database import Tx
from zendesk_sync.store.inbox import Inbox, ids
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.schema import chronicle, chronicle_reach, standing

DELETED: Final = "deleted"
FOLLOWS: Final = "follows"
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that one update did to one ticket.

    Attributes:
        event: the update's id in Zendesk; below 0 for what no update tells.
        n: its place among what the update did.
        at: when, Unix seconds.
        what: ``created``, ``status``, ``official``, ``computed``, ``customer``, ``flags``, ``missing``, ``severity``,
            ``presales_severity``, ``reply`` (one that counts as a first response), ``follows`` (it is a follow-up) or
            ``deleted``.
        value: the new value in our words, several with blanks between; None for empty.
        by: ``agent``, ``ce``, ``end-user``, ``rule``, ``program``, ``system`` or ``unknown``.
        who: the user's id, where a user did it.
    """

    event: int
    n: int
    ticket: int
    at: int
    what: str
    value: str | None
    by: str
    who: int | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the chronicle reaches. Unix seconds.

    Attributes:
        since: from when on every update was read.
        cursor: where reading goes on: the time of the last update that was read.
        until: up to when nothing else happened.
        complete: the events' end was reached, and the beginning of every open ticket's story is known.
        reading: tells one way of reading from another; what was read in another way is of no use.
        due: it is time to go on.
    """

    since: int
    cursor: int
    until: int
    complete: bool
    reading: str
    due: bool


class Chronicles(Inbox):
    """The chronicle of every account."""

    def chronicle_reach(self, account: str) -> Reach | None:
        """How far the chronicle reaches; None before it begins."""
        return self.chronicle_reaches(account).get(account)

    def chronicle_reaches(self, *accounts: str) -> dict[str, Reach]:
        """The same of several accounts, in one look; those of which it has not begun are left out."""
        with self._read() as tx:
            rows = tx.c.execute(sa.select(chronicle_reach).where(chronicle_reach.c.account.in_(accounts)))
            return {
                row.account: Reach(row.since, row.cursor, row.until, row.complete, row.reading, row.due <= tx.now)
                for row in rows
            }

    def begin_chronicle(self, lease: Lease, since: int, reading: str) -> None:
        """Forget what there is, and begin at ``since`` (Unix seconds). Deletions and follow-ups stay known.

        Raises:
            LeaseLost: nothing is changed.
        """
        with self._write() as tx:
            self._hold(tx, lease)
            self._take_time(tx)
            tx.c.execute(chronicle.delete().where(_of(lease.account), chronicle.c.event > 0))
            row = {"since": since, "cursor": since, "until": since, "complete": False, "reading": reading, "due": 0.0}
            new = self._insert(chronicle_reach).values(account=lease.account, **row)
            tx.c.execute(new.on_conflict_do_update(index_elements=["account"], set_=row))

    def chronicle(self, lease: Lease, happenings: Iterable[Happening]) -> None:
        """Store what happened; what is known already stays as it is.

        Raises:
            LeaseLost: nothing is stored.
        """
        with self._write() as tx:
            self._hold(tx, lease)
            self._add(tx, lease.account, happenings)

    def commit_chronicle(self, lease: Lease, reach: Reach, next_due_s: float = 0.0) -> None:
        """Remember how far it reaches, and when to go on.

        Raises:
            LeaseLost: nothing is changed.
        """
        with self._write() as tx:
            self._hold(tx, lease)
            row = {"cursor": reach.cursor, "until": reach.until, "complete": reach.complete, "due": tx.now + next_due_s}
            mine = chronicle_reach.c.account == lease.account
            tx.c.execute(chronicle_reach.update().where(mine).values(**row))

    def chronicled(self, account: str, tickets: Iterable[int]) -> set[int]:
        """Those of ``tickets`` of which something is known; that one is a follow-up says nothing of its state."""
        wanted, found = ids(tickets), set[int]()
        with self._read() as tx:
            for start in range(0, len(wanted), _CHUNK):
                some = wanted[start : start + _CHUNK]
                told = chronicle.c.ticket.in_(some) & (chronicle.c.what != FOLLOWS)
                found.update(tx.c.scalars(sa.select(chronicle.c.ticket).where(_of(account), told).distinct()))
        return found

    def without_beginning(self, account: str, limit: int) -> list[int]:
        """Tickets of which something is known, but not how they were created, ascending; at most ``limit``."""
        one = chronicle.alias()
        settled = one.c.what.in_(["created", DELETED])
        begun = sa.exists().where(one.c.account == account, one.c.ticket == chronicle.c.ticket, settled)
        with self._read() as tx:
            found = sa.select(chronicle.c.ticket).where(_of(account), chronicle.c.event > 0, ~begun).distinct()
            return list(tx.c.scalars(found.order_by(chronicle.c.ticket).limit(limit)))

    def standing_unchronicled(self, account: str, before: float, limit: int) -> list[int]:
        """Tickets received ``before`` (Unix seconds), not over, and of which nothing is known, ascending.

        At most ``limit``. Of those received since, the events will tell.
        """
        one = chronicle.alias()
        told = (one.c.ticket == standing.c.ticket) & (one.c.what != FOLLOWS)
        known = sa.exists().where(one.c.account == account, told)
        with self._read() as tx:
            mine = (standing.c.account == account, standing.c.received < before)
            found = sa.select(standing.c.ticket).where(*mine, ~known)
            return list(tx.c.scalars(found.order_by(standing.c.ticket).limit(limit)))

    def chronicle_tickets(
        self, lease: Lease, *, deleted: Iterable[int], alive: Iterable[int], follow_ups: Iterable[int]
    ) -> None:
        """What the ticket events do not tell: which tickets are deleted, or not any more, and which are follow-ups.

        Events of a deleted ticket may still come in; they change nothing.

        Raises:
            LeaseLost: nothing is changed.
        """
        gone, back, after = set(ids(deleted)), set(ids(alive)), set(ids(follow_ups))
        told = sa.select(chronicle.c.ticket, chronicle.c.what).where(_of(lease.account), chronicle.c.event < 0)
        with self._read() as tx:
            known = {(row.ticket, row.what) for row in tx.c.execute(told)}
        new = [
            Happening(-one, 0, one, 0, DELETED, None, "unknown") for one in sorted(gone) if (one, DELETED) not in known
        ]
        new += [
            Happening(-one, 1, one, 0, FOLLOWS, None, "unknown") for one in sorted(after) if (one, FOLLOWS) not in known
        ]
        restored = [ticket for ticket, what in known if what == DELETED and ticket in back]
        if not new and not restored:
            return
        with self._write() as tx:
            self._hold(tx, lease)
            self._add(tx, lease.account, (replace(one, at=int(tx.now) if one.what == DELETED else 0) for one in new))
            for start in range(0, len(restored), _CHUNK):
                stones = chronicle.c.ticket.in_(restored[start : start + _CHUNK]) & (chronicle.c.what == DELETED)
                tx.c.execute(chronicle.delete().where(_of(lease.account), stones))

    def _add(self, tx: Tx, account: str, happenings: Iterable[Happening]) -> None:
        if rows := [{**asdict(one), "account": account} for one in happenings]:
            new = self._insert(chronicle)
            tx.c.execute(new.on_conflict_do_nothing(index_elements=["account", "event", "n"]), rows)

    def shorten_chronicle(self, lease: Lease, since: int) -> None:
        """Forget tickets that are over and to which nothing has happened from ``since`` on (Unix seconds).

        Raises:
            LeaseLost: nothing is forgotten.
        """
        account = lease.account
        with self._write() as tx:
            self._hold(tx, lease)
            self._take_time(tx)
            old = sa.select(chronicle.c.ticket).where(_of(account)).group_by(chronicle.c.ticket)
            old = old.having(sa.func.max(chronicle.c.at) < since)
            stands = sa.select(standing.c.ticket).where(standing.c.account == account)
            gone = chronicle.c.ticket.in_(old) & chronicle.c.ticket.not_in(stands)
            tx.c.execute(chronicle.delete().where(_of(account), gone))
            mine = (chronicle_reach.c.account == account) & (chronicle_reach.c.since < since)
            tx.c.execute(chronicle_reach.update().where(mine).values(since=since))

    def stories(self, account: str, since: int) -> Iterator[tuple[int, Sequence[Happening]]]:
        """Tickets that matter from ``since`` on, ascending, each with all that happened to it, in order of time.

        Those to which something happened from then on, and those that are not over; none that is deleted.
        """
        recent = sa.select(chronicle.c.ticket).where(_of(account), chronicle.c.at >= since)
        stands = sa.select(standing.c.ticket).where(standing.c.account == account)
        deleted = sa.select(chronicle.c.ticket).where(_of(account), chronicle.c.event < 0, chronicle.c.what == DELETED)
        matters = (chronicle.c.ticket.in_(recent) | chronicle.c.ticket.in_(stands)) & chronicle.c.ticket.not_in(deleted)
        order = (chronicle.c.ticket, chronicle.c.at, chronicle.c.event, chronicle.c.n)
        with self._read() as tx:
            rows = tx.c.execute(sa.select(*_COLUMNS).where(_of(account), matters).order_by(*order)).all()
        for ticket, some in groupby(rows, key=lambda row: row.ticket):
            yield ticket, [Happening(*row) for row in some]


def _of(account: str) -> sa.ColumnElement[bool]:
    return chronicle.c.account == account


_COLUMNS: Final = [chronicle.c[name] for name in ("event", "n", "ticket", "at", "what", "value", "by", "who")]
