"""``setup plan|apply|export|destroy``: what an account lacks, who changed what by hand, and taking it all back."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from typer.core import TyperCommand

from zendesk_sync.cli.common import (
    AccountOption,
    Chosen,
    ConfigOption,
    DryRunOption,
    Format,
    FormatOption,
    account_name,
    choose,
    err,
    load,
    out,
    print_error,
    print_json,
)
from zendesk_sync.errors import ConfigurationError, InputError, ZendeskSyncError
from zendesk_sync.provision.apply import Applied, Setup
from zendesk_sync.provision.blueprint import blueprint
from zendesk_sync.provision.destroy import STUCK
from zendesk_sync.provision.export import ADDRESS, instructions, requests
from zendesk_sync.provision.items import Action, By, Item, Kind, Plan
from zendesk_sync.secret_variables import variable
from zendesk_sync.settings import save_secret
from zendesk_sync.sync.connection import ONE_SHOT_PATIENCE_S, open_account
from zendesk_sync.zendesk.account import ZenpyAccount


class SetupOvertaken(ZendeskSyncError):
    """Somebody changed the account between the plan and the answer to it."""


app = typer.Typer(help="Set an account up, see what changed there, take it back.", no_args_is_help=True)
COLOURS = {
    Action.CREATE: "green",
    Action.CHANGE: "yellow",
    Action.KEEP: "dim",
    Action.DELETE: "red",
    Action.LEAVE: "dim",
}
BY = {By.HAND: "changed by hand", By.BLUEPRINT: "changed in our definition", By.UNKNOWN: "differs"}

QuietOption = Annotated[bool, typer.Option("--quiet", help="Show changes only.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


class _PlanCommand(TyperCommand):
    """Exit code 2 means "changes" here, so a misspelled option must not give it."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except Exception as error:
            if getattr(error, "exit_code", None) == 2:
                setattr(error, "exit_code", 1)  # noqa: B010  the class is not one that typer shows
            raise


@app.command("plan", cls=_PlanCommand)
def plan(
    config: ConfigOption = None,
    account: AccountOption = None,
    quiet: QuietOption = False,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Show what setup apply would do, and what somebody changed by hand since. Nothing is written.

    Exit codes: 0 no change, 2 changes, 1 error.
    """
    try:
        chosen = choose(config, account)
        with _setup(chosen) as setup:
            planned = setup.plan(chosen.settings.service.public_url)
    except ZendeskSyncError as error:
        print_error(error)
        raise typer.Exit(1) from None
    if format is Format.JSON:
        print_json(
            {
                "account": chosen.name,
                "url": chosen.account.url,
                "changes": len(planned.changes),
                "changed_by_hand": len(planned.drift),
                "items": [item.json() for item in planned.items],
            }
        )
    else:
        _show(planned, quiet=quiet)
        out.print(f"{_counted(planned)} Nothing was sent.")
    if planned.changes:
        raise typer.Exit(2)


@app.command("apply")
def apply(
    config: ConfigOption = None,
    account: AccountOption = None,
    dry_run: DryRunOption = False,
    quiet: QuietOption = False,
    yes: YesOption = False,
) -> None:
    """Create what the account lacks and mend what the service relies on: fields, webhook, trigger, views.

    Shows the plan, and asks before it writes where somebody can answer. A second run changes nothing.
    """
    chosen = choose(config, account)
    if not dry_run:
        _must_be_writable(chosen)
    with _setup(chosen) as setup:
        url = chosen.settings.service.public_url
        planned = setup.plan(url)
        _show(planned, quiet=quiet)
        if dry_run:
            out.print(f"{_counted(planned)} Nothing was sent (--dry-run).")
            return
        if planned.changes and not yes and sys.stdin.isatty():
            typer.confirm(f"{_counted(planned)} Go on?", abort=True)
            if setup.plan(url) != planned:
                raise SetupOvertaken("the account changed while you were reading; nothing was written, look again")
        applied = _carry_out(setup, url, planned)
    _keep_secret(chosen, applied)
    out.print(f"{len(planned.changes)} changed, {len(planned.items) - len(planned.changes)} as they were.")
    for said in applied.unkept:
        err.print(f"[yellow]not as asked:[/] {escape(said)}")
    if planned.changes:
        out.print("Next: zendesk-sync serve")
    if applied.unkept:
        raise typer.Exit(1)


@app.command("export")
def export(
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for the page and the JSON files. Default: standard output.")
    ] = None,
    config: ConfigOption = None,
    account: AccountOption = None,
    format: FormatOption = Format.TEXT,  # noqa: A002  the option's name
) -> None:
    """Write what setup apply would do as click-by-click instructions and JSON. Needs no credentials and no network."""
    settings, handbook = load(config)
    name = account_name(settings, account)
    chosen = settings.accounts[name]
    wanted = blueprint(name, chosen, handbook, settings.service.public_url or ADDRESS)
    page = instructions(wanted, chosen.url, variable(name, "webhook_secret"))
    asked = requests(wanted)
    if to is not None:
        try:
            for file, text in {"setup.md": page, **{one.file: one.text() for one in asked}}.items():
                (to / file).parent.mkdir(parents=True, exist_ok=True)
                (to / file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f"--to {to}: cannot be written: {error.strerror or error}") from None
        out.print(
            f"{escape(str(to / 'setup.md'))} says what to click; the {len(asked)} requests are in json/ beside it."
        )
    elif format is Format.JSON:
        sent = [{"method": one.method, "path": one.path, "body": one.body} for one in asked]
        print_json({"account": name, "url": chosen.url, "requests": sent})
    else:
        sys.stdout.write(page)


@app.command("destroy")
def destroy(
    config: ConfigOption = None,
    account: AccountOption = None,
    keep_fields: Annotated[
        bool, typer.Option("--keep-fields", help="Leave the fields, their values and their places on forms.")
    ] = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Take back what setup made: trigger, webhook, views, and the fields with their values on all tickets.

    What the account had before, or somebody made since, is left. Exit code 1 if something of ours had to stay.
    """
    chosen = choose(config, account)
    with _setup(chosen) as setup:
        planned = setup.plan_destroy(keep_fields=keep_fields)
        _show(planned, quiet=False)
        said = f"{len(planned.of(Action.DELETE))} to delete, {len(planned.of(Action.LEAVE))} left."
        if dry_run:
            out.print(f"{said} Nothing was sent (--dry-run).")
            return
        if planned.changes:
            _warn_of_values(planned)
            _ask_to_destroy(chosen, said, yes=yes)
        try:
            setup.destroy(planned)
        except ZendeskSyncError:
            err.print("It stopped before the end. Run it again to go on.")
            raise
        left = setup.plan_destroy(keep_fields=keep_fields)
    if not planned.changes:
        out.print("Nothing of ours is there.")
    else:
        out.print(f"{len(planned.of(Action.DELETE)) - len(left.of(Action.DELETE))} deleted.")
        file = chosen.settings.secrets_file(chosen.name)
        if file.exists():
            out.print(f"{escape(str(file))} still holds the webhook's signing secret, which opens nothing now.")
    if stuck := [one for one in left.items if one.action is Action.DELETE or one.reason.endswith(STUCK)]:
        err.print(f"Still there: {escape(', '.join(one.what for one in stuck))}")
        raise typer.Exit(1)


def _warn_of_values(planned: Plan) -> None:
    if lost := [one for one in planned.of(Action.DELETE) if one.kind in {Kind.FIELD, Kind.ORGANIZATION_FIELD}]:
        err.print(
            f"[bold red]{len(lost)} fields go, and with them everything that stands in them on all tickets and "
            f"organizations: computed priorities, severities, plans. Zendesk cannot bring it back.[/] "
            f"--keep-fields leaves them."
        )


def _ask_to_destroy(chosen: Chosen, said: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError("setup destroy asks before it deletes, and nobody can answer here; add --yes")
    err.print("Stop the service first: without its fields it can do nothing but complain.")
    typer.confirm(f"{said} Delete them from account {chosen.name} ({chosen.account.url})?", abort=True, err=True)


def _carry_out(setup: Setup, url: str | None, planned: Plan) -> Applied:
    """Apply, with a line that tells on a terminal how far it is, and what was done where it stops."""
    total, done = len(planned.changes), 0
    with err.status(f"0 of {total}") as line:

        def tell(item: Item) -> None:
            nonlocal done
            done += item.action is not Action.KEEP
            line.update(f"{done} of {total}: {escape(item.what)}")

        try:
            return setup.apply(url, planned, tell)
        except ZendeskSyncError:
            err.print(f"{done} of {total} changes were made. Run it again to go on.")
            raise


@contextmanager
def _setup(chosen: Chosen) -> Iterator[Setup]:
    with open_account(chosen.name, chosen.account, chosen.secrets, patience_s=ONE_SHOT_PATIENCE_S) as client:
        yield Setup(chosen.name, chosen.account, ZenpyAccount(client), chosen.handbook)


def _show(planned: Plan, *, quiet: bool) -> None:
    for item in planned.items:
        if quiet and item.action is Action.KEEP and not item.differences:
            continue
        why = f" [dim]{escape(item.reason)}[/]" if item.reason else ""
        out.print(f"[{COLOURS[item.action]}]{item.action.value:<7}[/] {escape(item.what)}{why}")
        for one in item.differences:
            end = "" if one.mended else " [dim](stays)[/]"
            out.print(f"          {one.aspect}, {BY[one.by]}:{end}")
            out.print(f"            theirs: {escape(one.theirs)}")
            out.print(f"            ours:   {escape(one.ours)}")


def _counted(planned: Plan) -> str:
    counts = {action: sum(item.action is action for item in planned.items) for action in Action}
    said = f"{counts[Action.CREATE]} to create, {counts[Action.CHANGE]} to change, {counts[Action.KEEP]} as they are."
    return said + (f" {len(planned.drift)} changed by hand since." if planned.drift else "")


def _must_be_writable(chosen: Chosen) -> None:
    folder = chosen.settings.source.resolve().parent
    if not os.access(folder, os.W_OK):
        raise ConfigurationError(
            f"{folder}: this folder cannot be written to; the webhook's signing secret has to be kept there, "
            f"in {chosen.settings.secrets_file(chosen.name).name}. Nothing was changed"
        )


def _keep_secret(chosen: Chosen, applied: Applied) -> None:
    """The webhook's signing secret goes into the secrets file, unless the service knows it already."""
    known = chosen.secrets.webhook_secret
    if applied.secret is None or (known is not None and known.get_secret_value() == applied.secret):
        return
    file = save_secret(chosen.settings, chosen.name, "webhook_secret", applied.secret)
    out.print(f"The webhook's signing secret is now in {escape(str(file))} (only you can read it).")
    out.print("A running service takes it up by itself.")
