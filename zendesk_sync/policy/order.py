"""The one total order (policy §4): "only ever a single number one"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import CustomerType, Priority, Status, Workload

BANDS = (Priority.P0, Priority.P1, Priority.P2, Priority.UNDETERMINED, Priority.P3)
"""Bands from first to last; in "undetermined" a customer waits, in p3 nobody outside does."""

TYPE_RANK = (
    CustomerType.PRESALES,
    CustomerType.ENTERPRISE,
    CustomerType.TEAM,
    CustomerType.UNKNOWN,
    CustomerType.FREE,
    CustomerType.OPEN_SOURCE,
    CustomerType.INTERNAL,
)
"""Customer types from first to last; counts in surge only."""

Key = tuple[int, int, float, int]


@dataclass(frozen=True, slots=True)
class Place:
    """What the order needs to know of a ticket; ``priority`` is the level that counts."""

    id: int
    priority: Priority
    customer: CustomerType
    received: datetime
    status: Status = Status.OPEN
    for_ce: bool = False

    @property
    def in_order(self) -> bool:
        """New or Open, and support's to move rather than the CE's."""
        return self.status.is_supports_to_move and not self.for_ce


def band(priority: Priority) -> int:
    return BANDS.index(priority)


def type_rank(customer: CustomerType) -> int:
    return TYPE_RANK.index(customer)


def key(place: Place, workload: Workload, handbook: Handbook) -> Key:
    """The sort key: strict, because the ticket id comes last."""
    first, second = band(place.priority), 0
    if workload is Workload.SURGE:
        second = type_rank(place.customer)
        if handbook.switches.order == "tier-first":
            first, second = second, first
    return (first, second, place.received.timestamp(), place.id)


class Apart(StrEnum):
    """What puts a ticket after the one before it."""

    FIRST = "first"
    LEVEL = "level"
    CUSTOMER = "customer"
    RECEIVED = "received"
    NUMBER = "number"


def apart(before: Place | None, place: Place, workload: Workload, handbook: Handbook) -> Apart:
    """The first part of the key in which two neighbours of the order differ; ``before`` is None for number one."""
    if before is None:
        return Apart.FIRST
    parts = [Apart.LEVEL, Apart.CUSTOMER, Apart.RECEIVED, Apart.NUMBER]
    if workload is Workload.SURGE and handbook.switches.order == "tier-first":
        parts[:2] = reversed(parts[:2])
    pairs = zip(key(before, workload, handbook), key(place, workload, handbook), strict=True)
    return next((part for part, (one, other) in zip(parts, pairs, strict=True) if one != other), Apart.NUMBER)


def in_words(before: Place | None, place: Place, part: Apart) -> str:
    """Why a ticket stands where it stands, as a sentence; ``part`` is what puts it after ``before``."""
    if before is None:
        return "Nothing comes before it."
    said = {
        Apart.FIRST: "nothing comes before it",
        Apart.LEVEL: f"{place.priority.value} comes after {before.priority.value}",
        Apart.CUSTOMER: f"in surge {_named(place.customer)} comes after {_named(before.customer)}",
        Apart.RECEIVED: "received later",
        Apart.NUMBER: "received at the same moment, higher number",
    }
    return f"After {before.id}: {said[part]}."


def _named(customer: CustomerType) -> str:
    return customer.value.replace("_", " ")


def order(places: Iterable[Place], workload: Workload, handbook: Handbook) -> list[Place]:
    """The tickets in support's order, first one first; those outside the order are left out."""
    return sorted((p for p in places if p.in_order), key=lambda p: key(p, workload, handbook))


def number_one(places: Iterable[Place], workload: Workload, handbook: Handbook) -> Place | None:
    """The first of the order; None where nobody waits."""
    return min((p for p in places if p.in_order), key=lambda p: key(p, workload, handbook), default=None)


def queue_band(priority: Priority, customer: CustomerType, workload: Workload, *, for_ce: bool) -> str | None:
    """The option of the "Queue band" drop-down: the band, and in surge the band with the customer type."""
    if for_ce:
        return None
    return priority.value if workload is Workload.NORMAL else f"{priority.value}_{customer.value}"


def queue_bands() -> list[tuple[str, str]]:
    """Every option of the drop-down as (option, title), in order; titles begin with a number so that views sort."""
    rows = [(level.value, level.value) for level in BANDS]
    rows += [(f"{level.value}_{kind.value}", f"{level.value} {kind.value}") for level in BANDS for kind in TYPE_RANK]
    return [(option, f"{number:02d} {title}".replace("_", " ")) for number, (option, title) in enumerate(rows, 1)]
