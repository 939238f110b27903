"""Logs of the code under test go to standard error, so that they never mix with what a command prints."""

from __future__ import annotations

import logging

import pytest
from hypothesis import settings

from zendesk_sync.cli.common import configure_logging

settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _logs() -> None:
    configure_logging(level=logging.DEBUG)
