"""Why one ticket has its priority, who changed it, and what would change the outcome; for the terminal and the web."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zendesk_sync.errors import NotFound
from zendesk_sync.policy import notes
from zendesk_sync.policy.counterfactual import Counterfactual, counterfactuals
from zendesk_sync.policy.decide import Decision
from zendesk_sync.policy.explain import reasons
from zendesk_sync.policy.reasons import Reason
from zendesk_sync.policy.terms import Status, Workload
from zendesk_sync.store.workloads import Surge
from zendesk_sync.sync import clock_words
from zendesk_sync.sync.answered import Clocks, clocks_of
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.human_changes import HumanChange, authors, human_changes
from zendesk_sync.sync.look import Look, Reads, look
from zendesk_sync.sync.plan import TicketChange
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.records import Audit, Comment, Organization
from zendesk_sync.zendesk.tickets import TicketPage


@dataclass(frozen=True, slots=True)
class Explained:
    """Everything there is to say of one ticket.

    Attributes:
        look: the ticket as it is now, decided anew, and what would be written.
        reasons: the rules that were tried, and why each did or did not apply.
        changed: what people and rules of the account changed, oldest first.
        would_change: the single changes of an input that would give another outcome.
        clocks: of its first response.
        workload: what it was decided under.
        surge: the surge in force, if it is one.
        note: what a note would say now, topics that were said already included.
    """

    look: Look
    reasons: Reason
    changed: tuple[HumanChange, ...]
    would_change: tuple[Counterfactual, ...]
    clocks: Clocks
    workload: Workload
    surge: Surge | None
    note: str


def explain(connection: Connection, ticket: int, surge: Surge | None) -> Explained:
    """Read the ticket with its history, and decide it under ``surge`` or in normal times; writes nothing.

    Raises:
        NotFound: there is no such ticket; the message says so for people.
        CustomerSourceDown: nobody knows who the customer is.
        ZendeskError: something could not be read.
    """
    connection = connection.under(surge)
    try:
        page = connection.tickets.show(ticket)
        audits = connection.tickets.audits(ticket)
    except NotFound:
        raise NotFound(f"{connection.account.url} has no ticket {ticket}, or it was deleted", status=404) from None
    one = look(connection, page.tickets[0], page, reads=_WithAudits(connection.tickets, audits))
    return Explained(
        look=one,
        reasons=reasons(one.decision, connection.handbook),
        changed=tuple(_human_changes(connection, audits, page)),
        would_change=counterfactuals(one.decision, connection.handbook, connection.workload),
        clocks=clocks_of(connection, one, page),
        workload=connection.workload,
        surge=surge,
        note=notes.plain(one.decision, connection.handbook),
    )


def nothing(one: Explained) -> str:
    """Why nothing would be written, in words."""
    if one.look.decision.facts.status is Status.CLOSED:
        return "the ticket is closed, and Zendesk changes no fields of closed tickets"
    return "the ticket says all this already"


def outcome(one: Counterfactual, now: Decision) -> str:
    """What would come of a change, in words; flags that come on have a plus, those that go off a minus."""
    then = one.decision
    level = then.counting.value if then.counting is not now.counting else f"still {now.counting.value}"
    if then.computed is not then.counting or (then.counting is now.counting and then.computed is not now.computed):
        level += f" (computed {then.computed.value})"
    flags = [f"+{flag}" for flag in sorted(one.gained)] + [f"-{flag}" for flag in sorted(one.lost)]
    return level + (f", {' '.join(flags)}" if flags else "")


def as_json(one: Explained) -> dict[str, Any]:
    """All of it as plain JSON values."""
    decision = one.look.decision
    return {
        "ticket": one.look.ticket.id,
        "status": decision.facts.status.value,
        "computed": decision.computed.value,
        "rule": decision.rule.value,
        "official": decision.official.value.value if decision.official.value else None,
        "official_owner": decision.official.owner.value,
        "counting": decision.counting.value,
        "customer": decision.facts.customer.value,
        "customer_source": decision.facts.customer_source,
        "flags": sorted(decision.flags),
        "missing": sorted(decision.context.missing),
        "in_order": decision.in_order,
        "band": decision.band,
        "reasons": one.reasons.as_json(),
        "change": None if one.look.change is None else change_json(one.look.change),
        "note": one.note,
        "workload": one.workload.value,
        "first_response": clock_words.as_json(one.clocks),
        "changed_by_people": [_human_change_json(each) for each in one.changed],
        "would_change": [_counterfactual_json(each) for each in one.would_change],
    }


def change_json(one: TicketChange) -> dict[str, Any]:
    """One planned write as plain JSON values."""
    return {
        "ticket": one.ticket_id,
        "differences": [{"what": d.what, "before": d.before, "after": d.after} for d in one.differences],
        "note": one.note_text,
    }


def _human_change_json(one: HumanChange) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(timespec="seconds"),
        "what": one.what,
        "before": one.before,
        "after": one.after,
        "by": one.by,
        "id": one.id,
        "with_the_ticket": one.created,
        "inherited": one.inherited,
    }


def _counterfactual_json(one: Counterfactual) -> dict[str, Any]:
    then = one.decision
    return {
        "change": one.change.id,
        "if": one.change.says,
        "counting": then.counting.value,
        "computed": then.computed.value,
        "rule": then.rule.value,
        "flags_gained": sorted(one.gained),
        "flags_lost": sorted(one.lost),
    }


def _human_changes(connection: Connection, audits: Sequence[Audit], page: TicketPage) -> list[HumanChange]:
    """One call to learn who we are, and one for the people whom the ticket itself does not name."""
    ours = ZenpyAccount(connection.client).me().id
    lacking = authors(audits, connection.fields, ours) - page.users.keys()
    users = page.users | connection.tickets.users(sorted(lacking))
    follows = page.tickets[0].follows is not None
    return human_changes(audits, users, connection.fields, ours, is_follow_up=follows)


class _WithAudits:
    """Reads of a ticket whose audits were read already."""

    def __init__(self, reads: Reads, audits: list[Audit]) -> None:
        self._reads, self._audits = reads, audits

    def audits(self, id: int) -> list[Audit]:  # noqa: A002, ARG002  the word of the API
        return self._audits

    def comments(self, id: int) -> list[Comment]:  # noqa: A002  the word of the API
        return self._reads.comments(id)

    def organizations(self, ids: Sequence[int]) -> list[Organization]:
        return self._reads.organizations(ids)
