"""Worker processes that are killed, frozen and cut off from their database: one writer an account, no hint lost."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.labour import Crew
from tests.e2e.processes import eventually
from tests.postgres import Postgres, postgres

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

SIX = [f"account-{n}" for n in range(6)]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture(params=["file", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "file":
        return tmp_path / "s.db"
    server: Postgres = request.getfixturevalue("server")
    return server.url()


@pytest.fixture
def begun() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes, of which none outlives its test."""
    running: list[subprocess.Popen[str]] = []
    yield running
    for process in running:
        process.kill()
        process.wait()


def finish(crew: Crew, *workers: subprocess.Popen[str]) -> None:
    """Nothing new comes; what was acknowledged is served, and then the workers stop when they are told to."""
    eventually("all that was acknowledged is served", lambda: not crew.unserved())
    eventually("all listen to being told", lambda: all(crew.is_ready(worker.pid) for worker in workers))
    for worker in workers:
        worker.terminate()
    assert [worker.wait(30) for worker in workers] == [0] * len(workers)


def test_kill_under_load_loses_nothing(place: Place, tmp_path: Path, begun: list[subprocess.Popen[str]]) -> None:
    """Receiver and worker are killed three times in the middle of both; whatever was acknowledged is served."""
    crew = Crew(place, tmp_path / "notes", ["acme", "globex"], lease_s=0.6)
    for _ in range(3):
        begun.append(crew.start("both"))
        pid = begun[-1].pid
        eventually("it works under load", lambda pid=pid: crew.count("end", pid) >= 5)  # type: ignore[misc]
        begun[-1].kill()
        begun[-1].wait()
    assert crew.count("ack") > 0
    begun.append(crew.start())
    finish(crew, begun[-1])
    assert crew.overlaps(dead=[process.pid for process in begun[:3]]) == []


def test_a_frozen_worker_is_replaced_and_stops_at_once(
    server: Postgres, tmp_path: Path, begun: list[subprocess.Popen[str]]
) -> None:
    """After the takeover the revived worker begins nothing but the request that it was about to send."""
    crew = Crew(server.url(), tmp_path / "notes", ["acme"], lease_s=0.5)
    begun += [crew.start("receiver"), crew.start(), crew.start()]
    eventually("somebody works", lambda: crew.count("end") >= 5)
    for _ in range(3):
        holder = next(line[3] for line in reversed(crew.notes()) if line[0] == "begin")
        frozen, other = sorted(begun[1:], key=lambda process: str(process.pid) != holder)
        before = crew.count("end", other.pid)
        frozen.send_signal(signal.SIGSTOP)
        eventually("the other one takes over", lambda: crew.count("end", other.pid) >= before + 3)  # noqa: B023
        frozen.send_signal(signal.SIGCONT)
        before = crew.count("end")
        eventually("work goes on", lambda: crew.count("end") >= before + 5)  # noqa: B023
    assert len(crew.late()) <= 3
    begun[0].kill()
    finish(crew, *begun[1:])


@pytest.mark.parametrize("driver", ["loop", "procrastinate"])
def test_three_workers_and_six_accounts_never_meet(
    server: Postgres, tmp_path: Path, begun: list[subprocess.Popen[str]], driver: str
) -> None:
    """One of the three is killed: its accounts go on with the others, no two requests of an account overlap."""
    crew = Crew(server.url(), tmp_path / "notes", SIX, lease_s=2.0, driver=driver)
    begun += [crew.start("receiver"), *(crew.start() for _ in range(3))]
    eventually("all three work", lambda: all(crew.count("begin", process.pid) >= 2 for process in begun[1:]))
    begun[1].kill()
    begun[1].wait()
    served = crew.count("end")
    eventually("the others go on", lambda: crew.count("end") >= served + 20)
    begun[0].kill()
    finish(crew, *begun[2:])
    assert {line[1] for line in crew.notes() if line[0] == "end"} == set(SIX)
    assert crew.overlaps(dead=[begun[1].pid]) == []
    assert crew.late() == []


@pytest.mark.parametrize("driver", ["loop", "procrastinate"])
def test_a_restart_of_postgres_in_the_middle(tmp_path: Path, begun: list[subprocess.Popen[str]], driver: str) -> None:
    """The server crashes under load and comes back: the same processes go on, and nothing acknowledged is missing."""
    with postgres() as own:
        crew = Crew(own.url(), tmp_path / "notes", ["acme", "globex"], lease_s=1.0, driver=driver)
        begun += [crew.start("receiver"), crew.start()]
        eventually("it works", lambda: crew.count("end") >= 3)
        own.stop("immediate")
        own.start()
        acknowledged, served = crew.count("ack"), crew.count("end")
        eventually("hints are stored again", lambda: crew.count("ack") >= acknowledged + 20)
        eventually("work goes on", lambda: crew.count("end") >= served + 3)
        begun[0].kill()
        finish(crew, begun[1])
