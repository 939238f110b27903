"""Several ``update_many`` jobs under way at once; each is checked item by item when it ends.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/

A ticket is in at most one job. Its intent is on the disk before the job is sent and goes when the job has ended and its
tickets were read again; a job whose answer or end was never seen leaves its intents, and nothing is planned for its
tickets until no job of ours can be running.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from zendesk_sync import metrics, tracing
from zendesk_sync.errors import AnswerLost, RateLimited, UnexpectedAnswer, WritesPaused, ZendeskError
from zendesk_sync.store.inbox import Later
from zendesk_sync.store.leases import Lease
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.look import QUIET_S, Look, is_quiet
from zendesk_sync.sync.plan import TicketChange
from zendesk_sync.zendesk.fields import FieldMap
from zendesk_sync.zendesk.records import JobStatus, Ticket
from zendesk_sync.zendesk.tickets import MANY

JOBS = 8
"""Jobs of ours at once; Zendesk allows 30 for all integrations of an account together."""
JOB_DEADLINE_S = 180.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 4.0
LOADS = ("comment_count",)

log = structlog.get_logger()


@dataclass(slots=True)
class Written:
    """What became of changes, by ticket id.

    Attributes:
        done: verified, as read after the write.
        right: of those, the ``updated_stamp`` under which nothing is left to do and nothing else had changed.
        gone: tickets that are no more.
        later: what has to be looked at again, and why.
    """

    done: dict[int, Ticket] = field(default_factory=dict)
    right: dict[int, str] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)
    later: dict[int, Later] = field(default_factory=dict)


Landed = Callable[[Sequence[Look], Written], None]
"""Called once for every job that was sent or tried: its looks, and what became of them."""


@dataclass(slots=True)
class _UnderWay:
    looks: list[Look]
    landed: Landed
    waited: float = 0.0
    ended: JobStatus | None = None
    rested: float = 0.0


class Flight:
    """The jobs of one account that are under way. Not for use by several threads.

    Args:
        limit: jobs at once.
        sleep: waits the given seconds between two questions.
    """

    def __init__(
        self,
        connection: Connection,
        store: Store,
        lease: Lease,
        *,
        limit: int = JOBS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection, self._store, self._lease = connection, store, lease
        self._limit, self._sleep = limit, sleep
        self._jobs: dict[str, _UnderWay] = {}
        self._wait = FIRST_WAIT_S

    @property
    def wait_s(self) -> float:
        """How long the next :meth:`turn` waits."""
        return self._wait

    @property
    def jobs(self) -> int:
        """How many are under way."""
        return len(self._jobs)

    def send(self, looks: Sequence[Look], landed: Landed) -> None:
        """Send the changes of these looks, at most 100, as one job; waits for a free place first.

        Raises:
            RateLimited, ZendeskUnreachable, ...: nothing of it was sent; the looks are the caller's again.
            LeaseLost: another worker has the account.
        """
        if len(looks) > MANY:
            raise ValueError(f"a job takes at most {MANY} tickets; got {len(looks)}")
        while len(self._jobs) >= self._limit:
            self.turn()
        items = [{"id": one.ticket.id, **one.change.payload()} for one in looks if one.change is not None]
        ids = [one.ticket.id for one in looks]
        with tracing.span("job.send", account=self._connection.name, tickets=len(ids)):
            self._announce(looks)
            job = self._start(items, ids)
        if isinstance(job, Later):
            landed(looks, Written(later=dict.fromkeys(ids, job)))
            return
        self._jobs[job.id] = _UnderWay(list(looks), landed)
        self._wait = FIRST_WAIT_S

    def turn(self) -> None:
        """Wait a little, ask how all jobs stand with one call, and land those that ended a moment ago.

        Its tickets are read when they have been quiet: only then can they be remembered as right.
        """
        if not self._jobs:
            return
        self._sleep(self._wait)
        self._store.renew(self._lease)
        for one in self._jobs.values():
            one.waited += self._wait
            one.rested += self._wait if one.ended is not None else 0.0
        self._wait = min(LONGEST_WAIT_S, self._wait * 1.5)
        if running := [id_ for id_, one in self._jobs.items() if one.ended is None]:
            with tracing.span("job.poll", account=self._connection.name, jobs=len(running)):
                for job in self._connection.tickets.jobs(running):
                    if job.done:
                        self._jobs[job.id].ended = job
        for id_, one in list(self._jobs.items()):
            if one.ended is not None and one.rested >= QUIET_S:
                with tracing.span("job.land", account=self._connection.name, tickets=len(one.looks)):
                    self._land(id_, one.ended)
            elif one.ended is None and one.waited > JOB_DEADLINE_S:
                self._give_up(id_, "the job has not ended yet; its tickets wait for it")

    def drain(self) -> None:
        """Until no job is under way."""
        while self._jobs:
            self.turn()

    def leave(self, reason: str) -> None:
        """Trouble with the account: the jobs go on without us, their intents stand, their tickets come later."""
        for id_ in list(self._jobs):
            self._give_up(id_, reason)

    def _announce(self, looks: Sequence[Look]) -> None:
        """Jobs check no stamp: whether these priorities overtook a person's is looked at when they have landed."""
        if official := [one for one in looks if one.change is not None and one.change.official]:
            decided = [int(one.at.timestamp()) for one in official]
            self._store.will_check(self._lease, since=min(decided), ticket=official[-1].ticket.id, decided=decided[-1])

    def _start(self, items: list[dict[str, object]], ids: list[int]) -> JobStatus | Later:
        self._store.intend(self._lease, ids)
        while True:
            try:
                job = self._connection.tickets.update_many(items)
            except (AnswerLost, UnexpectedAnswer):
                return Later(QUIET_S, count_try=False, reason="no answer to the job; its tickets are read again first")
            except RateLimited:
                if not self._jobs:
                    self._store.forget_intents(self._lease, ids)
                    raise
                self.turn()  # the account's 30 places are taken, ours among them: one of ours ends first
                continue
            except ZendeskError as error:
                self._store.forget_intents(self._lease, ids)
                return Later(reason=str(error))
            except WritesPaused:
                self._store.forget_intents(self._lease, ids)
                raise
            metrics.JOBS.labels(self._connection.name).inc()
            self._store.intend(self._lease, ids, job.id)
            return job

    def _land(self, id_: str, status: JobStatus) -> None:
        """Read the job's tickets again: what Zendesk says of a job is not proof, it drops some values silently."""
        under_way = self._jobs[id_]
        ids = [one.ticket.id for one in under_way.looks]
        page = self._connection.tickets.show_many(ids, include=LOADS)
        del self._jobs[id_]
        found = {ticket.id: ticket for ticket in page.tickets}
        failed = {result.id: result for result in status.results if not result.ok}
        whole = status.status != "completed" and not failed
        written = Written()
        for one in under_way.looks:
            change, ticket = one.change, found.get(one.ticket.id)
            assert change is not None
            if ticket is None:
                written.later[one.ticket.id] = Later(
                    reason="after the job it is not among the tickets; asked for alone"
                )
            elif not (dropped := change.unapplied(ticket)):
                written.done[one.ticket.id] = ticket
                report(self._connection.name, change, "job")
                if is_quiet(ticket, page.server_time) and is_right(one, change, ticket, self._connection.fields):
                    written.right[one.ticket.id] = ticket.updated_stamp
            elif one.ticket.id in failed or whole:
                result = failed.get(one.ticket.id)
                why = (result.error if result else status.message) or "no reason given"
                written.later[one.ticket.id] = Later(reason=f"the job could not update it: {why}")
            else:
                written.later[one.ticket.id] = Later(reason=f"after the job it does not carry {', '.join(dropped)}")
        self._store.forget_intents(self._lease, ids)
        under_way.landed(under_way.looks, written)

    def _give_up(self, id_: str, reason: str) -> None:
        under_way = self._jobs.pop(id_)
        later = Later(QUIET_S, count_try=False, reason=reason)
        under_way.landed(under_way.looks, Written(later={one.ticket.id: later for one in under_way.looks}))


def report(account: str, change: TicketChange, how: str) -> None:
    """Count a write and log one line of it; names and levels of ours only, no text of the ticket."""
    metrics.WRITES.labels(account, how).inc()
    shown = [d for d in change.differences if d.what != "memory"]
    said = {d.what.replace(" ", "_"): f"{d.before} -> {d.after}" if d.before else d.after for d in shown}
    log.info("written", account=account, ticket=change.ticket_id, how=how, **said)


def is_right(one: Look, change: TicketChange, after: Ticket, fields: FieldMap) -> bool:
    """Whether the ticket, read after our write, is the ticket that we decided on plus what we wrote.

    Jobs check no stamp, and ``updated_at`` counts whole seconds: an agent's edit, or a comment, within the second of
    our write has the same stamp. Only a ticket of which nothing else changed may be remembered under it.
    """
    before = one.ticket
    if any(getattr(before, name) != getattr(after, name) for name in _LOOKED_AT):
        return False
    if after.priority != (change.priority or before.priority):
        return False
    theirs = {f.id: before.field(f.id) for f in before.custom_fields if f.id not in change.fields}
    if any(after.field(id_) != value for id_, value in theirs.items()):
        return False
    if fields.foreign_tags(before) != fields.foreign_tags(after):
        return False
    expected = (
        one.comments if one.comments is not None else (1 if before.updated_stamp == before.created_stamp else None)
    )
    if expected is None:
        return True
    return after.comment_count == expected + (change.note is not None)


_LOOKED_AT = (
    "status",
    "subject",
    "raw_subject",
    "requester_id",
    "submitter_id",
    "organization_id",
    "collaborator_ids",
    "email_cc_ids",
    "follower_ids",
)
