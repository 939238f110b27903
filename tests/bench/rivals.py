"""Side by side on the same tickets, each on the account as it was born: ours, a zenpy loop, and one PUT a ticket.

All keep to the local Zendesk's real limits and write a note. The loops run over the first :data:`SLICE` tickets only:
what they ask and take grows with every ticket alike.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.volume import TICKETS, Figure, backfill
from tests.bench.zendesk import copied

SLICE = 300


@dataclass(frozen=True, slots=True)
class Loop:
    """As :mod:`tests.bench.rival` reports it: calls, seconds that the limits made it wait, seconds of this machine."""

    calls: int
    waited_s: float
    real_s: float


def figures(account: Path, folder: Path) -> Iterator[Figure]:
    """``account``: where the account of :data:`~tests.bench.volume.TICKETS` tickets was born."""
    with copied(account, folder / "ours") as server:
        run = backfill(folder / "ours", server, "--notes")
    runs = {"ours": (TICKETS, Loop(run.sent, run.waited_s, run.real_s))}
    runs |= {f"{name}_first_{SLICE}": (SLICE, _loop(name, account, folder / name)) for name in ("zenpy", "httpx")}
    for name, (tickets, one) in runs.items():
        yield f"side_by_side.{name}.calls_per_ticket", one.calls / tickets, "calls"
        yield f"side_by_side.{name}.per_second_without_waiting", tickets / one.real_s, "tickets/s"
        yield f"side_by_side.{name}.per_second_at_700_a_minute", tickets / one.waited_s, "tickets/s"
    ours = run.sent / TICKETS
    for name, (tickets, one) in list(runs.items())[1:]:
        yield f"side_by_side.{name}.calls_to_ours", one.calls / tickets / ours, "ratio"


def _loop(name: str, account: Path, folder: Path) -> Loop:
    report = folder / "report.json"
    with copied(account, folder) as server:
        words = [name, str(report), server.url, server.integration_token, str(SLICE)]
        subprocess.run([sys.executable, "-m", "tests.bench.rival", *words], check=True, stderr=subprocess.DEVNULL)
    return Loop(**json.loads(report.read_text()))
