"""Writes that go alone: one safe ``PUT``, checked value by value, never sent twice.

A write whose answer was lost goes back to the inbox: the ticket is read again before anything is planned for it, and
its Memory stands in the same update as the note, so a note that arrived is not repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.flight import Written, report
from zendesk_sync.sync.look import QUIET_S, Look
from zendesk_sync.sync.plan import TicketChange
from zendesk_sync.zendesk.records import Ticket

RECENT_S = 600.0
"""An official priority on a ticket touched more recently than this goes by safe ``PUT``: jobs check no stamp."""
ALONE = 3
"""Up to so many changes go one by one; more make a job worth its seconds."""
LOOKS = 3
"""So often a ticket that somebody changes at the same time is read, decided and planned before it comes later."""

Again = Callable[[Look], Look | None]
"""Read and plan a ticket once more; None where it is gone or must come later."""


def careful(looks: Sequence[Look]) -> tuple[list[Look], list[Look]]:
    """Looks whose change goes alone, and those that may go by job.

    ``update_many`` is not known to honour ``safe_update``, so an official priority on a ticket in somebody's hands
    never goes that way; and few changes are faster one by one.
    """
    changing = [one for one in looks if one.change is not None]
    rest = [one for one in changing if not must_go_alone(one)]
    return (changing, []) if len(rest) <= ALONE else ([one for one in changing if must_go_alone(one)], rest)


def must_go_alone(one: Look) -> bool:
    """Whether the change would write an official priority on a ticket that is in somebody's hands."""
    return one.change is not None and one.change.official and one.age_s < RECENT_S


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


def write_alone(connection: Connection, one: Look, again: Again, written: Written) -> None:
    """Write one change; where somebody else was faster, read, decide and plan again, at most three times.

    Raises:
        RateLimited, ZendeskUnreachable, ZendeskUnavailable, CredentialsRejected: trouble with the account, not with
            this ticket; it belongs back in the inbox, uncounted.
    """
    ticket_id = one.ticket.id
    for attempt in range(1, LOOKS + 1):
        if one.change is None:
            return
        try:
            written.done[ticket_id] = put(connection, one.change)
        except (RateLimited, ZendeskUnreachable, ZendeskUnavailable, CredentialsRejected):
            raise
        except Conflict:
            later = Later(QUIET_S, reason=f"somebody changed the ticket meanwhile, {attempt} times; read again")
            fresh = again(one) if attempt < LOOKS else None
            if fresh is None:
                written.later[ticket_id] = later
                return
            one = fresh
        except AnswerLost:
            written.later[ticket_id] = Later(
                QUIET_S, reason="no answer to the update; the ticket is read before another"
            )
            return
        except NotFound:
            written.gone.add(ticket_id)
            return
        except ZendeskError as error:
            written.later[ticket_id] = Later(reason=str(error))
            return
        else:
            return
