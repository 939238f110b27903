"""The queue as people see it: support's order with each ticket's reasons. Reads only.

The order is the standing in the store, where the service keeps one that is complete; else every New and Open ticket is
looked at. The rows themselves are always read from Zendesk and decided anew, a page at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice

from zendesk_sync.errors import CustomerSourceDown, NotFound
from zendesk_sync.policy.order import BANDS, TYPE_RANK, Apart, Place, apart, order
from zendesk_sync.policy.terms import CustomerType, Flag, Workload
from zendesk_sync.store.standings import Standing
from zendesk_sync.store.store import Store
from zendesk_sync.sync.answered import Clocks, clocks_of
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.look import Look, Reads, look, with_organizations
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.fields import OurField
from zendesk_sync.zendesk.records import Audit, Comment, Organization, Ticket
from zendesk_sync.zendesk.tickets import MANY, METRICS, SIDELOADS, TicketPage

WAITING = "status<pending"
"""New and Open tickets in Zendesk's search language."""
SHOWN = (*SIDELOADS, METRICS, "groups")
"""What rows are read with: names and first replies cost no call of their own."""


class Source(StrEnum):
    """Where the order comes from."""

    STANDING = "standing"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Order:
    """Support's order.

    Attributes:
        places: first to last.
        holders: tickets that may carry the number-one tag, in order or not.
    """

    source: Source
    places: Sequence[Place]
    holders: frozenset[int]


@dataclass(frozen=True, slots=True)
class NumberOne:
    """Who is number one by the order, and who carries the tag in Zendesk now."""

    first: int | None
    tagged: tuple[int, ...]

    @property
    def agrees(self) -> bool:
        """Whether the tag stands where the order says, and nowhere else."""
        return self.tagged == (() if self.first is None else (self.first,))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are shown; None is any. Places stay those of the whole order."""

    group: int | None = None
    assignee: int | None = None
    customer: CustomerType | None = None

    @property
    def reads_all(self) -> bool:
        """Only the tickets themselves tell which are meant."""
        return self.group is not None or self.assignee is not None

    def holds(self, ticket: Ticket) -> bool:
        """Whether the ticket is in the group and with the assignee."""
        return self.group in {None, ticket.group_id} and self.assignee in {None, ticket.assignee_id}


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in its place.

    Attributes:
        place: from 1 on, in the whole order.
        stands: what the order knows of the ticket.
        before: the ticket one place higher; None for number one.
        apart: what puts it after that one.
        look: the ticket as it is now, decided anew.
        group: the group's name, and assignee: the agent's.
        clocks: of its first response.
    """

    place: int
    stands: Place
    before: Place | None
    apart: Apart
    look: Look
    group: str | None
    assignee: str | None
    clocks: Clocks

    @property
    def holds_number_one(self) -> bool:
        """Whether it carries the tag."""
        return Flag.NUMBER_ONE in self.look.assembled.values.flags


@dataclass(frozen=True, slots=True)
class Blank:
    """A ticket of the order of which nothing can be said now, and why; ``gone``: it is no more, or not ours to see."""

    place: int
    ticket: int
    reason: str
    gone: bool = False


def from_standing(connection: Connection, store: Store) -> Order | None:
    """The order that the service keeps; None while it does not know every New and Open ticket."""
    name = connection.name
    if not store.standing_complete(name):
        return None
    standings = store.order(name, by_type=connection.workload is Workload.SURGE)
    places = order(map(place_of, standings), connection.workload, connection.handbook)
    return Order(Source.STANDING, places, frozenset(store.holders(name)))


def place_of(standing: Standing) -> Place:
    """What the order needs to know, as the store has it; a ticket outside the order is none of support's."""
    return Place(
        id=standing.ticket,
        priority=BANDS[standing.band],
        customer=TYPE_RANK[standing.type_rank],
        received=datetime.fromtimestamp(standing.received, UTC),
        for_ce=not standing.in_order,
    )


def from_account(connection: Connection) -> Order:
    """The order of every New and Open ticket that Zendesk's search finds; its index lags by minutes.

    Two calls for each 100 of them, one more for each whose history or words can change its level.

    Raises:
        CustomerSourceDown: nobody knows who a customer is, so nobody knows the order.
        ZendeskError: something could not be read.
    """
    exports, seen, places, holders = Exports(connection.client), set[int](), list[Place](), set[int]()
    known: dict[int, Organization] = {}
    reads = _LevelReads(connection.tickets)
    for found in exports.search(WAITING):
        ids = [one.id for one in found if one.id not in seen]
        seen.update(ids)
        if not ids:
            continue
        page = with_organizations(connection.tickets, connection.tickets.show_many(ids), known)
        for ticket in page.tickets:
            says_level = connection.handbook.switches.evidence == "propose" and (
                ticket.follows is not None or connection.fields.read(ticket).severity is None
            )
            try:
                one = look(connection, ticket, page, reads=connection.tickets if says_level else reads, notes=False)
            except NotFound:
                continue  # deleted since the page was read
            if one.decision.in_order:
                places.append(one.decision.place)
            if Flag.NUMBER_ONE in one.assembled.values.flags:
                holders.add(ticket.id)
    tag = connection.fields.tag(OurField.FLAGS, Flag.NUMBER_ONE)
    holders.update(one.id for found in exports.search(f"tags:{tag}") for one in found)
    return Order(Source.ACCOUNT, order(places, connection.workload, connection.handbook), frozenset(holders))


def number_one(connection: Connection, known: Order) -> NumberOne:
    """Who carries the tag in Zendesk now, among those who may; one call.

    Raises:
        ZendeskError: they could not be read.
    """
    first = known.places[0].id if known.places else None
    asked = sorted(known.holders | ({first} if first is not None else set()))
    if not asked:
        return NumberOne(None, ())
    tag = connection.fields.tag(OurField.FLAGS, Flag.NUMBER_ONE)
    tickets = connection.tickets.show_many(asked).tickets
    return NumberOne(first, tuple(sorted(one.id for one in tickets if tag in one.tags)))


def rows(connection: Connection, known: Order, wanted: Wanted, limit: int) -> Iterator[list[Row | Blank]]:
    """The first ``limit`` rows that are wanted, a page at a time, in order.

    One call for each 100 tickets, one more for each row whose history or conversation can change what it says, or to
    which somebody of staff has written. With a group or an assignee tickets are read until there are enough rows.

    Raises:
        ZendeskError: something could not be read.
    """
    left = limit
    candidates = _candidates(known.places, wanted.customer)
    organizations: dict[int, Organization] = {}
    while left > 0 and (some := list(islice(candidates, MANY if wanted.reads_all else min(MANY, left)))):
        page = connection.tickets.show_many([place.id for _, _, place in some], SHOWN)
        tickets = {one.id: one for one in page.tickets}
        meant = [one for one in some if one[2].id not in tickets or wanted.holds(tickets[one[2].id])]
        if wanted.reads_all:
            meant = [one for one in meant if one[2].id in tickets][:left]
        shown = page._replace(tickets=[tickets[one[2].id] for one in meant if one[2].id in tickets])
        shown = with_organizations(connection.tickets, shown, organizations)
        found: list[Row | Blank] = []
        for number, before, place in meant:
            ticket = tickets.get(place.id)
            try:
                found.append(
                    _blank(number, place) if ticket is None else _row(connection, number, before, place, ticket, shown)
                )
            except NotFound:
                found.append(_blank(number, place))
            except CustomerSourceDown as error:
                found.append(Blank(number, place.id, f"nobody knows who the customer is now: {error}"))
        left -= len(found)
        if found:
            yield found


def moved(row: Row, workload: Workload) -> str | None:
    """Why the ticket will not keep its place, in words; None where it stands right."""
    now = row.look.decision.place
    if not row.look.decision.in_order:
        reason = "it is the customer engineer's now" if now.for_ce else f"it is {now.status.value} now"
        return f"it has left the order: {reason}"
    if now.priority is not row.stands.priority:
        return f"it stands as {row.stands.priority.value} and is {now.priority.value} now"
    if workload is Workload.SURGE and now.customer is not row.stands.customer:
        return f"it stands as {row.stands.customer.value} and is {now.customer.value} now"
    return None


def _candidates(places: Sequence[Place], customer: CustomerType | None) -> Iterator[tuple[int, Place | None, Place]]:
    """(place, the ticket before it, the ticket); the place counts all of them."""
    before: Place | None = None
    for number, place in enumerate(places, 1):
        if customer in {None, place.customer}:
            yield number, before, place
        before = place


def _blank(number: int, place: Place) -> Blank:
    return Blank(number, place.id, "it is gone: deleted, or not to be seen by this user", gone=True)


def _row(
    connection: Connection, number: int, before: Place | None, place: Place, ticket: Ticket, page: TicketPage
) -> Row:
    one = look(connection, ticket, page)
    group = page.groups.get(ticket.group_id or 0)
    assignee = page.users.get(ticket.assignee_id or 0)
    return Row(
        place=number,
        stands=place,
        before=before,
        apart=apart(before, place, connection.workload, connection.handbook),
        look=one,
        group=None if group is None else group.name,
        assignee=None if assignee is None else assignee.name,
        clocks=clocks_of(connection, one, page),
    )


class _LevelReads:
    """Reads for a place in the order alone: what is said in a conversation changes no level that a field gives."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def audits(self, id: int) -> list[Audit]:  # noqa: A002  the word of the API
        return self._reads.audits(id)

    def comments(self, id: int) -> list[Comment]:  # noqa: A002, ARG002  the word of the API
        return []

    def organizations(self, ids: Sequence[int]) -> list[Organization]:
        return self._reads.organizations(ids)
