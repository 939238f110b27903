"""What commands share: options, the configuration, output for people and for programs, logging."""

from __future__ import annotations

import getpass
import json
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.markup import escape

from zendesk_sync import settings as settings_file
from zendesk_sync import tracing
from zendesk_sync.account_settings import Account
from zendesk_sync.customers.sources import Sources
from zendesk_sync.errors import ConfigurationError, StoreError, ZendeskUnreachable, where
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy_files import load_handbook
from zendesk_sync.settings import Secrets, Settings
from zendesk_sync.store.store import Store
from zendesk_sync.store.workloads import Surge
from zendesk_sync.sync.connection import ONE_SHOT_PATIENCE_S, Connection, connect

log = structlog.get_logger()

WIDE = 150
"""Columns where the output is no terminal, so that tables in a file or a log are not cut to 80."""

out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False, soft_wrap=True, width=None if sys.stderr.isatty() else WIDE)


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration file. Default: $ZENDESK_SYNC_CONFIG or zendesk-sync.toml."),
]
AccountOption = Annotated[
    str | None, typer.Option("--account", help="Account of the configuration; needed if several.")
]
OnlyAccount = Annotated[str | None, typer.Option("--account", help="Only this account. Default: all of them.")]
FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be written; send nothing.")]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One account of the configuration with everything that goes with it."""

    name: str
    settings: Settings
    account: Account
    secrets: Secrets
    handbook: Handbook


def load(config: Path | None) -> tuple[Settings, Handbook]:
    """The configuration and the policy in force."""
    settings = settings_file.load(config)
    policy = settings.service.policy
    return settings, load_handbook(None if policy is None else settings.path(policy))


def choose(config: Path | None, name: str | None) -> Chosen:
    """The account that a command is about.

    Raises:
        ConfigurationError: there is no such account, or there are several and none was named.
    """
    settings, handbook = load(config)
    name = account_name(settings, name)
    structlog.contextvars.bind_contextvars(account=name)
    secrets = settings_file.load_secrets(settings, name)
    return Chosen(name, settings, settings.accounts[name], secrets, handbook)


def account_name(settings: Settings, name: str | None) -> str:
    """The account that is named, or the only one.

    Raises:
        ConfigurationError: there is no such account, or there are several and none was named.
    """
    known = ", ".join(settings.accounts)
    if name is None and len(settings.accounts) > 1:
        raise ConfigurationError(
            f"{settings.source}: several accounts are configured; name one with --account: {known}"
        )
    name = next(iter(settings.accounts)) if name is None else name
    if name not in settings.accounts:
        raise ConfigurationError(f"{settings.source}: no account {name!r}; configured: {known}")
    return name


def account_names(settings: Settings, name: str | None) -> list[str]:
    """The account that is named, or all of them.

    Raises:
        ConfigurationError: there is no such account.
    """
    return list(settings.accounts) if name is None else [account_name(settings, name)]


def connected(chosen: Chosen) -> Connection:
    """The account, signed in, for a command that runs once; raises what :func:`~.sync.connection.connect` raises."""
    return connect(chosen.name, chosen.account, chosen.secrets, chosen.handbook, patience_s=ONE_SHOT_PATIENCE_S)


def customers_of(name: str, account: Account, secrets: Secrets, store: Store) -> Sources:
    """An account's sources of customers; what its directory says is kept in the store."""
    return Sources(account.customers, account=name, secret=secrets.directory_secret, answers=store)


@contextmanager
def store_beside(settings: Settings) -> Iterator[Store | None]:
    """The store, which a running service may be using; None where there is none."""
    place = settings.place()
    if isinstance(place, Path) and not place.exists():
        yield None
        return
    with Store.open(place, exclusive=False) as store:
        yield store


def who() -> str:
    """The person at the keyboard, as this machine knows them."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def surge_of(settings: Settings, name: str) -> Surge | None:
    """The surge in force of an account, read beside whoever has the store.

    Without a store it is normal; so it is, with a warning, where the store cannot be read.
    """
    try:
        with store_beside(settings) as store:
            return None if store is None else store.surge(name)
    except StoreError as error:
        err.print(f"[yellow]warning:[/] whether it is surge is not known, normal is assumed: {escape(str(error))}")
        return None


def copy_surge(settings: Settings, name: str, store: Store) -> None:
    """Let a store in memory, which a dry run works on, know the workload in force."""
    surge = surge_of(settings, name)
    if surge is not None:
        store.begin_surge(name, surge.by, until=surge.until, reason=surge.reason, next_shifts=surge.next_shifts)


def print_error(error: Exception) -> None:
    """What was wrong, on standard error, and what to do."""
    todo = f"; {error.fix}" if isinstance(error, ZendeskUnreachable) else ""
    err.print(f"[bold red]error:[/] {escape(str(error) + todo)}")


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


class LibraryLines(logging.Handler):
    """What libraries say, as lines of ours; of an exception type and place: its words may hold a ticket's text."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        more = {} if error is None else {"error": f"{type(error).__name__} at {where(error)}"}
        log.log(record.levelno, "library", library=record.name, said=record.getMessage(), **more)


def configure_logging(style: str = "text", level: int = logging.WARNING) -> None:
    """Structured logs on standard error. No values of local variables, ever: they would hold ticket text."""
    theirs = logging.getLogger()
    theirs.handlers = [one for one in theirs.handlers if not isinstance(one, LibraryLines)]
    theirs.addHandler(LibraryLines())
    for chatty in ("httpx", "httpcore", "zenpy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    renderer: Any = structlog.processors.JSONRenderer()
    if style == "text":
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            tracing.add_ids,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
