"""Rate limits: what the account and each endpoint allow in a window of the sandbox's own time.

Source: Zendesk API reference, Introduction > Rate limits, and the pages of the endpoints. Names of buckets are
those of recorded answers where there are any; of views, users, organizations, deletions and options they are ours.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zendesk_sync.sandbox.clock import Clock
from zendesk_sync.sandbox.errors import Refused
from zendesk_sync.sandbox.model.values import whole_number

_MANY = 10_000
"""Windows kept before those that are over are forgotten."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a limit may look at: who asks, the numbers in the path, the query."""

    user_id: object
    path_ids: tuple[str, ...]
    query: Mapping[str, str]

    @property
    def page(self) -> int:
        return whole_number(self.query.get("page", "")) or 1


@dataclass(frozen=True, slots=True)
class Limit:
    """One bucket: `total` requests in `seconds`, `high_volume` with the add-on, counted apart for each `key`."""

    name: str
    total: int
    seconds: int = 60
    high_volume: int | None = None
    key: Callable[[Asked], object] = lambda _: None
    applies: Callable[[Asked], bool] = lambda _: True
    shared: str = ""
    body: Any = None

    def allowed(self, *, high_volume: bool) -> int:
        return self.high_volume if high_volume and self.high_volume is not None else self.total


@dataclass(slots=True)
class Window:
    """A count that begins anew when its time is over."""

    ends: float
    used: int = 0


@dataclass(slots=True)
class Traffic:
    """What has been used in the running windows; kept in memory, so that a restart begins with full buckets."""

    windows: dict[object, Window] = field(default_factory=dict)

    def use(self, key: object, total: int, seconds: int, clock: Clock) -> tuple[int, int, bool]:
        """Take one; return (remaining, seconds until the reset, whether there was one to take)."""
        now = clock.timestamp()
        window = self.windows.get(key)
        if window is None or window.ends <= now:
            if len(self.windows) > _MANY:
                self.windows = {key: one for key, one in self.windows.items() if one.ends > now}
            window = self.windows[key] = Window(now + seconds)
        granted = window.used < total
        window.used += granted
        return total - window.used, max(1, math.ceil(window.ends - now)), granted


def _exceeded(what: str) -> dict[str, str]:
    return {"error": "APIRateLimitExceeded", "description": f"Number of allowed {what} per minute exceeded"}


_EXPORTS = _exceeded("incremental export API requests")
_TOO_MANY = {"errors": [{"code": "TooManyRequests", "title": "Too many requests to update"}]}


def _of_view(asked: Asked) -> object:
    return (asked.path_ids, asked.user_id)


def _first_id(asked: Asked) -> object:
    return asked.path_ids


def _user_updates(name: str) -> tuple[Limit, ...]:
    return (Limit(name, 5, key=_first_id), Limit("user-updates", 1, 1))


_EXPORT = Limit("incremental-exports", 10, high_volume=30, shared="exports", body=_EXPORTS)
_CURSOR = Limit("incremental-exports-cursor", 10, high_volume=30, shared="exports", body=_EXPORTS)
_PER_TICKET = Limit("per-ticket-updates", 30, 600, key=lambda asked: (asked.path_ids[:1], asked.user_id))
_RULES: tuple[tuple[str, str, tuple[Limit, ...]], ...] = (
    ("PUT", r"tickets/(\d+)", (_PER_TICKET, Limit("tickets-update", 100, high_volume=300))),
    ("POST PUT DELETE", r"tickets/(\d+)/tags", (_PER_TICKET,)),
    ("PUT", r"tickets/(\d+)/comments/\d+/(?:make_private|redact)", (_PER_TICKET,)),
    ("POST", r"tickets", (Limit("ticket-request-create-by-user-and-ip", 300, key=lambda asked: asked.user_id),)),
    ("GET", r"tickets", (Limit("tickets-index", 50, applies=lambda asked: asked.page > 500),)),
    ("DELETE", r"tickets/(?:\d+|destroy_many)", (Limit("ticket-deletion", 400),)),
    ("GET", r"deleted_tickets", (
        Limit("deleted-tickets", 10, applies=lambda asked: asked.page <= 100),
        Limit("deleted-tickets-deep-pagination", 5, applies=lambda asked: asked.page > 100),
    )),
    ("GET", r"incremental/\w+/sample", (Limit("incremental-exports-sample", 10, 1200, body=_EXPORTS),)),
    ("GET", r"incremental/users/cursor", (
        Limit("incremental-exports-cursor", 20, high_volume=60, shared="users", body=_EXPORTS),
    )),
    ("GET", r"incremental/\w+/cursor", (_CURSOR,)),
    ("GET", r"incremental/\w+", (_EXPORT,)),
    ("GET", r"search/export", (Limit("search-export-api", 100),)),
    ("GET", r"search", (Limit("search-index", 2_500),)),
    ("GET", r"views/(\d+)/execute", (Limit("view-execute", 5, key=_of_view, body=_TOO_MANY),)),
    ("GET", r"views/(\d+)/count", (Limit("view-count", 5, key=_of_view, body=_TOO_MANY),)),
    ("POST", r"views/preview(?:/count)?", (Limit("view-preview", 5, key=_of_view, body=_TOO_MANY),)),
    ("GET", r"views/count_many", (Limit("view-count-many", 6, body=_TOO_MANY),)),
    ("PUT", r"users/(\d+)", _user_updates("user-update")),
    ("POST", r"users/create_or_update", (Limit("user-updates", 1, 1),)),
    ("PUT", r"organizations/(\d+)", (Limit("organization-update", 5, key=_first_id),)),
    ("GET POST PUT DELETE", r"ticket_fields/\d+/options(?:/\d+)?", (Limit("field-options", 100),)),
)  # fmt: skip
_COMPILED = tuple((frozenset(methods.split()), re.compile(path), limits) for methods, path, limits in _RULES)


def admit(traffic: Traffic, clock: Clock, rpm: int, *, enforced: bool) -> dict[str, str]:
    """Count one request of the account; return the headers that tell what is left.

    Raises:
        Refused: 429 with `Retry-After` and the same headers.
    """
    left, resets, granted = traffic.use("account", rpm, 60, clock)
    headers = {
        "x-rate-limit": str(rpm), "x-rate-limit-remaining": str(left), "ratelimit-limit": str(rpm),
        "ratelimit-remaining": str(left), "ratelimit-reset": str(resets),
    }  # fmt: skip
    if enforced and not granted:
        raise Refused(429, _exceeded("API requests"), {**headers, "retry-after": str(resets)})
    return headers


def admit_endpoint(
    traffic: Traffic,
    clock: Clock,
    method: str,
    path: str,
    user_id: object,
    query: Mapping[str, str],
    *,
    high_volume: bool,
) -> dict[str, str]:
    """Count a request in the buckets of its endpoint (`path` without `/api/v2/`); return their headers.

    Raises:
        Refused: 429 with `Retry-After` and the headers.
    """
    for methods, pattern, limits in _COMPILED:
        if method in methods and (match := pattern.fullmatch(path)):
            asked = Asked(user_id, tuple(match.groups()), query)
            return _use_all(traffic, clock, limits, asked, high_volume=high_volume)
    return {}


def _use_all(
    traffic: Traffic, clock: Clock, limits: tuple[Limit, ...], asked: Asked, *, high_volume: bool
) -> dict[str, str]:
    headers: dict[str, str] = {}
    for limit in limits:
        if not limit.applies(asked):
            continue
        total = limit.allowed(high_volume=high_volume)
        left, resets, granted = traffic.use((limit.shared or limit.name, limit.key(asked)), total, limit.seconds, clock)
        headers[f"zendesk-ratelimit-{limit.name}"] = f"total={total}; remaining={left}; resets={resets}"
        if not granted:
            body = limit.body or _exceeded("API requests")
            raise Refused(429, body, {**headers, "retry-after": str(resets)})
    return headers
