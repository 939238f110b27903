"""One ticket, looked at: read, assembled, decided and planned. The same for webhook, sweep, preview and ``explain``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from zendesk_sync.account_settings import Account
from zendesk_sync.customers.lookup import STAFF
from zendesk_sync.customers.sources import Sources
from zendesk_sync.policy.decide import Decision, decide
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import band, type_rank
from zendesk_sync.policy.terms import Flag, RuleId, Status, Topic, Workload
from zendesk_sync.store.standings import Standing
from zendesk_sync.sync.assemble import Assembled, assemble, needs_audits, who_of
from zendesk_sync.sync.plan import TicketChange, plan
from zendesk_sync.zendesk.fields import FieldMap
from zendesk_sync.zendesk.records import Audit, Comment, MetricSet, Organization, Ticket, User
from zendesk_sync.zendesk.tickets import ExportPage, TicketPage

P = TypeVar("P", TicketPage, ExportPage)
QUIET_S = 2.0
"""``updated_at`` counts whole seconds: a ticket touched less than this ago may still change under the same stamp."""

METRICS_LAG_S = 600.0
"""Zendesk's metrics are believed after so long without a touch."""


class Reads(Protocol):
    """Where a ticket's further records come from: an account, or a file."""

    def audits(self, id: int) -> list[Audit]: ...  # noqa: A002  the word of the API

    def comments(self, id: int) -> list[Comment]: ...  # noqa: A002  the word of the API

    def organizations(self, ids: Sequence[int]) -> list[Organization]: ...


class Sight(Protocol):
    """What looking needs: the account's fields and settings, the policy, and where to read."""

    @property
    def account(self) -> Account: ...

    @property
    def handbook(self) -> Handbook: ...

    @property
    def workload(self) -> Workload: ...

    @property
    def next_shifts(self) -> tuple[datetime, ...]: ...

    @property
    def fields(self) -> FieldMap: ...

    @property
    def tickets(self) -> Reads: ...

    @property
    def sources(self) -> Sources: ...


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a ticket found, and what would be written.

    Attributes:
        at: Zendesk's own time of the reading.
        organization: whose plan counts: the ticket's, else its requester's.
        comments: how many comments were read, the description among them; None where none mattered.
    """

    ticket: Ticket
    assembled: Assembled
    decision: Decision
    change: TicketChange | None
    at: datetime
    organization: int | None = None
    comments: int | None = None

    @property
    def age_s(self) -> float:
        """Seconds since the ticket was last touched, by Zendesk's own clock."""
        return age_s(self.ticket, self.at)

    @property
    def warned_in_s(self) -> float | None:
        """Seconds until the next first-response warning unless somebody answers; None where none comes."""
        comes = self.decision.warnings.next
        return None if comes is None else (comes - self.at).total_seconds()

    def stands(self, *, holds: bool) -> bool:
        """Whether the ticket belongs into the standing: it is not over, or ``holds`` the number-one flag."""
        return self.decision.in_order or holds or not self.decision.facts.status.is_over

    def standing(self, *, holds: bool | None = None) -> Standing:
        """Where the ticket stands in the order; ``holds`` where its number-one flag is known better."""
        place = self.decision.place
        return Standing(
            ticket=self.ticket.id,
            band=band(place.priority),
            type_rank=type_rank(place.customer),
            received=place.received.timestamp(),
            holds_number_one=Flag.NUMBER_ONE in self.assembled.values.flags if holds is None else holds,
            in_order=self.decision.in_order,
            updated_at=self.ticket.updated_stamp,
            organization=self.organization,
        )


def age_s(ticket: Ticket, server_time: datetime) -> float:
    """Seconds since the ticket was last touched, by Zendesk's own clock."""
    return (server_time - ticket.updated_at).total_seconds()


def is_quiet(ticket: Ticket, server_time: datetime) -> bool:
    return age_s(ticket, server_time) >= QUIET_S


def look(
    connection: Sight,
    ticket: Ticket,
    page: TicketPage | ExportPage,
    *,
    reads: Reads | None = None,
    notes: bool = True,
    answered: datetime | None = None,
) -> Look:
    """Decide and plan one ticket that ``page`` holds.

    Args:
        connection: the account, its fields and its policy.
        ticket: as ``page`` gives it.
        page: the people and customers that it names.
        reads: where its history comes from, if not from the account call by call.
        notes: False plans everything but the note; what it would have said counts as said.
        answered: when support first answered, where an earlier look found that.

    Raises:
        ZendeskError: its history or its requester's organization was needed and could not be read.
    """
    reads = reads or connection.tickets
    values = connection.fields.read(ticket)
    audits, read = None, None
    if needs_audits(ticket, values, connection.fields):
        audits = reads.audits(ticket.id)
    who = who_of(ticket, page.users)
    customer = connection.sources.customer(
        who,
        page.organizations,
        reads.organizations,
        account=connection.account,
        handbook=connection.handbook,
        at=page.server_time,
    )

    def see(comments: Sequence[Comment] | None) -> tuple[Assembled, Decision]:
        seen = assemble(
            ticket,
            page.users,
            customer,
            audits,
            fields=connection.fields,
            account=connection.account,
            comments=comments,
            answered=answered,
            unanswered=nobody_replied(ticket, page.metrics.get(ticket.id), page.server_time, who.requester),
        )
        handbook, workload = connection.handbook, connection.workload
        return seen, decide(seen.facts, handbook, workload, page.server_time, connection.next_shifts)

    assembled, decision = see(None)
    if needs_comments(connection, ticket, decision):
        read = reads.comments(ticket.id)
        assembled, decision = see(read)
    change = plan(ticket, assembled, decision, connection.fields, connection.handbook, notes=notes)
    theirs = None if who.requester is None else who.requester.organization_id
    return Look(
        ticket,
        assembled,
        decision,
        change,
        page.server_time,
        ticket.organization_id or theirs,
        None if read is None else len(read),
    )


def nobody_replied(ticket: Ticket, metrics: MetricSet | None, at: datetime, requester: User | None) -> bool:
    """Whether Zendesk's metrics say that nobody of staff has written in public.

    Nobody promises how soon they follow a comment, so those of a ticket that was touched a moment ago say nothing; nor
    that a reply to one of staff is measured.
    """
    if metrics is None or metrics.first_reply is not None or (requester is not None and requester.role in STAFF):
        return False
    return ticket.updated_at == ticket.created_at or age_s(ticket, at) >= METRICS_LAG_S


def with_organizations(reads: Reads, page: P, known: dict[int, Organization] | None = None) -> P:
    """The page with the organizations of requesters whose tickets name none, in one call for each 100.

    ``known`` are organizations read before; what is read now is added to them.
    """
    kept = {} if known is None else known
    kept.update(page.organizations)
    theirs = (page.users.get(one.requester_id or 0) for one in page.tickets if one.organization_id is None)
    wanted = {user.organization_id for user in theirs if user is not None and user.organization_id is not None}
    if lacking := sorted(wanted - kept.keys()):
        kept.update({one.id: one for one in reads.organizations(lacking)})
    named = wanted | {one.organization_id for one in page.tickets}
    return page._replace(organizations={id_: kept[id_] for id_ in named if id_ is not None and id_ in kept})


def needs_comments(connection: Sight, ticket: Ticket, decision: Decision) -> bool:
    """Whether the conversation can change the outcome: one more call, so only where it can.

    A checklist has open items that a comment or an attachment may answer; the reporter may have said more since; or a
    surge's draft or a warning is due unless somebody has answered already, which nothing cheaper tells.
    """
    if decision.facts.status is Status.CLOSED:
        return False
    reads_text = decision.facts.severity is None and connection.handbook.switches.evidence != "off"
    said_more = reads_text and ticket.updated_at > ticket.created_at
    is_waiting = decision.in_order and decision.rule is not RuleId.INTERNAL_WORK and decision.answered is None
    was_drafted = Topic.SURGE_DRAFT in decision.facts.memory.noted
    may_draft = connection.workload is Workload.SURGE and is_waiting and not was_drafted
    return bool(decision.context.missing) or said_more or may_draft or decision.warnings.unsure
