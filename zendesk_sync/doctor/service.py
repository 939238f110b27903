"""What the store says of the service: what waits, when the export was last read, whether anything is paused."""

from __future__ import annotations

import math

from zendesk_sync.doctor.checks import Check, fail, ok, warn
from zendesk_sync.durations import lasting
from zendesk_sync.store.pauses import WritesPause
from zendesk_sync.store.store import Store
from zendesk_sync.sync.paused import described

OLD_S = 900.0
"""A ticket that waits longer is late; the alert rules say so as well."""
LAG_S = 600.0
RESTS_S = 300.0


def inbox(store: Store, name: str) -> Check:
    """How old the oldest hint is, and what was given up on."""
    counts = store.pending(name)
    said = f"{counts.due} due, {counts.waiting} waiting, {counts.parked} parked"
    if counts.due or counts.waiting:
        said += f"; the oldest for {lasting(counts.oldest_age_s)}"
    if counts.parked:
        return warn("inbox", said, "zendesk-sync inbox list shows why; then inbox retry --parked, or inbox drop ID")
    if counts.oldest_age_s > OLD_S:
        return warn(
            "inbox", said, "zendesk-sync inbox list: one ticket that keeps failing, or more than the rate allows?"
        )
    return ok("inbox", said)


def sweep(store: Store, name: str) -> Check:
    """When the export was last read to its end: without that, a lost webhook is a lost ticket."""
    ago = store.swept_ago(name)
    if ago is None:
        return warn("sweep", "the export was never read to its end", "zendesk-sync serve")
    said = f"the export was read to its end {lasting(ago)} ago"
    if ago > LAG_S:
        return fail("sweep", said, "is zendesk-sync serve (or worker) running? Its log says why an account waits")
    return ok("sweep", said)


def pause(name: str, stands: WritesPause | None) -> Check:
    """Whether a person stopped all writing; the pause in force, from the configuration or the store."""
    if stands is None:
        return ok("pause", "nobody has paused the account")
    if stands.at is None:
        return warn("pause", f"{described(stands)}; nothing is written", "take it out of the configuration")
    return warn("pause", f"{described(stands)}; nothing is written", f"zendesk-sync resume --account {name}")


def rest(store: Store, name: str) -> Check:
    """Whether the account rests because Zendesk asked for it."""
    seconds = store.paused_for(name)
    if seconds <= 0:
        return ok("rest", "the account does not rest")
    said = "the account rests without end" if math.isinf(seconds) else f"the account rests for {lasting(seconds)} more"
    if seconds <= RESTS_S:
        return ok("rest", f"{said}, as Zendesk asked for")
    return warn("rest", said, "Zendesk asked for it, or a limit is used up: the service's log says which")
