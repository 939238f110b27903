"""Decisions and changes for a terminal and for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.text import Text
from rich.tree import Tree

from zendesk_sync.policy.counterfactual import Counterfactual
from zendesk_sync.policy.decide import Decision
from zendesk_sync.policy.reasons import Reason
from zendesk_sync.store.pauses import WritesPause
from zendesk_sync.sync.explained import outcome
from zendesk_sync.sync.human_changes import HumanChange
from zendesk_sync.sync.plan import TicketChange

MARKS = {True: "[green]✓[/]", False: "[red]✗[/]", None: "•"}


def tree(reason: Reason) -> Tree:
    """A reason tree; rules that did not apply say which condition failed."""
    top = Tree(_label(reason))
    _grow(top, reason)
    return top


def change(one: TicketChange) -> RenderableType:
    """One planned write, as a person reads it."""
    lines = [f"[bold]ticket {one.ticket_id}[/]"]
    for difference in one.differences:
        if difference.what == "note":
            lines.append(f"  note      {escape(difference.after)}")
        else:
            lines.append(f"  {difference.what:<9} {escape(difference.before)} → {escape(difference.after)}")
    parts: list[RenderableType] = ["\n".join(lines)]
    if one.note_text:
        parts.append(Text("\n".join(f"      | {line}" for line in one.note_text.splitlines())))
    return Group(*parts)


def one_line(text: str) -> str:
    """Text from a file on one line of a terminal: control characters become blanks."""
    return "".join(character if character.isprintable() else " " for character in text)


def human_change(one: HumanChange) -> str:
    """One value that somebody changed, as a person reads it: who by role and id, never by name."""
    values = f"{one.before or 'empty'} → {one.after or 'empty'}"
    came = f" ({one.came})" if one.came else ""
    who = one.by if one.id is None else f"{one.by} {one.id}"
    return escape(one_line(f"{one.at:%Y-%m-%d %H:%M:%S} UTC  {one.what}: {values}, by {who}{came}"))


def counterfactual(one: Counterfactual, now: Decision) -> str:
    """One change and what would come of it."""
    return escape(f"if {one.change.says}: {outcome(one, now)}")


def pause_json(pause: WritesPause) -> dict[str, Any]:
    """Who paused an account, when (ISO 8601, UTC; null where the configuration did), and why."""
    at = None if pause.at is None else datetime.fromtimestamp(pause.at, UTC).isoformat(timespec="seconds")
    return {"by": pause.by, "at": at, "reason": pause.reason}


def _grow(parent: Tree, reason: Reason) -> None:
    for child in reason.because:
        _grow(parent.add(_label(child)), child)


def _label(reason: Reason) -> str:
    name = "" if reason.id == "condition" else f"[bold]{escape(reason.id)}[/] "
    facts = "; ".join(f"{key} = {value}" for key, value in reason.facts)
    shown = f" [dim]({escape(one_line(facts))})[/]" if facts else ""
    section = f" [dim]{escape(reason.section)}[/]" if reason.section else ""
    return f"{MARKS[reason.held]} {name}{escape(one_line(reason.says))}{shown}{section}"
