"""Worker processes again and again, with both drivers; what `make test` runs once with one of them.

`ZENDESK_SYNC_SOAK_TURNS=20` says how often.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.labour import Crew
from tests.e2e.processes import eventually
from tests.e2e.test_worker import one_of_three_dies, stopped_in_the_middle
from tests.postgres import Postgres

TURNS = range(int(os.environ.get("ZENDESK_SYNC_SOAK_TURNS", "3")))


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("driver", ["loop", "procrastinate"])
def test_one_of_three_workers_dies_with_a_job_under_way(
    server: Postgres, tmp_path: Path, driver: str, turn: int
) -> None:
    one_of_three_dies(server, tmp_path, driver)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("driver", ["loop", "procrastinate"])
def test_a_worker_that_is_stopped_in_the_middle_of_a_round(
    server: Postgres, tmp_path: Path, driver: str, turn: int
) -> None:
    stopped_in_the_middle(server, tmp_path, driver)


@pytest.mark.parametrize("driver", ["loop", "procrastinate"])
def test_a_noisy_account_starves_nobody(server: Postgres, tmp_path: Path, driver: str) -> None:
    """Of a thousand hints a second nearly all are one account's, and one account is served at a time."""
    crew = Crew(server.url(), tmp_path / "notes", ["noisy"] * 40 + ["quiet"], driver=driver, at_once=1)
    running = [crew.start("receiver"), crew.start("receiver"), crew.start()]
    try:
        for _ in range(4):
            known = eventually("there is quiet work", lambda: quiet(crew) & crew.unserved())
            eventually("it is served", lambda known=known: not known & crew.unserved())  # type: ignore[misc]
            eventually("noise goes on", crew.unserved)
    finally:
        for process in running:
            process.kill()
            process.wait()


def quiet(crew: Crew) -> set[str]:
    return {line[2] for line in crew.notes() if line[:2] == ["ack", "quiet"]}
