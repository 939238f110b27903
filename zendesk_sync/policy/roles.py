"""The roles that clauses play, looked up lazily in the patterns of evidence (policy §7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from zendesk_sync.policy.patterns import Matcher

FAILURES = ("broken", "slow", "extremely_slow", "enter_fails", "total_loss", "every_page", "nobody")
GRAVE = frozenset({"everyone", "nobody", "total_loss", "every_page", "security_incident"})
_QUOTED = re.compile(r"\"[^\"]{8,}\"|(?<!\w)'[^']{8,}'(?!\w)|「[^」]{5,}」|『[^』]{5,}』")


class Whole:
    """Which roles a whole text plays, looked up when somebody asks: what it lacks, no clause of it has."""

    __slots__ = ("_data", "known", "matcher")

    def __init__(self, clauses: Iterable[str], matcher: Matcher) -> None:
        self.matcher = matcher
        self.known: dict[str, bool] = {}
        self._data = "\n".join(clauses).encode()

    def look_up(self, role: str) -> bool:
        found = self.known[role] = self.matcher.occurs(role, self._data)
        return found


class Roles:
    """The roles of a clause. A scope that the clause takes back does not count, and words in quotation marks are
    somebody else's, or a mask's: they play no grave role.
    """

    __slots__ = ("_data", "_known", "_whole", "folded")

    def __init__(self, folded: str, whole: Whole) -> None:
        self.folded = folded
        self._data = folded.encode()
        self._known: dict[str, bool] = {}
        self._whole = whole

    def plays(self, *roles: str) -> bool:
        """Whether the clause plays one of the roles. Asked some hundred times a text, hence without detours."""
        known, whole = self._known, self._whole.known
        for role in roles:
            found = known.get(role)
            if found is None:
                found = whole.get(role)
                if found is None:
                    found = self._whole.look_up(role)
                found = known[role] = found and self._look_up(role)
            if found:
                return True
        return False

    def find(self, role: str) -> tuple[int, int] | None:
        """Where the clause plays the role."""
        return self._whole.matcher.find(role, self.folded)

    def _look_up(self, role: str) -> bool:
        occurs = self._whole.matcher.occurs
        if not occurs(role, self._data):
            return False
        if role in GRAVE and _QUOTED.search(self.folded) and not occurs(role, _QUOTED.sub("x", self.folded).encode()):
            return False
        if role == "limited":
            return not self._is_inside_everyone()
        if role == "everyone" and (self.plays("most") or (self.plays("part_works") and not self.plays(*FAILURES))):
            return False
        return role not in {"everyone", "nobody"} or not self.plays("limited", "others_fine")

    def _is_inside_everyone(self) -> bool:
        """Whether what sounds like a part is inside the words for everyone: "all three sites"."""
        whole, part = self.find("everyone") or self.find("nobody"), self.find("limited")
        return bool(whole and part and whole[0] <= part[0] and part[1] <= whole[1])


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause and the roles it plays.

    Attributes:
        states: it says of the product how things are now (nothing denied, supposed, asked, past or hearsay).
        supposed: it is inside a supposition.
        asked: it is the question of its sentence.
    """

    text: str
    roles: Roles
    states: bool
    supposed: bool
    asked: bool

    def plays(self, *roles: str) -> bool:
        return self.roles.plays(*roles)
