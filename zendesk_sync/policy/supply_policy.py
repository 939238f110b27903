"""What recognises a checklist item in a ticket's text (policy §6): labels and patterns from the policy file."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from zendesk_sync.policy.patterns import Matcher, fault, fold

NonEmpty = Annotated[str, Field(min_length=1)]
LONGEST_LABEL = 7
"""Words of the longest label; a heading with more words is a sentence."""
_NAME = re.compile(r"\{([a-z_]+)\}")
_SPACES = re.compile(r"[\s_]+")


class _Part(BaseModel):
    """Frozen; unknown keys are errors; no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Detector(_Part):
    """How one item is recognised.

    Attributes:
        labels: headings that ask for the item; what stands under one answers it.
        patterns: content that answers the item wherever it stands.
        ignore: content that only looks like it; taken out of a line before the patterns decide.
    """

    labels: list[NonEmpty] = []
    patterns: list[NonEmpty] = []
    ignore: list[NonEmpty] = []


class Detectors(_Part):
    """One detector an item, and what they share.

    Attributes:
        words: parts of patterns with a name; ``{name}`` in a pattern stands for one.
        elsewhere: labels that ask for none of the items; they end the answer above them.
        unanswered: what people leave under a label without answering; each must fit the whole answer.
        requests: sentences by which an agent asks for an item; they answer nothing.
    """

    words: dict[str, NonEmpty] = {}
    elsewhere: list[NonEmpty]
    unanswered: list[NonEmpty]
    requests: list[NonEmpty]
    summary: Detector
    version: Detector
    environment: Detector
    reproduction: Detector
    expected_actual: Detector
    impact: Detector
    logs: Detector
    recent_changes: Detector
    attempts: Detector
    urgency: Detector
    tdd_link: Detector
    sales_stage: Detector

    @field_validator("words")
    @classmethod
    def _stand_alone(cls, value: dict[str, str]) -> dict[str, str]:
        for name, pattern in value.items():
            if _NAME.search(pattern):
                raise ValueError(f"{name}: a word cannot contain another one; found {pattern!r}")
            if wrong := fault(pattern):
                raise ValueError(f"{name}: {wrong}")
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for place, patterns in self._all_patterns():
            for pattern in patterns:
                for name in _NAME.findall(pattern):
                    if name not in self.words:
                        known = ", ".join(sorted(self.words))
                        raise ValueError(f"{place}: unknown word {{{name}}} in {pattern!r}; allowed: {known}")
                if wrong := fault(self._written_out(pattern)):
                    raise ValueError(f"{place}: {wrong}")
        for label in (*self.elsewhere, *(label for item in self.items.values() for label in item.labels)):
            if len(plain(label).split()) > LONGEST_LABEL:
                raise ValueError(f"label {label!r} has more than {LONGEST_LABEL} words")
        return self

    @cached_property
    def items(self) -> dict[str, Detector]:
        """The detectors by item id."""
        return {name: value for name in type(self).model_fields if isinstance(value := getattr(self, name), Detector)}

    @cached_property
    def labels(self) -> dict[str, frozenset[str]]:
        """Label -> the items that it asks for; none for a label of something else."""
        found: dict[str, frozenset[str]] = {plain(label): frozenset() for label in self.elsewhere}
        for item, detector in self.items.items():
            for label in detector.labels:
                found[plain(label)] = found.get(plain(label), frozenset()) | {item}
        return found

    @cached_property
    def content(self) -> Matcher:
        """The patterns, by item."""
        return Matcher({item: self._written(detector.patterns) for item, detector in self.items.items()})

    @cached_property
    def lookalikes(self) -> Matcher:
        """What to take out of a line, by item."""
        return Matcher({item: self._written(detector.ignore) for item, detector in self.items.items()})

    @cached_property
    def asides(self) -> Matcher:
        """``unanswered`` (whole answers) and ``requests``."""
        return Matcher(
            {
                "unanswered": [f"^(?:{pattern})$" for pattern in self._written(self.unanswered)],
                "requests": self._written(self.requests),
            }
        )

    def _all_patterns(self) -> list[tuple[str, list[str]]]:
        found = [("unanswered", self.unanswered), ("requests", self.requests)]
        for item, detector in self.items.items():
            found += [(f"{item}.patterns", detector.patterns), (f"{item}.ignore", detector.ignore)]
        return found

    def _written(self, patterns: list[str]) -> list[str]:
        return [self._written_out(pattern) for pattern in patterns]

    def _written_out(self, pattern: str) -> str:
        return _NAME.sub(lambda found: f"(?:{self.words.get(found[1], '')})", pattern)


def plain(label: str) -> str:
    """A label as it is compared: without accents, capitals, and doubled blanks."""
    return _SPACES.sub(" ", fold(label).casefold()).strip()
