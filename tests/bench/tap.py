"""The read path beside tap-zendesk's: the same export of the same local Zendesk, without limits.

The tap lives in an environment of its own in the user's cache folder, made once. Seconds are those from the first
request to the last record, the local Zendesk's share included; per second of CPU, only the reading process counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from tests.bench.volume import Figure
from tests.bench.zendesk import copied

TAP = "tap-zendesk==2.8.2"
INSTALLED_WITHIN_S = 240.0
READER = Path(__file__).with_name("tap_reader.py")


def figures(account: Path, folder: Path) -> Iterator[Figure]:
    """``account``: where the account was born that is read."""
    python = _installed()
    if python is None:
        yield f"read.{TAP}_cannot_be_installed", 1, "see above"
        return
    with copied(account, folder / "read", fast=True) as server:
        report = folder / "read" / "report.json"
        told = {}
        for name, words in (("ours", ["-m", "tests.bench.reader"]), ("tap_zendesk", [str(READER)])):
            program = sys.executable if name == "ours" else str(python)
            command = [program, *words, str(report), server.url, server.integration_token]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            told[name] = json.loads(report.read_text())
    assert told["ours"]["tickets"] == told["tap_zendesk"]["tickets"], told
    for name, one in told.items():
        yield f"read.{name}.per_second", one["tickets"] / one["real_s"], "tickets/s"
        yield f"read.{name}.per_second_of_cpu", one["tickets"] / one["cpu_s"], "tickets/s"
    ours, tap = told["ours"], told["tap_zendesk"]
    yield "read.ours_to_tap_zendesk", tap["real_s"] / ours["real_s"], "ratio"
    yield "read.ours_to_tap_zendesk_by_cpu", tap["cpu_s"] / ours["cpu_s"], "ratio"
    yield "read.tap_zendesk.own_pauses_left_out", tap["paused_s"], "s"


def _installed() -> Path | None:
    """The interpreter that has the tap; None, and pip's words on standard error, where it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zendesk-sync-bench"
    place = cache / f"{TAP}-python{sys.version_info.major}.{sys.version_info.minor}"
    python, ready = place / "bin" / "python", place / "ready"
    if ready.exists():
        return python
    try:
        venv.create(place, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", TAP]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=INSTALLED_WITHIN_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        print(f"{TAP} cannot be installed: {str(said).strip()[-500:]}", file=sys.stderr)  # noqa: T201
        return None
    ready.touch()
    return python
