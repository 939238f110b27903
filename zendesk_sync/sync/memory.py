"""What a ticket remembers of us, as the text of its Memory field (policy §3). Pure.

``v1 id=48211 wrote=p2 said=missing-context asked=logs,version`` — the ticket's own id, the official value written last
(``human`` once a person decided, ``-`` for nothing), the topics that notes have said, and the items they asked for.
"""

from __future__ import annotations

import re

from zendesk_sync.policy.facts import HUMAN, Memory, Wrote
from zendesk_sync.policy.terms import ALL_ITEMS, Priority, Topic

_FORM = re.compile(r"v1 id=(\d{1,19}) wrote=(p[0-3]|human|-) said=([a-z0-9,-]*)(?: asked=([a-z_,]*))?")


def read(text: str | None, ticket_id: int) -> Memory | None:
    """The memory; None where there is none, it is unreadable, or it was copied from another ticket.

    Follow-ups and merges copy fields, so a memory counts only under its own ticket's id.
    """
    match = _FORM.fullmatch((text or "").strip())
    if match is None or int(match[1]) != ticket_id:
        return None
    known = set(Topic)
    noted = frozenset(Topic(word) for word in match[3].split(",") if word in known)
    asked = frozenset(ALL_ITEMS).intersection((match[4] or "").split(","))
    return Memory(_wrote(match[2]), noted, asked)


def write(memory: Memory, ticket_id: int, *, always: bool = False) -> str | None:
    """The text to store; None where there is nothing to remember, unless the ticket's id itself is (``always``)."""
    if memory == Memory() and not always:
        return None
    wrote = "-" if memory.wrote is None else str(memory.wrote)
    said = ",".join(topic for topic in Topic if topic in memory.noted)
    asked = ",".join(item for item in ALL_ITEMS if item in memory.asked)
    return f"v1 id={ticket_id} wrote={wrote} said={said}" + (f" asked={asked}" if asked else "")


def _wrote(word: str) -> Wrote | None:
    if word == "-":
        return None
    return HUMAN if word == "human" else Priority(word)
