"""Pages out of templates, with the headers that keep them private and inert."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from webhooks.board.entry import Visitor
from zendesk_sync import moments
from zendesk_sync.durations import roughly
from zendesk_sync.report import plots
from zendesk_sync.sync import clock_words
from zendesk_sync.sync.board import placed
from zendesk_sync.sync.explained import nothing, outcome
from zendesk_sync.sync.surge import described


def _file(name: str) -> str:
    return files("webhooks.board").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


STYLE: Final = plots.STYLE + _file("style.css")
SCRIPT: Final = _file("refresh.js")
POLICY: Final = (
    f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; connect-src 'self'; img-src data:; "
    f"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
HEADERS: Final = {**PRIVATE, "Content-Security-Policy": POLICY, "Permissions-Policy": "geolocation=(), camera=()"}


def as_words(value: object) -> str:
    """One of our own names for people: ``open_source`` is "open source"."""
    return str(value).replace("_", " ")


def moment(at: datetime | float) -> str:
    """As people read it, in UTC: ``2026-03-02 10:00``."""
    at = datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else at
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


def iso(at: datetime | float) -> str:
    """As programs read it."""
    return moments.iso(moments.moment(at) if isinstance(at, int | float) else at)


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def number(value: float | None, unit: str = "") -> str:
    """A number for people; a dash for none."""
    if value is None:
        return "–"  # noqa: RUF001  as tables have it
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip(".")
    return text + (f" {unit}" if unit else "")


_PAGES: Final = Environment(
    loader=PackageLoader("webhooks.board"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {
    "words": as_words,
    "moment": moment,
    "iso": iso,
    "number": number,
    "lasting": roughly,
    "sentence": sentence,
    "short": plots.short,
    "placed": placed,
}
# Both are texts of ours; the policy's hashes cover exactly these texts.
_PAGES.globals |= {
    "style": Markup(STYLE),  # noqa: S704
    "script": Markup(SCRIPT),  # noqa: S704
    "nothing": nothing,
    "outcome": outcome,
    "answered": clock_words.answered,
    "clocks": clock_words.told,
    "surge": described,
    "LEVELS": plots.LEVELS,
    "by_day": plots.by_day,
}


def up(request: Request) -> str:
    """The way from a page to where ``board`` stands, relative: a proxy may serve everything below a path of its own."""
    return "../" * (request.url.path.count("/") - 1)


def html(request: Request, template: str, visitor: Visitor | None, status: int = 200, **values: Any) -> Response:
    """A page; ``refresh`` is after how many seconds it renews itself, 0 for never."""
    shown = {"refresh": 0, "paused": False, "account": None, "accounts": (), "live": False, **values}
    text = _PAGES.get_template(template).render(visitor=visitor, up=up(request), **shown)
    return HTMLResponse(text, status, dict(HEADERS))


def json(body: Mapping[str, Any], status: int = 200) -> Response:
    return JSONResponse(dict(body), status, dict(PRIVATE))


def to(request: Request, path: str) -> Response:
    """Go on there: ``path`` begins with ``/board``."""
    return RedirectResponse(up(request) + path.lstrip("/"), 303, dict(PRIVATE))


def wants_json(request: Request) -> bool:
    """Whether a program asks."""
    if (named := request.query_params.get("format")) is not None:
        return named == "json"
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept
