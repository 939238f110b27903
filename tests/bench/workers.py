"""Workers: how long an account is left alone when its process is killed, and what an account without work costs.

The takeover is measured with the tests' worker (real store, lease and driver; a request is a line in a file), what
accounts cost with the real command against a local Zendesk.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.labour import Crew
from tests.e2e.processes import ask, command, configure, eventually, free_port, run
from tests.postgres import Postgres, binaries, postgres
from zendesk_sync.sandbox import Sandbox

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

Figure = tuple[str, float, str]

KILLS = 5
LEASE_S = 2.0
ACCOUNTS, SWEEP_S, WINDOW_S = 100, 10.0, 20.0


def figures(folder: Path) -> Iterator[Figure]:
    yield from _restarted(folder)
    yield from _idle("file", folder, None, "loop")
    if binaries() is None:
        return
    with postgres(durable=True) as server:
        for driver in ("loop", "procrastinate"):
            yield from _taken_over(folder / driver, server, driver)
            yield from _idle(f"postgres_{driver}", folder, server, driver)


def _restarted(folder: Path) -> Iterator[Figure]:
    """One process on a file, killed under load and started again at once: until it works again."""
    crew, taken = Crew(folder / "s.db", folder / "notes", ["acme"], lease_s=30.0), list[float]()
    process = crew.start("both")
    for _ in range(KILLS):
        eventually("it works", lambda: crew.count("end", process.pid) >= 5)  # noqa: B023
        process.kill()
        process.wait()
        started = time.perf_counter()
        process = crew.start("both")
        eventually("it works again", lambda: crew.count("end", process.pid) >= 1)  # noqa: B023
        taken.append(time.perf_counter() - started)
    yield from _lost("takeover.file", crew, [process])
    yield "takeover.file_restart_p50", statistics.median(taken), "s"


def _taken_over(folder: Path, server: Postgres, driver: str) -> Iterator[Figure]:
    """Two processes on Postgres; the one that has the account is killed under load: until the other one has it."""
    folder.mkdir()
    crew, taken = Crew(server.url(), folder / "notes", ["acme"], LEASE_S, driver), list[float]()
    receiver, workers = crew.start("receiver"), [crew.start(), crew.start()]
    for _ in range(KILLS):
        eventually("both are there", lambda: all(crew.is_ready(one.pid) for one in workers))
        served = crew.count("end")
        eventually("it works", lambda: crew.count("end") >= served + 5)  # noqa: B023
        holder = int(next(line[3] for line in reversed(crew.notes()) if line[0] == "begin"))
        dead = next(one for one in workers if one.pid == holder)
        workers.remove(dead)
        before = crew.count("end", workers[0].pid)
        dead.kill()
        dead.wait()
        started = time.perf_counter()
        eventually("the other one works", lambda: crew.count("end", workers[0].pid) > before)  # noqa: B023
        taken.append(time.perf_counter() - started)
        workers.append(crew.start())
    yield from _lost(f"takeover.postgres_{driver}", crew, workers, receiver)
    yield f"takeover.postgres_{driver}_lease_{LEASE_S:g}_s_p50", statistics.median(taken), "s"
    yield f"takeover.postgres_{driver}_lease_{LEASE_S:g}_s_max", max(taken), "s"


def _lost(
    name: str, crew: Crew, workers: list[subprocess.Popen[str]], *receivers: subprocess.Popen[str]
) -> Iterator[Figure]:
    """Nothing new comes; what was acknowledged and is never served is lost."""
    for process in (*receivers, *(workers if not receivers else [])):
        process.kill()
        process.wait()
    acknowledged = crew.count("ack")
    if not receivers:
        workers = [crew.start()]
    ends = time.monotonic() + 60
    while crew.unserved() and time.monotonic() < ends:
        time.sleep(0.1)
    yield f"{name}_kills_acknowledged", acknowledged, "hints"
    yield f"{name}_kills_lost", len(crew.unserved()), "hints"
    for process in workers:
        process.kill()
        process.wait()


def _idle(name: str, folder: Path, server: Postgres | None, driver: str) -> Iterator[Figure]:
    """Many accounts with nothing to do but their sweep, for a while after the first round of all of them."""
    folder = folder / f"idle_{name}"
    folder.mkdir()
    with Sandbox(fast=True) as zendesk:
        configure(folder, zendesk.url, 1, secret=zendesk.client_secret)
        code, _, err = run(folder, "setup", "apply")
        assert code == 0, err
        place: Place = folder / "zendesk-sync.db" if server is None else server.url()
        where = str(place) if isinstance(place, Path) else place.render_as_string()
        side = free_port()
        text = f'[service]\nmetrics_port = {side}\nsweep_seconds = {SWEEP_S}\nstore = "{where}"\n'
        for n in range(ACCOUNTS):
            text += f'[accounts.a{n}]\nurl = "{zendesk.url}"\nclient_id = "{zendesk.client_id}"\n'
        (folder / "zendesk-sync.toml").write_text(text)
        secrets = {f"ZENDESK_SYNC_A{n}_CLIENT_SECRET": zendesk.client_secret for n in range(ACCOUNTS)}
        worker = command(folder, "worker", "--driver", driver, log=folder / "worker.log", **secrets)
        try:
            eventually("it works", lambda: "working" in (folder / "worker.log").read_text())
            time.sleep(2 * SWEEP_S)  # the first rounds sign in
            rounds, transactions, cpu = -_exports(side), -_transactions(server), -_spent(worker.pid)
            time.sleep(WINDOW_S)
            cpu, transactions = cpu + _spent(worker.pid), transactions + _transactions(server)
            rounds += _exports(side)
            memory = _memory(worker.pid)
        finally:
            worker.terminate()
            worker.communicate()
    yield f"idle.{name}_1000_accounts.cpu_a_minute", cpu / rounds * 1000, "s"
    yield f"idle.{name}_accounts_a_core", 60 * rounds / cpu, "accounts"
    if server is not None:
        yield f"idle.{name}_1000_accounts.transactions_a_minute", transactions / rounds * 1000, "transactions"
    yield f"idle.{name}_{ACCOUNTS}_accounts.memory", memory, "MB"


def _spent(pid: int) -> float:
    """Seconds of CPU of a process so far, its own and the kernel's."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    line = next(one for one in Path(f"/proc/{pid}/status").read_text().splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _exports(side: int) -> float:
    """Rounds so far: each reads one page of the export."""
    lines = ask("GET", f"http://127.0.0.1:{side}/metrics").text.splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("zendesk_sync_calls") and '"export"' in line
    )


def _transactions(server: Postgres | None) -> float:
    if server is None:
        return 0.0
    ((count,),) = server.execute("select sum(xact_commit) from pg_stat_database")
    return float(str(count))
