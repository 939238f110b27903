"""A process whose time runs with the local Zendesk's: a wait moves both clocks forward, and takes no time itself.

Nothing but the standard library is imported here: whoever takes a function of :mod:`time` later takes ours.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit


@dataclass(slots=True)
class OwnTime:
    """The clock of this process and that of the local Zendesk at ``url``.

    Attributes:
        ahead: seconds by which both are ahead of this machine's.
        cpu_s: seconds of CPU that moving the clocks took.
    """

    url: str
    ahead: float = 0.0
    cpu_s: float = 0.0

    def install(self) -> None:
        """From here on ``time.sleep``, ``time.monotonic`` and ``time.time`` are ours, in this process."""
        now = datetime.fromisoformat(self._clock("GET")["now"]).timestamp()
        self.ahead = max(0.0, now - time.time())
        for name in ("monotonic", "time"):
            setattr(time, name, self._moved(getattr(time, name)))
        setattr(time, "sleep", self.sleep)  # noqa: B010  its type is narrower than the standard library's

    def sleep(self, seconds: float) -> None:
        """Move the local Zendesk's clock, and ours."""
        began, forward = time.thread_time(), max(0.0, seconds)
        self._clock("POST", {"advance_seconds": forward})
        self.ahead += forward
        self.cpu_s += time.thread_time() - began

    def _moved(self, real: Callable[[], float]) -> Callable[[], float]:
        return lambda: real() + self.ahead

    def _clock(self, method: str, body: dict[str, float] | None = None) -> dict[str, str]:
        host = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(host.hostname), host.port, timeout=60)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, "/sandbox/clock", content, {"Content-Type": "application/json"})
            found: dict[str, str] = json.loads(connection.getresponse().read())
            return found
        finally:
            connection.close()
