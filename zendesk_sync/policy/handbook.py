"""The policy file as a validated model. ``handbook.toml`` beside this module is the default, with comments.

This module parses text that somebody else has read; it opens no file (see ``zendesk_sync/policy_files.py``).
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from zendesk_sync.policy import texts
from zendesk_sync.policy.evidence_policy import EvidencePatterns
from zendesk_sync.policy.reachable import dead_parts, plan_name
from zendesk_sync.policy.replies_policy import ReplyPatterns
from zendesk_sync.policy.supply_policy import Detectors
from zendesk_sync.policy.terms import CustomerType, Deployment, EngineeringItem, PresalesItem, Priority, Severity, Topic

T = TypeVar("T")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
READING = ("evidence", "detectors", "replies")
"""How text is read: a file without these tables reads it as the policy that ships does."""
NonEmpty = Annotated[str, Field(min_length=1)]
NEVER_PAYING = {CustomerType.PRESALES, CustomerType.FREE, CustomerType.OPEN_SOURCE, CustomerType.INTERNAL}


class Part(BaseModel):
    """Frozen; unknown keys are errors; no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SeverityText(Part):
    """How one SLA severity is called and recognised by people."""

    title: NonEmpty
    criteria: NonEmpty


class PresalesText(Part):
    """How one level of the pre-sales scale is recognised by people (a second list, never mixed with the first)."""

    criteria: NonEmpty


class Item(Part):
    """One line of a checklist: its name in drop-downs, and the question the note asks."""

    title: NonEmpty
    ask: NonEmpty


class Checklists(Part):
    """Both checklists, item id -> item, in the order in which they are asked; ``false`` takes an item off."""

    engineering: dict[str, Item | Literal[False]]
    presales: dict[str, Item | Literal[False]]

    @field_validator("engineering")
    @classmethod
    def _engineering_items(cls, value: dict[str, Item]) -> dict[str, Item]:
        return _among(value, EngineeringItem)

    @field_validator("presales")
    @classmethod
    def _presales_items(cls, value: dict[str, Item]) -> dict[str, Item]:
        return _among(value, PresalesItem)


class Customers(Part):
    """Plan names of the account's records -> customer type, and which types pay (policy §1, §2)."""

    paying: list[Annotated[CustomerType, Field(strict=False)]]
    plans: dict[str, Annotated[CustomerType, Field(strict=False)]]

    @field_validator("paying")
    @classmethod
    def _may_pay(cls, value: list[CustomerType]) -> list[CustomerType]:
        if wrong := sorted(NEVER_PAYING.intersection(value)):
            raise ValueError(f"{', '.join(wrong)} can never be paying; allowed: enterprise, team")
        return value

    def type_of(self, plan: str) -> CustomerType:
        """The customer type of a plan name; a name without an entry is unknown (policy §2)."""
        known = {plan_name(name): kind for name, kind in self.plans.items()}
        return known.get(plan_name(plan), CustomerType.UNKNOWN)


class Switches(Part):
    """Choices that the page leaves open."""

    questions: Literal["undetermined", "p2"]
    evidence: Literal["off", "hint", "propose"]
    order: Literal["level-first", "tier-first"]


class Official(Part):
    """The official priority's value for each p-level, where that is Zendesk's native Priority."""

    p0: NonEmpty
    p1: NonEmpty
    p2: NonEmpty
    p3: NonEmpty

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        values = [self.p0, self.p1, self.p2, self.p3]
        if len(set(values)) != 4:
            raise ValueError(f"the four values must differ; found {', '.join(values)}")
        return self

    def value(self, level: Priority) -> str:
        """The native value of a determined level."""
        return str(getattr(self, level.value))

    def level(self, value: str | None) -> Priority | None:
        """The level of a native value; None for empty or a value that stands for no level."""
        return next((Priority(name) for name in ("p0", "p1", "p2", "p3") if getattr(self, name) == value), None)


class Contract(Part):
    """Who has a contractual SLA: paying customers, except on these deployments (policy §2)."""

    none_on: list[Annotated[Deployment, Field(strict=False)]]


class Wishes(Part):
    """Words in a subject by which somebody asks for urgency; recorded, never obeyed (policy §2)."""

    words: tuple[NonEmpty, ...]

    @field_validator("words", mode="before")
    @classmethod
    def _frozen(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class BusinessHours(Part):
    """One continuous window a week on the wall clock of ``zone``; a moment is ``"Sunday 14:00"``."""

    zone: NonEmpty
    opens: NonEmpty
    closes: NonEmpty

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return _zone(value)

    @field_validator("opens", "closes")
    @classmethod
    def _moment(cls, value: str) -> str:
        week_minute(value)
        return value


class BreachWarnings(Part):
    """How long before a clock runs out the ticket is flagged, in elapsed minutes; 0 switches that flag off."""

    contract_minutes: Annotated[int, Field(ge=0, le=2880)] = 60
    goal_minutes: Annotated[int, Field(ge=0, le=2880)] = 30


class FirstResponse(Part):
    """Contractual targets in business hours by severity, and the internal goal in elapsed hours (policy §5).

    ``acknowledgements_count``: a mere "we are on it" stops the clocks.
    """

    acknowledgements_count: bool = False
    target_hours: dict[str, Annotated[float, Field(gt=0, strict=False)]]
    goal_hours: Annotated[float, Field(gt=0, strict=False)]
    business_hours: BusinessHours
    warnings: BreachWarnings = BreachWarnings()

    @field_validator("target_hours")
    @classmethod
    def _four_targets(cls, value: dict[str, float]) -> dict[str, float]:
        return _exactly(value, [str(int(severity)) for severity in Severity])


class Shifts(Part):
    """When more team members start, every day, on the wall clock of ``zone``."""

    zone: NonEmpty
    starts: Annotated[list[Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]], Field(min_length=1)]

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return _zone(value)


class Rarity(Part):
    """The share of customer tickets that p0 and p1 together may have before a report says so (policy §8)."""

    budget_percent: Annotated[float, Field(gt=0, le=100, strict=False)]


class Handbook(Part):
    """The whole policy file."""

    severities: dict[str, SeverityText]
    presales_scale: dict[str, PresalesText]
    customers: Customers
    contract: Contract
    switches: Switches
    official: Official
    wishes: Wishes
    first_response: FirstResponse
    rarity: Rarity
    evidence: EvidencePatterns
    detectors: Detectors
    replies: ReplyPatterns
    shifts: Shifts
    checklists: Checklists
    notes: dict[str, str]

    @cached_property
    def engineering(self) -> dict[str, Item]:
        """The engineering checklist without the items that were taken off."""
        return {name: item for name, item in self.checklists.engineering.items() if item}

    @cached_property
    def presales(self) -> dict[str, Item]:
        """The pre-sales checklist without the items that were taken off."""
        return {name: item for name, item in self.checklists.presales.items() if item}

    @model_validator(mode="after")
    def _everything_can_match(self) -> Self:
        if dead := list(dead_parts(self)):
            raise ValueError("\n".join(dead))
        return self

    @field_validator("severities")
    @classmethod
    def _four_severities(cls, value: dict[str, SeverityText]) -> dict[str, SeverityText]:
        return _exactly(value, [str(int(severity)) for severity in Severity])

    @field_validator("presales_scale")
    @classmethod
    def _three_levels(cls, value: dict[str, PresalesText]) -> dict[str, PresalesText]:
        return _exactly(value, ["p0", "p1", "p2"])

    @field_validator("notes")
    @classmethod
    def _every_topic(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in _exactly(value, ["opening", "closing", *Topic]).items():
            if wrong := texts.fault(text):
                raise ValueError(f"{name}: {wrong}")
        return value


def week_minute(moment: str) -> int:
    """Minutes from Monday 00:00 to a moment such as ``"Sunday 14:00"``.

    Raises:
        ValueError: not of that form.
    """
    match = re.fullmatch(r"(\w+) ([01]\d|2[0-3]):([0-5]\d)", moment)
    if match is None or match[1] not in DAYS:
        raise ValueError(f"must be a day and a time, such as 'Sunday 14:00'; found {moment!r}")
    return (DAYS.index(match[1]) * 24 + int(match[2])) * 60 + int(match[3])


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"unknown time zone {name!r}; expected a name such as 'America/Los_Angeles' or 'UTC'"
        ) from None
    return name


def _exactly(value: dict[str, T], names: list[str]) -> dict[str, T]:
    if missing := [name for name in names if name not in value]:
        raise ValueError(f"missing: {', '.join(missing)}")
    if unknown := [name for name in value if name not in names]:
        raise ValueError(f"unknown: {', '.join(unknown)}; allowed: {', '.join(names)}")
    return value


def _among(value: dict[str, Item], known: type[StrEnum]) -> dict[str, Item]:
    if unknown := [name for name in value if name not in set(known)]:
        raise ValueError(f"unknown item {unknown[0]!r}; allowed: {', '.join(known)}")
    return value


def parse(text: str, default: str | None = None) -> Handbook:
    """The policy file's text as a validated model.

    Args:
        text: the file's text. One that says ``extends = "default"`` needs to hold only what differs.
        default: the text of the policy that ships, for such a file.

    Raises:
        tomllib.TOMLDecodeError: not TOML.
        pydantic.ValidationError: an unknown, missing or wrong key.
    """
    data = tomllib.loads(text)
    if default is not None:
        base = tomllib.loads(default)
        if data.get("extends") == "default":
            del data["extends"]
            data = _merged(base, data)
        data = {table: base[table] for table in READING} | data
    return Handbook.model_validate(data)


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """``base`` with single keys changed; a table changes key by key, everything else as a whole."""
    out = dict(base)
    for key, value in changes.items():
        old = base.get(key)
        out[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return out
