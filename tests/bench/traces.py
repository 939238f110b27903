"""What tracing costs, switched off and on: beside a decision, and beside a request whose answer is already there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import httpx
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from tests.bench import figures as work
from zendesk_sync import tracing
from zendesk_sync.span_export import Exported
from zendesk_sync.zendesk.auth import Bearer
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.client import open_client

SPANS, REQUESTS = 10_000, 200
Rate = Callable[[Callable[[], int]], float]
"""Items a second of CPU."""


class Nowhere(SpanExporter):
    """A collector that takes everything at once."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS


def spans() -> int:
    for number in range(SPANS):
        with tracing.span("ticket.look", ticket=number) as span:
            span.set(level="p2", changes=True)
    return SPANS


def requests() -> int:
    minutes = iter(range(0, REQUESTS * 60_000, 60))  # each call in a minute of its own: none waits for the rate
    answer = httpx.MockTransport(lambda _request: httpx.Response(200, json={"ticket": {"id": 1}}))
    with open_client(
        "https://acme.zendesk.com", Bearer("t"), transport=answer, budget=Budget(clock=lambda: float(next(minutes)))
    ) as client:
        for _ in range(REQUESTS):
            client.request("GET", "/api/v2/tickets/1")
    return REQUESTS


def figures(rate: Rate) -> Iterator[tuple[str, float, str]]:
    """Parts of the time of one decision, and of one request of ours without any network."""
    decide = rate(work.pure()["policy.decide"])
    off, request_off = rate(spans), rate(requests)
    tracing.use(Exported(BatchSpanProcessor(Nowhere())))
    try:
        on, request_on = rate(spans), rate(requests)
    finally:
        tracing.stop()
    yield "tracing.span_off_per_decision", decide / off, "ratio"
    yield "tracing.span_on_per_decision", decide / on, "ratio"
    yield "tracing.request_on_to_off", request_off / request_on, "ratio"
