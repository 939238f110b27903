"""``explain`` on the local Zendesk: who changed what, and what would change the outcome."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import configure, run_command
from tests.e2e.world import NAME, World
from tests.policy.facts import HANDBOOK
from tests.webhooks.board_world import ask
from webhooks.app import create_app
from zendesk_sync.board_settings import BOARD_TOKEN
from zendesk_sync.cli.board import site
from zendesk_sync.report.recent import Recent
from zendesk_sync.settings import load


def test_explain_tells_who_changed_what_and_what_would_change_the_outcome(
    house: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The agent's changes with role and time, none of ours, none of the ticket's text; the issue's own example."""
    configure(house, tmp_path)
    monkeypatch.chdir(tmp_path)
    ticket = house.customer_writes("Secret subject", plan="gratis", severity=2)
    house.settle()
    before = house.ticket(ticket)
    code, out, err = run_command(monkeypatch, capsys, "explain", str(ticket))
    assert code == 0, err
    assert "if the customer were paying: p2, +context_missing" in out
    house.agent_changes(ticket, custom_fields=[house.option("Severity", "zs_severity_1")])
    house.settle()
    house.agent_changes(ticket, priority="normal")
    house.settle()
    after = house.ticket(ticket)
    code, out, err = run_command(monkeypatch, capsys, "explain", str(ticket), "--format", "json")
    assert code == 0, err
    said = json.loads(out)
    told = [(one["what"], one["before"], one["after"], one["by"]) for one in said["changed_by_people"]]
    assert told[1:] == [("severity", "2", "1", "admin"), ("official", "p1", "p2", "admin")]
    assert told[0][:3] == ("severity", None, "2")
    _on_the_board(house, tmp_path, monkeypatch, ticket, said)
    cleared = next(one for one in said["would_change"] if one["change"] == "official=none")
    assert (cleared["counting"], cleared["flags_lost"]) == ("p1", ["context_missing"])
    assert "Secret subject" not in json.dumps(said["changed_by_people"])
    assert house.ticket(ticket) == after != before


def _on_the_board(house: World, folder: Path, monkeypatch: pytest.MonkeyPatch, ticket: int, said: Any) -> None:
    """The same in the browser, from an account as the service would have it: order and number one from the store."""
    token = "a token for the board"
    monkeypatch.delenv(BOARD_TOKEN, raising=False)
    settings = load(folder / "zendesk-sync.toml")
    recent = Recent(store=house.store, handbook=HANDBOOK, days=14)
    with site(settings, HANDBOOK, house.store, recent, {}) as nothing:
        assert nothing is None
    monkeypatch.setenv(BOARD_TOKEN, token)
    headers = {"Authorization": f"Bearer {token}"}
    with site(settings, HANDBOOK, house.store, recent, {NAME: house.budget}) as board:
        app = create_app(accounts={}, mark=house.store.mark, board=board)
        told = ask(app, f"/board/{NAME}?format=json", headers=headers).json()
        assert [told["number_one"]] == house.number_ones() == [ticket]
        assert ask(app, f"/board/{NAME}", headers=headers).status_code == 200
        assert ask(app, f"/board/{NAME}/tickets/{ticket}?format=json", headers=headers).json() == said
        gone = ask(app, f"/board/{NAME}/tickets/999999", headers=headers)
    assert gone.status_code == 404
    assert "has no ticket 999999" in gone.text
