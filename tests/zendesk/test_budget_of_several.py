"""Processes that count apart and serve one account by turns: what Zendesk says is left holds them together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from zendesk_sync.zendesk.budget import Budget, Call, route

LIMIT, SHARE = 200, 0.5


class Zendesk:
    """A minute's limit, counted from a moment of its own."""

    def __init__(self) -> None:
        self.now, self.used, self.most = 0.0, 0, 0

    def advance(self, seconds: float) -> None:
        if int((self.now + seconds) // 60) > int(self.now // 60):
            self.used = 0
        self.now += seconds

    def answer(self) -> dict[str, str]:
        self.used += 1
        self.most = max(self.most, self.used)
        left, resets = LIMIT - self.used, 60 - int(self.now % 60)
        return {"x-rate-limit": str(LIMIT), "x-rate-limit-remaining": str(left), "ratelimit-reset": str(resets)}


@given(
    turns=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 90), st.floats(0, 20)), max_size=30),
    pace=st.floats(0.01, 0.5),
)
def test_agents_keep_their_part_whoever_has_the_account(turns: list[tuple[int, int, float]], pace: float) -> None:
    """In no minute of Zendesk's do three processes use more than our share, but for one call each to find out."""
    zendesk = Zendesk()
    budgets = [Budget(SHARE, clock=lambda: zendesk.now) for _ in range(3)]
    for number, calls, rest in turns:
        for _ in range(calls):
            call = Call(route("GET", "/api/v2/tickets/show_many"))
            if budgets[number].admit(call) == 0:
                budgets[number].answered(call, zendesk.answer())
            zendesk.advance(pace)
        zendesk.advance(rest)
    assert zendesk.most <= LIMIT * SHARE + len(budgets)
