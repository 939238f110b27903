"""What happened to one ticket up to a moment: its state then, and what people did to it on the way. Pure.

The words are those of ``docs/report.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from zendesk_sync.policy.terms import CustomerType, Flag, Priority, RuleId, Status
from zendesk_sync.report.model import NONE
from zendesk_sync.report.rule_behind import rule_behind
from zendesk_sync.store.chronicles import Happening

PROGRAM: Final = "program"
PEOPLE: Final = frozenset({"agent", "ce", "end-user"})
RULE: Final = "rule"
REQUESTER: Final = "end-user"
URGENT: Final = frozenset({Priority.P0.value, Priority.P1.value})
_LEVELS: Final = {
    level.value: number for number, level in enumerate((Priority.P0, Priority.P1, Priority.P2, Priority.P3))
}
"""Levels, the more urgent first."""
_OVER: Final = frozenset({Status.SOLVED.value, Status.CLOSED.value})


@dataclass(frozen=True, slots=True)
class Value:
    """One field's value, and who gave it when; ``came`` says with the ticket."""

    value: str | None = None
    by: str = "unknown"
    who: int | None = None
    at: int = 0
    came: bool = False


EMPTY: Final = Value()


@dataclass(frozen=True, slots=True)
class Override:
    """A change of the official priority to something else than the computed level.

    Attributes:
        direction: ``up``, ``down`` or ``cleared``.
        by_rule: a rule of the account made it, no person.
        rule: the policy's rule that gave the computed level.
    """

    at: int
    direction: str
    by_rule: bool
    rule: RuleId


@dataclass(frozen=True, slots=True)
class Completion:
    """Everything that was missing has been supplied; ``took_s`` since it was found missing."""

    at: int
    took_s: int


@dataclass(slots=True)
class Story:
    """One ticket up to a moment.

    Attributes:
        created: when it was created, Unix seconds.
        follows: it follows a closed ticket.
        flags: each flag that is on, and since when.
        replied: the first reply that counts; None for none yet.
        was_missing: something was missing at some time.
        overrides, completions: what happened on the way, in order of time.
    """

    ticket: int
    created: int = 0
    follows: bool = False
    values: dict[str, Value] = field(default_factory=dict)
    flags: dict[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    replied: int | None = None
    was_missing: bool = False
    overrides: list[Override] = field(default_factory=list)
    completions: list[Completion] = field(default_factory=list)
    _before_program: str | None = None
    _early: Value | None = None

    def value(self, what: str) -> str | None:
        """A field's value in our words."""
        return self.values.get(what, EMPTY).value

    @property
    def computed(self) -> str | None:
        """The computed level; None where the ticket was not looked at."""
        return self.value("computed")

    @property
    def customer(self) -> str:
        return self.value("customer") or CustomerType.UNKNOWN.value

    @property
    def is_customers(self) -> bool:
        return self.customer != CustomerType.INTERNAL.value

    @property
    def is_over(self) -> bool:
        return self.value("status") in _OVER

    @property
    def official_counts(self) -> bool:
        """A person or a rule of the account gave it a level (policy §3)."""
        official = self.values.get("official", EMPTY)
        is_theirs = official.by != PROGRAM and not self._is_inherited_or_wish(official)
        return official.value in _LEVELS and is_theirs

    @property
    def level(self) -> str:
        """The level that counts."""
        return (self.value("official") if self.official_counts else self.computed) or NONE

    def has(self, flag: Flag) -> bool:
        return flag.value in self.flags

    def rule(self) -> RuleId:
        """The rule that gave the computed level."""
        return rule_behind(self.computed, self.customer, self.value("severity"), is_for_ce=self.has(Flag.FOR_CE))

    def _is_inherited_or_wish(self, official: Value) -> bool:
        return official.came and (self.follows or official.by == REQUESTER)

    def see(self, update: Sequence[Happening]) -> None:
        """The next update."""
        computed, had_missing = self.computed, self.flags.get(Flag.CONTEXT_MISSING.value)
        had_complete = self.has(Flag.CONTEXT_COMPLETE)
        came, officials = any(one.what == "created" for one in update), list[tuple[Value, Value]]()
        for one in update:
            if one.what == "created":
                self.created = one.at
                self.replied = None if self.replied is None else max(self.replied, one.at)  # an import's older comments
            elif one.what == "follows":
                self.follows = True
            elif one.what == "flags":
                on = (one.value or "").split()
                self.flags = {flag: self.flags.get(flag, one.at) for flag in on}
            elif one.what == "missing":
                self.missing = tuple((one.value or "").split())
            elif one.what == "reply":
                self.replied = one.at if self.replied is None else self.replied
            else:
                before, now = self.values.get(one.what, EMPTY), Value(one.value, one.by, one.who, one.at, came)
                self.values[one.what] = now
                officials += [(before, now)] if one.what == "official" else []
        for before, now in officials:  # a person's, and then that of a rule of the account, in one update
            self._official(before, now, computed)
        self.was_missing = self.was_missing or self.has(Flag.CONTEXT_MISSING)
        is_complete = self.has(Flag.CONTEXT_COMPLETE) and not self.has(Flag.CONTEXT_MISSING)
        # With both on before, a merge brought the other ticket's tags along: nothing was supplied.
        if had_missing is not None and is_complete and not had_complete:
            at = update[0].at
            self.completions.append(Completion(at, at - had_missing))
        if computed is None and self.computed is not None and self._early is not None:
            self._compare(self._early, self.computed)
            self._early = None

    def _official(self, before: Value, now: Value, computed: str | None) -> None:
        """Somebody changed the official priority."""
        if now.by == PROGRAM:
            self._before_program = before.value
            return
        ours = {value.who for value in self.values.values() if value.by == PROGRAM}
        puts_back = before.by == PROGRAM and now.who in ours and now.value == self._before_program
        if puts_back or self._is_inherited_or_wish(now):
            return
        if computed is None:
            self._early = now
        else:
            self._compare(now, computed)

    def _compare(self, official: Value, computed: str) -> None:
        if computed not in _LEVELS or official.value == computed or official.by not in PEOPLE | {RULE}:
            return
        if official.value not in _LEVELS:
            direction = "cleared"
        else:
            direction = "up" if _LEVELS[official.value] < _LEVELS[computed] else "down"
        self.overrides.append(Override(official.at, direction, official.by == RULE, self.rule()))


def told(ticket: int, happenings: Iterable[Happening], until: int) -> Story | None:
    """The ticket's story up to ``until`` (Unix seconds, not included); None where it had not been created by then.

    ``happenings`` are all that happened to it, in order of time. The rule of an override is that of the update's end.
    """
    story, begun = Story(ticket), False
    for _, some in groupby(happenings, key=lambda one: (one.at, one.event)):
        update = list(some)
        if update[0].at >= until:
            break
        begun = begun or any(one.what == "created" for one in update)
        story.see(update)
    return story if begun else None
