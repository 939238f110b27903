"""Where the CPU seconds of a process go: time inside named functions, less that of watched functions inside them."""

from __future__ import annotations

import functools
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Parts:
    """For one thread. ``seconds``: part -> CPU seconds so far."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[str] = []
        self._since = 0.0

    def watch(self) -> None:
        """From here on, in this process."""
        for part, owner, name in watched():
            setattr(owner, name, self._timed(part, getattr(owner, name)))

    def _timed(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        def timed(*args: Any, **known: Any) -> Any:
            self._turn()
            self._inside.append(part)
            try:
                return work(*args, **known)
            finally:
                self._turn()
                self._inside.pop()

        return timed

    def _turn(self) -> None:
        now = time.thread_time()
        if self._inside:
            self.seconds[self._inside[-1]] += now - self._since
        self._since = now


def watched() -> list[tuple[str, object, str]]:
    """Part, and which function of whom: deciding and so on as the backfill calls them; store and wire beside them."""
    import msgspec

    from zendesk_sync.store.store import Store
    from zendesk_sync.sync import backfill, look
    from zendesk_sync.sync.plan import TicketChange
    from zendesk_sync.zendesk import client, records
    from zendesk_sync.zendesk.transport import PolicyTransport

    del backfill  # everything that decodes is imported now
    return [
        *(("decode", module, "decode") for module in _users(client.decode)),
        *(("decode", module, "convert") for module in _users(records.convert)),
        ("encode", msgspec.json, "encode"),
        ("encode", TicketChange, "payload"),
        ("decide", look, "assemble"),
        ("decide", look, "decide"),
        ("plan", look, "plan"),
        ("wire", PolicyTransport, "handle_request"),
        *(("store", Store, name) for name in _public(Store)),
    ]


def _users(function: Callable[..., Any]) -> list[object]:
    """The modules of ours that know a function by its name."""
    ours = [module for name, module in sys.modules.items() if name.startswith("zendesk_sync.")]
    return [module for module in ours if getattr(module, function.__name__, None) is function]


def _public(kind: type) -> list[str]:
    """Its methods; neither class methods nor context managers, whose work is done elsewhere."""
    return [
        name
        for base in kind.__mro__[:-1]
        for name, value in vars(base).items()
        if callable(value) and not name.startswith("_") and not hasattr(value, "__wrapped__")
    ]


def peak_mb() -> float:
    """The most memory that this program held; what the kernel keeps for ``getrusage`` includes the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
