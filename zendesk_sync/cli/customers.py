"""``customers check``: whose the open tickets are, what nobody mapped. ``customers show``: what each source says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from zendesk_sync.cli.common import (
    AccountOption,
    ConfigOption,
    Format,
    FormatOption,
    choose,
    connected,
    out,
    print_json,
)
from zendesk_sync.cli.render import one_line
from zendesk_sync.customers.answer import Customer
from zendesk_sync.customers.lookup import Who
from zendesk_sync.errors import InputError, NotFound
from zendesk_sync.policy.terms import CustomerType
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.customer_count import CustomerCount, Lacking
from zendesk_sync.sync.customer_count import count as count_customers
from zendesk_sync.zendesk.records import Organization

SHOWN = 10
"""Organizations that are named; ``--format json`` names all."""

app = typer.Typer(no_args_is_help=True, help="Who the customers are, and by which source.")


@app.command()
def check(
    config: ConfigOption = None,
    account: AccountOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Look up the customer of every unsolved ticket: the share of unknown ones, plans that nobody mapped, each source.

    Exit code 1 where a word is not mapped or a source cannot be asked. Writes nothing.
    """
    chosen = choose(config, account)
    with connected(chosen) as connection:
        found = count_customers(connection)
    if format is Format.JSON:
        print_json({"account": chosen.name, "ok": found.well, **found.as_json()})
    else:
        _say(found)
    if not found.well:
        raise typer.Exit(1)


@app.command()
def show(
    organization: Annotated[str, typer.Argument(metavar="ORGANIZATION", help="Its id in Zendesk, or its exact name.")],
    config: ConfigOption = None,
    account: AccountOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Show what every source says of an organization, in the order in which they are asked. Writes nothing."""
    chosen = choose(config, account)
    with connected(chosen) as connection:
        one = _organization(connection, organization)
        said, fault = connection.sources.every_step(
            Who(one.id),
            lambda _ids: [one],
            account=chosen.account,
            handbook=chosen.handbook,
            at=datetime.now(UTC),
        )
    first = next((step for step in said if step.customer is not None), None)
    if format is Format.JSON:
        steps = [{"source": step.source.value, "customer": _json(step.customer)} for step in said]
        print_json(
            {"organization": one.id, "answers": None if first is None else first.source.value, "sources": steps}
            | {"down": fault}
        )
    else:
        out.print(f"[bold]organization {one.id}[/] {escape(one_line(one.name or ''))}")
        for step in said:
            sign = "[green]→[/]" if step is first else " "
            out.print(f"{sign} {step.source.value}: {_words(step.customer)}")
        if fault is not None:
            out.print(f"[bold red]down:[/] {escape(one_line(fault))}")
    if fault is not None:
        raise typer.Exit(1)


def _organization(connection: Connection, wanted: str) -> Organization:
    """By its id, else by its name.

    Raises:
        InputError: nothing is called so, or several are.
    """
    if wanted.isascii() and wanted.isdecimal():
        found = connection.tickets.organizations([int(wanted)])
    else:
        found = connection.tickets.organizations_named(wanted)
    if not found:
        raise NotFound(f"{connection.account.url} has no organization {wanted!r}; give its id or its exact name")
    if len(found) > 1:
        raise InputError(f"several organizations are called {wanted!r}; give one's id: {_listed(found)}")
    return found[0]


def _listed(found: list[Organization]) -> str:
    return ", ".join(str(one.id) for one in found)


def _say(found: CustomerCount) -> None:
    for one in found.sources:
        sign = "[green]✓[/]" if one.usable else "[bold red]✗[/]"
        out.print(f"{sign} {one.name.value}: {escape(one.detail)}")
    kinds = ", ".join(f"{found.types[kind]:,} {kind.value}" for kind in CustomerType if found.types[kind])
    share = f" ({found.unknown / found.tickets:.0%} unknown)" if found.tickets else ""
    out.print(f"{found.tickets:,} unsolved tickets: {kinds or 'none'}{share}")
    _section(
        "words that nobody mapped; add them to [customers.plans] of the policy file, or to lifecycles", found.unmapped
    )
    _section("nobody knows for now; these tickets wait", found.down)
    if found.without.tickets:
        _section("no source knows them", {"no usable answer": found.without})


def _section(title: str, entries: Mapping[str, Lacking]) -> None:
    if not entries:
        return
    out.print(f"[bold]{escape(title)}:[/]")
    for word, one in sorted(entries.items()):
        named = ", ".join(str(id_) for id_ in sorted(one.organizations)[:SHOWN])
        more = f" and {len(one.organizations) - SHOWN} more" if len(one.organizations) > SHOWN else ""
        of = f" of organizations {named}{more}" if named else ""
        out.print(f"  {escape(one_line(word))}: {one.tickets:,} {'ticket' if one.tickets == 1 else 'tickets'}{of}")


def _words(customer: Customer | None) -> str:
    if customer is None:
        return "[dim]says nothing[/]"
    parts = [customer.type.value, "expired" if customer.plan_expired else ""]
    parts += ["" if customer.paying is None else "pays" if customer.paying else "does not pay"]
    parts += [customer.deployment.value if customer.deployment else ""]
    parts += [f"not mapped: {one_line(customer.unmapped)}" if customer.unmapped is not None else ""]
    return escape(f"{', '.join(part for part in parts if part)} ({one_line(customer.source)})")


def _json(customer: Customer | None) -> dict[str, Any] | None:
    return None if customer is None else asdict(customer)
