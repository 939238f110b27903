"""Tag lists: lower case, without duplicates, sorted; a blank inside a tag makes two of it."""

from collections.abc import Iterable
from typing import Any


def words(value: Any) -> list[str]:
    """Read tags from a list of texts or from one blank-separated text; anything else is no tag."""
    if isinstance(value, str):
        return value.lower().split()
    if isinstance(value, list):
        return [word for item in value if isinstance(item, str | int) for word in str(item).lower().split()]
    return []


def tidy(tags: Iterable[str]) -> list[str]:
    return sorted(set(tags))
