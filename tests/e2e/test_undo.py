"""Undo over sockets: program and people have worked on the same tickets; only the program's values go back, once."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.e2e.world import NAME, World
from zendesk_sync.errors import WritesPaused
from zendesk_sync.sync.holding import Holding
from zendesk_sync.sync.undo import Found, Outcome, Undo
from zendesk_sync.sync.undo_plan import Why

OURS = ("Computed priority", "Customer type", "Queue band", "Missing context", "Support flags")


def pause(house: World) -> None:
    house.store.pause_writes(NAME, "kim@desk", "wrong policy")
    house.worker.serve()


def undo(house: World, since: float, *, dry_run: bool = False) -> tuple[Found, Outcome | None]:
    """As the command does it, beside the house's service."""
    with house.connect() as connection:
        work = Undo(connection, since, house.clock.timestamp(), sleep=house.clock.advance)
        work.settle(house.store, 0.0)
        found = work.find()
        if dry_run or not found.changes:
            return found, None
        lease = house.store.acquire(NAME, "undo", 600)
        assert lease is not None
        try:
            with Holding(house.store, lease) as held, connection.client.asking(held.before):
                return found, work.write([one.ticket_id for one in found.changes], house.store, lease)
        finally:
            house.store.release(lease)


def fields(house: World, ticket: int) -> dict[str, Any]:
    return {title: house.value(ticket, title) or None for title in OURS}


NOTHING = dict.fromkeys(OURS)


def test_only_our_values_go_back_and_the_next_run_goes_on_well(house: World) -> None:
    """Empty, the former value, a person's value: each as it was; then nothing more; then all anew, no note twice."""
    moved = house.customer_writes("Was p2 before", severity=2)
    house.settle(sweep=True)
    former = fields(house, moved) | {"Support flags": ["zs_context_missing"]}  # number one is put on by runs only
    house.clock.advance(600)
    since = house.clock.timestamp()
    house.agent_changes(moved, custom_fields=[house.option("Severity", "zs_severity_1")])
    fresh = house.customer_writes("Untouched", severity=2)
    overruled = house.customer_writes("An agent disagrees", severity=2)
    edited = house.customer_writes("An agent edits our field", plan="gratis", severity=2)
    many = [house.customer_writes(f"Many {n}", plan="gratis", severity=2) for n in range(5)]
    house.settle()
    assert house.number_ones() == [moved]
    house.agent_changes(overruled, priority="urgent")
    house.settle()
    house.agent_changes(edited, custom_fields=[house.option("Computed priority", "zs_computed_p1")])
    house.agent_changes(moved, comment={"body": "Looking.", "public": False})
    house.deliver()
    pause(house)
    notes = {ticket: house.notes(ticket) for ticket in (fresh, overruled, moved)}

    house.wire.sent.clear()
    found, _ = undo(house, since, dry_run=True)
    assert house.wire.writes() == []
    assert len(found.changes) == 9
    _, outcome = undo(house, since)
    assert outcome is not None
    assert (len(outcome.done), outcome.left) == (9, {})
    assert house.wire.sent.count("PUT /api/v2/tickets/update_many") == 1

    assert (fields(house, moved), house.ticket(moved)["priority"]) == (former, "normal")
    assert "wrote=p2" in house.value(moved, "Memory")
    assert (fields(house, fresh), house.ticket(fresh)["priority"]) == (NOTHING, "normal")
    assert (fields(house, overruled), house.ticket(overruled)["priority"]) == (NOTHING, "urgent")
    assert fields(house, edited) == NOTHING | {"Computed priority": "zs_computed_p1"}
    assert all(fields(house, ticket) == NOTHING and house.value(ticket, "Severity") for ticket in many)
    stays = {(one.ticket_id, stay.what, stay.why) for one in found.undoings for stay in one.stays}
    assert {(fresh, "official", Why.NATIVE), (overruled, "official", Why.CHANGED)} <= stays
    assert (edited, "computed", Why.CHANGED) in stays
    assert house.number_ones() in ([], [overruled])

    house.wire.sent.clear()
    assert undo(house, since)[1] is None
    assert house.wire.writes() == []

    house.store.resume_writes(NAME)
    house.settle(sweep=True)
    assert house.value(fresh, "Computed priority") == "zs_computed_p2"
    assert house.ticket(overruled)["priority"] == "urgent"
    assert "zs_override" in house.ticket(overruled)["tags"]
    assert house.ticket(moved)["priority"] == "high"
    assert "zs_override" not in house.ticket(moved)["tags"]
    assert {ticket: house.notes(ticket) for ticket in notes} == notes
    assert house.number_ones() == [overruled]


def test_what_happens_while_undoing_is_seen(house: World) -> None:
    """An agent is faster than a safe update; the answer to a job is lost; a process dies: nothing is overwritten."""
    house.clock.advance(600)
    since = house.clock.timestamp()
    tickets = [house.customer_writes(f"Ticket {n}", plan="gratis", severity=2) for n in range(6)]
    house.settle(sweep=True)
    pause(house)
    lost = False

    def lose(request: httpx.Request) -> None:
        nonlocal lost
        if request.url.path.endswith("/tickets/update_many") and not lost:
            lost = True
            raise httpx.ReadTimeout("no answer", request=request)

    house.wire.after = lose
    _, outcome = undo(house, since)
    assert lost
    assert outcome is not None
    assert outcome.left == {}
    assert all(fields(house, ticket) == NOTHING for ticket in tickets)

    house.wire.after = lambda _request: None
    house.store.resume_writes(NAME)
    house.settle(sweep=True)
    pause(house)
    since = house.clock.timestamp()
    house.store.resume_writes(NAME)
    house.agent_changes(tickets[0], custom_fields=[house.option("Severity", "zs_severity_1")])
    house.settle()
    pause(house)
    faster = False

    def change(request: httpx.Request) -> None:
        nonlocal faster
        if request.method == "PUT" and request.url.path.endswith(f"/tickets/{tickets[0]}") and not faster:
            faster = True
            house.agent_changes(tickets[0], priority="low")

    house.wire.before = change
    undo(house, since)
    assert faster
    assert house.ticket(tickets[0])["priority"] == "low"
    assert "wrote=human" in house.value(tickets[0], "Memory")


def test_whoever_resumes_meanwhile_stops_the_undo(house: World) -> None:
    """The service would write it again at once; what was undone by then is done, and the rest is found by the next."""
    since = house.clock.timestamp()
    house.customer_writes(severity=2)
    house.settle(sweep=True)
    pause(house)
    with house.connect() as connection:
        work = Undo(connection, since, house.clock.timestamp(), sleep=house.clock.advance)
        work.settle(house.store, 0.0)
        found = work.find()
        lease = house.store.acquire(NAME, "undo", 600)
        assert lease is not None

        def refuse() -> None:
            raise WritesPaused("not paused any more")

        house.wire.sent.clear()
        with (
            pytest.raises(WritesPaused),
            Holding(house.store, lease, refuse) as held,
            connection.client.asking(held.before),
        ):
            work.write([one.ticket_id for one in found.changes], house.store, lease)
        house.store.release(lease)
    assert house.wire.writes() == []
    assert house.store.intended(NAME) == []
