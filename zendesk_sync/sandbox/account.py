"""Opens the account: its store, clock and pace; and makes up the credentials which it does not have yet."""

import secrets
from pathlib import Path

from zendesk_sync.sandbox.clock import Clock
from zendesk_sync.sandbox.model.birth import bear
from zendesk_sync.sandbox.state import FAST, Pace, State
from zendesk_sync.sandbox.store import Store


def open_account(
    *,
    data: Path | None = None,
    fast: bool = False,
    pace: Pace | None = None,
    clock: Clock | None = None,
    client_id: str = "zendesk_sync",
    client_secret: str | None = None,
) -> State:
    """Open the account in `data`, or a new one in memory; a secret given here replaces the stored one."""
    state = State(Store(data), clock or Clock(), pace or (FAST if fast else Pace()))
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
    return state
