"""``demo``: the main job on real HTTP, against a local Zendesk, in a minute and without any configuration."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from zendesk_sync.board_settings import BOARD_TOKEN
from zendesk_sync.cli.common import out
from zendesk_sync.errors import ZendeskSyncError
from zendesk_sync.policy.order import order
from zendesk_sync.policy.terms import Flag, Workload
from zendesk_sync.policy_files import default_handbook
from zendesk_sync.settings import load, load_secrets, save_secret
from zendesk_sync.sync.connection import Connection, connect
from zendesk_sync.sync.look import Look, look

if TYPE_CHECKING:
    from zendesk_sync.sandbox.server import Sandbox

ACCOUNT = "demo"
WIDE_ENOUGH = 110
"""Columns of a terminal that also has room for the rule."""
PATIENCE_S = 60.0
ANSWERS = {
    "summary": "One-line summary",
    "version": "Product version",
    "environment": "Environment",
    "reproduction": "Steps to reproduce",
    "expected_actual": "Expected and actual",
    "impact": "Impact",
    "logs": "Logs",
    "recent_changes": "Recent changes",
    "attempts": "What was tried",
    "urgency": "Needed by",
    "tdd_link": "Technical Design Document",
    "sales_stage": "Sales stage",
}
"""Checklist item -> the demo account's own ticket field that answers it."""


class DemoError(ZendeskSyncError):
    """The demo did not come as far as it should."""


def demo(
    exit: Annotated[bool, typer.Option("--exit", help="End after the table instead of staying.")] = False,  # noqa: A002
    port: Annotated[
        int, typer.Option("--port", help="Port of the local Zendesk; 0 takes a free one.", min=0, max=65535)
    ] = 0,
) -> None:
    """Start a local Zendesk, set it up, run the service on it, and show what it does."""
    with (
        _ended_by_signals(),
        tempfile.TemporaryDirectory(prefix="zendesk-sync-demo-") as folder,
        _zendesk(port) as zendesk,
    ):
        config = _configure(Path(folder), zendesk)
        _step(f"A local Zendesk answers at [bold]{zendesk.url}[/]")
        _add_own_fields(zendesk)
        _step("Setting the account up: [bold]zendesk-sync setup apply[/]")
        _command(config, "setup", "apply", "--quiet")
        tickets = _fill(zendesk)
        _step(f"{tickets} tickets are there. Starting the service: [bold]zendesk-sync serve[/]")
        token = secrets.token_urlsafe(18)
        with _service(config, token), _connected(config) as connection:
            _wait("the sweep finds the tickets that were there before", lambda: _is_settled(zendesk, connection))
            _live(zendesk, connection)
            _wait("number one settles", lambda: _is_settled(zendesk, connection))
            _table(zendesk, connection)
            if not exit:
                _what_next(config, zendesk, token)
                out.print("\nThe service keeps running. Ctrl-C ends it and removes everything.")
                threading.Event().wait()


@contextmanager
def _zendesk(port: int) -> Iterator[Sandbox]:
    from zendesk_sync.sandbox.server import Sandbox

    try:
        sandbox = Sandbox(port=port, fast=True)
    except OSError as error:
        raise DemoError(f"--port {port}: cannot listen there: {error.strerror or error}") from None
    with sandbox:
        yield sandbox


def _configure(folder: Path, zendesk: Sandbox) -> Path:
    """What an admin would write: a configuration file, and the client secret in a private file beside it."""
    port = _free_port()
    config = folder / "zendesk-sync.toml"
    answers = "\n".join(f'{item} = "{title}"' for item, title in ANSWERS.items())
    config.write_text(
        f"""[service]
port = {port}
public_url = "http://127.0.0.1:{port}"
sweep_seconds = 6

[accounts.{ACCOUNT}]
url = "{zendesk.url}"
client_id = "{zendesk.client_id}"

[accounts.{ACCOUNT}.people]
our_domains = ["ours.example"]

[accounts.{ACCOUNT}.inputs.answers]
{answers}
""",
        encoding="utf-8",
    )
    save_secret(load(config), ACCOUNT, "client_secret", zendesk.client_secret)
    return config


def _add_own_fields(zendesk: Sandbox) -> None:
    """The fields that such an account has of its own, where support writes down answers."""
    for title in dict.fromkeys(ANSWERS.values()):
        _call(zendesk, "POST", "/api/v2/ticket_fields", {"ticket_field": {"type": "text", "title": title}})


def _fill(zendesk: Sandbox) -> int:
    from zendesk_sync.sandbox import seed

    data = tomllib.loads(seed.bundled_text())
    seed.load(zendesk.state, data)
    return len(data["tickets"])


def _live(zendesk: Sandbox, connection: Connection) -> None:
    """What happens on a working day, through webhooks; and one change that the webhook loses."""
    outage = _new(
        zendesk, "Nothing loads since our failover", "Every page fails for all 900 of us.", "jon@juniper.example"
    )
    _wait_for(connection, "a webhook announces a new ticket", outage, lambda one: one.change is None)
    _put(zendesk, outage, {"custom_fields": [_choice(zendesk, "Severity", "0 Emergency")]})
    _wait_for(connection, "an agent sets its Severity to 0", outage, lambda one: one.decision.computed.value == "p0")

    by_subject = {one.ticket.subject: one for one in _looks(zendesk, connection)}
    changed = by_subject["Code navigation is somewhat slow in one monorepo"].ticket.id
    _put(zendesk, changed, {"priority": "high", "comment": {"body": "Their release hangs on it.", "public": False}})
    _wait_for(
        connection,
        "an agent raises a p2 to p1; it stays",
        changed,
        lambda one: Flag.OVERRIDE in one.assembled.values.flags,
    )

    asked = by_subject["Insights dashboard renders slowly"]
    titles = [ANSWERS[item] for item in asked.decision.context.engineering or ()]
    fields = [{"id": _field(zendesk, title)["id"], "value": "see the thread"} for title in titles]
    _put(
        zendesk, asked.ticket.id, {"custom_fields": fields, "comment": {"body": "All details are in.", "public": True}}
    )
    done = _wait_for(
        connection,
        "support supplies the missing context of a p2",
        asked.ticket.id,
        lambda one: Flag.CONTEXT_COMPLETE in one.assembled.values.flags,
    )
    assert done.assembled.values.official is not None

    closed = next(ticket for ticket in zendesk_tickets(zendesk) if ticket["status"] == "closed")
    follow_up = _new(
        zendesk,
        "Re: Old outage, long solved",
        "It may be back.",
        "ben@birch.example",
        via_followup_source_id=closed["id"],
    )
    _wait_for(connection, "a follow-up is triaged anew", follow_up, lambda one: one.change is None)

    _call(zendesk, "POST", "/sandbox/webhooks", {"drop_next": 1})
    lost = _new(zendesk, "This ticket's webhook got lost", "Repositories vanish one by one.", "eve@elm.example")
    _wait_for(connection, "the webhook is lost, the sweep finds the ticket", lost, lambda one: one.change is None)


def _looks(zendesk: Sandbox, connection: Connection) -> Iterator[Look]:
    """Every ticket as the service would see it now, one after the other; reads only."""
    if ids := [ticket["id"] for ticket in zendesk_tickets(zendesk)]:
        page = connection.tickets.show_many(ids)
        for ticket in page.tickets:
            yield look(connection, ticket, page)


def _is_settled(zendesk: Sandbox, connection: Connection) -> bool:
    """Every ticket says what the policy says, and exactly one carries the number-one flag."""
    holders = 0
    for one in _looks(zendesk, connection):
        if one.ticket.status != "closed":
            if one.change is not None:
                return False  # before the others are read
            holders += Flag.NUMBER_ONE in one.assembled.values.flags
    return holders == 1


def _table(zendesk: Sandbox, connection: Connection) -> None:
    """The result, in support's order; what stands outside the order comes last."""
    looks = {one.ticket.id: one for one in _looks(zendesk, connection)}
    places = order([one.decision.place for one in looks.values()], Workload.NORMAL, connection.handbook)
    ranked = [looks[place.id] for place in places]
    rest = [one for one in looks.values() if one not in ranked]
    table = Table(title="What stands in Zendesk now, in support's order", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    columns = {"No. 1": 5, "Ticket": 12, "Customer": 11, "Severity": 8, "Computed": 12, "Official": 8, "Missing": 7}
    if is_wide := out.width >= WIDE_ENOUGH:
        columns["Why"] = 21
    for column, width in columns.items():
        table.add_column(column, no_wrap=True, overflow="ellipsis", min_width=width)
    for one in [*ranked, *rest]:
        values, decision = one.assembled.values, one.decision
        is_first = Flag.NUMBER_ONE in values.flags
        cells = (
            "★" if is_first else "",
            escape(f"{one.ticket.id} {one.ticket.subject}"[:44]),
            decision.facts.customer.value.replace("_", " "),
            values.severity or (f"pre {values.presales_severity}" if values.presales_severity else "-"),
            values.computed or "-",
            (values.official.value if values.official else "-") + (" human" if decision.official.is_human else ""),
            str(len(values.missing)) if values.missing else "",
            decision.rule.value + ("" if decision.in_order else f" ({_outside(one)})"),
        )
        table.add_row(*cells[: None if is_wide else -1], style="bold" if is_first else None)
    out.print(table, soft_wrap=False)


def _outside(one: Look) -> str:
    """Why a ticket stands outside support's order."""
    return "for the CE" if Flag.FOR_CE in one.decision.flags else one.ticket.status


def _what_next(config: Path, zendesk: Sandbox, token: str) -> None:
    out.print(f"\nOpen      [bold]{zendesk.url}/agent[/]   what an agent sees")
    board = f"http://127.0.0.1:{load(config).service.port}/board"
    out.print(f"          [bold]{board}[/]   the board; its token: [bold]{token}[/]")
    command = (
        "zendesk-sync" if Path(sys.argv[0]).name == "zendesk-sync" else f"{sys.executable} -m zendesk_sync.cli.main"
    )
    command = str(Path(sys.argv[0])) if Path(sys.argv[0]).exists() else command
    out.print(f"Type      [bold]export ZENDESK_SYNC_CONFIG={escape(str(config))}[/]")
    out.print(f"          [bold]{escape(command)} explain 4[/]                why a ticket has its priority")
    out.print(f"          [bold]{escape(command)} sweep --once --dry-run[/]   what would be written now: nothing")


class _Ended(BaseException):
    """A signal said stop; everything that was started is taken down on the way out."""


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _Ended

    former = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    except _Ended:
        out.print("\nStopped, and everything removed.")
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def _service(config: Path, token: str) -> Iterator[None]:
    log = config.with_name("serve.log")
    with log.open("w", encoding="utf-8") as output:
        environ = os.environ | {BOARD_TOKEN: token}
        service = subprocess.Popen(_argv(config, "serve"), stdout=output, stderr=output, env=environ)
        try:
            port = load(config).service.port
            _wait("the service listens", lambda: _answers(port, service, log))
            yield
        finally:
            service.terminate()
            try:
                service.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                service.kill()


def _answers(port: int, service: subprocess.Popen[bytes], log: Path) -> bool:
    if service.poll() is not None:
        raise DemoError(f"the service ended: {log.read_text(encoding='utf-8').strip()}")
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False


@contextmanager
def _connected(config: Path) -> Iterator[Connection]:
    settings = load(config)
    with connect(
        ACCOUNT, settings.accounts[ACCOUNT], load_secrets(settings, ACCOUNT), default_handbook()
    ) as connection:
        yield connection


def _command(config: Path, *words: str) -> None:
    done = subprocess.run(_argv(config, *words), capture_output=True, text=True, check=False)
    for line in (done.stdout + done.stderr).strip().splitlines():
        out.print(f"    {escape(line)}")
    if done.returncode:
        raise DemoError(f"zendesk-sync {' '.join(words)} ended with exit code {done.returncode}")


def _argv(config: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "zendesk_sync.cli.main", *words, "--config", str(config)]


def _step(text: str) -> None:
    out.print(f"[cyan]▸[/] {text}")


def _wait(what: str, is_done: Callable[[], bool]) -> None:
    started = time.monotonic()
    while not is_done():
        if time.monotonic() - started > PATIENCE_S:
            raise DemoError(f"waited {PATIENCE_S:.0f} s for this and it did not happen: {what}")
        time.sleep(0.1)
    _step(f"{what} [dim]({time.monotonic() - started:.1f} s)[/]")


def _wait_for(connection: Connection, what: str, ticket: int, is_done: Callable[[Look], bool]) -> Look:
    """Wait until the ticket says what the policy says, and ``is_done`` holds."""
    seen: list[Look] = []

    def settled() -> bool:
        page = connection.tickets.show(ticket)
        seen.append(look(connection, page.tickets[0], page))
        return seen[-1].change is None and is_done(seen[-1])

    _wait(f"{what}: ticket {ticket}", settled)
    return seen[-1]


def zendesk_tickets(zendesk: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _call(zendesk, "GET", "/api/v2/tickets?per_page=100", None)["tickets"]
    return found


def _new(zendesk: Sandbox, subject: str, text: str, email: str, **more: Any) -> int:
    ticket = {"subject": subject, "comment": {"body": text}, "requester": {"email": email}, **more}
    return int(_call(zendesk, "POST", "/api/v2/tickets", {"ticket": ticket})["ticket"]["id"])


def _put(zendesk: Sandbox, ticket: int, change: dict[str, Any]) -> None:
    _call(zendesk, "PUT", f"/api/v2/tickets/{ticket}", {"ticket": change})


def _field(zendesk: Sandbox, title: str) -> dict[str, Any]:
    fields = _call(zendesk, "GET", "/api/v2/ticket_fields", None)["ticket_fields"]
    return next(field for field in fields if field["title"] == title)


def _choice(zendesk: Sandbox, title: str, option: str) -> dict[str, Any]:
    field = _field(zendesk, title)
    value = next(one["value"] for one in field["custom_field_options"] if one["name"] == option)
    return {"id": field["id"], "value": value}


def _call(zendesk: Sandbox, method: str, path: str, body: Any) -> Any:
    """As the people of the account: with the owner's token, over the same socket as everybody."""
    headers = {"Authorization": f"Bearer {zendesk.token}"}
    answer = httpx.request(method, zendesk.url + path, json=body, headers=headers, trust_env=False)
    if not answer.is_success:
        raise DemoError(f"the local Zendesk answered {answer.status_code} to {method} {path}")
    return answer.json()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
