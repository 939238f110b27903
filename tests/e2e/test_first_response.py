"""First-response clocks over sockets: only an answer stops them, and a warning comes before they run out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import configure, run_command
from tests.e2e.test_surge import begin
from tests.e2e.world import NAME, World
from zendesk_sync.sync.service import AccountWorker

GOAL, SLA = "zs_goal_due", "zs_sla_due"


def flags(house: World, ticket: int) -> set[str]:
    return set(house.value(ticket, "Support flags") or ()) & {GOAL, SLA}


def agent(house: World, name: str, **more: Any) -> int:
    user = {"name": name, "email": f"{name}@desk.example", "role": "agent", **more}
    return int(house.post("users", {"user": user})["user"]["id"])


def says(house: World, ticket: int, author: int, body: str, *, public: bool = True) -> None:
    house.agent_changes(ticket, comment={"body": body, "public": public, "author_id": author})


def comment_calls(house: World) -> int:
    return sum(line.endswith("/comments") for line in house.wire.sent)


def pass_by(house: World, minutes: float) -> None:
    """Time passes, and nobody touches a ticket."""
    house.clock.advance(minutes * 60)
    house.settle()


def test_only_an_answer_stops_the_clocks_and_the_flags_come_by_themselves(
    house: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Severity 1 of an enterprise: warned of at 1:30 by the goal, at 3:00 by the contract, until somebody answers."""
    bot, ce, kim = agent(house, "robot"), agent(house, "ce", tags=["customer_engineer"]), agent(house, "kim")
    people = house.account.people.model_copy(update={"bots": [bot]})
    house.account = house.account.model_copy(update={"people": people})
    touched, quiet = (house.customer_writes(severity=1) for _ in range(2))
    free, answered = house.customer_writes(plan="gratis", severity=1), house.customer_writes(severity=1)
    says(house, touched, bot, "Thank you! Have you read our help centre? Chapter 7 tells all about it.")
    says(house, touched, kim, "Could be the cache, see the other ticket.", public=False)
    says(house, touched, ce, "Could somebody have a look at this, please?")
    says(house, touched, kim, "Hi,\n\nWe are looking into it and will get back to you soon.\n\nBest,\nKim")
    says(house, answered, kim, "Please restart the search container.")
    house.settle()
    four = (touched, quiet, free, answered)
    assert [flags(house, one) for one in four] == [set()] * 4

    # A restart in between: what wakes the service stands in the store.
    house.close()
    house.open()
    house.worker = AccountWorker(NAME, house.store, house.connect, sleep=house.clock.advance, recheck=False)
    pass_by(house, 80)
    assert [flags(house, one) for one in four] == [set()] * 4
    house.wire.sent.clear()
    assert house.store.due_accounts() == []
    house.clock.advance(11 * 60)
    assert house.store.due_accounts() == [NAME]
    house.settle()
    assert [flags(house, one) for one in four] == [{GOAL}, {GOAL}, {GOAL}, set()]
    assert comment_calls(house) == 2, "only where somebody of staff has written"
    view = next(one["id"] for one in house.get("/api/v2/views")["views"] if one["title"] == "First response due")
    listed = {one["id"] for one in house.get(f"/api/v2/views/{view}/tickets")["tickets"]}
    assert listed == {touched, quiet, free}

    pass_by(house, 90)
    assert [flags(house, one) for one in four] == [{GOAL, SLA}, {GOAL, SLA}, {GOAL}, set()]
    begin(house, minutes=60)
    house.settle()
    assert [flags(house, one) for one in four] == [{SLA}, {SLA}, set(), set()], "surge suspends the goal alone"

    configure(house, tmp_path)
    monkeypatch.chdir(tmp_path)
    said = {}
    for name, one in (("touched", touched), ("free", free), ("answered", answered)):
        code, out, err = run_command(monkeypatch, capsys, "explain", str(one), "--format", "json")
        assert code == 0, err
        said[name] = json.loads(out)["first_response"]
    assert [(one["contract"], one["without_contract"]) for one in said.values()] == [
        ("running", None),
        ("none", "no contract"),
        ("met", None),
    ]
    assert [one["goal"] for one in said.values()] == ["missed", "missed", "met"], "the command's day is after the surge"
    assert [one["replied"] is not None for one in said.values()] == [False, False, True]
    _, out, _ = run_command(monkeypatch, capsys, "explain", str(free))
    assert "first response: not answered yet; no contract; goal missed, was due" in " ".join(out.split())

    says(house, touched, kim, "Please restart the search container.")
    house.agent_changes(quiet, status="pending")
    house.settle()
    assert [flags(house, one) for one in four] == [set()] * 4

    # An answer is remembered: a ticket that is touched again later costs no look into its conversation.
    pass_by(house, 60)
    house.wire.sent.clear()
    for one in (touched, answered):
        house.agent_changes(one, subject="Still open")
    pass_by(house, 1)
    assert comment_calls(house) == 0
    assert [flags(house, one) for one in (touched, free, answered)] == [set(), {GOAL}, set()], "surge has ended"
