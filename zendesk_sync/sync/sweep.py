"""Incremental export -> hints and cursor: catches every change that webhooks lost.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

import structlog

from zendesk_sync import tracing
from zendesk_sync.errors import RateLimited
from zendesk_sync.policy.terms import Flag
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.chronicle import DAY_S, chronicle_rows
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.plan_changes import follow
from zendesk_sync.zendesk.fields import OurField
from zendesk_sync.zendesk.records import Ticket

FINISHED = frozenset({"solved", "closed"})
MAX_PAGES = 10
"""Pages in one go: what the export allows a minute. The rest follows in the next round."""

log = structlog.get_logger()


class Swept(NamedTuple):
    """What one sweep gave: hints, rows of the export, and Zendesk's time (Unix seconds) where more may be read now."""

    hints: int
    rows: int
    at: float | None


def sweep(connection: Connection, store: Store, lease: Lease, every_s: float, history_days: int = 0) -> Swept:
    """Read the export from where the last sweep ended.

    Hints and cursor are stored together, page by page, so a crash repeats a page at most. The first sweep of an
    account begins at its beginning. With ``history_days`` the chronicle learns from the rows of so many days.
    """
    name, given, rows, at = lease.account, 0, 0, None
    for _ in range(MAX_PAGES):
        with tracing.span("sweep.page", account=name) as span:
            cursor = store.cursor(name)
            try:
                page = connection.tickets.export(cursor=cursor, start_time=None if cursor else 0)
            except RateLimited as error:
                store.commit_sweep(lease, [], cursor, error.retry_after, complete=False)
                at = None
                break
            hints = relevant(connection, store, name, page.tickets)
            if history_days:
                chronicle_rows(store, lease, page.tickets, page.server_time.timestamp() - history_days * DAY_S)
            store.unstand(lease, _over(page.tickets, {*hints, *store.holders(name)}))
            wait = every_s if page.end_of_stream else 0.0
            complete = page.end_of_stream and page.after_cursor is not None
            store.commit_sweep(lease, hints, page.after_cursor or cursor, wait, complete=complete)
            store.renew(lease)
            span.set(tickets=len(page.tickets), hints=len(hints))
            given, rows = given + len(hints), rows + len(page.tickets)
            at, ended = page.server_time.timestamp(), page.end_of_stream
            del page  # the next one is read with this one gone: a page takes megabytes
        if ended:
            break
    log.debug("swept", account=name, hints=given)
    follow(connection, store, lease, every_s, at)
    return Swept(given, rows, at)


def _over(tickets: Iterable[Ticket], looked_at: Collection[int]) -> list[int]:
    """Tickets that need no look any more to leave the standing."""
    finished = (one.id for one in tickets if one.status in FINISHED and one.id not in looked_at)
    return [*finished, *(one.id for one in tickets if one.status == "deleted")]


def relevant(connection: Connection, store: Store, name: str, tickets: Iterable[Ticket]) -> list[int]:
    """Ids worth a look: what moved since it was last right; finished tickets only where the order knows them."""
    rows = {ticket.id: ticket for ticket in tickets if ticket.status != "deleted"}
    seen = store.seen(name, rows)
    standing = store.standing_among(name, (id_ for id_, ticket in rows.items() if ticket.status in FINISHED))
    tag = connection.fields.tag(OurField.FLAGS, Flag.NUMBER_ONE)
    return [
        ticket.id
        for ticket in rows.values()
        if seen.get(ticket.id) != connection.seen_as(ticket.updated_stamp)
        and (ticket.status not in FINISHED or ticket.id in standing or tag in ticket.tags)
    ]
