"""Puts the report of a fortnight beside what the oracle says, number by number."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from tests.e2e.fortnight.desk import Desk
from tests.e2e.fortnight.oracle import Oracle
from tests.e2e.fortnight.play import MIDDLE, SINCE, UNTIL, Play
from tests.e2e.fortnight.records import Records, read
from tests.e2e.world import NAME
from tests.policy.facts import HANDBOOK
from zendesk_sync.report.figures import Window, report
from zendesk_sync.store.store import Store
from zendesk_sync.sync.chronicle import read_history
from zendesk_sync.sync.patience import Patience

Span = tuple[datetime, datetime]
WINDOWS: dict[str, Span] = {
    "the fortnight": (SINCE, UNTIL),
    "from one surge into the other": MIDDLE,
    "some hours": (SINCE + timedelta(days=8, minutes=7), SINCE + timedelta(days=8, hours=4)),
}
HELD_BACK_S = 130.0
MEMORY = Path("/dev/shm")
"""Where there is such a place: thousands of small transactions take a disk half a minute."""


class Fortnight:
    """One that has been played.

    Attributes:
        records: all that the local Zendesk has on record.
        troubles: what the service logged as a warning or an error meanwhile.
    """

    def __init__(self, desk: Desk, play: Play) -> None:
        self.desk, self.play = desk, play
        with capture_logs() as said:
            self.play.run()
            for _ in range(2):  # Zendesk holds back the last minute
                desk.clock.advance(HELD_BACK_S)
                desk.works()
        self.troubles = {one["event"] for one in said if one["log_level"] in {"warning", "error", "critical"}}
        self.records: Records = read(desk.get, desk.zendesk.integration_id, desk.official)

    def oracle(self, span: Span, *, surge_known: bool = True) -> Oracle:
        return Oracle(self.records, self.desk.spoken, self.desk.surges if surge_known else None, *span)

    def oracle_between(self, since: float, until: float) -> Oracle:
        """In Unix seconds."""
        return self.oracle((datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC)))

    def by_service(self, span: Span) -> dict[str, Any]:
        """From the history that the service has kept."""
        window, store = _window(span), self.desk.store
        rows = store.stories(NAME, window.since)
        return report(NAME, rows, window, HANDBOOK, store.surges(NAME)).as_json()

    def anew(self, span: Span) -> dict[str, Any]:
        """All of it read from Zendesk, as the command does where no service has kept anything."""
        desk, window = self.desk, _window(span)
        with desk.connect() as connection, Store.open(None, clock=desk.clock.timestamp) as store:
            store.ensure_account(NAME)
            lease = store.acquire(NAME, "report", 3600)
            assert lease is not None
            asks = Patience(store, lease, None, desk.clock.advance).call
            read_history(connection, store, lease, window.since, asks)
            return report(NAME, store.stories(NAME, 0), window, HANDBOOK, desk.store.surges(NAME)).as_json()

    def differences(self) -> list[str]:
        """What the two ways of reading say otherwise than the oracle, in any of the windows."""
        return [
            f"{name}, {way}: {line}"
            for name, span in WINDOWS.items()
            for way, said in (("by the service", self.by_service(span)), ("read anew", self.anew(span)))
            for line in differences(self.oracle(span).report(), said)
        ]


@contextmanager
def fortnight(seed: int, tickets: int, official: str = "priority", *, loses_store: bool = False) -> Iterator[Fortnight]:
    """Play one and leave the desk standing; its store is kept in memory where there is a place for that."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        desk = Desk(Path(folder), official=official)
        try:
            yield Fortnight(desk, Play(desk, seed, tickets, loses_store))
        finally:
            desk.stop()


def differences(expected: dict[str, Any], said: dict[str, Any]) -> list[str]:
    """Each number that is not the same, by its place."""
    return list(_differences(_plain(expected), _plain(said), ""))


def _plain(report_: dict[str, Any]) -> Any:
    """As JSON. In which order those are told who raised tickets is no number."""
    out = json.loads(json.dumps(report_))
    out["share"]["raised_by"] = {
        f"{one['how']} {one['by']} {one['who']}": one["tickets"] for one in out["share"]["raised_by"]
    }
    return out


def _differences(expected: Any, said: Any, place: str) -> Iterator[str]:
    if isinstance(expected, dict) and isinstance(said, dict):
        for key in sorted(expected.keys() | said.keys()):
            yield from _differences(expected.get(key, "nothing"), said.get(key, "nothing"), f"{place}.{key}")
    elif isinstance(expected, list) and isinstance(said, list) and len(expected) == len(said):
        for number, (one, other) in enumerate(zip(expected, said, strict=True)):
            yield from _differences(one, other, f"{place}[{number}]")
    elif expected != said:
        yield f"{place}: {said!r}, and by Zendesk's own records {expected!r}"


def _window(span: Span) -> Window:
    since, until = (int(one.timestamp()) for one in span)
    return Window(since, until)
