"""What the local Zendesk takes for a big account: making it up, and serving what a sync asks for."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Iterator

import httpx

from zendesk_sync.sandbox import FAST, Clock, Sandbox

TICKETS = 100_000
TIMES = 5
_EXPORT = "/api/v2/incremental/tickets/cursor?start_time=0&include=users,organizations"
_IDS = ",".join(str(number) for number in range(1, 101))
_READS = {
    "export_page_of_1000": _EXPORT,
    "ticket_events_page_of_1000": "/api/v2/incremental/ticket_events?start_time=0&include=comment_events",
    "show_many_100": f"/api/v2/tickets/show_many?ids={_IDS}&include=users,organizations",
    "list_page_of_100": "/api/v2/tickets?page[size]=100&sort=-updated_at",
    "search_page_of_100": "/api/v2/search?query=type:ticket status<solved",
    "audits_of_one": "/api/v2/tickets/500/audits",
}

Figure = tuple[str, float, str]


def figures() -> Iterator[Figure]:
    """Seconds and megabytes of this machine, this time; over a socket, the client's share included."""
    started = time.perf_counter()
    with Sandbox(clock=Clock(frozen=True), pace=FAST, generate=TICKETS) as sandbox:
        yield "sandbox.generate_100000", time.perf_counter() - started, "s"
        yield "sandbox.memory_after", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB"
        headers = {"Authorization": f"Bearer {sandbox.token}"}
        with httpx.Client(base_url=sandbox.url, headers=headers, timeout=60) as http:
            for name, path in _READS.items():
                yield f"sandbox.{name}", _median(http, path), "ms"
            change = {"additional_tags": ["seen"], "comment": {"body": "N", "public": False}}
            items = [{"id": number, **change} for number in range(TICKETS - 99, TICKETS + 1)]
            started = time.perf_counter()
            http.put("/api/v2/tickets/update_many", json={"tickets": items}).raise_for_status()
            http.post("/sandbox/clock", json={"advance_seconds": 5}).raise_for_status()
            yield "sandbox.update_many_100", (time.perf_counter() - started) * 1000, "ms"


def _median(http: httpx.Client, path: str) -> float:
    """Milliseconds of the middle one of a few requests."""
    taken = []
    for _ in range(TIMES):
        started = time.perf_counter()
        http.get(path).raise_for_status()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)
