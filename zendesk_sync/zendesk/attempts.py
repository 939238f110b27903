"""What a trace says of one attempt of one request, by OpenTelemetry's names.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/ wants ``url.full`` too. It is left out on purpose: the
query of a search holds what people wrote, and paths hold ids.
"""

from __future__ import annotations

import re

import httpx

from zendesk_sync import tracing

_WORD = re.compile(r"[a-z_]+(?:\.json)?")
_ROOT = "/api/v2/"


def template(path: str) -> str:
    """The path with ``{id}`` for whatever is no word of the API: ``/api/v2/tickets/{id}/comments``."""
    root = _ROOT if path.startswith(_ROOT) else "/"
    kept = (part if not part or _WORD.fullmatch(part) else "{id}" for part in path.removeprefix(root).split("/"))
    return root + "/".join(kept)


def attempt(request: httpx.Request, kind: str, *, resent: int, rate_wait_s: float, retry_wait_s: float) -> tracing.Span:
    """A span for one attempt, from its sending to its last byte.

    Args:
        request: as it goes out.
        kind: what the rate counts it as.
        resent: how often it was sent before.
        rate_wait_s: seconds that this request has waited so far for our share of the rate.
        retry_wait_s: seconds that were waited before this attempt because of the one before.
    """
    if not tracing.is_on():
        return tracing.NOTHING
    shape = template(request.url.path)
    return tracing.span(
        f"{request.method} {shape}",
        "client",
        **{
            "http.request.method": request.method,
            "http.request.resend_count": resent or None,
            "server.address": request.url.host,
            "server.port": request.url.port or (443 if request.url.scheme == "https" else 80),
            "url.scheme": request.url.scheme,
            "url.template": shape,
        },
        call=kind,
        rate_wait_s=rate_wait_s or None,
        retry_wait_s=retry_wait_s or None,
    )


def answered(span: tracing.Span, status: int) -> None:
    """What came back; from 400 on a client counts it as an error."""
    span.set(**{"http.response.status_code": status})
    if status >= 400:
        span.failed(str(status))
