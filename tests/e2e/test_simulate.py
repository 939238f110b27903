"""``policy simulate``: what a new policy would move, by the same code as the real run; nothing is sent."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import World
from zendesk_sync.cli.main import run
from zendesk_sync.settings import Secrets, Settings, load, save_secret

NEW = 'extends = "default"\n[switches]\nquestions = "p2"\n[customers.plans]\nfree = "team"\n'


def simulate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path, *words: str
) -> tuple[int, str, str]:
    capsys.readouterr()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["zendesk-sync", "policy", "simulate", "--policy", "new.toml", *words])
    try:
        run()
        code: Any = 0
    except SystemExit as ended:
        code = ended.code or 0
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def folder(house: World, tmp_path: Path) -> Path:
    (tmp_path / "new.toml").write_text(NEW)
    (tmp_path / "zendesk-sync.toml").write_text(
        f'[accounts.acme]\nurl = "{house.zendesk.url}"\nclient_id = "{house.zendesk.client_id}"\n'
        '[accounts.acme.people]\nour_domains = ["ours.example"]\n'
    )
    settings: Settings = load(tmp_path / "zendesk-sync.toml")
    save_secret(settings, "acme", "client_secret", house.zendesk.client_secret)
    assert isinstance(house.secrets, Secrets)
    return tmp_path


def test_simulate_shows_what_would_move(
    house: World, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Levels, tickets with the rules, number one and notes; from the account, from a file, the same."""
    question = house.customer_writes("How do I do this?", severity=3)
    unpaid = house.customer_writes("It is broken", plan="gratis", severity=2)
    house.customer_writes("Nothing changes here", severity=1)
    house.clock.advance(120)
    before = house.get("/api/v2/tickets?per_page=100")
    code, out, err = simulate(monkeypatch, capsys, folder, "--format", "json", "--save", "saved.jsonl")
    assert code == 0, err
    said = json.loads(out)
    assert said["tickets"] == 3
    assert said["levels"] == [{"from": "undetermined", "to": "p2", "tickets": 2}]
    assert {one["ticket"] for one in said["moved"]} == {question, unpaid}
    assert {one["rule_to"] for one in said["moved"]} == {"question", "sla-severity-2-paying"}
    assert said["notes"]["new"] >= said["notes"]["now"] > 0
    assert house.get("/api/v2/tickets?per_page=100") == before
    code, out, err = simulate(monkeypatch, capsys, folder, "--format", "json", "--export", "saved.jsonl")
    assert code == 0, err
    assert json.loads(out) == said
    code, out, _ = simulate(monkeypatch, capsys, folder, "--export", "saved.jsonl")
    assert code == 0
    assert f"ticket {question}: undetermined (question) → p2 (question)" in out
    assert "Nothing was sent." in out


def test_simulate_since_looks_at_what_changed_since(
    house: World, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Older tickets are left out."""
    house.customer_writes("Old", severity=3)
    house.clock.advance(3 * 86400)
    house.customer_writes("New", severity=3)
    house.clock.advance(120)
    code, out, err = simulate(monkeypatch, capsys, folder, "--format", "json", "--since", "2026-03-04")
    assert code == 0, err
    assert json.loads(out)["tickets"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "line 1: expected an object"),
        ('{"ticket_fields": [{"id": 1}]}', "line 1: ticket_fields"),
        ('{"tickets": 5}', "line 1: tickets: expected a list"),
        ("{}\n{", "line 2: not JSON"),
        ("{}", "no line has ticket_fields"),
    ],
)
def test_broken_export_file_says_which_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    """File, line and key; exit code 2."""
    (folder / "broken.jsonl").write_text(text)
    code, _, err = simulate(monkeypatch, capsys, folder, "--export", "broken.jsonl")
    assert code == 2
    assert said in err
