"""Reads what callers send: nothing they put in the place of a text, a number or a list may break the server."""

from typing import Any

import msgspec

_MOST_DIGITS = 18
"""Longer numbers name nothing in an account; and all of 18 digits fit into 64 bits."""


def whole_number(written: str) -> int | None:
    """Read a number written in at most 18 ASCII digits; `isdigit` alone takes "²" too, which `int` does not."""
    return int(written) if written.isascii() and written.isdigit() and len(written) <= _MOST_DIGITS else None


def text_or_none(value: Any) -> str | None:
    """Return what was sent for a text attribute; what is neither text nor number counts as nothing."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None


def text(value: Any) -> str:
    return text_or_none(value) or ""


def integer_or_none(value: Any) -> int | None:
    """Return an id: a whole number, or one written as text."""
    if isinstance(value, str):
        return whole_number(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() < 64 else None


def integers(value: Any) -> list[int]:
    found = (integer_or_none(item) for item in value) if isinstance(value, list) else ()
    return [number for number in found if number is not None]


def copy_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return a deep copy of what came from JSON; much faster than the general kind of copy."""
    copied: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(document))
    return copied
