"""Which driver works with which store, and what is said where it cannot: before anything is opened or made."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from zendesk_sync.cli.main import run

ACCOUNT = '[accounts.acme]\nurl = "https://acme.zendesk.com"\nclient_id = "x"\n'
POSTGRES = '[service]\nstore = "postgresql://sync@127.0.0.1:1/zendesk"\n'


def refusal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], service: str, *words: str
) -> str:
    """The one message of a command that ends with 2 and leaves nothing behind."""
    (folder / "zendesk-sync.toml").write_text(service + ACCOUNT)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["zendesk-sync", *words])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
    assert [file.name for file in folder.iterdir()] == ["zendesk-sync.toml"]
    said = " ".join(capsys.readouterr().err.split()).partition("error:")[2]
    assert "error:" not in said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("words", [("--receive-only",), ("--driver", "loop"), ("--driver", "procrastinate")])
def test_a_file_is_not_received_into_by_one_process_and_worked_on_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    """What was wrong, and both ways out."""
    said = refusal(tmp_path, monkeypatch, capsys, "", "serve", *words)
    assert "service.store: a file serves one process" in said
    assert 'driver = "embedded", or a store on Postgres' in said


def test_procrastinate_needs_postgres(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Named in the configuration or on the command line."""
    said = refusal(tmp_path, monkeypatch, capsys, "", "worker", "--driver", "procrastinate")
    assert "service.driver: procrastinate needs a store on Postgres; found the file" in said
    assert said == refusal(tmp_path, monkeypatch, capsys, '[service]\ndriver = "procrastinate"\n', "worker")


@pytest.mark.parametrize(
    ("missing", "words", "extra"),
    [("procrastinate", ("worker", "--driver", "procrastinate"), "scale"), ("psycopg", ("serve",), "postgres")],
)
def test_a_missing_extra_is_named_with_its_command(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    missing: str,
    words: tuple[str, ...],
    extra: str,
) -> None:
    """Nobody has to know which package a driver or a database needs."""
    for name in [name for name in sys.modules if name.partition(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "zendesk_sync.sync.scale", raising=False)
    said = refusal(tmp_path, monkeypatch, capsys, POSTGRES, *words)
    assert f"pip install 'zendesk-sync[{extra}]'" in said


def test_a_database_that_is_away_ends_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A start needs its store; the service manager starts it again. Later on it waits for it."""
    said = refusal(tmp_path, monkeypatch, capsys, POSTGRES, "worker")
    assert "postgresql://sync@127.0.0.1:1/zendesk" in said
