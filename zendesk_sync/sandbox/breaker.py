"""The circuit breaker of webhooks. Source: Zendesk webhooks documentation, "Webhooks circuit breaker".

It opens at 70 % errors, or more than 1,000 errors, within five minutes; for a short pause no call is made. How many
calls make a share worth looking at is not documented; here it is `least`.
"""

from collections import deque
from dataclasses import dataclass, field

WINDOW = 300.0
PAUSE = 5.0
SHARE = 0.7
MOST = 1_000


@dataclass(slots=True)
class Breaker:
    """The calls of one webhook: `(moment in Unix seconds, whether it failed)`."""

    least: int = 100
    open_until: float = 0.0
    _calls: deque[tuple[float, bool]] = field(default_factory=deque)
    _errors: int = 0

    def is_open(self, now: float) -> bool:
        return now < self.open_until

    def record(self, now: float, *, failed: bool) -> None:
        """Count one answered call; maybe open. What was counted before an opening is forgotten."""
        self._calls.append((now, failed))
        self._errors += failed
        while self._calls and self._calls[0][0] <= now - WINDOW:
            self._errors -= self._calls.popleft()[1]
        too_many = self._errors > MOST
        if too_many or (len(self._calls) >= self.least and self._errors / len(self._calls) >= SHARE):
            self.open_until = now + PAUSE
            self._calls.clear()
            self._errors = 0
