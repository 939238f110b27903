"""``sandbox``: the local Zendesk in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from zendesk_sync.cli.common import out
from zendesk_sync.errors import InputError
from zendesk_sync.secret_variables import variable

OWNER = "owner@sandbox.example"
"""The account's owner, as the local Zendesk calls it."""

_MANY = 2_000
"""From here on making tickets up takes a noticeable time."""


def sandbox(
    port: Annotated[
        int, typer.Option("--port", help="Port on this machine; 0 takes a free one.", min=0, max=65535)
    ] = 8099,
    data: Annotated[Path | None, typer.Option("--data", help="SQLite file; without it all is lost at the end.")] = None,
    seed: Annotated[
        Path | None,
        typer.Option("--seed", help="TOML or JSON file with customers and tickets; demo is the bundled one."),
    ] = None,
    generate: Annotated[
        int, typer.Option("--generate", help="Number of varied tickets to make up.", min=0, max=1_000_000)
    ] = 0,
    random_seed: Annotated[
        int, typer.Option("--random-seed", help="With the same number, the same tickets are made up.")
    ] = 0,
    chaos: Annotated[
        Path | None, typer.Option("--chaos", help="TOML or JSON file of faults on demand: docs/sandbox-chaos.md.")
    ] = None,
    fast: Annotated[
        bool, typer.Option("--fast", help="Shorten the minute that the export holds back, and jobs.")
    ] = False,
) -> None:
    """Run a local Zendesk to try things on. Reaches nothing but this machine; stop it with Ctrl-C."""
    from zendesk_sync.sandbox import ChaosError, DataError, Sandbox, SeedError, run

    def ready(running: Sandbox) -> None:
        out.print(f"local Zendesk  {running.url}")
        out.print(f"agent page     {running.url}/agent")
        out.print(f"client id      {escape(running.client_id)}")
        out.print(f"client secret  {escape(running.client_secret)}")
        out.print(f"bearer token   {escape(running.token)}")
        out.print(f"API token      {escape(running.api_token)} of {OWNER}")
        out.print("\nAim the other commands at it: write this to zendesk-sync.toml")
        out.print(
            escape(
                f'\n[service]\npublic_url = "http://127.0.0.1:8080"\n\n'
                f'[accounts.local]\nurl = "{running.url}"\nclient_id = "{running.client_id}"\n'
            )
        )
        out.print("and then")
        out.print(f"\nexport {variable('local', 'client_secret')}={escape(running.client_secret)}")
        out.print("zendesk-sync setup apply\nzendesk-sync serve")
        out.print("\nMove its clock by an hour, and see which faults on demand have struck:")
        out.print(escape(f'\ncurl {running.url}/sandbox/clock -d \'{{"advance_seconds": 3600, "settle": true}}\''))
        out.print(f"curl {running.url}/sandbox/chaos", end="\n\n")

    if generate >= _MANY:
        out.print(f"making up {generate:,} tickets ...")
    try:
        run(port, data, fast=fast, seed=seed, generate=generate, random_seed=random_seed, chaos=chaos, ready=ready)
    except SeedError as error:
        raise InputError(f"--seed {seed}: {error}") from None
    except ChaosError as error:
        raise InputError(f"--chaos {chaos}: {error}") from None
    except DataError as error:
        raise InputError(f"--data {error}") from None
    except OSError as error:
        raise InputError(f"--port {port}: cannot listen there: {error.strerror or error}") from None
