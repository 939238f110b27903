"""Time by command: hours in milliseconds, and everything follows the sandbox's clock."""

import pytest

from tests.sandbox.conftest import Desk, until
from tests.sandbox.receiver import Receiver, calling, log_of
from zendesk_sync.sandbox import Clock
from zendesk_sync.sandbox.clock import parse_iso


def test_time_is_set_frozen_and_run(desk: Desk) -> None:
    """It stands until it is moved, runs when it is told to, and never goes back."""
    assert desk.clock()["frozen"] is True
    assert desk.clock(set="2031-05-06T07:08:09Z")["now"] == "2031-05-06T07:08:09Z"
    assert desk.ticket()["created_at"] == "2031-05-06T07:08:09Z"
    desk.call("POST", "/sandbox/clock", {"set": "2001-01-01T00:00:00Z"}, status=400)
    desk.call("POST", "/sandbox/clock", {"set": "soon"}, status=400)
    desk.call("POST", "/sandbox/clock", {"advance": 1}, status=400)
    assert desk.clock(run=True)["frozen"] is False
    before = desk.sandbox.clock.timestamp()
    until(lambda: desk.sandbox.clock.timestamp() > before)
    stopped = desk.clock(freeze=True)
    assert stopped["frozen"] is True
    assert desk.clock()["now"] == stopped["now"]
    assert stopped["now"].startswith("2031-05-06T07:08:")


def test_settling_stops_at_everything_that_is_due(desk: Desk, receiver: Receiver) -> None:
    """A job is done, its webhook goes out, is refused, and comes again 30 seconds later, all within one command."""
    webhook = calling(desk, receiver)
    receiver.answers = [(200, {}), (503, {"retry-after": "30"})]
    number = desk.ticket()["id"]
    desk.clock(settle=True)
    start = desk.sandbox.clock.timestamp()
    job = desk.call("PUT", "tickets/update_many", {"tickets": [{"id": number, "priority": "low"}]}).json()
    desk.clock(advance_seconds=3600, settle=True)
    assert desk.get(f"job_statuses/{job['job_status']['id']}")["job_status"]["status"] == "completed"
    assert log_of(desk, webhook)[0] == ("success", 200)
    stamps = [parse_iso(headers["x-zendesk-webhook-signature-timestamp"]) for headers, _, _ in receiver.calls]
    passed = [stamp.timestamp() - start for stamp in stamps if stamp]
    assert passed[1] < 5
    assert 30 <= passed[2] < 36
    assert desk.sandbox.clock.timestamp() == pytest.approx(start + 3600)


def test_settling_leaves_paused_webhooks_alone(desk: Desk, receiver: Receiver) -> None:
    """It does not wait for what is held."""
    calling(desk, receiver)
    desk.call("POST", "/sandbox/webhooks", {"pause": True})
    desk.ticket()
    desk.clock(advance_seconds=60, settle=True)
    assert receiver.calls == []


def test_a_clock_that_runs_again_goes_on_where_it_stood() -> None:
    """No moment is skipped or told twice."""
    clock = Clock(frozen=True)
    stood = clock.now()
    clock.run()
    assert 0 <= (clock.now() - stood).total_seconds() < 5
    clock.freeze()
    assert clock.now() == clock.now()
