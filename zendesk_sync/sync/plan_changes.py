"""Tickets to look at again because a customer's plan may have changed: that moves no ticket in the export.

Followed are Zendesk's organizations (incremental export, once in a few sweeps), the table of customers (its file), and
the directory (whatever it said of customers with open tickets, once that is no longer fresh). With each UTC day every
ticket that is not over is looked at again: plans end by themselves.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#incremental-organization-export
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from zendesk_sync.customers.table import Changed
from zendesk_sync.errors import AccessDenied, CustomerSourceDown, RateLimited, ZendeskError
from zendesk_sync.policy.order import type_rank
from zendesk_sync.policy.terms import CustomerType
from zendesk_sync.store.customer_answers import KeptAnswer
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import Connection
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.records import Organization, when

EVERY: Final = 5
"""Sweeps to one look at the organizations: a fifth of a call a minute of the ten that all exports share."""
MAX_PAGES: Final = 3
RECENT_S: Final = 120
"""Where following begins, before now: Zendesk holds back the last minute."""
REFUSED_WAIT_S: Final = 3600.0
DAY_S: Final = 86_400
REFRESHED: Final = 50
"""Questions to the directory in one go."""

log = structlog.get_logger()


def follow(connection: Connection, store: Store, lease: Lease, every_s: float, at: float | None) -> None:
    """Put into the inbox what has to be looked at again.

    Args:
        connection: the account.
        store: knows whose the open tickets are.
        lease: the account's.
        every_s: seconds from sweep to sweep.
        at: Zendesk's own time, Unix seconds; None where no export may be read now.

    Raises:
        ZendeskError: Zendesk is in trouble; the next sweep goes on.
        LeaseLost: another worker has the account.
    """
    name = lease.account
    if connection.sources.table is not None and (changed := connection.sources.table.refresh()):
        store.mark(name, _of_table(connection, store, name, changed))
    _directory(connection, store, lease)
    if at is not None and store.begin_day(lease, int(at // DAY_S)):
        store.mark(name, store.all_standing(name))  # a plan whose last day is over changes nothing in Zendesk
    if at is not None and store.following(name).due:
        _organizations(connection, store, lease, every_s, at)


def _organizations(connection: Connection, store: Store, lease: Lease, every_s: float, at: float) -> None:
    name, pause = lease.account, EVERY * every_s
    since = store.following(name).since
    if since is None:
        store.commit_following(lease, [], int(at) - RECENT_S, pause)
        return
    exports = Exports(connection.client)
    for _ in range(MAX_PAGES):
        try:
            page = exports.organizations(since)
        except RateLimited as error:
            store.commit_following(lease, [], since, error.retry_after)
            return
        except AccessDenied:
            log.warning("organizations cannot be followed", account=name)
            store.commit_following(lease, [], since, REFUSED_WAIT_S)
            return
        tickets = store.of_organizations(name, (one.id for one in page.organizations if _is_new(one, since)))
        more = not page.end_of_stream and page.end_time > since
        since = max(since, page.end_time)
        store.commit_following(lease, tickets, since, 0.0 if more else pause)
        if tickets:
            log.info("organizations changed", account=name, tickets=len(tickets))
        if not more:
            return


def _is_new(one: Organization, since: int) -> bool:
    """Pages overlap by the boundary second, which the last page held in full."""
    stamp = one.deleted_stamp or one.updated_stamp
    return stamp is None or when(stamp).timestamp() > since


def _of_table(connection: Connection, store: Store, name: str, changed: Changed) -> Iterable[int]:
    """Tickets of customers of whom the table says something else now; all of them where nobody can tell."""
    try:
        found = connection.tickets.organizations(store.organizations_standing(name))
    except ZendeskError:
        return store.all_standing(name)
    tickets = set(store.of_organizations(name, (one.id for one in found if changed.concerns(one))))
    if changed.domains:
        unknown = type_rank(CustomerType.UNKNOWN)
        tickets.update(store.without_organization(name), store.of_type_rank(name, unknown))
    log.info("table of customers changed", account=name, tickets=len(tickets))
    return tickets


def _directory(connection: Connection, store: Store, lease: Lease) -> None:
    directory = connection.sources.directory
    if directory is None:
        return
    name = lease.account
    old = store.customer_answers_before(name, directory.fresh_since, REFRESHED)
    alone = store.without_organization(name)
    gone = _refresh(connection, store, lease, old, alone) if old else []
    for one in [*gone, *directory.changes()]:
        tickets = alone if one.organization is None else store.of_organizations(name, [one.organization])
        log.info("customer changed in directory", account=name, organization=one.organization, tickets=len(tickets))
        store.mark(name, tickets)


def _refresh(
    connection: Connection, store: Store, lease: Lease, old: Sequence[KeptAnswer], alone: Sequence[int]
) -> list[KeptAnswer]:
    """Ask again about customers with open tickets; forgets and returns those of whom it is not asked any more.

    The others are forgotten as well, and asked about when a ticket of theirs comes.
    """
    name, gone = lease.account, list[KeptAnswer]()
    standing = set(store.organizations_standing(name))
    wanted = [one for one in old if (one.organization in standing if one.organization is not None else alone)]
    of = [one.organization for one in wanted if one.organization is not None]
    found = {one.id: one for one in connection.tickets.organizations(of)}
    for one in old:
        about = one.subject.removeprefix("domain ") if one.organization is None else found.get(one.organization)
        try:
            if one not in wanted:
                store.forget_customer_answer(name, one.subject)
            elif about is None or not connection.sources.refresh(about):
                store.forget_customer_answer(name, one.subject)
                gone.append(one)
        except CustomerSourceDown:
            break
        store.renew(lease)
    return gone
