"""``pause`` and ``resume`` beside a running service: what people see, and what they must get right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import command
from zendesk_sync.store import Store

ONE = '[accounts.acme]\nurl = "https://acme.zendesk.com"\nclient_id = "x"\n'
TWO = ONE + '[accounts.globex]\nurl = "https://globex.zendesk.com"\nclient_id = "x"\n'


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A running service's store."""
    (tmp_path / "zendesk-sync.toml").write_text(ONE)
    monkeypatch.chdir(tmp_path)
    with Store.open(tmp_path / "zendesk-sync.db") as opened:
        yield opened


def test_pause_says_who_and_why_and_what_cannot_be_called_back(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Jobs that Zendesk has taken go on; a reason cannot steer the terminal; inbox list shows the pause."""
    store.ensure_account("acme")
    lease = store.acquire("acme", "test", 60)
    assert lease is not None
    store.intend(lease, [1, 2, 3], "V3-a")
    monkeypatch.setenv("LOGNAME", "kim")
    assert command(monkeypatch, "pause", "--reason", "[red]wrong\x1b policy[/]") == 0
    said = capsys.readouterr().out
    assert "acme: paused since" in said
    assert "by kim@" in said
    assert "[red]wrong  policy[/]" in said
    assert "1 job with 3 tickets already" in said
    pause = store.writes_pause("acme")
    assert pause is not None
    assert pause.by.startswith("kim@")
    command(monkeypatch, "inbox", "list")
    assert "paused since" in capsys.readouterr().out
    command(monkeypatch, "inbox", "list", "--format", "json")
    assert json.loads(capsys.readouterr().out)["writes_pause"]["by"] == pause.by
    assert command(monkeypatch, "resume", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["ended"]["by"] == pause.by
    assert store.writes_pause("acme") is None


def test_dry_run_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither way."""
    assert command(monkeypatch, "pause", "--dry-run") == 0
    assert store.writes_pause("acme") is None
    assert command(monkeypatch, "pause") == 0
    assert command(monkeypatch, "resume", "--dry-run") == 0
    assert store.writes_pause("acme") is not None


@pytest.mark.parametrize("words", [["sweep"], ["backfill", "--yes"]])
def test_commands_that_write_say_so_and_end_with_1(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """Before anything is asked of Zendesk."""
    store.pause_writes("acme", "kim@desk", "wrong policy")
    store.close()
    monkeypatch.setenv("ZENDESK_SYNC_ACME_CLIENT_SECRET", "s")
    assert command(monkeypatch, *words) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "by kim@desk: wrong policy. Nothing is written until: zendesk-sync resume --account acme" in said


def test_the_switch_needs_neither_policy_nor_secrets_nor_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works when the rest does not, and before the first start."""
    (tmp_path / "zendesk-sync.toml").write_text('[service]\npolicy = "gone.toml"\n' + ONE)
    (tmp_path / "acme.secrets.toml").write_text("no toml")
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, "resume") == 2
    assert not (tmp_path / "zendesk-sync.db").exists()
    assert command(monkeypatch, "pause") == 0
    with Store.open(tmp_path / "zendesk-sync.db") as store:
        assert store.writes_pause("acme") is not None


def test_all_accounts_are_paused_at_once_and_resumed_one_by_one(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An account that somebody paused for a reason of its own is not resumed by the way."""
    (tmp_path / "zendesk-sync.toml").write_text(TWO)
    assert command(monkeypatch, "pause") == 0
    assert command(monkeypatch, "resume") == 2
    assert "acme, globex" in capsys.readouterr().err
    assert command(monkeypatch, "resume", "--account", "acme") == 0
    assert (store.writes_pause("acme"), store.writes_pause("globex") is None) == (None, False)
    assert command(monkeypatch, "resume") == 0
    assert store.writes_pause("globex") is None
    assert command(monkeypatch, "pause", "--account", "initech") == 2


def test_resume_does_not_hide_the_configurations_pause(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who resumes and is still paused learns why."""
    (tmp_path / "zendesk-sync.toml").write_text(ONE + "paused = true\n")
    assert command(monkeypatch, "pause") == 0
    assert command(monkeypatch, "resume") == 1
    assert "says paused = true under accounts.acme" in " ".join(capsys.readouterr().out.split())
