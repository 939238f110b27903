"""``explain`` on the local Zendesk: who changed what, and what would change the outcome."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.commands import configure, run_command
from tests.e2e.world import NAME, World
from zendesk_sync.errors import NotFound
from zendesk_sync.sync import explained
from zendesk_sync.sync.explainer import Explainer


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
    after, writes = house.ticket(ticket), house.wire.writes()
    code, out, err = run_command(monkeypatch, capsys, "explain", str(ticket), "--format", "json")
    assert code == 0, err
    said = json.loads(out)
    told = [(one["what"], one["before"], one["after"], one["by"]) for one in said["changed_by_people"]]
    assert told[1:] == [("severity", "2", "1", "admin"), ("official", "p1", "p2", "admin")]
    assert told[0][:3] == ("severity", None, "2")
    explainer = Explainer({NAME: house.connect}, house.store.surge)
    assert explained.as_json(explainer(NAME, ticket)) == said
    calls = len(house.wire.sent)
    explainer(NAME, ticket)
    assert [line for line in house.wire.sent[calls:] if "ticket_fields" in line] == []
    with pytest.raises(NotFound, match="has no ticket 999999"):
        explainer(NAME, 999_999)
    assert house.wire.writes() == writes
    cleared = next(one for one in said["would_change"] if one["change"] == "official=none")
    assert (cleared["counting"], cleared["flags_lost"]) == ("p1", ["context_missing"])
    assert "Secret subject" not in json.dumps(said["changed_by_people"])
    assert house.ticket(ticket) == after != before
