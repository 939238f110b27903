"""What the board tells of inbox, sweep, rate, parked work and the number-one tag."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.policy.facts import HANDBOOK
from tests.webhooks.board_world import Clock
from zendesk_sync.store import Standing, Store
from zendesk_sync.sync import board
from zendesk_sync.sync.board import Check, Now, Verdict
from zendesk_sync.zendesk.budget import Budget, Call, route


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Iterator[Store]:
    with Store.open(None, clock=clock) as opened:
        opened.ensure_account("acme")
        yield opened


def now(store: Store, clock: Clock, budget: Budget | None = None) -> Now:
    return board.read(store, "acme", HANDBOOK, datetime.fromtimestamp(clock.at, UTC), budget=budget)


def check(store: Store, clock: Clock, name: str, budget: Budget | None = None) -> Check:
    return next(one for one in now(store, clock, budget).checks if one.id == name)


def swept(store: Store, *first: Standing) -> None:
    lease = store.acquire("acme", "tests", 60)
    assert lease is not None
    store.stand(lease, first)
    store.set_standing_complete(lease, complete=True)
    store.commit_sweep(lease, [], "cursor", 60, complete=True)
    store.release(lease)


def place(ticket: int, band: int, *, holds: bool = False) -> Standing:
    return Standing(ticket, band, 0, 1_000.0 + ticket, holds, True, "")


def test_an_account_never_swept_needs_attention(store: Store, clock: Clock) -> None:
    """Nobody is number one before every open ticket is known, whatever stands there."""
    assert check(store, clock, "sweep").verdict is Verdict.ATTENTION
    assert now(store, clock).is_late
    lease = store.acquire("acme", "tests", 60)
    assert lease is not None
    store.stand(lease, [place(7, 1)])
    found = now(store, clock)
    assert [row.stands.id for row in found.rows] == [7]
    assert found.number_one is None
    assert check(store, clock, "tag").verdict is Verdict.UNKNOWN


def test_sweep_and_inbox_go_bad_with_time(store: Store, clock: Clock) -> None:
    """Well up to the bounds of the alert rules, not beyond."""
    swept(store)
    store.mark("acme", [1])
    clock.at += board.SWEEP_LATE_S
    assert check(store, clock, "sweep").verdict is Verdict.OK
    clock.at += 1
    assert check(store, clock, "sweep").verdict is Verdict.ATTENTION
    clock.at += board.INBOX_OLD_S - board.SWEEP_LATE_S - 1
    assert check(store, clock, "inbox").verdict is Verdict.OK
    clock.at += 1
    assert check(store, clock, "inbox") == Check(
        "inbox",
        "Inbox",
        Verdict.ATTENTION,
        board.INBOX_OLD_S + 1,
        "1 ticket to be looked at, the oldest for 15 min",
        "zendesk-sync inbox list says what holds it up",
    )


def test_rate_is_known_where_calls_are_made(store: Store, clock: Clock) -> None:
    """Free calls of our share; a limit that is used up is named with its wait."""
    assert check(store, clock, "rate").verdict is Verdict.UNKNOWN
    budget = Budget(0.5, clock=clock)
    assert check(store, clock, "heard", budget).verdict is Verdict.ATTENTION
    call = Call(route("GET", "/api/v2/tickets/1"))
    assert budget.admit(call) == 0
    budget.answered(call, {})
    found = check(store, clock, "rate", budget)
    assert (found.verdict, found.value) == (Verdict.OK, 99.0)
    assert check(store, clock, "heard", budget).verdict is Verdict.OK
    assert budget.admit(call) == 0
    budget.answered(call, {"x-rate-limit": "200", "x-rate-limit-remaining": "0"}, refused=True, retry_after=30)
    found = check(store, clock, "rate", budget)
    assert found.verdict is Verdict.ATTENTION
    assert found.says.startswith("our share is used up; the next call in")
    exports = Budget(0.5, clock=clock)
    while exports.admit(call := Call(route("GET", "/api/v2/incremental/tickets/cursor"))) == 0:
        exports.answered(call, {})
    found = check(store, clock, "rate", exports)
    assert found.verdict is Verdict.OK
    assert found.says == "91 of our 100 calls a minute are free; incremental exports go on in 1 min 0 s"


def test_the_tag_is_right_on_number_one_alone(store: Store, clock: Clock) -> None:
    swept(store, place(7, 1, holds=True), place(8, 2))
    assert check(store, clock, "tag").verdict is Verdict.OK
    swept(store, place(9, 0))
    found = check(store, clock, "tag")
    assert (found.verdict, found.says) == (Verdict.ATTENTION, "on 7; it moves with the next round")
    assert [row.stands.id for row in now(store, clock).rows] == [9, 7, 8]
    assert [board.placed(row) for row in now(store, clock).rows][1:] == [
        "After 9: p1 comes after p0.",
        "After 7: p2 comes after p1.",
    ]


def test_what_is_well_says_so(store: Store, clock: Clock) -> None:
    """An idle account just swept has nothing but ok and what cannot be known here."""
    swept(store)
    assert {one.verdict for one in now(store, clock).checks} == {Verdict.OK, Verdict.UNKNOWN}


def test_parked_work_is_shown_without_words_of_zendesks_answer(store: Store, clock: Clock) -> None:
    """Ten at most; the reason may repeat what a ticket says, so a command tells it."""
    from zendesk_sync.store.inbox import MAX_TRIES, Later

    tickets = list(range(1, 13))
    store.mark("acme", tickets)
    lease = store.acquire("acme", "tests", 1e6)
    assert lease is not None
    while store.pending("acme").parked < len(tickets):
        for taken in (some := store.take(lease)):
            assert taken.tries <= MAX_TRIES
        store.settle(lease, [], {one: Later(reason="subject: Our keys leaked is too long") for one in some})
        clock.at += 3_600
        store.renew(lease)
    found = now(store, clock)
    assert found.parked == tuple(tickets[: board.PARKED_SHOWN])
    assert "keys leaked" not in repr(found)
    assert next(one for one in found.checks if one.id == "parked").value == 12.0
