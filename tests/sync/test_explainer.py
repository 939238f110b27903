"""How explanations for the web use an account's connection: kept for a while, never after trouble, one at a time."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest

from zendesk_sync.errors import NotFound, ZendeskError, ZendeskUnavailable
from zendesk_sync.sync import explainer
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.explainer import Explainer


class Line:
    """A connection that tells whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Desk:
    """An account that opens lines and answers as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lines: list[Line] = []
        self.now, self.fails = 0.0, cast(Exception | None, None)
        monkeypatch.setattr(explainer, "explain", self.explain)
        self.explainer = Explainer({"acme": self.connect}, lambda _name: None, clock=lambda: self.now)

    def connect(self) -> Connection:
        self.lines.append(Line())
        return cast(Connection, self.lines[-1])

    def explain(self, _connection: Connection, ticket: int, _surge: None) -> Any:
        if self.fails is not None:
            raise self.fails
        return ticket


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch)


def test_a_connection_is_kept_for_a_while(desk: Desk) -> None:
    """Signing in costs calls; after ten minutes the account's fields may be others."""
    for _ in range(3):
        told: object = desk.explainer("acme", 7)
        assert told == 7
    assert len(desk.lines) == 1
    desk.now += explainer.REFRESH_S + 1
    desk.explainer("acme", 7)
    assert [line.closed for line in desk.lines] == [True, False]


def test_after_trouble_it_is_opened_anew(desk: Desk) -> None:
    """A ticket that is not there is no trouble."""
    desk.fails = NotFound("no ticket 7", status=404)
    with pytest.raises(NotFound):
        desk.explainer("acme", 7)
    assert [line.closed for line in desk.lines] == [False]
    desk.fails = ZendeskError("refused", status=422)
    with pytest.raises(ZendeskError):
        desk.explainer("acme", 7)
    desk.fails = None
    desk.explainer("acme", 7)
    assert [line.closed for line in desk.lines] == [True, False]
    desk.explainer.close()
    assert [line.closed for line in desk.lines] == [True, True]


def test_who_cannot_be_served_in_time_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions about one account wait for each other, and not for long."""
    monkeypatch.setattr(explainer, "PATIENCE_S", 0.01)
    inside, go_on = threading.Event(), threading.Event()

    def slow(_connection: Connection, ticket: int, _surge: None) -> Any:
        inside.set()
        go_on.wait(10)
        return ticket

    monkeypatch.setattr(explainer, "explain", slow)
    first = threading.Thread(target=desk.explainer, args=("acme", 1))
    first.start()
    inside.wait(10)
    with pytest.raises(ZendeskUnavailable, match="try again"):
        desk.explainer("acme", 2)
    go_on.set()
    first.join()
