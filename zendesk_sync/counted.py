"""How many, for people."""

from __future__ import annotations


def many(count: int, one: str, several: str = "") -> str:
    """``1 ticket``, ``2,000 tickets``; ``several`` where the plural takes more than an s."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
