"""``undo``: what it refuses before anything is asked of Zendesk, and how moments are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import command
from zendesk_sync.cli.times import moment
from zendesk_sync.errors import InputError

CONFIG = '[accounts.acme]\nurl = "https://acme.zendesk.com"\nclient_id = "x"\n'


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--since", "tomorrow"], "is no time; expected 2026-01-31"),
        (["--since", "2100-01-01", "--yes"], "nothing was written then"),
        (["--since", "2h", "--until", "3h", "--yes"], "nothing was written then"),
        (["--since", "2h"], "here is no terminal: add --yes, or --dry-run"),
        (["--since", "2h", "--format", "json"], "asks no questions"),
        (["--since", "2h", "--yes", "--account", "initech"], "no account 'initech'"),
        (["--since", "2h", "--yes"], "is not paused: what is undone now would be written again"),
    ],
)
def test_what_cannot_be_meant_is_exit_code_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    says: str,
) -> None:
    """One message that says what to do; nothing is sent, for there is no such account to send it to."""
    (tmp_path / "zendesk-sync.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZENDESK_SYNC_ACME_CLIENT_SECRET", "s")
    assert command(monkeypatch, "undo", *words) == 2
    assert says in " ".join(capsys.readouterr().err.split())


def test_moments() -> None:
    """A date, a time with or without its zone, or so long ago; the last only where it means something."""
    assert moment("--since", "2026-01-31") == moment("--since", "2026-01-31T00:00Z") == 1_769_817_600
    assert moment("--since", "2026-01-31T02:00+02:00") == 1_769_817_600
    assert [moment("--since", text, now=1_000_000.5) for text in ("90m", "2h", " 3d ")] == [994_600, 992_800, 740_800]
    assert moment("--since", "1900-01-01") == 0
    for text in ("2h", "", "2026-13-01", "99999999999h"):
        with pytest.raises(InputError, match="no time"):
            moment("--since", text)
