"""The roles that clauses play, found in the patterns of evidence (policy §7). A set of roles is an integer's bits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from zendesk_sync.policy.evidence_policy import roles
from zendesk_sync.policy.patterns import Matcher

_BIT = {role: 1 << number for number, role in enumerate(roles())}
_MARKS = str.maketrans("", "", '"`*')
"""Around what a screen says; they tear no pattern apart."""
_QUOTED = re.compile(r"\"[^\"]{8,}\"|(?<!\w)'[^']{8,}'(?!\w)|「[^」]{5,}」|『[^』]{5,}』")


def of(*names: str) -> int:
    """The set of these roles."""
    return sum(_BIT[name] for name in set(names))


FAILURES = of("broken", "slow", "extremely_slow", "enter_fails", "total_loss", "every_page", "nobody")
_GRAVE = of("everyone", "nobody", "total_loss", "every_page", "security_incident")
_EVERYONE, _NOBODY, _LIMITED = of("everyone"), of("nobody"), of("limited")
_SINGLE = of("single")
_MOST, _PART_WORKS, _OTHERS_FINE = of("most"), of("part_works"), of("others_fine")
_TAKEN_BACK = _GRAVE | _LIMITED


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause and the roles it plays.

    Attributes:
        states: it says of the product how things are now (nothing denied, supposed, asked, past or hearsay).
        supposed: it is inside a supposition.
        asked: it is the question of its sentence.
    """

    text: str
    folded: str
    roles: int
    states: bool
    supposed: bool
    asked: bool


class Reader:
    """Finds the roles of clauses with the patterns of one policy."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher

    def played(self, clause: str) -> int:
        """The roles that a folded clause plays.

        A scope that the clause takes back does not count, and words in quotation marks are somebody else's, or a
        mask's: they play no grave role.
        """
        found = self._matcher.all_in(clause.translate(_MARKS))
        return self._meant(clause, found) if found & _TAKEN_BACK else found

    def find(self, role: int, folded: str) -> tuple[int, int] | None:
        """Where a clause plays one role."""
        return self._matcher.find(role, folded)

    def _meant(self, folded: str, found: int) -> int:
        if found & _GRAVE and ('"' in folded or "'" in folded or "「" in folded or "『" in folded):
            blanked = _QUOTED.sub("x", folded)
            if blanked != folded:
                found &= ~_GRAVE | self._matcher.all_in(blanked)
        if found & _LIMITED and self._is_inside_everyone(folded):
            found &= ~_LIMITED
        if found & _NOBODY:
            found &= ~_SINGLE
        if found & (_LIMITED | _OTHERS_FINE):
            found &= ~(_EVERYONE | _NOBODY)
        if found & _MOST or (found & _PART_WORKS and not found & FAILURES):
            found &= ~_EVERYONE
        return found

    def _is_inside_everyone(self, folded: str) -> bool:
        """Whether what sounds like a part is inside the words for everyone: "all three sites"."""
        whole, part = self.find(_EVERYONE, folded) or self.find(_NOBODY, folded), self.find(_LIMITED, folded)
        return bool(whole and part and whole[0] <= part[0] and part[1] <= whole[1])
