"""How webhooks are delivered: timeouts, the circuit breaker, what is never sent, and the log of it all."""

from collections.abc import Iterator

import pytest

from tests.sandbox.conftest import Desk
from tests.sandbox.receiver import Receiver, calling, hook, log_of, quiet, then, trigger
from zendesk_sync.sandbox import Clock, Pace, Sandbox
from zendesk_sync.sandbox.breaker import PAUSE, WINDOW, Breaker


@pytest.fixture
def touchy(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A sandbox whose breaker looks at four calls, and which grants a stopped clock little real time."""
    pace = Pace(breaker_calls=getattr(request, "param", 4), webhook_grace=0.02)
    with Sandbox(clock=Clock(frozen=True), pace=pace) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            yield desk


@pytest.mark.parametrize("touchy", [100], indirect=True)
def test_a_timeout_is_repeated_five_times(touchy: Desk, receiver: Receiver) -> None:
    """Twelve seconds each by the sandbox's clock; then the invocation is a timeout with six attempts."""
    webhook = calling(touchy, receiver)
    receiver.silent.clear()
    touchy.ticket()
    touchy.clock(advance_seconds=600, settle=True)
    assert log_of(touchy, webhook) == [("timeout", None)]
    (invocation,) = touchy.get(f"webhooks/{webhook['id']}/invocations")["invocations"]
    path = f"webhooks/{webhook['id']}/invocations/{invocation['id']}/attempts"
    attempts = touchy.get(path)["attempts"]
    assert [one["status"] for one in attempts] == ["timeout"] * 6
    assert len({one["id"] for one in attempts}) == 6


def test_attempts_show_what_was_said_and_hide_credentials(desk: Desk, receiver: Receiver) -> None:
    """Headers and payload of the request, and the answer; never the secret."""
    auth = {"type": "bearer_token", "data": {"token": "s3cret"}, "add_position": "header"}
    webhook = calling(desk, receiver, authentication=auth)
    receiver.answers = [(409, {}), (200, {"x-seen": "1"})]
    number = desk.ticket()["id"]
    desk.clock(advance_seconds=5, settle=True)
    (invocation,) = desk.get(f"webhooks/{webhook['id']}/invocations")["invocations"]
    assert (invocation["status"], invocation["status_code"]) == ("success", 200)
    answer = desk.call("GET", f"webhooks/{webhook['id']}/invocations/{invocation['id']}/attempts", status=200)
    assert "s3cret" not in answer.text
    first, second = answer.json()["attempts"]
    assert (first["status"], first["status_code"], second["status"]) == ("client error", 409, "success")
    assert second["request"]["payload"] == str(number)
    assert {"key": "x-seen", "value": "1"} in second["response"]["headers"]
    assert receiver.calls[0][0]["authorization"] == "Bearer s3cret"
    desk.call("GET", f"webhooks/{webhook['id']}/invocations/77/attempts", status=404)


def test_the_log_is_filtered_and_forgets_after_a_week(desk: Desk, receiver: Receiver) -> None:
    """By status and time; what is older than seven days is gone."""
    webhook = calling(desk, receiver)
    receiver.answers = [(500, {}), (200, {})]
    path = f"webhooks/{webhook['id']}/invocations"
    desk.ticket()
    quiet(desk)
    desk.advance(3600)
    between = desk.clock()["now"]
    desk.advance(1)
    desk.ticket()
    quiet(desk)
    assert log_of(desk, webhook) == [("success", 200), ("server error", 500)]
    for query, found in (("filter[status]", "server error"), ("filter[to_ts]", between)):
        assert [one["status"] for one in desk.get(path, params={query: found})["invocations"]] == ["server error"]
    later = desk.get(path, params={"filter[from_ts]": between})["invocations"]
    assert [one["status"] for one in later] == ["success"]
    desk.call("GET", path, params={"filter[from_ts]": "yesterday"}, status=400)
    desk.advance(7 * 24 * 3600 + 1)
    desk.ticket()
    quiet(desk)
    assert len(log_of(desk, webhook)) == 1


def test_the_circuit_opens_and_closes_again(touchy: Desk, receiver: Receiver) -> None:
    """At 70 % errors nothing is sent for a short pause; what falls into it is lost; then all is as before."""
    webhook = calling(touchy, receiver)
    receiver.answers = [(500, {})] * 4
    for _ in range(5):
        touchy.ticket()
        quiet(touchy)
    assert [status for status, _ in log_of(touchy, webhook)] == ["circuit broken", *["server error"] * 4]
    assert len(receiver.calls) == 4
    touchy.advance(PAUSE)
    touchy.ticket()
    quiet(touchy)
    assert log_of(touchy, webhook)[0] == ("success", 200)


def test_the_breaker_counts_five_minutes_and_a_thousand_errors() -> None:
    """Old calls do not count; more than 1,000 errors open it at any share."""
    breaker = Breaker(least=10)
    for second in range(9):
        breaker.record(float(second), failed=True)
    breaker.record(WINDOW + 100, failed=True)
    assert not breaker.is_open(WINDOW + 100)
    many = Breaker(least=10)
    for number in range(3_003):
        many.record(1.0, failed=number % 3 == 0)
        assert many.is_open(1.0) is (number == 3_000)
        if number == 3_000:
            break
    assert not many.is_open(1.0 + PAUSE)


def test_redirects_are_not_followed_and_large_bodies_not_sent(desk: Desk, receiver: Receiver) -> None:
    """A redirect has failed; 256 KB are too much."""
    webhook = calling(desk, receiver)
    receiver.answers = [(302, {"location": receiver.url})]
    desk.ticket()
    quiet(desk)
    assert (log_of(desk, webhook), len(receiver.calls)) == ([("failed", 302)], 1)
    large = calling(desk, receiver, "{{ticket.description}}" * 5)
    desk.ticket(comment={"body": "x" * 60_000})
    quiet(desk)
    assert log_of(desk, large) == [("failed", None)]


def test_a_webhook_without_a_body_sends_parameters(desk: Desk, receiver: Receiver) -> None:
    """The second part of the action is pairs, whose values are rendered."""
    webhook = hook(desk, receiver.url, http_method="DELETE")
    trigger(desk, then("notification_webhook", [webhook["id"], [["id", "{{ticket.id}}"], ["a b", "&"]]]))
    number = desk.ticket()["id"]
    quiet(desk)
    ((headers, body, path),) = receiver.calls
    assert (body, path) == (b"", f"/hook?id={number}&a+b=%26")
    assert "content-type" not in headers


def test_inactive_webhooks_are_not_called(desk: Desk, receiver: Receiver) -> None:
    """Neither by triggers nor by events."""
    calling(desk, receiver, status="inactive")
    hook(desk, receiver.url, status="inactive", subscriptions=["zen:event-type:ticket.created"])
    desk.ticket()
    assert desk.call("GET", "/sandbox/webhooks").json()["pending"] == 0
