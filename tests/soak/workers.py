"""Worker processes again and again, with both drivers; what `make test` runs once with one of them.

`ZENDESK_SYNC_SOAK_TURNS=20` says how often.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
