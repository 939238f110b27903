"""A job checks no stamp: whoever sets a priority while one waits in its queue has the last word, whoever dies then."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.volume import Killed, Volume, check, quiet_run, small_pages, volume
from zendesk_sync.sandbox.state import Pace

SEED = 2
UPDATE_MANY = "/api/v2/tickets/update_many"
EVENTS = "incremental/ticket_events"


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages(monkeypatch)


class Agent:
    """Sets another priority on every second ticket of each job, the moment the job is queued."""

    def __init__(self, house: Volume) -> None:
        self.house, self.theirs = house, dict[int, str]()

    def __call__(self, request: httpx.Request) -> None:
        if request.url.path != UPDATE_MANY:
            return
        items = json.loads(request.read())["tickets"]
        for item in [one for one in items if "priority" in one][::2]:
            self.theirs[item["id"]] = "urgent" if item["priority"] != "urgent" else "low"
            self.house.agent_changes(item["id"], priority=self.theirs[item["id"]])

    def is_back(self) -> None:
        assert self.theirs
        tickets = self.house.tickets()
        assert {id_: tickets[id_]["priority"] for id_ in self.theirs} == self.theirs

    def has_the_last_word(self) -> None:
        self.is_back()
        check(self.house, quiet_run(SEED), touched=self.theirs)


def resumed(house: Volume) -> None:
    house.finish()


def left_to_the_service(house: Volume) -> None:
    """Nobody starts the backfill again: the service goes on, sweep by sweep."""
    house.calm()
    house.work()


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("place", "goes_on"),
    [
        ("job", left_to_the_service),
        ("landing", resumed),
        ("first reading", left_to_the_service),
        ("last reading", resumed),
        ("last reading", left_to_the_service),
    ],
)
def test_a_backfill_that_dies_in_the_middle(tmp_path: Path, place: str, goes_on: Callable[[Volume], None]) -> None:
    """With the second job on its way, at its landing, or while what it overtook is being read."""
    with volume(tmp_path, SEED) as house:
        agent, seen = Agent(house), list[str]()

        def strike(request: httpx.Request) -> None:
            agent(request)
            seen.append(request.url.path)
            jobs = sum(path == UPDATE_MANY for path in seen)
            walks = [path for path in seen if EVENTS in path]
            here = {
                "job": request.url.path == UPDATE_MANY and jobs == 2,
                "landing": request.url.path.endswith("show_many") and jobs >= 2,
                "first reading": len(walks) > quiet_walks and EVENTS in request.url.path,
                "last reading": len(walks) > quiet_walks + 2 and EVENTS in request.url.path,
            }
            if here[place]:
                house.photograph("killed")
                raise Killed

        quiet_walks = sum(EVENTS in line for line in quiet_run(SEED).calls) - looks_back()
        house.wire.after = strike
        with pytest.raises(Killed):
            house.run(1)
        house.restart("killed")
        goes_on(house)
        agent.is_back()
        if goes_on is left_to_the_service:
            house.finish()  # for the tickets that the backfill had not come to
        agent.has_the_last_word()


def looks_back() -> int:
    """How often a quiet backfill asks for the events to look back; a walk through the histories comes before."""
    calls = quiet_run(SEED).calls
    last_job = max(number for number, line in enumerate(calls) if UPDATE_MANY in line)
    return sum(EVENTS in line for line in calls[last_job:])


@pytest.mark.parametrize("dies", [False, True])
def test_the_service_overtakes_nobody(tmp_path: Path, dies: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tickets that were long quiet go by job in the service too."""
    with volume(tmp_path, SEED) as house:
        agent, jobs = Agent(house), 0

        def after(request: httpx.Request) -> None:
            nonlocal jobs
            agent(request)
            jobs += request.url.path == UPDATE_MANY
            if dies and jobs:
                house.photograph("killed")
                raise Killed

        house.wire.after = after
        if dies:
            with pytest.raises(Killed):
                house.work()
            house.restart("killed")
        house.work()
        agent.is_back()
        small_pages(monkeypatch)  # of the quiet run
        house.finish()
        agent.has_the_last_word()


@pytest.mark.usefixtures("_small")
def test_slow_jobs_are_waited_for(tmp_path: Path) -> None:
    """The events are read until they tell of our own last write, however long its job took."""
    with volume(tmp_path, SEED) as house:
        house.zendesk.state.pace = Pace(
            job_queued=100.0, job_working=3.0, requests_per_minute=100_000, limits=False, index_delay=0.0
        )
        agent = Agent(house)
        house.wire.after = agent
        house.run(1)
        house.finish()
        agent.has_the_last_word()
