"""A collector: takes OTLP over HTTP on a real socket, and keeps the spans; or says no. And one in memory."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from zendesk_sync import tracing
from zendesk_sync.span_export import Exported


@dataclass(slots=True)
class Collector:
    """``status``: of every answer. ``asked``: how often spans came, taken or not. ``answers``: cleared, it is slow."""

    url: str = ""
    status: int = 200
    asked: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    resource: dict[str, str] = field(default_factory=dict)
    spans: list[Any] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)

    def names(self) -> set[str]:
        return {one.name for one in self.spans}

    def take(self, path: str, body: bytes) -> None:
        self.asked += 1
        if self.status != 200:
            return
        assert path == "/v1/traces"
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resource = {one.key: one.value.string_value for one in of_resource.resource.attributes}
            self.spans += [span for scope in of_resource.scope_spans for span in scope.spans]


@contextlib.contextmanager
def collector() -> Iterator[Collector]:
    taking = Collector()
    taking.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taking.answers.wait(20)
            taking.headers = {name.lower(): value for name, value in self.headers.items()}
            taking.take(self.path, self.rfile.read(int(self.headers["content-length"])))
            self.send_response(taking.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    taking.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield taking
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Kept:
    """Spans of this process that have ended, by the real SDK."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracer = Exported(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self._exporter.get_finished_spans()

    def named(self, name: str) -> list[ReadableSpan]:
        return [one for one in self.spans if one.name == name]

    def above(self, span: ReadableSpan) -> list[str]:
        """Names of the spans around this one, the nearest first."""
        known = {one.context.span_id: one for one in self.spans if one.context is not None}
        found, at = [], span.parent
        while at is not None:
            found.append(known[at.span_id].name)
            at = known[at.span_id].parent
        return found


@contextlib.contextmanager
def kept() -> Iterator[Kept]:
    found = Kept()
    tracing.use(found.tracer)
    try:
        yield found
    finally:
        tracing.stop()
