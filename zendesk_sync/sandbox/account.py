"""Opens the account: its store, clock and pace; and makes up the credentials which it does not have yet."""

import secrets
import sqlite3
from pathlib import Path

import msgspec

from zendesk_sync.sandbox.clock import Clock
from zendesk_sync.sandbox.model.birth import bear
from zendesk_sync.sandbox.state import FAST, Pace, State
from zendesk_sync.sandbox.store import DataError, Store


def open_account(
    *,
    data: Path | None = None,
    fast: bool = False,
    pace: Pace | None = None,
    clock: Clock | None = None,
    client_id: str = "zendesk_sync",
    client_secret: str | None = None,
) -> State:
    """Open the account in `data`, or a new one in memory; a secret given here replaces the stored one.

    Raises:
        DataError: The file cannot be opened, or is none of ours.
    """
    store: Store | None = None
    try:
        store = Store(data)
        state = State(store, clock or Clock(), pace or (FAST if fast else Pace()))
        _furnish(state, client_id, client_secret)
    except (DataError, sqlite3.Error, msgspec.MsgspecError, OSError, LookupError, ValueError, OverflowError) as fault:
        if store:
            store.close()
        if data is None:
            raise
        raise DataError(f"{data}: {_reason(data, fault)}") from fault
    return state


def _reason(data: Path, fault: Exception) -> str:
    if isinstance(fault, DataError):
        return str(fault)
    try:
        if data.is_dir():
            return "it is a folder, not a file"
        if not data.parent.is_dir():
            return f"there is no folder {data.parent}"
    except (OSError, ValueError):
        pass
    return f"it cannot be used as the local Zendesk's data: {fault}"


def _furnish(state: State, client_id: str, client_secret: str | None) -> None:
    offset = state.store.setting("clock.offset")
    if offset is not None and not state.clock.frozen and not state.clock.offset:
        state.clock.advance(float(offset))
    with state.store.transaction():
        state.store.set_setting("secret.client_id", client_id)
        if client_secret is not None:
            state.store.set_setting("secret.client_secret", client_secret)
        for name in ("client_secret", "api_token", "token"):
            if state.store.setting(f"secret.{name}") is None:
                state.store.set_setting(f"secret.{name}", secrets.token_hex(32))
        bear(state)
