"""One account for all tests of this room; each puts back what it breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doctor.practice import Practice, practice


@pytest.fixture(scope="package")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    with practice(tmp_path_factory.mktemp("practice")) as made:
        yield made


@pytest.fixture
def account(ordered: Practice) -> Practice:
    """In order again before each test."""
    ordered.zendesk.state.traffic.windows.clear()  # twenty webhook tests a minute are few for all of these
    ordered.open_door()
    ordered.swept()
    return ordered
