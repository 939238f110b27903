"""The patterns of evidence (policy §7) as a validated model: a table per role, a list per language.

A team changes them in its policy file. ``<name>`` in a pattern stands for any entry of ``words.name``. Patterns of
languages that put blanks between words match whole words; capitals and accents do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zendesk_sync.policy import patterns
from zendesk_sync.policy.patterns import Matcher

Pattern = Annotated[str, Field(min_length=1, max_length=2000)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Role = dict[Language, list[Pattern]]
WITHOUT_BLANKS = frozenset({"ja", "zh", "th"})
LONGEST = 50_000
"""Characters of one pattern once its words stand in it."""
_WORD = re.compile(r"<([a-z_]+)>")


class Part(BaseModel):
    """Frozen; unknown keys are errors; no silent conversion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class EvidencePatterns(Part):
    """What the reporter's own words must say, by role. ``evidence.py`` says how the roles combine.

    Attributes:
        words: building blocks; an entry may use the blocks above it.
        everyone: all users. most: nearly all. nobody: no user at all (can, gets, sees ...).
        limited: only a part of the users, places or features. single: one person.
        others_fine: the rest works. part_works: a main function works, so it is no total loss.
        total_loss: the whole product is down. every_page: every page fails. nothing_works: hyperbole without a scope.
        enter: to log in, to open the product. enter_fails: that fails. error_page: a blank or an error page.
        product: the product as a whole. core_feature: what people buy the product for.
        broken: something does not work. slow, extremely_slow: as they say.
        security_incident: something has leaked or somebody has broken in.
        no_workaround, workaround, gets_by: said so; said so; people manage somehow. attempted: tried, not a way out.
        interrogative: opens a question. asks: a question or a wish without a question mark. help_request, chaser:
            look like questions and are none.
        harmless: said to be without impact. trouble, trouble_asked: anything wrong, in a statement, in a question.
        negated, resolved, relapse, hypothetical, hypothetical_story, past, ongoing, hedged, hearsay: how a clause is
            meant.
        elsewhere: somebody else's system. nonproduction, production: where. not_real: a drill, a template, planned.
        aftermath: after such a thing, so the clause is real. review: a look back at something over.
        affected: says who is hit. eased: a later comment says that things are better.
        presales: a trial. not_support: mail that nobody supports. wish: asks to change a limit or a behaviour.
        vague: nobody knows how many are affected.
        ignored_line: a line that is no statement, such as a form's severity or an empty box.
    """

    words: dict[str, list[Pattern]]
    everyone: Role
    most: Role
    nobody: Role
    limited: Role
    single: Role
    others_fine: Role
    part_works: Role
    total_loss: Role
    every_page: Role
    nothing_works: Role
    enter: Role
    enter_fails: Role
    error_page: Role
    product: Role
    core_feature: Role
    broken: Role
    slow: Role
    extremely_slow: Role
    security_incident: Role
    no_workaround: Role
    workaround: Role
    gets_by: Role
    attempted: Role
    interrogative: Role
    asks: Role
    help_request: Role
    chaser: Role
    harmless: Role
    trouble: Role
    trouble_asked: Role
    negated: Role
    resolved: Role
    relapse: Role
    hypothetical: Role
    hypothetical_story: Role
    past: Role
    ongoing: Role
    hedged: Role
    hearsay: Role
    elsewhere: Role
    nonproduction: Role
    production: Role
    not_real: Role
    review: Role
    presales: Role
    not_support: Role
    aftermath: Role
    affected: Role
    wish: Role
    vague: Role
    ignored_line: Role
    eased: Role = Field(default_factory=dict)

    @model_validator(mode="after")
    def _all_compile(self) -> Self:
        words = self._expanded_words()
        for role in roles():
            for language, found in getattr(self, role).items():
                for pattern in found:
                    if wrong := patterns.fault(_whole(expand(pattern, words, role), language)):
                        raise ValueError(f"{role}.{language}: {wrong}")
        return self

    @cached_property
    def matcher(self) -> Matcher:
        """The compiled patterns; equal patterns are compiled once."""
        return _compiled(tuple((role, tuple(found)) for role, found in self.alternatives().items()))

    def alternatives(self) -> dict[str, list[str]]:
        """Every role with its patterns of all languages, words put in, ready to compile."""
        words = self._expanded_words()
        return {
            role: [
                _whole(expand(pattern, words, role), language)
                for language, found in getattr(self, role).items()
                for pattern in found
            ]
            for role in roles()
        }

    def _expanded_words(self) -> dict[str, str]:
        return expanded_words(self.words)


def roles() -> tuple[str, ...]:
    """The names of all roles."""
    return tuple(name for name in EvidencePatterns.model_fields if name != "words")


@lru_cache(maxsize=4)
def _compiled(alternatives: tuple[tuple[str, tuple[str, ...]], ...]) -> Matcher:
    return Matcher(dict(alternatives), whole=True)


def expanded_words(written: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Each building block as one expression.

    Raises:
        ValueError: one uses a block that no block above it defines.
    """
    words: dict[str, str] = {}
    for name, entries in written.items():
        words[name] = f"(?:{'|'.join(expand(entry, words, f'words.{name}') for entry in entries)})"
    return words


def expand(pattern: str, words: Mapping[str, str], place: str) -> str:
    """The pattern with its ``<name>`` replaced.

    Raises:
        ValueError: it uses an unknown name, or grows too long; says so at ``place``.
    """
    if unknown := sorted({name for name in _WORD.findall(pattern) if name not in words}):
        raise ValueError(f"{place}: {pattern!r} uses <{unknown[0]}>, which no entry of words above it defines")
    expanded = _WORD.sub(lambda found: words[found.group(1)], pattern)
    if len(expanded) > LONGEST:
        raise ValueError(f"{place}: {pattern!r} grows beyond {LONGEST} characters once its words stand in it")
    return expanded


def _whole(pattern: str, language: str) -> str:
    """Whole words only, where a language has blanks between words."""
    return pattern if language in WITHOUT_BLANKS else rf"(?:^|\b)(?:{pattern})(?:\b|$)"
