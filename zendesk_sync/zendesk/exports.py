"""Reading in bulk beside the ticket export: ticket events, organizations, search, the plain list.

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/ and
https://developer.zendesk.com/api-reference/ticketing/ticket-management/search/#export-search-results
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import field

from zendesk_sync.zendesk.client import Client, Params, decode
from zendesk_sync.zendesk.records import Organization, Ticket
from zendesk_sync.zendesk.tickets import MANY, too_recent, unique

EVENTS = "/api/v2/incremental/ticket_events"
ORGANIZATIONS = "/api/v2/incremental/organizations"
P = TypeVar("P", "_EventPage", "_OrganizationPage")


class TicketEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One update of one ticket. Each child event is one change or comment, as Zendesk gives it.

    A change carries ``event_type``, ``previous_value``, its own ``via``, and the new value under the *field's name*; a
    comment carries ``body``, ``public``, ``author_id``.
    """

    id: int
    ticket_id: int
    timestamp: int
    created_stamp: str | None = field(name="created_at", default=None)
    updater_id: int | None = None
    via: object = None
    child_events: tuple[dict[str, object], ...] | None = ()

    @property
    def children(self) -> tuple[dict[str, object], ...]:
        """All of them. A null in their place is none, and must not cost the others of a page the nulls they hold."""
        return self.child_events or ()


class EventPage(NamedTuple):
    """Ticket events in order of time; ask again with ``end_time``. Pages overlap by the boundary second."""

    events: list[TicketEvent]
    end_time: int
    end_of_stream: bool
    server_time: datetime


class OrganizationPage(NamedTuple):
    """Changed organizations; ask again with ``end_time``. Pages overlap by the boundary second."""

    organizations: list[Organization]
    end_time: int
    end_of_stream: bool
    server_time: datetime


class Exports:
    """The bulk reading endpoints of one account.

    Errors raised are those of :meth:`.client.Client.request`. All ``incremental`` calls, the ticket export included,
    share 10 calls a minute (30 with the high-volume add-on) with every other integration, and need an admin.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def events(self, start_time: int) -> EventPage:
        """One page of ticket events from ``start_time`` (Unix seconds) on, with the comments' text."""
        params: Params = {"start_time": start_time, "include": "comment_events"}
        page, at = self._incremental(_EventPage, EVENTS, params)
        if page is None:
            return EventPage([], start_time, True, at)
        end = page.end_time if page.end_time is not None else start_time
        return EventPage(unique(page.ticket_events), end, bool(page.end_of_stream), at)

    def organizations(self, start_time: int) -> OrganizationPage:
        """One page of organizations changed since ``start_time`` (Unix seconds), deleted ones included."""
        page, at = self._incremental(_OrganizationPage, ORGANIZATIONS, {"start_time": start_time})
        if page is None:
            return OrganizationPage([], start_time, True, at)
        end = page.end_time if page.end_time is not None else start_time
        return OrganizationPage(unique(page.organizations), end, bool(page.end_of_stream), at)

    def search(self, query: str) -> Iterator[list[Ticket]]:
        """Every ticket that matches, a page of 100 at a time, in Zendesk's search language (``status<solved``).

        The index lags by minutes, so what is not found may still be there. A ticket can come twice. 100 calls a minute.
        """
        params: Params = {"query": query, "filter[type]": "ticket", "page[size]": MANY}
        for page in self._client.pages(_Results, "/api/v2/search/export", params=params):
            yield page.results

    def count(self, query: str) -> int:
        """How many records match, in Zendesk's search language; the index lags by minutes."""
        return self._client.call(_Count, "GET", "/api/v2/search/count", params={"query": query})[0].count

    def latest(self) -> Iterator[list[Ticket]]:
        """All tickets that are not archived, last updated first, a page of 100 at a time; stop reading when enough.

        What is left where the exports are refused: it needs no admin, but shows no deleted tickets.
        """
        params: Params = {"page[size]": MANY, "sort": "-updated_at"}
        for page in self._client.pages(_List, "/api/v2/tickets", params=params):
            yield page.tickets

    def _incremental(self, shape: type[P], path: str, params: Params) -> tuple[P | None, datetime]:
        answer = self._client.send("GET", path, params=params, tolerate=too_recent)
        if answer.status != 200:
            return None, answer.server_time
        return decode(answer.body, shape, f"GET {path}"), answer.server_time


class _EventPage(msgspec.Struct):
    ticket_events: list[TicketEvent]
    end_time: int | None = None
    end_of_stream: bool | None = False


class _OrganizationPage(msgspec.Struct):
    organizations: list[Organization]
    end_time: int | None = None
    end_of_stream: bool | None = False


class _Results(msgspec.Struct):
    results: list[Ticket]


class _Count(msgspec.Struct):
    count: int


class _List(msgspec.Struct):
    tickets: list[Ticket]
