"""What a monitoring system may know: counts and times, by account and kind.

Labels are names of accounts and fixed words. No ticket's text and no ticket's id ever becomes one: that would be a
leak, and a new time series for each ticket.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY: Final = CollectorRegistry(auto_describe=True)
"""Of this process. Everything below counts from its start."""

HINTS: Final = Counter("zendesk_sync_hints", "Webhooks whose hint is on the disk.", ["account"], registry=REGISTRY)

REFUSED: Final = Counter(
    "zendesk_sync_refused",
    "Webhooks refused, by reason; the account is empty where the sender did not prove to be one.",
    ["account", "reason"],
    registry=REGISTRY,
)

STORED: Final = Counter(
    "zendesk_sync_hint_writes", "Writes to the store that hints shared.", ["account"], registry=REGISTRY
)

ACKNOWLEDGED: Final = Histogram(
    "zendesk_sync_acknowledgement_seconds",
    "From a webhook's first byte here to its 200.",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 12.0),
    registry=REGISTRY,
)

WRITES: Final = Counter(
    "zendesk_sync_writes", "Tickets written, by way: put or job.", ["account", "kind"], registry=REGISTRY
)

JOBS: Final = Counter("zendesk_sync_jobs", "Jobs sent to Zendesk.", ["account"], registry=REGISTRY)
