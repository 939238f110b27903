"""Claims about severity read from the reporter's own words (policy §7). The sentences stand in evidence_claims.toml."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from zendesk_sync.policy import patterns
from zendesk_sync.policy.evidence import LONGEST_PHRASE, MOST_PHRASES, Evidence, read_evidence
from zendesk_sync.policy.evidence_policy import EvidencePatterns, roles
from zendesk_sync.policy.mail import OWN_NOTE
from zendesk_sync.policy.terms import Severity

TABLE = tomllib.loads(resources.files("zendesk_sync.policy").joinpath("evidence.toml").read_text(encoding="utf-8"))[
    "evidence"
]
PATTERNS = EvidencePatterns.model_validate(TABLE)
CLAIMS = tomllib.loads((Path(__file__).parent / "evidence_claims.toml").read_text(encoding="utf-8"))
SEVERITIES: dict[str, Severity | None] = {"none": None} | {f"severity_{int(each)}": each for each in Severity}
Claim = tuple[Severity | None, str, list[str]]
ALL: list[Claim] = [
    (severity, claim["text"], claim.get("later", []))
    for group, severity in SEVERITIES.items()
    for claim in CLAIMS[group]
]
DOWN = "The whole platform is down, nobody in the company can log in."


def evidence(text: str, later: list[str] | None = None) -> Evidence | None:
    subject, _, description = text.partition("\n")
    return read_evidence(subject, description, later or [], PATTERNS)


def severity(text: str, *later: str) -> Severity | None:
    found = evidence(text, list(later))
    return None if found is None else found.severity


@pytest.mark.parametrize(("expected", "text", "later"), ALL, ids=[text.partition("\n")[0] for _, text, _ in ALL])
def test_what_the_reporter_says_gives_the_severity(expected: Severity | None, text: str, later: list[str]) -> None:
    assert severity(text, *later) is expected


@pytest.mark.parametrize("text", [text for expected, text, later in ALL if expected is not None and not later])
def test_the_same_words_quoted_prove_nothing(text: str) -> None:
    """Quoted mail is somebody else's."""
    quoted = "\n".join(f"> {line}" for line in text.splitlines())
    assert severity(f"Re: your call\nSee below.\n\n{quoted}") is None
    assert severity(f"Fwd\n-----Original Message-----\n{text}") is None


@pytest.mark.parametrize("text", [text for expected, text, _ in ALL if expected is not None])
def test_our_own_note_is_no_evidence(text: str) -> None:
    assert severity(f"Ticket\n{OWN_NOTE}\n{text}") is None


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("", Severity.EMERGENCY),
        ("Any news?", Severity.EMERGENCY),
        ("Here are the logs you asked for.", Severity.EMERGENCY),
        ("It works again, thank you.", None),
        ("Solved, it was our own certificate.", None),
        ("Läuft wieder.", None),
        ("C'est résolu, merci.", None),
        ("Ya está solucionado.", None),
        ("復旧しました。", None),
        ("It is not solved yet!", Severity.EMERGENCY),
        ("When will this be fixed?", Severity.EMERGENCY),
        ("Correction: only one user is affected.", None),
        (f"> {DOWN}\nWorks again.", None),
    ],
)
def test_the_latest_state_counts(later: str, expected: Severity | None) -> None:
    assert severity(f"Outage\n{DOWN}", later) is expected


def test_what_ended_can_begin_again_and_grow() -> None:
    assert severity(f"Outage\n{DOWN}", "Works again.", DOWN) is Severity.EMERGENCY
    assert severity("Login\nA colleague cannot log in.", "Now nobody can log in.") is Severity.EMERGENCY


def test_one_single_user_is_never_an_emergency() -> None:
    """Golden case G26."""
    assert severity("Login\nOne single user cannot log in.") is None


@pytest.mark.parametrize("text", [text for expected, text, _ in ALL if expected is not None])
def test_phrases_are_few_short_and_from_the_text(text: str) -> None:
    found = evidence(text)
    if found is None:
        return
    assert 1 <= len(found.phrases) <= MOST_PHRASES
    said = "".join(text.split())
    for phrase in found.phrases:
        assert 0 < len(phrase) <= LONGEST_PHRASE
        assert all("".join(word.split()) in said for word in phrase.split())


def test_wishes_and_choices_of_a_form_state_nothing() -> None:
    form = "Form\nSeverity: 0 - total outage, nobody can log in\n[ ] The whole system is down\nAll users down? yes/no"
    assert severity(form) is None


def test_log_lines_state_nothing() -> None:
    assert severity("Log\n2024-05-01 10:00:00 ERROR the whole platform is down, nobody can log in") is None
    assert severity(f"Log\n```\n{DOWN}\n```") is None


def test_accents_and_capitals_do_not_matter() -> None:
    for text in (
        "Für alle Benutzer ist das System nicht erreichbar.",
        "FUR ALLE BENUTZER IST DAS SYSTEM NICHT ERREICHBAR.",
    ):
        assert severity(f"x\n{text}") is Severity.EMERGENCY


words = st.sampled_from([piece for _, text, _ in ALL for piece in text.split()])
mixed = st.lists(words | st.text(max_size=5) | st.sampled_from(["\n", "> ", "-- ", "?", "(", '"', "\ud800"])).map(
    " ".join
)


@settings(max_examples=150, deadline=None)
@given(st.text(), st.text() | mixed, st.lists(st.text() | mixed, max_size=3))
def test_no_text_is_too_strange(subject: str, description: str, later: list[str]) -> None:
    found = read_evidence(subject, description, later, PATTERNS)
    assert found is None or 1 <= len(found.phrases) <= MOST_PHRASES
    assert found == read_evidence(subject, description, later, PATTERNS)


@settings(max_examples=100, deadline=None)
@given(mixed)
def test_no_quoted_text_is_evidence(text: str) -> None:
    quoted = "\n".join(f"> {line}" for line in text.split("\n"))
    assert read_evidence("", quoted, [], PATTERNS) is None


HOSTILE: list[Callable[[int], str]] = [
    lambda size: "a" * size,
    lambda size: "nobody can " * (size // 11),
    lambda size: "all our users " * (size // 14),
    lambda size: "(" * size,
    lambda size: "\n" * size,
    lambda size: "From: a\nDate: b " * (size // 16),
    lambda size: "On 12:30 " * (size // 9),
    lambda size: "Best regards\n" * (size // 13),
    lambda size: "' \" " * (size // 4),
    lambda size: "誰も全ユーザー" * (size // 7),
]


def _seconds(text: str) -> float:
    """The best of a few runs, in CPU time."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        read_evidence("x", text, [], PATTERNS)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("hostile", HOSTILE)
def test_time_grows_no_faster_than_the_text(hostile: Callable[[int], str]) -> None:
    """Up to the bound; a quadratic reader would take sixteen times as long for four times the text."""
    _seconds(hostile(4_000))
    assert _seconds(hostile(16_000)) <= 8 * _seconds(hostile(4_000)) + 0.02


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_megabyte_costs_no_more_than_the_bound(hostile: Callable[[int], str]) -> None:
    assert _seconds(hostile(1_000_000)) <= 4 * _seconds(hostile(100_000)) + 0.05


def test_every_role_of_the_file_has_patterns_that_compile() -> None:
    assert set(TABLE) <= {"words", *roles()}
    for role, found in PATTERNS.alternatives().items():
        assert found or role not in TABLE, role
        assert all(patterns.fault(pattern) is None for pattern in found), role


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nobody": {"en": ["(unclosed"]}}, "nobody.en"),
        ({"nobody": {"en": ["(?!lookahead)"]}}, "not an RE2 pattern"),
        ({"nobody": {"ja": ["x*"]}}, "matches the empty text"),
        ({"nobody": {"en": ["<nowhere> works"]}}, "uses <nowhere>"),
        ({"nobody": {"english": ["x"]}}, "nobody"),
        ({"nobodies": {"en": ["x"]}}, "nobodies"),
    ],
)
def test_a_faulty_pattern_is_named(change: dict[str, dict[str, list[str]]], message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace("(", r"\(")):
        EvidencePatterns.model_validate(TABLE | change)


def test_a_team_can_add_its_own_words() -> None:
    own = TABLE | {"core_feature": TABLE["core_feature"] | {"en": ["flux capacitors?"]}}
    text = "The flux capacitor is broken for all users. There is no workaround."
    found = read_evidence("Flux", text, [], EvidencePatterns.model_validate(own))
    assert found is not None
    assert found.severity is Severity.SEVERE
    assert severity(f"Flux\n{text}") is None
