"""``policy eval``: how well text is read, against labelled tickets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from zendesk_sync.cli.common import Format, FormatOption, out, print_json
from zendesk_sync.policy.corpus import evaluate
from zendesk_sync.policy_files import load_corpus, load_handbook


def evaluate_corpus(
    corpus: Annotated[Path, typer.Argument(help="Labelled tickets (JSON Lines).", show_default=False)],
    policy: Annotated[Path | None, typer.Option("--policy", help="Policy file. Default: the one that ships.")] = None,
    wrong: Annotated[bool, typer.Option("--wrong", help="List the tickets whose severity was read wrongly.")] = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Precision and recall of severity read from text, and of checklist answers. Needs no account."""
    found = evaluate(load_corpus(corpus), load_handbook(policy))
    figures = found.as_json()
    if format is Format.JSON:
        print_json(figures)
        return
    severity, items = figures["severity"], figures["items"]
    out.print(f"{figures['tickets']} tickets, {severity['proposed']} severities proposed")
    for name in ("precision", "severe_precision", "recall_clear"):
        out.print(f"{name:<17} {_shown(severity[name])}")
    out.print(_table("Severity", severity["by_severity"], ("precision", "recall")), soft_wrap=False)
    out.print(_table("Item", items["by_item"], ("precision", "recall", "f1")), soft_wrap=False)
    out.print(f"macro F1 of the engineering items: {_shown(items['macro_f1'])}")
    if wrong:
        for ticket, proposed, label, phrase in found.wrong:
            out.print(f"{ticket}: read {proposed}, labelled {label}: {phrase}", markup=False)


def _table(name: str, rows: dict[str, Any], columns: tuple[str, ...]) -> Table:
    table = Table()
    for column in (name, *columns):
        table.add_column(column)
    for key, values in rows.items():
        table.add_row(key, *(_shown(values[column]) for column in columns))
    return table


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
