"""The standing: the order key of each New or Open ticket, so that number one is known without asking for them all.

Tickets that are not over but not support's to move stand here too, out of order: whose they are must be known when a
customer's plan changes.

Order: band, then (where types are ranked) type rank, or these two the other way round; then when the ticket was
received, then its id. Ids differ, so the order is total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final

import sqlalchemy as sa

from zendesk_sync.store import schema
from zendesk_sync.store.database import Tx
from zendesk_sync.store.inbox import ids
from zendesk_sync.store.leases import Lease, Leases
from zendesk_sync.store.schema import answered, standing, wakeup


@dataclass(frozen=True, slots=True)
class Standing:
    """One ticket's place.

    Attributes:
        ticket: its id.
        band: the queue band, lower first.
        type_rank: the customer type's rank, lower first; takes part only where types are ranked.
        received: when the ticket was received, seconds since 1970.
        holds_number_one: it carries the number-one tag now.
        in_order: it competes for number one. A ticket out of order stays here until it is over and without the tag.
        updated_at: Zendesk's ``updated_at`` of the read this stands on.
        organization: the ticket's organization id, for when a plan changes.
    """

    ticket: int
    band: int
    type_rank: int
    received: float
    holds_number_one: bool
    in_order: bool
    updated_at: str
    organization: int | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """The order at one moment.

    Attributes:
        bands: how many tickets of the order are in each band; bands without any are left out.
        holders: tickets that carry the number-one tag, ascending.
        first: who should; None where nobody is in order.
    """

    bands: Mapping[int, int]
    holders: Sequence[int]
    first: Standing | None


_CHUNK: Final = 500
_COLUMNS = [standing.c[field.name] for field in fields(Standing)]


class Standings(Leases):
    """The standing of every account."""

    def stand(self, lease: Lease, entries: Iterable[Standing]) -> None:
        """Store where these tickets stand, in place of what was known of them.

        Raises:
            LeaseLost: nothing is stored.
        """
        rows = [{**asdict(entry), "account": lease.account} for entry in entries]
        with self._write() as tx:
            self._hold(tx, lease)
            if rows:
                new = self._insert(standing)
                changed = {column.name: new.excluded[column.name] for column in _COLUMNS if column.name != "ticket"}
                tx.c.execute(new.on_conflict_do_update(index_elements=["account", "ticket"], set_=changed), rows)

    def unstand(self, lease: Lease, tickets: Iterable[int]) -> None:
        """Forget these tickets, their wake-ups and first answers too: solved, closed or deleted, and without the tag.

        Raises:
            LeaseLost: nothing is forgotten.
        """
        rows = [{"t": ticket} for ticket in ids(tickets)]
        with self._write() as tx:
            self._hold(tx, lease)
            if rows:
                mine = standing.c.account == lease.account
                tx.c.execute(standing.delete().where(mine, standing.c.ticket == sa.bindparam("t")), rows)
                for table in (wakeup, answered):
                    this = sa.and_(table.c.account == lease.account, table.c.ticket == sa.bindparam("t"))
                    tx.c.execute(table.delete().where(this), rows)

    def first(self, account: str, by_type: bool, *, type_first: bool = False) -> Standing | None:
        """Number one: the first of those in order, or None where nobody is. ``by_type``: types are ranked."""
        return next(iter(self.order(account, by_type=by_type, type_first=type_first, limit=1)), None)

    def order(
        self, account: str, *, by_type: bool, type_first: bool = False, limit: int | None = None
    ) -> list[Standing]:
        """The tickets in order, first to last; all, or the first ``limit``.

        ``type_first``: where types are ranked, the type comes before the band.
        """
        with self._read() as tx:
            return _order(tx, account, by_type=by_type, type_first=type_first, limit=limit)

    def bands(self, account: str) -> dict[int, int]:
        """How many tickets of the order are in each band; bands without any are left out."""
        with self._read() as tx:
            return _bands(tx, account)

    def holders(self, account: str) -> list[int]:
        """Tickets that carry the number-one tag, in order or not, ascending. One at most when all is well."""
        with self._read() as tx:
            return _tickets(tx, account, _HOLDS)

    def lead(self, account: str, *, by_type: bool, type_first: bool = False) -> Lead | None:
        """All that the order says at one moment; None while not every New and Open ticket is known to stand here."""
        with self._read() as tx:
            if not _complete(tx, account):
                return None
            first = _order(tx, account, by_type=by_type, type_first=type_first, limit=1)
            return Lead(_bands(tx, account), _tickets(tx, account, _HOLDS), next(iter(first), None))

    def standing_among(self, account: str, tickets: Iterable[int]) -> set[int]:
        """Those of ``tickets`` that are in the order, or carry the tag."""
        wanted, found = ids(tickets), set[int]()
        concerned = sa.or_(standing.c.in_order, standing.c.holds_number_one)
        for start in range(0, len(wanted), _CHUNK):
            found.update(self._tickets(account, standing.c.ticket.in_(wanted[start : start + _CHUNK]), concerned))
        return found

    def of_organizations(self, account: str, organizations: Iterable[int]) -> list[int]:
        """Tickets of these organizations, ascending; a change of their plans leaves no trace on them."""
        wanted, found = ids(organizations), set[int]()
        for start in range(0, len(wanted), _CHUNK):
            found.update(self._tickets(account, standing.c.organization.in_(wanted[start : start + _CHUNK])))
        return sorted(found)

    def without_organization(self, account: str) -> list[int]:
        """Tickets whose customer can only be known by the requester, ascending."""
        return self._tickets(account, standing.c.organization.is_(None))

    def of_type_rank(self, account: str, rank: int) -> list[int]:
        """Tickets of customers of a type, ascending."""
        return self._tickets(account, standing.c.type_rank == rank)

    def all_standing(self, account: str) -> list[int]:
        """Every ticket that is not over, ascending."""
        return self._tickets(account, sa.true())

    def organizations_standing(self, account: str) -> list[int]:
        """Organizations with tickets that are not over, ascending."""
        with self._read() as tx:
            of = standing.c.organization
            found = sa.select(of).where(standing.c.account == account, of.is_not(None)).distinct().order_by(of)
            return list(tx.c.scalars(found))

    def standing_complete(self, account: str) -> bool:
        """Whether every New or Open ticket is known to stand here; before that nobody is number one."""
        with self._read() as tx:
            return _complete(tx, account)

    def set_standing_complete(self, target: Lease | str, complete: bool) -> None:
        """Say whether the standing is complete; ``target`` as in :meth:`Leases.pause`.

        Raises:
            LeaseLost: ``target`` is a lease that is lost.
        """
        with self._write() as tx:
            account = self._account_of(tx, target)
            tx.c.execute(
                schema.account.update().where(schema.account.c.id == account).values(standing_complete=complete)
            )

    def _tickets(self, account: str, *which: sa.ColumnElement[bool]) -> list[int]:
        with self._read() as tx:
            return _tickets(tx, account, *which)


_HOLDS: Final = standing.c.holds_number_one.is_(True)


def _tickets(tx: Tx, account: str, *which: sa.ColumnElement[bool]) -> list[int]:
    found = sa.select(standing.c.ticket).where(standing.c.account == account, *which)
    return list(tx.c.scalars(found.order_by(standing.c.ticket)))


def _order(tx: Tx, account: str, *, by_type: bool, type_first: bool, limit: int | None) -> list[Standing]:
    ranked = [standing.c.band, standing.c.type_rank] if by_type else [standing.c.band]
    key = [*(reversed(ranked) if type_first else ranked), standing.c.received, standing.c.ticket]
    found = sa.select(*_COLUMNS).where(standing.c.account == account, standing.c.in_order.is_(True))
    return [Standing(*row) for row in tx.c.execute(found.order_by(*key).limit(limit))]


def _bands(tx: Tx, account: str) -> dict[int, int]:
    mine = sa.and_(standing.c.account == account, standing.c.in_order.is_(True))
    found = sa.select(standing.c.band, sa.func.count()).where(mine).group_by(standing.c.band)
    return {band: int(count) for band, count in tx.c.execute(found)}


def _complete(tx: Tx, account: str) -> bool:
    found = sa.select(schema.account.c.standing_complete).where(schema.account.c.id == account)
    return bool(tx.c.scalar(found))
