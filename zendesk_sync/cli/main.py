"""The ``zendesk-sync`` command: one tree of commands, one way to fail."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from typing import Annotated

import structlog
import typer
from rich.markup import escape

from zendesk_sync import __version__, tracing
from zendesk_sync.cli import (
    backfill,
    customers,
    demo,
    doctor,
    explain,
    inbox,
    init,
    pause,
    policy,
    queue,
    report,
    sandbox,
    service,
    setup,
    undo,
    workload,
)
from zendesk_sync.cli.common import configure_logging, err, print_error
from zendesk_sync.errors import WritesPaused, ZendeskSyncError

LASTING = frozenset({"serve", "worker", "sandbox", "demo"})
"""Commands that last: what happens in them has roots of its own."""

app = typer.Typer(
    name="zendesk-sync",
    help="Computes one written support priority for every Zendesk ticket, explains it, and never overrules a human.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("sandbox")(sandbox.sandbox)
app.command("init")(init.init)
app.add_typer(setup.app, name="setup")
app.command("doctor")(doctor.doctor)
app.command("serve")(service.serve)
app.command("worker")(service.worker)
app.command("sweep")(service.sweep)
app.command("backfill")(backfill.backfill)
app.add_typer(inbox.app, name="inbox")
app.command("pause")(pause.pause)
app.command("resume")(pause.resume)
app.add_typer(workload.app, name="workload")
app.command("undo")(undo.undo)
app.command("explain")(explain.explain)
app.command("queue")(queue.queue)
app.command("report")(report.report)
app.add_typer(customers.app, name="customers")
app.add_typer(policy.app, name="policy")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"zendesk-sync {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version
    configure_logging()
    structlog.contextvars.clear_contextvars()
    tracing.start(os.environ)
    ctx.call_on_close(tracing.stop)
    if ctx.invoked_subcommand not in LASTING:
        ctx.with_resource(_traced(f"{app.info.name} {ctx.invoked_subcommand}"))


@contextlib.contextmanager
def _traced(command: str) -> Iterator[None]:
    """A command that runs once is the root of what happens in it; one that says no on purpose is no error."""
    said: typer.Exit | None = None
    with tracing.span(command) as span:
        try:
            yield
        except typer.Exit as error:
            said = error
        span.set(**{"process.exit.code": 0 if said is None else said.exit_code})
    if said is not None:
        raise said


def run() -> None:
    """Entry point. A mistake of a person is one message and exit code 2, never a stack trace."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows a question mark, not a trace
    try:
        app()
    except WritesPaused as error:
        err.print(escape(str(error)))
        sys.exit(1)
    except ZendeskSyncError as error:
        print_error(error)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    run()
