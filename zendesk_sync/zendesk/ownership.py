"""Whose a thing in the account is: the line that everything made by ``setup`` carries in its description. Pure.

``Managed by zendesk-sync (zs_ view queue 1f3a.77b0.c2d4).`` says which of our things it is, whatever people call it,
and what was written there last: four characters for each aspect, so that a change by hand can be told from a new
blueprint.
It stands in Zendesk, so it is there when this machine is not. What lost the line is never deleted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LINE = re.compile(
    r"\s*Managed by zendesk-sync \((?P<prefix>[a-z0-9_]+) (?P<kind>[a-z]+) (?P<key>[a-z0-9_]+)"
    r"(?: (?P<written>[0-9a-f]{4}(?:\.[0-9a-f]{4})*))?\)\.?"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """The line, taken apart.

    Attributes:
        prefix: the prefix of the account's option tags; two sets of things in one account differ by it.
        kind: ``field``, ``organization``, ``webhook``, ``trigger`` or ``view``.
        key: which of them.
        written: a digest for each aspect as it was written last; empty where a person typed the line.
    """

    prefix: str
    kind: str
    key: str
    written: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        written = f" {'.'.join(self.written)}" if self.written else ""
        return f"Managed by zendesk-sync ({self.prefix} {self.kind} {self.key}{written})."

    def names(self, prefix: str, kind: str, key: str) -> bool:
        """Whether it is the line of this very thing."""
        return (self.prefix, self.kind, self.key) == (prefix, kind, key)


def mark_of(description: str | None) -> Mark | None:
    """The line in a description; None where there is none."""
    found = LINE.search(description or "")
    if found is None:
        return None
    return Mark(
        found["prefix"],
        found["kind"],
        found["key"],
        tuple((found["written"] or "").split(".")) if found["written"] else (),
    )


def unmarked(description: str | None) -> str:
    """The description without the line; the other words stay."""
    return LINE.sub("", description or "").strip()


def marked(description: str | None, mark: Mark) -> str:
    """The description with this line in the place of an older one, or at its end; the other words stay."""
    if LINE.search(description or ""):
        return LINE.sub(lambda found: f"{' ' if found.start() else ''}{mark.line}", description or "", count=1)
    return f"{(description or '').strip()} {mark.line}".strip()
