"""The policy case format as a validated model: what a case file may say, and what is wrong with one that does not.

This module validates TOML data that somebody else has read; it opens no file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from zendesk_sync.policy.terms import (
    ALL_ITEMS,
    Author,
    CustomerType,
    Deployment,
    EngineeringItem,
    Flag,
    OfficialBy,
    PresalesItem,
    Priority,
    Reporter,
    RuleId,
    Status,
    Topic,
    Workload,
)

DEFAULT_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
KINDS = ("ticket", "queue", "first_response")
YEARS = (1970, 2200)
MAX_SHOWN = 80


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError("expected a moment such as 2026-03-02T10:00:00Z") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("expected a moment with a time zone, such as 2026-03-02T10:00:00Z")
    if not YEARS[0] <= value.year <= YEARS[1]:
        raise ValueError(f"expected a moment between the years {YEARS[0]} and {YEARS[1]}")
    return value


def _item(value: object) -> object:
    if value not in ALL_ITEMS:
        raise ValueError(f"expected one of {', '.join(ALL_ITEMS)}")
    return value


def _severity_or_none(value: object) -> object:
    if value != "none" and type(value) is not int:
        raise ValueError('expected 0, 1, 2, 3 or "none"')
    return value


def _whole(value: object) -> object:
    if type(value) is not int:
        raise ValueError("expected a whole number")
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]
AnyItem = Annotated[str, BeforeValidator(_item)]
SeverityNumber = Annotated[Literal[0, 1, 2, 3], BeforeValidator(_whole)]
PLevel = Literal["p0", "p1", "p2", "p3"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class GivenComment(_Part):
    author: Annotated[Author, Field(strict=False)] = Author.CUSTOMER
    public: bool = True
    body: str
    automatic: bool = False


class Given(_Part):
    id: Annotated[int, Field(ge=1)] = 1
    subject: str = ""
    description: str = ""
    comments: list[GivenComment] = []
    status: Annotated[Status, Field(strict=False)] = Status.NEW
    received: Moment | None = None
    customer: Annotated[CustomerType, Field(strict=False)] = CustomerType.UNKNOWN
    paying: bool | None = None
    plan_expired: bool = False
    deployment: Annotated[Deployment | None, Field(strict=False)] = None
    reporter: Annotated[Reporter, Field(strict=False)] = Reporter.CUSTOMER
    on_behalf_of_customer: bool = False
    severity: SeverityNumber | None = None
    presales_severity: Literal["p0", "p1", "p2"] | None = None
    presales_exception: bool = False
    cannot_wait: Literal["yes", "no"] | None = None
    wish: str | None = None
    beta: bool = False
    follow_up: bool = False
    official: PLevel | None = None
    official_by: Annotated[OfficialBy, Field(strict=False)] = OfficialBy.HUMAN
    wrote: Literal["p0", "p1", "p2", "p3", "human"] | None = None
    flags: list[Annotated[Flag, Field(strict=False)]] = []
    missing: list[AnyItem] = []
    noted: list[Annotated[Topic, Field(strict=False)]] = []
    supplied: list[AnyItem] = []


class Expect(_Part):
    computed: Annotated[Priority | None, Field(strict=False)] = None
    official: Literal["p0", "p1", "p2", "p3", ""] | None = None
    rule: Annotated[RuleId | None, Field(strict=False)] = None
    missing: list[Annotated[EngineeringItem, Field(strict=False)]] | None = None
    missing_presales: list[Annotated[PresalesItem, Field(strict=False)]] | None = None
    flags: list[Annotated[Flag, Field(strict=False)]] | None = None
    not_flags: list[Annotated[Flag, Field(strict=False)]] | None = None
    note: bool | None = None
    topics: list[Annotated[Topic, Field(strict=False)]] | None = None
    not_topics: list[Annotated[Topic, Field(strict=False)]] | None = None
    in_order: bool | None = None
    evidence_severity: Annotated[Literal[0, 1, 2, 3, "none"] | None, BeforeValidator(_severity_or_none)] = None


class TicketCase(_Part):
    case: str
    workload: Annotated[Workload, Field(strict=False)] = Workload.NORMAL
    at: Moment = DEFAULT_AT
    given: Given = Given()
    expect: Expect


class GivenPlace(_Part):
    id: Annotated[int, Field(ge=1)]
    priority: Annotated[Priority, Field(strict=False)]
    customer: Annotated[CustomerType, Field(strict=False)] = CustomerType.UNKNOWN
    received: Moment = DEFAULT_AT
    status: Annotated[Status, Field(strict=False)] = Status.OPEN
    for_ce: bool = False


class QueueCase(_Part):
    case: str
    workload: Annotated[Workload, Field(strict=False)] = Workload.NORMAL
    tickets: list[GivenPlace]
    order: list[int] | None = None
    number_one: int | None = None


class ExpectResponse(_Part):
    goal: Literal["met", "missed", "running", "suspended"] | None = None
    sla: Literal["met", "missed", "running", "none"] | None = None
    draft: bool | None = None


class FirstResponseCase(_Part):
    case: str
    workload: Annotated[Workload, Field(strict=False)] = Workload.NORMAL
    severity: SeverityNumber | None = None
    customer: Annotated[CustomerType, Field(strict=False)] = CustomerType.UNKNOWN
    deployment: Annotated[Deployment | None, Field(strict=False)] = None
    received: Moment
    at: Moment = DEFAULT_AT
    replied: Moment | None = None
    expect: ExpectResponse


class CaseFile(_Part):
    """One file's cases, by kind."""

    ticket: list[TicketCase] = []
    queue: list[QueueCase] = []
    first_response: list[FirstResponseCase] = []


class CaseFault(ValueError):
    """A case file that cannot be read; ``lines`` say which case, which key, and what was expected."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def parse(data: Mapping[str, Any]) -> CaseFile:
    """Validate the TOML data of one case file.

    Raises:
        CaseFault: unknown keys, wrong types or values; each with its case and key.
    """
    try:
        file = CaseFile.model_validate(data)
    except ValidationError as error:
        lines = (
            _fault_line(data, fault["loc"], fault["type"], fault["msg"], fault["input"]) for fault in error.errors()
        )
        raise CaseFault(list(dict.fromkeys(lines))) from None
    for case in file.queue:
        (most, times), *_ = [*Counter(ticket.id for ticket in case.tickets).most_common(1), (0, 0)]
        if times > 1:
            raise CaseFault([f"queue case {case.case}: tickets: id {most} stands there twice; ids must differ"])
    return file


def _fault_line(data: Mapping[str, Any], loc: tuple[int | str, ...], kind: str, message: str, found: object) -> str:
    """``ticket case G5: given.severity: what was expected; found …``"""
    where, keys = (
        "",
        [part for part in loc if not (isinstance(part, str) and part.startswith(("literal[", "function-")))],
    )
    if len(loc) >= 2 and loc[0] in KINDS and isinstance(loc[1], int):
        entry = data[str(loc[0])][loc[1]]
        name = entry.get("case") if isinstance(entry, Mapping) else None
        where, keys = f"{loc[0]} case {name or f'number {loc[1] + 1}'}: ", keys[2:]
    key = ".".join(str(part) for part in keys) or "(case)"
    if kind == "extra_forbidden":
        return f"{where}{key}: unknown key; allowed here: {', '.join(_allowed(loc))}"
    if kind == "missing":
        return f"{where}{key}: missing; expected a value here"
    if kind == "list_type" and len(loc) == 1:
        return f"{key}: write [[{key}]] with two brackets: it is a list of cases"
    if kind == "model_type":
        return f"{where}{key}: expected a table; found {_toml(found)}"
    return f"{where}{key}: {message.removeprefix('Value error, ')}; found {_toml(found)}"


def _allowed(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that the format knows at a place."""
    models: dict[str, type[BaseModel]] = {
        "ticket": TicketCase,
        "queue": QueueCase,
        "first_response": FirstResponseCase,
        "given": Given,
        "comments": GivenComment,
        "tickets": GivenPlace,
        "expect": ExpectResponse if loc[0] == "first_response" else Expect,
    }
    place = next((part for part in reversed(loc[:-1]) if isinstance(part, str) and part in models), None)
    return sorted((models[place] if place else CaseFile).model_fields)


def _toml(value: object) -> str:
    """A value as people wrote it, shortened."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    text = value.isoformat() if isinstance(value, date) else repr(value)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
