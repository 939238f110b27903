"""Checklists -> what is still missing (policy §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.rules import is_internal, is_prospect, is_vouched_for
from zendesk_sync.policy.supply import read_supplied
from zendesk_sync.policy.terms import SHARED_ITEMS, Priority


@dataclass(frozen=True, slots=True)
class Context:
    """What the checklists say of one ticket.

    Attributes:
        engineering: missing items of the engineering list, in the list's order; None where it does not apply.
        presales: the same for the pre-sales list.
        new_engineering: whether an engineering item is missing that no CE is asked for and no note has named.
        new_presales: the same for the pre-sales list.
        was_missing: items found missing earlier that a list which still applies asks for.
        from_text: items that the text supplies, with the phrase that does.
    """

    engineering: tuple[str, ...] | None
    presales: tuple[str, ...] | None
    new_engineering: bool
    new_presales: bool
    was_missing: bool
    from_text: tuple[tuple[str, str], ...] = ()

    @property
    def applies(self) -> bool:
        return self.engineering is not None or self.presales is not None

    @property
    def missing(self) -> frozenset[str]:
        return frozenset((self.engineering or ()) + (self.presales or ()))

    @property
    def just_completed(self) -> bool:
        return self.applies and not self.missing and self.was_missing

    @property
    def engineering_only(self) -> tuple[str, ...]:
        """The engineering items to ask for beside the pre-sales list: shared items are asked once, of the CE."""
        return _asked_alone(self.engineering, self.presales)


NOTHING = Context(None, None, new_engineering=False, new_presales=False, was_missing=False)
"""No list applies."""


def review(facts: TicketFacts, counting: Priority, handbook: Handbook) -> Context:
    """Which lists apply at the level that counts, and what each still lacks."""
    presales_applies = is_prospect(facts) and is_vouched_for(facts) and not is_internal(facts)
    is_support = presales_applies or not is_prospect(facts)
    engineering_applies = counting is Priority.P2 and is_support
    if not (presales_applies or engineering_applies):
        return NOTHING
    from_text: Mapping[str, str] = {}
    if facts.subject or facts.description or facts.comments or facts.attachments:
        from_text = read_supplied(
            facts.subject, facts.description, facts.comments or (), handbook.detectors, attachments=facts.attachments
        )
    supplied = _both_names(facts.supplied | from_text.keys())
    before = _both_names(facts.missing)
    known = before | _both_names(facts.memory.asked)
    engineering = _lacking(handbook.engineering, supplied, engineering_applies)
    presales = _lacking(handbook.presales, supplied, presales_applies)
    asked: set[str] = set()
    if engineering is not None:
        asked.update(handbook.engineering)
    if presales is not None:
        asked.update(handbook.presales)
    return Context(
        engineering=engineering,
        presales=presales,
        new_engineering=bool(set(_asked_alone(engineering, presales)) - known),
        new_presales=bool(set(presales or ()) - known),
        was_missing=bool(before & asked),
        from_text=tuple(from_text.items()),
    )


def _asked_alone(engineering: tuple[str, ...] | None, presales: tuple[str, ...] | None) -> tuple[str, ...]:
    asked = {SHARED_ITEMS.get(item) for item in presales or ()}
    return tuple(item for item in engineering or () if item not in asked)


def _lacking(items: Iterable[str], supplied: AbstractSet[str], applies: bool) -> tuple[str, ...] | None:
    return tuple(item for item in items if item not in supplied) if applies else None


def _both_names(items: AbstractSet[str]) -> set[str]:
    """The items, and for those that both lists share also the other list's name."""
    out = set(items)
    for presales, engineering in SHARED_ITEMS.items():
        if presales in out or engineering in out:
            out |= {presales, engineering}
    return out
