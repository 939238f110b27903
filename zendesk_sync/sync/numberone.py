"""Exactly one ticket carries the number-one tag (policy §4): off the old one, verified, then on the new one."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from zendesk_sync import tracing
from zendesk_sync.errors import AnswerLost, Conflict, CustomerSourceDown, NotFound, RateLimited, RequestRejected
from zendesk_sync.policy.terms import Flag, Workload
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.standings import Standing
from zendesk_sync.store.store import Store
from zendesk_sync.sync.answered import answers
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.look import QUIET_S, Look, is_quiet, look
from zendesk_sync.sync.plan import plan_number_one
from zendesk_sync.sync.write import put
from zendesk_sync.zendesk.budget import UPDATES
from zendesk_sync.zendesk.fields import OurField
from zendesk_sync.zendesk.records import Ticket

log = structlog.get_logger()


def settle_number_one(
    connection: Connection, store: Store, lease: Lease, *, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Move the tag to where it belongs, if the standing is complete and nothing is due.

    Interrupted anywhere, it leaves one holder or none, never two, and the next call goes on from there.

    Raises:
        RateLimited: single updates have to wait; nothing was sent.
        ZendeskError: a ticket could not be read.
    """
    name = lease.account
    if not store.standing_complete(name) or store.pending(name).due:
        return
    type_first = connection.handbook.switches.order == "tier-first"
    first = store.first(name, connection.workload is Workload.SURGE, type_first=type_first)
    holders = store.holders(name)
    if holders == ([first.ticket] if first else []):
        return
    if (wait := connection.client.budget.wait_s(UPDATES)) > 0:
        raise RateLimited(wait, sent=False, whole=False)
    with tracing.span("number_one.move", account=name, ticket=None if first is None else first.ticket):
        for holder in holders:
            if (first is None or holder != first.ticket) and not _take_off(connection, store, lease, holder, sleep):
                return
        if first is not None and first.ticket not in holders:
            _put_on(connection, store, lease, first)


def _take_off(
    connection: Connection, store: Store, lease: Lease, ticket_id: int, sleep: Callable[[float], None]
) -> bool:
    """Whether the ticket surely does not carry the tag any more."""
    if (one := _read(connection, store, lease, ticket_id)) is None:
        return ticket_id not in store.holders(lease.account)
    change = plan_number_one(one.ticket, connection.fields, on=False)
    if change is not None:
        try:
            if one.ticket.status == "closed":
                _untag_closed(connection, ticket_id, sleep)
            else:
                put(connection, change)
        except (Conflict, AnswerLost, RequestRejected) as error:
            return _again(store, lease, ticket_id, error)
    _stand(store, lease, one, holds=False)
    return True


def _put_on(connection: Connection, store: Store, lease: Lease, first: Standing) -> None:
    """The ticket is read again: it gets the tag only if it still stands where it stood."""
    ticket_id = first.ticket
    if (one := _read(connection, store, lease, ticket_id)) is None:
        return
    now = one.standing()
    if (now.in_order, now.band, now.type_rank) != (True, first.band, first.type_rank):
        store.mark(lease.account, [ticket_id])
        return
    change = plan_number_one(one.ticket, connection.fields, on=True)
    if change is not None:
        try:
            put(connection, change)
        except (Conflict, AnswerLost, RequestRejected) as error:
            _again(store, lease, ticket_id, error)
            return
    _stand(store, lease, one, holds=True)


def _read(connection: Connection, store: Store, lease: Lease, ticket_id: int) -> Look | None:
    """The ticket as it is now; None where it is gone, or was touched a moment ago and comes later."""
    store.renew(lease)
    try:
        page = connection.tickets.show(ticket_id)
    except NotFound:
        store.unstand(lease, [ticket_id])
        return None
    if not is_quiet(page.tickets[0], page.server_time):
        store.mark(lease.account, [ticket_id], delay=QUIET_S)
        return None
    try:
        answered = answers(store, connection, [ticket_id]).get(ticket_id)
        return look(connection, page.tickets[0], page, answered=answered)
    except CustomerSourceDown as error:
        store.mark(lease.account, [ticket_id], delay=error.retry_after)
        return None


def _stand(store: Store, lease: Lease, one: Look, *, holds: bool) -> None:
    if one.stands(holds=holds):
        store.stand(lease, [one.standing(holds=holds)])
    else:
        store.unstand(lease, [one.ticket.id])


def _again(store: Store, lease: Lease, ticket_id: int, error: Exception) -> bool:
    """Nothing is certain: the ticket is looked at again before anything else moves."""
    log.info("number one waits", account=lease.account, ticket=ticket_id, reason=type(error).__name__)
    store.mark(lease.account, [ticket_id], delay=QUIET_S)
    return False


def _untag_closed(connection: Connection, ticket_id: int, sleep: Callable[[float], None]) -> None:
    """The one write that a closed ticket accepts; verified by reading it again."""
    tag = connection.fields.tag(OurField.FLAGS, Flag.NUMBER_ONE)
    job = connection.tickets.update_many([{"id": ticket_id, "remove_tags": [tag]}])
    connection.tickets.wait_for(job.id, sleep=sleep)
    ticket: Ticket = connection.tickets.show(ticket_id).tickets[0]
    if tag in ticket.tags:
        raise RequestRejected(f"closed ticket {ticket_id} keeps the tag {tag}")
