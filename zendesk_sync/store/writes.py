"""What we sent, and what we saw of it: intents before an ``update_many`` job, and the echo of verified writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

import sqlalchemy as sa

from zendesk_sync.store.inbox import ids
from zendesk_sync.store.leases import Lease, Leases
from zendesk_sync.store.schema import intent, seen, unchecked

ECHO_S: Final = 30 * 86400.0
"""How long a verified write is remembered. Its echo comes within minutes; an echo that slips through costs one read."""

_CHUNK: Final = 500  # well below the variables that one statement may have


@dataclass(frozen=True, slots=True)
class Intent:
    """A job that may be under way for a ticket.

    Attributes:
        ticket: its id.
        job: Zendesk's job id; None if its answer was never seen.
        age_s: seconds since it was written down, which is before it was sent.
    """

    ticket: int
    job: str | None
    age_s: float


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Official priorities went out by jobs, and nobody has looked yet whether they overtook a person's.

    Attributes:
        since: Unix seconds of Zendesk's clock when the first of them was decided.
        ticket: one of those written last.
        decided: Unix seconds of Zendesk's clock when that one was decided.
        age_s: seconds since the last job was sent.
    """

    since: int
    ticket: int
    decided: int
    age_s: float


class Writes(Leases):
    """Intents, what is yet to be checked, and echoes of every account."""

    def will_check(self, lease: Lease, *, since: int, ticket: int, decided: int) -> None:
        """Write down, before a job with official priorities is sent, that it is to be checked; see :class:`Unchecked`.

        Raises:
            LeaseLost: nothing is written down; do not send.
        """
        row = {"since": since, "ticket": ticket, "decided": decided}
        with self._write() as tx:
            self._hold(tx, lease)
            new = self._insert(unchecked).values(account=lease.account, sent_at=tx.now, **row)
            earliest = sa.case((new.excluded.since < unchecked.c.since, new.excluded.since), else_=unchecked.c.since)
            changed = {name: new.excluded[name] for name in ("ticket", "decided", "sent_at")} | {"since": earliest}
            tx.c.execute(new.on_conflict_do_update(index_elements=["account"], set_=changed))

    def unchecked(self, account: str) -> Unchecked | None:
        """What is yet to be checked; None where there is nothing."""
        with self._read() as tx:
            row = tx.c.execute(sa.select(unchecked).where(unchecked.c.account == account)).one_or_none()
            if row is None:
                return None
            return Unchecked(row.since, row.ticket, row.decided, max(0.0, tx.now - row.sent_at))

    def checked(self, lease: Lease, until: int | None = None) -> None:
        """Everything was checked, or everything up to ``until`` (Unix seconds of Zendesk's clock).

        Raises:
            LeaseLost: it stays as it is.
        """
        with self._write() as tx:
            self._hold(tx, lease)
            mine = unchecked.c.account == lease.account
            if until is None:
                tx.c.execute(unchecked.delete().where(mine))
            else:
                tx.c.execute(unchecked.update().where(mine, unchecked.c.since < until).values(since=until))

    def intend(self, lease: Lease, tickets: Iterable[int], job: str | None = None) -> None:
        """Write down, before a job is sent, the tickets it will change; again with its id when the answer is there.

        While an intent stands nothing is planned for its ticket, also by the next process after a crash: the answer of
        a job may be lost while the job runs on.

        Raises:
            LeaseLost: nothing is written down; do not send.
        """
        rows = [{"ticket": ticket} for ticket in ids(tickets)]
        with self._write() as tx:
            self._hold(tx, lease)
            if rows:
                new = self._insert(intent).values(
                    account=lease.account, ticket=sa.bindparam("ticket"), job=job, sent_at=tx.now
                )
                changed = {"job": new.excluded.job} | ({} if job else {"sent_at": new.excluded.sent_at})
                tx.c.execute(new.on_conflict_do_update(index_elements=["account", "ticket"], set_=changed), rows)

    def intents(self, account: str, tickets: Iterable[int]) -> set[int]:
        """Those of ``tickets`` for which a job may be under way."""
        found: set[int] = set()
        with self._read() as tx:
            for some in _chunks(tickets):
                mine = sa.and_(intent.c.account == account, intent.c.ticket.in_(some))
                found.update(tx.c.scalars(sa.select(intent.c.ticket).where(mine)))
        return found

    def intended(self, account: str) -> list[Intent]:
        """Every intent that stands, oldest first; what a process asks about after a crash."""
        with self._read() as tx:
            found = sa.select(intent).where(intent.c.account == account).order_by(intent.c.sent_at, intent.c.ticket)
            return [Intent(row.ticket, row.job, max(0.0, tx.now - row.sent_at)) for row in tx.c.execute(found)]

    def forget_intents(self, lease: Lease, tickets: Iterable[int]) -> None:
        """The job for these tickets has ended, one way or another.

        Raises:
            LeaseLost: nothing is forgotten.
        """
        rows = [{"t": ticket} for ticket in ids(tickets)]
        with self._write() as tx:
            self._hold(tx, lease)
            if rows:
                mine = intent.c.account == lease.account
                tx.c.execute(intent.delete().where(mine, intent.c.ticket == sa.bindparam("t")), rows)

    def remember_write(self, lease: Lease, written: Mapping[int, str]) -> None:
        """Keep the ``updated_at`` (Zendesk's text) under which a write of ours was verified, per ticket.

        Hints and export rows that are not newer are our own echo. Forgotten after 30 days.

        Raises:
            LeaseLost: nothing is kept.
        """
        rows = [{"ticket": ticket, "updated_at": written[ticket]} for ticket in ids(written)]
        with self._write() as tx:
            self._hold(tx, lease)
            if rows:
                new = self._insert(seen)
                changed = {name: new.excluded[name] for name in ("updated_at", "written_at")}
                rows = [{**row, "account": lease.account, "written_at": tx.now} for row in rows]
                tx.c.execute(new.on_conflict_do_update(index_elements=["account", "ticket"], set_=changed), rows)
            old = sa.and_(seen.c.account == lease.account, seen.c.written_at < tx.now - ECHO_S)
            tx.c.execute(seen.delete().where(old))

    def seen(self, account: str, tickets: Iterable[int]) -> dict[int, str]:
        """The ``updated_at`` of our last verified write of each of ``tickets``, where there was one."""
        found: dict[int, str] = {}
        with self._read() as tx:
            for some in _chunks(tickets):
                mine = sa.and_(seen.c.account == account, seen.c.ticket.in_(some))
                rows = tx.c.execute(sa.select(seen.c.ticket, seen.c.updated_at).where(mine))
                found.update({row.ticket: row.updated_at for row in rows})
        return found


def _chunks(tickets: Iterable[int]) -> Iterable[list[int]]:
    rest = iter(ids(tickets))
    while some := list(islice(rest, _CHUNK)):
        yield some
