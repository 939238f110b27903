"""Logs of the code under test go to standard error, so that they never mix with what a command prints."""

from __future__ import annotations

import logging

import pytest

from zendesk_sync.cli.common import configure_logging


@pytest.fixture(autouse=True)
def _logs() -> None:
    configure_logging(level=logging.DEBUG)
