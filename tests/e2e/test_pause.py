"""The kill switch over sockets: nothing is written while it stands, nothing is lost, and it goes on by itself after."""

from __future__ import annotations

import httpx
import pytest

from tests.e2e.world import NAME, World
from zendesk_sync.errors import WritesPaused
from zendesk_sync.store.store import Store
from zendesk_sync.sync.service import AccountWorker


def pause(house: World) -> None:
    """As the command does it: another opener of the same store."""
    with Store.open(house.folder / "store.db", exclusive=False) as beside:
        beside.pause_writes(NAME, "kim@desk", "wrong policy")


def pass_time(house: World, rounds: int = 4) -> None:
    for _ in range(rounds):
        house.clock.advance(61)
        house.deliver()
        assert house.worker.serve() is False


def test_paused_account_keeps_hints_and_writes_nothing(house: World) -> None:
    """Webhooks and sweep fill the inbox; after resume everything is written, once."""
    house.settle(sweep=True)
    pause(house)
    first = house.customer_writes(severity=2)
    house.post("/sandbox/webhooks", {"drop_next": 1})
    second = house.customer_writes("Only the sweep finds it", severity=1)
    house.wire.sent.clear()
    pass_time(house)
    assert house.wire.writes() == []
    assert "GET /api/v2/incremental/tickets/cursor" in house.wire.sent
    assert {hint.ticket for hint in house.store.hints(NAME)} == {first, second}
    house.close()
    house.open()  # a restart changes nothing
    pass_time(house, 2)
    assert house.wire.writes() == []
    house.store.resume_writes(NAME)
    house.settle()
    assert [house.ticket(ticket)["priority"] for ticket in (first, second)] == ["normal", "high"]
    assert len(house.notes(first)) == 1
    assert house.number_ones() == [second]


def test_pause_in_the_middle_of_a_batch_stops_the_next_write(house: World) -> None:
    """Lone updates: the one that is out is done, the next is not sent, its hint stays with all its tries."""
    tickets = [house.customer_writes(f"Ticket {n}", severity=1) for n in range(5)]
    house.deliver()
    house.clock.advance(3)

    def at_the_second(request: httpx.Request) -> None:
        if request.method == "PUT" and len(house.wire.writes()) == 1:
            pause(house)

    house.wire.after = at_the_second
    house.wire.sent.clear()
    assert house.worker.serve() is False
    assert len(house.wire.writes()) == 1
    done = [ticket for ticket in tickets if house.ticket(ticket)["priority"] == "high"]
    assert len(done) == 1
    assert {(hint.ticket, hint.tries) for hint in house.store.hints(NAME)} == {(t, 0) for t in {*tickets} - {*done}}
    house.wire.after = lambda _request: None
    house.store.resume_writes(NAME)
    house.settle()
    assert [house.ticket(ticket)["priority"] for ticket in tickets] == ["high"] * 5


def test_pause_while_a_job_runs_sends_no_other_and_settles_the_first(house: World) -> None:
    """What Zendesk has accepted goes on and is checked; the second job is not sent and leaves no intent."""
    house.post("/sandbox/webhooks", {"drop_next": 150})
    tickets = [house.customer_writes(f"Ticket {n}", severity=3) for n in range(110)]
    house.deliver()
    house.clock.advance(90)

    def after_the_job(request: httpx.Request) -> None:
        if request.url.path.endswith("/tickets/update_many"):
            pause(house)

    house.wire.after = after_the_job
    house.wire.sent.clear()
    house.store.request_sweep(NAME)
    assert house.worker.serve() is False
    assert house.wire.writes() == ["PUT /api/v2/tickets/update_many"]
    assert house.store.intended(NAME) == []
    assert house.store.pending(NAME).due == 10
    written = [ticket for ticket in tickets if house.value(ticket, "Computed priority")]
    assert len(written) == 100


def test_job_that_is_not_sent_any_more_leaves_no_intent(house: World) -> None:
    """The pause comes between deciding and sending."""
    house.post("/sandbox/webhooks", {"drop_next": 20})
    for n in range(20):
        house.customer_writes(f"Ticket {n}", severity=3)
    house.deliver()
    house.clock.advance(90)

    def while_reading(request: httpx.Request) -> None:
        if request.url.path.endswith("/tickets/show_many"):
            pause(house)

    house.wire.after = while_reading
    house.wire.sent.clear()
    house.store.request_sweep(NAME)
    assert house.worker.serve() is False
    assert house.wire.writes() == []
    assert house.store.intended(NAME) == []
    assert house.store.pending(NAME).due == 20


def test_configuration_pauses_whatever_the_store_says(house: World) -> None:
    """``paused = true`` outlives a deleted store; a command that runs once says so instead of doing nothing."""
    house.customer_writes(severity=1)
    house.deliver()
    house.clock.advance(3)
    house.worker.close()
    house.worker = AccountWorker(NAME, house.store, house.connect, sleep=house.clock.advance, paused=True)
    house.wire.sent.clear()
    pass_time(house, 2)
    assert house.wire.writes() == []
    once = AccountWorker(NAME, house.store, house.connect, sleep=house.clock.advance, paused=True, raises=True)
    with pytest.raises(WritesPaused, match="remove paused = true"):
        once.serve()
