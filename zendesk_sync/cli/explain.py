"""``explain TICKET``: why a ticket has its priority, who changed it, and what would change the outcome."""

from __future__ import annotations

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
from zendesk_sync.sync import clock_words, explained
from zendesk_sync.sync.explained import Explained
from zendesk_sync.sync.surge import described


def explain(
    ticket: Annotated[int, typer.Argument(help="Ticket id.", min=1)],
    config: ConfigOption = None,
    account: AccountOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Show the rules that were tried for a ticket, and why each did or did not apply. Writes nothing.

    Then where its two first-response clocks stand; who changed its official priority, Severity, Pre-sales severity and
    "Cannot wait a day", and when; and which single change would give another level or other flags.
    """
    chosen = choose(config, account)
    surge = surge_of(chosen.settings, chosen.name)
    with connected(chosen) as connection:
        one = explained.explain(connection, ticket, surge)
    if format is Format.JSON:
        print_json(explained.as_json(one))
    else:
        _print(one)


def _print(one: Explained) -> None:
    decision = one.look.decision
    out.print(render.tree(one.reasons), soft_wrap=False)
    source = render.one_line(decision.facts.customer_source)
    out.print(f"[dim]status: {decision.facts.status.value}[/]")
    out.print(f"[dim]customer: {decision.facts.customer.value} ({escape(source)})[/]")
    if one.surge is not None:
        out.print(f"[dim]workload: {escape(render.one_line(described(one.surge)))}[/]")
    out.print(f"[dim]first response: {clock_words.answered(one.clocks)}; {clock_words.told(one.clocks)}[/]")
    out.print("Changed by people or by rules of the account:" if one.changed else _NOBODY)
    for change in one.changed:
        out.print(f"  {render.human_change(change)}")
    out.print("What would change the outcome:" if one.would_change else _NOTHING)
    for found in one.would_change:
        out.print(f"  {render.counterfactual(found, decision)}")
    if one.look.change is None:
        out.print(f"Nothing to write: {explained.nothing(one)}.")
    else:
        out.print("Would be written now:")
        out.print(render.change(one.look.change))


_NOBODY = "No person changed priority or inputs."
_NOTHING = "No single change of an input would change the outcome."
