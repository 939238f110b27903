"""One directory of customers for each test that wants one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.customers.crm import Crm, running


@pytest.fixture
def crm() -> Iterator[Crm]:
    with running() as one:
        yield one
