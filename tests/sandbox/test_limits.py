"""Rate limits: refused with 429 and `Retry-After` when used up, told in headers, reset by the sandbox's own clock."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import FAST, Clock, Pace, Sandbox

VIEW = {"title": "V", "all": [{"field": "status", "operator": "less_than", "value": "solved"}]}


@pytest.fixture
def narrow() -> Iterator[Desk]:
    """An account of five requests a minute."""
    with Sandbox(clock=Clock(frozen=True), pace=Pace(requests_per_minute=5)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            yield desk


def _until_refused(
    desk: Desk, method: str, path: str, json: Any = None, *, at_most: int, **more: Any
) -> tuple[int, httpx.Response]:
    """Return how many requests were granted, and the answer that was a 429."""
    for granted in range(at_most + 1):
        answer = desk.call(method, path, json, **more)
        if answer.status_code == 429:
            return granted, answer
    raise AssertionError(f"{method} {path} was granted more than {at_most} times")


def test_the_account_has_so_many_requests_a_minute(narrow: Desk) -> None:
    """The sixth of five is 429 with the seconds to wait; afterwards there are five again, for every user together."""
    granted, refused = _until_refused(narrow, "GET", "users/me", at_most=5)
    assert granted == 5
    assert refused.json() == {
        "error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded",
    }  # fmt: skip
    wait = int(refused.headers["retry-after"])
    assert 0 < wait <= 60
    assert (refused.headers["x-rate-limit"], refused.headers["x-rate-limit-remaining"]) == ("5", "0")
    assert refused.headers["ratelimit-reset"] == refused.headers["retry-after"]
    narrow.call("GET", "users/me", headers={}, status=429)
    narrow.advance(wait - 1)
    narrow.call("GET", "users/me", status=429)
    narrow.advance(1)
    assert narrow.call("GET", "users/me", status=200).headers["x-rate-limit-remaining"] == "4"


def test_exports_share_ten_a_minute(desk: Desk) -> None:
    """Cursor, time-based and event exports draw from one bucket, which tells itself in a header."""
    paths = ("tickets/cursor", "tickets", "ticket_events", "organizations", "users")
    for number in range(10):
        answer = desk.call("GET", f"incremental/{paths[number % 5]}?start_time=0", status=200)
    assert "total=10; remaining=0; resets=60" in answer.headers["zendesk-ratelimit-incremental-exports"]
    refused = desk.call("GET", "incremental/tickets/cursor?start_time=0", status=429)
    assert refused.json()["description"] == "Number of allowed incremental export API requests per minute exceeded"
    assert refused.headers["zendesk-ratelimit-incremental-exports-cursor"].startswith("total=10; remaining=0")
    desk.call("GET", "incremental/users/cursor?start_time=0", status=200)
    desk.advance(int(refused.headers["retry-after"]))
    desk.call("GET", "incremental/tickets/cursor?start_time=0", status=200)


def test_thirty_writes_to_one_ticket_in_ten_minutes_for_each_user(desk: Desk) -> None:
    """The thirty-first is refused to this user for this ticket only, until ten minutes are over."""
    one, two = desk.ticket()["id"], desk.ticket()["id"]
    body = {"ticket": {"priority": "low"}}
    granted, refused = _until_refused(desk, "PUT", f"tickets/{one}", body, at_most=30)
    assert granted == 30
    assert refused.headers["zendesk-ratelimit-per-ticket-updates"] == "total=30; remaining=0; resets=600"
    assert refused.headers["retry-after"] == "600"
    desk.call("PUT", f"tickets/{one}/tags", {"tags": ["a"]}, status=429)
    desk.call("PUT", f"tickets/{two}", body, status=200)
    other = desk.acting_as(desk.sandbox.integration_id)
    desk.call("PUT", f"tickets/{one}", body, headers=other, status=200)
    desk.advance(599)
    desk.call("PUT", f"tickets/{one}", body, status=429)
    desk.advance(1)
    desk.call("PUT", f"tickets/{one}", body, status=200)


@pytest.mark.parametrize(("high_volume", "total"), [(False, 100), (True, 300)])
def test_the_account_updates_so_many_tickets_a_minute(high_volume: bool, total: int) -> None:
    """100 `PUT /tickets/{id}` a minute, 300 with the add-on; a bulk update does not count."""
    with Sandbox(clock=Clock(frozen=True), pace=Pace(high_volume=high_volume)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            numbers = [desk.ticket()["id"] for _ in range(12)]
            people = [desk.admin, desk.acting_as(sandbox.integration_id)]
            for number in range(total):
                path, who = f"tickets/{numbers[number % 12]}", people[number % 24 // 12]
                desk.call("PUT", path, {"ticket": {"priority": "low"}}, headers=who, status=200)
            refused = desk.call("PUT", f"tickets/{numbers[0]}", {"ticket": {"priority": "low"}}, status=429)
            assert refused.headers["zendesk-ratelimit-tickets-update"].startswith(f"total={total}; remaining=0")
            bulk = desk.call(
                "PUT", f"tickets/update_many?ids={numbers[0]}", {"ticket": {"priority": "high"}}, status=200
            )
            assert "zendesk-ratelimit-tickets-update" not in bulk.headers
            assert bulk.headers["x-rate-limit"] == ("2500" if high_volume else "700")


def test_a_view_is_counted_and_executed_five_times_a_minute_by_each_agent(desk: Desk) -> None:
    """Each view, each agent, each of the two endpoints has its own five; the refusal has the documented body."""
    one, two = (desk.call("POST", "views", {"view": VIEW}, status=201).json()["view"]["id"] for _ in range(2))
    for what in ("count", "execute"):
        granted, refused = _until_refused(desk, "GET", f"views/{one}/{what}", at_most=5)
        assert granted == 5
        assert refused.json() == {"errors": [{"code": "TooManyRequests", "title": "Too many requests to update"}]}
    desk.call("GET", f"views/{two}/count", status=200)
    desk.call("GET", f"views/{one}/count", headers=desk.acting_as(desk.sandbox.integration_id), status=200)
    assert _until_refused(desk, "GET", f"views/count_many?ids={one}", at_most=6)[0] == 6
    assert _until_refused(desk, "POST", "views/preview", {"view": VIEW}, at_most=5)[0] == 5
    desk.advance(60)
    desk.call("GET", f"views/{one}/count", status=200)


def test_people_and_organizations_change_five_times_a_minute(desk: Desk) -> None:
    """Five a minute for each user, and one a second for all of them; five a minute for each organization."""
    one, two = desk.user(email="a@a.example")["id"], desk.user(email="b@a.example")["id"]
    body = {"user": {"notes": "n"}}
    desk.call("PUT", f"users/{one}", body, status=200)
    assert desk.call("PUT", f"users/{two}", body, status=429).headers["retry-after"] == "1"
    for _ in range(4):
        desk.advance(1)
        desk.call("PUT", f"users/{one}", body, status=200)
    desk.advance(1)
    assert int(desk.call("PUT", f"users/{one}", body, status=429).headers["retry-after"]) == 55
    desk.call("PUT", f"users/{two}", body, status=200)
    firm = desk.call("POST", "organizations", {"organization": {"name": "N"}}, status=201).json()["organization"]["id"]
    body = {"organization": {"notes": "n"}}
    assert _until_refused(desk, "PUT", f"organizations/{firm}", body, at_most=5)[0] == 5


def test_field_options_and_deep_lists_have_their_buckets(desk: Desk) -> None:
    """100 calls a minute to options; 50 a minute to the list of tickets beyond page 500."""
    field = desk.field("tagger", "gold")["id"]
    assert _until_refused(desk, "GET", f"ticket_fields/{field}/options", at_most=100)[0] == 100
    assert _until_refused(desk, "GET", "tickets?page=501&per_page=1", at_most=50)[0] == 50
    desk.call("GET", "tickets?page=500&per_page=1", status=200)


def test_jobs_are_thirty_at_once(desk: Desk) -> None:
    """The thirty-first bulk update is refused with the ids of those that run; afterwards there is room again."""
    number = desk.ticket()["id"]
    path, body = f"tickets/update_many?ids={number}", {"ticket": {"priority": "low"}}
    granted, refused = _until_refused(desk, "PUT", path, body, at_most=30)
    assert granted == 30
    assert refused.json()["error"] == "TooManyJobs"
    assert len(refused.json()["current_job_ids"]) == 30
    assert "retry-after" in refused.headers
    assert refused.headers["zendesk-ratelimit-inflight-jobs"] == "total=30; remaining=0; resets=60"
    desk.advance(5)
    desk.call("PUT", path, body, status=200)


def test_the_fast_pace_lifts_the_limits() -> None:
    """Nothing is refused, and the headers still count."""
    with Sandbox(clock=Clock(frozen=True), pace=replace(FAST, requests_per_minute=5)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            answers = [desk.call("GET", "incremental/tickets/cursor?start_time=0", status=200) for _ in range(12)]
            assert answers[0].headers["x-rate-limit-remaining"] == "4"
            assert answers[-1].headers["x-rate-limit-remaining"] == "0"
