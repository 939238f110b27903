"""The driver that needs nothing else: serves whatever is due, several accounts at once, until it is told to stop.

It runs in the receiver's process by default, and unchanged in any number of worker processes against one Postgres.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import structlog

from zendesk_sync.errors import LeaseLost, StoreError
from zendesk_sync.store.store import Store

AFTER_FAILURE_S: Final = 2.0
STOP_LIMIT_S: Final = 60.0

log = structlog.get_logger()


class Worker(Protocol):
    """What serves one account; :class:`~zendesk_sync.sync.service.AccountWorker`."""

    def serve(self) -> bool: ...
    def stop(self) -> None: ...
    def close(self) -> None: ...


class Loop:
    """Serves accounts by turns: the one left alone for longest first, each by one thread, ``at_once`` at most.

    A slow account keeps one thread busy and no other account waiting.

    Args:
        poll_s: seconds between two looks at what is due; a wake-up or the end of a round shortens them.
        steady: seconds from any starting point.
    """

    def __init__(
        self,
        store: Store,
        workers: Mapping[str, Worker],
        poll_s: float,
        *,
        at_once: int = 8,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._workers, self._poll_s = store, workers, poll_s
        self._at_once, self._steady = at_once, steady
        self._busy: dict[str, threading.Thread] = {}
        self._rests: dict[str, float] = {}
        self._wake = threading.Event()
        self._stop = threading.Event()

    def wake(self) -> None:
        """A hint arrived: do not wait for the next poll."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the batches in hand, then return from :meth:`run`."""
        self._stop.set()
        for worker in self._workers.values():
            worker.stop()
        self._wake.set()

    def run(self) -> None:
        """Serve until stopped. A store that fails is tried again; it is the one thing that hints cannot do without."""
        while not self._stop.is_set():
            try:
                self._store.follow_clock(self._steady())
                self._begin(self._store.due_accounts())
            except StoreError as error:
                log.warning("store failed", reason=str(error))
                self._stop.wait(AFTER_FAILURE_S)
            self._wake.wait(self._poll_s)
            self._wake.clear()
        ends = self._steady() + STOP_LIMIT_S
        for thread in list(self._busy.values()):
            thread.join(max(0.0, ends - self._steady()))
        for name, worker in self._workers.items():
            if name not in self._busy:
                worker.close()

    def _begin(self, due: list[str]) -> None:
        now = self._steady()
        for name in due:
            if self._stop.is_set() or len(self._busy) >= self._at_once:
                return
            if name in self._workers and name not in self._busy and self._rests.get(name, now) <= now:
                self._busy[name] = threading.Thread(target=self._serve, args=(name,), name=name, daemon=True)
                self._busy[name].start()

    def _serve(self, name: str) -> None:
        """One round. An account that failed rests for a poll; whatever it left due would only fail again at once."""
        rest = self._poll_s
        try:
            if self._workers[name].serve():
                rest = 0.0
        except LeaseLost:
            log.info("another worker has the account", account=name)
        except StoreError as error:
            log.warning("store failed", account=name, reason=str(error))
            rest = AFTER_FAILURE_S
        finally:
            self._rests[name] = self._steady() + rest
            del self._busy[name]
            self._wake.set()
