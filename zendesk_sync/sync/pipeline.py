"""One batch through the whole way: read, decide, plan, write, settle."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import structlog

from zendesk_sync.errors import (
    AccessDenied,
    CredentialsRejected,
    NotFound,
    RateLimited,
    RequestRejected,
    UnexpectedAnswer,
    ZendeskSyncError,
    ZendeskUnavailable,
    ZendeskUnreachable,
)
from zendesk_sync.policy.terms import Flag
from zendesk_sync.store.inbox import Later, Taken
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.look import QUIET_S, Look, is_quiet, look
from zendesk_sync.sync.write import write
from zendesk_sync.zendesk.records import Ticket
from zendesk_sync.zendesk.tickets import TicketPage

NOT_THE_TICKETS_FAULT = (ZendeskUnreachable, ZendeskUnavailable, CredentialsRejected, AccessDenied)
"""Trouble with the account as a whole: hours of it must not use up a ticket's tries."""

UNREAD = 2
"""So many tickets of a batch may fail to be read in full before it is the account that is in trouble."""
UNREAD_WAIT_S = 60.0

Preview = Callable[[Look], None]

log = structlog.get_logger()


class Batch:
    """Up to 100 hints on their way; says of each whether it is done or comes later.

    Args:
        preview: where given, changes are shown to it instead of being sent. Nothing else differs.
    """

    def __init__(
        self,
        connection: Connection,
        store: Store,
        lease: Lease,
        taken: Sequence[Taken],
        *,
        preview: Preview | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection, self._store, self._lease = connection, store, lease
        self._open = {one.ticket: one for one in taken}
        self._later: dict[int, Later] = {}
        self._unread = 0
        self._preview, self._sleep = preview, sleep

    def run(self) -> None:
        """Do it and settle every hint, whatever happens.

        Raises:
            RateLimited: after everything unfinished went back to the inbox, uncounted.
            LeaseLost: another worker has the account; nothing is settled here.
        """
        try:
            self._work()
        except RateLimited as error:
            for ticket in self._open:
                self._later.setdefault(ticket, Later(error.retry_after, count_try=False, reason=str(error)))
            raise
        except BaseException as error:
            counts = not isinstance(error, NOT_THE_TICKETS_FAULT)
            for ticket in self._open:
                self._later.setdefault(ticket, Later(count_try=counts, reason=_short(error)))
            raise
        finally:
            done = [taken for ticket, taken in self._open.items() if ticket not in self._later]
            self._store.settle(self._lease, done, {self._open[t]: later for t, later in self._later.items()})

    def _work(self) -> None:
        self._wait_for_jobs()
        if not (ids := [ticket for ticket in self._open if ticket not in self._later]):
            return
        pages = self._pages(ids)
        looks = [one for page in pages for ticket in page.tickets if (one := self._look(ticket, page)) is not None]
        if self._preview is not None:
            for one in looks:
                self._preview(one)
            self._stand(looks, {})
            return
        written = write(self._connection, self._store, self._lease, looks, sleep=self._sleep)
        self._later.update(written.later)
        self._store.unstand(self._lease, written.gone)
        self._stand([one for one in looks if one.ticket.id not in written.gone], written.done)

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
            try:
                pages.append(self._connection.tickets.show(ticket))
            except NotFound:
                self._store.unstand(self._lease, [ticket])
            except (AccessDenied, RequestRejected, UnexpectedAnswer) as error:
                self._later[ticket] = Later(reason=str(error))
        return pages

    def _look(self, ticket: Ticket, page: TicketPage) -> Look | None:
        """One ticket; None where it comes later. A bad ticket never spoils its batch."""
        if not is_quiet(ticket, page.server_time):
            self._later[ticket.id] = Later(QUIET_S, count_try=False, reason="touched a moment ago")
            return None
        try:
            return look(self._connection, ticket, page)
        except (RateLimited, CredentialsRejected):
            raise
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

    def _stand(self, looks: Sequence[Look], written: dict[int, Ticket]) -> None:
        """Keep the order's keys up to date, and remember stamps under which everything was right."""
        standing, leave, seen = [], [], {}
        for one in looks:
            found = one.assembled.values.flags
            holds = Flag.NUMBER_ONE in (one.decision.flags if one.ticket.id in written else found)
            if one.decision.in_order or holds:
                standing.append(one.standing(holds=holds))
            else:
                leave.append(one.ticket.id)
            if one.change is None:
                seen[one.ticket.id] = one.ticket.updated_stamp
        self._store.stand(self._lease, standing)
        self._store.unstand(self._lease, leave)
        self._store.remember_write(self._lease, seen)


def _short(error: BaseException) -> str:
    return str(error) if isinstance(error, ZendeskSyncError) else f"{type(error).__name__} while deciding this ticket"
