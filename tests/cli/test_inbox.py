"""``inbox``: what people see of waiting and parked work, and what they can do about it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.postgres import Postgres
from zendesk_sync.cli.main import run
from zendesk_sync.store import Later, Store

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

CONFIG = '[accounts.acme]\nurl = "https://acme.zendesk.com"\nclient_id = "x"\n'


@pytest.fixture(params=["file", "postgres"])
def service(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A running service's store, held as the service holds it: one ticket due, one waiting, one parked."""
    place: Place = tmp_path / "zendesk-sync.db"
    text = CONFIG
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("server")
        place = server.url()
        text += f'[service]\nstore = "{place.render_as_string()}"\n'
    (tmp_path / "zendesk-sync.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    now = [1_000_000.0]
    with Store.open(place, clock=lambda: now[0]) as store:
        store.mark("acme", [66])
        lease = store.acquire("acme", "test", 1e9)
        assert lease is not None
        for _ in range(8):
            (taken,) = store.take(lease)
            store.settle(lease, [], {taken: Later(reason="[red]the field\x1b[2J is gone[/]")})
            now[0] += 700
        store.release(lease)
    with Store.open(place) as store:
        store.mark("acme", [5])
        store.mark("acme", [7], delay=3600)
        yield store


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["zendesk-sync", "inbox", *words])
    with pytest.raises(SystemExit) as ended:
        run()
    return ended.value.code if isinstance(ended.value.code, int) else 0


def tickets(store: Store) -> dict[str, list[int]]:
    return {
        "pending": sorted(hint.ticket for hint in store.hints("acme")),
        "parked": [hint.ticket for hint in store.parked("acme")],
    }


def test_list_shows_state_age_tries_and_error(
    service: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside a running service; what a store's error says cannot steer the terminal; parked work is exit code 1."""
    assert command(monkeypatch, "list") == 1
    said = capsys.readouterr().out
    assert "[red]the field [2J is gone[/]" in said
    assert "\x1b" not in said
    assert "acme: 1 due, 1 waiting, 1 parked" in said
    lines = {line.split()[0]: line.split()[1] for line in said.splitlines()[1:4]}
    assert lines == {"5": "due", "7": "waiting", "66": "parked"}


def test_list_for_programs(service: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The same as JSON, in seconds."""
    assert command(monkeypatch, "list", "--format", "json") == 1
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (said["account"], said["due"], said["waiting"], said["parked"]) == ("acme", 1, 1, 1)
    states = {one["ticket"]: (one["state"], one["tries"]) for one in said["hints"]}
    assert states == {5: ("due", 0), 7: ("waiting", 0), 66: ("parked", 8)}
    assert next(one for one in said["hints"] if one["ticket"] == 66)["due_in_s"] is None
    assert 3500 < next(one for one in said["hints"] if one["ticket"] == 7)["due_in_s"] <= 3600


def test_retry_gives_parked_work_another_life(service: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """--parked takes all of them, with all their tries; a waiting ticket is brought forward."""
    assert command(monkeypatch, "retry", "--parked", "--dry-run") == 0
    assert tickets(service)["parked"] == [66]
    assert command(monkeypatch, "retry", "--parked") == 0
    assert command(monkeypatch, "retry", "7", "7") == 0
    assert tickets(service) == {"pending": [5, 7, 66], "parked": []}
    assert {hint.ticket: (hint.tries, hint.due_in_s) for hint in service.hints("acme")} == dict.fromkeys(
        (5, 7, 66), (0, 0.0)
    )
    assert command(monkeypatch, "list") == 0


def test_drop_asks_first(service: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a yes nothing is forgotten; --dry-run only says; --yes does not ask; unknown tickets are no error."""
    for given in ("n\n", ""):
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        assert command(monkeypatch, "drop", "5") == 1
    assert command(monkeypatch, "drop", "--parked", "--dry-run") == 0
    assert tickets(service) == {"pending": [5, 7], "parked": [66]}
    capsys.readouterr()
    assert command(monkeypatch, "drop", "5", "4711", "--yes", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["tickets"] == [5]
    assert command(monkeypatch, "drop", "--parked", "--yes") == 0
    assert tickets(service) == {"pending": [7], "parked": []}


def test_drop_leaves_what_a_worker_has(
    service: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A ticket in hand is not forgotten, and not said to be."""
    lease = service.acquire("acme", "test", 1000)
    assert lease is not None
    assert [taken.ticket for taken in service.take(lease)] == [5]
    assert command(monkeypatch, "drop", "5", "7", "--yes", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["tickets"] == [7]
    assert tickets(service)["pending"] == [5]


@pytest.mark.parametrize(
    "words", [["retry"], ["drop"], ["retry", "5", "--parked"], ["retry", "0"], ["drop", str(2**63)]]
)
def test_what_cannot_be_meant_is_exit_code_2(
    service: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """Nothing named, both ways at once, or no id: one message, nothing changed."""
    before = tickets(service)
    assert command(monkeypatch, *words) == 2
    assert capsys.readouterr().err.startswith("error:")
    assert tickets(service) == before


def test_without_a_store_nothing_is_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asking about a service that never ran leaves no file behind."""
    (tmp_path / "zendesk-sync.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, "list") == 2
    assert "there is no store yet" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "zendesk-sync.db").exists()
