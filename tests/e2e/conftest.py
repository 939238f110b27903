"""One running house for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.world import World, world


@pytest.fixture
def house(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as running:
        yield running
