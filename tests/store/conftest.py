from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from zendesk_sync.store import Lease, Store


@dataclass
class Clock:
    """Seconds since 1970 that pass only when told to."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Iterator[Store]:
    with Store.open(None, clock=clock) as opened:
        opened.ensure_account("acme")
        yield opened


@pytest.fixture
def lease(store: Store) -> Lease:
    return acquired(store)


def acquired(store: Store, account: str = "acme", seconds: float = 30.0) -> Lease:
    lease = store.acquire(account, "worker", seconds)
    assert lease is not None
    return lease
