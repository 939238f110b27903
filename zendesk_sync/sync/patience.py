"""Waiting for Zendesk, for work that goes on for hours: limits are waited for, and so is trouble of a minute or two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from zendesk_sync.errors import AnswerLost, RateLimited, ZendeskUnavailable, ZendeskUnreachable
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.flight import Flight

TROUBLES, PAUSE_S = 6, 10.0

T = TypeVar("T")


class Patiently(Protocol):
    """Calls, and waits for limits and short troubles."""

    def __call__(self, call: Callable[..., T], *args: object) -> T: ...


def at_once(call: Callable[..., T], *args: object) -> T:
    """Call, and wait for nothing: who comes again soon leaves it to the next time."""
    return call(*args)


class Patience:
    """Waits while the lease is kept and jobs under way are asked after.

    Args:
        flight: jobs under way, where there can be any.
        sleep: waits the given seconds.
    """

    def __init__(self, store: Store, lease: Lease, flight: Flight | None, sleep: Callable[[float], None]) -> None:
        self._store, self._lease, self._flight, self._sleep = store, lease, flight, sleep

    def call(self, call: Callable[..., T], *args: object) -> T:
        """Call; a rate limit is waited for, and so is a Zendesk that is away for a minute or two.

        Raises:
            ZendeskError: it was away for longer.
        """
        troubles = 0
        while True:
            try:
                return call(*args)
            except RateLimited as error:
                wait = max(1.0, error.retry_after)
            except (ZendeskUnavailable, ZendeskUnreachable, AnswerLost):
                troubles += 1
                if troubles > TROUBLES:
                    raise
                wait = PAUSE_S * troubles
            self.pause(wait)

    def pause(self, seconds: float) -> None:
        """Wait; jobs under way are asked after meanwhile."""
        while seconds > 0:
            self._store.renew(self._lease)
            if self._flight is None or not self._flight.jobs or self._flight.wait_s > seconds:
                self._sleep(seconds)
                return
            seconds -= self._flight.wait_s
            try:
                self._flight.turn()
            except (RateLimited, ZendeskUnavailable, ZendeskUnreachable):
                self._sleep(seconds)
                return
