"""The local Zendesk as a process of its own, filled once and started anew from a copy for every run.

As a script: ``FOLDER [SEED] [fast]`` keeps the account in ``FOLDER/zendesk.db`` and prints its address and credentials.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench import account
from tests.e2e.processes import configure, free_port, run

DATA = "zendesk.db"


@dataclass(frozen=True, slots=True)
class Running:
    """What a client needs to know of it."""

    url: str
    token: str
    client_id: str
    client_secret: str
    integration_token: str


@contextlib.contextmanager
def zendesk(folder: Path, seed: Path | None = None, *, fast: bool = False) -> Iterator[Running]:
    """A running account; ``fast`` lifts its limits and hurries its exports and jobs."""
    words = [sys.executable, "-m", "tests.bench.zendesk", str(folder), str(seed or ""), "fast" if fast else ""]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield Running(**json.loads(server.stdout.readline()))
        finally:
            server.terminate()


def born(folder: Path, tickets: int) -> Path:
    """The folder of an account with so many tickets and our fields, and of an admin who configured us for it."""
    folder.mkdir(parents=True)
    account.write(folder / "seed.json", tickets)
    with zendesk(folder, folder / "seed.json") as server:
        aim(folder, server)
        code, _, err = run(folder, "setup", "apply")
        assert code == 0, err
    (folder / "seed.json").unlink()
    return folder


def aim(folder: Path, server: Running) -> None:
    configure(folder, server.url, free_port(), secret=server.client_secret)


@contextlib.contextmanager
def copied(source: Path, folder: Path, *, fast: bool = False) -> Iterator[Running]:
    """The account as it was born, running; our configuration in ``folder`` aims at it."""
    folder.mkdir(parents=True)
    shutil.copy(source / DATA, folder / DATA)
    with zendesk(folder, fast=fast) as server:
        aim(folder, server)
        yield server


def main() -> None:
    from zendesk_sync.sandbox import Sandbox
    from zendesk_sync.sandbox import run as serve
    from zendesk_sync.sandbox.api.auth import issue

    folder, seed, fast = sys.argv[1:4]

    def ready(sandbox: Sandbox) -> None:
        ours = issue(sandbox.state, sandbox.integration_id)
        told = Running(sandbox.url, sandbox.token, sandbox.client_id, sandbox.client_secret, ours)
        print(json.dumps(asdict(told)), flush=True)  # noqa: T201

    serve(0, Path(folder) / DATA, fast=bool(fast), seed=Path(seed) if seed else None, ready=ready)


if __name__ == "__main__":
    main()
