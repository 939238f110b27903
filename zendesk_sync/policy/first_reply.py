"""Which comment is the first response: an answer, no receipt, and "we are on it" only where configured (policy §5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from zendesk_sync.policy.facts import Comment, TicketFacts
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.mail import own_words
from zendesk_sync.policy.patterns import fold
from zendesk_sync.policy.terms import Author

LONGEST_READ = 20_000
"""Characters of a comment that are looked at for a signature and quoted mail; a longer one is an answer."""
LONGEST = 1_200
"""Characters of a reply that may say nothing; a longer one is an answer."""
_NAMES = re.compile(r"[-~* ]{0,4}(?:[^\W\d_a-z][\w'.-]{0,30})(?: [^\W\d_a-z][\w'.-]{0,30}){0,2}")
_NO_NAMES = frozenset({"done", "fixed", "solved", "resolved", "yes", "no", "closed", "restarted", "ok", "okay"})


class ReplyKind(StrEnum):
    """What a comment is to the first-response clocks; ``NONE``: no reply of support at all."""

    ANSWER = "answer"
    ACKNOWLEDGEMENT = "acknowledgement"
    AUTOMATIC = "automatic"
    NONE = "none"


def reply_kind(comment: Comment, handbook: Handbook) -> ReplyKind:
    """What a comment is. In doubt an answer: only a text that says nothing else is less.

    A customer engineer asks rather than answers, and what customers cannot see is no reply.
    """
    if not comment.public or comment.author is not Author.AGENT:
        return ReplyKind.NONE
    if comment.automatic:
        return ReplyKind.AUTOMATIC
    if len(comment.body) > LONGEST_READ:
        return ReplyKind.ANSWER
    said, patterns = fold(_without_name(own_words(comment.body))), handbook.replies
    if patterns.courteous.opens(said):
        return ReplyKind.AUTOMATIC
    if len(said) > LONGEST or not patterns.receiving.fits(said) or patterns.courteous.fits(said):
        return ReplyKind.ANSWER
    return ReplyKind.ACKNOWLEDGEMENT if patterns.acknowledging.fits(said) else ReplyKind.AUTOMATIC


def counts(kind: ReplyKind, handbook: Handbook) -> bool:
    """Whether a comment of this kind stops the clocks."""
    acknowledged = kind is ReplyKind.ACKNOWLEDGEMENT and handbook.first_response.acknowledgements_count
    return kind is ReplyKind.ANSWER or acknowledged


def first_answer(comments: Iterable[Comment], handbook: Handbook) -> Comment | None:
    """The first comment that counts; ``comments`` oldest first."""
    return next((one for one in comments if counts(reply_kind(one, handbook), handbook)), None)


def first_reply(comments: Iterable[Comment], handbook: Handbook) -> datetime | None:
    """When the first comment that counts was written; None for not yet, or where nobody said when."""
    found = first_answer(comments, handbook)
    return None if found is None else found.at


def is_answered(facts: TicketFacts, handbook: Handbook) -> bool | None:
    """Whether support has answered; None where nobody knows."""
    if facts.comments is not None:
        return first_answer(facts.comments, handbook) is not None
    if facts.answered is not None:
        return True
    return False if facts.unanswered else None


def _without_name(text: str) -> str:
    """The text without the name that closes it on a line of its own."""
    head, _, last = text.rpartition("\n")
    line = last.strip()
    is_name = head.strip() and _NAMES.fullmatch(line) and not _NO_NAMES.intersection(line.casefold().split())
    return head if is_name and not line.endswith(".") else text
