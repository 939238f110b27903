"""When support first answered a ticket, found as cheaply as can be, and the first-response clocks by it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.first_reply import first_reply
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.response import Deadlines, FirstResponse, deadlines, first_response, without_target
from zendesk_sync.policy.terms import Workload
from zendesk_sync.store.store import Store
from zendesk_sync.sync.assemble import conversation
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.look import Look, Sight, nobody_replied
from zendesk_sync.zendesk.tickets import TicketPage


@dataclass(frozen=True, slots=True)
class Clocks:
    """Both clocks of one ticket.

    Attributes:
        at: the moment for which they are told.
        replied: when support first answered; None for not yet.
        response: where each of them stands.
        due: when each of them ends.
        without: why no contractual clock runs; None where one does.
    """

    at: datetime
    replied: datetime | None
    response: FirstResponse
    due: Deadlines
    without: str | None


def clocks_of(sight: Sight, one: Look, page: TicketPage) -> Clocks:
    """The clocks of the ticket that ``one`` looked at in ``page``; calls as :func:`first_response_of`.

    Raises:
        ZendeskError: the comments could not be read.
    """
    replied = first_response_of(sight, one, page)
    return clocks(one.decision.facts, replied, one.at, sight.handbook, sight.workload)


def clocks(
    facts: TicketFacts, replied: datetime | None, at: datetime, handbook: Handbook, workload: Workload
) -> Clocks:
    """The clocks at the moment ``at`` of a ticket that support first answered when ``replied`` says."""
    return Clocks(
        at,
        replied,
        first_response(facts, replied, at, handbook, workload),
        deadlines(facts, handbook, workload),
        without_target(facts, handbook),
    )


def first_response_of(sight: Sight, one: Look, page: TicketPage) -> datetime | None:
    """When support first answered; None for not yet.

    One call where the look did not read the comments and Zendesk's metrics say that somebody of staff has written.

    Raises:
        ZendeskError: the comments could not be read.
    """
    said, metrics = one.decision.facts.comments, page.metrics.get(one.ticket.id)
    if said is None:
        if nobody_replied(one.ticket, metrics, page.server_time, page.users.get(one.ticket.requester_id or 0)):
            return None
        said = conversation(one.ticket, sight.tickets.comments(one.ticket.id), page.users, sight.account)
    return first_reply(said, sight.handbook)


def answers(store: Store, connection: Connection, tickets: Iterable[int]) -> dict[int, datetime]:
    """When those of ``tickets`` that earlier looks found answered were answered first."""
    found = store.answers(connection.name, tickets, connection.reply_rules)
    return {ticket: datetime.fromtimestamp(at, UTC) for ticket, at in found.items()}
