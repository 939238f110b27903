"""Explains tickets for whoever asks often: keeps each account's connection for a while, and one question at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from zendesk_sync.errors import NotFound, ZendeskSyncError, ZendeskUnavailable
from zendesk_sync.store.workloads import Surge
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.explained import Explained, explain

REFRESH_S: Final = 600.0
"""The account's fields are looked up anew after so long, or after any trouble."""
PATIENCE_S: Final = 10.0
"""Somebody waits in front of a browser."""


class _Account:
    def __init__(self, connect: Callable[[], Connection]) -> None:
        self.connect = connect
        self.lock = threading.Lock()
        self.connection: Connection | None = None
        self.at = 0.0


class Explainer:
    """Asks Zendesk about single tickets. Safe to share between threads.

    Args:
        connects: signs in to each account.
        surge: the surge in force of an account.
        clock: seconds from any starting point.
    """

    def __init__(
        self,
        connects: Mapping[str, Callable[[], Connection]],
        surge: Callable[[str], Surge | None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = {name: _Account(connect) for name, connect in connects.items()}
        self._surge, self._clock = surge, clock

    def __call__(self, name: str, ticket: int) -> Explained:
        """Explain a ticket of an account; raises what :func:`~.explained.explain` and signing in raise."""
        account = self._accounts[name]
        if not account.lock.acquire(timeout=PATIENCE_S):
            raise ZendeskUnavailable("other tickets are being explained just now; try again in a minute")
        try:
            if account.connection is None or self._clock() - account.at > REFRESH_S:
                self._close(account)
                account.connection, account.at = account.connect(), self._clock()
            return explain(account.connection, ticket, self._surge(name))
        except NotFound:
            raise
        except ZendeskSyncError:
            self._close(account)
            raise
        finally:
            account.lock.release()

    def close(self) -> None:
        """Let go of every connection but one that a question is under way on: the process ends soon."""
        for account in self._accounts.values():
            if account.lock.acquire(timeout=1.0):
                self._close(account)
                account.lock.release()

    def _close(self, account: _Account) -> None:
        if account.connection is not None:
            account.connection.close()
            account.connection = None
