"""Where the report's command takes its history from."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from tests.policy.facts import HANDBOOK
from zendesk_sync.cli.report import from_store
from zendesk_sync.store import Store

NOW, DAY = 1_772_445_600, 86_400


def test_a_history_that_ended_before_what_is_asked_for_is_not_counted() -> None:
    """A service that is down for days would tell half of the window as if it were all; then Zendesk is asked."""
    chosen: Any = SimpleNamespace(name="acme", handbook=HANDBOOK)
    with Store.open(None, clock=lambda: float(NOW)) as store:
        store.ensure_account("acme")
        lease = store.acquire("acme", "tests", 60)
        assert lease is not None

        def counted(until: int | None) -> tuple[int, int] | None:
            found = from_store(chosen, store, NOW - 9 * DAY, until, NOW, [])
            return None if found is None else (int(found.since.timestamp()), int(found.until.timestamp()))

        store.begin_chronicle(lease, NOW - 30 * DAY, "a way of reading")
        reach = store.chronicle_reach("acme")
        assert reach is not None
        store.commit_chronicle(lease, replace(reach, until=NOW - 900, complete=True))
        assert counted(NOW) == counted(NOW + DAY) == counted(None) == (NOW - 9 * DAY, NOW - 900)
        assert counted(NOW - DAY) == (NOW - 9 * DAY, NOW - DAY)
        store.commit_chronicle(lease, replace(reach, until=NOW - 3 * DAY, complete=True))
        assert counted(NOW) is counted(None) is None
        assert counted(NOW - 2 * DAY) is None
        assert counted(NOW - 4 * DAY) == (NOW - 9 * DAY, NOW - 4 * DAY)
        store.commit_chronicle(lease, replace(reach, until=NOW + 2 * DAY, complete=True))
        assert counted(None) == (NOW - 9 * DAY, NOW + 2 * DAY), "a clock ahead of ours"
        assert counted(NOW + DAY) == (NOW - 9 * DAY, NOW + DAY)
