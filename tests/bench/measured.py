"""One command of ours in a process of its own, in the local Zendesk's time: what it asked, took and held.

As a script: ``REPORT URL WORDS...`` runs ``zendesk-sync WORDS...`` and writes the report as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.own_time import OwnTime
from tests.bench.parts import Parts, peak_mb

API = "/api/v2/"


def main() -> None:
    report, url, *words = sys.argv[1:]
    own = OwnTime(url)
    own.install()  # before anything takes its sleep and its clocks from the module

    import httpx

    from zendesk_sync.cli.main import app
    from zendesk_sync.store.store import Store

    calls: Counter[str] = Counter()
    send, open_store = httpx.HTTPTransport.handle_request, Store.open

    def counted(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        calls[f"{request.method} {request.url.path}"] += 1
        return send(transport, request)

    def opened(*place: Any, **known: Any) -> Store:
        return open_store(*place, clock=time.time, **known)

    replace(httpx.HTTPTransport, "handle_request", counted)
    replace(Store, "open", opened)
    parts = Parts()
    parts.watch()
    waited, cpu, real = own.waited, time.process_time(), time.perf_counter()
    code = app(words, standalone_mode=False)
    cpu_s = time.process_time() - cpu - own.cpu_s
    told = {
        "code": code or 0,
        "calls": {what: count for what, count in calls.items() if API in what},
        "waited_s": own.waited - waited,
        "real_s": time.perf_counter() - real,
        "cpu_s": cpu_s,
        "parts": parts.seconds,
        "peak_mb": peak_mb(),
    }
    Path(report).write_text(json.dumps(told))


def replace(owner: object, name: str, value: Callable[..., Any]) -> None:
    setattr(owner, name, value)


if __name__ == "__main__":
    main()
