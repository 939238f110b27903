"""Logs of the code under test go to standard error, so that they never mix with what a command prints."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.postgres import Postgres, postgres
from zendesk_sync.cli.common import configure_logging

for name in [one for one in os.environ if one.startswith("OTEL_")]:
    del os.environ[name]  # tests send no spans to whoever runs them

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _logs() -> None:
    configure_logging(level=logging.DEBUG)
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A real Postgres for the whole run; skips where none is installed."""
    with postgres() as running:
        yield running
