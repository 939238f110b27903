"""What a backfill would cost, from a count and a sample: tickets, writes, calls, minutes, notes. Reads little."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from zendesk_sync.errors import CustomerSourceDown
from zendesk_sync.sync.connection import Connection
from zendesk_sync.sync.history import HistoryNeeded, Without
from zendesk_sync.sync.look import look, with_organizations
from zendesk_sync.zendesk.exports import Exports
from zendesk_sync.zendesk.tickets import MANY, TicketPage

PAGE = 1_000
EXPORTS_A_MINUTE = 9
"""Of the ten calls a minute that all exporters of an account share."""
POLLS_A_JOB = 0.6
"""Questions about jobs, several of which are asked after with one call."""
EVENTS_A_TICKET = 3
"""Ticket events a ticket, roughly: what a walk through the histories has to read."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What to expect.

    Attributes:
        tickets: in the slice, closed ones left out; from Zendesk's own count, which lags by minutes.
        rows: what has to be read for them, closed tickets among them.
        sampled: how many of them were decided to judge the rest by.
        writes: tickets that would be written.
        histories: tickets whose comments or history must be read.
        notes: notes that would be written, where they are asked for.
        calls: requests, verification included.
        minutes: at the account's rate and our share of it.
    """

    tickets: int
    rows: int
    sampled: int
    writes: int
    histories: int
    notes: int
    calls: int
    minutes: float

    def as_json(self) -> Mapping[str, int | float]:
        return asdict(self)


def estimate(connection: Connection, *, since: int, query: str | None) -> Estimate:
    """Count the slice, decide a hundred of its tickets, and reckon.

    Raises:
        ZendeskError: the count or the sample could not be read.
    """
    exports = Exports(connection.client)
    words = ["type:ticket"]
    if query is not None:
        words.append(query)
    elif since:
        words.append(f"updated>={datetime.fromtimestamp(since, UTC):%Y-%m-%dT%H:%M:%SZ}")
    rows = exports.count(" ".join(words))
    tickets = exports.count(" ".join([*words, "status<closed"]))
    # Not the first page of the export: that begins with the oldest tickets, which are mostly closed.
    first = next(exports.search(" ".join([*words[1:], "status<closed"])), [])
    page = connection.tickets.show_many([one.id for one in first]) if first else TicketPage([], {}, {}, _NEVER)
    sampled, changing, histories, noted = _sample(connection, with_organizations(connection.tickets, page))
    share = tickets / sampled if sampled else 0.0
    # What waits for its history was not decided; where anything is written at all, those nearly always are.
    writes, read = round((changing + histories) * share), round(histories * share)
    by_search = query is not None
    calls = _calls(rows, writes, read, by_search=by_search)
    walked = 0 if by_search else _exports(rows, read)
    minutes = _minutes(connection, calls, writes, walked)
    return Estimate(tickets, rows, sampled, writes, read, round(noted * share), calls, minutes)


_NEVER = datetime.fromtimestamp(0, UTC)


def _sample(connection: Connection, page: TicketPage) -> tuple[int, int, int, int]:
    sampled = changing = histories = noted = 0
    for ticket in page.tickets:
        if ticket.status in {"closed", "deleted"}:
            continue
        sampled += 1
        try:
            one = look(connection, ticket, page, reads=Without(connection.tickets))
        except HistoryNeeded:
            histories += 1
            noted += 1
        except CustomerSourceDown:
            changing += 1  # nobody knows; it comes by the inbox
        else:
            changing += one.change is not None
            noted += bool(one.decision.topics)
    return sampled, changing, histories, noted


def _calls(rows: int, writes: int, histories: int, *, by_search: bool) -> int:
    jobs = math.ceil(writes / MANY)
    if by_search:
        reads = 2 * math.ceil(rows / MANY) + histories
    else:
        reads = _exports(rows, histories) + math.ceil(histories / MANY)
    return reads + 2 * jobs + math.ceil(jobs * POLLS_A_JOB)


def _exports(rows: int, histories: int) -> int:
    """Calls to the incremental exports: the tickets, and where it pays the events of them all."""
    walk = math.ceil(rows * EVENTS_A_TICKET / PAGE) if histories else 0
    return math.ceil(rows / PAGE) + min(walk, histories)


def _minutes(connection: Connection, calls: int, writes: int, exports: int) -> float:
    rate = max(1.0, connection.client.budget.limit * connection.client.budget.share)
    jobs = writes / MANY / connection.account.jobs * 8 / 60
    return round(max(calls / rate, exports / EXPORTS_A_MINUTE, jobs), 1)
