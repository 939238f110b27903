"""``pause`` and ``resume``: the kill switch, also beside a running service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from zendesk_sync import settings as settings_file
from zendesk_sync.cli.common import (
    AccountOption,
    ConfigOption,
    DryRunOption,
    Format,
    FormatOption,
    OnlyAccount,
    account_name,
    account_names,
    out,
    print_json,
    who,
)
from zendesk_sync.cli.render import one_line, pause_json
from zendesk_sync.errors import InputError
from zendesk_sync.settings import Settings
from zendesk_sync.store.pauses import WritesPause
from zendesk_sync.store.store import Store
from zendesk_sync.sync.paused import described

ReasonOption = Annotated[str | None, typer.Option("--reason", help="Why; shown wherever the pause is.")]


def pause(
    reason: ReasonOption = None,
    config: ConfigOption = None,
    account: OnlyAccount = None,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Write nothing to Zendesk any more, from this moment until `resume`; webhooks and sweep go on filling the inbox.

    Holds for every process on this store, also after a restart, and for sweep and backfill. `setup` and `undo` are a
    person's own act and stay allowed.
    """
    # Neither policy nor secrets are read: the switch works when they do not.
    settings = settings_file.load(config)
    names = account_names(settings, account)
    told = []
    with Store.open(None if dry_run else settings.place(), exclusive=False) as store:
        for name in names:
            began = store.pause_writes(name, who(), reason)
            intended = store.intended(name)
            told.append({"account": name, **pause_json(began), "tickets_in_jobs": len(intended)})
            if format is Format.TEXT:
                _say_paused(name, began, len(intended), jobs=len({one.job for one in intended}), dry_run=dry_run)
    if format is Format.JSON:
        print_json({"paused": told, "dry_run": dry_run})


def resume(
    config: ConfigOption = None,
    account: AccountOption = None,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """End a pause: what waits in the inbox is looked at and written.

    Exit code 1 if the configuration still says paused = true.
    """
    settings = settings_file.load(config)
    place = settings.place()
    if isinstance(place, Path) and not place.exists():
        raise InputError(f"{place}: there is no store, so nothing was paused by `zendesk-sync pause`")
    with Store.open(place, exclusive=False) as store:
        pauses = {name: store.writes_pause(name) for name in settings.accounts}
        name = _meant(settings, account, [one for one, stands in pauses.items() if stands is not None])
        ended = pauses[name] if dry_run else store.resume_writes(name)
        due = store.pending(name).due
    still = settings.accounts[name].paused
    if format is Format.JSON:
        was = None if ended is None else pause_json(ended)
        print_json({"account": name, "ended": was, "still_paused": still, "due": due, "dry_run": dry_run})
    elif ended is None:
        out.print(f"{name}: was not paused by a command.")
    else:
        went = "would be resumed; it is" if dry_run else "resumed; it was"
        out.print(f"{name}: {went} {escape(one_line(described(ended)))}. Due in the inbox: {due}.")
    if still:
        if format is Format.TEXT:
            out.print(
                f"Still paused: {escape(str(settings.source))} says paused = true under accounts.{name}. "
                f"Remove that and start the service again."
            )
        raise typer.Exit(1)


def _say_paused(name: str, began: WritesPause, tickets: int, *, jobs: int, dry_run: bool) -> None:
    if dry_run:
        out.print(f"{name}: would be paused. Nothing was changed (--dry-run).")
        return
    out.print(f"{name}: {escape(one_line(described(began)))}. Nothing is written until: zendesk-sync resume")
    if tickets:
        out.print(
            f"Zendesk has accepted {jobs} job{'s' if jobs > 1 else ''} with {tickets} "
            f"ticket{'s' if tickets > 1 else ''} already; nothing can call them back."
        )


def _meant(settings: Settings, account: str | None, paused: list[str]) -> str:
    """The account to resume: the one named, else the only one that is paused."""
    if account is not None:
        return account_name(settings, account)
    if len(paused) > 1:
        raise InputError(f"several accounts are paused; name one with --account: {', '.join(paused)}")
    return paused[0] if paused else next(iter(settings.accounts))
