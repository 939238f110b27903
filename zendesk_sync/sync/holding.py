"""Keeping an account while a round goes on: the lease outlives the longest request, and no write goes out without it.

A lease as long as the slowest request with all its repeats would leave the accounts of a dead process alone for many
minutes. So it is short, and renewed in the background: a process that is killed, frozen or cut off from the store
renews nothing, and one that was revived is stopped before its next write.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from zendesk_sync.errors import LeaseLost, StoreError
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.zendesk.transport import SAFE

STUCK_S: Final = 600.0
"""A round that has begun no request for so long hangs: its lease is left to run out."""
RENEWALS: Final = 3
"""How often a lease is renewed within its time, so that one renewal may fail."""


class Holding:
    """Holds ``lease`` for as long as the block lasts.

    Args:
        allowed: asked before each write; what it raises keeps the write from being sent.
        steady: seconds from any starting point; tells when the last request began.
    """

    def __init__(
        self,
        store: Store,
        lease: Lease,
        allowed: Callable[[], None] = lambda: None,
        *,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._lease, self._allowed, self._steady = store, lease, allowed, steady
        self._alive_at = steady()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease of {lease.account}", daemon=True)

    def before(self, method: str) -> None:
        """A request is about to be sent.

        Raises:
            LeaseLost: it would write, and the account is no longer ours. It must not be sent.
        """
        self._alive_at = self._steady()
        if method not in SAFE:
            self._store.renew(self._lease)
            self._allowed()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _renew(self) -> None:
        while not self._over.wait(self._lease.seconds / RENEWALS):
            if self._steady() - self._alive_at > STUCK_S:
                return
            try:
                self._store.renew(self._lease)
            except LeaseLost:
                return  # the round finds out at its next write, to Zendesk or to the store
            except StoreError:
                continue
