"""Lets the stories happen in the order of time, with the service at work in between."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import httpx

from tests.e2e.fortnight.desk import AGENTS, OWN, Desk, Said, Surge
from tests.e2e.fortnight.stories import DAY, HOUR, MINUTE, REPLIES, Stories, Story, at_work, pick
from tests.e2e.world import NAME, START

SINCE = START + timedelta(days=1)
UNTIL = SINCE + timedelta(days=14)
"""The fortnight. Daylight saving time begins within it, where the business hours are."""
BEFORE = timedelta(hours=9)
"""So long after the desk opens, the service starts."""
SOON = ((5.0, 25), (10 * MINUTE, 25), (45 * MINUTE, 50))
"""How long after something happened the service works; at once would cost the test too much."""
REGULAR = 4 * HOUR
CLOSE = 30.0
"""What happens within so many seconds happens without the service in between."""
DOWN = (SINCE + timedelta(days=6, hours=14), SINCE + timedelta(days=6, hours=21))
SURGES = ((datetime(2026, 3, 6, 7, tzinfo=UTC), 5, None), (datetime(2026, 3, 12, 12, tzinfo=UTC), 8, 5))
"""From when, until how many hours later, and after how many hours a person ends it."""
MIDDLE = (datetime(2026, 3, 6, 9, tzinfo=UTC), datetime(2026, 3, 12, 15, 30, tzinfo=UTC))
"""A window within: it begins and ends in the midst of the surges."""
EDGES = {
    "to the second, over a weekend on which the clocks change": ("2026-03-07T00:30:00Z", "2026-03-08T22:30:00Z"),
    "a second more": ("2026-03-07T00:30:01Z", "2026-03-08T22:30:02Z"),
    "as surge ends": ("2026-03-06T12:00:00Z", "2026-03-06T14:00:00Z"),
    "as surge begins": ("2026-03-12T10:00:00Z", "2026-03-12T12:00:00Z"),
    "the first": ("2026-03-03T10:00:00Z", None),
    "one too early": ("2026-03-03T09:59:59Z", None),
    "the last": ("2026-03-12T15:29:59Z", None),
    "one too late": ("2026-03-12T15:30:00Z", None),
}
"""Tickets of severity 0 with a contract, and their first replies, where a second more or less makes a difference."""
OLD = ("harbor", "maple", "meadow", "quartz", "lunar", "orchid")


@dataclass
class Play:
    """One run.

    Args:
        tickets: about how many of them come.
        loses_store: the service comes back from its outage without its store.

    Attributes:
        edges: the tickets of `EDGES`.
        overtaken: how many priorities were set while a job was on its way that set another one.
    """

    desk: Desk
    seed: int
    tickets: int
    loses_store: bool = False
    overtaken: int = 0
    edges: dict[str, int] = field(default_factory=dict)
    _heap: list[tuple[float, int, Story]] = field(default_factory=list)
    _next_round: float = 0.0

    def run(self) -> None:
        end, chance = UNTIL.timestamp(), Random(f"{self.seed} rounds")
        self._plan()
        self.desk.close()
        self.desk.wire.after = self._overtake
        self._next_round = (START + BEFORE).timestamp()
        while self._heap and self._heap[0][0] <= end:
            moment, number, story = heapq.heappop(self._heap)
            while self._next_round < moment - CLOSE:
                self._move(self._next_round)
                self._round()
            self._move(moment)
            if (again := next(story, None)) is not None:
                heapq.heappush(self._heap, (max(again, moment), number, story))
            self._next_round = min(self._next_round, max(self._now + pick(chance, SOON), (START + BEFORE).timestamp()))
        self._move(end)

    @property
    def _now(self) -> float:
        return self.desk.clock.timestamp()

    def _move(self, moment: float) -> None:
        self.desk.deliver()  # before time passes: Zendesk waits for an answer for some seconds only
        self.desk.clock.advance(max(0.0, moment - self._now))

    def _round(self) -> None:
        """The service works until nothing waits; while it is away, nothing does."""
        desk, now = self.desk, self._now
        if DOWN[0].timestamp() <= now < DOWN[1].timestamp():
            desk.deliver()
            if self._is_up:
                desk.close()
            self._is_up = False
            self._next_round = DOWN[1].timestamp()
            return
        if not self._is_up:
            if self.loses_store and now >= DOWN[1].timestamp():
                self._lose_store()
            desk.open()
            self._is_up = True
        desk.works()
        self._next_round = now + REGULAR

    def _lose_store(self) -> None:
        """With it goes what nobody else has: that it was surge."""
        for file in self.desk.folder.glob("store.db*"):
            file.unlink()
        self.desk.surges.clear()
        self.loses_store = False

    _is_up: bool = False

    # ------------------------------------------------------------ what happens

    def _plan(self) -> None:
        chance = Random(f"{self.seed} plan")
        told: dict[str, list[int]] = {}
        number = 0
        for home in OLD:
            created = START - timedelta(days=chance.uniform(1, 20))
            story = Stories(self.desk, Random(f"{self.seed} old {home}"), told).of_old(
                home, created.replace(microsecond=0)
            )
            heapq.heappush(self._heap, (START.timestamp() + number, number, story))
            number += 1
        for moment in self._arrivals(chance):
            story = Stories(self.desk, Random(f"{self.seed} {number}"), told).one()
            heapq.heappush(self._heap, (moment, number, story))
            number += 1
        edges = (self._edge(*one) for one in EDGES.items())
        for story in (*(self._surge(*one) for one in SURGES), self._plans_change(), self._post_is_lost(chance), *edges):
            heapq.heappush(self._heap, (START.timestamp(), number, story))
            number += 1

    def _arrivals(self, chance: Random) -> list[float]:
        """At any time of the day, mostly at work; less at weekends; some in the same minute."""
        span = (UNTIL - START).total_seconds()
        found: list[float] = []
        while len(found) < self.tickets:
            moment = at_work(chance, START.timestamp() + chance.uniform(0, span))
            if datetime.fromtimestamp(moment, UTC).weekday() < 5 or chance.random() < 0.4:
                found += [moment + 7.0 * number for number in range(chance.choice((1, 1, 1, 1, 2)))]
        return sorted(int(moment) for moment in found)

    def _surge(self, begins: datetime, hours: int, ended_after: int | None) -> Iterator[float]:
        desk = self.desk
        yield begins.timestamp()
        until = begins.timestamp() + hours * HOUR
        began = desk.store.begin_surge(NAME, "kim@desk", until=until, reason="a release went wrong")
        desk.surges.append(Surge(began.at, until, began.by, began.reason))
        if ended_after is not None:
            yield begins.timestamp() + ended_after * HOUR
            desk.store.end_surge(NAME, "lee@desk")
            desk.surges[-1] = replace(desk.surges[-1], ends=self._now)

    def _edge(self, name: str, moments: tuple[str, str | None]) -> Iterator[float]:
        desk = self.desk
        created, replied = (one and datetime.fromisoformat(one).timestamp() for one in moments)
        assert created
        yield created
        self.edges[name] = desk.form("edda@harbor.example", f"Down: {name}", "All is down.", **desk.severity(0))
        if name == "the last":
            yield MIDDLE[1].timestamp()  # which is none of the window any more
            desk.changes(AGENTS[0], self.edges[name], **desk.level("p3"))
        if replied:
            yield replied
            desk.says(AGENTS[0], self.edges[name], Said.REPLY, REPLIES[0])
        if name == "as surge ends":
            yield self._now + 2 * HOUR
            desk.changes(AGENTS[0], self.edges[name], status="solved", assignee_id=desk.person(AGENTS[0]))
            yield self._now + 2 * HOUR  # a person's priority, and a rule's in the same update
            desk.changes(AGENTS[0], self.edges[name], status="open", **desk.level("p2"))

    def _overtake(self, request: httpx.Request) -> None:
        """Somebody sets a priority while a job that sets another one waits in Zendesk's queue."""
        if not request.url.path.endswith("update_many"):
            return
        key = str(self.desk.official_id)
        for item in json.loads(request.read())["tickets"][::2]:
            given = {str(one["id"]): one["value"] for one in item.get("custom_fields", [])} | item
            if given.get(key):
                level = "p3" if given[key] in {"urgent", f"{OWN}p0"} else "p0"
                self.overtaken += self.desk.changes(AGENTS[1], item["id"], **self.desk.level(level))

    def _plans_change(self) -> Iterator[float]:
        for day, home, plan in ((4, "meadow", "enterprise"), (7, "lunar", "team"), (9, "cobalt", "free")):
            yield START.timestamp() + day * DAY + 5 * HOUR
            self.desk.plan_becomes(home, plan)

    def _post_is_lost(self, chance: Random) -> Iterator[float]:
        """Some webhooks never arrive, and some arrive twice: the sweep finds what they would have told."""
        for day in range(1, 15):
            yield START.timestamp() + day * DAY + chance.uniform(0, 600) * MINUTE
            self.desk.post("/sandbox/webhooks", {"drop_next": 3, "duplicate_next": 2})
