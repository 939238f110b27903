"""What a directory said about customers, with its age, and how far their changes were followed. All of it can be lost.

Whom: an organization's id, or the mail domain of a requester without one. What: plan, paying, lifecycle, deployment and
the plan's end, as JSON; nothing else of the answer is kept.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import sqlalchemy as sa

from zendesk_sync.store.inbox import Inbox, ids
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.schema import customer_answer, daily, following


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One answer.

    Attributes:
        subject: ``organization 7`` or ``domain acme.example``.
        organization: the organization's id, or None.
        asked: tells one question from another about the same subject.
        answer: JSON; None where the directory does not know the customer.
        at: when it was given, seconds since 1970.
    """

    subject: str
    organization: int | None
    asked: str
    answer: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Following:
    """How far changes of organizations were followed; ``due`` says that it is time to go on.

    Attributes:
        since: Unix seconds up to which the export was read; None before the first time.
    """

    since: int | None
    due: bool


class CustomerAnswers(Inbox):
    """Answers about the customers of every account."""

    def customer_answer(self, account: str, subject: str) -> KeptAnswer | None:
        """What is kept of this customer, however old."""
        with self._read() as tx:
            mine = sa.and_(customer_answer.c.account == account, customer_answer.c.subject == subject)
            row = tx.c.execute(sa.select(*_COLUMNS).where(mine)).one_or_none()
            return None if row is None else KeptAnswer(*row)

    def keep_customer_answer(self, account: str, kept: KeptAnswer) -> None:
        """Keep an answer in place of an older one."""
        with self._write() as tx:
            row = asdict(kept)
            new = self._insert(customer_answer).values(account=account, **row)
            tx.c.execute(new.on_conflict_do_update(index_elements=["account", "subject"], set_=row))

    def customer_answers_before(self, account: str, at: float, limit: int) -> list[KeptAnswer]:
        """Answers given before ``at`` (seconds since 1970), the oldest first."""
        with self._read() as tx:
            found = sa.select(*_COLUMNS).where(customer_answer.c.account == account, customer_answer.c.at < at)
            return [KeptAnswer(*row) for row in tx.c.execute(found.order_by(customer_answer.c.at).limit(limit))]

    def forget_customer_answer(self, account: str, subject: str) -> None:
        """It is of no use any more."""
        with self._write() as tx:
            mine = sa.and_(customer_answer.c.account == account, customer_answer.c.subject == subject)
            tx.c.execute(customer_answer.delete().where(mine))

    def following(self, account: str) -> Following:
        """How far changes of organizations were followed."""
        with self._read() as tx:
            row = tx.c.execute(sa.select(following).where(following.c.account == account)).one_or_none()
            return Following(None, due=True) if row is None else Following(row.since, due=row.due <= tx.now)

    def commit_following(self, lease: Lease, tickets: list[int], since: int | None, next_due_s: float) -> None:
        """Store how far changes of organizations were followed, with the tickets to look at again; all or nothing.

        Raises:
            LeaseLost: nothing is stored.
        """
        wanted = ids(tickets)
        with self._write() as tx:
            self._hold(tx, lease)
            self._mark(tx, lease.account, wanted)
            row = {"since": since, "due": tx.now + next_due_s}
            new = self._insert(following).values(account=lease.account, **row)
            tx.c.execute(new.on_conflict_do_update(index_elements=["account"], set_=row))

    def begin_day(self, lease: Lease, day: int) -> bool:
        """Whether this is another UTC day (days since 1970) than when it was last asked; the first time it is not.

        Raises:
            LeaseLost: nothing is stored.
        """
        with self._read() as tx:
            known = tx.c.scalar(sa.select(daily.c.day).where(daily.c.account == lease.account))
        if known == day:
            return False
        with self._write() as tx:
            self._hold(tx, lease)
            new = self._insert(daily).values(account=lease.account, day=day)
            tx.c.execute(new.on_conflict_do_update(index_elements=["account"], set_={"day": day}))
        return known is not None


_COLUMNS = [customer_answer.c[name] for name in ("subject", "organization", "asked", "answer", "at")]
