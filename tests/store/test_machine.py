from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.postgres import Postgres
from tests.store.conftest import Clock
from zendesk_sync.errors import LeaseLost
from zendesk_sync.store import Later, Lease, Store, Taken

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

LEASE_S = 30.0
TICKETS = st.integers(1, 6)


class Inbox(RuleBasedStateMachine):
    """Receivers, workers, freezes and crashes in any interleaving.

    The model: ``changes`` counts what happened to a ticket, ``served`` is the last change that a worker dealt with.
    The store owes: while a change is not served there is a row for its ticket, and one row at most.
    """

    leases = Bundle("leases")
    shared: ClassVar[Place | None] = None
    numbers: ClassVar[count[int]] = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.account = f"acme-{next(self.numbers)}"
        self.store = self.opened()
        self.store.ensure_account(self.account)
        self.changes: dict[int, int] = {}
        self.served: dict[int, int] = {}
        self.alive: tuple[Lease, float] | None = None
        self.hands: dict[Taken, tuple[Lease, int]] = {}

    def opened(self) -> Store:
        return Store.open(self.shared or Path(self.folder.name) / "store.db", clock=self.clock)

    def teardown(self) -> None:
        self.clock.tick(1000)
        lease = self.store.acquire(self.account, "last", 1e6)
        assert lease is not None
        self.store.mark(self.account, [hint.ticket for hint in self.store.parked(self.account)])
        while taken := self.store.take(lease):
            self.store.settle(lease, taken)
            self.served.update({hint.ticket: self.changes[hint.ticket] for hint in taken})
        assert self.served == self.changes
        self.store.close()
        self.folder.cleanup()

    def holds(self, lease: Lease) -> bool:
        return self.alive is not None and self.alive[0] == lease and self.alive[1] > self.clock.now

    @rule(tickets=st.lists(TICKETS, max_size=4), delay=st.sampled_from([0.0, 5.0, 50.0]))
    def mark(self, tickets: list[int], delay: float) -> None:
        self.store.mark(self.account, tickets, delay=delay)
        for ticket in set(tickets):
            self.changes[ticket] = self.changes.get(ticket, 0) + 1

    @rule(target=leases, owner=st.sampled_from(["one", "two"]))
    def acquire(self, owner: str) -> Lease:
        """One lease at a time; a refused worker goes on with the lease of somebody long gone."""
        lease = self.store.acquire(self.account, owner, LEASE_S)
        assert (lease is None) == (self.alive is not None and self.alive[1] > self.clock.now)
        if lease is None:
            return Lease(self.account, owner, 0, LEASE_S)
        self.alive = (lease, self.clock.now + LEASE_S)
        return lease

    @rule(lease=leases)
    def renew(self, lease: Lease) -> None:
        if self.holds(lease):
            self.store.renew(lease)
            self.alive = (lease, self.clock.now + LEASE_S)
        else:
            with pytest.raises(LeaseLost):
                self.store.renew(lease)

    @rule(lease=leases)
    def release(self, lease: Lease) -> None:
        self.store.release(lease)
        if self.holds(lease):
            self.alive = None

    @rule(lease=leases, limit=st.integers(1, 4))
    def take(self, lease: Lease, limit: int) -> None:
        if not self.holds(lease):
            with pytest.raises(LeaseLost):
                self.store.take(lease)
            return
        in_hand = {taken.ticket for taken, (owner, _) in self.hands.items() if owner == lease}
        taken = self.store.take(lease, limit)
        tickets = [hint.ticket for hint in taken]
        assert len(tickets) == len(set(tickets)) <= limit
        assert in_hand.isdisjoint(tickets)
        assert len(taken) == 1 or all(hint.tries <= 3 for hint in taken)
        self.hands.update({hint: (lease, self.changes[hint.ticket]) for hint in taken})

    @rule(lease=leases, choice=st.lists(st.sampled_from(["done", "fail", "wait", "keep"]), min_size=6, max_size=6))
    def settle(self, lease: Lease, choice: list[str]) -> None:
        mine = [taken for taken, (owner, _) in self.hands.items() if owner == lease]
        said = dict(zip(mine, choice, strict=False))
        done = [taken for taken, word in said.items() if word == "done"]
        later = {taken: Later(3.0, word == "fail", word) for taken, word in said.items() if word in {"fail", "wait"}}
        if not self.holds(lease):
            with pytest.raises(LeaseLost):
                self.store.settle(lease, done, later)
            return
        self.store.settle(lease, done, later)
        for taken in done:
            seen = self.hands[taken][1]
            self.served[taken.ticket] = seen
            if self.changes[taken.ticket] > seen:  # the newer hint survived, and is due now
                (row,) = (hint for hint in self.store.hints(self.account) if hint.ticket == taken.ticket)
                assert (row.due_in_s, row.tries) == (0, 0)
        for taken in [*done, *later]:
            del self.hands[taken]

    @rule(seconds=st.sampled_from([0.5, 4.0, 20.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.tick(seconds)

    @rule()
    def crash(self) -> None:
        """The process dies. With a file, the next one finds every lease cleared and what was in hand due at once.

        On Postgres others may be alive: the lease stands until it has run out, and so does what was in hand.
        """
        self.store.close()
        self.store = self.opened()
        if self.shared:
            return
        self.alive = None
        self.hands.clear()
        assert self.store.acquire(self.account, "probe", 0.0)

    @invariant()
    def nothing_is_lost_and_nothing_is_there_twice(self) -> None:
        rows = [hint.ticket for hint in [*self.store.hints(self.account), *self.store.parked(self.account)]]
        assert len(rows) == len(set(rows))
        owed = {ticket for ticket, count in self.changes.items() if self.served.get(ticket, 0) < count}
        assert set(rows) == owed
        counts = self.store.pending(self.account)
        assert counts.waiting + counts.due + counts.parked == len(rows)


@pytest.mark.parametrize("where", ["file", "postgres"])
def test_any_interleaving(where: str, request: pytest.FixtureRequest) -> None:
    """No hint is lost, newer hints survive, hints coalesce, one lease at a time: in any interleaving."""
    server: Postgres | None = request.getfixturevalue("server") if where == "postgres" else None
    machine = type("Inbox", (Inbox,), {"shared": server.url() if server else None})
    run_state_machine_as_test(machine, settings=settings(max_examples=30, stateful_step_count=30, deadline=None))
