"""Spans: what took how long inside of what, for a monitoring system that asks for it; nothing at all where none does.

Switched on by OpenTelemetry's own variables, such as ``OTEL_EXPORTER_OTLP_ENDPOINT``
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Only then is the extra
``zendesk-sync[otel]`` imported; otherwise :func:`span` hands out one object that does nothing.

A span says what a log line may say: names of ours, numbers, ids of tickets. No text of a ticket, no customer, no
secret, no address with its query; of an exception its type and our own message.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Final, Literal, Protocol, Self
from urllib.parse import urlsplit

from zendesk_sync.errors import ConfigurationError

Value = str | int | float | bool | tuple[int, ...] | None
"""None is left out."""
Kind = Literal["internal", "server", "client"]
Ids = tuple[str, str]
"""Trace and span, in hexadecimal as W3C writes them."""

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
EXPORTER: Final = "OTEL_TRACES_EXPORTER"
DISABLED: Final = "OTEL_SDK_DISABLED"
FLUSH_S: Final = 2.0
"""A process that ends waits so long for its last spans to be delivered."""


class Span:
    """Something that is going on. This one keeps nothing."""

    __slots__ = ()

    def set(self, **attributes: Value) -> None:
        """Say more of it; a name without a dot is one of ours and gets the prefix ``zendesk_sync.``."""

    def failed(self, kind: str, message: str = "") -> None:
        """It went wrong without an exception; ``message`` is ours."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return None


class Tracer(Protocol):
    """Where spans go; :class:`~zendesk_sync.span_export.Exported`."""

    def span(self, name: str, kind: Kind, attributes: Mapping[str, Value]) -> Span: ...

    def ids(self) -> Ids | None: ...

    def close(self, within_s: float) -> None: ...


NOTHING: Final = Span()
_tracer: Tracer | None = None


def span(name: str, kind: Kind = "internal", /, **attributes: Value) -> Span:
    """A span for as long as a ``with`` lasts, inside of the one around it."""
    return NOTHING if _tracer is None else _tracer.span(name, kind, attributes)


def is_on() -> bool:
    """Whether anybody asked for spans; for attributes that take work to find."""
    return _tracer is not None


def use(tracer: Tracer | None) -> None:
    """Send spans there from now on; None: nowhere."""
    global _tracer  # noqa: PLW0603  one process, one destination, as with logs
    _tracer = tracer


def start(environ: Mapping[str, str]) -> None:
    """Send spans where the environment says, if it says so.

    Raises:
        ConfigurationError: spans are asked for and cannot be sent: the extra is missing, or a variable is wrong.
    """
    if _tracer is None and is_wanted(environ):
        from zendesk_sync import span_export

        use(span_export.open_tracer(environ))


def stop(within_s: float = FLUSH_S) -> None:
    """Deliver what is left, if that takes no longer than ``within_s``, and send nothing more."""
    tracer = _tracer
    use(None)
    if tracer is not None:
        tracer.close(within_s)


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment asks for spans: an endpoint, or the exporter by name, and nothing that forbids them.

    Raises:
        ConfigurationError: it asks for what there is not. The value of an address is not shown: it may hold a secret.
    """
    exporter = environ.get(EXPORTER, "").strip().lower()
    addressed = [name for name in ENDPOINTS if environ.get(name)]
    if environ.get(DISABLED, "").strip().lower() == "true" or exporter == "none":
        return False
    if exporter not in {"", "otlp"}:
        raise ConfigurationError(f"{EXPORTER}: found {exporter!r}; must be otlp or none")
    if not exporter and not addressed:
        return False
    for name in addressed:
        if not _is_address(environ[name]):
            raise ConfigurationError(f"{name}: must be an address such as http://127.0.0.1:4318")
    for name in PROTOCOLS:
        if (found := environ.get(name, "").strip()) not in {"", "http/protobuf"}:
            raise ConfigurationError(
                f"{name}: found {found!r}; must be http/protobuf, which collectors take on port 4318"
            )
    return True


def ids() -> dict[str, str]:
    """Keys of a log line that name the span which this line of work is in; none outside of one."""
    found = None if _tracer is None else _tracer.ids()
    return {} if found is None else {"trace_id": found[0], "span_id": found[1]}


def add_ids(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog: the line says in which span it was written."""
    event.update(ids())
    return event


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text.strip())
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
