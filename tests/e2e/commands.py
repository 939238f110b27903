"""Commands in this process, with a configuration that aims at a running house and its store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.world import NAME, World
from zendesk_sync.cli.main import run
from zendesk_sync.settings import load, save_secret


def configure(house: World, folder: Path, store: str = "store.db", policy: str | None = None) -> None:
    """Write ``folder/zendesk-sync.toml``; ``store`` is the file of the house's own store unless named otherwise."""
    chosen = "" if policy is None else f'policy = "{policy}"\n'
    (folder / "zendesk-sync.toml").write_text(
        f'[service]\nstore = "{store}"\n{chosen}'
        f'[accounts.{NAME}]\nurl = "{house.zendesk.url}"\nclient_id = "{house.zendesk.client_id}"\n'
        f'official = "{house.account.official}"\n'
        f'[accounts.{NAME}.people]\nour_domains = ["ours.example"]\nbots = {house.account.people.bots}\n'
    )
    save_secret(load(folder / "zendesk-sync.toml"), NAME, "client_secret", house.zendesk.client_secret)


def run_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["zendesk-sync", *words])
    code: Any = 0
    try:
        run()
    except SystemExit as ended:
        code = ended.code or 0
    captured = capsys.readouterr()
    return int(code), captured.out, captured.err
