"""The store for longer: its machine with many more steps, and threads that really meet, on a file and on Postgres.

`ZENDESK_SYNC_SOAK_EXAMPLES=2000` says how many runs of the machine.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.postgres import Postgres
from tests.store.test_machine import interleave
from tests.store.test_threads import meet

EXAMPLES = int(os.environ.get("ZENDESK_SYNC_SOAK_EXAMPLES", "200"))


@pytest.mark.parametrize("where", ["file", "postgres"])
def test_any_interleaving(where: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    interleave(where, request, monkeypatch, EXAMPLES)


@pytest.mark.parametrize("seed", range(10))
def test_threads_on_a_file(tmp_path: Path, seed: int) -> None:
    meet(tmp_path / "s.db", seed, rounds=300)


@pytest.mark.parametrize("seed", range(10))
def test_threads_on_postgres(server: Postgres, seed: int) -> None:
    meet(server.url(), seed, rounds=300)
