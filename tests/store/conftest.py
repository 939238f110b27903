from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.postgres import Postgres
from zendesk_sync.store import Lease, Store
from zendesk_sync.store.schema import about, metadata

if TYPE_CHECKING:
    from zendesk_sync.settings import Place


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


@pytest.fixture(params=["file", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a store can be opened, closed and opened again."""
    if request.param == "file":
        return tmp_path / "s.db"
    server: Postgres = request.getfixturevalue("server")
    return server.url()


@pytest.fixture(scope="session", params=["memory", "postgres"])
def ground(request: pytest.FixtureRequest) -> Place | None:
    """Where ``store`` stands; all of a run share the one on Postgres, emptied for each test."""
    return None if request.param == "memory" else request.getfixturevalue("server").url()


@pytest.fixture
def store(ground: Place | None, clock: Clock) -> Iterator[Store]:
    with Store.open(ground, clock=clock) as opened:
        with opened._write() as tx:
            for table in metadata.tables.values():
                if table is not about:
                    tx.c.execute(table.delete())
        opened.ensure_account("acme")
        yield opened


@pytest.fixture
def lease(store: Store) -> Lease:
    return acquired(store)


def acquired(store: Store, account: str = "acme", seconds: float = 30.0) -> Lease:
    lease = store.acquire(account, "worker", seconds)
    assert lease is not None
    return lease
