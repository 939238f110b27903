"""A backfill of an account whose every ticket needs a write: what it asks of Zendesk, what it takes of this machine.

The command runs in a process of its own against the local Zendesk with its real limits, in that one's time, in which
only waits take any: the rate reached is the one that the limits allow, with answers that take no time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.zendesk import Running, born, copied

TICKETS = 10_000
BIG = 200_000
CEILING = 10_000
"""Tickets a minute that the export gives, if nothing else draws on it: ten pages of a thousand."""
PARTS = ("decode", "decide", "plan", "encode", "store", "wire")
WRITING = ("PUT", "POST", "PATCH", "DELETE")

Figure = tuple[str, float, str]


@dataclass(frozen=True, slots=True)
class Run:
    """One command, as :mod:`tests.bench.measured` reports it, and what it said of itself.

    Attributes:
        calls: to the API, by method and path.
        waited_s: seconds that the rate and the jobs made it wait, by the local Zendesk's clock.
        real_s: seconds that this machine was at it, the local Zendesk included; nobody waited in them.
        cpu_s: seconds of CPU of our process, after it had started.
        parts: part of the work -> seconds of CPU.
        peak_mb: the most memory of our process.
    """

    calls: dict[str, int]
    waited_s: float
    real_s: float
    cpu_s: float
    parts: dict[str, float]
    peak_mb: float
    said: dict[str, Any]

    @property
    def sent(self) -> int:
        return sum(self.calls.values())

    @property
    def writes(self) -> int:
        return sum(count for what, count in self.calls.items() if what.startswith(WRITING))


def backfill(folder: Path, server: Running, *words: str) -> Run:
    """Run ``backfill`` with the configuration in ``folder``; it must go through and leave nothing behind."""
    report = folder / "report.json"
    config = str(folder / "zendesk-sync.toml")
    command = ["backfill", "--config", config, "--yes", "--format", "json", *words]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.measured", str(report), server.url, *command],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the backfill failed: {done.stderr[-2000:]}")
    told = json.loads(report.read_text())
    said = json.loads(done.stdout)
    assert told.pop("code") == 0, said
    return Run(**told, said=said)


def figures(account: Path, folder: Path) -> Iterator[Figure]:
    """``account``: where the account of :data:`TICKETS` tickets was born."""
    with copied(account, folder / "volume") as server:
        first = backfill(folder / "volume", server)
        again = backfill(folder / "volume", server)
    assert first.said["done"]["written"] == TICKETS, first.said
    yield "backfill.calls_per_ticket", first.sent / TICKETS, "calls"
    yield "backfill.writes_per_ticket", first.writes / TICKETS, "calls"
    yield "backfill.again.writes", again.writes, "calls"
    yield "backfill.again.calls_per_ticket", again.sent / TICKETS, "calls"
    rate = TICKETS / first.waited_s * 60
    yield "backfill.at_700_a_minute_half_ours.tickets_per_minute", rate, "tickets/min"
    yield "backfill.at_700_a_minute_half_ours.of_the_exports_10000", rate / CEILING, "ratio"
    yield "backfill.cpu_per_1000_tickets", first.cpu_s / TICKETS * 1000, "s"
    parts = {part: first.parts.get(part, 0.0) for part in PARTS}
    for part, seconds in {**parts, "rest": first.cpu_s - sum(parts.values())}.items():
        yield f"backfill.cpu_per_1000_tickets.{part}", seconds / TICKETS * 1000, "s"
    yield "backfill.peak_memory_10000", first.peak_mb, "MB"
    if os.environ.get("BENCH") == "full":
        yield from _big(folder, first)


def _big(folder: Path, small: Run) -> Iterator[Figure]:
    source = born(folder / "big", BIG)
    with copied(source, folder / "big-run") as server:
        big = backfill(folder / "big-run", server)
    yield "backfill.peak_memory_200000", big.peak_mb, "MB"
    yield "backfill.peak_memory_200000_to_10000", big.peak_mb / small.peak_mb, "ratio"
    yield "backfill.calls_per_ticket_200000", big.sent / BIG, "calls"
    yield "backfill.cpu_per_1000_tickets_200000", big.cpu_s / BIG * 1000, "s"
