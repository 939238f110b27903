"""The patterns that tell an answer from a receipt or a mere acknowledgement (policy §5), as a validated model.

Each pattern stands for a whole statement. ``<name>`` in a pattern stands for any entry of ``words.name``; capitals and
accents do not matter.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zendesk_sync.policy import patterns
from zendesk_sync.policy.evidence_policy import Pattern, Role, expand, expanded_words
from zendesk_sync.policy.patterns import Run

Some = Annotated[list[Pattern], Field(min_length=1)]


class ReplyPatterns(BaseModel):
    """What a reply may consist of without being an answer, by language.

    Attributes:
        words: building blocks; an entry may use the blocks above it.
        courtesies: greetings, thanks, names and joints; alone they make nothing of a comment.
        acknowledgements: statements that support has seen the request and will answer later.
        receipts: statements that a request has arrived.
        automatic: statements by which a text says of itself that no person wrote it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    words: dict[str, Some]
    courtesies: Role
    acknowledgements: Role
    receipts: Role
    automatic: Role

    @model_validator(mode="after")
    def _all_compile(self) -> Self:
        words = expanded_words(self.words)
        for role in roles():
            for language, found in getattr(self, role).items():
                for pattern in found:
                    if wrong := patterns.fault(expand(pattern, words, role)):
                        raise ValueError(f"{role}.{language}: {wrong}")
        return self

    @cached_property
    def courteous(self) -> Run:
        """Courtesies and nothing else; opened, or closed, by a statement that no person wrote it."""
        return Run(self._of("courtesies"), self._of("automatic"))

    @cached_property
    def acknowledging(self) -> Run:
        """Courtesies and acknowledgements."""
        return Run([*self._of("courtesies"), *self._of("acknowledgements")])

    @cached_property
    def receiving(self) -> Run:
        """Courtesies, acknowledgements and receipts."""
        return Run([*self._of("courtesies"), *self._of("acknowledgements"), *self._of("receipts")])

    def _of(self, role: str) -> list[str]:
        words = expanded_words(self.words)
        return [expand(pattern, words, role) for found in getattr(self, role).values() for pattern in found]


def roles() -> tuple[str, ...]:
    """The names of all roles."""
    return tuple(name for name in ReplyPatterns.model_fields if name != "words")
