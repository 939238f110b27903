from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from webhooks.gather import Gather
from zendesk_sync.errors import StoreBusy, StoreError


class Disk:
    """A store whose writes end when they are told to."""

    def __init__(self) -> None:
        self.written: list[tuple[str, list[int]]] = []
        self.free = threading.Event()
        self.failure: Exception | None = None
        self.at_once: dict[str, int] = {}

    def store(self, account: str, tickets: list[int]) -> None:
        self.at_once[account] = self.at_once.get(account, 0) + 1
        assert self.at_once[account] == 1
        assert self.free.wait(10)
        self.at_once[account] -= 1
        if self.failure is not None:
            raise self.failure
        self.written.append((account, tickets))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  it holds in another thread
            await asyncio.sleep(0)


def test_what_arrives_during_a_write_shares_the_next() -> None:
    """A thousand requests are two writes, and nobody hears of success before the write that has his hint."""
    disk = Disk()

    async def flood() -> None:
        gather = Gather(disk.store)
        first = asyncio.create_task(gather.put("acme", [1]))
        await until(lambda: disk.at_once.get("acme") == 1)
        rest = [asyncio.create_task(gather.put("acme", [number % 50 + 2])) for number in range(1000)]
        await asyncio.sleep(0)
        assert not first.done()
        assert not any(one.done() for one in rest)
        disk.free.set()
        await asyncio.gather(first, *rest)

    asyncio.run(flood())
    assert disk.written == [("acme", [1]), ("acme", list(range(2, 52)))]


def test_one_account_does_not_wait_for_another() -> None:
    """While one account's write hangs, another's is done."""
    disk = Disk()
    quick: list[list[int]] = []

    def store(account: str, tickets: list[int]) -> None:
        if account == "noisy":
            disk.store(account, tickets)
        else:
            quick.append(tickets)

    async def both() -> None:
        gather = Gather(store)
        slow = [asyncio.create_task(gather.put("noisy", [number])) for number in range(1, 100)]
        await gather.put("quiet", [7])
        assert not any(one.done() for one in slow)
        disk.free.set()
        await asyncio.gather(*slow)

    asyncio.run(both())
    assert quick == [[7]]


def test_a_write_that_fails_fails_for_everybody_in_it_and_for_nobody_else() -> None:
    """Each of its requests raises; the next write is tried."""
    disk = Disk()
    disk.failure = StoreError("disk full")

    async def fail() -> None:
        gather = Gather(disk.store)
        first = [asyncio.create_task(gather.put("acme", [number])) for number in (1, 2)]
        await until(lambda: disk.at_once.get("acme") == 1)
        disk.free.set()
        assert [str(error) for error in await asyncio.gather(*first, return_exceptions=True)] == ["disk full"] * 2
        disk.failure = None
        await gather.put("acme", [3])

    asyncio.run(fail())
    assert disk.written == [("acme", [3])]


def test_too_many_that_wait_are_refused_and_a_slow_disk_is_given_up() -> None:
    """Both are StoreBusy, which the door answers with 503; what was given up may be written all the same."""
    disk = Disk()

    async def crowd() -> None:
        gather = Gather(disk.store, max_waiting=3, patience_s=0.05)
        waiting = [asyncio.create_task(gather.put("acme", [number])) for number in (1, 2, 3)]
        await asyncio.sleep(0)
        with pytest.raises(StoreBusy, match="3 requests"):
            await gather.put("acme", [4])
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(result, StoreBusy) for result in results)
        disk.free.set()
        await Gather(disk.store).put("other", [9])
        await gather.put("acme", [5])

    asyncio.run(crowd())
    assert {ticket for account, tickets in disk.written for ticket in tickets if account == "acme"} == {1, 2, 3, 5}


def test_a_request_that_is_given_up_takes_nobody_along() -> None:
    """A client that hangs up cancels its own wait, not the write that others share."""
    disk = Disk()

    async def hang_up() -> None:
        gather = Gather(disk.store)
        one, two = (asyncio.create_task(gather.put("acme", [number])) for number in (1, 2))
        await until(lambda: disk.at_once.get("acme") == 1)
        one.cancel()
        disk.free.set()
        await two

    asyncio.run(hang_up())
    assert disk.written == [("acme", [1, 2])]
