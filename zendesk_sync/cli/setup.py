"""``setup apply``: fields, forms, webhook and trigger, created by name and never twice."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.markup import escape

from zendesk_sync.cli.common import AccountOption, Chosen, ConfigOption, DryRunOption, choose, out
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.provision.apply import Applied, Setup, Step
from zendesk_sync.settings import save_secret
from zendesk_sync.sync.connection import ONE_SHOT_PATIENCE_S, open_account
from zendesk_sync.zendesk.account import ZenpyAccount

app = typer.Typer(help="Set an account up.", no_args_is_help=True)
COLOURS = {"create": "green", "change": "yellow", "keep": "dim"}


@app.callback()
def _root() -> None:
    """Keeps ``apply`` a command of its own while it is the only one."""


@app.command("apply")
def apply(
    config: ConfigOption = None,
    account: AccountOption = None,
    dry_run: DryRunOption = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show changes only.")] = False,
) -> None:
    """Create what the account lacks: ticket and organization fields, webhook, trigger. A second run changes nothing."""
    chosen = choose(config, account)

    def tell(step: Step) -> None:
        if not (quiet and step.action == "keep"):
            why = f" [dim]{escape(step.why)}[/]" if step.why else ""
            out.print(f"[{COLOURS[step.action]}]{step.action:<7}[/] {escape(step.what)}{why}")

    folder = chosen.settings.source.resolve().parent
    if not dry_run and not os.access(folder, os.W_OK):
        raise ConfigurationError(
            f"{folder}: this folder cannot be written to; the webhook's signing secret has to be kept there, "
            f"in {chosen.settings.secrets_file(chosen.name).name}. Nothing was changed"
        )
    with open_account(chosen.name, chosen.account, chosen.secrets, patience_s=ONE_SHOT_PATIENCE_S) as client:
        applied = Setup(
            chosen.name, chosen.account, ZenpyAccount(client), chosen.handbook, dry_run=dry_run, tell=tell
        ).apply(chosen.settings.service.public_url)
    if dry_run:
        out.print("Nothing was sent (--dry-run).")
        return
    _keep_secret(chosen, applied)
    changed = sum(step.action != "keep" for step in applied.steps)
    out.print(f"{changed} changed, {len(applied.steps) - changed} as they were.")
    if changed:
        out.print("Next: zendesk-sync serve")


def _keep_secret(chosen: Chosen, applied: Applied) -> None:
    """The webhook's signing secret goes into the secrets file, unless the service knows it already."""
    known = chosen.secrets.webhook_secret
    if applied.secret is None or (known is not None and known.get_secret_value() == applied.secret):
        return
    file = save_secret(chosen.settings, chosen.name, "webhook_secret", applied.secret)
    out.print(f"The webhook's signing secret is now in {escape(str(file))} (only you can read it).")
    out.print("A running service takes it up by itself.")
