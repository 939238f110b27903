"""Spans on their way to a collector: OpenTelemetry's SDK and OTLP over HTTP, optional (``zendesk-sync[otel]``).

Nothing here may hold up the work. Spans wait in a bounded queue, a thread of the SDK's delivers them, and what does not
fit or arrive is lost. The log says once that a collector does not take them, and once that it does again.
"""

from __future__ import annotations

import logging
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
import structlog

from zendesk_sync import __version__
from zendesk_sync.errors import ConfigurationError, told
from zendesk_sync.tracing import DISABLED, ENDPOINTS, Ids, Kind, Span, Value

try:
    from opentelemetry import context, trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
except ModuleNotFoundError:
    raise ConfigurationError(
        f"the environment asks for traces, and the extra is not installed; "
        f"run: pip install 'zendesk-sync[otel]', or set {DISABLED}=true"
    ) from None

SERVICE: Final = "zendesk-sync"
KINDS: Final[Mapping[Kind, trace.SpanKind]] = {
    "internal": trace.SpanKind.INTERNAL,
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
}

log = structlog.get_logger()


def open_tracer(environ: Mapping[str, str]) -> Exported:
    """What the environment's ``OTEL_*`` variables describe; the SDK reads them itself.

    Raises:
        ConfigurationError: the SDK cannot use one of them.
    """
    _listen()
    address = next((environ[name] for name in ENDPOINTS if environ.get(name)), "http://localhost:4318")
    session = _Session(address)
    try:
        exporter = _Delivery(OTLPSpanExporter(session=session), session)
        return Exported(BatchSpanProcessor(exporter))
    except (ValueError, RuntimeError) as error:
        raise ConfigurationError(f"OTEL_... variables: {error}") from None


class Exported:
    """Spans that end up in ``processor``."""

    def __init__(self, processor: Any) -> None:
        resource = Resource.create({"service.version": __version__})
        if str(resource.attributes["service.name"]).startswith("unknown_service"):
            resource = resource.merge(Resource({"service.name": SERVICE}))
        # How long the end may take is decided here, not at the interpreter's exit.
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("zendesk_sync", __version__)

    def span(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Span:
        return _Open(self._tracer, name, kind, attributes)

    def ids(self) -> Ids | None:
        """Of the span that this line of work is in."""
        now = trace.get_current_span().get_span_context()
        return (trace.format_trace_id(now.trace_id), trace.format_span_id(now.span_id)) if now.is_valid else None

    def close(self, within_s: float) -> None:
        """The SDK's own end waits for up to half a minute where the collector is away."""
        ending = threading.Thread(target=self._provider.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(within_s)


class _Open(Span):
    """A span that is sent when it ends."""

    __slots__ = ("_attributes", "_kind", "_name", "_span", "_token", "_tracer")

    def __init__(self, tracer: trace.Tracer, name: str, kind: Kind, attributes: Mapping[str, Value]) -> None:
        self._tracer, self._name, self._kind, self._attributes = tracer, name, kind, attributes

    def set(self, **attributes: Value) -> None:
        self._span.set_attributes(_spelled(attributes))

    def failed(self, kind: str, message: str = "") -> None:
        self._span.set_attribute("error.type", kind)
        self._span.set_status(trace.StatusCode.ERROR, message or None)

    def __enter__(self) -> Self:
        self._span = self._tracer.start_span(
            self._name,
            kind=KINDS[self._kind],
            attributes=_spelled(self._attributes),
            record_exception=False,  # its trace and its words may hold what a ticket says
            set_status_on_exception=False,
        )
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        context.detach(self._token)
        if error is not None:
            name, message = type(error).__name__, told(error)
            self.failed(name, "" if message == name else message)
        self._span.end()


class _Session(requests.Session):
    """Speaks to one collector; proxies as everywhere else here: by ``HTTPS_PROXY`` for https, and no ``~/.netrc``.

    Attributes:
        place: the collector's host and port.
        said: what became of the last request.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        parts = urlsplit(address)
        self.place = str(parts.hostname) + ("" if parts.port is None else f":{parts.port}")
        self.said = "no answer"
        self.trust_env = False
        proxy = urllib.request.getproxies_environment().get("https")
        if proxy and parts.scheme == "https" and not urllib.request.proxy_bypass(str(parts.hostname)):
            self.proxies = {"https": proxy}

    def request(self, *words: Any, **more: Any) -> requests.Response:
        try:
            answer = super().request(*words, **more)
        except Exception as error:
            self.said = type(error).__name__
            raise
        self.said = f"status {answer.status_code}"
        return answer


class _Delivery(SpanExporter):
    """Tells the log, once each time, when spans stop arriving and when they arrive again."""

    def __init__(self, inner: SpanExporter, session: _Session) -> None:
        self._inner, self._session, self._arrive = inner, session, True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        arrive = result is SpanExportResult.SUCCESS
        if arrive != self._arrive:
            self._arrive = arrive
            if arrive:
                log.info("spans arrive again", collector=self._session.place)
            else:
                log.warning("spans do not arrive", collector=self._session.place, reason=self._session.said)
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


class _Complaints(logging.Handler):
    """What the SDK says of its settings, each once; its words without the values, which may be headers with secrets."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        said = str(record.msg).replace("%s", "…")
        if not record.name.startswith("opentelemetry.exporter.") and said not in self._said:
            self._said.add(said)
            log.warning("tracing", reason=said)


def _listen() -> None:
    theirs = logging.getLogger("opentelemetry")
    theirs.propagate = False
    theirs.handlers = [_Complaints()]


def _spelled(attributes: Mapping[str, Value]) -> dict[str, Any]:
    return {
        name if "." in name else f"zendesk_sync.{name}": value
        for name, value in attributes.items()
        if value is not None
    }
