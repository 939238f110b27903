"""Faults on demand: which rule strikes when. Seeded, so that a run which failed can be run again.

Every rule draws from a generator of its own, keyed by the seed, the rule's name, and how many requests the rule has
matched so far. So the same sequence of matching requests meets the same decisions, whatever else happens in between.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any

Doc = dict[str, Any]

ANSWERS = frozenset({"too_many_requests", "unavailable", "bad_gateway", "database_conflict"})
"""Instead of the answer; nothing is applied, and a request meets one of them at most."""
CIRCUMSTANCES = frozenset({"dropped_answer", "slow_answer", "stale_export", "clock_skew"})
"""The request is applied."""
WEBHOOKS = frozenset({"webhook_lost", "webhook_duplicated", "webhook_delayed", "webhook_reordered"})
JOB_ITEMS = frozenset({"job_item_failed"})
FAULTS = ANSWERS | CIRCUMSTANCES | WEBHOOKS | JOB_ITEMS
_TOLD = 1_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault and what it befalls; `methods` empty means any. Times are seconds of the sandbox's clock."""

    name: str
    fault: str
    methods: tuple[str, ...] = ()
    path: str = "/api/v2/*"
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    start: float = 0.0
    end: float | None = None
    seconds: float = 0.0
    retry_after: int | None = None
    body: str = "json"
    error: str = "DatabaseConflict"
    details: str = "Database collision"

    def matches(self, method: str, path: str) -> bool:
        return (not self.methods or method in self.methods) and fnmatchcase(path, self.path)


@dataclass(slots=True)
class Chaos:
    """The rules in force and what they have done. `since` is when they were set, as Unix seconds."""

    seed: int = 0
    rules: tuple[Rule, ...] = ()
    since: float = 0.0
    matched: Counter[str] = field(default_factory=Counter)
    injected: Counter[str] = field(default_factory=Counter)
    told: deque[Doc] = field(default_factory=lambda: deque(maxlen=_TOLD))

    def set(self, seed: int, rules: tuple[Rule, ...], now: float) -> None:
        """Put these rules in the place of all former ones; every count begins anew."""
        self.seed, self.rules, self.since = seed, rules, now
        self.matched.clear()
        self.injected.clear()
        self.told.clear()

    def request(self, now: float, method: str, path: str) -> list[Rule]:
        """Return what befalls one request: any circumstances, and at most one answer."""
        return list(self._strike(now, ANSWERS | CIRCUMSTANCES, method, path))

    def webhook(self, now: float, method: str, path: str) -> tuple[bool, int, float, bool]:
        """Return what befalls one webhook call: (lost, copies more, seconds late, behind the next one)."""
        lost, doubled, late, reordered = False, 0, 0.0, False
        for rule in self._strike(now, WEBHOOKS, method, path):
            lost = lost or rule.fault == "webhook_lost"
            doubled += rule.fault == "webhook_duplicated"
            late += rule.seconds if rule.fault == "webhook_delayed" else 0.0
            reordered = reordered or rule.fault == "webhook_reordered"
        return lost, doubled, late, reordered

    def job_item(self, now: float, ticket_id: int) -> Rule | None:
        """Return the rule by which one item of a bulk update fails; its path is that of a single update."""
        return next(self._strike(now, JOB_ITEMS, "PUT", f"/api/v2/tickets/{ticket_id}"), None)

    def _strike(self, now: float, faults: frozenset[str], method: str, path: str) -> Iterator[Rule]:
        answered = False
        struck: list[Rule] = []
        for rule in self.rules:
            if rule.fault not in faults or not rule.matches(method, path):
                continue
            self.matched[rule.name] += 1
            if self._decides(rule, now - self.since) and not (answered and rule.fault in ANSWERS):
                answered = answered or rule.fault in ANSWERS
                self.injected[rule.name] += 1
                self.told.append({"rule": rule.name, "fault": rule.fault, "method": method, "path": path, "at": now})
                struck.append(rule)
        yield from struck

    def _decides(self, rule: Rule, age: float) -> bool:
        number = self.matched[rule.name]
        if number <= rule.skip or (rule.count is not None and self.injected[rule.name] >= rule.count):
            return False
        if age < rule.start or (rule.end is not None and age >= rule.end):
            return False
        # Reproducible on purpose, and no secret: a text seeds the generator the same way everywhere.
        return Random(f"{self.seed}/{rule.name}/{number}").random() < rule.probability  # noqa: S311
