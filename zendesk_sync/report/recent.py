"""The report of the last days, and what is open now, out of the store; for whoever asks again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.report.figures import Window, count, tell
from zendesk_sync.report.model import Report
from zendesk_sync.report.story import Story
from zendesk_sync.store.chronicles import Reach
from zendesk_sync.store.store import Store

DAY_S: Final = 86_400
GOOD_FOR_S: Final = 30.0
"""Counting reads every ticket of the last days; more often than this it is answered from memory."""
AT_MOST: Final = 0.05
"""Of the time, at most this part is spent on counting, however large the account."""


@dataclass(frozen=True, slots=True)
class Lately:
    """What the store tells of an account.

    Attributes:
        reach: how far its chronicle reaches.
        report: of the last days, up to ``reach.until``.
        open: every ticket that is not over, by number.
    """

    reach: Reach
    report: Report
    open: Mapping[int, Story]


@dataclass(slots=True, kw_only=True)
class Recent:
    """Counts, and remembers for a while. Safe to share between threads.

    Args:
        store: holds the chronicles.
        handbook: the policy in force.
        days: how many days up to now are counted; fewer while the chronicle is shorter.
    """

    store: Store
    handbook: Handbook
    days: int
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, Lately | None]] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def of(self, account: str) -> Lately | None:
        """None while the store has no complete chronicle of the account.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            good_until, known = self._kept.get(account, (float("-inf"), None))
            if (began := self.clock()) >= good_until:
                known, ended = self._count(account), self.clock()
                self._kept[account] = ended + max(GOOD_FOR_S, (ended - began) / AT_MOST), known
            return known

    def _count(self, account: str) -> Lately | None:
        reach = self.store.chronicle_reach(account)
        if reach is None or not reach.complete:
            return None
        window = Window(max(reach.since, reach.until - self.days * DAY_S), reach.until)
        stories = tell(self.store.stories(account, window.since), window.until)
        found = count(account, stories, window, self.handbook, self.store.surges(account))
        return Lately(reach, found, {one.ticket: one for one in stories if not one.is_over})
