"""A worker process whose only fake is Zendesk: real store, real lease, real driver; a request is two lines in a file.

``python -m tests.e2e.labour STORE LOG ACCOUNTS LEASE_S DRIVER AT_ONCE ROLE``: an account that is named more often gets
more hints. As a ``receiver`` the process marks hints and
notes each that the store has acknowledged, as a ``worker`` it serves them, with ``both`` it does both.

Lines: ``ack ACCOUNT TICKET``; ``begin ACCOUNT FENCE PID TICKETS``; ``end ACCOUNT FENCE PID TICKETS``.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from zendesk_sync.errors import LeaseLost, StoreError
from zendesk_sync.store import Store
from zendesk_sync.sync.holding import Holding
from zendesk_sync.sync.loop import Loop

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

REQUEST_S = 0.01
BATCHES = 50


class Note:
    """A file to which several processes append whole lines."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def line(self, *words: object) -> None:
        os.write(self._file, (" ".join(map(str, words)) + "\n").encode())


class Hand:
    """Serves one account the way :class:`~zendesk_sync.sync.service.AccountWorker` does."""

    def __init__(self, name: str, store: Store, note: Note, lease_s: float) -> None:
        self._name, self._store, self._note, self._lease_s = name, store, note, lease_s
        self._stopping = False

    def serve(self) -> bool:
        if (lease := self._store.acquire(self._name, f"pid {os.getpid()}", self._lease_s)) is None:
            return False
        try:
            with Holding(self._store, lease) as holding:
                for _ in range(BATCHES):
                    if self._stopping or not (taken := self._store.take(lease, limit=10)):
                        break
                    words = (self._name, lease.fence, os.getpid(), *(one.ticket for one in taken))
                    holding.before("PUT")
                    self._note.line("begin", *words)
                    time.sleep(REQUEST_S)
                    self._note.line("end", *words)
                    self._store.settle(lease, taken)
        except LeaseLost:
            return False
        finally:
            self._store.release(lease)
        return True

    def stop(self) -> None:
        self._stopping = True

    def close(self) -> None:
        pass


def produce(store: Store, note: Note, accounts: list[str]) -> None:
    """Mark new tickets for ever, numbers of a process are its own."""
    ticket = time.time_ns() // 1000
    while True:
        ticket += 1
        name = accounts[ticket % len(accounts)]
        with contextlib.suppress(StoreError):
            store.mark(name, [ticket])
            note.line("ack", name, ticket)
        time.sleep(0.001)


def main(where: str, log: str, names: str, lease_s: str, driver: str, at_once: str, role: str) -> None:
    place: Place = sa.make_url(where) if "://" in where else Path(where)
    note, accounts = Note(Path(log)), names.split(",")
    with Store.open(place) as store:
        for name in accounts:
            store.ensure_account(name)
            store.acquire(name, "nobody", 0.0)
        if role == "receiver":
            produce(store, note, accounts)
        if role == "both":
            threading.Thread(target=produce, args=(store, note, accounts), daemon=True).start()
        hands = {name: Hand(name, store, note, float(lease_s)) for name in accounts}
        if driver == "procrastinate":
            from zendesk_sync.sync import scale

            assert isinstance(place, sa.URL)
            note.line("ready", os.getpid())
            scale.run(place, store, hands, at_once=int(at_once))
            return
        loop = Loop(store, hands, 0.02, at_once=int(at_once))
        signal.signal(signal.SIGTERM, lambda *_: loop.stop())
        note.line("ready", os.getpid())
        loop.run()


@dataclass
class Crew:
    """Processes that share a store and a file of notes."""

    place: Place
    log: Path
    accounts: list[str]
    lease_s: float = 2.0
    driver: str = "loop"
    at_once: int = 4

    def start(self, role: str = "worker") -> subprocess.Popen[str]:
        where = str(self.place) if isinstance(self.place, Path) else self.place.render_as_string(hide_password=False)
        words = [where, str(self.log), ",".join(self.accounts), str(self.lease_s), self.driver, str(self.at_once)]
        return subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.labour", *words, role],
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def notes(self) -> list[list[str]]:
        text = self.log.read_text() if self.log.exists() else ""
        return [line.split() for line in text.splitlines()]

    def count(self, kind: str, pid: int | None = None) -> int:
        return sum(line[0] == kind and (pid is None or line[3] == str(pid)) for line in self.notes())

    def is_ready(self, pid: int) -> bool:
        """Whether this worker looks for work."""
        return ["ready", str(pid)] in self.notes()

    def unserved(self) -> set[str]:
        """Tickets that were acknowledged and are not served."""
        notes = self.notes()
        served = {ticket for line in notes if line[0] == "end" for ticket in line[4:]}
        return {line[2] for line in notes if line[0] == "ack"} - served

    def late(self) -> list[str]:
        """Requests that began under a lease after one of a later lease had begun, by account."""
        newest: defaultdict[str, int] = defaultdict(int)
        found = []
        for kind, account, *rest in self.notes():
            if kind == "begin":
                fence = int(rest[0])
                if fence < newest[account]:
                    found.append(account)
                newest[account] = max(newest[account], fence)
        return found

    def overlaps(self, dead: Iterable[int] = ()) -> list[str]:
        """Accounts in which a request began while another one was under way; those of the dead never end."""
        under_way: dict[str, list[str]] = {}
        gone, found = {str(pid) for pid in dead}, []
        for kind, account, *rest in self.notes():
            if kind == "begin":
                if account in under_way and under_way[account][1] not in gone:
                    found.append(account)
                under_way[account] = rest
            elif kind == "end" and under_way.get(account) == rest:
                del under_way[account]
        return found


if __name__ == "__main__":
    main(*sys.argv[1:])
