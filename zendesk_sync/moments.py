"""Moments as the reports hold them (UTC), and as programs read them."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(at: float) -> datetime:
    """From seconds since 1970."""
    return datetime.fromtimestamp(at, UTC)


def iso(at: datetime) -> str:
    """ISO 8601 in UTC, whole seconds, such as ``2026-03-02T10:00:00Z``."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
