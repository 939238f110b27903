"""Take back what this program wrote to an account since a moment and nobody has changed since.

Zendesk's own history says what that is: the incremental ticket events, a thousand a call, so no local file is needed
and none is believed. Each ticket is read again before it is written; what was written goes back by the ways it came:
safe updates where somebody may be at work, jobs of a hundred elsewhere. Everything is found anew by the next call, so
it can be stopped anywhere, and a second one has nothing left to do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from zendesk_sync.errors import (
    AnswerLost,
    Conflict,
    NotFound,
    RateLimited,
    RequestRejected,
    UnexpectedAnswer,
    ZendeskUnavailable,
)
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.flight import report
from zendesk_sync.sync.history import audit
from zendesk_sync.sync.look import QUIET_S, is_quiet
from zendesk_sync.sync.plan import TicketChange
from zendesk_sync.sync.undo_plan import Options, Undoing, plan_undo
from zendesk_sync.sync.undo_trail import Trail, Window
from zendesk_sync.sync.write import ALONE, RECENT_S, put
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.fields import FieldMap
from zendesk_sync.zendesk.records import JobStatus
from zendesk_sync.zendesk.tickets import chunks

HELD_BACK_S = 75.0
"""The ticket events show nothing of the last minute."""
PASSES = 4
"""So often a ticket that somebody changes at the same time, or whose answer was lost, is looked at again."""
STEP_S, JOBS_DEADLINE_S = 5.0, 300.0
LIMITED = 20
"""So many rate limits in a row are waited for."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that there is to undo, as it stands now.

    Attributes:
        undoings: by ticket, those with a write in the window.
        gone: tickets that are deleted.
    """

    undoings: tuple[Undoing, ...]
    gone: tuple[int, ...]

    @property
    def changes(self) -> list[TicketChange]:
        """What would be written."""
        return [one.change for one in self.undoings if one.change is not None]


@dataclass(slots=True)
class Outcome:
    """What became of it: tickets written and verified, those that are left with the reason, those to try again."""

    done: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)
    again: dict[int, str] = field(default_factory=dict)


class Undo:
    """One undoing of one account.

    Args:
        since, until: Unix seconds; writes of ours between them, both included, are taken back.
        settled: the windows of earlier undos, as :class:`~zendesk_sync.sync.undo_trail.Window` says.
        sleep: waits the given seconds.
        progress: told what is being done, in words for people.
    """

    def __init__(
        self,
        connection: Connection,
        since: float,
        until: float,
        *,
        settled: Iterable[tuple[float, float]] = (),
        sleep: Callable[[float], None] = time.sleep,
        progress: Callable[[str], None] = lambda _said: None,
    ) -> None:
        self._connection, self._sleep, self._progress = connection, sleep, progress
        configuration = ZenpyAccount(connection.client)
        ours = configuration.me().id
        assert ours is not None
        self._window = Window(ours, since, until, tuple(settled))
        self._options: Options = {
            one.id: frozenset(option.value for option in one.custom_field_options)
            for one in configuration.ticket_fields()
            if one.custom_field_options
        }
        self._trails: dict[int, Trail] = {}

    def settle(self, store: Store, paused_for_s: float) -> None:
        """Wait until the events can tell of everything: our jobs have ended, and the held-back minute is over.

        ``paused_for_s`` says for how long nothing was written by then.

        Raises:
            ZendeskUnavailable: a job of ours does not end.
        """
        paused_for_s = 0.0 if self._jobs_end(store) else paused_for_s
        if (rest := HELD_BACK_S - paused_for_s) > 0:
            self._progress(f"waiting {rest:.0f} s: Zendesk's history shows nothing of the last minute")
            self._sleep(rest)

    def find(self) -> Found:
        """Read the history and say what goes back; writes nothing.

        Raises:
            ZendeskError: the history or a ticket could not be read.
        """
        self._read()
        undoings, gone = list[Undoing](), set(self._trails)
        for some in chunks(sorted(self._trails)):
            undoings += [one.undoing for one in self._look(some)]
        return Found(tuple(undoings), tuple(sorted(gone.difference(one.ticket_id for one in undoings))))

    def write(self, tickets: Iterable[int], store: Store, lease: Lease) -> Outcome:
        """Write these tickets' undoings, each looked at again first.

        Raises:
            LeaseLost: another worker has the account.
            ZendeskError: Zendesk is away; what is done is done, and the next undo goes on.
        """
        outcome, wanted = Outcome(), sorted(set(tickets))
        few = len(wanted) <= ALONE
        for attempt in range(PASSES):
            if attempt and wanted:
                self._sleep(QUIET_S)
                self._jobs_end(store)
            outcome.again.clear()
            for some in chunks(wanted):
                self._some(some, store, lease, outcome, few=few)
                self._progress(f"{len(outcome.done):,} tickets undone")
            wanted = sorted(outcome.again)
        outcome.left.update(outcome.again)
        if not outcome.left:
            store.remember_undo(lease, self._window.since, self._window.until)
        # The order knows its number one by the store; a ticket that lost the flag is looked at first after the pause.
        store.mark(lease.account, set(store.holders(lease.account)).intersection(outcome.done))
        return outcome

    # ------------------------------------------------------------ reading

    def _read(self) -> None:
        """The trails of all tickets with a write of ours in the window."""
        exports, known = Exports(self._connection.client), set[int]()
        start = max(0, int(self._window.since - RECENT_S))
        trails: dict[int, Trail] = {}
        events = 0
        while True:
            page = self._patiently(partial(exports.events, start))
            for event in sorted(page.events, key=lambda one: (one.timestamp, one.id)):
                if event.id not in known:
                    trails.setdefault(event.ticket_id, Trail()).see(audit(event), self._fields, self._window)
            known = {event.id for event in page.events}
            events += len(page.events)
            self._progress(f"{events:,} changes read")
            if page.end_of_stream or page.end_time <= start:
                break
            start = page.end_time
        self._trails = {ticket: trail for ticket, trail in trails.items() if trail.written}

    def _look(self, tickets: Sequence[int]) -> list[_Seen]:
        """These tickets as they stand now, and what there is to undo; deleted ones are missing."""
        page = self._patiently(lambda: self._connection.tickets.show_many(tickets, include=()))
        out = []
        for ticket in page.tickets:
            trail = self._trails[ticket.id]
            if ticket.updated_at.timestamp() > trail.last_at:
                # The events do not tell of its last update yet; the ticket's own history does.
                trail = self._trails[ticket.id] = self._whole(ticket.id)
            undoing = plan_undo(ticket, trail, self._fields, self._options)
            idle_s = page.server_time.timestamp() - trail.others_at
            out.append(_Seen(undoing, idle_s, is_quiet=is_quiet(ticket, page.server_time)))
        return out

    def _whole(self, ticket_id: int) -> Trail:
        trail = Trail()
        for one in self._patiently(lambda: self._connection.tickets.audits(ticket_id)):
            trail.see(one, self._fields, self._window)
        return trail

    # ------------------------------------------------------------ writing

    def _some(self, tickets: Sequence[int], store: Store, lease: Lease, outcome: Outcome, *, few: bool) -> None:
        """At most a hundred tickets: some alone, the rest as one job.

        A job checks no stamp, so a priority on a ticket in somebody's hands goes by a safe update.
        """
        many = list[TicketChange]()
        for one in self._look(tickets):
            change = one.undoing.change
            if change is None:
                continue
            if not one.is_quiet:
                outcome.again[change.ticket_id] = "touched a moment ago"
            elif few or (change.official and one.idle_s < RECENT_S):
                self._alone(change, outcome)
            else:
                many.append(change)
        if many:
            self._job(many, store, lease, outcome)

    def _alone(self, change: TicketChange, outcome: Outcome) -> None:
        id_ = change.ticket_id
        try:
            self._patiently(lambda: put(self._connection, change))
        except NotFound:
            return
        except Conflict:
            outcome.again[id_] = "somebody changed it at the same time"
        except AnswerLost:
            outcome.again[id_] = "no answer to the update"
        except RequestRejected as error:
            outcome.left[id_] = str(error)
        else:
            outcome.done.append(id_)

    def _job(self, changes: Sequence[TicketChange], store: Store, lease: Lease, outcome: Outcome) -> None:
        """One job, of which every ticket is read again: what Zendesk says of a job is no proof."""
        ids, tickets = [one.ticket_id for one in changes], self._connection.tickets
        store.intend(lease, ids)
        try:
            items = [{"id": one.ticket_id, **one.payload()} for one in changes]
            job = self._patiently(lambda: tickets.update_many(items))
        except (AnswerLost, UnexpectedAnswer):
            outcome.again.update(dict.fromkeys(ids, "no answer to the job"))
            return
        except BaseException:
            store.forget_intents(lease, ids)
            raise
        store.intend(lease, ids, job.id)
        ended = self._patiently(lambda: tickets.wait_for(job.id, sleep=self._sleep, deadline_s=JOBS_DEADLINE_S))
        store.renew(lease)
        after = {one.id: one for one in self._patiently(lambda: tickets.show_many(ids, include=())).tickets}
        failed = {result.id: result.error for result in ended.results if not result.ok}
        for change in changes:
            id_ = change.ticket_id
            if id_ not in after:
                continue
            if not change.unapplied(after[id_]):
                outcome.done.append(id_)
                report(self._connection.name, change, "job")
            else:
                outcome.again[id_] = str(failed.get(id_) or "the job did not apply all of it")
        store.forget_intents(lease, ids)

    # ------------------------------------------------------------ both

    @property
    def _fields(self) -> FieldMap:
        return self._connection.fields

    def _jobs_end(self, store: Store) -> bool:
        """Wait for the jobs of ours whose end was not seen; whether there were any.

        Raises:
            ZendeskUnavailable: one does not end.
        """
        waited, jobs = 0.0, self._running(store)
        while jobs:
            if waited >= JOBS_DEADLINE_S:
                raise ZendeskUnavailable(f"job {jobs[0].id} has not ended; undo again when it has")
            self._progress(f"waiting for {len(jobs)} jobs that Zendesk has accepted")
            self._sleep(STEP_S)
            waited += STEP_S
            jobs = self._running(store)
        return waited > 0

    def _running(self, store: Store) -> list[JobStatus]:
        ids = {one.job for one in store.intended(self._connection.name)}
        if not ids:
            return []
        known = [one for one in ids if one is not None]
        tickets = self._connection.tickets
        jobs = self._patiently(lambda: tickets.all_jobs() if None in ids else tickets.jobs(known))
        return [job for job in jobs if not job.done]

    def _patiently(self, call: Callable[[], T]) -> T:
        """Call; a rate limit, after which nothing has happened, is waited for."""
        for _ in range(LIMITED):
            try:
                return call()
            except RateLimited as error:
                self._progress(f"waiting {error.retry_after:.0f} s for the rate limit")
                self._sleep(max(1.0, error.retry_after))
        return call()


@dataclass(frozen=True, slots=True)
class _Seen:
    """One ticket as it stands: what there is to undo, since when nobody else touched it, and whether it is quiet."""

    undoing: Undoing
    idle_s: float
    is_quiet: bool
