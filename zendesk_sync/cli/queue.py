"""``queue``: support's one total order with number one on top, and why each ticket stands where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.markup import escape

from zendesk_sync.cli.common import (
    AccountOption,
    Chosen,
    ConfigOption,
    Format,
    FormatOption,
    choose,
    connected,
    err,
    out,
    print_json,
    store_beside,
    surge_of,
)
from zendesk_sync.cli.render import one_line
from zendesk_sync.counted import many
from zendesk_sync.durations import lasting
from zendesk_sync.policy.decide import Decision
from zendesk_sync.policy.order import in_words
from zendesk_sync.policy.rules import SAYS
from zendesk_sync.policy.terms import CustomerType, Workload
from zendesk_sync.store.store import Store
from zendesk_sync.sync import clock_words
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.paused import described, in_force
from zendesk_sync.sync.queue import (
    Blank,
    NumberOne,
    Order,
    Row,
    Source,
    Wanted,
    from_account,
    from_standing,
    moved,
    number_one,
    rows,
)
from zendesk_sync.zendesk.staff import agent_id, group_id

SHOWN = 20

GroupOption = Annotated[str | None, typer.Option("--group", help="Only this group's: name or id.")]
AssigneeOption = Annotated[str | None, typer.Option("--assignee", help="Only this agent's: name, address or id.")]
CustomerOption = Annotated[CustomerType | None, typer.Option("--customer", help="Only this customer type's.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Show at most so many.")]


def queue(
    group: GroupOption = None,
    assignee: AssigneeOption = None,
    customer: CustomerOption = None,
    limit: LimitOption = SHOWN,
    config: ConfigOption = None,
    account: AccountOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Show support's order, number one on top: level, customer, waiting time, first response, what is missing, and why.

    Options hide tickets and never renumber them. Works beside a running service, from the order that it keeps; without
    one it looks at every New and Open ticket. Writes nothing. Exit code 1 if the number-one tag is not where the order
    says.
    """
    chosen = choose(config, account)
    surge = surge_of(chosen.settings, chosen.name)
    with (
        store_beside(chosen.settings) as store,
        connected(chosen).under(surge) as connection,
    ):
        wanted = Wanted(
            None if group is None else group_id(connection.client, group),
            None if assignee is None else agent_id(connection.client, assignee),
            customer,
        )
        order = None if store is None else from_standing(connection, store)
        if order is None:
            err.print("[dim]No service keeps the order here yet; every New and Open ticket is looked at.[/]")
            order = from_account(connection)
        who = number_one(connection, order)
        remarks = _remarks(chosen, store, order, who)
        pages = rows(connection, order, wanted, limit)
        if format is Format.JSON:
            print_json(_json(connection, order, who, remarks, pages))
        else:
            _print(connection, order, who, remarks, pages)
    if not who.agrees:
        raise typer.Exit(1)


def _remarks(chosen: Chosen, store: Store | None, order: Order, who: NumberOne) -> list[str]:
    """What people must know before they trust the order or the tag, one sentence each."""
    found = []
    if store is not None and order.source is Source.ACCOUNT:
        found.append("The service has not seen every open ticket yet, so it names no number one.")
    if store is not None:
        counts = store.pending(chosen.name)
        if waiting := counts.due + counts.waiting:
            age = lasting(counts.oldest_age_s)
            found.append(f"The service is behind: {many(waiting, 'ticket')} to be looked at, the oldest for {age}.")
        if counts.parked:
            found.append(f"{many(counts.parked, 'ticket')} given up on; see: zendesk-sync inbox list")
        pause = in_force(store, chosen.name, paused=chosen.account.paused)
        if pause is not None:
            found.append(f"The account is {one_line(described(pause))}; the tag stays where it is.")
    if not who.agrees:
        first = "nobody" if who.first is None else f"ticket {who.first}"
        tagged = ", ".join(f"ticket {one}" for one in who.tagged) or "no ticket"
        found.append(f"By the order {first} is number one, but in Zendesk {tagged} carries the tag.")
        if not found[:-1]:
            found.append("A running service puts that right in its next round; is it running?")
    return found


def _print(
    connection: Connection, order: Order, who: NumberOne, remarks: list[str], pages: Iterator[list[Row | Blank]]
) -> None:
    if who.agrees and who.first is not None:
        out.print(f"Number one is ticket {who.first}; it alone carries the tag in Zendesk.")
    for remark in remarks:
        out.print(f"[yellow]{escape(remark)}[/]")
    shown = 0
    for page in pages:
        for one in page:
            shown += 1
            if isinstance(one, Blank):
                out.print(f"[bold]{one.place:>4}[/]  {one.ticket:>8}  [yellow]{escape(one_line(one.reason))}[/]")
            else:
                _print_row(connection, one)
    workload = "" if connection.workload is Workload.NORMAL else f" Workload: {connection.workload.value}."
    source = "the service's standing" if order.source is Source.STANDING else "all New and Open tickets"
    out.print(f"{shown} of {many(len(order.places), 'ticket')} in the order, from {source}.{workload}")


def _print_row(connection: Connection, row: Row) -> None:
    decision = row.look.decision
    star = "[bold]number one[/]  " if row.holds_number_one else ""
    waits = lasting(max(0.0, (row.look.at - decision.facts.received).total_seconds()))
    customer = decision.facts.customer.value
    answered = "" if row.clocks.replied is None else "answered: "
    out.print(
        f"[bold]{row.place:>4}[/]  {row.look.ticket.id:>8}  {_level(decision):<35}  {customer.replace('_', ' '):<11}  "
        f"waits {waits:<12}  {answered}{clock_words.told(row.clocks)}"
    )
    indent = " " * 16
    who = [f"group {row.group}"] if row.group else []
    who += [f"assignee {row.assignee}"] if row.assignee else []
    missing = decision.context.missing
    out.print(f"{indent}[dim]{star}{escape(_why(row))}[/]")
    if who or missing:
        lacks = [f"missing: {', '.join(sorted(missing))}"] if missing else []
        out.print(f"{indent}[dim]{escape(one_line('; '.join(who + lacks)))}[/]")
    if (leaves := moved(row, connection.workload)) is not None:
        out.print(f"{indent}[yellow]not its place for long: {escape(leaves)}[/]")


def _level(decision: Decision) -> str:
    """The level that counts, whose it is, and the computed one where that is another."""
    level, whose = decision.counting.value, _counts(decision)
    other = f" (computed {decision.computed.value})" if decision.computed is not decision.counting else ""
    return f"{level} {whose}{other}"


def _counts(decision: Decision) -> str:
    """Which level counts: ``official`` or ``computed``."""
    return "official" if decision.official.is_human and decision.official.value is not None else "computed"


def _why(row: Row) -> str:
    """Why it has its level, and why it comes after the ticket before it."""
    decision, before = row.look.decision, row.before
    if _counts(decision) == "official":
        level = f"official priority {decision.counting.value}: {decision.official.says}"
    else:
        level = SAYS[decision.rule] + (" (severity read from the text)" if decision.is_inferred else "")
    return f"{level}. {in_words(before, row.stands, row.apart)}"


def _json(
    connection: Connection, order: Order, who: NumberOne, remarks: list[str], pages: Iterator[list[Row | Blank]]
) -> dict[str, Any]:
    return {
        "account": connection.name,
        "source": order.source.value,
        "workload": connection.workload.value,
        "in_order": len(order.places),
        "number_one": {"ticket": who.first, "tagged": list(who.tagged), "agrees": who.agrees},
        "remarks": remarks,
        "tickets": [_row_json(connection, one) for page in pages for one in page],
    }


def _row_json(connection: Connection, row: Row | Blank) -> dict[str, Any]:
    if isinstance(row, Blank):
        return {"place": row.place, "ticket": row.ticket, "gone": row.gone, "blank": row.reason}
    decision = row.look.decision
    return {
        "place": row.place,
        "ticket": row.look.ticket.id,
        "gone": False,
        "blank": None,
        "number_one": row.holds_number_one,
        "level": decision.counting.value,
        "counts": _counts(decision),
        "computed": decision.computed.value,
        "official": None if decision.official.value is None else decision.official.value.value,
        "inferred": decision.is_inferred,
        "rule": decision.rule.value,
        "customer": decision.facts.customer.value,
        "waiting_since": clock_words.iso(decision.facts.received),
        "first_response": clock_words.as_json(row.clocks),
        "missing": sorted(decision.context.missing),
        "flags": sorted(decision.flags),
        "group": row.look.ticket.group_id,
        "assignee": row.look.ticket.assignee_id,
        "after": None if row.before is None else row.before.id,
        "apart": row.apart.value,
        "why": _why(row),
        "moves": moved(row, connection.workload),
    }
