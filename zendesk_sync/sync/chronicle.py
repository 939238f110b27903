"""Ticket events -> the chronicle, from which reports are counted. Reads only.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#incremental-ticket-event-export

The events tell all that happened since some moment. Of a ticket that is older, and open or touched since, the audits
tell the beginning: one call each, once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from zendesk_sync.errors import (
    AccessDenied,
    CredentialsRejected,
    NotFound,
    RateLimited,
    RequestRejected,
    UnexpectedAnswer,
    ZendeskError,
    told,
)
from zendesk_sync.store.chronicles import Happening, Reach
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.happenings import Reader, is_creation, people
from zendesk_sync.sync.history import audit
from zendesk_sync.sync.patience import Patiently, at_once
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.records import Audit, Ticket, User
from zendesk_sync.zendesk.tickets import ExportPage

DAY_S: Final = 86_400
PAGES: Final = 2
"""Pages in one round of the service: of ten a minute that all exports share the sweep goes first."""
BEGINNINGS: Final = 40
"""Tickets whose beginning is read in one round: a call each."""
PAUSE_S: Final = 50.0
EVERY_S: Final = 600.0
"""The events are read after a sweep that brought something, but not more often than this; and in any case when nothing
was read for so long."""
HELD_BACK_S: Final = 120
"""The events hold back the last minute; so long ago nothing is held back any more."""
OPEN: Final = "status<solved"
"""Tickets that are not over, in Zendesk's search language."""
REFUSED_WAIT_S: Final = 3600.0
TROUBLE_WAIT_S: Final = 60.0
USERS_KEPT: Final = 10_000

log = structlog.get_logger()


@dataclass(slots=True)
class Known:
    """Who is who in an account, as far as it was asked; for as long as a connection lasts.

    ``untold``: tickets whose beginning Zendesk does not tell, so that they hold up no others.
    """

    users: dict[int, User] = field(default_factory=dict)
    ours: int | None = None
    untold: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Chronicler:
    """Keeps one account's chronicle up to date.

    Attributes:
        connection: the account.
        store: holds the chronicle.
        lease: the account's.
        ask: how a call is made: at once, or with patience for the rate.
        known: people who were asked about before.
    """

    connection: Connection
    store: Store
    lease: Lease
    ask: Patiently = at_once
    known: Known = field(default_factory=Known)

    def begin(self, since: int, slack: int = 0) -> Reach:
        """The chronicle from ``since`` (Unix seconds) on, or from earlier where it reaches further already.

        One that begins at most ``slack`` seconds later will do.
        """
        reach, reading = self.store.chronicle_reach(self.lease.account), reading_of(self.connection)
        if reach is None or reach.since > since + slack or reach.reading != reading:
            self.store.begin_chronicle(self.lease, since, reading)
            reach = self.store.chronicle_reach(self.lease.account)
        assert reach is not None
        return reach

    def read_events(self, reach: Reach, pages: int | None = None) -> tuple[Reach, bool]:
        """Read events from where the chronicle ends; the new reach, and whether the events' end was reached.

        Args:
            reach: how far the chronicle reaches.
            pages: at most so many.

        Raises:
            ZendeskError: they could not be read; what was read by then is kept.
        """
        exports, read = Exports(self.connection.client), 0
        while pages is None or read < pages:
            page, read = self.ask(exports.events, reach.cursor), read + 1
            audits = [(event.ticket_id, audit(event, texts=True)) for event in page.events]
            cursor, at = max(reach.cursor, page.end_time), int(page.server_time.timestamp())
            ended = page.end_of_stream or cursor == reach.cursor
            del page  # the next one is read with this one gone: a page takes megabytes
            self._keep(audits)
            # At the end the last second is told whole: it lies before what is held back.
            until = max(cursor + 1, at - HELD_BACK_S) if ended else cursor
            reach = replace(reach, cursor=cursor, until=max(reach.until, until))
            self.store.commit_chronicle(self.lease, reach)
            self.store.renew(self.lease)
            if ended:
                return reach, True
        return reach, False

    def read_beginnings(self, reach: Reach, limit: int) -> bool:
        """Read how tickets began of which that is not known, at most so many; whether none is left that can be read.

        Raises:
            ZendeskError: one could not be read; what was read by then is kept.
        """
        account, untold = self.lease.account, self.known.untold
        found = self.store.without_beginning(account, limit + len(untold) + 1)
        found += self.store.standing_unchronicled(account, reach.until, limit + len(untold) + 1)
        lacking = [ticket for ticket in found if ticket not in untold]
        for ticket in lacking[:limit]:
            self.read_beginning(ticket)
        return len(lacking) <= limit

    def read_beginning(self, ticket: int) -> None:
        """All updates of one ticket."""
        try:
            audits: Sequence[Audit] = self.ask(self.connection.tickets.audits, ticket)
        except NotFound:  # deleted, or not to be seen by this user
            self.store.chronicle_tickets(self.lease, deleted=[ticket], alive=(), follow_ups=())
            return
        except (AccessDenied, RequestRejected, UnexpectedAnswer) as error:
            log.warning("ticket history not read", account=self.lease.account, ticket=ticket, reason=told(error))
            self.known.untold.add(ticket)
            return
        if not any(is_creation(one) for one in audits):
            self.known.untold.add(ticket)
        self._keep([(ticket, one) for one in audits], whole=True)
        self.store.renew(self.lease)

    def _keep(self, audits: Sequence[tuple[int, Audit]], *, whole: bool = False) -> None:
        reader = self._reader(audit for _, audit in audits)
        found = [one for ticket, audit in audits for one in reader.read(audit, ticket, self.known.users)]
        found += [one for ticket, audit in audits for one in reader.follow_up(audit, ticket)]
        if not whole:
            # Each ticket that was solved before the beginning is closed some weeks later; that says nothing of it.
            other = {one.ticket for one in found if not _is_closing(one)}
            closed = {one.ticket for one in found} - other
            known = other | (self.store.chronicled(self.lease.account, closed) if closed else set())
            found = [one for one in found if one.ticket in known]
        self.store.chronicle(self.lease, found)

    def _reader(self, audits: Iterable[Audit]) -> Reader:
        if self.known.ours is None:
            self.known.ours = self.ask(ZenpyAccount(self.connection.client).me).id
        if len(self.known.users) > USERS_KEPT:
            self.known.users.clear()
        lacking = people(list(audits)) - self.known.users.keys()
        if lacking:
            self.known.users |= self.ask(self.connection.tickets.users, sorted(lacking))
        connection = self.connection
        return Reader(
            fields=connection.fields, account=connection.account, handbook=connection.handbook, ours=self.known.ours
        )


def follow(
    connection: Connection, store: Store, lease: Lease, known: Known, days: int, at: float, *, moved: bool = True
) -> bool:
    """One round of the service: some pages of events, some beginnings; what is left comes with the next round.

    Returns whether everything was read. That may take many rounds, with a pause after each: all exports share ten calls
    a minute, and the sweep needs them first.

    Args:
        connection: the account.
        store: holds the chronicle.
        lease: the account's.
        known: people who were asked about before.
        days: how far back the chronicle is to reach.
        at: now, Unix seconds by Zendesk's clock.
        moved: the ticket export showed that something happened since the last round.

    Raises:
        CredentialsRejected: the account cannot be used. Any other trouble with Zendesk leaves this to a later round.
        LeaseLost: another worker has the account.
    """
    chronicler, complete = Chronicler(connection, store, lease, known=known), False
    # Zendesk's clocks differ from each other: seconds less of history are no reason to read all of it anew.
    reach = chronicler.begin(int(at) - days * DAY_S, slack=DAY_S)
    if not reach.due or not (moved or not reach.complete or at - reach.until >= EVERY_S):
        return False
    try:
        reach, ended = chronicler.read_events(reach, PAGES)
        complete = ended and chronicler.read_beginnings(reach, BEGINNINGS)
        wait = PAUSE_S
    except CredentialsRejected:
        raise
    except ZendeskError as error:
        wait = _rest_after(error, lease.account)
    reach = store.chronicle_reach(lease.account) or reach
    store.commit_chronicle(lease, replace(reach, complete=complete or reach.complete), wait)
    if reach.since < at - (days + 1) * DAY_S:
        store.shorten_chronicle(lease, int(at) - days * DAY_S)
    return complete


def _rest_after(error: ZendeskError, account: str) -> float:
    """Seconds until the history is asked for again."""
    if isinstance(error, RateLimited):
        return error.retry_after
    if isinstance(error, AccessDenied):
        log.warning("ticket events refused", account=account)
        return REFUSED_WAIT_S
    log.warning("history waits", account=account, reason=told(error))
    return TROUBLE_WAIT_S


def read_history(connection: Connection, store: Store, lease: Lease, since: int, ask: Patiently) -> Reach:
    """All of it, for a command: events from ``since`` (Unix seconds) on, deletions, and older tickets that are open.

    Raises:
        ZendeskError: it could not be read.
    """
    chronicler = Chronicler(connection, store, lease, ask)
    reach, _ = chronicler.read_events(chronicler.begin(since))
    cursor = None
    while True:
        page = chronicler.ask(_tickets, connection, cursor, since)
        chronicle_rows(store, lease, page.tickets, since)
        if page.end_of_stream or page.after_cursor in {None, cursor}:
            break
        cursor = page.after_cursor
        del page
    for found in Exports(connection.client).search(OPEN):
        ids = [one.id for one in found]
        for ticket in sorted(set(ids) - store.chronicled(lease.account, ids)):
            chronicler.read_beginning(ticket)
    while not chronicler.read_beginnings(reach, BEGINNINGS):
        pass
    store.commit_chronicle(lease, replace(reach, complete=True))
    return reach


def _tickets(connection: Connection, cursor: str | None, since: int) -> ExportPage:
    return connection.tickets.export(cursor=cursor, start_time=None if cursor else since)


def chronicle_rows(store: Store, lease: Lease, tickets: Iterable[Ticket], since: float) -> None:
    """What rows of the ticket export tell beyond the events: deletions, and which tickets are follow-ups.

    Rows of tickets that were last touched before ``since`` (Unix seconds) are left out. Deleting and restoring need be
    no event of the ticket, so of these the export's own time counts as well.
    """
    rows = {ticket.id: ticket for ticket in tickets}.values()
    if not rows:
        return
    deleted = [one for one in rows if one.status == "deleted"]
    store.chronicle_tickets(
        lease,
        deleted=[one.id for one in deleted if max(one.updated_at.timestamp(), one.generated_timestamp) >= since],
        alive=[one.id for one in rows if one.status != "deleted"],
        follow_ups=[
            one.id
            for one in rows
            if one.status != "deleted" and one.follows is not None and one.updated_at.timestamp() >= since
        ],
    )


def reading_of(connection: Connection) -> str:
    """Tells apart ways of reading: other fields, people or replies that count."""
    fields = connection.fields
    said = (
        sorted((name.value, id_) for name, id_ in fields.ids.items()),
        fields.official_id,
        sorted((level.value, value) for level, value in fields.official_values.items()),
        connection.reply_rules,
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _is_closing(one: Happening) -> bool:
    return one.what == "status" and one.value == "closed"
