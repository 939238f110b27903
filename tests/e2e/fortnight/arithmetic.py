"""How the oracle counts time and shares; shares no code with what it judges."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WALL = ZoneInfo("America/Los_Angeles")


def business_seconds(begins: float, ends: float) -> float:
    """What of it lies in Sunday 14:00 to Friday 17:00 on the wall clock of Los Angeles."""
    first = datetime.fromtimestamp(begins, WALL).date() - timedelta(days=14)
    sunday = first - timedelta(days=(first.weekday() + 1) % 7)
    spent = 0.0
    while True:
        opens = datetime(sunday.year, sunday.month, sunday.day, 14, tzinfo=WALL).timestamp()
        friday = sunday + timedelta(days=5)
        closes = datetime(friday.year, friday.month, friday.day, 17, tzinfo=WALL).timestamp()
        if opens >= ends:
            return spent
        spent += max(0.0, min(ends, closes) - max(begins, opens))
        sunday += timedelta(days=7)


def judged(spent: float, target: float, *, replied: bool) -> str:
    if spent > target:
        return "missed"
    return "met" if replied else "running"


def percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def hours(seconds: float) -> float:
    return round(seconds / 3600, 2)


def median_hours(seconds: Iterable[float]) -> float | None:
    found = list(seconds)
    return hours(statistics.median(found)) if found else None


def iso(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
