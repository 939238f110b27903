"""An account that is set up, and an empty one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.provision.account import URL, Place


@pytest.fixture
def empty() -> Iterator[Place]:
    place = Place()
    yield place
    place.stop()


@pytest.fixture
def place(empty: Place) -> Place:
    empty.setup.apply(URL)
    return empty
