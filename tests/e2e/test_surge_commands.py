"""Commands that run once use the workload in force, and a switch on the command line reaches them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import configure, run_command
from tests.e2e.world import World

POLICY = 'extends = "default"\n'


def test_commands_beside_a_running_service_use_the_workload_in_force(
    house: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Band, order and draft are those of the surge; with --dry-run too; afterwards those of normal times."""
    configure(house, tmp_path)
    (tmp_path / "new.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    free = house.customer_writes("From free", plan="gratis", severity=1)
    house.deliver()
    house.clock.advance(60)
    big = house.customer_writes("From enterprise", severity=1)
    ours = house.customer_writes("Mend the docs", plan="ours")
    house.deliver()
    house.clock.advance(900)

    def said(*words: str) -> Any:
        code, out, err = run_command(monkeypatch, capsys, *words, "--format", "json")
        assert code == 0, err
        return json.loads(out)

    simulated = ("policy", "simulate", "--policy", "new.toml")
    assert said("explain", str(free))["band"] == "p1"
    assert said(*simulated)["number_one"]["now"] == free
    said("workload", "surge", "--until", "2h", "--reason", "flood", "--next-shift", "1h")
    one = said("explain", str(free))
    assert (one["workload"], one["band"]) == ("surge", "p1_free")
    assert "More team members start" in one["change"]["note"]
    assert said(*simulated)["number_one"] == {"now": big, "new": big}
    changes = said("sweep", "--dry-run")["changes"]
    after = {one["ticket"]: " ".join(each["after"] for each in one["differences"]) for one in changes}
    assert {ticket: "surge-draft" in text for ticket, text in after.items()} == {free: True, big: True, ours: False}
    code, out, err = run_command(monkeypatch, capsys, "backfill", "--dry-run")
    assert code == 0, err
    assert "p3_internal" in out, "what needs no history; the rest is the inbox's"

    house.settle(sweep=True)
    assert house.number_ones() == [big]
    said("workload", "normal")
    assert said("explain", str(free))["band"] == "p1"
    house.settle()
    assert [house.value(ticket, "Queue band") for ticket in (free, big)] == ["zs_band_p1", "zs_band_p1"]
    assert house.number_ones() == [free]


def test_a_store_that_cannot_be_read_means_normal_and_says_so(
    house: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`explain` goes on without it."""
    configure(house, tmp_path, store="mine.db")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.db").write_text("no database" * 100)
    ticket = house.customer_writes(severity=1)
    code, out, err = run_command(monkeypatch, capsys, "explain", str(ticket), "--format", "json")
    assert code == 0
    assert json.loads(out)["workload"] == "normal"
    assert "normal is assumed" in " ".join(err.split())
