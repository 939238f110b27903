"""The admins' page, walked by somebody new: its commands as they stand there, in their order, on a local Zendesk."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.cli.commands import command as in_process
from tests.cli.terminal import answered
from tests.docs.generate import DOCS
from tests.e2e import processes
from tests.e2e.processes import call, eventually, free_port, priority
from zendesk_sync.sandbox import Sandbox

TEXT: Final = (DOCS / "admins.md").read_text(encoding="utf-8")
PART: Final = TEXT.split("## The walk")[1].split("\n## ")[0]
COMMANDS: Final = [
    shlex.split(line, comments=True)[1:]
    for line in PART.split("```")[1].splitlines()
    if line.startswith("zendesk-sync")
]
QUESTIONS: Final = [row.split("|")[1].strip() for row in PART.splitlines() if row.startswith("| ")][1:]
TICKET: Final = "48211"
"""The number that the page takes for any ticket."""


@pytest.fixture
def zendesk() -> Iterator[Sandbox]:
    with Sandbox(fast=True) as running:
        yield running


def test_the_walk_is_short() -> None:
    """Under ten commands from nothing to a service at work; each says in a comment what it does."""
    assert 0 < len(COMMANDS) < 10
    assert COMMANDS[0] == ["init"]
    assert COMMANDS[-1] == ["serve"]
    for line in PART.split("```")[1].splitlines():
        assert not line.startswith("zendesk-sync") or "# " in line, line


def test_the_readme_shows_the_same_walk() -> None:
    assert PART.split("```")[1] in (DOCS.parent / "README.md").read_text(encoding="utf-8")


def test_a_newcomer_walks_from_init_to_the_first_prioritised_ticket(
    zendesk: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No ticket is written before `sweep`; afterwards one is urgent, `explain` says why, and `serve` goes on."""
    monkeypatch.chdir(tmp_path)
    port = free_port()
    ticket = _new(zendesk, "It is down for all of us")

    def init() -> None:
        answers = {
            "URL of the Zendesk account": zendesk.url,
            "Name of the account": "acme",
            "Way to sign in": "",
            "Unique identifier": zendesk.client_id,
            "Secret of the OAuth client": zendesk.client_secret,
            "Public URL": f"http://127.0.0.1:{port}",
            "mail domains": "example.com",
        }
        assert list(answers) == QUESTIONS
        code, screen = answered(["init"], answers.items(), folder=tmp_path, environ={"TERM": "dumb"})
        assert code == 0, screen
        assert (tmp_path / "zendesk-sync.toml").is_file()

    def plans(said: str) -> None:
        assert 'create  ticket field "Severity"' in said
        assert "Nothing was sent." in said
        assert "Severity" not in _titles(zendesk)

    def applies(said: str) -> None:
        assert {"Severity", "Computed priority", "Memory"} <= _titles(zendesk)
        assert "zendesk-sync serve" in said

    def examines(said: str) -> None:
        assert "✗" not in said
        field = next(
            one["id"]
            for one in call(zendesk, "GET", "/api/v2/ticket_fields").json()["ticket_fields"]
            if one["title"] == "Severity"
        )
        body = {"ticket": {"custom_fields": [{"id": field, "value": "zs_severity_0"}]}}
        call(zendesk, "PUT", f"/api/v2/tickets/{ticket}", body)  # in Zendesk: set Severity on a ticket or two
        call(zendesk, "POST", "/sandbox/clock", {"advance_seconds": 4})  # and a moment later ...

    def previews(said: str) -> None:
        assert f"ticket {ticket}" in said
        assert "official  empty → p0" in said
        assert priority(zendesk, ticket) is None

    def sweeps(said: str) -> None:
        assert "Up to date" in said
        assert priority(zendesk, ticket) == "urgent"

    def explains(said: str) -> None:
        assert "✓ sla-severity-0" in said
        assert "Nothing to write" in said

    def serves() -> None:
        service = processes.command(tmp_path, "serve", log=tmp_path / "log")
        try:
            eventually("the service is up", lambda: processes.is_up(port))
            other = processes.new_ticket(zendesk, severity=1)
            eventually("it prioritises by itself", lambda: priority(zendesk, other) == "high")
        finally:
            service.send_signal(signal.SIGTERM)
            service.communicate(timeout=processes.PATIENCE_S)
        assert service.returncode == 0, (tmp_path / "log").read_text()

    by_itself: dict[str, Callable[[], None]] = {"init": init, "serve": serves}
    then: dict[str, tuple[int, Callable[[str], None]]] = {
        "setup plan": (2, plans),
        "setup apply": (0, applies),
        "doctor": (0, examines),
        "sweep --dry-run": (0, previews),
        "sweep": (0, sweeps),
        f"explain {TICKET}": (0, explains),
    }
    assert [" ".join(words) for words in COMMANDS] == ["init", *then, "serve"]
    for words in COMMANDS:
        line = " ".join(words)
        if line in by_itself:
            by_itself[line]()
            continue
        wanted, check = then[line]
        capsys.readouterr()
        code = in_process(monkeypatch, *(str(ticket) if word == TICKET else word for word in words))
        said = capsys.readouterr()
        assert code == wanted, said.out + said.err
        check(said.out)


def test_other_pages_start_with_commands_that_exist() -> None:
    """Each command line that a page shows begins with a command of the program."""
    from tests.docs.commands_page import commands

    known = {one.path for one in commands()} | {"--version", "COMMAND"}
    for page in [*DOCS.glob("*.md"), DOCS.parent / "README.md"]:
        text = page.read_text(encoding="utf-8")
        for line in re.findall(r"(?:^|`|/bin/)zendesk-sync ((?:[a-z-]+ ?){1,2})", text, re.MULTILINE):
            words = line.split()
            assert any(" ".join(words[: len(path.split())]) == path for path in known) or any(
                path.startswith(f"{words[0]} ") for path in known if len(words) == 1
            ), f"{page.name}: zendesk-sync {line}"


def _new(zendesk: Sandbox, subject: str) -> int:
    body = {"subject": subject, "comment": {"body": subject}, "requester": {"email": "a@b.example", "name": "A"}}
    return int(call(zendesk, "POST", "/api/v2/tickets", {"ticket": body}).json()["ticket"]["id"])


def _titles(zendesk: Sandbox) -> set[str]:
    return {one["title"] for one in call(zendesk, "GET", "/api/v2/ticket_fields").json()["ticket_fields"]}
