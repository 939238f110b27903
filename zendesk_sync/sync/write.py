"""Sends planned changes: one safe ``PUT``, or one job for many; every result is checked, nothing is sent twice.

A write whose answer was lost goes back to the inbox: the ticket is read again before anything is planned for it, and
its Memory stands in the same update as the note, so a note that arrived is not repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from zendesk_sync.errors import (
    AnswerLost,
    Conflict,
    CredentialsRejected,
    NotFound,
    RateLimited,
    RequestRejected,
    ZendeskError,
    ZendeskUnavailable,
    ZendeskUnreachable,
)
from zendesk_sync.store.inbox import Later
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.look import QUIET_S, Look
from zendesk_sync.sync.plan import TicketChange
from zendesk_sync.zendesk.records import Ticket

RECENT_S = 600.0
"""An official priority on a ticket touched more recently than this goes by safe ``PUT``: jobs check no stamp."""
ALONE = 3
"""Up to so many changes go one by one; more make a job worth its seconds."""
JOB_DEADLINE_S = 180.0

log = structlog.get_logger()


@dataclass(slots=True)
class Written:
    """What became of a batch's changes, by ticket id."""

    done: dict[int, Ticket] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    later: dict[int, Later] = field(default_factory=dict)


def write(
    connection: Connection,
    store: Store,
    lease: Lease,
    looks: Sequence[Look],
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> Written:
    """Send the changes of a batch.

    Raises:
        RateLimited, ZendeskUnreachable, ZendeskUnavailable, CredentialsRejected: what was not sent yet is not in the
            result; it belongs back in the inbox, uncounted.
        LeaseLost: another worker has the account.
    """
    changes = [(one, one.change) for one in looks if one.change is not None]
    careful = [pair for pair in changes if pair[1].official and pair[0].age_s < RECENT_S]
    rest = [pair for pair in changes if pair not in careful]
    if len(rest) <= ALONE:
        careful, rest = changes, []
    written = Written()
    if rest:
        _many(connection, store, lease, [change for _, change in rest], written, sleep)
    for one, change in careful:
        store.renew(lease)
        _one(connection, one, change, written)
    return written


def put(connection: Connection, change: TicketChange) -> Ticket:
    """One safe update, checked value by value.

    Raises:
        Conflict: the ticket changed since it was read.
        AnswerLost: it may have been applied.
        RequestRejected: refused, or accepted while some values were dropped silently.
    """
    ticket = connection.tickets.update(change.ticket_id, change.payload(), stamp=change.stamp)
    if dropped := change.unapplied(ticket):
        raise RequestRejected(
            f"Zendesk accepted the update of ticket {change.ticket_id} but dropped {', '.join(dropped)}"
        )
    report(connection.name, change, "put")
    return ticket


def report(account: str, change: TicketChange, how: str) -> None:
    """One log line a write; names and levels of ours only, no text of the ticket."""
    shown = [d for d in change.differences if d.what != "memory"]
    said = {d.what.replace(" ", "_"): f"{d.before} -> {d.after}" if d.before else d.after for d in shown}
    log.info("written", account=account, ticket=change.ticket_id, how=how, **said)


def _one(connection: Connection, one: Look, change: TicketChange, written: Written) -> None:
    try:
        written.done[one.ticket.id] = put(connection, change)
    except (RateLimited, ZendeskUnreachable, ZendeskUnavailable, CredentialsRejected):
        raise
    except Conflict:
        written.later[one.ticket.id] = Later(QUIET_S, reason="somebody changed the ticket meanwhile; read again")
    except AnswerLost:
        written.later[one.ticket.id] = Later(
            QUIET_S, reason="no answer to the update; the ticket is read before another"
        )
    except NotFound:
        written.gone.add(one.ticket.id)
    except ZendeskError as error:
        written.later[one.ticket.id] = Later(reason=str(error))


def _many(
    connection: Connection,
    store: Store,
    lease: Lease,
    changes: Sequence[TicketChange],
    written: Written,
    sleep: Callable[[float], None],
) -> None:
    """One job. Its intent is on the disk before it is sent, and goes when the job has ended."""
    ids = [change.ticket_id for change in changes]
    store.intend(lease, ids)
    try:
        job = connection.tickets.update_many([{"id": c.ticket_id, **c.payload()} for c in changes])
    except AnswerLost:
        _all_later(written, ids, "no answer to the job; its tickets are read before another write")
        return
    except RateLimited:
        store.forget_intents(lease, ids)
        raise
    except ZendeskError as error:
        store.forget_intents(lease, ids)
        _all_later(written, ids, str(error))
        return
    store.intend(lease, ids, job.id)
    store.renew(lease)
    try:
        ended = connection.tickets.wait_for(job.id, sleep=sleep, deadline_s=JOB_DEADLINE_S)
        failed = {result.id: result for result in ended.results if not result.ok}
        page = connection.tickets.show_many(ids)
    except RateLimited:
        raise
    except ZendeskError as error:
        _all_later(written, ids, f"the job's outcome is unknown yet: {error}")
        return
    found = {ticket.id: ticket for ticket in page.tickets}
    for change in changes:
        ticket = found.get(change.ticket_id)
        if ticket is None:
            written.gone.add(change.ticket_id)
        elif change.ticket_id in failed:
            why = failed[change.ticket_id].error or "no reason given"
            written.later[change.ticket_id] = Later(reason=f"the job could not update it: {why}")
        elif dropped := change.unapplied(ticket):
            written.later[change.ticket_id] = Later(reason=f"after the job it does not carry {', '.join(dropped)}")
        else:
            written.done[change.ticket_id] = ticket
            report(connection.name, change, "job")
    store.forget_intents(lease, ids)


def _all_later(written: Written, ids: Sequence[int], reason: str) -> None:
    written.later.update((ticket, Later(QUIET_S, reason=reason)) for ticket in ids)
