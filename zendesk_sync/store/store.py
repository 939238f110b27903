"""The store as the rooms above see it: one object, safe to share between the threads of a process."""

from __future__ import annotations

from zendesk_sync.store.backfills import Backfills
from zendesk_sync.store.chronicles import Chronicles
from zendesk_sync.store.customer_answers import CustomerAnswers
from zendesk_sync.store.first_responses import FirstResponses
from zendesk_sync.store.pauses import Pauses
from zendesk_sync.store.standings import Standings
from zendesk_sync.store.sweeps import Sweeps
from zendesk_sync.store.workloads import Workloads
from zendesk_sync.store.writes import Writes


class Store(Sweeps, Standings, Writes, Backfills, Pauses, Workloads, CustomerAnswers, Chronicles, FirstResponses):
    """Hints, leases, cursor, the standing, what we sent, pause, surge, chronicle, clocks. Open by :meth:`Store.open`.

    Every method is one transaction. A method that takes a :class:`~zendesk_sync.store.leases.Lease` checks it in that
    transaction and raises :class:`~zendesk_sync.errors.LeaseLost` where it is lost. A database that cannot be used is
    a :class:`~zendesk_sync.errors.StoreError` from every method, never an exception of the library below.
    """
