"""One batch through the whole way: read, decide, plan, write, settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from zendesk_sync import tracing
from zendesk_sync.errors import (
    AccessDenied,
    CredentialsRejected,
    CustomerSourceDown,
    NotFound,
    RateLimited,
    RequestRejected,
    UnexpectedAnswer,
    WritesPaused,
    ZendeskSyncError,
    ZendeskUnavailable,
    ZendeskUnreachable,
)
from zendesk_sync.policy.first_reply import first_reply
from zendesk_sync.policy.terms import Flag
from zendesk_sync.store.inbox import Later, Taken
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.answered import answers
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.flight import Flight, Written
from zendesk_sync.sync.look import QUIET_S, Look, is_quiet, look
from zendesk_sync.sync.write import careful, write_alone
from zendesk_sync.zendesk.records import Ticket
from zendesk_sync.zendesk.tickets import TicketPage

NOT_THE_TICKETS_FAULT = (ZendeskUnreachable, ZendeskUnavailable, CredentialsRejected, AccessDenied, WritesPaused)
"""Trouble with the account as a whole: hours of it must not use up a ticket's tries."""

UNREAD = 2
"""So many tickets of a batch may fail to be read in full before it is the account that is in trouble."""
UNREAD_WAIT_S = 60.0

Preview = Callable[[Look], None]

log = structlog.get_logger()


class Batch:
    """Up to 100 hints on their way; says of each whether it is done or comes later.

    What can be settled at once is settled by :meth:`start`; what went into a job is settled when that job has landed,
    while further batches are on their way.

    Args:
        preview: where given, changes are shown to it instead of being sent. Nothing else differs.
    """

    def __init__(
        self,
        connection: Connection,
        store: Store,
        lease: Lease,
        taken: Sequence[Taken],
        flight: Flight,
        *,
        preview: Preview | None = None,
    ) -> None:
        self._connection, self._store, self._lease = connection, store, lease
        self._open = {one.ticket: one for one in taken}
        self._later: dict[int, Later] = {}
        self._finished: set[int] = set()
        self._answers: Mapping[int, datetime] = {}
        self._halted: RateLimited | None = None
        self._unread = 0
        self._flight, self._preview = flight, preview

    def start(self) -> None:
        """Read, decide, plan, write, and settle every hint that is in no job, whatever happens.

        Raises:
            RateLimited: after everything unfinished went back to the inbox, uncounted. What was looked at by then is
                written all the same, if the rate allows.
            LeaseLost: another worker has the account; nothing is settled here.
        """
        with tracing.span("batch", account=self._lease.account, tickets=len(self._open)):
            self._start()

    def _start(self) -> None:
        try:
            self._work()
        except RateLimited as error:
            self._put_back(_parked(error))
            raise
        except BaseException as error:
            self._put_back(Later(count_try=not isinstance(error, NOT_THE_TICKETS_FAULT), reason=_short(error)))
            raise
        finally:
            self._settle(self._open, self._later)
        if self._halted is not None:
            raise self._halted

    def _put_back(self, later: Later) -> None:
        for ticket in self._open.keys() - self._finished:
            self._later.setdefault(ticket, later)

    def _work(self) -> None:
        self._wait_for_jobs()
        if not (ids := [ticket for ticket in self._open if ticket not in self._later]):
            return
        with tracing.span("batch.read", tickets=len(ids)):
            pages = self._pages(ids)
        looks = self._looks(pages)
        if self._preview is not None:
            for one in looks:
                self._preview(one)
            keep(self._store, self._lease, self._connection, looks, Written())
            return
        alone, many = careful(looks)
        if many:
            self._fly(many)
        rest = [one for one in looks if one not in many]
        written = Written()
        try:
            self._write_alone(alone, written)
        finally:
            self._later.update(written.later)
            keep(self._store, self._lease, self._connection, rest, written)
            self._finished.update(written.done, written.gone, (one.ticket.id for one in rest if one.change is None))

    def _write_alone(self, looks: Sequence[Look], written: Written) -> None:
        """One after the other. Single updates have a limit of their own: where that is spent, only these come later."""
        for at, one in enumerate(looks):
            self._store.renew(self._lease)
            try:
                with tracing.span("ticket.write", ticket=one.ticket.id):
                    write_alone(self._connection, one, self._again, written)
            except RateLimited as error:
                if error.whole:
                    raise
                self._later.update({left.ticket.id: _parked(error) for left in looks[at:]})
                return

    def _fly(self, looks: list[Look]) -> None:
        """These hints are the job's now; ours again only if it could not be sent."""
        mine = {one.ticket.id: self._open.pop(one.ticket.id) for one in looks}
        landed = False

        def settle(flown: Sequence[Look], written: Written) -> None:
            nonlocal landed
            landed = True
            keep(self._store, self._lease, self._connection, flown, written)
            self._settle(mine, written.later)

        try:
            self._flight.send(looks, settle)
        except BaseException:
            if not landed:
                self._open.update(mine)
            raise

    def _settle(self, mine: dict[int, Taken], later: dict[int, Later]) -> None:
        done = [taken for ticket, taken in mine.items() if ticket not in later]
        come_back = {mine[ticket]: wish for ticket, wish in later.items() if ticket in mine}
        with tracing.span("batch.settle", done=len(done), later=len(come_back)):
            self._store.settle(self._lease, done, come_back)

    def _again(self, one: Look) -> Look | None:
        """The ticket as it is now, looked at again."""
        try:
            page = self._connection.tickets.show(one.ticket.id)
        except NotFound:
            return None
        return self._look(page.tickets[0], page)

    def _wait_for_jobs(self) -> None:
        """Tickets of a job whose end we did not see wait until no job of ours can be running."""
        account, tickets = self._lease.account, self._connection.tickets
        if not (intended := self._store.intents(account, self._open)):
            return
        jobs = {one.job for one in self._store.intended(account) if one.ticket in intended}
        known = [job for job in jobs if job is not None]
        running = tickets.all_jobs() if None in jobs else tickets.jobs(known)
        if any(not job.done for job in running):
            wait = Later(QUIET_S, count_try=False, reason="a job that may change the ticket is still running")
            self._later.update(dict.fromkeys(intended, wait))
        else:
            self._store.forget_intents(self._lease, intended)

    def _pages(self, ids: Sequence[int]) -> list[TicketPage]:
        """The tickets; ids that ``show_many`` leaves out are asked for once more alone, and 404 settles them."""
        page = self._connection.tickets.show_many(ids)
        pages = [page]
        for ticket in set(ids).difference(one.id for one in page.tickets):
            if self._halted is not None:
                self._later[ticket] = _parked(self._halted)
                continue
            try:
                pages.append(self._connection.tickets.show(ticket))
            except NotFound:
                self._store.unstand(self._lease, [ticket])
            except RateLimited as error:
                self._halted, self._later[ticket] = error, _parked(error)
            except (AccessDenied, RequestRejected, UnexpectedAnswer) as error:
                self._later[ticket] = Later(reason=str(error))
        return pages

    def _looks(self, pages: Sequence[TicketPage]) -> list[Look]:
        """What can be looked at before the rate is used up; the others come later, and these are written.

        Otherwise a batch that needs more calls than a minute gives would be read again and again.
        """
        looks = []
        self._answers = answers(self._store, self._connection, [one.id for page in pages for one in page.tickets])
        for page in pages:
            for ticket in page.tickets:
                if self._halted is not None:
                    self._later[ticket.id] = _parked(self._halted)
                    continue
                try:
                    one = self._look(ticket, page)
                except RateLimited as error:
                    self._halted, self._later[ticket.id] = error, _parked(error)
                else:
                    looks += [] if one is None else [one]
        return looks

    def _look(self, ticket: Ticket, page: TicketPage) -> Look | None:
        """One ticket; None where it comes later. A bad ticket never spoils its batch."""
        if not is_quiet(ticket, page.server_time):
            self._later[ticket.id] = Later(QUIET_S, count_try=False, reason="touched a moment ago")
            return None
        try:
            with tracing.span("ticket.look", ticket=ticket.id) as span:
                one = look(self._connection, ticket, page, answered=self._answers.get(ticket.id))
                span.set(level=one.decision.place.priority.value, changes=one.change is not None)
                return one
        except (RateLimited, CredentialsRejected):
            raise
        except CustomerSourceDown as error:
            self._later[ticket.id] = Later(error.retry_after, count_try=False, reason=str(error))
            return None
        except (ZendeskUnreachable, ZendeskUnavailable) as error:
            self._unread += 1
            if self._unread > UNREAD:
                raise
            self._later[ticket.id] = Later(UNREAD_WAIT_S, count_try=False, reason=_short(error))
            return None
        except Exception as error:  # noqa: BLE001  whatever is wrong with one ticket must not stop the others
            log.warning("ticket failed", account=self._connection.name, ticket=ticket.id, error=type(error).__name__)
            self._later[ticket.id] = Later(reason=_short(error))
            return None


def keep(store: Store, lease: Lease, connection: Connection, looks: Sequence[Look], written: Written) -> None:
    """Keep the standing and the clocks of what is not over, and remember stamps under which everything was right."""
    standing, leave, right = [], list(written.gone), {}
    for one in looks:
        if one.ticket.id in written.gone:
            continue
        found = one.assembled.values.flags
        holds = Flag.NUMBER_ONE in (one.decision.flags if one.ticket.id in written.done else found)
        if one.stands(holds=holds):
            standing.append(one.standing(holds=holds))
        else:
            leave.append(one.ticket.id)
        if one.change is None and is_quiet(one.ticket, one.at):
            right[one.ticket.id] = one.ticket.updated_stamp
    right |= written.right
    store.stand(lease, standing)
    store.unstand(lease, leave)
    _keep_clocks(store, lease, connection, [one for one in looks if one.ticket.id not in leave])
    # Of what was written the stamp is kept even where it is not right yet: a row from before it is out of date.
    ours = {id_: ticket.updated_stamp for id_, ticket in written.done.items()}
    store.remember_write(lease, ours | {ticket: connection.seen_as(stamp) for ticket, stamp in right.items()})


def _keep_clocks(store: Store, lease: Lease, connection: Connection, looks: Sequence[Look]) -> None:
    """When each ticket's next first-response warning is due, and when it was first answered where that was read."""
    wait = {one.ticket.id: one.warned_in_s for one in looks}
    read = [one.decision.facts for one in looks if one.decision.answered and one.decision.facts.comments is not None]
    replied = {facts.id: first_reply(facts.comments or (), connection.handbook) for facts in read}
    store.await_responses(lease, wait)
    found = {ticket: at.timestamp() for ticket, at in replied.items() if at is not None}
    store.remember_answers(lease, found, connection.reply_rules)


def _parked(error: RateLimited) -> Later:
    return Later(error.retry_after, count_try=False, reason=str(error))


def _short(error: BaseException) -> str:
    return str(error) if isinstance(error, ZendeskSyncError) else f"{type(error).__name__} while deciding this ticket"
