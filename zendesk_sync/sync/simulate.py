"""What another policy would do to the same tickets: the same looking, deciding and planning, twice; nothing is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from zendesk_sync.policy.order import Key, key
from zendesk_sync.sync.look import Look, Sight, look
from zendesk_sync.zendesk.tickets import TicketPage

EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class Moved:
    """One ticket whose computed level or whose counting level changes."""

    ticket: int
    before: str
    after: str
    rule_before: str
    rule_after: str


@dataclass(slots=True)
class Side:
    """What one policy does: notes and writes it would make, and its number one."""

    notes: int = 0
    writes: int = 0
    number_one: int | None = None
    first: Key | None = field(default=None, repr=False)

    def count(self, one: Look, sight: Sight) -> None:
        if one.change is not None:
            self.writes += 1
            self.notes += one.change.note is not None
        place = one.decision.place
        if place.in_order:
            mine = key(place, sight.workload, sight.handbook)
            if self.first is None or mine < self.first:
                self.first, self.number_one = mine, place.id


@dataclass(slots=True)
class Simulation:
    """Both policies over the same tickets."""

    tickets: int = 0
    levels: Counter[tuple[str, str]] = field(default_factory=Counter)
    moved: list[Moved] = field(default_factory=list)
    changed: int = 0
    now: Side = field(default_factory=Side)
    new: Side = field(default_factory=Side)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values; ``moved`` holds the first tickets that change."""
        return {
            "tickets": self.tickets,
            "changed": self.changed,
            "levels": [{"from": old, "to": new, "tickets": n} for (old, new), n in sorted(self.levels.items())],
            "moved": [
                {
                    "ticket": one.ticket,
                    "from": one.before,
                    "to": one.after,
                    "rule_from": one.rule_before,
                    "rule_to": one.rule_after,
                }
                for one in self.moved
            ],
            "number_one": {"now": self.now.number_one, "new": self.new.number_one},
            "notes": {"now": self.now.notes, "new": self.new.notes},
            "writes": {"now": self.now.writes, "new": self.new.writes},
        }


def simulate(now: Sight, new: Sight, pages: Iterable[TicketPage]) -> Simulation:
    """Look at every ticket under the policy in force and under the new one.

    Raises:
        ZendeskError: a ticket's history or comments were needed and could not be read.
    """
    out = Simulation()
    for page in pages:
        for ticket in page.tickets:
            if ticket.status == "deleted":
                continue
            before, after = look(now, ticket, page), look(new, ticket, page)
            out.tickets += 1
            out.now.count(before, now)
            out.new.count(after, new)
            old, fresh = before.decision, after.decision
            if old.computed is not fresh.computed:
                out.levels[old.computed.value, fresh.computed.value] += 1
            if (old.computed, old.rule) != (fresh.computed, fresh.rule):
                out.changed += 1
                if len(out.moved) < EXAMPLES:
                    out.moved.append(
                        Moved(ticket.id, old.computed.value, fresh.computed.value, old.rule.value, fresh.rule.value)
                    )
    return out
