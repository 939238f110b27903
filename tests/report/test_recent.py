"""What is counted again and again is counted seldom."""

from __future__ import annotations

import dataclasses

from tests.policy.facts import HANDBOOK
from tests.report.stories import MONDAY, happened
from zendesk_sync.report.recent import GOOD_FOR_S, Recent
from zendesk_sync.store.store import Store


class Clock:
    """Seconds that pass only when told to, or when somebody counts."""

    def __init__(self, takes: float) -> None:
        self.now, self._takes, self.asked = 0.0, takes, 0

    def __call__(self) -> float:
        self.asked += 1
        self.now += self._takes if self.asked % 2 == 0 else 0.0
        return self.now


def test_nothing_is_told_before_the_history_is_complete_and_then_it_is_kept_for_a_while() -> None:
    """Half a history would be a wrong number. A long count is kept long: a twentieth of the time at most."""
    with Store.open(None) as store:
        store.ensure_account("acme")
        lease = store.acquire("acme", "test", 600)
        assert lease is not None
        store.begin_chronicle(lease, MONDAY, "somehow")
        store.chronicle(lease, happened(7, "1 created severity=0 end-user", "2 computed=p0 customer=team program"))
        recent = Recent(store=store, handbook=HANDBOOK, days=14)
        assert recent.of("acme") is None
        assert recent.of("globex") is None
        reach = store.chronicle_reach("acme")
        assert reach is not None
        store.commit_chronicle(lease, dataclasses.replace(reach, until=MONDAY + 86_400, complete=True))
        assert recent.of("acme") is None, "kept"

        clock = Clock(takes=9.0)
        recent = Recent(store=store, handbook=HANDBOOK, days=14, clock=clock)
        found = recent.of("acme")
        assert found is not None
        assert found.report.share.tickets == (7,)
        assert found.open.keys() == {7}
        clock.now += GOOD_FOR_S
        assert recent.of("acme") is found
        clock.now += 180 - GOOD_FOR_S
        clock.asked = 0
        assert recent.of("acme") is not found
