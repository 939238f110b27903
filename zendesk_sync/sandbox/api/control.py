"""What no real Zendesk has: endpoints by which a test steers the sandbox. They need no credentials (loopback only).

POST /sandbox/clock     {"advance_seconds": 90}          -> {"now"}
POST /sandbox/tokens    {"user_id": 1}                   -> {"token"}
POST /sandbox/webhooks  {"drop_next", "duplicate_next", "pause"}   -> as GET
GET  /sandbox/webhooks                                   -> {"pending", "drop_next", "duplicate_next", "pause"}
"""

from dataclasses import asdict

from zendesk_sync.sandbox.api.auth import issue
from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.errors import not_found, plain
from zendesk_sync.sandbox.model import deliveries, jobs, users


def advance_clock(call: Call) -> Reply:
    seconds = call.json().get("advance_seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 1e9:
        raise plain(400, "InvalidValue", "advance_seconds must be a number of seconds")
    if call.state.clock.now().year > 3000:
        raise plain(400, "InvalidValue", "it is late enough")
    call.state.clock.advance(seconds)
    call.state.store.set_setting("clock.offset", str(call.state.clock.offset.total_seconds()))
    jobs.advance(call.state)
    call.state.wake.set()
    return Reply({"now": call.state.now()})


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


ROUTES = [
    rule("POST", "/sandbox/clock", advance_clock, "nobody"),
    rule("POST", "/sandbox/tokens", make_token, "nobody"),
    rule("GET", "/sandbox/webhooks", show_webhooks, "nobody"),
    rule("POST", "/sandbox/webhooks", steer_webhooks, "nobody"),
]
