"""``queue`` on the local Zendesk: the same order as the tag and the views, beside a service and without one."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import configure, run_command
from tests.e2e.world import NAME, World
from zendesk_sync.customers.answer import Customer
from zendesk_sync.customers.sources import Sources
from zendesk_sync.errors import CustomerSourceDown
from zendesk_sync.store.store import Store
from zendesk_sync.sync.queue import Blank, Wanted, from_standing, rows


class Terminal:
    """A person at a terminal beside the house."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.chdir(folder)

    def run(self, *words: str) -> tuple[int, str, str]:
        return run_command(self._monkeypatch, self._capsys, "queue", *words)

    def json(self, *words: str, expect: int = 0) -> dict[str, Any]:
        code, out, err = self.run("--format", "json", *words)
        assert code == expect, err
        said: dict[str, Any] = json.loads(out)
        return said


def ids(said: dict[str, Any]) -> list[int]:
    return [one["ticket"] for one in said["tickets"]]


def places(said: dict[str, Any]) -> list[tuple[int, int]]:
    return [(one["place"], one["ticket"]) for one in said["tickets"]]


@pytest.fixture
def terminal(
    house: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    configure(house, tmp_path)
    return Terminal(tmp_path, monkeypatch, capsys)


def view(house: World, title: str) -> list[int]:
    number = next(one["id"] for one in house.get("/api/v2/views")["views"] if one["title"] == title)
    return [one["id"] for one in house.get(f"/api/v2/views/{number}/tickets")["tickets"]]


def test_queue_agrees_with_the_tag_and_the_views(house: World, terminal: Terminal, tmp_path: Path) -> None:
    """First row, tag and view "Number one" are one ticket; all rows stand as in the view "Support queue"."""
    group = house.post("groups", {"group": {"name": "[b]Night\x1b[2J"}})["group"]["id"]
    made: dict[str, int] = {}
    for name, known in (
        ("question", {"severity": 3}),
        ("later p2", {"severity": 2, "plan": "small"}),
        ("p1", {"severity": 1, "plan": "gratis", "group_id": group}),
        ("override", {"severity": 1}),
        ("p0", {"severity": 0}),
        ("pending", {"severity": 0}),
        ("prospect", {"plan": "maybe"}),
    ):
        made[name] = house.customer_writes(f"Secret {name}", **known)
        house.deliver()
        house.clock.advance(3600)
    house.agent_changes(made["override"], priority="normal", assignee_id=house.zendesk.owner_id)
    house.agent_changes(made["override"], comment={"body": "We are on it.", "public": True})
    house.agent_changes(made["pending"], status="pending")
    house.agent_changes(made["p1"], comment={"body": "Please restart it.", "public": True})
    house.settle(sweep=True)
    house.settle(sweep=True)
    standing = [house.ticket(one) for one in made.values()]

    said = terminal.json()
    expected = [made[name] for name in ("p0", "p1", "later p2", "override", "question")]
    assert said["source"] == "standing"
    assert ids(said) == expected == view(house, "Support queue")
    assert [one["place"] for one in said["tickets"]] == [1, 2, 3, 4, 5]
    assert house.number_ones() == [expected[0]] == view(house, "Number one") == said["number_one"]["tagged"]
    assert said["number_one"]["agrees"]
    assert said["remarks"] == []
    rows = {name: one for name, number in made.items() for one in said["tickets"] if one["ticket"] == number}
    assert [one["number_one"] for one in said["tickets"]] == [True, False, False, False, False]
    assert (rows["override"]["level"], rows["override"]["counts"], rows["override"]["computed"]) == (
        "p2",
        "official",
        "p1",
    )
    assert rows["later p2"]["apart"] == "level"
    assert rows["override"]["apart"] == "received"
    assert "version" in rows["later p2"]["missing"]
    assert (rows["p0"]["first_response"]["replied"], rows["p0"]["first_response"]["contract"]) == (None, "missed")
    assert rows["p1"]["first_response"]["replied"] is not None
    assert rows["p1"]["first_response"]["contract"] == "none"
    assert [rows[name]["first_response"]["without_contract"] for name in ("p0", "p1")] == [None, "no contract"]
    assert rows["override"]["first_response"]["replied"] is None, "that support is on it is no answer"

    # Filters hide rows; places stay.
    assert places(terminal.json("--limit", "2")) == [(1, made["p0"]), (2, made["p1"])]
    assert places(terminal.json("--customer", "team")) == [(3, made["later p2"])]
    assert places(terminal.json("--group", str(group))) == [(2, made["p1"])]
    assert places(terminal.json("--group", "[B]night\x1b[2j")) == [(2, made["p1"])]
    assert places(terminal.json("--assignee", str(house.zendesk.owner_id), "--limit", "1")) == [(4, made["override"])]
    code, _, err = terminal.run("--group", "nobody's")
    assert (code, "nobody is called" in err, "\x1b" in err) == (2, True, False)

    # The same without a store, and nothing is written by any of them.
    configure(house, tmp_path, store="elsewhere.db")
    alone = terminal.json()
    assert alone["source"] == "account"
    assert alone["tickets"] == said["tickets"]
    assert not (tmp_path / "elsewhere.db").exists()
    code, out, err = terminal.run()
    assert (code, "\x1b" in out, "Secret" in out) == (0, False, False), err
    assert "[b]Night" in out
    assert f"Number one is ticket {made['p0']}" in out
    assert [house.ticket(one) for one in made.values()] == standing


def test_queue_says_where_it_does_not_agree(house: World, terminal: Terminal) -> None:
    """A tag that somebody moved is exit code 1; a service that is behind says so, and so does each row that moves."""
    urgent = house.customer_writes(severity=0)
    other = house.customer_writes(severity=1)
    house.settle(sweep=True)
    assert terminal.json()["number_one"]["agrees"]
    house.agent_changes(urgent, status="pending")
    house.deliver()
    said = terminal.json()
    assert "The service is behind: 1 ticket to be looked at" in said["remarks"][0]
    assert said["tickets"][0]["moves"] == "it has left the order: it is pending now"
    house.settle()
    house.agent_changes(other, custom_fields=[house.option("Support flags", [])])
    said = terminal.json(expect=1)
    assert said["number_one"] == {"ticket": other, "tagged": [], "agrees": False}
    assert any("no ticket carries the tag" in one for one in said["remarks"])
    house.store.set_standing_complete("acme", False)
    said = terminal.json(expect=1)
    assert said["source"] == "account"
    assert "has not seen every open ticket" in said["remarks"][0]
    assert ids(said) == [other]
    house.store.set_standing_complete("acme", True)
    house.http.delete(f"/api/v2/tickets/{other}").raise_for_status()
    said = terminal.json(expect=1)
    assert [(one["ticket"], one["gone"]) for one in said["tickets"]] == [(other, True)]
    assert "is gone" in terminal.run()[1]


class Down(Sources):
    """A directory that cannot be asked."""

    def customer(self, *_: object, **__: object) -> Customer:
        raise CustomerSourceDown("the directory is away", retry_after=60)


def test_source_of_customers_that_is_down_leaves_a_row_blank(house: World) -> None:
    """The order is the service's, and only what would have to be decided now is not said."""
    first, second = house.customer_writes(severity=0), house.customer_writes(severity=1)
    house.settle(sweep=True)
    with house.connect() as known:
        connection = dataclasses.replace(known, sources=Down(house.account.customers))
        order = from_standing(connection, house.store)
        assert order is not None
        found = [one for page in rows(connection, order, Wanted(), 5) for one in page]
    assert [(one.place, one.ticket, "directory is away" in one.reason) for one in found if isinstance(one, Blank)] == [
        (1, first, True),
        (2, second, True),
    ]


def test_queue_under_surge(house: World, terminal: Terminal, tmp_path: Path) -> None:
    """The type counts, as for the tag; with the policy's "tier-first" it comes before the level."""
    older = house.customer_writes("From gratis", plan="gratis", severity=1)
    house.clock.advance(60)
    younger = house.customer_writes("From big", severity=1)
    house.clock.advance(60)
    question = house.customer_writes("From big too", severity=3)
    house.settle(sweep=True)
    assert ids(terminal.json()) == [older, younger, question]
    with Store.open(tmp_path / "store.db", exclusive=False, clock=house.clock.timestamp) as beside:
        beside.begin_surge(NAME, "kim@desk", until=datetime(2100, 1, 1, tzinfo=UTC).timestamp(), reason="release")
    house.settle()
    said = terminal.json()
    assert said["workload"] == "surge"
    assert ids(said) == [younger, older, question]
    assert house.number_ones() == [younger]
    assert (said["tickets"][1]["apart"], said["tickets"][0]["first_response"]["goal"]) == ("customer", "suspended")
    (tmp_path / "policy.toml").write_text('extends = "default"\n[switches]\norder = "tier-first"\n')
    configure(house, tmp_path, policy="policy.toml")
    tiers = terminal.json()
    assert ids(tiers) == [younger, question, older]
    assert tiers["number_one"]["agrees"]
