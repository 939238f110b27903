"""When an unanswered ticket must be looked at though nobody touches it, and which tickets were found answered.

Both can be lost: open tickets are looked at again, and the conversation is read once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import sqlalchemy as sa

from zendesk_sync.store.inbox import ids
from zendesk_sync.store.leases import Lease, Leases
from zendesk_sync.store.schema import answered, wakeup

_CHUNK: Final = 500


class FirstResponses(Leases):
    """Wake-ups and first answers of every account."""

    def await_responses(self, lease: Lease, looked_at: Mapping[int, float | None]) -> None:
        """Store in how many seconds each of these tickets is looked at again; None: it needs no wake-up any more.

        Raises:
            LeaseLost: nothing is stored.
        """
        wanted = ids(looked_at)
        with self._write() as tx:
            self._hold(tx, lease)
            for start in range(0, len(wanted), _CHUNK):
                these = wakeup.c.ticket.in_(wanted[start : start + _CHUNK])
                tx.c.execute(wakeup.delete().where(wakeup.c.account == lease.account, these))
            rows = [
                {"account": lease.account, "ticket": ticket, "at": tx.now + seconds}
                for ticket in wanted
                if (seconds := looked_at[ticket]) is not None
            ]
            if rows:
                tx.c.execute(wakeup.insert(), rows)

    def remember_answers(self, lease: Lease, found: Mapping[int, float], rules: str) -> None:
        """Store when these tickets were first answered (seconds since 1970), as told by ``rules``.

        Raises:
            LeaseLost: nothing is stored.
        """
        if not found:
            return
        rows = [{"account": lease.account, "ticket": one, "at": found[one], "rules": rules} for one in ids(found)]
        with self._write() as tx:
            self._hold(tx, lease)
            new = self._insert(answered)
            changed = {"at": new.excluded.at, "rules": new.excluded.rules}
            tx.c.execute(new.on_conflict_do_update(index_elements=["account", "ticket"], set_=changed), rows)

    def answers(self, account: str, tickets: Iterable[int], rules: str) -> dict[int, float]:
        """When those of ``tickets`` that are known to be answered were, by the same ``rules``."""
        wanted, found = ids(tickets), dict[int, float]()
        with self._read() as tx:
            for start in range(0, len(wanted), _CHUNK):
                these = answered.c.ticket.in_(wanted[start : start + _CHUNK])
                told = sa.select(answered.c.ticket, answered.c.at).where(
                    answered.c.account == account, these, answered.c.rules == rules
                )
                found.update((row.ticket, row.at) for row in tx.c.execute(told))
        return found
