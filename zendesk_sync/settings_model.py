"""What every part of the configuration file shares: unknown keys are errors; what a secret looks like; spelling."""

from __future__ import annotations

import re

from pydantic import AfterValidator, ConfigDict

LOOPBACK = re.compile(r"^http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$")
SECRET_KEY = re.compile(r"secret|token|password|passwd|credential|api_?key|bearer|authorization", re.IGNORECASE)
"""A key that looks as if a secret stood behind it."""
FROZEN = ConfigDict(frozen=True, extra="forbid")
"""Every part: an unknown key is an error."""


def spelled(pattern: str, said: str) -> AfterValidator:
    """A text that matches ``pattern`` as a whole; ``said`` is what a person reads when it does not."""

    def read(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(said)
        return value

    return AfterValidator(read)
