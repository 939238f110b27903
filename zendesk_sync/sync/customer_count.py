"""Whose the open tickets are, and of which nobody knows: what a person has to mend in maps and records. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from zendesk_sync.customers.sources import SourceState
from zendesk_sync.errors import CustomerSourceDown
from zendesk_sync.policy.terms import CustomerType
from zendesk_sync.sync.assemble import assemble, who_of
from zendesk_sync.sync.connection import Connection
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.records import Ticket
from zendesk_sync.zendesk.tickets import TicketPage

OPEN = "type:ticket status<solved"


@dataclass(slots=True)
class Lacking:
    """Tickets and organizations for which one thing is lacking."""

    tickets: int = 0
    organizations: set[int] = field(default_factory=set)

    def add(self, organization: int | None) -> None:
        self.tickets += 1
        if organization is not None:
            self.organizations.add(organization)

    def as_json(self) -> dict[str, Any]:
        return {"tickets": self.tickets, "organizations": sorted(self.organizations)}


@dataclass(slots=True)
class CustomerCount:
    """The unsolved tickets of an account by their customers.

    Attributes:
        types: tickets by customer type; those that wait for a source are not among them.
        unmapped: words of records that nobody mapped.
        without: no source says anything, or what they say cannot be used.
        down: tickets whose customer nobody knows for now, by what is wrong.
        sources: how each source is.
    """

    types: Counter[CustomerType] = field(default_factory=Counter)
    unmapped: dict[str, Lacking] = field(default_factory=dict)
    without: Lacking = field(default_factory=Lacking)
    down: dict[str, Lacking] = field(default_factory=dict)
    sources: list[SourceState] = field(default_factory=list)

    @property
    def tickets(self) -> int:
        return sum(self.types.values()) + sum(one.tickets for one in self.down.values())

    @property
    def unknown(self) -> int:
        return self.types[CustomerType.UNKNOWN]

    @property
    def well(self) -> bool:
        """Every word is mapped, and every source can be asked."""
        return not self.unmapped and not self.down and all(one.usable for one in self.sources)

    def as_json(self) -> dict[str, Any]:
        return {
            "tickets": self.tickets,
            "types": {kind.value: self.types[kind] for kind in CustomerType if self.types[kind]},
            "unknown_share": round(self.unknown / self.tickets, 4) if self.tickets else 0.0,
            "unmapped": [{"word": word, **one.as_json()} for word, one in sorted(self.unmapped.items())],
            "without_answer": self.without.as_json(),
            "down": [{"reason": reason, **one.as_json()} for reason, one in sorted(self.down.items())],
            "sources": [{"source": one.name.value, "usable": one.usable, "detail": one.detail} for one in self.sources],
        }


def count(connection: Connection) -> CustomerCount:
    """Look up the customer of every unsolved ticket that Zendesk's search finds; its index lags by minutes.

    Two calls for each hundred tickets, and what the sources need.

    Raises:
        ZendeskError: Zendesk could not be asked.
    """
    found = CustomerCount()
    for page in _pages(connection):
        for ticket in page.tickets:
            _add(found, connection, page, ticket)
    found.sources = connection.sources.states()
    return found


def _pages(connection: Connection) -> Iterator[TicketPage]:
    seen = set[int]()
    for rows in Exports(connection.client).search(OPEN):
        fresh = [one.id for one in rows if one.id not in seen]
        seen.update(fresh)
        if fresh:
            yield connection.tickets.show_many(fresh)


def _add(found: CustomerCount, connection: Connection, page: TicketPage, ticket: Ticket) -> None:
    who = who_of(ticket, page.users)
    organization = who.organization or (None if who.requester is None else who.requester.organization_id)
    try:
        customer = connection.sources.customer(
            who,
            page.organizations,
            connection.tickets.organizations,
            account=connection.account,
            handbook=connection.handbook,
            at=page.server_time,
        )
    except CustomerSourceDown as error:
        found.down.setdefault(str(error), Lacking()).add(organization)
        return
    facts = assemble(ticket, page.users, customer, (), fields=connection.fields, account=connection.account).facts
    found.types[facts.customer] += 1
    if customer.unmapped is not None:
        found.unmapped.setdefault(customer.unmapped, Lacking()).add(organization)
    elif facts.customer is CustomerType.UNKNOWN:
        found.without.add(organization)
