"""Many requests, one write: hints that arrive while the disk is busy share the next write.

A write to the disk costs about the same for one hint as for a thousand. So each account has one write under way at a
time, and what arrives meanwhile goes into the next. That is the limit on an account's requests: however many there
are, an account costs one write at a time, none of its hints is refused for being one too many, and no account waits
for another's backlog. Nothing is acknowledged before the write that holds its hint has returned.

Refused is only what cannot be kept: more requests of one account than may wait, or a disk that takes too long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool

from zendesk_sync.errors import StoreBusy

MAX_WAITING: Final = 2000
"""Requests of one account that may wait for the disk at once; more than the connections a process accepts."""

PATIENCE_S: Final = 9.0
"""Zendesk gives up after 12 s, and a timeout tells it less than a 503."""

Store = Callable[[str, list[int]], None]


@dataclass(slots=True)
class _Write:
    tickets: set[int] = field(default_factory=set)
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Gather:
    """Stores hints of many requests together. Belongs to one event loop.

    Args:
        store: stores one account's hints durably before it returns; called in a thread, never twice at once for one
            account.
        max_waiting: requests of one account that may wait.
        patience_s: seconds that one request waits for its write.
    """

    def __init__(self, store: Store, *, max_waiting: int = MAX_WAITING, patience_s: float = PATIENCE_S) -> None:
        self._store, self._max_waiting, self._patience_s = store, max_waiting, patience_s
        self._next: dict[str, _Write] = {}
        self._writers: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, int] = {}

    async def put(self, account: str, tickets: list[int]) -> None:
        """Return when these hints are on the disk.

        Raises:
            StoreBusy: too many wait, or the write takes too long; it may still happen, which does no harm.
            Exception: whatever the write raised; nothing of it is stored.
        """
        waiting = self._waiting.get(account, 0)
        if waiting >= self._max_waiting:
            raise StoreBusy(f"{waiting} requests of this account wait for the disk")
        self._waiting[account] = waiting + 1
        try:
            await self._put(account, tickets)
        finally:
            if (left := self._waiting[account] - 1) > 0:
                self._waiting[account] = left
            else:
                del self._waiting[account]

    async def _put(self, account: str, tickets: list[int]) -> None:
        write = self._next.get(account)
        if write is None:
            write = self._next[account] = _Write()
        write.tickets.update(tickets)
        if account not in self._writers:
            self._writers[account] = asyncio.create_task(self._write_all(account))
        try:
            async with asyncio.timeout(self._patience_s):
                await asyncio.shield(write.done)
        except TimeoutError:
            raise StoreBusy(f"the disk did not take the hint within {self._patience_s:g} s") from None

    async def _write_all(self, account: str) -> None:
        try:
            while (write := self._next.pop(account, None)) is not None:
                await self._write(account, write)
        finally:
            del self._writers[account]

    async def _write(self, account: str, write: _Write) -> None:
        try:
            await run_in_threadpool(self._store, account, sorted(write.tickets))
        except asyncio.CancelledError:
            write.done.cancel()
            raise
        except BaseException as error:  # noqa: BLE001  each waiting request answers for itself
            write.done.set_exception(error)
            write.done.exception()  # seen, also where every request has given up by now
        else:
            write.done.set_result(None)
