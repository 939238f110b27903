"""The account's rate under load: our share is enough, it is never exceeded, and what has to wait is parked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import httpx
import pytest

from tests.e2e.world import NAME, World
from zendesk_sync.account_settings import Account
from zendesk_sync.sync.connection import open_account
from zendesk_sync.zendesk.budget import Call, route

TICKETS = 300


class Watch(httpx.BaseTransport):
    """Notes what each answer says of the account's rate, and may answer in Zendesk's place."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.refused = 0
        self.remaining: list[int] = []
        self.instead: Callable[[httpx.Request], httpx.Response | None] = lambda _request: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.instead(request) or self._inner.handle_request(request)
        self.refused += answer.status_code == 429
        if request.url.path.startswith("/api/v2/") and "x-rate-limit-remaining" in answer.headers:
            self.remaining.append(int(answer.headers["x-rate-limit-remaining"]))
        return answer

    def close(self) -> None:
        self._inner.close()


@pytest.fixture
def watch(house: World) -> Watch:
    watching = Watch(house.wire)
    house.wire = watching  # type: ignore[assignment]
    return watching


def limited(house: World, rpm: int) -> None:
    """From now on the account has the limits of its plan, and a fresh minute."""
    house.zendesk.state.pace = dataclasses.replace(house.zendesk.state.pace, limits=True, requests_per_minute=rpm)
    house.clock.advance(61)


def work(house: World, minutes: float) -> float:
    """Serve until nothing waits, letting time pass only where the worker waits; returns the minutes it took."""
    began = house.clock.timestamp()
    while True:
        well = house.worker.serve()
        left = house.store.pending(NAME)
        took = (house.clock.timestamp() - began) / 60
        if well and not left.due and not left.waiting:
            return took
        assert took < minutes, f"after {took} minutes: {left}"
        house.clock.advance(max(0.1, house.store.next_due(NAME) or 0.0))


@pytest.mark.parametrize(("rpm", "minutes"), [(700, 3.5), (200, 8)])
def test_a_sweep_within_our_half(house: World, watch: Watch, rpm: int, minutes: float) -> None:
    """300 tickets found by the sweep, half of them read call by call, end right without one 429; and no answer to us
    leaves less than the agents' half."""
    house.post("/sandbox/webhooks", {"pause": True})
    severe = [house.customer_writes(severity=1) for _ in range(TICKETS // 2)]
    vague = [house.customer_writes("A question") for _ in range(TICKETS // 2)]
    house.clock.advance(3)
    for ticket in vague:
        house.agent_changes(ticket, comment={"body": "Which product is it about?"})
    limited(house, rpm)
    house.store.request_sweep(NAME)
    took = work(house, minutes)
    assert watch.refused == 0
    assert min(watch.remaining) >= rpm // 2
    calls = house.budget.calls
    assert calls["comments"] >= len(vague)
    assert took >= (sum(calls.values()) / (rpm / 2)) - 1
    house.zendesk.state.pace = dataclasses.replace(house.zendesk.state.pace, limits=False)
    pages = [house.get(f"/api/v2/tickets?per_page=100&page={number}")["tickets"] for number in (1, 2, 3, 4)]
    found = {ticket["id"]: ticket for page in pages for ticket in page}
    assert {found[ticket]["priority"] for ticket in severe} == {"high"}
    assert all("zs_needs_triage" in found[ticket]["tags"] for ticket in vague)
    assert sum("zs_number_one" in ticket["tags"] for ticket in found.values()) == 1
    assert house.store.parked(NAME) == []


def test_agents_need_their_rate_themselves(house: World, watch: Watch) -> None:
    """While others have used more than their half of the minute, nothing of ours goes out; then it does."""
    ticket = house.customer_writes(severity=1)
    house.deliver()
    limited(house, 200)
    for _ in range(150):
        house.get("/api/v2/users/me")
    house.worker.serve()  # learns what is left from its first answer
    seen = len(watch.remaining)
    house.worker.serve()
    assert len(watch.remaining) == seen <= 1
    assert house.ticket(ticket)["priority"] is None
    assert 0 < house.store.paused_for(NAME) <= 61
    house.clock.advance(61)
    work(house, 2)
    assert house.ticket(ticket)["priority"] == "high"


def test_a_batch_larger_than_a_minute_makes_progress(house: World, watch: Watch) -> None:
    """With ten calls a minute, five of them ours, tickets are done one after the other instead of read for ever."""
    tickets = [house.customer_writes("A question") for _ in range(5)]
    house.deliver()
    limited(house, 10)
    work(house, 15)
    assert watch.refused <= 3
    assert min(watch.remaining) >= 5
    assert house.budget.calls["comments"] <= 2 * len(tickets)
    house.zendesk.state.pace = dataclasses.replace(house.zendesk.state.pace, limits=False)
    assert all("zs_needs_triage" in house.ticket(ticket)["tags"] for ticket in tickets)


def test_refused_in_the_middle_of_a_batch(house: World, watch: Watch) -> None:
    """A 429 between two updates: what is done is settled, the rest goes back uncounted and comes when it is due, and
    nothing else is sent meanwhile."""
    tickets = [house.customer_writes(severity=1) for _ in range(3)]
    house.deliver()
    house.clock.advance(3)
    puts: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if request.method != "PUT":
            return None
        puts.append(request.url.path)
        if len(puts) != 2:
            return None
        return httpx.Response(429, headers={"Retry-After": "45"}, text="slow down", request=request)

    watch.instead = refuse
    assert house.worker.serve() is False
    assert len(puts) == 2
    waiting = {hint.ticket: hint for hint in house.store.hints(NAME)}
    assert [ticket for ticket in tickets if house.ticket(ticket)["priority"] == "high"] == sorted(
        set(tickets) - set(waiting)
    )
    assert len(waiting) == 2
    assert {hint.tries for hint in waiting.values()} == {0}
    assert 40 < house.store.paused_for(NAME) <= 45
    house.clock.advance(46)
    work(house, 2)
    assert [house.ticket(ticket)["priority"] for ticket in tickets] == ["high"] * 3
    assert all(len(house.notes(ticket)) <= 1 for ticket in tickets)


def test_exports_used_up_stop_only_the_sweep(house: World) -> None:
    """With the exports' minute spent, the sweep comes later from where it stands, and hints are served meanwhile."""
    ticket = house.customer_writes(severity=1)
    house.deliver()
    house.clock.advance(3)
    for _ in range(9):
        call = Call(route("GET", "/api/v2/incremental/tickets/cursor"))
        assert house.budget.admit(call) == 0.0
        house.budget.lost(call)
    house.store.request_sweep(NAME)
    assert house.worker.serve()
    assert house.ticket(ticket)["priority"] == "high"
    assert house.store.swept_ago(NAME) is None
    assert not house.store.sweep_due(NAME)
    house.clock.advance(61)
    assert house.worker.serve()
    assert house.store.swept_ago(NAME) is not None


def test_single_updates_used_up_stop_only_themselves(house: World, watch: Watch) -> None:
    """A storm of fresh tickets spends the minute's single updates: tickets that were long quiet go by job meanwhile,
    the account does not rest, and each fresh ticket comes when its update may go out."""
    old = [house.customer_writes(severity=2) for _ in range(20)]
    house.clock.advance(3600)
    fresh = [house.customer_writes(severity=1) for _ in range(70)]
    house.deliver()
    limited(house, 700)
    for _ in range(3):
        house.worker.serve()
        house.clock.advance(3)
    assert house.budget.calls["update"] == 50
    assert house.store.paused_for(NAME) == 0
    assert all("zs_computed_p2" in house.ticket(ticket)["tags"] for ticket in old)
    waiting = [hint for hint in house.store.hints(NAME) if hint.ticket in fresh]
    assert len(waiting) == 20
    assert {hint.tries for hint in waiting} == {0}
    work(house, 5)
    assert watch.refused == 0
    assert {house.ticket(ticket)["priority"] for ticket in fresh} == {"high"}
    assert len(house.number_ones()) == 1


def test_number_one_refused_between_off_and_on(house: World, watch: Watch) -> None:
    """A 429 when the tag is off the old ticket and not yet on the new one: the next round ends with exactly one."""
    first, second = house.customer_writes(severity=1), house.customer_writes(severity=1)
    house.settle(sweep=True)
    assert house.number_ones() == [first]
    refusals: list[str] = []

    def refuse(request: httpx.Request) -> httpx.Response | None:
        if refusals or request.method != "PUT" or b"zs_number_one" not in request.content:
            return None
        refusals.append(request.url.path)
        return httpx.Response(429, headers={"Retry-After": "45"}, request=request)

    watch.instead = refuse
    house.agent_changes(first, status="solved", assignee_id=house.zendesk.owner_id)
    house.deliver()
    for _ in range(4):
        house.clock.advance(3)
        house.worker.serve()
    assert refusals == [f"/api/v2/tickets/{second}"]
    assert house.number_ones() == []
    house.clock.advance(46)
    work(house, 2)
    assert house.number_ones() == [second]


def test_the_share_is_a_setting(house: World) -> None:
    """``rate_share`` of the account is what its client keeps to."""
    account = Account.model_validate({**house.account.model_dump(), "rate_share": 0.25})
    with open_account(NAME, account, house.secrets) as client:
        assert client.budget.share == 0.25
        assert client.budget.buckets[0].allowed == client.budget.limit // 4
