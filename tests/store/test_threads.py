"""Threads that really meet: receivers, and workers that freeze, fail and die, on one store.

Time runs forty times as fast, so that leases end and failures come back while a test looks on.
"""

from __future__ import annotations

import random
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.postgres import Postgres
from zendesk_sync.errors import LeaseLost
from zendesk_sync.store import Later, Lease, Store, Taken

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

ACCOUNTS, TICKETS, WORKERS, RECEIVERS = ("acme", "globex"), 25, 3, 2
LEASE_S = 2.0
FAST = 40


def now() -> float:
    return 1_800_000_000.0 + time.monotonic() * FAST


class Ledger:
    """What happened when, in order of a counter: marks that returned, and takes that were settled as done."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self.marked: dict[tuple[str, int], int] = {}
        self.served: defaultdict[tuple[str, int], int] = defaultdict(int)
        self.newest: defaultdict[str, int] = defaultdict(int)
        self.late: list[tuple[str, int]] = []

    def moment(self) -> int:
        with self._lock:
            self._count += 1
            return self._count

    def mark(self, account: str, ticket: int, began: int) -> None:
        with self._lock:
            self.marked[account, ticket] = max(began, self.marked.get((account, ticket), 0))

    def serve(self, account: str, taken: list[Taken], at: int) -> None:
        with self._lock:
            for one in taken:
                self.served[account, one.ticket] = max(at, self.served[account, one.ticket])

    def leased(self, lease: Lease) -> None:
        with self._lock:
            self.newest[lease.account] = max(lease.fence, self.newest[lease.account])

    def overtaken(self, lease: Lease) -> bool:
        """Whether somebody else had the account before the step that now begins."""
        with self._lock:
            return self.newest[lease.account] > lease.fence

    def unserved(self) -> list[tuple[str, int]]:
        """Tickets whose last mark began after the last take that was settled as done had returned."""
        return [one for one, began in self.marked.items() if self.served[one] < began]


def meet(place: Place, seed: int, rounds: int) -> None:
    """Let them meet, then serve what is left: nothing is lost, and no step of an overtaken worker succeeds."""
    ledger, failures = Ledger(), list[BaseException]()
    with Store.open(place, clock=now) as store:
        for account in ACCOUNTS:
            store.ensure_account(account)
        done = threading.Event()
        receivers = [
            threading.Thread(target=_receive, args=(store, ledger, f"{seed} r{n}", rounds, failures))
            for n in range(RECEIVERS)
        ]
        workers = [
            threading.Thread(target=_work, args=(store, ledger, f"{seed} w{n}", done, failures)) for n in range(WORKERS)
        ]
        for thread in (*receivers, *workers):
            thread.start()
        for thread in receivers:
            thread.join(300)
        done.set()
        for thread in workers:
            thread.join(300)
        assert failures == []
        assert ledger.late == []
        for account in ACCOUNTS:
            _finish(store, ledger, account)
        assert ledger.unserved() == []


def _receive(store: Store, ledger: Ledger, seed: str, rounds: int, failures: list[BaseException]) -> None:
    chance = random.Random(seed)
    try:
        for _ in range(rounds):
            account, tickets = chance.choice(ACCOUNTS), chance.sample(range(1, TICKETS), chance.randint(1, 6))
            began = ledger.moment()
            store.mark(account, tickets)
            for ticket in tickets:
                ledger.mark(account, ticket, began)
    except BaseException as error:  # noqa: BLE001
        failures.append(error)


def _work(store: Store, ledger: Ledger, seed: str, done: threading.Event, failures: list[BaseException]) -> None:
    chance = random.Random(seed)
    try:
        while not done.is_set():
            lease = store.acquire(chance.choice(ACCOUNTS), seed, LEASE_S)
            if lease is None:
                time.sleep(0.001)
                continue
            ledger.leased(lease)
            try:
                _round(store, ledger, lease, chance)
            except LeaseLost:
                continue
            if chance.random() < 0.7:  # the others die, and keep the account until their lease has ended
                store.release(lease)
    except BaseException as error:  # noqa: BLE001
        failures.append(error)


def _round(store: Store, ledger: Ledger, lease: Lease, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 4)):
        late = ledger.overtaken(lease)
        taken = store.take(lease, chance.randint(1, 10))
        if late:
            ledger.late.append((lease.account, lease.fence))
        at = ledger.moment()
        time.sleep(chance.choice([0, 0.005, 0.01, 0.02, 1.5 * LEASE_S / FAST]))  # the last one is a freeze
        words = [chance.choice(["done", "done", "done", "done", "fail", "wait", "keep"]) for _ in taken]
        said = list(zip(taken, words, strict=True))
        settled = [one for one, word in said if word == "done"]
        later = {one: Later(0.0, word == "fail", word) for one, word in said if word in {"fail", "wait"}}
        late = ledger.overtaken(lease)
        store.settle(lease, settled, later)
        if late:
            ledger.late.append((lease.account, lease.fence))
        ledger.serve(lease.account, settled, at)


def _finish(store: Store, ledger: Ledger, account: str) -> None:
    while True:
        store.mark(account, [hint.ticket for hint in (*store.parked(account), *store.hints(account))])
        if not store.hints(account):
            return
        if (lease := store.acquire(account, "last", 3600)) is None:
            time.sleep(0.005)
            continue
        taken = store.take(lease)
        at = ledger.moment()
        store.settle(lease, taken)
        ledger.serve(account, taken, at)
        store.release(lease)


@pytest.mark.parametrize("where", ["file", "postgres"])
def test_nothing_is_lost_and_nobody_is_doubled(tmp_path: Path, where: str, request: pytest.FixtureRequest) -> None:
    """Whatever meets: the last change of each ticket is served, and a worker that was overtaken is stopped."""
    server: Postgres | None = request.getfixturevalue("server") if where == "postgres" else None
    meet(server.url() if server else tmp_path / "s.db", 1, rounds=25)
