"""``explain TICKET``: why a ticket has its priority, and what would be written now."""

from __future__ import annotations

from typing import Annotated

import typer

from zendesk_sync.cli.common import AccountOption, ConfigOption, Format, FormatOption, choose, out, print_json
from zendesk_sync.cli.render import change, look_json, tree
from zendesk_sync.errors import NotFound
from zendesk_sync.policy.explain import reasons
from zendesk_sync.sync.connection import ONE_SHOT_PATIENCE_S, connect
from zendesk_sync.sync.look import look


def explain(
    ticket: Annotated[int, typer.Argument(help="Ticket id.", min=1)],
    config: ConfigOption = None,
    account: AccountOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Show the rules that were tried for a ticket, and why each did or did not apply. Writes nothing."""
    chosen = choose(config, account)
    with connect(
        chosen.name, chosen.account, chosen.secrets, chosen.handbook, patience_s=ONE_SHOT_PATIENCE_S
    ) as connection:
        try:
            page = connection.tickets.show(ticket)
        except NotFound:
            raise NotFound(f"{chosen.account.url} has no ticket {ticket}, or it was deleted", status=404) from None
        one = look(connection, page.tickets[0], page)
    if format is Format.JSON:
        print_json(look_json(one, chosen.handbook))
        return
    out.print(tree(reasons(one.decision, chosen.handbook)), soft_wrap=False)
    out.print(f"[dim]customer: {one.decision.facts.customer.value} ({one.decision.facts.customer_source})[/]")
    if one.change is None:
        out.print("Nothing to write: the ticket says all this already.")
    else:
        out.print("Would be written now:")
        out.print(change(one.change))
