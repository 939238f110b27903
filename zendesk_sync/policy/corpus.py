"""How well text is read: evidence and checklist answers against labelled tickets (policy §6, §7).

A corpus is JSON Lines, one ticket a line: ``id``, ``subject``, ``description``, ``comments`` (author, public, body),
``reporter``, and the labels ``label.severity`` (or null), ``label.clear``, ``supplied.engineering`` and
``supplied.presales``.
A proposal counts as right only on a ticket marked clear with exactly that severity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from zendesk_sync.policy.decide import read_text_evidence
from zendesk_sync.policy.facts import Comment, TicketFacts
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.rules import is_internal
from zendesk_sync.policy.supply import read_supplied
from zendesk_sync.policy.terms import (
    Author,
    CustomerType,
    EngineeringItem,
    PresalesItem,
    Reporter,
    Severity,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SEVERE = frozenset({Severity.EMERGENCY, Severity.SEVERE})


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Comment(_Part):
    author: Author
    public: bool = True
    body: str


class _Label(_Part):
    severity: Literal[0, 1, 2, 3] | None
    clear: bool


class _Supplied(_Part):
    engineering: list[EngineeringItem] = []
    presales: list[PresalesItem] = []


class Labelled(_Part):
    """One labelled ticket."""

    id: str
    subject: str = ""
    description: str = ""
    comments: list[_Comment] = []
    reporter: Reporter = Reporter.CUSTOMER
    customer: Annotated[CustomerType, Field(alias="customer_type_hint")] = CustomerType.UNKNOWN
    label: _Label
    supplied: _Supplied

    def facts(self) -> TicketFacts:
        return TicketFacts(
            id=1,
            received=EPOCH,
            subject=self.subject,
            description=self.description,
            comments=tuple(Comment(c.author, c.public, c.body) for c in self.comments),
            reporter=self.reporter,
            customer=self.customer,
        )


@dataclass(slots=True)
class Score:
    """Right, wrong and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def count(self, found: bool, expected: bool) -> None:
        self.right += found and expected
        self.wrong += found and not expected
        self.missed += expected and not found

    @property
    def precision(self) -> float | None:
        """None where nothing was found."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """None where nothing was to be found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    @property
    def f1(self) -> float | None:
        """None where nothing was to be found and nothing was found."""
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else None


@dataclass(slots=True)
class Evaluation:
    """Scores over a corpus, and which tickets were read wrongly."""

    tickets: int = 0
    proposed: int = 0
    severities: dict[Severity, Score] = field(default_factory=lambda: {s: Score() for s in Severity})
    engineering: dict[str, Score] = field(default_factory=lambda: {i: Score() for i in EngineeringItem})
    presales: dict[str, Score] = field(default_factory=lambda: {i: Score() for i in PresalesItem})
    wrong: list[tuple[str, int, int | None, str]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The promised shape: severity figures and item figures."""
        everything = _sum(self.severities.values())
        severe = _sum(score for severity, score in self.severities.items() if severity in SEVERE)
        f1s = [score.f1 for score in self.engineering.values() if score.f1 is not None]
        items = {**{f"presales.{k}": v for k, v in self.presales.items()}, **self.engineering}
        return {
            "tickets": self.tickets,
            "severity": {
                "proposed": self.proposed,
                "precision": everything.precision,
                "severe_precision": severe.precision,
                "recall_clear": everything.recall,
                "by_severity": {
                    str(int(severity)): {"precision": score.precision, "recall": score.recall}
                    for severity, score in self.severities.items()
                },
            },
            "items": {
                "macro_f1": sum(f1s) / len(f1s) if f1s else None,
                "by_item": {
                    name: {"precision": score.precision, "recall": score.recall, "f1": score.f1}
                    for name, score in items.items()
                    if name in self.engineering or score.f1 is not None
                },
            },
        }


def evaluate(tickets: Sequence[Labelled], handbook: Handbook) -> Evaluation:
    """Read every ticket as the policy would, and compare with its labels."""
    out = Evaluation(tickets=len(tickets))
    for one in tickets:
        _severity(one, handbook, out)
        _items(one, handbook, out)
    return out


def _severity(one: Labelled, handbook: Handbook, out: Evaluation) -> None:
    facts = one.facts()
    expected = Severity(one.label.severity) if one.label.severity is not None and one.label.clear else None
    evidence = None if is_internal(facts) else read_text_evidence(facts, handbook)
    found = evidence.severity if evidence else None
    out.proposed += found is not None
    for severity, score in out.severities.items():
        score.count(found is severity, expected is severity)
    if evidence is not None and found is not expected:
        out.wrong.append((one.id, int(evidence.severity), one.label.severity, evidence.phrases[0]))


def _items(one: Labelled, handbook: Handbook, out: Evaluation) -> None:
    facts = one.facts()
    found = read_supplied(facts.subject, facts.description, facts.comments or (), handbook.detectors)
    for item, score in out.engineering.items():
        score.count(item in found, item in one.supplied.engineering)
    if one.reporter is Reporter.CE:
        for item, score in out.presales.items():
            score.count(item in found, item in one.supplied.presales)


def _sum(scores: Iterable[Score]) -> Score:
    total = Counter[str]()
    for score in scores:
        total.update(right=score.right, wrong=score.wrong, missed=score.missed)
    return Score(total["right"], total["wrong"], total["missed"])
