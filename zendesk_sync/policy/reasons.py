"""The reason tree of a decision: data, rendered later for a terminal, for JSON or for a note."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was looked at.

    Attributes:
        id: a rule id, or the name of a condition or step.
        says: what it asks or states, in words for people.
        held: whether it held; None for a plain statement.
        section: the policy section it comes from.
        facts: the facts it used, as name and value.
        because: the smaller reasons below it.
    """

    id: str
    says: str
    held: bool | None = None
    section: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    because: tuple[Reason, ...] = ()

    def lines(self, depth: int = 0) -> Iterator[tuple[int, Reason]]:
        """The tree from the top, each reason with its depth."""
        yield depth, self
        for reason in self.because:
            yield from reason.lines(depth + 1)

    def as_json(self) -> dict[str, Any]:
        """The tree as plain JSON values; empty parts are left out."""
        out: dict[str, Any] = {"id": self.id, "says": self.says}
        if self.held is not None:
            out["held"] = self.held
        if self.section:
            out["section"] = self.section
        if self.facts:
            out["facts"] = dict(self.facts)
        if self.because:
            out["because"] = [reason.as_json() for reason in self.because]
        return out


def shown(value: object) -> str:
    """A fact's value in words: ``none`` for absent, ``yes``/``no`` for truth."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int():
            return str(int(value))
        case frozenset() | tuple() | list():
            return ", ".join(sorted(str(item) for item in value)) or "none"
        case _:
            return str(value)
