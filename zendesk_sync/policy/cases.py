"""Case files: what people who do not program expect of the policy, held or failed (the policy case format).

``parse`` validates the TOML data of one file; ``run`` evaluates its cases. No file is opened here.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from zendesk_sync.policy.decide import Decision, decide
from zendesk_sync.policy.explain import reasons
from zendesk_sync.policy.facts import HUMAN, Comment, Memory, TicketFacts
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import Place, number_one, order
from zendesk_sync.policy.reasons import Reason
from zendesk_sync.policy.response import first_response
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
    Severity,
    Status,
    Topic,
    Workload,
)

DEFAULT_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
KINDS = ("ticket", "queue", "first_response")
SHUFFLES = 5
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


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that did not hold."""

    key: str
    expected: Any
    actual: Any


@dataclass(frozen=True, slots=True)
class Result:
    """One case: held, or what failed, with the reasons of a decision that was not as expected."""

    case: str
    kind: str
    failures: tuple[Failure, ...]
    reasons: Reason | None = None

    @property
    def ok(self) -> bool:
        return not self.failures


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


def run(file: CaseFile, handbook: Handbook) -> list[Result]:
    """Evaluate every case of one file, in the order of the file within each kind."""
    return [
        *(_ticket(case, handbook) for case in file.ticket),
        *(_queue(case, handbook) for case in file.queue),
        *(_first_response(case, handbook) for case in file.first_response),
    ]


def facts_of(case: TicketCase) -> TicketFacts:
    """The facts that a ticket case gives."""
    given = case.given
    wrote = None if given.wrote is None else HUMAN if given.wrote == HUMAN else Priority(given.wrote)
    return TicketFacts(
        id=given.id,
        received=given.received or case.at,
        subject=given.subject,
        description=given.description,
        comments=tuple(Comment(c.author, c.public, c.body) for c in given.comments),
        status=given.status,
        customer=given.customer,
        customer_source="the case file",
        paying=given.paying,
        plan_expired=given.plan_expired,
        deployment=given.deployment,
        reporter=given.reporter,
        on_behalf_of_customer=given.on_behalf_of_customer,
        severity=None if given.severity is None else Severity(given.severity),
        presales_severity=None if given.presales_severity is None else Priority(given.presales_severity),
        presales_exception=given.presales_exception,
        cannot_wait=None if given.cannot_wait is None else given.cannot_wait == "yes",
        wish=given.wish,
        beta=given.beta,
        follow_up=given.follow_up,
        official=None if given.official is None else Priority(given.official),
        official_by=given.official_by,
        memory=Memory(wrote, frozenset(given.noted)),
        flags=frozenset(given.flags),
        missing=frozenset(given.missing),
        supplied=frozenset(given.supplied),
    )


def _ticket(case: TicketCase, handbook: Handbook) -> Result:
    decision = decide(facts_of(case), handbook, case.workload, case.at)
    actual = _actual(decision)
    failures = []
    for key in case.expect.model_fields_set:
        expected = getattr(case.expect, key)
        found = actual[key.removeprefix("not_")]
        if key in {"flags", "topics"}:
            held = set(expected) <= set(found)
        elif key.startswith("not_"):
            held = not set(expected) & set(found)
        elif isinstance(expected, list):
            held = set(expected) == set(found)
        else:
            held = expected == found
        if not held:
            failures.append(Failure(key, _json(expected), _json(found)))
    why = reasons(decision, handbook) if failures else None
    return Result(case.case, "ticket", tuple(sorted(failures, key=lambda f: f.key)), why)


def _actual(decision: Decision) -> dict[str, Any]:
    """Values by their key in ``expect``."""
    return {
        "computed": decision.computed,
        "official": decision.official.value.value if decision.official.value else "",
        "rule": decision.rule,
        "missing": sorted(decision.context.engineering or ()),
        "missing_presales": sorted(decision.context.presales or ()),
        "flags": sorted(decision.flags),
        "note": decision.note,
        "topics": list(decision.topics),
        "in_order": decision.in_order,
        "evidence_severity": "none",
    }


def _queue(case: QueueCase, handbook: Handbook) -> Result:
    """The tickets as given, reversed and shuffled must all give the same order."""
    places = [Place(t.id, t.priority, t.customer, t.received, t.status, t.for_ce) for t in case.tickets]
    chance = random.Random(case.case)  # noqa: S311  repeatable shuffles, no secret
    inputs = [places, places[::-1], *(chance.sample(places, len(places)) for _ in range(SHUFFLES))]
    failures: dict[str, Failure] = {}
    for tickets in inputs:
        found = [place.id for place in order(tickets, case.workload, handbook)]
        if case.order is not None and found != case.order:
            failures.setdefault("order", Failure("order", case.order, found))
        first = number_one(tickets, case.workload, handbook)
        if case.number_one is not None and (first.id if first else None) != case.number_one:
            failures.setdefault("number_one", Failure("number_one", case.number_one, first.id if first else None))
    return Result(case.case, "queue", tuple(failures.values()))


def _first_response(case: FirstResponseCase, handbook: Handbook) -> Result:
    facts = TicketFacts(
        id=1,
        received=case.received,
        customer=case.customer,
        deployment=case.deployment,
        severity=None if case.severity is None else Severity(case.severity),
    )
    clocks = first_response(facts, case.replied, case.at, handbook, case.workload)
    failures = [
        Failure(key, getattr(case.expect, key), _json(getattr(clocks, key)))
        for key in ("goal", "sla", "draft")
        if key in case.expect.model_fields_set and getattr(case.expect, key) != getattr(clocks, key)
    ]
    return Result(case.case, "first_response", tuple(failures))


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(str(item) for item in value)
    return value.value if isinstance(value, Priority | RuleId) or hasattr(value, "value") else value


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
