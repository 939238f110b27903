"""What every part of the configuration file shares: that unknown keys are errors, and what a secret looks like."""

from __future__ import annotations

import re

from pydantic import ConfigDict

LOOPBACK = re.compile(r"^http://(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$")
SECRET_KEY = re.compile(r"secret|token|password|passwd|credential|api_?key|bearer|authorization", re.IGNORECASE)
"""A key that looks as if a secret stood behind it."""
FROZEN = ConfigDict(frozen=True, extra="forbid")
"""Every part: an unknown key is an error."""
