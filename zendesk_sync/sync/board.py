"""What the board tells of one account now: support's order and how the sync is. Out of the store, without Zendesk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from zendesk_sync.counted import many
from zendesk_sync.durations import lasting, roughly
from zendesk_sync.moments import iso
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import BANDS, Apart, Place, apart, in_words
from zendesk_sync.policy.terms import Priority, Workload
from zendesk_sync.store.pauses import WritesPause
from zendesk_sync.store.store import Store
from zendesk_sync.store.workloads import Surge
from zendesk_sync.sync.gauges import states
from zendesk_sync.sync.paused import in_force
from zendesk_sync.sync.queue import place_of
from zendesk_sync.workload_settings import WorkloadAdvice
from zendesk_sync.zendesk.budget import ACCOUNT, Budget

SHOWN: Final = 20
"""Rows of the order."""
PARKED_SHOWN: Final = 10

INBOX_OLD_S: Final = 900.0
SWEEP_LATE_S: Final = 600.0
"""From here on somebody should look; the same as in docs/examples/alerts.yml."""
QUIET_S: Final = 600.0
"""Zendesk is asked every minute by the sweep; that it said nothing for so long is trouble."""
RATE_WAIT_S: Final = 90.0
"""A limit of few calls a minute, such as the exports', is used up often, and free again with the next minute."""


class Verdict(StrEnum):
    """How one part of the sync is."""

    OK = "ok"
    ATTENTION = "attention"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the sync's health.

    Attributes:
        id: for programs.
        title: what was looked at.
        verdict: how it is.
        value: what was found, as a plain number where there is one.
        says: the same in words.
        todo: what to do about it; empty where nothing is.
    """

    id: str
    title: str
    verdict: Verdict
    value: float | None
    says: str
    todo: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket of the order.

    Attributes:
        place: from 1 on.
        stands: what the order knows of it.
        after: the ticket before it; None for number one.
        apart: what puts it after that one.
        tagged: it carries the number-one tag, as far as the store knows.
    """

    place: int
    stands: Place
    after: Place | None
    apart: Apart
    tagged: bool


@dataclass(frozen=True, slots=True)
class Now:
    """One account at one moment.

    Attributes:
        rows: the first of the order.
        in_order: how many tickets are in the order.
        by_level: the same by the level that counts.
        complete: every New and Open ticket is known to stand here.
        swept_ago_s: since a sweep last reached the end of the export; None for never.
        surge: the surge in force, if it is one.
        surge_suggested: the open tickets call for it.
        pause: who paused all writing, if somebody did.
        parked: the first of the tickets that were given up on; why, Zendesk may say in words of a ticket.
    """

    account: str
    at: datetime
    workload: Workload
    rows: tuple[Row, ...]
    in_order: int
    by_level: Mapping[Priority, int]
    complete: bool
    swept_ago_s: float | None
    surge: Surge | None
    surge_suggested: bool
    pause: WritesPause | None
    checks: tuple[Check, ...]
    parked: tuple[int, ...]

    @property
    def number_one(self) -> Row | None:
        """The first of the order; None where nobody waits, or not everybody is known yet."""
        return self.rows[0] if self.rows and self.complete else None

    @property
    def is_late(self) -> bool:
        """No sweep reached the export's end lately: what is shown may be old."""
        return self.swept_ago_s is None or self.swept_ago_s > SWEEP_LATE_S


def read(
    store: Store,
    account: str,
    handbook: Handbook,
    at: datetime,
    *,
    budget: Budget | None = None,
    paused: bool = False,
    advised: WorkloadAdvice | None = None,
) -> Now:
    """Read it all.

    Args:
        store: where everything stands.
        account: its name.
        handbook: the policy in force, which says how surge sorts.
        at: now.
        budget: the account's rate, where this process calls it.
        paused: the configuration pauses the account.
        advised: when the configuration suggests surge.

    Raises:
        StoreError: the store cannot be read.
    """
    surge = store.surge(account)
    workload = Workload.NORMAL if surge is None else Workload.SURGE
    type_first = workload is Workload.SURGE and handbook.switches.order == "tier-first"
    first = store.order(account, by_type=workload is Workload.SURGE, type_first=type_first, limit=SHOWN)
    tagged = set(store.holders(account))
    places = [place_of(one) for one in first]
    rows = tuple(
        Row(number, place, before, apart(before, place, workload, handbook), place.id in tagged)
        for number, (before, place) in enumerate(zip([None, *places], places, strict=False), 1)
    )
    state = states(
        store,
        [account],
        {} if budget is None else {account: budget},
        paused=[account] if paused else [],
        advised={} if advised is None else {account: advised},
    )[account]
    parked = store.parked(account)
    counts = store.bands(account)
    complete = store.standing_complete(account)
    return Now(
        account=account,
        at=at,
        workload=workload,
        rows=rows,
        in_order=sum(counts.values()),
        by_level={level: counts.get(band, 0) for band, level in enumerate(BANDS)},
        complete=complete,
        swept_ago_s=state["swept_ago_s"],
        surge=surge,
        surge_suggested=state["surge_suggested"],
        pause=in_force(store, account, paused=paused),
        checks=_checks(state, budget, rows, tagged, complete=complete),
        parked=tuple(one.ticket for one in parked[:PARKED_SHOWN]),
    )


def placed(row: Row) -> str:
    """Why it stands where it stands, in words."""
    return in_words(row.after, row.stands, row.apart)


def as_json(now: Now) -> dict[str, Any]:
    """All of it as plain JSON values; times as ISO 8601 in UTC."""
    first = now.number_one
    return {
        "account": now.account,
        "at": iso(now.at),
        "workload": now.workload.value,
        "complete": now.complete,
        "number_one": None if first is None else first.stands.id,
        "in_order": now.in_order,
        "by_level": {level.value: count for level, count in now.by_level.items()},
        "tickets": [
            {
                "place": row.place,
                "ticket": row.stands.id,
                "level": row.stands.priority.value,
                "customer": row.stands.customer.value,
                "waiting_since": iso(row.stands.received),
                "after": None if row.after is None else row.after.id,
                "apart": row.apart.value,
                "number_one": row.tagged,
            }
            for row in now.rows
        ],
        "health": {
            one.id: {"verdict": one.verdict.value, "value": one.value, "says": one.says, "todo": one.todo}
            for one in now.checks
        },
    }


def _checks(
    state: Mapping[str, Any], budget: Budget | None, rows: tuple[Row, ...], tagged: set[int], *, complete: bool
) -> tuple[Check, ...]:
    return (
        _inbox(state),
        _sweep(state["swept_ago_s"]),
        _heard(state["heard_ago_s"], known=budget is not None),
        _rate(budget),
        _rest(state),
        _parked(state["parked"]),
        _tag(rows, tagged, complete=complete),
    )


def _inbox(state: Mapping[str, Any]) -> Check:
    waiting, age = state["waiting"] + state["due"], state["oldest_age_s"]
    if not waiting:
        return Check("inbox", "Inbox", Verdict.OK, 0.0, "empty: nothing waits to be looked at")
    says = f"{many(waiting, 'ticket')} to be looked at, the oldest for {roughly(age)}"
    if age > INBOX_OLD_S:
        return Check("inbox", "Inbox", Verdict.ATTENTION, age, says, "zendesk-sync inbox list says what holds it up")
    return Check("inbox", "Inbox", Verdict.OK, age, says)


def _sweep(ago: float | None) -> Check:
    if ago is None:
        return Check("sweep", "Sweep", Verdict.ATTENTION, None, "never came to its end yet", "is the service running?")
    says = f"read to its end {roughly(ago)} ago"
    if ago > SWEEP_LATE_S:
        return Check("sweep", "Sweep", Verdict.ATTENTION, ago, says, "is the service running? zendesk-sync doctor")
    return Check("sweep", "Sweep", Verdict.OK, ago, says)


def _heard(ago: float | None, *, known: bool) -> Check:
    if ago is None:
        says = "has not answered since the service started" if known else "is called by another process"
        verdict = Verdict.ATTENTION if known else Verdict.UNKNOWN
        return Check("heard", "Zendesk", verdict, None, says, "zendesk-sync doctor" if known else "")
    says = f"answered {roughly(ago)} ago"
    if ago > QUIET_S:
        return Check("heard", "Zendesk", Verdict.ATTENTION, ago, says, "zendesk-sync doctor")
    return Check("heard", "Zendesk", Verdict.OK, ago, says)


def _rate(budget: Budget | None) -> Check:
    title = "Rate head-room"
    if budget is None:
        return Check("rate", title, Verdict.UNKNOWN, None, "known to the process that calls Zendesk only")
    whole = next(one for one in budget.buckets if one.name == ACCOUNT)
    free = max(0, whole.allowed - whole.used)
    held = max(budget.buckets, key=lambda one: (one.name == ACCOUNT and one.wait_s > 0, one.wait_s))
    says = f"{free:,} of our {whole.allowed:,} calls a minute are free"
    if held.wait_s > 0:
        wait = lasting(math.ceil(held.wait_s))
        if held.name == ACCOUNT or held.wait_s > RATE_WAIT_S:
            of = "" if held.name == ACCOUNT else f" for {held.name}"
            says = f"our share is used up{of}; the next call in {wait}"
            return Check("rate", title, Verdict.ATTENTION, float(free), says, "work waits and nothing is lost")
        says += f"; {held.name} go on in {wait}"
    return Check("rate", title, Verdict.OK, float(free), says)


def _rest(state: Mapping[str, Any]) -> Check:
    if not state["paused"]:
        return Check("rest", "Rest", Verdict.OK, 0.0, "none: Zendesk asked for no rest")
    left = state["paused_s"]
    says = "the account rests without end" if left is None else f"the account rests for {roughly(left)} more"
    return Check("rest", "Rest", Verdict.ATTENTION, left, says, "the service's log says why")


def _parked(count: int) -> Check:
    if not count:
        return Check("parked", "Parked work", Verdict.OK, 0.0, "none")
    todo = "zendesk-sync inbox list says why; mend that, then zendesk-sync inbox retry --parked"
    return Check("parked", "Parked work", Verdict.ATTENTION, float(count), f"{many(count, 'ticket')} given up on", todo)


def _tag(rows: tuple[Row, ...], tagged: set[int], *, complete: bool) -> Check:
    title = "Number-one tag"
    if not complete:
        says = "nobody is named before every open ticket is known"
        return Check("tag", title, Verdict.UNKNOWN, None, says)
    wanted = {rows[0].stands.id} if rows else set()
    if tagged == wanted:
        says = f"on ticket {rows[0].stands.id}, as the order says" if rows else "on no ticket, as nobody waits"
        return Check("tag", title, Verdict.OK, float(len(tagged)), says)
    on = ", ".join(str(one) for one in sorted(tagged)) or "no ticket"
    says = f"on {on}; it moves with the next round"
    return Check("tag", title, Verdict.ATTENTION, float(len(tagged)), says, "if it stays so: zendesk-sync queue")
