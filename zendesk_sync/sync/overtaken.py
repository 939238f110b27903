"""A job checks no stamp: a priority that somebody set while a job waited in its queue is found afterwards and put back.

The ticket events tell it, a thousand a call. What is put back is the person's value, by a safe update; the careful path
then finds a value that we did not write, and leaves it to the person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from zendesk_sync.errors import AnswerLost, Conflict, NotFound, RequestRejected, told
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.assemble import official_key
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.history import changes
from zendesk_sync.sync.patience import Patiently
from zendesk_sync.sync.write import RECENT_S
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.exports import Exports, TicketEvent

TOLD_S, STEP_S = 360.0, 20.0
"""The events hold back the last minute, and a job may take three. So long after it was sent they must tell of our last
write, if it happened; asked after so often."""
TRIES = 3

log = structlog.get_logger()


@dataclass(slots=True)
class Overtaken:
    """Reads events in order of time; keeps what other people set of late, and what we wrote over it.

    Tickets that others touched within the last ten minutes get no official priority by a job. So a value that is
    younger than that when we write over it was not there when we decided.

    Attributes:
        over: ticket -> the value that was there, and the one that we wrote over it.
    """

    key: str
    ours: int
    theirs: dict[int, tuple[int, object]] = field(default_factory=dict)
    over: dict[int, tuple[object, object]] = field(default_factory=dict)

    def see(self, event: TicketEvent) -> None:
        for change in (one for child in event.children for one in changes(child)):
            if change.field_name != self.key:
                continue
            if event.updater_id != self.ours or change.via is not None:
                self.theirs[event.ticket_id] = (event.timestamp, change.value)
                self.over.pop(event.ticket_id, None)
            elif (found := self.theirs.pop(event.ticket_id, None)) is not None:
                at, value = found
                if value == change.previous_value and value and event.timestamp - at < RECENT_S:
                    self.over[event.ticket_id] = (value, change.value)


def put_back(
    connection: Connection,
    store: Store,
    lease: Lease,
    *,
    patiently: Patiently,
    pause: Callable[[float], None] | None = None,
) -> list[int]:
    """Put back what our jobs wrote over; returns the tickets, which are in the inbox then.

    What is yet to be checked stands in the store, so whoever has the account next goes on with it. The events hold back
    the last minute: with ``pause`` they are waited for, otherwise the rest is left to the next call.

    Raises:
        ZendeskError: the events or a ticket could not be read or written.
    """
    if (unchecked := store.unchecked(lease.account)) is None:
        return []
    ours = patiently(ZenpyAccount(connection.client).me).id
    assert ours is not None
    found = Overtaken(str(official_key(connection.fields)), ours)
    exports, start, waited, told = Exports(connection.client), unchecked.since - int(RECENT_S), 0.0, False
    while True:
        page = patiently(exports.events, start)
        for event in page.events:
            found.see(event)
            told = told or (
                (event.ticket_id, event.updater_id) == (unchecked.ticket, ours) and event.timestamp >= unchecked.decided
            )
        if page.end_time > start and not page.end_of_stream:
            start = page.end_time
            del page  # the next one is read with this one gone: a page takes megabytes
            continue
        start = max(start, page.end_time)
        all_told = told or unchecked.age_s + waited >= TOLD_S
        if all_told or pause is None:
            break
        pause(STEP_S)
        waited += STEP_S
    tickets = sorted(found.over)
    for ticket in tickets:
        _put_back(connection, ticket, *found.over[ticket], patiently)
    store.mark(lease.account, tickets)
    store.checked(lease, None if all_told else start)
    return tickets


def _put_back(connection: Connection, ticket_id: int, theirs: object, ours: object, patiently: Patiently) -> None:
    field_id = connection.fields.official_id
    for _ in range(TRIES):
        try:
            ticket = patiently(connection.tickets.show, ticket_id).tickets[0]
            stands = ticket.priority if field_id is None else ticket.field(field_id)
            if stands != ours or ticket.status == "closed":
                return
            payload = (
                {"priority": theirs} if field_id is None else {"custom_fields": [{"id": field_id, "value": theirs}]}
            )
            connection.tickets.update(ticket_id, payload, stamp=ticket.updated_stamp)
        except (Conflict, AnswerLost):
            continue
        except (NotFound, RequestRejected) as error:
            log.warning("priority not put back", account=connection.name, ticket=ticket_id, reason=told(error))
            return
        log.info("priority put back", account=connection.name, ticket=ticket_id)
        return
