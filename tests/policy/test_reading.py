"""What is read from text, inside a decision: modes, ownership, addressees, reasons; and how well, against labels."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tests.policy.facts import HANDBOOK, ticket
from zendesk_sync.errors import InputError, PolicyFileError
from zendesk_sync.policy import notes
from zendesk_sync.policy.corpus import evaluate
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.explain import reasons
from zendesk_sync.policy.facts import Comment
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import (
    Author,
    CustomerType,
    Flag,
    Priority,
    Reporter,
    RuleId,
    Severity,
    Status,
    Topic,
)
from zendesk_sync.policy_files import load_corpus, load_handbook

OUTAGE = "Since this morning nobody can log in, every user gets an error page."
WORKS_AGAIN = Comment(Author.CUSTOMER, True, "Everything works again, thank you.")


def mode(name: str) -> Handbook:
    return HANDBOOK.model_copy(update={"switches": HANDBOOK.switches.model_copy(update={"evidence": name})})


def outage(**known: Any) -> Any:
    return ticket(subject="Nobody can log in", description=OUTAGE, **known)


def test_propose_fills_the_computed_priority_only() -> None:
    """§7: flag inferred, phrases in the note, the official priority stays empty."""
    decision = decide(outage(), HANDBOOK)
    assert (decision.computed, decision.rule) == (Priority.P0, RuleId.SLA_SEVERITY_0)
    assert Flag.INFERRED in decision.flags
    assert decision.official.value is None
    assert Topic.INFERRED in decision.topics
    assert "nobody can log in" in notes.plain(decision, HANDBOOK).lower()
    assert any(reason.id == "evidence" for _, reason in reasons(decision, HANDBOOK).lines())


def test_hint_says_it_in_the_note_and_nowhere_else() -> None:
    """§7: note only; the level stays undetermined."""
    decision = decide(outage(), mode("hint"))
    assert decision.rule is RuleId.SEVERITY_UNKNOWN
    assert Flag.INFERRED not in decision.flags
    assert Topic.INFERRED in decision.topics


def test_off_reads_nothing() -> None:
    """§7: the text is not looked at."""
    decision = decide(outage(), mode("off"))
    assert decision.evidence is None
    assert decision.topics == ()


def test_the_severity_field_silences_the_text() -> None:
    """§2: the structured field decides; evidence is for tickets without one."""
    decision = decide(outage(severity=Severity.QUESTION), HANDBOOK)
    assert decision.rule is RuleId.QUESTION
    assert decision.evidence is None


def test_a_later_word_of_the_reporter_ends_an_outage_and_an_agents_does_not() -> None:
    """§7: the latest state counts, in the reporter's own words."""
    ended = decide(outage(comments=(WORKS_AGAIN,)), HANDBOOK)
    assert ended.computed is not Priority.P0
    agent = dataclasses.replace(WORKS_AGAIN, author=Author.AGENT)
    assert decide(outage(comments=(agent,)), HANDBOOK).computed is Priority.P0


def test_a_humans_priority_stands_beside_evidence() -> None:
    """§3: text never moves what a person set."""
    decision = decide(outage(official=Priority.P2, status=Status.OPEN), HANDBOOK)
    assert decision.official.value is Priority.P2
    assert decision.counting is Priority.P2


def test_scales_do_not_mix() -> None:
    """§2: on a prospect's ticket of a CE evidence is mentioned, and gives no level."""
    decision = decide(outage(customer=CustomerType.PRESALES, reporter=Reporter.CE), HANDBOOK)
    assert decision.rule is RuleId.SEVERITY_UNKNOWN
    assert "pre-sales scale" in notes.plain(decision, HANDBOOK)


def test_outages_of_prospects_and_of_our_own_are_pointed_out() -> None:
    """§2: possible outage first for a direct prospect; the incident process for ourselves."""
    prospect = decide(outage(customer=CustomerType.PRESALES, reporter=Reporter.PROSPECT), HANDBOOK)
    assert prospect.topics[0] is Topic.POSSIBLE_OUTAGE
    ours = decide(outage(customer=CustomerType.INTERNAL, reporter=Reporter.COLLEAGUE), HANDBOOK)
    assert ours.computed is Priority.P3
    assert Topic.INTERNAL_OUTAGE in ours.topics


def test_text_supplies_items_and_the_reasons_say_which_phrase() -> None:
    """§6: a label with content and recognisable content count; an empty heading does not."""
    text = "Version: 5.3.1\nLogs attached. We restarted the worker, no change.\n\nSteps to reproduce:\nExpected:\n"
    decision = decide(ticket(severity=Severity.MEDIUM, subject="Export hangs at 99 %", description=text), HANDBOOK)
    missing = set(decision.context.engineering or ())
    assert not {"version", "logs", "attempts", "summary"} & missing
    assert "reproduction" in missing
    found = [
        fact
        for _, reason in reasons(decision, HANDBOOK).lines()
        if reason.says == "the text supplies it"
        for fact in reason.facts
    ]
    assert dict(found)["version"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[evidence.security_incident]\nen = ['(unclosed']", "evidence"),
        ("[evidence.security_incident]\nen = ['(?=lookahead)']", "evidence"),
        (r"[evidence.security_incident]" + "\n" + r"en = ['(a)\1']", "evidence"),
        ("[evidence.security_incident]\nen = ['<no_such_word>']", "no_such_word"),
        ("[evidence.security]\nen = ['x']", "evidence.security"),
        ("[detectors.version]\npatterns = ['(unclosed']", "detectors"),
        ("[detectors.versoin]\npatterns = ['x']", "detectors.versoin"),
    ],
)
def test_patterns_that_cannot_run_or_could_run_for_ever_are_refused(tmp_path: Path, table: str, said: str) -> None:
    """A policy file's pattern must compile, and RE2 knows none that backtracks; the message names the table."""
    file = tmp_path / "handbook.toml"
    file.write_text(f'extends = "default"\n{table}\n')
    with pytest.raises(PolicyFileError) as caught:
        load_handbook(file)
    assert str(file) in str(caught.value)
    assert said in str(caught.value)


def labelled(**known: Any) -> str:
    base: dict[str, Any] = {
        "id": "x",
        "subject": "Nobody can log in",
        "description": OUTAGE + " Version 5.3.1, Kubernetes.",
        "comments": [],
        "reporter": "customer",
        "label": {"severity": 0, "clear": True},
        "supplied": {"engineering": ["summary", "version", "environment", "impact"], "presales": []},
    }
    return json.dumps({**base, **known})


def test_evaluation_counts_right_wrong_and_missed(tmp_path: Path) -> None:
    """A proposal is right only on a ticket marked clear with that severity; recall counts clear ones."""
    file = tmp_path / "corpus.jsonl"
    unclear = labelled(id="y", label={"severity": 0, "clear": False})
    silent = labelled(id="z", subject="Hello", description="See above.", label={"severity": 2, "clear": True})
    file.write_text("\n".join([labelled(), unclear, silent, ""]))
    figures = evaluate(load_corpus(file), HANDBOOK).as_json()
    severity = figures["severity"]
    assert (severity["proposed"], severity["precision"], severity["severe_precision"]) == (2, 0.5, 0.5)
    assert severity["recall_clear"] == 0.5
    assert severity["by_severity"]["0"] == {"precision": 0.5, "recall": 1.0}
    assert severity["by_severity"]["2"]["recall"] == 0.0
    assert figures["items"]["by_item"]["version"]["precision"] == 1.0
    assert set(figures["items"]["by_item"]["version"]) == {"precision", "recall", "f1"}
    assert 0 < figures["items"]["macro_f1"] <= 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: (line)"),
        (labelled(label={"severity": 7, "clear": True}), "line 2: label.severity"),
        ("[]", "line 2"),
    ],
)
def test_broken_corpus_says_which_line(tmp_path: Path, line: str, said: str) -> None:
    """File, line and key."""
    file = tmp_path / "corpus.jsonl"
    file.write_text(f"{labelled()}\n{line}\n")
    with pytest.raises(InputError) as caught:
        load_corpus(file)
    assert said in str(caught.value)
