"""A backfill over real sockets: few calls, every ticket as the policy decides it, safe to stop and to repeat."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from tests.e2e.world import NAME, World, world
from tests.policy.facts import HANDBOOK
from zendesk_sync.cli import backfill as command
from zendesk_sync.cli.common import Chosen
from zendesk_sync.errors import ZendeskUnreachable
from zendesk_sync.settings import Settings
from zendesk_sync.sync.backfill import Backfill, Totals
from zendesk_sync.sync.estimate import estimate
from zendesk_sync.sync.look import Look, look
from zendesk_sync.zendesk.budget import Budget, Call, route

TICKETS = 130


@pytest.fixture
def house(tmp_path: Path) -> Iterator[World]:
    """An account that lived without us: tickets, conversations, and nobody heard of any of it."""
    with world(tmp_path) as running:
        running.post("/sandbox/webhooks", {"drop_next": 10_000})
        for number in range(TICKETS):
            ticket = running.customer_writes(f"Search shows nothing, case {number}", severity=number % 4)
            if number % 4 == 2:
                running.agent_changes(ticket, comment={"body": "We run 4.2.1 on Kubernetes.", "public": True})
        running.deliver()
        running.clock.advance(3600)
        yield running


def backfill(house: World, **known: Any) -> Totals:
    lease = house.store.acquire(NAME, "backfill", 600)
    assert lease is not None
    with house.connect() as connection:
        try:
            return Backfill(connection, house.store, lease, sleep=house.clock.advance, **known).run()
        finally:
            house.store.release(lease)


def wrong(house: World) -> list[int]:
    """Tickets whose values differ from the pure decision."""
    with house.connect() as connection:
        page = connection.tickets.show_many(list(range(1, TICKETS + 1)))
        looks = [look(connection, ticket, page, notes=False) for ticket in page.tickets]
    return [one.ticket.id for one in looks if one.change is not None]


def test_every_ticket_is_right_afterwards_with_few_calls_and_without_a_note(house: World) -> None:
    house.wire.sent.clear()
    totals = backfill(house)
    calls = [
        line for line in house.wire.sent if not line.startswith(("GET /api/v2/ticket_fields", "GET /api/v2/users"))
    ]
    assert (totals.written, totals.deferred, totals.inbox) == (TICKETS, 0, 0)
    assert len(calls) < TICKETS / 5
    assert len(house.wire.writes()) <= 3
    assert wrong(house) == []
    assert all(house.notes(ticket) == [] for ticket in (3, 7, 11))


def test_number_one_stands_also_where_the_exports_are_used_up(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    backfill(house)
    budget = Budget(clock=house.clock.timestamp)
    while not budget.admit(Call(route("GET", "/api/v2/incremental/ticket_events"))):
        pass
    passing = SimpleNamespace(sleep=house.clock.advance, monotonic=house.clock.timestamp)
    monkeypatch.setattr(command, "time", passing)
    settings = Settings.model_validate({"accounts": {NAME: house.account.model_dump()}})
    chosen = Chosen(NAME, settings, house.account, house.secrets, HANDBOOK)
    command._finish(chosen, house.store, budget, whole=True)
    assert len(house.number_ones()) == 1


def test_a_second_run_writes_nothing_and_reads_pages_only(house: World) -> None:
    backfill(house)
    house.clock.advance(3600)
    house.wire.sent.clear()
    totals = backfill(house)
    assert (totals.written, totals.right) == (0, TICKETS)
    assert house.wire.writes() == []
    assert [line for line in house.wire.sent if "incremental" in line or "show_many" in line] == [
        "GET /api/v2/incremental/tickets/cursor"
    ]


def test_comments_are_read_in_bulk_and_answer_the_checklist(house: World) -> None:
    backfill(house)
    assert not [line for line in house.wire.sent if line.endswith("/comments")]
    assert "zs_missing_version" not in house.value(3, "Missing context")
    assert "zs_missing_logs" in house.value(3, "Missing context")


def test_it_goes_on_where_it_was_cut_off(house: World) -> None:
    """Zendesk goes away in the middle of the histories; the next run does what was left, and nothing twice."""
    calls = 0

    def away(request: Any) -> None:
        nonlocal calls
        if "ticket_events" in request.url.path:
            calls += 1
            raise httpx.ConnectError("away")

    house.wire.before = away
    with pytest.raises(ZendeskUnreachable):
        backfill(house)
    house.wire.before = lambda _request: None
    house.clock.advance(3600)
    totals = backfill(house)
    house.settle()
    assert totals.deferred == 0
    assert wrong(house) == []
    computed = str(house.field_id("Computed priority"))
    for ticket in (2, 3, 5):  # a response that is due by now may have been flagged since
        fields = [{event.get("field_name") for event in audit["events"]} for audit in writes_to(house, ticket)]
        assert [computed in names for names in fields].count(True) == 1


def writes_to(house: World, ticket: int) -> list[dict[str, Any]]:
    ours = house.zendesk.integration_id
    return [audit for audit in house.audits(ticket) if audit["author_id"] == ours]


def test_a_humans_value_stays_and_a_dry_run_sends_nothing(house: World) -> None:
    house.agent_changes(5, priority="low")
    house.clock.advance(3600)
    planned: list[Look] = []
    backfill(house, preview=planned.append)
    assert len(planned) == TICKETS
    assert house.wire.writes() == []
    backfill(house)
    assert house.ticket(5)["priority"] == "low"


def test_what_somebody_works_on_goes_the_careful_way(house: World) -> None:
    house.agent_changes(9, subject="Search shows nothing, urgent")
    house.clock.advance(90)
    totals = backfill(house)
    assert totals.inbox == 1
    house.settle()
    assert wrong(house) == []


def test_notes_come_only_where_they_are_asked_for(house: World) -> None:
    totals = backfill(house, notes=True)
    assert totals.notes > 0
    assert len(house.notes(3)) == 1


def test_a_slice_by_search_touches_nothing_else(house: World) -> None:
    house.clock.advance(600)
    totals = backfill(house, query="case 7")
    assert totals.tickets < TICKETS
    touched = [ticket for ticket in range(1, TICKETS + 1) if writes_to(house, ticket)]
    assert 0 < len(touched) < TICKETS


def test_the_estimate_judges_by_tickets_that_can_be_written(house: World) -> None:
    """In an account of some age the oldest are closed: it does not look at those, nor spend an export on it."""
    for ticket in range(1, 100):
        house.agent_changes(ticket, status="closed", assignee_id=house.zendesk.owner_id)
    house.clock.advance(600)
    with house.connect() as connection:
        expected = estimate(connection, since=0, query=None)
    assert (expected.rows, expected.tickets) == (TICKETS, TICKETS - 99)
    assert expected.sampled == expected.tickets
    assert expected.writes == expected.tickets
    assert "export" not in house.budget.calls


def test_the_estimate_is_of_the_right_size(house: World) -> None:
    house.clock.advance(600)
    with house.connect() as connection:
        expected = estimate(connection, since=0, query=None)
    house.wire.sent.clear()
    totals = backfill(house)
    assert expected.tickets == TICKETS
    assert totals.written / 2 <= expected.writes <= totals.written * 2
    assert expected.calls / 3 <= len(house.wire.sent) <= expected.calls * 3
