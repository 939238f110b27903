"""A process whose time is the local Zendesk's, where only waits take any: a wait moves both clocks, at once.

So what the rate and the jobs make somebody wait for is counted, the same on every machine, and nobody waits for it.
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
        waited: seconds that somebody waited here.
        cpu_s: seconds of CPU that moving the clocks took.
    """

    url: str
    waited: float = 0.0
    cpu_s: float = 0.0

    def install(self) -> None:
        """Stop the clocks; ``sleep``, ``monotonic`` and ``time`` of :mod:`time` are ours from here on."""
        now = datetime.fromisoformat(self._clock({"freeze": True})["now"]).timestamp()
        setattr(time, "time", self._from(now))  # noqa: B010  these types are wider than the standard library's
        setattr(time, "monotonic", self._from(time.monotonic()))  # noqa: B010
        setattr(time, "sleep", self.sleep)  # noqa: B010

    def sleep(self, seconds: float) -> None:
        """Move the local Zendesk's clock, and ours."""
        began, forward = time.thread_time(), max(0.0, seconds)
        self._clock({"advance_seconds": forward})
        self.waited += forward
        self.cpu_s += time.thread_time() - began

    def _from(self, began: float) -> Callable[[], float]:
        return lambda: began + self.waited

    def _clock(self, move: dict[str, object]) -> dict[str, str]:
        host = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(host.hostname), host.port, timeout=60)
        try:
            connection.request("POST", "/sandbox/clock", json.dumps(move), {"Content-Type": "application/json"})
            found: dict[str, str] = json.loads(connection.getresponse().read())
            return found
        finally:
            connection.close()
