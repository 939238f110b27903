"""A table of customers: CSV or TSV text -> rows by organization id, mail domain and name. Pure.

Every fault names file, line and column, what was found and what is expected; a table with a fault is not used at all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from zendesk_sync.customer_settings import Column
from zendesk_sync.customers.answer import Answer, day_of, deployment_of, yes_or_no
from zendesk_sync.customers.mail_domains import DOMAIN, identifies
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.zendesk.records import Organization

KEYS = (Column.ORGANIZATION_ID, Column.DOMAIN, Column.NAME)
DECIDING = (Column.PLAN, Column.PAYING, Column.LIFECYCLE)
FAULTS_SHOWN = 20
LARGEST_ID = 2**63 - 1
K = TypeVar("K", int, str)


@dataclass(frozen=True, slots=True)
class Row:
    """One customer; ``line`` is where it begins in the file."""

    line: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Changed:
    """The keys under which two versions of a table answer differently."""

    organizations: frozenset[int] = frozenset()
    domains: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.organizations or self.domains or self.names)

    def concerns(self, organization: Organization) -> bool:
        return (
            organization.id in self.organizations
            or not self.domains.isdisjoint(domain.casefold() for domain in organization.domain_names)
            or plain_name(organization.name or "") in self.names
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """A table that was read without a fault."""

    by_organization: Mapping[int, Row] = field(default_factory=dict)
    by_domain: Mapping[str, Row] = field(default_factory=dict)
    by_name: Mapping[str, Row] = field(default_factory=dict)
    count: int = 0

    def of_organization(self, organization: Organization) -> list[Row]:
        """Its row: by its id, else by its mail domains, else by its name. Several only where its domains disagree."""
        if (row := self.by_organization.get(organization.id)) is not None:
            return [row]
        domains = (self.by_domain.get(domain.casefold()) for domain in organization.domain_names)
        if found := list(dict.fromkeys(row for row in domains if row is not None)):
            return found[:1] if len({row.answer for row in found}) == 1 else found
        row = self.by_name.get(plain_name(organization.name or ""))
        return [] if row is None else [row]

    def changed(self, before: Rows) -> Changed:
        """Where this version answers otherwise than ``before``."""
        return Changed(
            frozenset(_differing(self.by_organization, before.by_organization)),
            frozenset(_differing(self.by_domain, before.by_domain)),
            frozenset(_differing(self.by_name, before.by_name)),
        )


def plain_name(name: str) -> str:
    """Names compare without capitals, and any blanks are one."""
    return " ".join(name.casefold().split())


def parse(data: bytes, file: str, columns: Mapping[Column, str], public_domains: Iterable[str]) -> Rows:
    """Read a table.

    Args:
        data: the file's content, UTF-8, with or without byte order mark.
        file: its name, for messages; ``.tsv`` and ``.tab`` are separated by tabs, all else by commas or semicolons.
        columns: our column -> header, where they differ.
        public_domains: as in :func:`.mail_domains.identifies`.

    Raises:
        ConfigurationError: all faults, one a line.
    """
    faults: list[str] = []
    rows = _Reading(file, tuple(public_domains), faults).read(_decoded(data, file), columns)
    if faults:
        more = [f"{file}: ... and {len(faults) - FAULTS_SHOWN} more"] if len(faults) > FAULTS_SHOWN else []
        raise ConfigurationError("\n".join([*faults[:FAULTS_SHOWN], *more]))
    return rows


class _Reading:
    """One reading of one table; faults are collected, so that a person mends them all at once."""

    def __init__(self, file: str, public_domains: tuple[str, ...], faults: list[str]) -> None:
        self._file, self._public, self._faults = file, public_domains, faults
        self._header: dict[Column, str] = {}
        self._by_organization: dict[int, Row] = {}
        self._by_domain: dict[str, Row] = {}
        self._by_name: dict[str, Row] = {}

    def read(self, text: str, columns: Mapping[Column, str]) -> Rows:
        lines = self._lines(text)
        _, header = next(lines, (1, list[str]()))
        places = self._places(header, columns)
        if self._faults:
            return Rows()
        count = 0
        for line, cells in lines:
            if len(cells) != len(header):
                self._fault(line, f"{len(cells)} cells; expected {len(header)}, as in the header")
                continue
            count += 1
            self._row(line, {column: cells[place].strip() for column, place in places.items()})
        return Rows(self._by_organization, self._by_domain, self._by_name, count)

    def _lines(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Records that are not blank, each with the line it begins on."""
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(self._file, text), strict=True)
        while True:
            begins = reader.line_num + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                self._fault(begins, f"not readable as a table: {error}; are all quotes closed?")
                return
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield begins, cells

    def _places(self, header: list[str], columns: Mapping[Column, str]) -> dict[Column, int]:
        names = [name.strip().casefold() for name in header]
        places = dict[Column, int]()
        for column in Column:
            wanted = columns.get(column, column.value)
            at = [place for place, name in enumerate(names) if name == wanted.strip().casefold()]
            if len(at) > 1:
                self._fault(1, f"the column {wanted!r} stands there twice; expected once")
            elif at:
                places[column] = at[0]
                self._header[column] = wanted
            elif column in columns:
                self._fault(1, f"no column {wanted!r}, which customers.table.columns names; found {_listed(header)}")
        if not any(key in places for key in KEYS):
            self._fault(1, f"no column by which a customer is found; expected one of {_listed(KEYS)}")
        if not any(column in places for column in DECIDING):
            self._fault(1, f"no column that says who pays; expected one of {_listed(DECIDING)}")
        return places

    def _row(self, line: int, cells: Mapping[Column, str]) -> None:
        row = Row(line, self._answer(line, cells))
        id_, domains, name = (cells.get(key, "") for key in KEYS)
        if not (id_ or domains or name):
            self._fault(line, f"nothing by which the customer is found; expected one of {_listed(KEYS)}")
        if id_:
            if id_.isascii() and id_.isdecimal() and 0 < int(id_) <= LARGEST_ID:
                self._keep(self._by_organization, int(id_), row, Column.ORGANIZATION_ID)
            else:
                self._wrong(line, Column.ORGANIZATION_ID, id_, "the number of a Zendesk organization")
        for domain in domains.casefold().replace(",", " ").replace(";", " ").split():
            if not DOMAIN.fullmatch(domain):
                self._wrong(line, Column.DOMAIN, domain, "a mail domain such as customer.example")
            elif not identifies(domain, self._public):
                self._wrong(line, Column.DOMAIN, domain, "a domain of one customer; this one anybody can have")
            else:
                self._keep(self._by_domain, domain, row, Column.DOMAIN)
        if name:
            self._keep(self._by_name, plain_name(name), row, Column.NAME)

    def _answer(self, line: int, cells: Mapping[Column, str]) -> Answer:
        paying = deployment = ends = None
        if word := cells.get(Column.PAYING):
            paying = yes_or_no(word)
            if paying is None:
                self._wrong(line, Column.PAYING, word, "yes or no")
        if word := cells.get(Column.DEPLOYMENT):
            deployment = deployment_of(word)
            if deployment is None:
                self._wrong(line, Column.DEPLOYMENT, word, "cloud or self_hosted")
        if word := cells.get(Column.PLAN_ENDS):
            ends = day_of(word)
            if ends is None:
                self._wrong(line, Column.PLAN_ENDS, word, "a day such as 2026-12-31")
        return Answer(cells.get(Column.PLAN) or None, paying, cells.get(Column.LIFECYCLE) or None, deployment, ends)

    def _keep(self, known: dict[K, Row], key: K, row: Row, column: Column) -> None:
        other = known.setdefault(key, row)
        if other is not row:
            self._wrong(row.line, column, str(key), f"each once; line {other.line} has it too")

    def _wrong(self, line: int, column: Column, found: str, expected: str) -> None:
        self._fault(line, f"column {self._header[column]!r}: found {found[:80]!r}; expected {expected}")

    def _fault(self, line: int, what: str) -> None:
        self._faults.append(f"{self._file}: line {line}: {what}")


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{file}: line {line}: not UTF-8; save the table as CSV UTF-8") from None


def _delimiter(file: str, text: str) -> str:
    """Spreadsheets of many countries separate by semicolons."""
    if file.casefold().endswith((".tsv", ".tab")):
        return "\t"
    header = text.partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","


def _listed(words: Iterable[str]) -> str:
    return ", ".join(repr(str(word)) for word in words)


def _differing(now: Mapping[K, Row], before: Mapping[K, Row]) -> Iterator[K]:
    for key in now.keys() | before.keys():
        one, other = now.get(key), before.get(key)
        if (one and one.answer) != (other and other.answer):
            yield key
