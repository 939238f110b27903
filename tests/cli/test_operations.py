"""docs/operations.md speaks of settings and answers that there are."""

from __future__ import annotations

import re
from pathlib import Path

from webhooks.app import __doc__ as answers
from zendesk_sync.settings import Service

TEXT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def test_settings_and_answers_that_are_named_exist() -> None:
    """The page names no setting that is unknown, and every answer of the door."""
    for name in re.findall(r"`service\.(\w+)`", TEXT):
        assert name in Service.model_fields, name
    assert answers is not None
    for status in re.findall(r"^(\d{3}) ", answers, re.MULTILINE):
        assert f"| {status} |" in TEXT, status
