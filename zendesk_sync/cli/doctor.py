"""``doctor``: is everything right? One line for each check; writes nothing, and works beside a running service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape

from webhooks.signature import sign
from zendesk_sync.cli.common import (
    AccountOption,
    ConfigOption,
    Format,
    FormatOption,
    account_names,
    load,
    out,
    print_json,
)
from zendesk_sync.cli.render import one_line
from zendesk_sync.doctor.checks import Check, Mark
from zendesk_sync.doctor.examine import Doctor

SIGNS = {
    Mark.OK: "[green]✓[/]",
    Mark.WARN: "[yellow]![/]",
    Mark.FAIL: "[bold red]✗[/]",
    Mark.SKIPPED: "[dim]-[/]",
}
PLURALS = {Mark.OK: "ok", Mark.WARN: "to look at", Mark.FAIL: "failed", Mark.SKIPPED: "skipped"}


def doctor(
    config: ConfigOption = None,
    account: AccountOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show only what is not as it should be.")] = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Look at everything that has to be right, and say what to do where it is not. Changes nothing.

    Looks at every account of the configuration unless one is named. Exit code 1 when a required check fails; warnings
    and what could not be looked at do not count.
    """
    settings, handbook = load(config)
    found: dict[str, list[Check]] = {}
    for name in account_names(settings, account):
        found[name] = Doctor(settings, handbook, name, sign=sign).examine()
        if format is Format.TEXT:
            _show(name, found[name], quiet=quiet, several=len(settings.accounts) > 1)
    well = not any(check.mark is Mark.FAIL for checks in found.values() for check in checks)
    if format is Format.JSON:
        accounts = [{"account": name, "checks": [one.json() for one in checks]} for name, checks in found.items()]
        print_json({"ok": well, "accounts": accounts})
    if not well:
        raise typer.Exit(1)


def _show(name: str, checks: Sequence[Check], *, quiet: bool, several: bool) -> None:
    if several:
        out.print(f"[bold]{escape(name)}[/]")
    for one in checks:
        if quiet and one.mark is Mark.OK:
            continue
        fix = f" [bold]→[/] {escape(one_line(one.fix))}" if one.fix else ""
        out.print(f"{SIGNS[one.mark]} {escape(one_line(one.name))}: {escape(one_line(one.detail))}{fix}")
    counts = Counter(one.mark for one in checks)
    out.print(f"{name}: " + ", ".join(f"{counts[mark]} {word}" for mark, word in PLURALS.items() if counts[mark]) + ".")
