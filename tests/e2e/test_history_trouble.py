"""Trouble while the service reads the history holds up nothing else, and what is missing is never called complete."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.world import NAME, World
from zendesk_sync.store.chronicles import Reach
from zendesk_sync.sync import chronicle

Answers = Callable[[httpx.Request], httpx.Response | None]


class Instead(httpx.BaseTransport):
    """May answer in Zendesk's place."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.answers: Answers = lambda _request: None
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        return self.answers(request) or self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def old_tickets(house: World, count: int) -> tuple[list[int], Instead]:
    """Tickets that are open, and older than any event that the service reads."""
    tickets = [house.customer_writes(f"Old and open {number}", severity=2) for number in range(count)]
    house.deliver()
    house.clock.advance(40 * 86_400)
    wire = Instead(house.wire)
    house.wire = wire  # type: ignore[assignment]
    return tickets, wire


def reach(house: World) -> Reach:
    found = house.store.chronicle_reach(NAME)
    assert found is not None
    return found


def sweep(house: World) -> None:
    house.clock.advance(180)
    house.settle(sweep=True)


def untold(house: World) -> list[int]:
    return house.store.without_beginning(NAME, 9) + house.store.standing_unchronicled(NAME, reach(house).until, 9)


def test_a_history_without_all_beginnings_is_not_complete(house: World) -> None:
    """Where the rate ends between the events and the beginnings, the report waits for these."""
    _, wire = old_tickets(house, 2)
    limit = httpx.Response(429, headers={"Retry-After": "500"})
    wire.answers = lambda request: limit if "/audits" in request.url.path else None
    house.settle(sweep=True)
    assert any("/audits" in path for path in wire.asked)
    assert not reach(house).complete
    wire.answers = lambda _request: None
    house.clock.advance(600)
    sweep(house)
    sweep(house)
    assert (reach(house).complete, untold(house)) == (True, [])


def test_a_ticket_whose_history_cannot_be_read_holds_up_no_other(house: World) -> None:
    """It is left out of reports, and asked for now and then; the account goes on at once."""
    (bad, good, strange), wire = old_tickets(house, 3)

    def answers(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == f"/api/v2/tickets/{bad}/audits":
            return httpx.Response(403, json={"error": "Forbidden"})
        if request.url.path == f"/api/v2/tickets/{strange}/audits":  # its creation is not told
            return httpx.Response(200, json={"audits": []})
        return None

    wire.answers = answers
    sweep(house)
    sweep(house)
    assert (reach(house).complete, untold(house)) == (True, [bad, strange])
    assert [wire.asked.count(f"/api/v2/tickets/{one}/audits") for one in (bad, good, strange)] == [1, 1, 1]


def test_refused_events_are_asked_for_once_an_hour(house: World) -> None:
    """However much happens meanwhile, of the few exports a minute none is spent on what is forbidden."""
    _, wire = old_tickets(house, 1)
    refused = httpx.Response(403, json={"error": "Forbidden"})
    wire.answers = lambda request: refused if "ticket_events" in request.url.path else None
    for _ in range(3):
        house.customer_writes("Something new", severity=1)
        sweep(house)
    assert sum("ticket_events" in path for path in wire.asked) == 1
    house.clock.advance(3_600)
    sweep(house)
    assert sum("ticket_events" in path for path in wire.asked) == 2


def test_events_that_fail_make_the_account_wait_for_nothing(house: World) -> None:
    """Zendesk cannot give them; priorities are written at once all the same."""
    _, wire = old_tickets(house, 1)
    wire.answers = lambda request: httpx.Response(500) if "ticket_events" in request.url.path else None
    sweep(house)
    house.clock.advance(180)
    house.store.request_sweep(NAME)
    for _ in range(2):
        assert house.worker.serve(), "the account does not rest"
    assert any("ticket_events" in path for path in wire.asked)
    assert not reach(house).complete
    wire.answers = lambda _request: None
    sweep(house)
    sweep(house)
    assert reach(house).complete


def test_a_clock_that_is_put_back_a_little_loses_no_history(house: World) -> None:
    """Zendesk's servers differ by seconds; only a wish for more days begins anew."""
    old_tickets(house, 1)
    sweep(house)
    sweep(house)
    before = reach(house)
    assert before.complete
    house.clock.advance(-700)
    house.settle(sweep=True)
    assert (reach(house).complete, reach(house).since) == (True, before.since)


def test_a_quiet_account_comes_to_its_history_as_soon_as_a_busy_one(
    house: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one round leaves is read with the next, whether anything happens meanwhile or not."""
    monkeypatch.setattr(chronicle, "BEGINNINGS", 1)
    old_tickets(house, 5)
    house.settle(sweep=True)
    for _ in range(6):
        house.clock.advance(60)
        assert house.worker.serve()
    assert reach(house).complete


def test_sweeps_that_come_too_often_do_not_keep_the_history_from_its_turn(
    house: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They use up what the exports allow; that nothing else waits is enough for the history to go on."""
    monkeypatch.setattr(chronicle, "BEGINNINGS", 1)
    old_tickets(house, 4)
    house.zendesk.state.pace = dataclasses.replace(house.zendesk.state.pace, limits=True)
    house.clock.advance(61)
    for _ in range(80):
        house.store.request_sweep(NAME)
        house.worker.serve()
        house.clock.advance(5)
    assert reach(house).complete
