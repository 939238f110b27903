"""``explain TICKET``: why a ticket has its priority, who changed it, and what would change the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape

from zendesk_sync.cli import render
from zendesk_sync.cli.common import (
    AccountOption,
    ConfigOption,
    Format,
    FormatOption,
    choose,
    connected,
    out,
    print_json,
    surge_of,
)
from zendesk_sync.errors import NotFound
from zendesk_sync.policy.counterfactual import Counterfactual, counterfactuals
from zendesk_sync.policy.explain import reasons
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.human_changes import HumanChange, authors, human_changes
from zendesk_sync.sync.look import Look, Reads, look
from zendesk_sync.sync.surge import described
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.records import Audit, Comment, Organization
from zendesk_sync.zendesk.tickets import TicketPage


def explain(
    ticket: Annotated[int, typer.Argument(help="Ticket id.", min=1)],
    config: ConfigOption = None,
    account: AccountOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Show the rules that were tried for a ticket, and why each did or did not apply. Writes nothing.

    Then who changed its official priority, Severity, Pre-sales severity and "Cannot wait a day", and when; and which
    single change would give another level or other flags.
    """
    chosen = choose(config, account)
    surge = surge_of(chosen.settings, chosen.name)
    with connected(chosen).under(surge) as connection:
        try:
            page = connection.tickets.show(ticket)
        except NotFound:
            raise NotFound(f"{chosen.account.url} has no ticket {ticket}, or it was deleted", status=404) from None
        audits = connection.tickets.audits(ticket)
        one = look(connection, page.tickets[0], page, reads=_WithAudits(connection.tickets, audits))
        changed = _human_changes(connection, audits, page)
        what_if = counterfactuals(one.decision, chosen.handbook, connection.workload)
    if format is Format.JSON:
        more = {
            "workload": connection.workload.value,
            "changed_by_people": [render.human_change_json(each) for each in changed],
            "would_change": [render.counterfactual_json(each) for each in what_if],
        }
        print_json(render.look_json(one, chosen.handbook) | more)
        return
    out.print(render.tree(reasons(one.decision, chosen.handbook)), soft_wrap=False)
    source = render.one_line(one.decision.facts.customer_source)
    out.print(f"[dim]customer: {one.decision.facts.customer.value} ({escape(source)})[/]")
    if surge is not None:
        out.print(f"[dim]workload: {escape(render.one_line(described(surge)))}[/]")
    _tell(changed, what_if, one)
    if one.change is None:
        out.print("Nothing to write: the ticket says all this already.")
    else:
        out.print("Would be written now:")
        out.print(render.change(one.change))


def _tell(changed: Sequence[HumanChange], what_if: Sequence[Counterfactual], one: Look) -> None:
    out.print("Changed by people or by rules of the account:" if changed else "No person changed priority or inputs.")
    for change in changed:
        out.print(f"  {render.human_change(change)}")
    out.print("What would change the outcome:" if what_if else "No single change of an input would change the outcome.")
    for found in what_if:
        out.print(f"  {render.counterfactual(found, one.decision)}")


def _human_changes(connection: Connection, audits: Sequence[Audit], page: TicketPage) -> list[HumanChange]:
    """One call to learn who we are, and one for the people whom the ticket itself does not name."""
    ours = ZenpyAccount(connection.client).me().id
    lacking = authors(audits, connection.fields, ours) - page.users.keys()
    users = page.users | connection.tickets.users(sorted(lacking))
    return human_changes(audits, users, connection.fields, ours)


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
