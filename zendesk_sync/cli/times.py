"""Moments as people give them on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from zendesk_sync.errors import InputError

DATES = "2026-01-31, or 2026-01-31T08:00Z"
AGO = "or so long ago: 90m, 2h, 3d"
AHEAD = "2026-01-31T18:00Z, or so long from now: 90m, 4h, 2d"
_AGO = re.compile(r"(\d{1,5})\s*([mhd])")
_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}


def moment(option: str, text: str, *, now: float | None = None) -> int:
    """Unix seconds of a date or time, UTC where it names no zone, never before 1970; with ``now`` also of so long ago.

    Raises:
        InputError: it is none of these.
    """
    if now is not None and (match := _AGO.fullmatch(text.strip())):
        return max(0, int(now) - int(match[1]) * _SECONDS[match[2]])
    try:
        at = datetime.fromisoformat(text.strip())
        return max(0, int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, OverflowError):
        expected = DATES if now is None else f"{DATES}, {AGO}"
        raise InputError(f"{option}: {text!r} is no time; expected {expected}") from None


def moment_ahead(option: str, text: str, *, now: float) -> int:
    """Unix seconds of a date or time to come, UTC where it names no zone, or of so long from ``now``.

    Raises:
        InputError: it is none of these, or has passed.
    """
    if match := _AGO.fullmatch(text.strip()):
        at = int(now) + int(match[1]) * _SECONDS[match[2]]
    else:
        try:
            at = moment(option, text)
        except InputError:
            raise InputError(f"{option}: {text!r} is no time; expected {AHEAD}") from None
    if at <= now:
        raise InputError(f"{option}: {text!r} has passed; expected {AHEAD}")
    return at
