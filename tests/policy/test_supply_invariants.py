"""Invariants of reading answers from text, over strange texts (policy §6)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.test_supply import detectors, supplied
from zendesk_sync.policy import supply
from zendesk_sync.policy.facts import Comment
from zendesk_sync.policy.supply import read_supplied
from zendesk_sync.policy.terms import ALL_ITEMS, Author

FRAGMENTS = st.sampled_from(
    [
        "Version:",
        "4.2.1",
        "Impact - ",
        "\n",
        "\n\n",
        "## Steps\n",
        "n/a",
        "?",
        "https://x/tdd",
        "<!--",
        "| ",
        "\ud800",
        "\uff1a",
        "é",
        "since the upgrade ",
        "500 users ",
        "Logs attached. ",
        "Please ",
        "> ",
        "TBD",
        "**",
        "\x00",
        "バージョン",
        "stage 3 ",
    ]
)
TEXTS = st.lists(st.one_of(FRAGMENTS, st.text(max_size=12)), max_size=14).map("".join)
COMMENTS = st.lists(st.builds(Comment, st.sampled_from(list(Author)), st.booleans(), TEXTS), max_size=3)


@settings(max_examples=150, deadline=None)
@given(subject=TEXTS, description=TEXTS, comments=COMMENTS, attachments=st.booleans())
def test_it_reads_anything_and_answers_with_short_phrases(
    subject: str, description: str, comments: list[Comment], attachments: bool
) -> None:
    found = read_supplied(subject, description, comments, detectors(), attachments=attachments)
    assert set(found) <= set(ALL_ITEMS)
    assert all(0 < len(phrase) <= 120 for phrase in found.values())


@settings(max_examples=150, deadline=None)
@given(subject=TEXTS, description=TEXTS, comments=COMMENTS)
def test_a_further_comment_never_takes_an_item_away(subject: str, description: str, comments: list[Comment]) -> None:
    """Monotone, and what answered first goes on answering."""
    before: dict[str, str] = {}
    for count in range(len(comments) + 1):
        found = dict(read_supplied(subject, description, comments[:count], detectors()))
        assert before.items() <= found.items()
        before = found


def test_a_long_text_is_read_at_both_ends_only() -> None:
    filler = "lorem ipsum dolor\n" * 60_000
    assert len(filler) > supply.READ_HEAD + supply.READ_TAIL
    assert "version" in supplied(f"We run 4.2.1\n{filler}")
    assert "version" in supplied(f"{filler}\nWe run 4.2.1")
    assert "version" not in supplied(f"{filler}\nWe run 4.2.1\n{filler}")
