"""``serve(account)``: idempotent, so that whoever calls it may lose, double or delay calls without harm.

One worker holds an account at a time (a lease with a fence). Everything that can go wrong with Zendesk leaves the
hints in the store and the account paused for a while; nothing here crashes for good.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog

from zendesk_sync import tracing
from zendesk_sync.errors import (
    ConfigurationError,
    LeaseLost,
    RateLimited,
    StoreError,
    WritesPaused,
    ZendeskError,
    told,
    where,
)
from zendesk_sync.store.inbox import Taken
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.pauses import WritesPause
from zendesk_sync.store.store import Store
from zendesk_sync.store.workloads import Surge
from zendesk_sync.sync.chronicle import Known, follow
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.flight import Flight
from zendesk_sync.sync.holding import Holding
from zendesk_sync.sync.numberone import settle_number_one
from zendesk_sync.sync.overtaken import put_back
from zendesk_sync.sync.patience import at_once
from zendesk_sync.sync.paused import check, in_force
from zendesk_sync.sync.pipeline import Batch, Preview
from zendesk_sync.sync.surge import advice, moment_of
from zendesk_sync.sync.sweep import sweep

LEASE_S = 600.0
"""For commands that run once. Services have shorter ones (``service.lease_seconds``), renewed while a round goes on."""
BATCHES = 50
REFRESH_S = 600.0
"""The account's fields are looked up anew after so long, or after any trouble."""
HISTORY_DAYS = 30
SHORT_S = 120.0
"""So long after the rate did not suffice it counts as short."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0

T = TypeVar("T")
Connect = Callable[[], Connection]

log = structlog.get_logger()


class AccountWorker:
    """Serves one account; keeps its connection between rounds.

    The first round looks at every open ticket again: policy, configuration or a customer's plan may have changed while
    nobody was looking, and none of these moves a ticket in the export.

    Args:
        connect: signs in; called when needed, so a service starts without Zendesk.
        preview: where given, changes are shown to it instead of being sent.
        clock: seconds, for how old the connection is.
        raises: trouble with Zendesk ends the round with its exception, for commands that run once.
        recheck: False leaves out the first round's look at every open ticket.
        lease_s: how long the account stays ours after the process died, in seconds.
        paused: the configuration says that nothing may be written, whatever the store says.
        history_days: how far back the history for reports is kept; 0 keeps none.

    Attributes:
        limited: the last round left something for when the rate allows it.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        connect: Connect,
        *,
        sweep_s: float = 60.0,
        owner: str = "embedded",
        preview: Preview | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        raises: bool = False,
        recheck: bool = True,
        lease_s: float = LEASE_S,
        paused: bool = False,
        history_days: int = HISTORY_DAYS,
    ) -> None:
        self.name, self._store, self._connect = name, store, connect
        self._sweep_s, self._owner, self._preview = sweep_s, owner, preview
        self._sleep, self._clock, self._raises = sleep, clock, raises
        self._connection: Connection | None = None
        self._connected_at = 0.0
        self._troubles = 0
        self._rechecked = not recheck
        self._lease_s = lease_s
        self._last_fence = -1
        self._stopping = False
        self.limited = False
        self._paused = paused
        self._history_days = history_days
        self._known = Known()
        # True at first: whoever had the account before may not have read all that it saw move.
        self._moved, self._limited_at = True, float("-inf")
        self._pause_told: WritesPause | None = None
        self._surge_told: Surge | None = None
        self._suggested = False

    def serve(self) -> bool:
        """One round: the sweep if it is due, what is in the inbox, number one. True if all went well.

        While a person has paused the account, the sweep goes on filling the inbox, and nothing else happens.

        Raises:
            StoreError: the store cannot be used.
            WritesPaused: the account is paused, where this one ``raises``.
        """
        lease = None if self._rests() else self._store.acquire(self.name, self._owner, self._lease_s)
        if lease is None:
            return False
        self.limited = False
        with structlog.contextvars.bound_contextvars(account=self.name):
            return self._served(lease)

    def _served(self, lease: Lease) -> bool:
        try:
            with tracing.span("account.round", account=self.name):
                self._round(lease)
        except (LeaseLost, WritesPaused):
            return False
        except RateLimited as error:
            self.limited, self._limited_at = True, self._clock()
            if error.whole:
                log.info("rate limited", account=self.name, seconds=error.retry_after)
                self._store.pause(lease, error.retry_after)
            return False
        except (ZendeskError, ConfigurationError) as error:
            if self._raises:
                raise
            self._trouble(lease, told(error))
            return False
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  the service must outlive any fault; the hints are safe in the store
            self._trouble(lease, f"unexpected {type(error).__name__} at {where(error)}")
            return False
        finally:
            self._store.release(lease)
        self._troubles = 0
        return not self._is_paused()

    def stop(self) -> None:
        """End the round that is going on after the batch in hand; may be called from another thread."""
        self._stopping = True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _round(self, lease: Lease) -> None:
        with Holding(self._store, lease, self._may_write) as holding:
            connection = self._connected()
            with connection.client.asking(holding.before):
                self._work(connection, lease)

    def _work(self, connection: Connection, lease: Lease) -> None:
        self._take_up(lease)
        connection = self._under_workload(connection, lease)
        swept = None
        if self._store.sweep_due(self.name):
            swept = sweep(connection, self._store, lease, self._sweep_s, self._history_days)
            self._look_back(connection, lease)
        flight = Flight(connection, self._store, lease, limit=connection.account.jobs, sleep=self._sleep)
        try:
            for _ in range(BATCHES):
                if self._stopping:
                    flight.leave("the service stops; a job that may change the ticket is still running")
                    return
                if self._is_paused():
                    break
                self._store.renew(lease)
                if taken := self._taken(lease):
                    # After the taking: whoever changes the workload later finds these tickets in hand.
                    connection = self._under_workload(connection, lease)
                    Batch(connection, self._store, lease, taken, flight, preview=self._preview).start()
                elif flight.jobs:
                    flight.turn()
                else:
                    break
            flight.drain()
        except LeaseLost:
            raise
        except (RateLimited, WritesPaused):
            _bring_home(flight)
            raise
        except BaseException:
            flight.leave("the account is in trouble; a job that may change the ticket is still running")
            raise
        self._complete(lease)
        connection = self._under_workload(connection, lease)
        self._suggest(connection)
        if self._preview is None and not self._is_paused():
            settle_number_one(connection, self._store, lease, sleep=self._sleep)
        if swept is not None and swept.at is not None:
            self._follow(connection, lease, swept.at, moved=swept.rows > 0)

    def _follow(self, connection: Connection, lease: Lease, at: float, *, moved: bool) -> None:
        """Read what happened, for reports. Tickets come first: while some wait for the rate, this waits too."""
        self._moved = self._moved or moved
        if self._preview is not None or not self._history_days or self._is_short():
            return
        if follow(connection, self._store, lease, self._known, self._history_days, at, moved=self._moved):
            self._moved = False

    def _is_short(self) -> bool:
        """Whether tickets may be waiting for the rate; sweeps that come too often wait for nobody but themselves."""
        if self._clock() - self._limited_at >= SHORT_S:
            return False
        counts = self._store.pending(self.name)
        return bool(counts.due or counts.waiting)

    def _taken(self, lease: Lease) -> list[Taken]:
        with tracing.span("inbox.take", account=self.name) as span:
            taken = self._store.take(lease)
            span.set(tickets=len(taken))
        return taken

    def _under_workload(self, connection: Connection, lease: Lease) -> Connection:
        """The connection under the workload in force; a change of that is logged, once."""
        surge = self._store.workload(lease)
        if surge != self._surge_told:
            if surge is None:
                log.info("surge is over", account=self.name)
            else:
                log.warning("surge", account=self.name, by=surge.by, reason=surge.reason, until=moment_of(surge.until))
            self._surge_told = surge
        under = connection.under(surge)
        if self._connection is connection:
            self._connection = under
        return under

    def _suggest(self, connection: Connection) -> None:
        """Tell, once, that a person may want to switch surge on; it is never done here."""
        advised = connection.account.workload
        if advised.engineers_on_shift is None:
            return
        now = advice(self._store, self.name, advised)
        if now.is_suggested and not self._suggested:
            log.warning(
                "surge is suggested",
                account=self.name,
                open_tickets=now.open_tickets,
                per_engineer=now.per_engineer,
                threshold=now.threshold,
            )
        self._suggested = now.is_suggested

    def _look_back(self, connection: Connection, lease: Lease) -> None:
        """Whether our jobs overtook a person's priority; while the exports rest, the next sweep looks."""
        if self._preview is not None or self._is_paused():
            return
        try:
            put_back(connection, self._store, lease, patiently=at_once)
        except RateLimited as error:
            log.debug("looks back later", account=self.name, seconds=error.retry_after)

    def _take_up(self, lease: Lease) -> None:
        """What others left: jobs of a process that died in the middle, and rules that changed while nobody looked."""
        if lease.fence != self._last_fence + 1:
            given_up = {hint.ticket for hint in self._store.parked(self.name)}
            left = {one.ticket for one in self._store.intended(self.name)} - given_up
            self._store.mark(self.name, left)
        self._last_fence = lease.fence
        if not self._rechecked:
            self._store.mark(self.name, [entry.ticket for entry in self._store.order(self.name, by_type=False)])
            self._rechecked = True

    def _complete(self, lease: Lease) -> None:
        """The standing is complete once everything that a full sweep gave has been looked at."""
        if self._store.swept_ago(self.name) is None or self._store.standing_complete(self.name):
            return
        counts = self._store.pending(self.name)
        if not counts.due and not counts.waiting:
            self._store.set_standing_complete(lease, complete=True)

    def _is_paused(self) -> bool:
        """Whether a person paused the account; a change of that is logged, once."""
        pause = None if self._preview is not None else in_force(self._store, self.name, paused=self._paused)
        if pause != self._pause_told:
            if pause is None:
                log.info("writes resumed", account=self.name)
            else:
                log.warning("writes paused", account=self.name, by=pause.by, reason=pause.reason)
            self._pause_told = pause
        return pause is not None

    def _rests(self) -> bool:
        """Whether there is nothing to do: paused, and no sweep is due either."""
        if not self._is_paused():
            return False
        if self._raises:
            self._may_write()
        return not self._store.sweep_due(self.name)

    def _may_write(self) -> None:
        check(self._store, self.name, paused=self._paused)

    def _connected(self) -> Connection:
        if self._connection is not None and self._clock() - self._connected_at > REFRESH_S:
            self.close()
        if self._connection is None:
            self._connection, self._known = self._connect(), Known()
            self._connected_at = self._clock()
        return self._connection

    def _trouble(self, lease: Lease, why: str) -> None:
        """Leave the account alone for a while, longer each time; hints stay where they are."""
        self.close()
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self._troubles)
        self._troubles += 1
        log.warning("account waits", account=self.name, seconds=pause, reason=why)
        self._store.pause(lease, pause)


def _bring_home(flight: Flight) -> None:
    """Looking at tickets leaves something of the rate for this; what is refused even so is left to the next round."""
    try:
        flight.drain()
    except LeaseLost:
        raise
    except BaseException as error:
        flight.leave("a job that may change the ticket is still running")
        if not isinstance(error, ZendeskError):
            raise
