"""Urgency that somebody asked for: recorded in the note, never obeyed (policy §2)."""

from __future__ import annotations

import re
from functools import lru_cache

from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import OfficialBy


def wish(facts: TicketFacts, handbook: Handbook) -> str | None:
    """The wish in the asker's words: from the form, from a priority they brought along, or from the subject."""
    if facts.wish and facts.wish.strip():
        return facts.wish.strip()
    if facts.official is not None and facts.memory.wrote is None and facts.official_by is OfficialBy.REQUESTER:
        return f"priority {facts.official.value}"
    if not facts.subject or not handbook.wishes.words:
        return None
    found = _words(handbook.wishes.words).search(facts.subject)
    return found.group(0) if found else None


@lru_cache(maxsize=16)
def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words only; an alternation of literals takes linear time."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in words)})(?!\w)", re.IGNORECASE)
