"""``make bench``: figures as JSON lines and as a table. Counts and ratios of one run; nothing here asserts a time."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import door, figures, rivals, sandbox, tap, traces, volume, workers, zendesk
from zendesk_sync.cli.common import WIDE, configure_logging

Figure = tuple[str, float, str]


def main() -> None:
    configure_logging()
    table = Table(title=f"{_machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    for column in ("Figure", "Value", "Unit"):
        table.add_column(column, justify="right" if column == "Value" else "left")
    for figure, value, unit in _run():
        print(json.dumps({"figure": figure, "value": round(value, 4), "unit": unit}), flush=True)  # noqa: T201
        table.add_row(figure, f"{value:,.4g}" if value < 1000 else f"{value:,.0f}", unit)
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)


def _run() -> Iterator[Figure]:
    seconds, tickets = figures.new_text(2000)
    yield "policy.decide_new_text_2000.per_second", tickets / seconds, "tickets/s"
    per_second = {name: _rate(work) for name, work in figures.pure().items()}
    for name, rate in per_second.items():
        yield f"{name}.per_second", rate, "tickets/s"
    yield "note.cost_of_decision", per_second["policy.decide"] / per_second["policy.decide_and_note"], "ratio"
    yield (
        "text.growth_2000_to_8000",
        per_second["policy.decide_text_2000"] / per_second["policy.decide_text_8000"],
        "ratio",
    )
    yield from traces.figures(_rate)
    with tempfile.TemporaryDirectory() as folder:
        yield from figures.whole(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        yield from door.figures(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        yield from workers.figures(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        account = zendesk.born(Path(folder) / "born", volume.TICKETS)
        for part in (volume, rivals, tap):
            yield from part.figures(account, Path(folder))
    yield from sandbox.figures()


def _machine() -> str:
    """The processor's own name where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _rate(work: Callable[[], int], seconds: float = 1.0) -> float:
    """Items a second of CPU, over about ``seconds`` of it."""
    work()
    done, started = 0, time.process_time()
    while (spent := time.process_time() - started) < seconds:
        done += work()
    return done / spent


if __name__ == "__main__":
    main()
