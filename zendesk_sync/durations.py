"""A time that has passed or is to come, for people."""

from __future__ import annotations


def lasting(seconds: float) -> str:
    """At most two units, such as ``3 d 4 h``; seconds are cut off, not rounded."""
    whole = int(seconds)
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def roughly(seconds: float) -> str:
    """The same without seconds from a minute on, such as ``50 min``."""
    return f"{int(seconds) // 60} min" if 60 <= seconds < 3600 else lasting(seconds)
