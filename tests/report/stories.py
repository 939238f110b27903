"""Happenings as short lines, for tests that tell a ticket's story."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.policy.facts import HANDBOOK
from zendesk_sync.report.figures import Window, report
from zendesk_sync.report.model import Report
from zendesk_sync.report.story import Story, told
from zendesk_sync.store.chronicles import Happening
from zendesk_sync.store.workloads import Surge

MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
"""Midnight; the business week has begun ten hours ago."""
HOUR, DAY = 3600, 86_400
OURS, ANN, CUSTOMER = 1, 2, 3
PEOPLE = {"program": OURS, "agent": ANN, "end-user": CUSTOMER}


def happened(ticket: int, *lines: str) -> list[Happening]:
    """Each line is ``HOURS what=value [what=value ...] by``: one update, so many hours after Monday's midnight.

    ``created`` takes no value. Several words of one value are joined by ``+``.
    """
    found: list[Happening] = []
    for number, line in enumerate(lines):
        at, *changes, by = line.split()
        event, when = ticket * 1000 + number, MONDAY + round(float(at) * HOUR)
        for n, change in enumerate(changes):
            what, _, value = change.partition("=")
            found.append(Happening(event, n, ticket, when, what, value.replace("+", " ") or None, by, PEOPLE.get(by)))
    return found


def story(*lines: str, ticket: int = 7, until: float = 24 * 7) -> Story:
    """The story at ``until``, hours after Monday's midnight."""
    found = told(ticket, happened(ticket, *lines), MONDAY + round(until * HOUR))
    assert found is not None
    return found


def counted(
    tickets: dict[int, list[str]], *, since: float = 0, until: float = 24 * 7, surges: list[Surge] | None = None
) -> Report:
    """The report of these tickets; ``since`` and ``until`` in hours after Monday's midnight."""
    window = Window(MONDAY + round(since * HOUR), MONDAY + round(until * HOUR))
    rows = [(ticket, happened(ticket, *lines)) for ticket, lines in tickets.items()]
    return report("acme", rows, window, HANDBOOK, surges)


def surge(begins: float, ends: float, *, ended: float | None = None) -> Surge:
    """From and until so many hours after Monday's midnight."""
    at, until = MONDAY + begins * HOUR, MONDAY + ends * HOUR
    return Surge("kim", at, until, "release", (), None if ended is None else MONDAY + ended * HOUR, None)
