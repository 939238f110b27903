"""``setup plan|apply|export|destroy`` as people type them: exit codes, questions, messages."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.provision.account import Place
from zendesk_sync.cli.main import run


@pytest.fixture
def typed(empty: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """An empty account, and the folder of a person who has just configured it."""
    (tmp_path / "zendesk-sync.toml").write_text(
        f'[service]\npublic_url = "https://sync.example.com"\n\n[accounts.acme]\nurl = "{empty.zendesk.url}"\n'
        f'client_id = "{empty.zendesk.client_id}"\n'
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZENDESK_SYNC_ACME_CLIENT_SECRET", empty.zendesk.client_secret)
    monkeypatch.delenv("ZENDESK_SYNC_CONFIG", raising=False)
    return empty


def setup(
    monkeypatch: pytest.MonkeyPatch,
    *words: str,
    answer: str | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> int:
    """Run ``setup`` with these words; ``answer`` is what a person at a terminal types, while ``meanwhile`` happens."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return answer is not None

        def readline(self, *size: Any) -> str:  # type: ignore[override]
            meanwhile()
            return super().readline(*size)

    monkeypatch.setattr(sys, "argv", ["zendesk-sync", "setup", *words])
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    with pytest.raises(SystemExit) as ended:
        run()
    return ended.value.code if isinstance(ended.value.code, int) else 0


def test_a_newcomers_walk(typed: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """plan says 2, apply does it, plan says 0, drift is told and mended, destroy takes it all back."""
    before = typed.everything()
    assert setup(monkeypatch, "plan", "--format", "json") == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["account"], told["changed_by_hand"]) == ("acme", 0)
    assert {item["action"] for item in told["items"]} == {"create", "change"}
    assert setup(monkeypatch, "apply", "--dry-run") == 0
    assert typed.everything() == before
    assert setup(monkeypatch, "apply", answer="n") == 1
    assert typed.everything() == before
    assert setup(monkeypatch, "apply", answer="y") == 0
    assert "acme.secrets.toml" in capsys.readouterr().out
    assert setup(monkeypatch, "plan") == 0
    typed.put("triggers", typed.all("triggers")[0]["id"], active=False)
    assert setup(monkeypatch, "plan", "--quiet") == 2
    out = capsys.readouterr().out
    assert "changed by hand since: active" in out
    assert setup(monkeypatch, "apply", "--quiet") == 0  # nobody to ask: as in a script
    assert setup(monkeypatch, "destroy", "--dry-run") == 0
    assert setup(monkeypatch, "destroy", answer="n") == 1
    assert typed.all("triggers")
    assert setup(monkeypatch, "destroy", "--yes") == 0
    captured = capsys.readouterr()
    assert "everything that stands in them" in " ".join(captured.err.split())
    assert typed.everything() == before
    assert setup(monkeypatch, "destroy", "--yes") == 0
    assert "Nothing of ours is there" in capsys.readouterr().out


def test_what_was_not_shown_is_not_done(
    typed: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody changes the account while the plan is read: it is said, and nothing is written."""

    def meanwhile() -> None:
        typed.post("ticket_forms", name="Another form")

    assert setup(monkeypatch, "apply", answer="y", meanwhile=meanwhile) == 2
    assert "the account changed while you were reading" in " ".join(capsys.readouterr().err.split())
    assert typed.all("webhooks") == []


def test_destroy_without_anybody_to_ask_needs_yes(
    typed: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and nothing is deleted."""
    setup(monkeypatch, "apply")
    there = typed.everything()
    assert setup(monkeypatch, "destroy") == 2
    assert "add --yes" in capsys.readouterr().err
    assert typed.everything() == there


@pytest.mark.parametrize("words", [("plan", "--bogus"), ("plan", "--config", "none.toml"), ("plan", "--account", "x")])
def test_every_error_of_plan_is_exit_code_1(
    typed: Place, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """2 says that there are changes, so neither a misspelled option nor a wrong file may say it."""
    assert setup(monkeypatch, *words) == 1


def test_export_needs_neither_credentials_nor_network(
    typed: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The page on standard output, the requests as JSON, or both in a folder; one that cannot be written is named."""
    monkeypatch.delenv("ZENDESK_SYNC_ACME_CLIENT_SECRET")
    assert setup(monkeypatch, "export") == 0
    assert capsys.readouterr().out.startswith("# Setting up Zendesk for zendesk_sync, account acme\n")
    assert setup(monkeypatch, "export", "--format", "json") == 0
    assert len(json.loads(capsys.readouterr().out)["requests"]) == 25
    assert setup(monkeypatch, "export", "--to", "out") == 0
    assert len(list((tmp_path / "out" / "json").iterdir())) == 25
    assert (tmp_path / "out" / "setup.md").read_text(encoding="utf-8").startswith("# Setting up")
    assert setup(monkeypatch, "export", "--to", "zendesk-sync.toml") == 2
    assert "--to zendesk-sync.toml: cannot be written" in " ".join(capsys.readouterr().err.split())
    assert typed.zendesk.state.store.all("webhook") == []
