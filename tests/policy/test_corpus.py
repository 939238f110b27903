"""How well text is read, over 510 labelled tickets of this project (made up, ``corpus/tickets.jsonl``).

The patterns were tuned on these tickets, so the figures say that nothing got worse, not how well new mail is read.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from zendesk_sync.policy.corpus import evaluate
from zendesk_sync.policy_files import default_handbook, load_corpus


@cache
def figures() -> dict[str, Any]:
    return evaluate(load_corpus(Path(__file__).parent / "corpus" / "tickets.jsonl"), default_handbook()).as_json()


def test_a_proposed_severity_is_nearly_always_right() -> None:
    assert figures()["severity"]["precision"] >= 0.94
    assert figures()["severity"]["severe_precision"] >= 0.98


def test_most_severities_that_the_text_makes_clear_are_proposed() -> None:
    assert figures()["severity"]["recall_clear"] >= 0.8


def test_answers_to_the_checklist_are_found_and_not_invented() -> None:
    assert figures()["items"]["macro_f1"] >= 0.87
