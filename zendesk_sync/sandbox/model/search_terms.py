"""Reads a search query: words and `property:value` terms. Source: Zendesk help, "Zendesk Support search reference"."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from zendesk_sync.sandbox.clock import iso, parse_iso

_TERM = re.compile(r'(-?)(?:([A-Za-z_][\w.]*?)(:|<=|>=|<|>))?("[^"]*"|\S+)')
_AGO = re.compile(r"(\d{1,6})\s*(minute|hour|day|week|month|year)s?$")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000, "year": 31_536_000}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Term:
    """One term: `name` is empty for a word of free text; `operator` is `:`, `<`, `<=`, `>` or `>=`."""

    name: str
    operator: str
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A moment as a search writes it: a day, a second, or an age; from `start` until before `end`, in ISO 8601."""

    start: str
    end: str


def read(query: str) -> list[Term]:
    """Cut a query into its terms; a quoted text is one of them."""
    found = []
    for minus, name, operator, value in _TERM.findall(query):
        found.append(Term(name.lower(), operator, value.strip('"'), minus == "-"))
    return [term for term in found if term.value]


def span(written: str, now: datetime) -> Span | None:
    """Read a date (`2026-01-31`), a moment, or an age (`4hours`); None for anything else."""
    age = _AGO.match(written.lower())
    if age:
        seconds = int(age[1]) * _SECONDS[age[2]]
        if seconds > 3_000_000_000:
            return None
        moment = now - timedelta(seconds=seconds)
        return Span(iso(moment), iso(moment + timedelta(seconds=1)))
    read_as = parse_iso(written)
    if read_as is None or not 1 < read_as.year < 9999:
        return None
    wide = timedelta(days=1) if _DAY.match(written) else timedelta(seconds=1)
    return Span(iso(read_as), iso(read_as + wide))
