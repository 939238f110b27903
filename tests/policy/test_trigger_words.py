"""A pattern is searched for only where a text holds a word that it needs: that must never hide a match."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zendesk_sync.policy.patterns import Matcher, fold
from zendesk_sync.policy.trigger_words import STEM, WORD, trigger_words
from zendesk_sync.policy_files import default_handbook

EVIDENCE = default_handbook().evidence
ALTERNATIVES = [fold(pattern) for patterns in EVIDENCE.alternatives().values() for pattern in patterns]


def words_of(text: str) -> set[str]:
    found = WORD.findall(fold(text).lower())
    return {*found, *(word[:STEM] for word in found)}


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("nobody", {"nobody"}),
        ("(?:nobody|no one) can", {"nobody", "one", "can"}),
        ("log ?in", {"login", "log", "in"}),
        ("crash\\w*", {"cras"}),
        ("every (?:\\w+ ){0,3}page", {"page", "every"}),
        ("全員", {"全", "員"}),
    ],
)
def test_the_words_that_a_pattern_needs_are_found(pattern: str, needed: set[str]) -> None:
    first = trigger_words(pattern, whole=True)[0]
    assert first <= needed
    assert first


@pytest.mark.parametrize("pattern", ["\\d+", ".*", "\\w+ing", "(?:a|\\w+)", "[^x]+"])
def test_where_nothing_can_be_proved_a_pattern_is_always_searched_for(pattern: str) -> None:
    assert trigger_words(pattern, whole=False) == ()
    assert Matcher({"it": [f"x{pattern}"]}).names_in("abc xyz, x1 x") <= {"it"}


def test_nearly_every_pattern_of_the_policy_needs_some_word() -> None:
    """Otherwise the speed that this brings would be gone without a sign."""
    always = [pattern for pattern in ALTERNATIVES if not trigger_words(pattern, whole=True)]
    assert len(always) < len(ALTERNATIVES) / 100


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_text_that_matches_holds_a_word_of_every_set(data: st.DataObject) -> None:
    """Texts made from the policy's own patterns, put between blanks as whole words are."""
    pattern = data.draw(st.sampled_from(ALTERNATIVES))
    bare = pattern.removeprefix("(?:^|\\b)").removesuffix("(?:\\b|$)")
    text = data.draw(st.from_regex(re.compile(bare, re.ASCII | re.IGNORECASE), fullmatch=True))
    if re.search(r"[^\x00-\x7f]", text) and pattern.isascii():
        return  # folding would change what the standard library's capitals made of it
    needed = trigger_words(pattern, whole=True)
    assert all(not words.isdisjoint(words_of(f" {text} ")) for words in needed), (pattern, text)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["nobody", "can", "log", "in", "login", "is", "down", "the", "site", "all", "users"])))
def test_the_shortcut_finds_what_a_plain_search_finds(words: list[str]) -> None:
    import re2  # type: ignore[import-untyped]

    text = " ".join(words)
    matcher = EVIDENCE.matcher
    for role, patterns in EVIDENCE.alternatives().items():
        plain = any(re2.search(f"(?im){fold(pattern)}", text) for pattern in patterns)
        assert matcher.occurs(role, text) == plain, role
