"""--dry-run everywhere: each command that writes has it, and with it nothing changes, in Zendesk or on the disk."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from rich.console import RenderableType

from tests.cli.commands import command as run
from tests.e2e.processes import PATIENCE_S, configure, free_port
from zendesk_sync.cli import render, service
from zendesk_sync.cli.main import app
from zendesk_sync.sandbox import Sandbox
from zendesk_sync.store.store import Store
from zendesk_sync.sync.plan import TicketChange

READING = {
    "demo", "sandbox",  # a Zendesk of their own on this machine
    "customers check", "customers show", "doctor", "explain", "inbox list", "policy check",
    "policy eval", "policy simulate", "policy test", "setup export", "setup plan",
    "queue", "report", "workload show",
}  # fmt: skip
ENDING = (
    [
        "init", "--config", "another.toml", "--account", "another", "--url", "https://another.example",
        "--sign-in", "client-credentials", "--client-id", "x", "--no-test",
    ],
    ["setup", "apply"],
    ["setup", "destroy"],
    ["sweep"],
    ["backfill"],
    ["pause"],
    ["resume"],
    ["undo", "--since", "1h"],
    ["workload", "surge", "--until", "1h", "--reason", "flood"],
    ["workload", "normal"],
    ["inbox", "retry", "4711"],
    ["inbox", "drop", "7", "--yes"],
)  # fmt: skip
SERVICES = (["serve"], ["worker"])


def _commands(group: Any, before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, one in group.commands.items():
        found |= _commands(one, f"{before}{name} ") if hasattr(one, "commands") else {f"{before}{name}": one}
    return found


def test_every_command_that_writes_has_it() -> None:
    """A command is said to read only, or it has --dry-run and is tried below."""
    commands = _commands(typer.main.get_command(app))
    writing = {name for name, one in commands.items() if any("--dry-run" in each.opts for each in one.params)}
    assert writing == commands.keys() - READING
    tried = {name for name in writing for words in (*ENDING, *SERVICES) if " ".join(words).startswith(name)}
    assert tried == writing


def test_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Tickets, audits, jobs, fields, rules and webhooks of the account are the same, and so is every file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZENDESK_SYNC_ANOTHER_CLIENT_SECRET", "s")
    with Sandbox(fast=True) as zendesk:
        configure(tmp_path, zendesk.url, free_port(), secret=zendesk.client_secret)
        headers = {"Authorization": f"Bearer {zendesk.token}"}
        with httpx.Client(base_url=zendesk.url, headers=headers, trust_env=False) as http:
            assert run(monkeypatch, "setup", "apply", "--quiet", "--yes") == 0
            fields = http.get("/api/v2/ticket_fields").json()["ticket_fields"]
            severity = next(one["id"] for one in fields if one["title"] == "Severity")
            for number in range(3):
                ticket: dict[str, Any] = {"subject": f"Ticket {number}", "comment": {"body": "All is down."}}
                ticket |= {"custom_fields": [{"id": severity, "value": "zs_severity_3"}]}
                http.post("/api/v2/tickets", json={"ticket": ticket}).raise_for_status()
            http.post("/sandbox/clock", json={"advance_seconds": 900}).raise_for_status()  # quiet, and in the exports
            with Store.open(tmp_path / "zendesk-sync.db") as store:
                store.pause_writes("acme", "kim@desk", None)
                store.mark("acme", [7])
            before = _account(http), _files(tmp_path)
            for words in ENDING:
                code = run(monkeypatch, *words, "--dry-run")
                assert code == 0, (words, capsys.readouterr())
            for words in SERVICES:
                with _stopped_when_it_shows_a_change(monkeypatch):
                    code = run(monkeypatch, *words, "--dry-run")
                assert code == 0, (words, capsys.readouterr())
                assert "ticket 3" in capsys.readouterr().out
            assert (_account(http), _files(tmp_path)) == before


@contextlib.contextmanager
def _stopped_when_it_shows_a_change(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SIGTERM once the last ticket's change is shown, as often as it takes to be heard."""
    shown, over, real = threading.Event(), threading.Event(), render.change

    def change(one: TicketChange) -> RenderableType:
        if one.ticket_id == 3:
            shown.set()
        return real(one)

    def stop() -> None:
        shown.wait(PATIENCE_S)
        while not over.wait(0.05):
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(service, "change", change)
    former = signal.signal(signal.SIGTERM, lambda *_: None)
    stopping = threading.Thread(target=stop, daemon=True)
    stopping.start()
    try:
        yield
    finally:
        over.set()
        stopping.join()
        signal.signal(signal.SIGTERM, former)


def _account(http: httpx.Client) -> dict[str, Any]:
    """All that a write would show in."""
    paths = (
        "ticket_audits", "tickets", "ticket_fields", "ticket_forms", "organization_fields", "webhooks", "triggers",
        "views", "job_statuses",
    )  # fmt: skip
    return {path: http.get(f"/api/v2/{path}").raise_for_status().json() for path in paths}


def _files(folder: Path) -> dict[str, bytes]:
    """Every file but SQLite's own beside the store, and of the store what it says."""
    found = {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.startswith("zendesk-sync.db")}
    with Store.open(folder / "zendesk-sync.db", exclusive=False) as store:
        said = store.writes_pause("acme"), store.surges("acme"), [one.ticket for one in store.hints("acme")]
    return found | {"store": repr((*said, store.name)).encode()}
