"""The board as a browser gets it: its figures by their names, and the order of its rows."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.commands import configure
from tests.e2e.fortnight.check import Fortnight
from tests.e2e.fortnight.oracle import Ticket
from tests.e2e.fortnight.play import SINCE
from tests.e2e.fortnight.records import moment
from tests.e2e.world import NAME
from tests.policy.facts import HANDBOOK
from webhooks.app import create_app
from zendesk_sync.board_settings import BOARD_TOKEN
from zendesk_sync.cli.board import site
from zendesk_sync.report.recent import Recent
from zendesk_sync.settings import load

TOKEN = "only for this test"
OF_THE_MOMENT = re.compile(r"at|since|until|number_one|in_order|by_level\..*|health\..*|tickets\..*")
BANDS = ("p0", "p1", "p2", "undetermined", "p3")


class Page(HTMLParser):
    """Reads one.

    Attributes:
        figures: each element's ``data-value`` by its ``data-figure``; several may say the same.
        rows: the tickets of the order, the first one first.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures: dict[str, str] = {}
        self.rows: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if (name := given.get("data-figure")) is not None and (value := given.get("data-value")) is not None:
            assert self.figures.setdefault(name, value) == value, name
        if tag == "a" and (row := re.fullmatch(r"z(\d+)", given.get("id") or "")):
            self.rows.append(int(row[1]))


def looked_at(played: Fortnight, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The account's board, out of the service's own store, over a socket."""
    desk = played.desk
    configure(desk, folder)
    monkeypatch.setenv(BOARD_TOKEN, TOKEN)
    settings = load(folder / "zendesk-sync.toml")
    recent = Recent(store=desk.store, handbook=HANDBOOK, days=settings.service.board.days)
    with site(settings, HANDBOOK, desk.store, recent, {}) as board:
        desk.door.serve(create_app(accounts={NAME: []}, mark=desk.store.mark, board=board))
        answer = httpx.get(f"{desk.door.url}/board/{NAME}", headers={"Authorization": f"Bearer {TOKEN}"})
    return Page(answer.raise_for_status().text)


def differences(played: Fortnight, page: Page) -> list[str]:
    """What the page says otherwise than the records; and figures of which nobody knows what they are."""
    since, until = (moment(page.figures[name]) for name in ("since", "until"))
    known = _flat(played.oracle_between(since, until).report(), "")
    told = {name: value for name, value in page.figures.items() if not OF_THE_MOMENT.fullmatch(name)}
    wrong = [f"{name}: {value}, {known.get(name)}" for name, value in told.items() if not _same(value, known, name)]
    return wrong + _order(played, page)


def in_order(played: Fortnight) -> tuple[list[Ticket], list[int]]:
    """The tickets of support's order at this moment, the first one first; and those that carry number one's tag."""
    now = played.oracle_between(SINCE.timestamp(), played.desk.clock.timestamp() + 1)
    found = [one for one in now.tickets if one.status in {"new", "open"} and one.computed and "for_ce" not in one.flags]
    return sorted(found, key=_place), [one.id for one in now.tickets if "number_one" in one.flags]


def _order(played: Fortnight, page: Page) -> list[str]:
    """The order is that of this moment, whatever the report's window."""
    waiting, tagged = in_order(played)
    levels = Counter(one.level for one in waiting)
    wanted: dict[str, Any] = {
        "rows": [one.id for one in waiting][: len(page.rows)],
        "number_one": str(waiting[0].id),
        "tagged": tagged,
        "in_order": str(len(waiting)),
        **{name: str(levels[name.partition(".")[2]]) for name in page.figures if name.startswith("by_level.")},
    }
    for number, one in enumerate(waiting[: len(page.rows)]):
        created = datetime.fromtimestamp(one.created, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        row = {"place": number + 1, "ticket": one.id, "level": one.level, "customer": one.customer}
        row |= {"waiting_since": created}
        wanted |= {f"tickets.{number}.{name}": str(value) for name, value in row.items()}
    said = {**page.figures, "rows": page.rows, "tagged": [waiting[0].id]}
    return [f"{name}: {said.get(name)}, {value}" for name, value in wanted.items() if said.get(name) != value]


def _place(one: Ticket) -> tuple[int, float, int]:
    return BANDS.index(one.level), one.created, one.id


def _same(value: str, known: dict[str, Any], name: str) -> bool:
    if name not in known:
        return False
    expected = known[name]
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        return bool(value) and float(value) == expected
    return value == ("" if expected is None else str(expected))


def _flat(value: Any, place: str) -> dict[str, Any]:
    """``{"a": {"b": [1]}}`` -> ``{"a.b.0": 1}``; the counts of rules that nobody disagreed with are not there."""
    if not isinstance(value, dict | list):
        return {place: value}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    out: dict[str, Any] = {}
    for key, one in pairs:
        out |= _flat(one, f"{place}.{key}".lstrip("."))
    return out
