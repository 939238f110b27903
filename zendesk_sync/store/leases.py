"""One writer per account: a lease with a fence, and the pause that Zendesk may ask for.

A lease is one conditional UPDATE. Whoever holds it shows it at every write; a worker that was frozen while its lease
ran out finds the fence moved and stops, instead of writing beside its successor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from zendesk_sync.errors import LeaseLost
from zendesk_sync.store import schema
from zendesk_sync.store.database import Database, Tx
from zendesk_sync.store.schema import NEVER, chronicle_reach, following, hint, surge, wakeup

_account = schema.account

STEP_S: Final = 5.0
"""A clock that went back by less is left alone: nothing waits longer than that for it."""
LONGEST_S: Final = 3600.0
"""No lease, and no wait of a hint or a sweep, is meant to be longer: for a step of the clock that nobody saw."""
LONGEST_PAUSE_S: Final = 86_400.0
"""The longest that Zendesk may ask for."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on one account.

    Attributes:
        account: the account's id.
        owner: who holds it, for people.
        fence: grows with every lease of the account, so an old one never passes for a new one.
        seconds: how long it lasts from :meth:`Leases.acquire` or :meth:`Leases.renew`.
    """

    account: str
    owner: str
    fence: int
    seconds: float


class Leases(Database):
    """Accounts, and who may work on them."""

    _skew: float | None = None

    def ensure_account(self, account: str) -> None:
        """Make the account known; its first sweep is due at once. Doing it again changes nothing."""
        with self._write() as tx:
            self._ensure(tx, account)

    def acquire(self, account: str, owner: str, lease_s: float) -> Lease | None:
        """Take the account for ``lease_s`` seconds; None while another lease lives, it is paused, or unknown."""
        with self._write() as tx:
            fence = tx.c.scalar(
                _account.update()
                .where(_account.c.id == account, *_free(tx.now))
                .values(owner=owner, lease_until=tx.now + lease_s, fence=_account.c.fence + 1)
                .returning(_account.c.fence)
            )
        return None if fence is None else Lease(account, owner, fence, lease_s)

    def renew(self, lease: Lease) -> None:
        """Begin the lease's time anew; what was taken under it stays taken.

        Raises:
            LeaseLost: it had run out already, or the account went to another worker.
        """
        with self._write() as tx:
            self._hold(tx, lease)
            tx.c.execute(
                _account.update().where(_account.c.id == lease.account).values(lease_until=tx.now + lease.seconds)
            )

    def release(self, lease: Lease) -> None:
        """Give the account back. A lease that is lost already is nobody's to give: no error.

        Hints taken and never settled come back when the lease would have ended, not at once: whatever kept them from
        being settled would only repeat itself.
        """
        with self._write() as tx:
            tx.c.execute(
                _account.update()
                .where(_account.c.id == lease.account, _account.c.fence == lease.fence, _held(tx.now))
                .values(owner=None, lease_until=tx.now)
            )

    def pause(self, target: Lease | str, seconds: float) -> None:
        """Leave the account alone for ``seconds`` (``math.inf``: until resumed); a longer pause stays.

        After a 429 Zendesk says for how long ("Rate limits", ``Retry-After``). Hints and sweeps are stored meanwhile,
        and nothing is taken.

        Args:
            target: the worker's lease, or an account's id for a person's command.
            seconds: from now.

        Raises:
            LeaseLost: ``target`` is a lease that is lost.
        """
        with self._write() as tx:
            account = self._account_of(tx, target)
            until = min(tx.now + seconds, NEVER)
            tx.c.execute(
                _account.update()
                .where(_account.c.id == account, _account.c.paused_until < until)
                .values(paused_until=until)
            )

    def resume(self, account: str) -> None:
        """End a pause."""
        with self._write() as tx:
            tx.c.execute(_account.update().where(_account.c.id == account).values(paused_until=0.0))

    def paused_for(self, account: str) -> float:
        """Seconds that a pause still lasts: 0 without one, ``math.inf`` until resumed."""
        with self._read() as tx:
            until = tx.c.scalar(sa.select(_account.c.paused_until).where(_account.c.id == account)) or 0.0
        return float("inf") if until >= NEVER else max(0.0, until - tx.now)

    def due_accounts(self) -> list[str]:
        """Accounts that anybody may serve now: something is due, no lease lives, no pause.

        Due is a hint, a wake-up, the sweep, or a surge's end. The one left alone for longest comes first: none starves.
        """
        with self._read() as tx:
            waiting = sa.exists().where(hint.c.account == _account.c.id, hint.c.due <= tx.now)
            over = sa.exists().where(
                surge.c.account == _account.c.id, surge.c.ended_at.is_(None), surge.c.until <= tx.now
            )
            woken = sa.exists().where(wakeup.c.account == _account.c.id, wakeup.c.at <= tx.now)
            due = sa.or_(_account.c.sweep_due <= tx.now, waiting, over, woken)
            found = sa.select(_account.c.id).where(*_free(tx.now), due)
            return list(tx.c.scalars(found.order_by(_account.c.lease_until, _account.c.id)))

    def _ensure(self, tx: Tx, account: str) -> None:
        tx.c.execute(self._insert(_account).values(id=account).on_conflict_do_nothing())

    def _hold(self, tx: Tx, lease: Lease) -> float:
        """When the lease ends, in the transaction that is about to rely on it.

        Raises:
            LeaseLost: it is not this lease's account any more.
        """
        until = tx.c.scalar(
            sa.select(_account.c.lease_until)
            .where(_account.c.id == lease.account, _account.c.fence == lease.fence, _held(tx.now))
            .with_for_update()
        )
        if until is None:
            raise LeaseLost(f"account {lease.account}: the lease of {lease.owner} ended; another worker may have it")
        return float(until)

    def _account_of(self, tx: Tx, target: Lease | str) -> str:
        if isinstance(target, str):
            self._ensure(tx, target)
            return target
        self._hold(tx, target)
        return target.account

    def _live_fence(self, tx: Tx, account: str) -> int:
        """The fence of the lease that lives now, or -1."""
        found = sa.select(_account.c.fence).where(_account.c.id == account, _held(tx.now))
        fence = tx.c.scalar(found)
        return -1 if fence is None else fence

    def follow_clock(self, steady: float) -> bool:
        """Notice a clock that was put back, by which everything that has a time would wait for as long as that.

        Every time that is ahead is put back by as much. Several processes that notice make things due sooner, and a
        lease may end early: its holder stops at its next step. A clock put forward only makes things due.

        Args:
            steady: seconds of a clock that nobody sets; call this again and again.

        Returns:
            Whether the clock was put back since the last call.
        """
        with self._read() as tx:
            skew = tx.now - steady
        last, self._skew = self._skew, skew
        if last is None or skew > last - STEP_S:
            return False
        with self._write() as tx:
            self._put_back(tx, last - skew)
            self._after_crash(tx)
        return True

    def _put_back(self, tx: Tx, seconds: float) -> None:
        for table, column in (
            (_account, _account.c.lease_until),
            (_account, _account.c.paused_until),
            (_account, _account.c.sweep_due),
            (hint, hint.c.due),
            (wakeup, wakeup.c.at),
            (following, following.c.due),
            (chronicle_reach, chronicle_reach.c.due),
        ):
            ahead = sa.and_(column > tx.now, column < NEVER)
            earlier = sa.case((column - seconds > tx.now, column - seconds), else_=tx.now)
            tx.c.execute(table.update().where(ahead).values({column: earlier}))

    def _after_crash(self, tx: Tx) -> None:
        """Alone with the file: leases found in it belong to the dead, and what they had taken is due now.

        Everywhere: bring back within reach what only a clock that was put back can have put so far off.
        """
        if not self.shared:
            tx.c.execute(_account.update().where(_held(tx.now)).values(owner=None, lease_until=tx.now))
            tx.c.execute(hint.update().where(hint.c.fence > 0).values(fence=0, due=tx.now))
        far = tx.now + LONGEST_S
        for column, reach in ((_account.c.lease_until, far), (_account.c.paused_until, tx.now + LONGEST_PAUSE_S)):
            beyond = sa.and_(column > reach, column < NEVER)
            tx.c.execute(_account.update().where(beyond).values({column: tx.now}))
        tx.c.execute(_account.update().where(_account.c.sweep_due > far).values(sweep_due=tx.now))
        for table in (following, chronicle_reach):
            tx.c.execute(table.update().where(table.c.due > far).values(due=tx.now))
        tx.c.execute(hint.update().where(hint.c.due > far, hint.c.due < NEVER).values(due=tx.now))


def _held(now: float) -> sa.ColumnElement[bool]:
    """A lease lives. One that was given back does not live again by a clock that is put back."""
    return sa.and_(_account.c.lease_until > now, _account.c.owner.is_not(None))


def _free(now: float) -> tuple[sa.ColumnElement[bool], ...]:
    return (sa.not_(_held(now)), _account.c.paused_until <= now)
