"""Tickets, many at once: read, export, write, and the jobs that writing starts.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeVar, cast

import httpx
import msgspec
import tenacity

from zendesk_sync.errors import UnexpectedAnswer, ZendeskUnavailable
from zendesk_sync.zendesk.client import Client, Params, decode
from zendesk_sync.zendesk.records import Audit, Comment, Group, JobStatus, MetricSet, Organization, Ticket, User
from zendesk_sync.zendesk.refusals import explain

MANY = 100
SIDELOADS = ("users", "organizations")
METRICS = "metric_sets"
TOO_RECENT = ("start_time", "StartTimeTooRecent")  # the parameter's name and the code are not translated
T = TypeVar("T")


class TicketPage(NamedTuple):
    """Tickets with the people and customers they name.

    ``server_time`` is Zendesk's own time of the reading (UTC), the earliest one where several calls were needed.
    ``groups``, and ``metrics`` by ticket, are there where they were asked for.
    """

    tickets: list[Ticket]
    users: dict[int, User]
    organizations: dict[int, Organization]
    server_time: datetime
    groups: Mapping[int, Group] = MappingProxyType({})
    metrics: Mapping[int, MetricSet] = MappingProxyType({})


class ExportPage(NamedTuple):
    """One page of the incremental export, in order of change; a ticket may come again on a later page.

    ``after_cursor`` is what to ask with next time, None while there was nothing to export yet; ``end_of_stream`` says
    that there is nothing more now.
    """

    tickets: list[Ticket]
    users: dict[int, User]
    organizations: dict[int, Organization]
    after_cursor: str | None
    end_of_stream: bool
    server_time: datetime
    metrics: Mapping[int, MetricSet] = MappingProxyType({})


class Tickets:
    """The ticket endpoints of one account. Errors raised are those of :meth:`.client.Client.request`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def show_many(self, ids: Sequence[int], include: Sequence[str] = (*SIDELOADS, METRICS)) -> TicketPage:
        """The tickets with these ids, one call for each 100; ids that Zendesk leaves out are simply missing.

        Args:
            ids: any number, at least one; given twice counts once.
            include: side-loads.
        """
        if not ids:
            raise ValueError("show_many: no ids")
        pages = []
        for some in chunks(list(dict.fromkeys(ids))):
            params = {"ids": joined(some), "include": ",".join(include)}
            pages.append(self._page("/api/v2/tickets/show_many", params))
        return TicketPage(
            tickets=[ticket for page in pages for ticket in page.tickets],
            users={key: user for page in pages for key, user in page.users.items()},
            organizations={key: one for page in pages for key, one in page.organizations.items()},
            server_time=min(page.server_time for page in pages),
            groups={key: one for page in pages for key, one in page.groups.items()},
            metrics={key: one for page in pages for key, one in page.metrics.items()},
        )

    def show(self, id: int, include: Sequence[str] = (*SIDELOADS, METRICS)) -> TicketPage:  # noqa: A002
        """One ticket, as a page of one.

        Raises:
            NotFound: there is none, it was deleted, or we may not see it.
        """
        return self._page(f"/api/v2/tickets/{id:d}", {"include": ",".join(include)})

    def comments(self, id: int) -> list[Comment]:  # noqa: A002
        """All comments and notes of one ticket, oldest first, each with its author's record.

        https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/
        """
        path = f"/api/v2/tickets/{id:d}/comments"
        pages = self._client.pages(_Comments, path, params={"page[size]": MANY, "include": "users"})
        found = unique(
            msgspec.structs.replace(comment, author=users.get(comment.author_id or 0))
            for page in pages
            for users in (_by_id(page.users),)
            for comment in page.comments
        )
        return sorted(found, key=lambda comment: (comment.created_at, comment.id))

    def audits(self, id: int) -> list[Audit]:  # noqa: A002
        """Every update of one ticket with its events, oldest first.

        https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/
        """
        pages = self._client.pages(_Audits, f"/api/v2/tickets/{id:d}/audits", params={"page[size]": MANY})
        found = unique(audit for page in pages for audit in page.audits)
        return sorted(found, key=lambda audit: (audit.created_at, audit.id))

    def organizations(self, ids: Sequence[int]) -> list[Organization]:
        """The organizations with these ids, where no ticket side-loads them; one call for each 100, none for no ids.

        https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/#show-many-organizations
        """
        path, found = "/api/v2/organizations/show_many", list[Organization]()
        for some in chunks(list(dict.fromkeys(ids))):
            answer, _ = self._client.call(_Organizations, "GET", path, params={"ids": joined(some)})
            found += answer.organizations
        return unique(found)

    def users(self, ids: Sequence[int]) -> dict[int, User]:
        """The users with these ids, by id; one call for each 100, none for no ids. Deleted ones are simply missing.

        https://developer.zendesk.com/api-reference/ticketing/users/users/#show-many-users
        """
        found = list[User]()
        for some in chunks(list(dict.fromkeys(ids))):
            answer, _ = self._client.call(_Users, "GET", "/api/v2/users/show_many", params={"ids": joined(some)})
            found += answer.users
        return _by_id(found)

    def organizations_named(self, name: str) -> list[Organization]:
        """The organizations with this name, capitals aside.

        https://developer.zendesk.com/api-reference/ticketing/organizations/organizations/#search-organizations
        """
        path, params = "/api/v2/organizations/search", {"name": name}
        return self._client.call(_Organizations, "GET", path, params=params)[0].organizations

    def export(
        self, *, cursor: str | None = None, start_time: int | None = None, per_page: int = 1_000, metrics: bool = False
    ) -> ExportPage:
        """One page of the incremental, cursor-based export; the last minute is held back by Zendesk.

        Args:
            cursor: where the last page ended.
            start_time: Unix seconds, for the very first page. One that Zendesk calls too recent means "nothing yet".
            per_page: at most 1,000.
            metrics: with what Zendesk measures of each ticket.

        Raises:
            AccessDenied: exports need an admin.
        """
        if (cursor is None) == (start_time is None):
            raise ValueError("export: give either a cursor or a start_time")
        include = (*SIDELOADS, METRICS) if metrics else SIDELOADS
        params: dict[str, str | int | bool] = {"include": ",".join(include), "per_page": per_page}
        params |= {"cursor": cursor} if cursor is not None else {"start_time": cast(int, start_time)}
        path = "/api/v2/incremental/tickets/cursor"
        answer = self._client.send("GET", path, params=params, tolerate=too_recent)
        if answer.status != 200:
            return ExportPage([], {}, {}, cursor, True, answer.server_time)
        page = decode(answer.body, _Export, f"GET {path}")
        return ExportPage(
            tickets=page.tickets,
            users=_by_id(page.users),
            organizations={one.id: one for one in page.organizations},
            after_cursor=page.after_cursor if page.after_cursor is not None else cursor,
            end_of_stream=page.end_of_stream,
            server_time=answer.server_time,
            metrics={one.ticket_id: one for one in page.metric_sets},
        )

    def update(self, id: int, payload: Mapping[str, object], *, stamp: str | None) -> Ticket:  # noqa: A002
        """Write one ticket with one request, which is sent again only if Zendesk surely did not see it.

        Args:
            id: the ticket.
            payload: the properties that change, with ``comment`` for a note.
            stamp: the ``updated_stamp`` that the decision was made on; None writes unconditionally. (Sending
                ``safe_update: false`` would switch the check on too, so without a stamp neither key is sent.)

        Raises:
            Conflict: the ticket changed since ``stamp``, or another write collided.
            AnswerLost: it may or may not have been applied; read the ticket again.
            RequestRejected: among others a closed ticket (422).
        """
        body = dict(payload)
        if stamp is not None:
            body |= {"safe_update": True, "updated_stamp": stamp}
        answer, _ = self._client.call(_One, "PUT", f"/api/v2/tickets/{id:d}", json={"ticket": body})
        return answer.ticket

    def update_many(self, items: Sequence[Mapping[str, object]]) -> JobStatus:
        """Start one job that writes up to 100 tickets, each item with its ``id`` and the properties that change.

        https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/#update-many-tickets

        Raises:
            AnswerLost: the job may be running; look for it with :meth:`all_jobs` before planning anything else.
            RateLimited: also when 30 jobs are queued or running in the account.
        """
        if not 1 <= len(items) <= MANY:
            raise ValueError(f"update_many: {len(items)} items; 1 to {MANY} are allowed")
        ids = [item.get("id") for item in items]
        if not all(isinstance(one, int) for one in ids) or len(set(ids)) != len(ids):
            raise ValueError("update_many: every item needs its own ticket id")
        body = {"tickets": [dict(item) for item in items]}
        answer, _ = self._client.call(_Job, "PUT", "/api/v2/tickets/update_many", json=body)
        return answer.job_status

    def jobs(self, ids: Sequence[str]) -> list[JobStatus]:
        """The jobs with these ids, one call for each 100. Zendesk forgets a job after a day."""
        found: list[JobStatus] = []
        for some in chunks(list(dict.fromkeys(ids))):
            answer, _ = self._client.call(
                _Jobs, "GET", "/api/v2/job_statuses/show_many", params={"ids": ",".join(some)}
            )
            found += answer.job_statuses
        return found

    def all_jobs(self) -> list[JobStatus]:
        """All jobs of the account, of every integration, that Zendesk still remembers."""
        pages = self._client.pages(_Jobs, "/api/v2/job_statuses", params={"page[size]": MANY})
        return unique(job for page in pages for job in page.job_statuses)

    def wait_for(
        self,
        job_id: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        deadline_s: float = 120.0,
    ) -> JobStatus:
        """Ask for a job until it is done, with waits growing from 1 to 10 seconds.

        Raises:
            ZendeskUnavailable: it is not done after ``deadline_s`` seconds; it goes on without us.
            NotFound: Zendesk does not know the job (any more).
        """
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda job: not job.done),
            wait=tenacity.wait_exponential(multiplier=1, min=1, max=10),
            stop=lambda state: max(state.idle_for, state.seconds_since_start or 0) + state.upcoming_sleep > deadline_s,
            sleep=sleep,
            retry_error_callback=lambda state: cast(tenacity.Future, state.outcome).result(),
        )
        job: JobStatus = retrying(lambda: self._job(job_id))
        if not job.done:
            raise ZendeskUnavailable(
                f"job {job_id} is still {job.status} after {deadline_s:g} s "
                f"({job.progress or 0} of {job.total or '?'} done)"
            )
        return job

    def _job(self, job_id: str) -> JobStatus:
        answer, _ = self._client.call(_Job, "GET", f"/api/v2/job_statuses/{job_id}")
        return answer.job_status

    def _page(self, path: str, params: Params) -> TicketPage:
        page, at = self._client.call(_Page, "GET", path, params=params)
        if page.ticket is None and page.tickets is None:
            raise UnexpectedAnswer(f"GET {path}: the answer holds no tickets")
        tickets = page.tickets if page.tickets is not None else [cast(Ticket, page.ticket)]
        return TicketPage(
            unique(tickets),
            _by_id(page.users),
            {one.id: one for one in page.organizations},
            at,
            {one.id: one for one in page.groups},
            {one.ticket_id: one for one in page.metric_sets},
        )


class _Page(msgspec.Struct):
    ticket: Ticket | None = None
    tickets: list[Ticket] | None = None
    users: list[User] = []
    organizations: list[Organization] = []
    groups: list[Group] = []
    metric_sets: list[MetricSet] = []


class _Export(msgspec.Struct):
    tickets: list[Ticket]
    end_of_stream: bool
    users: list[User] = []
    organizations: list[Organization] = []
    metric_sets: list[MetricSet] = []
    after_cursor: str | None = None


class _One(msgspec.Struct):
    ticket: Ticket


class _Comments(msgspec.Struct):
    comments: list[Comment]
    users: list[User] = []


class _Audits(msgspec.Struct):
    audits: list[Audit]


class _Organizations(msgspec.Struct):
    organizations: list[Organization]


class _Users(msgspec.Struct):
    users: list[User]


class _Job(msgspec.Struct):
    job_status: JobStatus


class _Jobs(msgspec.Struct):
    job_statuses: list[JobStatus]


class _WithId(Protocol):
    @property
    def id(self) -> object: ...


R = TypeVar("R", bound=_WithId)


def unique(records: Iterable[R]) -> list[R]:
    """Each id once, at its first place and as last read: a list that changes during the walk can repeat rows."""
    return list({record.id: record for record in records}.values())


def _by_id(users: list[User]) -> dict[int, User]:
    return {user.id: user for user in users if user.id is not None}


def too_recent(response: httpx.Response) -> bool:
    """Nothing to export from that moment on yet: 422 ``InvalidValue`` (its text) or 400 ``StartTimeTooRecent``."""
    said = explain(response.content)
    return response.status_code in {400, 422} and any(sign in said for sign in TOO_RECENT)


def chunks(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many ids at a time as Zendesk's many-at-once calls take."""
    return (ids[start : start + MANY] for start in range(0, len(ids), MANY))


def joined(ids: Sequence[int]) -> str:
    """Ids as one parameter."""
    return ",".join(f"{one:d}" for one in ids)
