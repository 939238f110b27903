"""What no real Zendesk has: endpoints by which a test steers the sandbox. They need no credentials (loopback only).

GET    /sandbox/clock                                    -> {"now", "frozen"}
POST   /sandbox/clock     {"advance_seconds": 90}        move time, and then
                          {"set": "2026-11-30T09:00:00Z"}  or forward to a moment; never back
                          {"freeze": true}, {"run": true}  let time stand or run
                          {"settle": true}               with a move: stop at all that is due on the way
POST   /sandbox/tokens    {"user_id": 1}                 -> {"token"}
GET    /sandbox/webhooks                                 -> {"pending", "drop_next", "duplicate_next", "pause"}
POST   /sandbox/webhooks  {"drop_next", "duplicate_next", "pause"}   -> as GET
GET    /sandbox/chaos                                    -> {"seed", "rules" with "matched" and "injected", "injected"}
POST   /sandbox/chaos     {"seed", "rules"}              -> as GET; see `chaos_rules` for what a rule may say
DELETE /sandbox/chaos                                    -> 204
"""

import asyncio
import math
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from zendesk_sync.sandbox import chaos_rules
from zendesk_sync.sandbox.api.auth import issue
from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.clock import iso, parse_iso
from zendesk_sync.sandbox.errors import not_found, plain
from zendesk_sync.sandbox.model import automations, deliveries, jobs, users
from zendesk_sync.sandbox.state import State

_LATEST = datetime(3000, 1, 1, tzinfo=UTC)
_TICK = 0.002


def show_clock(call: Call) -> Reply:
    return Reply({"now": call.state.now(), "frozen": call.state.clock.frozen})


async def move_clock(call: Call) -> Reply:
    """Freeze, run, and move forward, in this order."""
    state, given = call.state, call.json()
    unknown = given.keys() - {"advance_seconds", "set", "freeze", "run", "settle"}
    if unknown:
        text = "known are advance_seconds, set, freeze, run and settle"
        raise plain(400, "InvalidValue", f"there is no {min(unknown)[:40]!r} here; {text}")
    if given.get("freeze") is True:
        state.clock.freeze()
    if given.get("run") is True:
        state.clock.run()
    seconds = _seconds(state, given)
    if seconds and state.clock.timestamp() + seconds > _LATEST.timestamp():
        raise plain(400, "InvalidValue", "it is late enough")
    if given.get("settle") is True:
        await _settle(state, state.clock.timestamp() + seconds)
    else:
        _advance(state, seconds)
    return show_clock(call)


def _seconds(state: State, given: dict[str, Any]) -> float:
    if "set" in given:
        moment = parse_iso(str(given["set"]))
        if moment is None or moment < state.clock.now():
            now = iso(state.clock.now())
            raise plain(400, "InvalidValue", f"set must be a moment after {now}, such as {now[:4]}-12-31T23:59:59Z")
        return (moment - state.clock.now()).total_seconds()
    seconds = given.get("advance_seconds", 0)
    fits = isinstance(seconds, int | float) and not isinstance(seconds, bool) and math.isfinite(seconds)
    if not fits or not 0 <= seconds < 1e9:
        raise plain(400, "InvalidValue", "advance_seconds must be a number of seconds from 0 up")
    return float(seconds)


def _advance(state: State, seconds: float) -> None:
    state.clock.advance(seconds)
    state.store.set_setting("clock.offset", str(state.clock.offset.total_seconds()))
    jobs.advance(state)
    automations.sweep(state)
    state.wake.set()


async def _settle(state: State, end: float) -> None:
    """Move to each moment at which something is due, let it happen, and go on, until `end`.

    Real time passes only while webhooks are being answered; one that is not is moved on to its timeout.
    """
    since, seen = time.monotonic(), -1.0
    while True:
        now = state.clock.timestamp()
        moments = [*jobs.moments(state), *automations.moments(state)]
        if not state.faults.pause and (due := deliveries.next_due(state)) is not None:
            moments.append(due)
        first = min(moments, default=math.inf)
        if first > now:
            _advance(state, max(0.0, min(first, end) - now))
            if first > end:
                return
        elif first != seen:
            since, seen = time.monotonic(), first
        elif time.monotonic() - since > 2 * state.pace.webhook_grace:
            if now >= end:
                return
            _advance(state, min(state.pace.webhook_timeout, end - now))
            since = time.monotonic()
        jobs.advance(state)
        state.wake.set()
        await asyncio.sleep(_TICK)


def make_token(call: Call) -> Reply:
    user = users.get(call.state, call.json().get("user_id"))
    if user is None:
        raise not_found()
    return Reply({"token": issue(call.state, user["id"])})


def show_webhooks(call: Call) -> Reply:
    pending = len(call.state.store.index(deliveries.PENDING))
    return Reply({"pending": pending, **asdict(call.state.faults)})


def steer_webhooks(call: Call) -> Reply:
    given, faults = call.json(), call.state.faults
    for name in ("drop_next", "duplicate_next"):
        if name in given:
            if not isinstance(given[name], int) or given[name] < 0:
                raise plain(400, "InvalidValue", f"{name} must be a number")
            setattr(faults, name, int(given[name]))
    if "pause" in given:
        faults.pause = bool(given["pause"])
    call.state.wake.set()
    return show_webhooks(call)


def show_chaos(call: Call) -> Reply:
    """Everything injected, counted by rule; the latest 1,000 one by one, oldest first."""
    chaos = call.state.chaos
    rules = [
        {**chaos_rules.show(one), "matched": chaos.matched[one.name], "injected": chaos.injected[one.name]}
        for one in chaos.rules
    ]
    told = [{**one, "at": iso(datetime.fromtimestamp(one["at"], UTC))} for one in chaos.told]
    return Reply({"seed": chaos.seed, "rules": rules, "injected": told})


def set_chaos(call: Call) -> Reply:
    """Put these rules in the place of all former ones; 400 with the reason when one cannot be."""
    try:
        seed, rules = chaos_rules.parse(call.json())
    except chaos_rules.ChaosError as error:
        raise plain(400, "InvalidChaos", str(error)) from None
    call.state.chaos.set(seed, rules, call.state.clock.timestamp())
    return show_chaos(call)


def clear_chaos(call: Call) -> Reply:
    call.state.chaos.set(0, (), call.state.clock.timestamp())
    return Reply(status=204)


ROUTES = [
    rule("GET", "/sandbox/clock", show_clock, "nobody"),
    rule("POST", "/sandbox/clock", move_clock, "nobody"),
    rule("POST", "/sandbox/tokens", make_token, "nobody"),
    rule("GET", "/sandbox/webhooks", show_webhooks, "nobody"),
    rule("POST", "/sandbox/webhooks", steer_webhooks, "nobody"),
    rule("GET", "/sandbox/chaos", show_chaos, "nobody"),
    rule("POST", "/sandbox/chaos", set_chaos, "nobody"),
    rule("DELETE", "/sandbox/chaos", clear_chaos, "nobody"),
]
