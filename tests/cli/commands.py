"""Running a command as the shell does, in this process."""

from __future__ import annotations

import sys

import pytest

from zendesk_sync.cli.main import run


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code."""
    monkeypatch.setattr(sys, "argv", ["zendesk-sync", *words])
    with pytest.raises(SystemExit) as ended:
        run()
    return ended.value.code if isinstance(ended.value.code, int) else 0
