"""``workload show|surge|normal`` beside a running service: what people see, and what they must get right."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import command
from tests.postgres import Postgres
from zendesk_sync.cli.times import moment_ahead
from zendesk_sync.errors import InputError
from zendesk_sync.store import Standing, Store

ADVICE = "[accounts.acme.workload]\nengineers_on_shift = 2\nsuggest_surge_at = 1.5\n"
ONE = '[accounts.acme]\nurl = "https://acme.zendesk.com"\nclient_id = "x"\n' + ADVICE
TWO = ONE + '[accounts.globex]\nurl = "https://globex.zendesk.com"\nclient_id = "x"\n'
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A running service's store that knows three open tickets."""
    (tmp_path / "zendesk-sync.toml").write_text(ONE)
    monkeypatch.chdir(tmp_path)
    with Store.open(tmp_path / "zendesk-sync.db") as opened:
        opened.ensure_account("acme")
        lease = opened.acquire("acme", "test", 60)
        assert lease is not None
        opened.stand(
            lease, [Standing(n, 0, 0, 0.0, holds_number_one=False, in_order=True, updated_at="") for n in (1, 2, 3)]
        )
        opened.release(lease)
        yield opened


def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert command(monkeypatch, "workload", "show", "--format", "json") == 0
    (one,) = json.loads(capsys.readouterr().out)["workloads"]
    return dict(one)


def test_from_surge_to_normal(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who, why, until when and the next shifts are told; open tickets are marked at both ends."""
    monkeypatch.setenv("LOGNAME", "kim")
    words = ["--until", "4h", "--reason", "[red]release\x1b 6[/]", "--next-shift", "2h", "--next-shift", "90m"]
    assert command(monkeypatch, "workload", "surge", *words) == 0
    said = capsys.readouterr().out
    assert "acme: surge since" in said
    assert "[red]release  6[/]" in said
    assert "Open tickets that are looked at again: 3." in said
    assert [hint.ticket for hint in store.hints("acme")] == [1, 2, 3]
    surge = store.surge("acme")
    assert surge is not None
    assert surge.by.startswith("kim@")
    assert abs(surge.until - time.time() - 4 * 3600) < 60
    one = shown(monkeypatch, capsys)
    assert (one["workload"], one["by"], one["surge_suggested"]) == ("surge", surge.by, False)
    assert len(one["next_shifts"]) == 2
    assert command(monkeypatch, "workload", "show") == 0
    assert "More team members start: " in capsys.readouterr().out
    assert command(monkeypatch, "workload", "normal") == 0
    assert "acme: normal; it was surge since" in capsys.readouterr().out
    assert store.surge("acme") is None
    assert command(monkeypatch, "workload", "normal", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["workloads"] == [{"account": "acme", "ended": None}]


def test_without_a_sweep_nobody_knows_how_many_tickets_are_open(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """None is said only where all were looked at."""
    lease = store.acquire("acme", "tests", 60)
    assert lease is not None
    store.unstand(lease, [1, 2, 3])
    assert command(monkeypatch, "workload", "show") == 0
    assert "Open tickets in the order: not known yet" in capsys.readouterr().out
    store.set_standing_complete(lease, complete=True)
    assert command(monkeypatch, "workload", "show") == 0
    assert "Open tickets in the order: 0, 0 for each engineer" in capsys.readouterr().out


def test_show_suggests_and_switches_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three open tickets for two engineers reach 1.5 each."""
    assert command(monkeypatch, "workload", "show") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "acme: normal. Open tickets in the order: 3, 1.5 for each engineer on shift. Surge is suggested: 1.5" in said
    one = shown(monkeypatch, capsys)
    assert (one["open_tickets"], one["open_tickets_per_engineer"], one["suggest_surge_at"]) == (3, 1.5, 1.5)
    assert one["surge_suggested"] is True
    assert store.surges("acme") == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--until", "soon", "--reason", "x"], "--until: 'soon' is no time; expected 2026-01-31T18:00Z, or so long"),
        (["--until", "2020-01-01", "--reason", "x"], "--until: '2020-01-01' has passed"),
        (["--until", "0m", "--reason", "x"], "has passed"),
        (["--until", "99d", "--reason", "x"], "is more than 31 days ahead"),
        (["--until", "1h", "--reason", " "], "--reason: say why"),
        (["--until", "1h", "--reason", "x", "--next-shift", "2020-01-01"], "--next-shift: '2020-01-01' has passed"),
        (["--until", "1h", "--reason", "x", "--account", "initech"], "no account 'initech'; configured: acme"),
        (["--until", "1h"], "Missing option '--reason'"),
    ],
)
def test_wrong_words_change_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    """Each mistake is named; exit code 2."""
    assert command(monkeypatch, "workload", "surge", *words) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert store.surges("acme") == []


def test_moments_ahead() -> None:
    """A day, a time with and without zone, or so long from now."""
    times = {"2026-03-02T18:00Z": 6, "2026-03-02T18:00": 6, "2026-03-02T20:00+02:00": 6, "90m": 1.5, "2d": 48}
    assert {text: (moment_ahead("--until", text, now=NOON) - NOON) / 3600 for text in times} == times
    with pytest.raises(InputError, match="has passed"):
        moment_ahead("--until", "2026-03-02T12:00Z", now=NOON)


def test_without_a_store_it_is_normal_and_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the first start; only `surge` makes one, for all accounts, without policy and secrets."""
    (tmp_path / "zendesk-sync.toml").write_text('[service]\npolicy = "gone.toml"\n' + TWO)
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, "workload", "show") == 0
    assert "globex: normal." in capsys.readouterr().out
    assert command(monkeypatch, "workload", "normal") == 0
    assert command(monkeypatch, "workload", "surge", "--until", "1h", "--reason", "x", "--dry-run") == 0
    assert not (tmp_path / "zendesk-sync.db").exists()
    assert command(monkeypatch, "workload", "surge", "--until", "1h", "--reason", "x") == 0
    assert command(monkeypatch, "workload", "normal", "--account", "globex") == 0
    with Store.open(tmp_path / "zendesk-sync.db") as store:
        assert (store.surge("acme") is None, store.surge("globex") is None) == (False, True)


def test_on_postgres(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: Postgres
) -> None:
    """The same words, from any machine."""
    place = server.url()
    address = place.render_as_string(hide_password=False)
    (tmp_path / "zendesk-sync.toml").write_text(f'[service]\nstore = "{address}"\n' + ONE)
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, "workload", "surge", "--until", "1h", "--reason", "flood") == 0
    assert shown(monkeypatch, capsys)["reason"] == "flood"
    with Store.open(place) as store:
        assert store.surge("acme") is not None
        assert command(monkeypatch, "workload", "normal") == 0
        assert store.surge("acme") is None
