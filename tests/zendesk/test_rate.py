"""Headers and refusals below the transport: what is learned, what is slept, and what is parked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
import respx

from tests.zendesk.stack import STAMP, TOKEN, URL, Clock, ticket
from zendesk_sync.errors import RateLimited, ZendeskUnreachable
from zendesk_sync.zendesk.auth import Bearer
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.client import Client, open_client
from zendesk_sync.zendesk.tickets import Tickets

ONE = "/api/v2/tickets/33"
OK = httpx.Response(200, json={"ticket": ticket()})
BODIES = [
    {"json": {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"}},
    {"json": {"errors": [{"code": "TooManyRequests", "title": "Too many requests to update"}]}},
    {"html": "<html>Too many</html>"},
    {"text": ""},
]


@contextmanager
def opened(clock: Clock, waits: list[float], *, share: float = 0.5, patience_s: float = 2.0) -> Iterator[Client]:
    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.now += seconds

    transport = httpx.HTTPTransport(verify=False)
    budget = Budget(share, clock=clock)
    with open_client(
        URL, Bearer(TOKEN), transport=transport, sleep=sleep, budget=budget, patience_s=patience_s
    ) as client:
        yield client


def refused(**how: object) -> httpx.Response:
    return httpx.Response(429, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("headers", "parked"),
    [
        ({"Retry-After": "37"}, 37.0),
        ({"Retry-After": "Thu, 05 Feb 2026 10:00:37 GMT", "Date": "Thu, 05 Feb 2026 10:00:00 GMT"}, 37.0),
    ],
)
def test_a_long_refusal_is_parked_and_remembered(
    router: respx.MockRouter,
    clock: Clock,
    waits: list[float],
    body: dict[str, object],
    headers: dict[str, str],
    parked: float,
) -> None:
    """Longer than the patience: one call, no sleep; the next call of the kind does not go out before the time."""
    route = router.get(ONE).mock(side_effect=[refused(headers=headers, **body), OK])
    with opened(clock, waits) as client:
        with pytest.raises(RateLimited) as caught:
            Tickets(client).show(33)
        assert caught.value.retry_after == parked
        clock.now += 10
        with pytest.raises(RateLimited, match="our share") as again:
            Tickets(client).show(33)
        assert again.value.retry_after == pytest.approx(parked - 10, abs=0.01)
        assert (again.value.status, route.call_count, waits) == (None, 1, [])
        clock.now += again.value.retry_after
        assert Tickets(client).show(33).tickets[0].id == 33


@pytest.mark.parametrize("body", BODIES)
def test_a_short_refusal_is_slept(
    router: respx.MockRouter, clock: Clock, waits: list[float], body: dict[str, object]
) -> None:
    """Within the patience it is waited for and sent again, once."""
    route = router.put(ONE).mock(side_effect=[refused(headers={"Retry-After": "2"}, **body), OK])
    with opened(clock, waits) as client:
        Tickets(client).update(33, {}, stamp=STAMP)
    assert (route.call_count, waits) == (2, [2.0])


@pytest.mark.parametrize("body", BODIES)
def test_a_refusal_that_names_no_time(
    router: respx.MockRouter, clock: Clock, waits: list[float], body: dict[str, object]
) -> None:
    """Without Retry-After there are a few short repeats, and then ten seconds are proposed."""
    route = router.get(ONE).mock(return_value=refused(**body))
    with opened(clock, waits) as client, pytest.raises(RateLimited) as caught:
        Tickets(client).show(33)
    assert 1 <= route.call_count <= 4
    assert all(wait <= 2.0 for wait in waits)
    assert caught.value.retry_after == 10.0


def test_commands_that_run_once_are_patient(router: respx.MockRouter, clock: Clock, waits: list[float]) -> None:
    """With a patience of 90 s, a refusal of a minute and a share that is used up are both waited out."""
    router.get(ONE).mock(side_effect=[refused(headers={"Retry-After": "60"}), *[OK] * 150])
    with opened(clock, waits, patience_s=90.0) as client:
        for _ in range(150):
            Tickets(client).show(33)
    assert waits[0] == 60.0
    assert any(wait > 2.0 for wait in waits[1:])


def test_headers_teach_the_limit(router: respx.MockRouter, clock: Clock, waits: list[float]) -> None:
    """A plan of 400 a minute, of which a quarter is ours: 100 calls go out, the next is parked unsent."""
    headers = {"X-Rate-Limit": "400", "X-Rate-Limit-Remaining": "399", "ratelimit-reset": "60"}
    route = router.get(ONE).mock(return_value=httpx.Response(200, json={"ticket": ticket()}, headers=headers))
    with opened(clock, waits, share=0.25) as client:
        for _ in range(100):
            Tickets(client).show(33)
        with pytest.raises(RateLimited, match="our share"):
            Tickets(client).show(33)
        assert (route.call_count, client.budget.limit, client.calls) == (100, 400, {"show": 100})
    assert waits == []


def test_a_call_without_an_answer_counts(router: respx.MockRouter, clock: Clock, waits: list[float]) -> None:
    """What was sent and lost may have been counted by Zendesk, so it is counted here."""
    router.get(ONE).mock(side_effect=httpx.ReadTimeout)
    with opened(clock, waits) as client:
        with pytest.raises(ZendeskUnreachable):
            Tickets(client).show(33)
        assert client.budget.buckets[0].used == client.calls["show"] == 4


def test_a_job_refused_closes_no_more_than_jobs(router: respx.MockRouter, clock: Clock, waits: list[float]) -> None:
    """With the account's 30 jobs taken, jobs wait; reading goes on."""
    body = {"error": "TooManyJobs", "description": "Too many jobs", "current_job_ids": []}
    headers = {"Retry-After": "60", "X-Rate-Limit-Remaining": "600"}
    jobs = router.put("/api/v2/tickets/update_many").mock(return_value=refused(json=body, headers=headers))
    router.get(ONE).mock(return_value=OK)
    with opened(clock, waits) as client:
        tickets = Tickets(client)
        calls: list[Callable[[], object]] = [lambda: tickets.update_many([{"id": 33}])] * 2
        for call in calls:
            with pytest.raises(RateLimited):
                call()
        assert tickets.show(33).tickets[0].id == 33
    assert jobs.call_count == 1
