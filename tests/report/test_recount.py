"""Counting beside the scrapes: nobody waits for it, and it leaves the work most of the time."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.policy.facts import HANDBOOK
from tests.watched import Watch, watched
from zendesk_sync.errors import StoreError
from zendesk_sync.report.recent import Lately, Recent
from zendesk_sync.report.recount import EVERY_S, RESTS, Recount

BOTH = ("acme", "globex")
AT_MOST_S = 20.0
"""So long a test waits for a thread before it fails."""


@pytest.fixture
def lately() -> Iterator[Lately]:
    with watched(Watch()) as store:
        found = Recent(store=store, handbook=HANDBOOK, days=14).of("acme")
        assert found is not None
        yield found


def test_a_long_count_keeps_nobody_waiting(lately: Lately) -> None:
    """Until it is there nothing is told; then the last one is told while the next is made."""
    watch, may_end, ended = Watch(), threading.Event(), threading.Event()

    def count(_: str) -> Lately:
        assert may_end.wait(AT_MOST_S)
        return lately

    recount = Recount(count=count, wait_s=0.0, clock=watch, rest=lambda _: ended.set())
    assert recount.latest(BOTH) == {}
    may_end.set()
    patient = Recount(count=count, wait_s=AT_MOST_S, clock=watch, rest=lambda _: None)
    assert patient.latest(["acme"]) == {"acme": lately}
    may_end.clear()
    watch.at += EVERY_S
    patient.wait_s = 0.0
    assert patient.latest(["acme"]) == {"acme": lately}
    may_end.set()
    assert ended.wait(AT_MOST_S)


def test_it_counts_only_so_often_and_rests_in_between(lately: Lately) -> None:
    """The account counted longest ago comes first; after each the thread rests for as long as agreed."""
    watch, counted, rests = Watch(), list[str](), list[float]()

    def count(account: str) -> Lately | None:
        counted.append(account)
        watch.at += 2
        return lately if account != "globex" else None

    recount = Recount(count=count, wait_s=AT_MOST_S, clock=watch, rest=rests.append)
    assert recount.latest(BOTH) == {"acme": lately}
    assert (counted, rests) == (["acme", "globex"], [0.0, 2 * RESTS])
    assert recount.latest(BOTH) == {"acme": lately}
    assert counted == ["acme", "globex"]
    watch.at += EVERY_S - 1  # a minute after the first was counted, and not after the second
    recount.latest(BOTH)
    assert counted == ["acme", "globex", "acme"]


def test_a_fault_ends_no_scrape(lately: Lately) -> None:
    """A store that fails ends the round, and what is known stays; anything else costs that account alone."""
    watch, faults = Watch(), dict[str, Exception]()

    def count(account: str) -> Lately:
        if account in faults:
            raise faults[account]
        return lately

    recount = Recount(count=count, wait_s=AT_MOST_S, clock=watch, rest=lambda _: None)
    assert set(recount.latest(BOTH)) == {"acme", "globex"}
    faults["acme"] = StoreError("gone")
    watch.at += EVERY_S
    assert set(recount.latest(BOTH)) == {"acme", "globex"}
    faults["acme"] = ValueError("ours")
    assert set(recount.latest(BOTH)) == {"globex"}
    faults.clear()
    watch.at += EVERY_S
    assert set(recount.latest(BOTH)) == {"acme", "globex"}
