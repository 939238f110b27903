"""The inbox: a hint says that a ticket may have changed, and nothing else.

A hint is state, not a message: one row per ticket, so a thousand hints for one ticket are one row. The row is deleted
only after success, and only if no newer hint came meanwhile (``seq``). Tries count before the call, so that a crash
counts too: from the fourth on a ticket goes alone, after the eighth it is parked with its error until it changes again.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import sqlalchemy as sa

from zendesk_sync.store import schema
from zendesk_sync.store.database import Tx
from zendesk_sync.store.leases import Lease, Leases
from zendesk_sync.store.schema import MAX_ID, NEVER, hint, wakeup

BATCH: Final = 100
"""Ids that Zendesk takes in one ``show_many`` or ``update_many``."""

SUSPECT: Final = 3
"""A hint with so many tries behind it goes alone, lest it spoil every batch it is in."""

MAX_TRIES: Final = 8
"""A hint that failed so often is parked."""

MAX_BACKOFF_S: Final = 600.0
MAX_ERROR: Final = 500
_ROWS: Final = 500  # of one statement; well below the variables that it may have


class Taken(NamedTuple):
    """A hint in a worker's hands: ``seq`` says which one, ``tries`` counts this try as well (1 is the first)."""

    ticket: int
    seq: int
    tries: int


@dataclass(frozen=True, slots=True)
class Later:
    """Why and when a hint that was taken is tried again.

    Attributes:
        delay_s: seconds from now; for a counted try the least, since those wait longer each time.
        count_try: False where the ticket is not at fault: it must be quiet first, or Zendesk answered 429.
        reason: for people; the first 500 characters are kept.
    """

    delay_s: float = 0.0
    count_try: bool = True
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How full the inbox is.

    Attributes:
        waiting: due later, or in a worker's hands.
        due: to be taken now.
        parked: given up on until the ticket changes again.
        oldest_age_s: how long the oldest hint that is not parked has been here, in seconds; 0 with none.
    """

    waiting: int
    due: int
    parked: int
    oldest_age_s: float


@dataclass(frozen=True, slots=True)
class Hint:
    """One row for people: ages and delays in seconds; ``due_in_s`` is None for a parked hint."""

    ticket: int
    tries: int
    age_s: float
    due_in_s: float | None
    error: str | None


class Inbox(Leases):
    """Pending hints of every account."""

    def mark(self, account: str, tickets: Iterable[int], *, delay: float = 0.0) -> None:
        """Store that these tickets may have changed. They are on the disk when this returns.

        A ticket that waits already keeps its place or is brought forward, never put off. One in a worker's hands stays
        there and comes back when it is settled. A parked one gets another life.

        Args:
            account: made known if it is not.
            tickets: ids from 1 to 2^63-1; doubles are one.
            delay: seconds before they are due.

        Raises:
            ValueError: an id outside the range; nothing is stored.
            StoreError: nothing is stored.
        """
        wanted = ids(tickets)
        with self._write() as tx:
            self._mark(tx, account, wanted, delay)

    def take(self, lease: Lease, limit: int = BATCH) -> list[Taken]:
        """Take due hints, those due for longest first; none during a pause. A wake-up that is due becomes one.

        They stay taken until settled or until the lease ends, so that several batches can be under way. A suspect comes
        alone. A hint that has used up its tries without ever being settled is parked here.

        Raises:
            LeaseLost: stop; another worker may have the account.
        """
        with self._write() as tx:
            until = self._hold(tx, lease)
            mine = hint.c.account == lease.account
            ready = sa.and_(mine, hint.c.due <= tx.now, hint.c.fence != lease.fence)
            paused = schema.account.c.paused_until > tx.now
            if tx.c.scalar(sa.select(paused).where(schema.account.c.id == lease.account)):
                return []
            self._wake_up(tx, lease.account)
            spent = sa.and_(ready, hint.c.tries >= MAX_TRIES)
            _lock(tx, spent)
            tx.c.execute(
                hint.update().where(spent).values(due=NEVER, fence=0, error=sa.func.coalesce(hint.c.error, _NO_OUTCOME))
            )
            found = sa.select(hint.c.ticket, hint.c.seq, hint.c.tries).where(ready)
            rows = tx.c.execute(found.order_by(hint.c.due, hint.c.marked_at, hint.c.ticket).limit(limit)).all()
            chosen = rows[:1] if rows and rows[0].tries >= SUSPECT else [row for row in rows if row.tries < SUSPECT]
            if chosen:
                these = sa.and_(mine, hint.c.ticket.in_([row.ticket for row in chosen]))
                _lock(tx, these)
                tx.c.execute(hint.update().where(these).values(tries=hint.c.tries + 1, due=until, fence=lease.fence))
            return [Taken(row.ticket, row.seq, row.tries + 1) for row in chosen]

    def settle(self, lease: Lease, done: Iterable[Taken], later: Mapping[Taken, Later] | None = None) -> None:
        """Say what became of hints taken under this lease, in one transaction.

        ``done`` are deleted; where a newer hint came meanwhile, that one stays and is due now. ``later`` are tried
        again: uncounted ones after their delay, with the try given back; counted ones after 2, 4, 8 ... up to 600 s,
        or at once where a newer hint came, and after the eighth try not at all.

        Raises:
            LeaseLost: nothing is settled; whoever has the account now does the work again.
        """
        with self._write() as tx:
            self._hold(tx, lease)
            mine = sa.and_(hint.c.account == lease.account, hint.c.fence == lease.fence)
            done, later = list(done), later or {}
            _lock(tx, sa.and_(mine, hint.c.ticket.in_([taken.ticket for taken in (*done, *later)])))
            if done:
                pairs = [(taken.ticket, taken.seq) for taken in done]
                tx.c.execute(hint.delete().where(mine, sa.tuple_(hint.c.ticket, hint.c.seq).in_(pairs)))
                again = {"due": tx.now, "marked_at": tx.now, "tries": 0, "error": None, "fence": 0}
                newer = sa.and_(mine, hint.c.ticket.in_([taken.ticket for taken in done]))
                tx.c.execute(hint.update().where(newer).values(again))
            for taken, wish in later.items():
                this = sa.and_(mine, hint.c.ticket == taken.ticket)
                seq = tx.c.scalar(sa.select(hint.c.seq).where(this))
                if seq is not None:
                    due, tries = put_back(taken, wish, tx.now, newer=seq != taken.seq)
                    values = {"due": due, "tries": tries, "error": _short(wish.reason), "fence": 0}
                    tx.c.execute(hint.update().where(this).values(values))

    def pending(self, account: str) -> Counts:
        """How many hints wait, are due, are parked, and how old the oldest is."""
        with self._read() as tx:
            parked = hint.c.due >= NEVER
            due = sa.and_(hint.c.due <= tx.now, hint.c.fence != self._live_fence(tx, account))
            counts = sa.select(
                sa.func.count().label("all"),
                sa.func.count().filter(due).label("due"),
                sa.func.count().filter(parked).label("parked"),
                sa.func.min(hint.c.marked_at).filter(sa.not_(parked)).label("oldest"),
            )
            row = tx.c.execute(counts.where(hint.c.account == account)).one()
            age = 0.0 if row.oldest is None else max(0.0, tx.now - row.oldest)
            return Counts(row.all - row.due - row.parked, row.due, row.parked, age)

    def next_due(self, account: str) -> float | None:
        """Seconds until a hint or the sweep can be served: 0 for now, ``math.inf`` while paused without end.

        A pause counts, and hints in a worker's hands count from the end of its lease. None for an unknown account.
        """
        with self._read() as tx:
            row = tx.c.execute(sa.select(schema.account).where(schema.account.c.id == account)).one_or_none()
            if row is None:
                return None
            mine = sa.and_(hint.c.account == account, hint.c.due < NEVER)
            live = sa.and_(hint.c.fence == row.fence, sa.literal(row.owner is not None and row.lease_until > tx.now))
            at = sa.case((sa.and_(live, hint.c.due < row.lease_until), row.lease_until), else_=hint.c.due)
            first = tx.c.scalar(sa.select(sa.func.min(at)).where(mine))
            due = max(min(row.sweep_due, row.sweep_due if first is None else first), row.paused_until)
            return float("inf") if due >= NEVER else max(0.0, due - tx.now)

    def hints(self, account: str, limit: int = 1000) -> list[Hint]:
        """What waits, parked hints left out, in the order in which it comes due."""
        return self._hints(account, hint.c.due < NEVER, limit)

    def parked(self, account: str) -> list[Hint]:
        """What was given up on, with the last error. ``mark`` gives it another life, ``drop`` forgets it."""
        return self._hints(account, hint.c.due >= NEVER, None)

    def drop(self, account: str, tickets: Iterable[int]) -> int:
        """Forget hints of these tickets, unless a worker has them; returns how many there were."""
        with self._write() as tx:
            free = sa.and_(hint.c.account == account, hint.c.fence != self._live_fence(tx, account))
            return sum(
                tx.c.execute(hint.delete().where(free, hint.c.ticket == ticket)).rowcount for ticket in ids(tickets)
            )

    def _mark(self, tx: Tx, account: str, tickets: list[int], delay: float = 0.0) -> None:
        if not tickets:
            return
        self._ensure(tx, account)
        new = self._insert(hint)
        held = hint.c.fence == self._live_fence(tx, account)
        dead = hint.c.due >= NEVER
        merged = {
            "seq": hint.c.seq + 1,
            "due": sa.case((sa.and_(sa.not_(held), hint.c.due > new.excluded.due), new.excluded.due), else_=hint.c.due),
            "tries": sa.case((dead, 0), else_=hint.c.tries),
            "error": sa.case((dead, sa.null()), else_=hint.c.error),
            "marked_at": sa.case((dead, new.excluded.marked_at), else_=hint.c.marked_at),
        }
        row = {"account": account, "seq": 1, "due": tx.now + delay, "tries": 0, "fence": 0, "marked_at": tx.now}
        for start in range(0, len(tickets), _ROWS):
            rows = [{**row, "ticket": ticket} for ticket in tickets[start : start + _ROWS]]
            tx.c.execute(new.values(rows).on_conflict_do_update(index_elements=["account", "ticket"], set_=merged))

    def _wake_up(self, tx: Tx, account: str) -> None:
        due = sa.and_(wakeup.c.account == account, wakeup.c.at <= tx.now)
        if tickets := list(tx.c.scalars(sa.select(wakeup.c.ticket).where(due).order_by(wakeup.c.ticket))):
            self._mark(tx, account, tickets)
            tx.c.execute(wakeup.delete().where(due))

    def _hints(self, account: str, which: sa.ColumnElement[bool], limit: int | None) -> list[Hint]:
        with self._read() as tx:
            found = sa.select(hint).where(hint.c.account == account, which).order_by(hint.c.due, hint.c.ticket)
            return [
                Hint(
                    ticket=row.ticket,
                    tries=row.tries,
                    age_s=max(0.0, tx.now - row.marked_at),
                    due_in_s=None if row.due >= NEVER else max(0.0, row.due - tx.now),
                    error=row.error,
                )
                for row in tx.c.execute(found.limit(limit))
            ]


_NO_OUTCOME: Final = f"no outcome after {MAX_TRIES} tries: each time the worker ended before it could say why"


def _lock(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    """Lock rows in the order of their ids, as everybody does who touches several: nobody waits in a circle."""
    tx.c.execute(sa.select(hint.c.ticket).where(which).order_by(hint.c.ticket).with_for_update())


def put_back(taken: Taken, wish: Later, now: float, *, newer: bool) -> tuple[float, int]:
    """When a hint is due again, and the tries it keeps; ``newer``: another hint for the ticket came meanwhile.

    An uncounted delay holds for a newer hint too, since it says how things stand with the ticket (not quiet yet) and
    not how it behaved.
    """
    if not wish.count_try:
        return now + wish.delay_s, taken.tries - 1
    if taken.tries >= MAX_TRIES:
        return (now, 0) if newer else (NEVER, taken.tries)
    if newer:
        return now, taken.tries
    spread = random.uniform(0.8, 1.2)  # noqa: S311  keeps what failed together from coming back together
    return now + max(wish.delay_s, min(MAX_BACKOFF_S, 2.0**taken.tries * spread)), taken.tries


def ids(tickets: Iterable[int]) -> list[int]:
    """Each id once, ascending.

    Raises:
        ValueError: an id that no 64-bit column holds, or that Zendesk never gives.
    """
    found = sorted(set(tickets))
    if found and not (found[0] > 0 and found[-1] <= MAX_ID):
        raise ValueError(f"ticket ids lie between 1 and {MAX_ID}; found {found[0]} to {found[-1]}")
    return found


def _short(reason: str | None) -> str | None:
    # Half a surrogate pair, which JSON can carry, is text that no database stores.
    return None if reason is None else reason[:MAX_ERROR].encode("utf-8", "replace").decode()
