"""Exactly one number one, at every moment that anybody could look."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.world import World

TAG = "zs_number_one"


def holders_over_time(house: World, tickets: list[int]) -> list[set[int]]:
    """Who carried the tag after each audit of these tickets, in the order of events."""
    changes: list[tuple[int, int, bool]] = []
    for ticket in tickets:
        events = [event for audit in house.audits(ticket) for event in audit["events"]]
        changes += [(e["id"], ticket, TAG in _tags(e["value"])) for e in events if e.get("field_name") == "tags"]
    holding: set[int] = set()
    moments = []
    for _, ticket, holds in sorted(changes):
        holding = holding | {ticket} if holds else holding - {ticket}
        moments.append(set(holding))
    return moments


def _tags(value: Any) -> list[str]:
    if isinstance(value, str):
        return list(json.loads(value)) if value.startswith("[") else value.split()
    return list(value)


def test_number_one_moves_to_the_more_urgent_ticket_and_never_stands_twice(house: World) -> None:
    """Off the old one before on the new one; over the whole history there is at most one."""
    tickets = [house.customer_writes("first", severity=2)]
    house.settle()
    assert house.number_ones() == tickets
    for severity in (1, 0):
        tickets.append(house.customer_writes(f"severity {severity}", severity=severity))
        house.settle()
        assert house.number_ones() == [tickets[-1]]
    house.agent_changes(tickets[-1], status="pending")
    house.settle()
    assert house.number_ones() == [tickets[1]]
    moments = holders_over_time(house, tickets)
    assert moments
    assert max(len(moment) for moment in moments) == 1


def test_solved_number_one_gives_way(house: World) -> None:
    """The tag does not linger on a solved ticket."""
    first = house.customer_writes(severity=0)
    second = house.customer_writes(severity=2)
    house.settle()
    house.agent_changes(first, status="solved", assignee_id=house.zendesk.owner_id)
    house.settle()
    assert house.number_ones() == [second]


def test_closed_ticket_that_carries_the_tag_loses_it(house: World) -> None:
    """Also without the webhook, and although a closed ticket accepts nothing but tags."""
    first = house.customer_writes(severity=0)
    house.settle()
    house.post("/sandbox/webhooks", {"drop_next": 2})
    house.agent_changes(first, status="solved", assignee_id=house.zendesk.owner_id)
    house.agent_changes(first, status="closed")
    house.deliver()
    second = house.customer_writes(severity=2)
    house.settle(sweep=True)
    assert house.number_ones() == [second]


def test_nobody_waits_nobody_is_number_one(house: World) -> None:
    """With the last open ticket gone the tag is gone."""
    only = house.customer_writes(severity=1)
    house.settle()
    house.agent_changes(only, status="pending")
    house.settle()
    assert house.number_ones() == []


def test_crash_between_the_two_halves_is_recovered(house: World) -> None:
    """Taken off the old one, then the process dies: the next one puts it on the new one."""
    first = house.customer_writes(severity=2)
    house.settle()
    urgent = house.customer_writes(severity=0)
    puts = 0

    def die(request: Any) -> None:
        nonlocal puts
        if request.method == "PUT" and request.url.path.endswith(f"/tickets/{urgent}"):
            puts += 1
            if puts == 2:
                raise KeyboardInterrupt

    house.wire.before = die
    died = False
    for _ in range(10):
        house.deliver()
        house.clock.advance(3)
        try:
            house.worker.serve()
        except KeyboardInterrupt:
            died = True
            break
    assert died
    assert house.number_ones() == []
    house.wire.before = lambda _request: None
    house.close()
    house.open()
    house.settle(sweep=True)
    assert house.number_ones() == [urgent]
    assert max(len(moment) for moment in holders_over_time(house, [first, urgent])) == 1
