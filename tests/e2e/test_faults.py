"""What Zendesk and the network do to us: lost answers, conflicts, refusals, an agent who is faster."""

from __future__ import annotations

import httpx
import pytest

from tests.e2e.world import NAME, World


def lose_answers(house: World, path_end: str, times: int = 1) -> None:
    """Apply the next matching writes in Zendesk, and lose their answers on the way back."""
    left = times

    def after(request: httpx.Request) -> None:
        nonlocal left
        if request.method == "PUT" and request.url.path.endswith(path_end) and left:
            left -= 1
            raise httpx.ReadTimeout("no answer", request=request)

    house.wire.after = after


def test_note_whose_answer_was_lost_is_not_repeated(house: World) -> None:
    """Applied but never answered: the ticket is read before anything else, and there is one note."""
    ticket = house.customer_writes(severity=2)
    lose_answers(house, f"/tickets/{ticket}")
    house.settle()
    assert house.ticket(ticket)["priority"] == "normal"
    assert len(house.notes(ticket)) == 1


def test_job_whose_answer_was_lost_is_not_repeated(house: World) -> None:
    """The intent was stored before sending; nothing is planned for its tickets while a job may run."""
    house.post("/sandbox/webhooks", {"drop_next": 8})
    tickets = [house.customer_writes(f"Ticket {n}", plan="gratis", severity=2) for n in range(8)]
    house.deliver()
    lose_answers(house, "/tickets/update_many")
    house.settle(sweep=True)
    assert [len(house.notes(ticket)) for ticket in tickets] == [1] * 8
    assert house.store.intents(NAME, tickets) == set()


def test_crash_after_sending_a_job_repeats_nothing(house: World) -> None:
    """The process dies with a job in flight; the next one finds the intent and waits for the job."""
    house.post("/sandbox/webhooks", {"drop_next": 8})
    tickets = [house.customer_writes(f"Ticket {n}", plan="gratis", severity=2) for n in range(8)]
    house.deliver()

    def die(request: httpx.Request) -> None:
        if request.url.path.endswith("/tickets/update_many"):
            raise KeyboardInterrupt

    house.wire.after = die
    house.store.request_sweep(NAME)
    house.clock.advance(3)
    with pytest.raises(KeyboardInterrupt):
        house.worker.serve()
    house.wire.after = lambda _request: None
    house.close()
    house.open()
    house.settle(sweep=True)
    assert [len(house.notes(ticket)) for ticket in tickets] == [1] * 8


def test_agent_who_is_faster_wins(house: World) -> None:
    """An agent sets the priority between our read and our write: 409, read again, theirs stays."""
    ticket = house.customer_writes(severity=2)
    done = False

    def faster(request: httpx.Request) -> None:
        nonlocal done
        if request.method == "PUT" and request.url.path.endswith(f"/tickets/{ticket}") and not done:
            done = True
            house.agent_changes(ticket, priority="urgent")

    house.wire.before = faster
    house.settle()
    assert done
    assert house.ticket(ticket)["priority"] == "urgent"
    assert "zs_override" in house.ticket(ticket)["tags"]


@pytest.mark.parametrize("status", [429, 503, 502, 401, 403])
def test_trouble_with_zendesk_loses_nothing(house: World, status: int) -> None:
    """Whatever it answers for a while, the hint stays, and the ticket is done when it is well again."""
    ticket = house.customer_writes(severity=1)
    house.deliver()
    house.clock.advance(3)
    trouble = True

    class Sick(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if trouble and request.url.path.startswith("/api/v2/tickets"):
                return httpx.Response(status, headers={"Retry-After": "45"}, text="<html>sorry</html>", request=request)
            return inner.handle_request(request)

        def close(self) -> None:
            inner.close()

    inner, house.wire = house.wire, Sick()  # type: ignore[assignment]
    for _ in range(3):
        house.worker.serve()
        house.clock.advance(50)
    assert house.ticket(ticket)["priority"] is None
    trouble = False
    for _ in range(12):
        house.clock.advance(61)
        house.worker.serve()
    assert house.ticket(ticket)["priority"] == "high"


def test_hours_without_zendesk_use_up_no_tries(house: World) -> None:
    """An outage is not the ticket's fault: nothing is parked, and recovery is by itself."""
    ticket = house.customer_writes(severity=1)
    house.deliver()

    def gone(request: httpx.Request) -> None:
        raise httpx.ConnectError("no route", request=request)

    house.wire.before = gone
    for _ in range(30):
        house.clock.advance(700)
        house.worker.serve()
    assert house.store.parked(NAME) == []
    house.wire.before = lambda _request: None
    house.clock.advance(70)
    house.settle()
    assert house.ticket(ticket)["priority"] == "high"


def test_option_that_zendesk_drops_silently_is_noticed(house: World) -> None:
    """An option was deleted behind our back: the write does not count as done, and setup mends it."""
    field = next(f for f in house.get("/api/v2/ticket_fields")["ticket_fields"] if f["title"] == "Computed priority")
    ticket = house.customer_writes(severity=1)
    house.settle()
    options = [o for o in field["custom_field_options"] if o["value"] != "zs_computed_p0"]
    changed = {"ticket_field": {"custom_field_options": options}}
    house.http.put(f"/api/v2/ticket_fields/{field['id']}", json=changed).raise_for_status()
    house.agent_changes(ticket, custom_fields=[house.option("Severity", "zs_severity_0")])
    house.deliver()
    for _ in range(3):
        house.clock.advance(3)
        house.worker.serve()
    (waiting,) = house.store.hints(NAME)
    assert "dropped" in str(waiting.error)
    house.setup()
    for _ in range(6):
        house.clock.advance(60)
        house.worker.serve()
    assert house.value(ticket, "Computed priority") == "zs_computed_p0"


def test_bad_ticket_does_not_spoil_its_batch(house: World) -> None:
    """One ticket that cannot be decided waits with its error; the others go through."""
    good = [house.customer_writes(f"Ticket {n}", severity=1) for n in range(3)]
    bad = house.customer_writes("Ticket with no history", severity=1, via_followup_source_id=None, priority="low")
    house.deliver()

    def fail(request: httpx.Request) -> None:
        if request.url.path.endswith(f"/tickets/{bad}/audits"):
            raise httpx.ReadTimeout("never", request=request)

    house.wire.before = fail
    for _ in range(4):
        house.clock.advance(3)
        house.worker.serve()
    assert [house.ticket(ticket)["priority"] for ticket in good] == ["high"] * 3
    assert {hint.ticket for hint in house.store.hints(NAME)} <= {bad}
