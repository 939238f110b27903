"""Our share of the rate: never more, never for ever less, and learned from what Zendesk announces."""

from __future__ import annotations

import threading
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.zendesk.stack import Clock
from zendesk_sync.zendesk.budget import GRAIN_S, Budget, Call, route

PATHS = {
    "account": ("GET", "/api/v2/ticket_fields.json"),
    "incremental exports": ("GET", "/api/v2/incremental/tickets/cursor"),
    "ticket updates": ("PUT", "/api/v2/tickets/33"),
    "search exports": ("GET", "/api/v2/search/export"),
}
LOOK = ("GET", "/api/v2/tickets/33/comments")


def admit(budget: Budget, where: tuple[str, str]) -> tuple[Call, float]:
    call = Call(route(*where))
    return call, budget.admit(call)


def spend(budget: Budget, where: tuple[str, str], headers: dict[str, str] | None = None) -> int:
    """How many calls go out at once, each answered with the same headers."""
    for done in range(100_000):
        call, wait = admit(budget, where)
        if wait:
            return done
        budget.answered(call, headers or {})
    raise AssertionError("no end")


class Server:
    """An account that counts by its own minute, which others use too, and refuses what is too much."""

    def __init__(self, limit: int, offset: float) -> None:
        self.limit, self.left, self.ends, self.time = limit, limit, offset, 0.0
        self.lowest = limit

    def ask(self, *, ours: bool) -> dict[str, str] | None:
        while self.time >= self.ends:
            self.ends, self.left = self.ends + 60.0, self.limit
        if not self.left:
            return None
        self.left -= 1
        if ours:
            self.lowest = min(self.lowest, self.left)
        resets = int(self.ends - self.time) + 1
        return {
            "x-rate-limit": str(self.limit),
            "x-rate-limit-remaining": str(self.left),
            "ratelimit-reset": str(resets),
        }


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(sorted(PATHS))),
        st.tuples(st.just("burst"), st.integers(1, 40)),
        st.tuples(st.just("answer"), st.integers(0, 5)),
        st.tuples(st.just("lose"), st.integers(0, 5)),
        st.tuples(st.just("pass"), st.floats(0, 70)),
        st.tuples(st.just("back"), st.floats(0, 5_000)),
        st.tuples(st.just("wait"), st.sampled_from(sorted(PATHS))),
    ),
    max_size=60,
)


@given(steps=STEPS, limit=st.integers(1, 300), share=st.floats(0.01, 1))
def test_never_more_than_our_share(steps: list[tuple[str, object]], limit: int, share: float) -> None:
    """Within any 60 s of true time at most share x limit go out, per bucket, whatever the clock does backwards; and
    after the wait that was asked for, the call is allowed."""
    clock = Clock()
    budget = Budget(share, clock=clock)
    told = {"x-rate-limit": str(limit), "zendesk-ratelimit-x": f"total={limit}"}
    for where in PATHS.values():  # announce the limit everywhere before anything is measured
        call, _ = admit(budget, where)
        budget.answered(call, told)
    clock.now += 61
    allowed = {state.name: state.allowed for state in budget.buckets}
    assert allowed["account"] == max(1, int(share * limit + 1e-9))
    assert allowed["incremental exports"] == max(1, int(0.9 * limit + 1e-9))
    true = 0.0
    sent: dict[str, deque[float]] = {name: deque() for name in PATHS}
    flying: list[Call] = []

    def ask(name: str) -> float:
        call, wait = admit(budget, PATHS[name])
        if not wait:
            flying.append(call)
            for one in {name, "account"}:
                sent[one].append(true)
                while true - sent[one][0] >= 60.0:
                    sent[one].popleft()
                assert len(sent[one]) <= allowed[one]
        return wait

    for what, how in steps:
        match what, how:
            case "ask", str(name):
                ask(name)
            case "burst", int(many):
                for _ in range(many):
                    ask("account")
            case "answer" | "lose", int(which) if flying:
                call = flying.pop(which % len(flying))
                if what == "answer":
                    budget.answered(call, told)
                else:
                    budget.lost(call)
            case "pass", float(seconds):
                true += seconds
                clock.now += seconds
            case "back", float(seconds):
                clock.now -= seconds
            case "wait", str(name):
                if wait := ask(name):
                    assert wait <= 60.0 + GRAIN_S
                    parked = budget.worthwhile(Call(route(*PATHS[name])))
                    assert wait - 1e-6 <= parked <= 60.0 + GRAIN_S
                    true += wait
                    clock.now += wait
                    assert ask(name) == 0.0
            case _:
                pass


@given(
    steps=st.lists(st.one_of(st.just("ours"), st.just("wait"), st.floats(0, 20)), max_size=300),
    limit=st.integers(2, 60),
    share=st.floats(0.05, 1),
    offset=st.floats(0.5, 60),
)
def test_the_others_keep_theirs(steps: list[str | float], limit: int, share: float, offset: float) -> None:
    """Wherever the server's minute begins, no call of ours leaves less of it than the part that is not ours."""
    clock = Clock()
    budget, server = Budget(share, clock=clock), Server(limit, offset)
    first = Call(route(*PATHS["account"]))
    assert budget.admit(first) == 0.0
    budget.answered(first, server.ask(ours=True) or {})
    for step in steps:
        call, wait = admit(budget, PATHS["account"])
        if not wait:
            budget.answered(call, server.ask(ours=True) or {})
        elif step == "wait":
            clock.now += wait
            server.time += wait
        if isinstance(step, float):
            clock.now += step
            server.time += step
    ours = max(1, int(share * limit + 1e-9))
    assert server.lowest >= limit - ours


def test_agents_come_first() -> None:
    """Once others have used their half and ours was not, what is left of the minute stays theirs until it ends."""
    clock = Clock()
    budget = Budget(0.5, clock=clock)
    call, _ = admit(budget, PATHS["account"])
    budget.answered(call, {"x-rate-limit": "700", "x-rate-limit-remaining": "350", "ratelimit-reset": "37"})
    _, wait = admit(budget, PATHS["account"])
    assert wait == pytest.approx(37.0, abs=0.01)
    assert (budget.limit, budget.remaining) == (700, 350)
    clock.now += wait
    assert admit(budget, PATHS["account"])[1] == 0.0
    assert budget.remaining is None


def test_answers_that_overtake_each_other_are_not_believed_twice() -> None:
    """An older answer that comes late does not give back what a newer one has shown to be used."""
    clock = Clock()
    budget = Budget(0.5, clock=clock)
    early, late = admit(budget, PATHS["account"])[0], admit(budget, PATHS["account"])[0]
    headers = {"x-rate-limit": "100", "ratelimit-reset": "60"}
    budget.answered(late, {**headers, "x-rate-limit-remaining": "50"})
    clock.now += 30  # the other answer was on its way for long
    budget.answered(early, {**headers, "x-rate-limit-remaining": "99"})
    assert admit(budget, PATHS["account"])[1] > 25


def test_careful_before_the_first_header() -> None:
    """Until Zendesk says more: half of 200 a minute for all, half of 100 single updates, nine of ten exports."""
    for where, calls in ((PATHS["account"], 100), (PATHS["ticket updates"], 50), (PATHS["incremental exports"], 9)):
        assert spend(Budget(clock=Clock()), where) == calls


@pytest.mark.parametrize(
    ("header", "value", "calls"),
    [
        ("zendesk-ratelimit-incremental-exports-cursor", "total=30; remaining=29; resets=60", 27),
        ("zendesk-rate-limit-whatever-it-is-called", "total=20", 18),
        ("zendesk-ratelimit-x", "resets=41;total=1", 1),
        ("zendesk-ratelimit-x", "total=none; remaining=", 9),
        ("zendesk-ratelimit-x", "", 9),
        ("zendesk-ratelimit-per-ticket", "total=30; remaining=29; resets=468", 9),
    ],
)
def test_an_endpoint_announces_its_limit_under_any_name(header: str, value: str, calls: int) -> None:
    """The names are Zendesk's affair; rubbish and windows longer than a minute teach nothing."""
    clock = Clock()
    budget = Budget(clock=clock)
    call, _ = admit(budget, PATHS["incremental exports"])
    budget.answered(call, {header: value})
    clock.now += 61
    assert spend(budget, PATHS["incremental exports"]) == calls


def test_one_bucket_does_not_stop_the_others() -> None:
    """With the exports used up, everything else goes on."""
    budget = Budget(clock=Clock())
    spend(budget, PATHS["incremental exports"])
    assert admit(budget, PATHS["ticket updates"])[1] == 0.0
    assert {one.name for one in budget.buckets if one.wait_s} == {"incremental exports"}


def test_webhooks_speak_of_their_own_pool() -> None:
    """What the Webhooks API tells in the account's headers is not the account's limit."""
    budget = Budget(clock=Clock())
    call, _ = admit(budget, ("GET", "/api/v2/webhooks"))
    budget.answered(call, {"x-rate-limit": "100", "x-rate-limit-remaining": "10", "ratelimit-reset": "60"})
    assert (budget.limit, budget.remaining) == (200, None)
    assert admit(budget, PATHS["account"])[1] == 0.0
    assert admit(budget, ("POST", "/api/v2/webhooks"))[1] > 59


def test_sign_in_is_free() -> None:
    """The token request draws on no rate, so it goes out when nothing else may."""
    budget = Budget(clock=Clock())
    spend(budget, PATHS["account"])
    assert admit(budget, ("POST", "/oauth/tokens"))[1] == 0.0


def test_looking_leaves_something_for_finishing() -> None:
    """Reading comments stops at four fifths of our share; writes and jobs may use the rest."""
    budget = Budget(clock=Clock())
    assert spend(budget, LOOK) == 80
    assert spend(budget, ("PUT", "/api/v2/tickets/update_many")) == 20


@pytest.mark.parametrize(
    ("headers", "shut", "free"),
    [
        ({}, [LOOK], ["account", "ticket updates"]),
        ({"x-rate-limit-remaining": "5"}, [LOOK], ["account", "ticket updates"]),
        ({"x-rate-limit-remaining": "0"}, [LOOK, *PATHS.values()], []),
    ],
)
def test_a_refusal_closes_what_it_was_about(
    headers: dict[str, str], shut: list[tuple[str, str]], free: list[str]
) -> None:
    """A 429 closes its own endpoint, or everything where the account's rate is what is used up."""
    clock = Clock()
    budget = Budget(1.0, clock=clock)
    call, _ = admit(budget, LOOK)
    budget.answered(call, headers, refused=True, retry_after=45.0)
    for where in shut:
        assert admit(budget, where)[1] >= 45.0
    for name in free:
        assert admit(budget, PATHS[name])[1] == 0.0
    clock.now += 60.0
    for where in shut:
        assert admit(budget, where)[1] == 0.0


def test_threads_share_one_budget() -> None:
    """Eight threads that all want everything get our share between them, and not one call more."""
    budget = Budget(clock=Clock())
    got: list[int] = []

    def work() -> None:
        got.append(sum(admit(budget, PATHS["account"])[1] == 0.0 for _ in range(200)))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 100


def test_work_is_parked_until_it_can_get_on() -> None:
    """Parked work comes back when half of our share is free, where a single call could go out earlier."""
    clock = Clock()
    budget = Budget(clock=clock)
    for _ in range(100):  # one call every 0.3 s
        assert admit(budget, PATHS["account"])[1] == 0.0
        clock.now += 0.3
    call, wait = admit(budget, PATHS["account"])
    assert wait == pytest.approx(30.0, abs=0.01)
    parked = budget.worthwhile(call)
    assert parked == pytest.approx(30.0 + 49 * 0.3, abs=0.01)
    clock.now += parked
    assert spend(budget, PATHS["account"]) == 50


def test_kinds() -> None:
    """Calls are counted under names that people can read, zenpy's spelling of paths included."""
    for where, kind in {
        ("GET", "/api/v2/incremental/ticket_events"): "export",
        ("GET", "/api/v2/search/export"): "search",
        ("PUT", "/api/v2/tickets/33.json"): "update",
        ("PUT", "/api/v2/tickets/update_many"): "update_many",
        ("GET", "/api/v2/tickets/show_many"): "show_many",
        ("GET", "/api/v2/tickets/33"): "show",
        ("GET", "/api/v2/tickets/33/audits"): "audits",
        LOOK: "comments",
        ("GET", "/api/v2/job_statuses/show_many"): "jobs",
        ("GET", "/api/v2/job_statuses"): "jobs",
        ("POST", "/api/v2/tickets"): "other",
        ("POST", "/oauth/tokens"): "other",
    }.items():
        assert route(*where).kind == kind


@pytest.mark.parametrize("share", [0.0, -1.0, 1.01, float("nan")])
def test_a_share_is_a_part(share: float) -> None:
    """A share outside 0 < x <= 1 is refused at once."""
    with pytest.raises(ValueError, match="share"):
        Budget(share)
