"""Counting beside the scrapes: who asks gets the last count at once, and a thread of its own makes the next one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from zendesk_sync.errors import StoreError
from zendesk_sync.report.recent import Lately

EVERY_S: Final = 60.0
"""A number over days does not change faster in a way that matters."""
WAIT_S: Final = 0.25
"""Whoever sets a count going waits so long for it, so that small accounts are told as they are now."""
RESTS: Final = 3.0
"""After an account the thread rests so many times as long as that took: counting leaves the work most of the CPU."""

log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Recount:
    """The last count of each account. Nothing is counted unless somebody asks. Safe to share between threads.

    Args:
        count: counts an account, however long that takes; None where its history is not complete. Raises StoreError.
        wait_s: how long an asker waits at most.
    """

    count: Callable[[str], Lately | None]
    wait_s: float = WAIT_S
    clock: Callable[[], float] = time.monotonic
    rest: Callable[[float], None] = time.sleep
    _counts: dict[str, Lately] = field(default_factory=dict, init=False)
    _counted_at: dict[str, float] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _round: threading.Thread | None = field(default=None, init=False, repr=False)

    def latest(self, accounts: Sequence[str]) -> Mapping[str, Lately]:
        """The last counts of these accounts; those not counted yet are left out."""
        with self._lock:
            due, begun = self._due(accounts), None
            if due and not (self._round and self._round.is_alive()):
                begun = self._round = threading.Thread(target=self._count_all, args=[due], name="recount", daemon=True)
                begun.start()
        if begun is not None:
            begun.join(self.wait_s)
        with self._lock:
            return {account: self._counts[account] for account in accounts if account in self._counts}

    def _due(self, accounts: Sequence[str]) -> list[str]:
        """The one that was counted longest ago first."""
        never = float("-inf")
        at = {account: self._counted_at.get(account, never) for account in accounts}
        now = self.clock()
        return sorted((account for account in accounts if now - at[account] >= EVERY_S), key=at.__getitem__)

    def _count_all(self, accounts: Sequence[str]) -> None:
        rests = 0.0
        for account in accounts:
            self.rest(rests)
            begins = self.clock()
            try:
                lately = self.count(account)
            except StoreError:  # the scrape itself finds that out, and tells it
                return
            except Exception as error:  # noqa: BLE001  a thread must not end in a stack trace
                log.warning("metrics unknown", why=f"unexpected {type(error).__name__}")
                lately = None
            ends = self.clock()
            with self._lock:
                self._counted_at[account] = ends
                if lately is None:
                    self._counts.pop(account, None)
                else:
                    self._counts[account] = lately
            rests = RESTS * (ends - begins)
