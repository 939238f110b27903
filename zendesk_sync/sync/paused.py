"""Whether a person paused an account: by ``zendesk-sync pause`` in the store, or by ``paused = true`` for good."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from zendesk_sync.errors import WritesPaused
from zendesk_sync.store.pauses import Pauses, WritesPause

BY_CONFIGURATION: Final = "the configuration (paused = true)"


def in_force(store: Pauses, account: str, *, paused: bool) -> WritesPause | None:
    """The pause that stands; ``paused`` is what the configuration says, which outlives the store."""
    return WritesPause(BY_CONFIGURATION, None, None) if paused else store.writes_pause(account)


def check(store: Pauses, account: str, *, paused: bool) -> None:
    """Ask before a write.

    Raises:
        WritesPaused: it must not be sent.
    """
    if (pause := in_force(store, account, paused=paused)) is not None:
        advice = (
            f"remove paused = true from accounts.{account} and start again"
            if pause.at is None
            else f"zendesk-sync resume --account {account}"
        )
        raise WritesPaused(f"account {account}: {described(pause)}. Nothing is written until: {advice}")


def described(pause: WritesPause) -> str:
    """In one line, for people: since when, by whom, why."""
    since = "" if pause.at is None else f" since {datetime.fromtimestamp(pause.at, UTC):%Y-%m-%d %H:%M} UTC"
    return f"paused{since} by {pause.by}" + (f": {pause.reason}" if pause.reason else "")
