from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.postgres import Postgres
from tests.store.conftest import Clock
from zendesk_sync.errors import LeaseLost
from zendesk_sync.store import Later, Lease, Store, Taken, inbox
from zendesk_sync.store.leases import STEP_S

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

LEASE_S = 30.0
TRIES, SUSPECT = 3, 2
TICKETS = st.integers(1, 4)
BACK = st.sampled_from([0, 0, 0, 0, 0, 1, 2, 9])
"""Which lease a worker comes with: the latest, or one of long ago."""


class Inbox(RuleBasedStateMachine):
    """Receivers, sweeps, workers, people, freezes, crashes and a clock that is set, in any interleaving.

    The model: ``changes`` counts what happened to a ticket, ``served`` is the last change that a worker dealt with, or
    that a person dropped. The store owes: while a change is not served there is a row for its ticket, and one row at
    most; what is parked stays parked until its ticket changes again. A frozen worker is one that comes back with an
    old lease.
    """

    shared: ClassVar[Place | None] = None
    numbers: ClassVar[count[int]] = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.steady = 0.0
        self.account = f"acme-{next(self.numbers)}"
        self.store = self.opened()
        self.store.ensure_account(self.account)
        self.changes: dict[int, int] = {}
        self.served: dict[int, int] = {}
        self.alive: tuple[Lease, float] | None = None
        self.paused_until = 0.0
        self.leases: list[Lease] = []
        self.hands: dict[Taken, tuple[Lease, int]] = {}
        self.parked: set[int] = set()
        self.store.follow_clock(self.steady)

    def opened(self) -> Store:
        return Store.open(self.shared or Path(self.folder.name) / "store.db", clock=self.clock)

    def teardown(self) -> None:
        self.clock.tick(4000)
        self.store.resume(self.account)
        lease = self.store.acquire(self.account, "last", 1e6)
        assert lease is not None
        for _ in range(2):  # whoever was killed by its last try is parked by the first round
            self.store.mark(self.account, [hint.ticket for hint in self.store.parked(self.account)])
            while taken := self.store.take(lease):
                self.store.settle(lease, taken)
                self.served.update({hint.ticket: self.changes[hint.ticket] for hint in taken})
        assert self.served == self.changes
        self.store.close()
        self.folder.cleanup()

    def lease(self, back: int) -> Lease:
        """The latest lease, or one of those before it, whose worker was frozen meanwhile."""
        return self.leases[-1 - back] if back < len(self.leases) else Lease(self.account, "nobody", 0, LEASE_S)

    def holds(self, lease: Lease) -> bool:
        return self.alive is not None and self.alive[0] == lease and self.alive[1] > self.clock.now

    def changed(self, tickets: list[int]) -> None:
        for ticket in set(tickets):
            self.changes[ticket] = self.changes.get(ticket, 0) + 1
        self.parked -= set(tickets)

    @rule(tickets=st.lists(TICKETS, max_size=4), delay=st.sampled_from([0.0, 0.0, 0.0, 5.0, 50.0]))
    def mark(self, tickets: list[int], delay: float) -> None:
        revived = self.parked & set(tickets)
        self.store.mark(self.account, tickets, delay=delay)
        self.changed(tickets)
        alive = {row.ticket: row for row in self.store.hints(self.account)}
        for ticket in revived:  # a new life, with all its tries
            assert (alive[ticket].tries, alive[ticket].due_in_s, alive[ticket].error) == (0, delay, None)

    @rule(back=BACK, tickets=st.lists(TICKETS, max_size=3), cursor=st.integers(0, 99))
    def sweep(self, back: int, tickets: list[int], cursor: int) -> None:
        """Hints and cursor together, or neither."""
        lease = self.lease(back)
        before = self.store.cursor(self.account)
        if self.holds(lease):
            self.store.commit_sweep(lease, tickets, str(cursor), 60, complete=True)
            self.changed(tickets)
            assert self.store.cursor(self.account) == str(cursor)
        else:
            with pytest.raises(LeaseLost):
                self.store.commit_sweep(lease, tickets, str(cursor), 60, complete=True)
            assert self.store.cursor(self.account) == before

    @rule(ticket=TICKETS)
    def drop(self, ticket: int) -> None:
        """A person forgets a ticket, unless a worker has it in hand."""
        owed = self.changes.get(ticket, 0) > self.served.get(ticket, 0)
        held = any(taken.ticket == ticket and self.holds(lease) for taken, (lease, _) in self.hands.items())
        assert self.store.drop(self.account, [ticket]) == (owed and not held)
        if owed and not held:
            self.served[ticket] = self.changes[ticket]
            self.parked.discard(ticket)

    @rule(seconds=st.sampled_from([10.0, 100.0]), by=st.one_of(st.none(), BACK))
    def pause(self, seconds: float, by: int | None) -> None:
        """By a worker that was told to, or by a person."""
        lease = None if by is None else self.lease(by)
        if lease is not None and not self.holds(lease):
            with pytest.raises(LeaseLost):
                self.store.pause(lease, seconds)
            return
        self.store.pause(lease or self.account, seconds)
        self.paused_until = max(self.paused_until, self.clock.now + seconds)

    @rule()
    def resume(self) -> None:
        self.store.resume(self.account)
        self.paused_until = 0.0

    @rule(owner=st.sampled_from(["one", "two"]))
    def acquire(self, owner: str) -> None:
        """One lease at a time."""
        lease = self.store.acquire(self.account, owner, LEASE_S)
        leased = self.alive is not None and self.alive[1] > self.clock.now
        assert (lease is None) == (leased or self.paused_until > self.clock.now)
        if lease is not None:
            self.alive = (lease, self.clock.now + LEASE_S)
            self.leases.append(lease)

    @rule(back=BACK)
    def renew(self, back: int) -> None:
        lease = self.lease(back)
        if self.holds(lease):
            self.store.renew(lease)
            self.alive = (lease, self.clock.now + LEASE_S)
        else:
            with pytest.raises(LeaseLost):
                self.store.renew(lease)

    @rule(back=BACK)
    def release(self, back: int) -> None:
        lease = self.lease(back)
        self.store.release(lease)
        if self.holds(lease):
            self.alive = None

    @rule(back=BACK, limit=st.integers(1, 4))
    def take(self, back: int, limit: int) -> None:
        lease = self.lease(back)
        if not self.holds(lease):
            with pytest.raises(LeaseLost):
                self.store.take(lease)
            return
        parked, paused = set(self.parked), self.paused_until > self.clock.now
        in_hand = {taken.ticket for taken, (owner, _) in self.hands.items() if owner == lease}
        taken = self.store.take(lease, limit)
        tickets = [hint.ticket for hint in taken]
        assert len(tickets) == len(set(tickets)) <= limit
        assert in_hand.isdisjoint(tickets)
        assert parked.isdisjoint(tickets)
        assert not (paused and taken)
        assert all(hint.tries <= TRIES for hint in taken)
        assert len(taken) <= 1 or all(hint.tries <= SUSPECT for hint in taken)
        self.hands.update({hint: (lease, self.changes[hint.ticket]) for hint in taken})

    @rule(back=BACK, choice=st.lists(st.sampled_from(["done", "fail", "fail", "wait", "keep"]), min_size=4, max_size=4))
    def settle(self, back: int, choice: list[str]) -> None:
        lease = self.lease(back)
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
        parked = {row.ticket: row for row in self.store.parked(self.account)}
        for taken, wish in later.items():
            spent = wish.count_try and taken.tries >= TRIES and self.changes[taken.ticket] == self.hands[taken][1]
            assert (taken.ticket in parked) == spent
            assert not spent or parked[taken.ticket].error == "fail"
        for taken in [*done, *later]:
            del self.hands[taken]

    @rule(word=st.sampled_from(["done", "fail"]), meanwhile=st.lists(TICKETS, max_size=2))
    def round(self, word: str, meanwhile: list[int]) -> None:
        """What workers mostly do: take, and settle, while tickets change."""
        if self.alive is None or not self.holds(self.alive[0]):
            self.acquire("one")
        self.take(0, 4)
        self.mark(meanwhile, 0.0)
        self.settle(0, [word] * 4)

    @rule(word=st.sampled_from(["fail", "keep"]))
    def wear_out(self, word: str) -> None:
        """Whatever there is fails, or kills its worker, until it is parked; others are let in between."""
        self.resume()
        for _ in range(TRIES):
            self.time_passes(700.0)
            self.acquire("one")
            for _ in range(4):  # suspects come one by one
                self.take(0, 4)
            self.settle(0, [word] * len(self.hands))

    @rule(seconds=st.sampled_from([0.5, 4.0, 4.0, 20.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.tick(seconds)
        self.steady += seconds
        assert not self.store.follow_clock(self.steady)

    @rule(seconds=st.sampled_from([-1e6, -2000.0, -50.0, -3.0, 1e6]))
    def the_clock_is_set(self, seconds: float) -> None:
        """Put forward it makes things due; put back, nothing waits longer than it did before."""
        before = {row.ticket: row.due_in_s or 0 for row in self.store.hints(self.account)}
        self.clock.tick(seconds)
        assert self.store.follow_clock(self.steady) == (seconds < -STEP_S)
        if seconds < -STEP_S:
            assert all((row.due_in_s or 0) <= before[row.ticket] + 1e-3 for row in self.store.hints(self.account))
            self.paused_until += seconds
            if self.alive is not None:
                self.alive = (self.alive[0], self.alive[1] + seconds)
            self.a_process_begins()

    def a_process_begins(self) -> None:
        """Alone with a file it ends the lease, whose holder starts anew."""
        if self.alive is not None and not self.shared:
            self.alive = None
            self.hands.clear()

    @rule()
    def crash(self) -> None:
        """The process dies. With a file, the next one finds every lease cleared and what was in hand due at once.

        On Postgres others may be alive: the lease stands until it has run out, and so does what was in hand.
        """
        self.store.close()
        self.store = self.opened()
        self.store.follow_clock(self.steady)
        self.a_process_begins()

    @invariant()
    def nothing_is_lost_and_nothing_is_there_twice(self) -> None:
        parked = {hint.ticket for hint in self.store.parked(self.account)}
        assert self.parked <= parked
        self.parked = parked
        rows = [*(hint.ticket for hint in self.store.hints(self.account)), *parked]
        assert len(rows) == len(set(rows))
        owed = {ticket for ticket, count in self.changes.items() if self.served.get(ticket, 0) < count}
        assert set(rows) == owed
        counts = self.store.pending(self.account)
        assert counts.waiting + counts.due + counts.parked == len(rows)


def interleave(where: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, examples: int) -> None:
    """With few tries, so that parking is met as often as anything else."""
    monkeypatch.setattr(inbox, "MAX_TRIES", TRIES)
    monkeypatch.setattr(inbox, "SUSPECT", SUSPECT)
    server: Postgres | None = request.getfixturevalue("server") if where == "postgres" else None
    machine = type("Inbox", (Inbox,), {"shared": server.url() if server else None})
    # A failure is shown as it was found: to make it shorter takes minutes.
    phases = [Phase.reuse, Phase.generate]
    how = settings(max_examples=examples, stateful_step_count=40, deadline=None, phases=phases)
    run_state_machine_as_test(machine, settings=how)


@pytest.mark.parametrize("where", ["file", "postgres"])
def test_any_interleaving(where: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No hint is lost, newer hints survive, hints coalesce, one lease at a time, parked until changed."""
    interleave(where, request, monkeypatch, 15)
