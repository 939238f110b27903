"""Who owns the official priority, and what it is after this run (policy §3: the human has the last word)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zendesk_sync.policy.facts import HUMAN, TicketFacts, Wrote
from zendesk_sync.policy.terms import OfficialBy, Priority, Status


class Owner(StrEnum):
    """Whose value the official priority is."""

    OURS = "ours"
    HUMAN = "human"
    WISH = "wish"


@dataclass(frozen=True, slots=True)
class Official:
    """The official priority after this run.

    Attributes:
        value: the p-level that stands there afterwards; None is empty.
        owner: whose value it is.
        wrote: what the ticket's memory says from now on.
        says: why, for the reason tree.
    """

    value: Priority | None
    owner: Owner
    wrote: Wrote | None
    says: str

    @property
    def is_human(self) -> bool:
        return self.owner is Owner.HUMAN


def settle(facts: TicketFacts, computed: Priority, *, inferred: bool) -> Official:  # noqa: PLR0911  one return a row
    """The table of policy §3. A level read from text (``inferred``) never fills the official priority."""
    found, wrote = facts.official, facts.memory.wrote
    can_fill = computed.determined and not inferred and facts.status is not Status.CLOSED
    fill = computed if can_fill else None

    if wrote == HUMAN:
        return Official(found, Owner.HUMAN, HUMAN, "a human decided earlier; it is theirs for good")
    if wrote is not None and found != wrote:
        return Official(found, Owner.HUMAN, HUMAN, "somebody changed or cleared what this program wrote; it is theirs")
    if wrote is not None:
        if fill is None:
            return Official(found, Owner.OURS, found, "still ours, but no level is determined now; the value stays")
        return Official(fill, Owner.OURS, fill, "still ours: it follows the computed priority")
    if facts.official_unlisted:
        return Official(None, Owner.HUMAN, HUMAN, "somebody chose a value that stands for no level; it is theirs")
    if found is None:
        if fill is None:
            return Official(None, Owner.OURS, None, "empty, and there is no level to fill in")
        return Official(fill, Owner.OURS, fill, "empty, so ours to fill")
    if facts.official_by is OfficialBy.REQUESTER:
        if fill is None:
            return Official(
                found, Owner.WISH, None, "brought along by the requester: a wish, no level to replace it with"
            )
        return Official(
            fill, Owner.OURS, fill, "brought along by the requester: a wish, replaced by the computed priority"
        )
    return Official(found, Owner.HUMAN, HUMAN, "set by an agent or a rule of the account; it is theirs")
