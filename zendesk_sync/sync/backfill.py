"""The whole history, or a slice of it, brought under the policy: few calls, flat memory, stop and go on at any point.

First the export is read, a thousand tickets a page, and what its rows decide is written at once. Tickets whose history
matters (an open checklist, text to read, a priority that somebody brought along) are noted by id and decided
afterwards, with their comments from the ticket events: a thousand events a call instead of one ticket a call. Whatever
somebody may be working on, and whatever goes wrong for one ticket, goes to the inbox and its careful path.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from zendesk_sync import tracing
from zendesk_sync.errors import ZendeskUnavailable, ZendeskUnreachable
from zendesk_sync.store.backfills import Deferred
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.answered import answers
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.flight import Flight, Written
from zendesk_sync.sync.history import FromEvents, History, HistoryNeeded, Without
from zendesk_sync.sync.look import Look, P, Reads, age_s, look, with_organizations
from zendesk_sync.sync.overtaken import put_back
from zendesk_sync.sync.patience import Patience
from zendesk_sync.sync.pipeline import Preview, keep
from zendesk_sync.sync.searched import searched
from zendesk_sync.sync.takeover import is_outdated, take_over
from zendesk_sync.sync.write import RECENT_S, must_go_alone
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.records import Organization, Ticket, User
from zendesk_sync.zendesk.tickets import MANY, ExportPage, TicketPage, chunks

QUIET_FOR_S = 300.0
"""Export rows are decided on without reading them again only if nobody touched the ticket for so long."""
FEW = 25
"""So many histories are not worth a walk through the ticket events."""
MOST_HELD = 32_000_000
"""Characters of comments that are held at once; beyond it a ticket's history is read by a call of its own."""
MOST_ORGANIZATIONS = MOST_PEOPLE = 20_000

log = structlog.get_logger()


@dataclass(slots=True)
class Totals:
    """What a backfill has done so far.

    Attributes:
        tickets: looked at, in this run.
        right: nothing to write, or remembered as right.
        written: verified after the write.
        notes: notes written, or that would be.
        closed: closed or deleted, which nothing can be written to.
        deferred: waiting for their history.
        inbox: handed to the inbox.
    """

    tickets: int = 0
    right: int = 0
    written: int = 0
    notes: int = 0
    closed: int = 0
    deferred: int = 0
    inbox: int = 0


class Backfill:
    """One backfill of one account, under its lease.

    Args:
        since: Unix seconds; only tickets changed since then.
        query: instead, a slice in Zendesk's search language.
        notes: write notes too; without, what they would have said counts as said.
        preview: where given, changes are shown to it instead of being sent. Nothing else differs.
        progress: called after every page and every job.
    """

    def __init__(
        self,
        connection: Connection,
        store: Store,
        lease: Lease,
        *,
        since: int = 0,
        query: str | None = None,
        notes: bool = False,
        preview: Preview | None = None,
        progress: Callable[[Totals], None] = lambda _totals: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection, self._store, self._lease = connection, store, lease
        self._since, self._query, self._notes = since, query, notes
        self._preview, self._progress = preview, progress
        self._flight = Flight(connection, store, lease, limit=connection.account.jobs, sleep=sleep)
        self._patience = Patience(store, lease, self._flight, sleep)
        self._patiently = self._patience.call
        self._organizations: dict[int, Organization] = {}
        self._people: dict[int, User] = {}
        self._answers: Mapping[int, datetime] = {}
        self.totals = Totals()

    def run(self) -> Totals:
        """Do it, from where the last run of the same slice stopped.

        Raises:
            ZendeskError: Zendesk was away for too long; run again to go on.
            LeaseLost: another worker has the account.
        """
        try:
            take_over(
                self._connection.tickets,
                self._store,
                self._lease,
                patiently=self._patiently,
                pause=self._patience.pause,
            )
            if self._query is None:
                self._export()
                self._histories()
            else:
                self._slice(self._query)
            while self._flight.jobs:
                self._patiently(self._flight.turn)
            over = put_back(
                self._connection, self._store, self._lease, patiently=self._patiently, pause=self._patience.pause
            )
            self.totals.inbox += len(over)
        except BaseException:
            self._flight.leave("the backfill stopped; a job that may change the ticket is still running")
            raise
        if self._query is None:
            self._end()
        return self.totals

    def _end(self) -> None:
        """Everything was looked at; the sweep goes on from the end of the export, and knows the order by then."""
        name = self._lease.account
        state = self._store.backfill_state(name)
        if state is not None and state.since == 0 and state.cursor is not None and self._store.cursor(name) is None:
            self._store.commit_sweep(self._lease, [], state.cursor, 0.0, complete=False)
        self._store.end_backfill(self._lease)

    # ------------------------------------------------------------ the export

    def _export(self) -> None:
        name = self._lease.account
        state = self._store.begin_backfill(self._lease, self._since, f"{self._connection.ruling} {self._notes}")
        cursor, exported = state.cursor, state.exported
        self.totals.deferred = self._store.deferred_count(name)
        while not exported:
            with tracing.span("backfill.page", account=name) as span:
                page = self._patiently(self._page, cursor)
                deferred, hints = self._rows(page)
                cursor, exported = page.after_cursor or cursor, page.end_of_stream
                self._store.commit_backfill_page(
                    self._lease,
                    cursor=cursor,
                    exported=exported,
                    tickets=len(page.tickets),
                    deferred=deferred,
                    hints=hints,
                )
                span.set(tickets=len(page.tickets), deferred=len(deferred), hints=len(hints))
                del page  # the next one is read with this one gone: a page takes megabytes
            self.totals.deferred += len(deferred)
            self.totals.inbox += len(hints)
            self._store.renew(self._lease)
            self._progress(self.totals)

    def _page(self, cursor: str | None) -> ExportPage:
        return self._connection.tickets.export(
            cursor=cursor, start_time=self._since if cursor is None else None, metrics=True
        )

    def _rows(self, page: ExportPage) -> tuple[list[Deferred], list[int]]:
        """Decide what the rows decide; returns what waits for its history, and what the inbox takes over."""
        page = self._complete(page)
        rows = {ticket.id: ticket for ticket in page.tickets}
        self._answers = answers(self._store, self._connection, rows)
        seen = self._store.seen(self._lease.account, rows)
        intended = self._store.intents(self._lease.account, rows)
        self._store.unstand(self._lease, [one.id for one in rows.values() if one.status == "deleted"])
        deferred, hints, looks = list[Deferred](), list[int](), list[Look]()
        for ticket in rows.values():
            self.totals.tickets += 1
            if ticket.status in {"closed", "deleted"}:
                self.totals.closed += 1
            elif seen.get(ticket.id) == self._connection.seen_as(ticket.updated_stamp):
                self.totals.right += 1
            elif age_s(ticket, page.server_time) < QUIET_FOR_S or ticket.id in intended or is_outdated(ticket, seen):
                hints.append(ticket.id)
            elif ticket.updated_at.timestamp() >= self._since:
                try:
                    looks.append(self._look(ticket, page, Without(self._connection.tickets)))
                except HistoryNeeded:
                    deferred.append(_deferred(ticket))
                except Exception as error:  # noqa: BLE001  one bad ticket must not stop the others; the inbox isolates it
                    hints.append(self._failed(ticket.id, error))
        hints += self._write(looks)
        return deferred, hints

    def _complete(self, page: P) -> P:
        """With its requesters' organizations, of which the latest are kept."""
        if len(self._organizations) > MOST_ORGANIZATIONS:
            self._organizations.clear()
        completed: P = self._patiently(with_organizations, self._connection.tickets, page, self._organizations)
        return completed

    # ------------------------------------------------------------ histories

    def _histories(self) -> None:
        """Decide the tickets that wait for their history, by the ticket events where that is cheaper."""
        name = self._lease.account
        waiting = self._store.deferred_count(name)
        start = self._store.earliest_deferred(name)
        exports, collected, held, pages = Exports(self._connection.client), dict[int, History](), 0, 0
        while start is not None and waiting > max(FEW, pages):
            with tracing.span("backfill.events", account=name) as span:
                page = self._patiently(exports.events, start)
                span.set(events=len(page.events))
            pages += 1
            wanted = self._store.deferred_among(name, {event.ticket_id for event in page.events})
            for event in page.events:
                if event.ticket_id in wanted:
                    held += collected.setdefault(event.ticket_id, History()).add(event)
            end = None if page.end_of_stream else page.end_time - 1
            ready = self._store.deferred(name, until=end)
            while len(ready) >= MANY or (ready and page.end_of_stream):
                self._decide(ready[:MANY], collected)
                for one in ready[:MANY]:
                    held -= collected.pop(one.ticket, History()).size
                ready = self._store.deferred(name, until=end)
            if held > MOST_HELD:
                self._hand_over(collected)
                held = 0
            waiting = self._store.deferred_count(name)
            self._progress(self.totals)
            if page.end_of_stream or page.end_time <= start:
                break
            start = page.end_time
            del page  # the next one is read with this one gone: a page takes megabytes
        while rest := self._store.deferred(name):
            self._to_inbox([one.ticket for one in rest])

    def _decide(self, deferred: Sequence[Deferred], collected: dict[int, History]) -> None:
        """Read these tickets again, side-loads and all, and decide those that nobody touched since."""
        with tracing.span("backfill.histories", account=self._lease.account, tickets=len(deferred)):
            self._decided(deferred, collected)

    def _decided(self, deferred: Sequence[Deferred], collected: dict[int, History]) -> None:
        stamps = {one.ticket: one.stamp for one in deferred}
        page = self._complete(self._patiently(self._connection.tickets.show_many, list(stamps)))
        reads = FromEvents(self._connection.tickets, collected, self._authors(page, collected))
        self._answers = answers(self._store, self._connection, stamps)
        looks, hints = list[Look](), [id_ for id_ in stamps if id_ not in {one.id for one in page.tickets}]
        intended = self._store.intents(self._lease.account, stamps)
        for ticket in page.tickets:
            whole = collected.get(ticket.id, History()).reaches(ticket.updated_at.timestamp())
            if ticket.updated_stamp != stamps[ticket.id] or ticket.id in intended or not whole:
                hints.append(ticket.id)
                continue
            try:
                looks.append(self._look(ticket, page, reads))
            except HistoryNeeded:
                hints.append(ticket.id)
            except Exception as error:  # noqa: BLE001  one bad ticket must not stop the others; the inbox isolates it
                hints.append(self._failed(ticket.id, error))
        hints += self._write(looks)
        self.totals.deferred -= len(deferred)
        self.totals.inbox += len(hints)
        self._store.settle_deferred(self._lease, set(stamps).difference(hints), hints)

    def _authors(self, page: TicketPage, collected: Mapping[int, History]) -> Mapping[int, User]:
        """Who commented on these tickets in public and is not named by them: colleagues, mostly the same ones."""
        if len(self._people) > MOST_PEOPLE:
            self._people.clear()
        wanted = {author for one in page.tickets if one.id in collected for author in collected[one.id].authors()}
        lacking = sorted(wanted - page.users.keys() - self._people.keys())
        found = self._patiently(self._connection.tickets.users, lacking)
        self._people.update({id_: found[id_] for id_ in lacking if id_ in found})
        return self._people

    def _hand_over(self, collected: dict[int, History]) -> None:
        """Too much text is held: these tickets' histories are read one by one by the inbox."""
        self._to_inbox(list(collected))
        collected.clear()

    def _to_inbox(self, tickets: Sequence[int]) -> None:
        self.totals.deferred -= len(tickets)
        self.totals.inbox += len(tickets)
        self._store.settle_deferred(self._lease, [], tickets)

    # ------------------------------------------------------------ a slice by search

    def _slice(self, query: str) -> None:
        for found in searched(Exports(self._connection.client), query, self._patiently):
            for some in chunks(found):
                with tracing.span("backfill.slice", account=self._lease.account, tickets=len(some)):
                    page = self._complete(self._patiently(self._connection.tickets.show_many, list(some)))
                    looks, hints = self._one_by_one(page)
                    self._store.mark(self._lease.account, [*hints, *self._write(looks)])
                    self._store.renew(self._lease)
                self._progress(self.totals)

    def _one_by_one(self, page: TicketPage) -> tuple[list[Look], list[int]]:
        looks, hints = list[Look](), list[int]()
        self._answers = answers(self._store, self._connection, [one.id for one in page.tickets])
        seen = self._store.seen(self._lease.account, [one.id for one in page.tickets])
        intended = self._store.intents(self._lease.account, [one.id for one in page.tickets])
        for ticket in page.tickets:
            self.totals.tickets += 1
            if ticket.status == "closed":
                self.totals.closed += 1
            elif seen.get(ticket.id) == self._connection.seen_as(ticket.updated_stamp):
                self.totals.right += 1
            elif age_s(ticket, page.server_time) < RECENT_S or ticket.id in intended:
                hints.append(ticket.id)
            else:
                try:
                    looks.append(self._patiently(self._look, ticket, page, self._connection.tickets))
                except (ZendeskUnavailable, ZendeskUnreachable):
                    raise
                except Exception as error:  # noqa: BLE001  one bad ticket must not stop the others; the inbox isolates it
                    hints.append(self._failed(ticket.id, error))
        self.totals.inbox += len(hints)
        return looks, hints

    # ------------------------------------------------------------ both

    def _look(self, ticket: Ticket, page: TicketPage | ExportPage, reads: Reads) -> Look:
        answered = self._answers.get(ticket.id)
        return look(self._connection, ticket, page, reads=reads, notes=self._notes, answered=answered)

    def _write(self, looks: Sequence[Look]) -> list[int]:
        """Send what differs, a hundred a job; returns what must go by the careful path instead."""
        idle = [one for one in looks if one.change is None]
        self.totals.right += len(idle)
        changing = [one for one in looks if one.change is not None]
        self.totals.notes += sum(bool(one.decision.topics) for one in changing)
        if self._preview is not None:
            for one in changing:
                self._preview(one)
            keep(self._store, self._lease, self._connection, looks, Written())
            return []
        keep(self._store, self._lease, self._connection, idle, Written())
        for some in chunks([one for one in changing if not must_go_alone(one)]):
            self._patiently(self._flight.send, some, self._landed)
        return [one.ticket.id for one in changing if must_go_alone(one)]

    def _landed(self, looks: Sequence[Look], written: Written) -> None:
        keep(self._store, self._lease, self._connection, looks, written)
        self.totals.written += len(written.done)
        if written.later:
            self.totals.inbox += len(written.later)
            for ticket, wish in written.later.items():
                self._store.mark(self._lease.account, [ticket], delay=wish.delay_s)
        self._progress(self.totals)

    def _failed(self, ticket: int, error: Exception) -> int:
        log.warning("ticket failed", account=self._lease.account, ticket=ticket, error=type(error).__name__)
        return ticket


def _deferred(ticket: Ticket) -> Deferred:
    return Deferred(
        ticket.id, int(ticket.created_at.timestamp()), int(ticket.updated_at.timestamp()), ticket.updated_stamp
    )
