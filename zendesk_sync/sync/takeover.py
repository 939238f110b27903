"""What an earlier process may have left under way, so that a backfill writes nothing that is being written already."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zendesk_sync.errors import ZendeskUnavailable
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.patience import Patiently
from zendesk_sync.zendesk.records import JobStatus, Ticket
from zendesk_sync.zendesk.tickets import Tickets

STEP_S, LONGEST_S = 10.0, 900.0
"""A new store waits for jobs that were running before it; they may be those of a store that was lost."""


def take_over(
    tickets: Tickets, store: Store, lease: Lease, *, patiently: Patiently, pause: Callable[[float], None]
) -> None:
    """Hint at the tickets of jobs whose end was never seen: the careful path waits until none of them can be running.

    A store that knows of no earlier process may be a second one. Then every job that runs now counts as ours.

    Raises:
        ZendeskUnavailable: such a job has not ended for long.
    """
    name = lease.account
    store.mark(name, [one.ticket for one in store.intended(name)])
    if store.cursor(name) is not None or store.backfill_state(name) is not None:
        return
    left, waited = _running(patiently(tickets.all_jobs)), 0.0
    while left and waited < LONGEST_S:
        pause(STEP_S)
        waited += STEP_S
        left = _running(patiently(tickets.jobs, left))
    if left:
        raise ZendeskUnavailable(
            f"job {left[0]} was running before this backfill began and has not ended; it may be changing the same "
            f"tickets. Run the backfill again when it has ended"
        )


def is_outdated(ticket: Ticket, seen: Mapping[int, str]) -> bool:
    """Whether the row is from before our own last write to the ticket, as an export that lags can still show it."""
    return ticket.updated_stamp < seen.get(ticket.id, "").partition(" ")[0]


def _running(jobs: list[JobStatus]) -> list[str]:
    return sorted(job.id for job in jobs if not job.done)
