"""How fast we may call: our share of what the account allows, learned from what Zendesk announces.

Arithmetic only: nothing here sends, sleeps or logs. https://developer.zendesk.com/api-reference/introduction/rate-limits/

Three promises, each for every kind of request that has a limit of its own, and for the account as a whole:

* never more than our share of the limit within any 60 seconds, wherever Zendesk's own minute begins;
* agents and other integrations keep theirs: once what is left of the running minute would fall below the part that is
  not ours, we wait until it ends;
* what was refused with 429 is not tried again before its ``Retry-After``.

The incremental exports are nobody's clicks: ten calls a minute, shared by the integrations that copy data. Half of them
would halve the pace of a backfill for no agent's good, so we use up to nine of ten, and leave one for a colleague's
nightly copy to get its page.

Looking into single tickets (comments, audits) may use only four fifths of our share. The rest finishes what was begun:
writes, jobs and their verification. Without it, a batch whose reading alone needs more than a minute's calls would be
read again every minute and never written.

Thirty updates of one ticket in ten minutes are not modelled: nothing here writes so often.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

WINDOW_S = 60.0
EXPORT_SHARE = 0.9
FINISHING = 0.2
"""The part of our share that looking into single tickets leaves for finishing what was begun."""
FEW = 4
"""Calls that it takes at least to read one ticket in full and write it."""
UNSAID_WAIT_S = 10.0
"""A 429 without a usable ``Retry-After``: what Zendesk's own Ruby client waits."""
SLACK_S = 1.5
"""``reset`` counts whole seconds, and answers take their time; a window that ends this much later is a new one."""
GRAIN_S = 0.001
"""Added to every wait, so that rounding never makes it too short."""

ACCOUNT, EXPORTS, UPDATES, SEARCHES = "account", "incremental exports", "ticket updates", "search exports"
WEBHOOKS, WEBHOOK_TESTS = "webhooks", "webhook tests"
BEFORE_THE_FIRST_HEADER = {ACCOUNT: 200, EXPORTS: 10, UPDATES: 100, SEARCHES: 100, WEBHOOKS: 100, WEBHOOK_TESTS: 20}
"""Requests a minute: the smallest plan still sold, and the documented limits of endpoints."""

_RULES = tuple(
    (method, re.compile(path), kind, bucket)
    for method, path, kind, bucket in (
        ("GET", r"incremental/.+", "export", EXPORTS),
        ("GET", r"search/export", "search", SEARCHES),
        ("PUT", r"tickets/\d+", "update", UPDATES),
        ("PUT", r"tickets/update_many", "update_many", None),
        ("GET", r"tickets/show_many", "show_many", None),
        ("GET", r"tickets/\d+", "show", None),
        ("GET", r"tickets/\d+/comments", "comments", None),
        ("GET", r"tickets/\d+/audits", "audits", None),
        ("GET", r"job_statuses(?:/.+)?", "jobs", None),
    )
)
_POOLS = ((re.compile(r"webhooks/test"), WEBHOOK_TESTS), (re.compile(r"webhooks(?:/.+)?"), WEBHOOKS))
"""Paths that are counted apart and tell it in the headers that elsewhere are the account's."""
_LOOKING = frozenset({"comments", "audits"})
_API = re.compile(r"/api/v2/(.+?)(?:\.json)?/?")
_ACCOUNT_HEADER = re.compile(r"(?:x-)?rate-?limit(?:-(limit|remaining|reset))?")
_BUCKET_HEADER = re.compile(r"zendesk-rate-?limit-.+")
_PART = re.compile(r"\b(total|remaining|resets)\s*=\s*(\d{1,9})\b")
_NUMBER = re.compile(r"\s*(\d{1,9})\b")


@dataclass(frozen=True, slots=True)
class Route:
    """What a request counts as: ``kind`` for people, ``bucket`` if it has a limit of its own.

    ``shape`` is what a refusal closes where there is no such bucket: method and path, numbers left out. ``pool``: the
    account's headers speak of ``bucket`` here. ``api``: it draws on the account's rate.
    """

    kind: str
    bucket: str | None
    shape: str
    pool: bool = False
    api: bool = True


@dataclass(slots=True)
class Call:
    """One attempt of one request, from asking for admission to its answer."""

    route: Route
    began: float = 0.0


@dataclass(frozen=True, slots=True)
class BucketState:
    """One limit as it stands now.

    Attributes:
        limit: requests a minute that Zendesk allows everybody together.
        allowed: how many of them we may use.
        used: how many we used within the last minute.
        remaining: what Zendesk last announced as left for everybody; None before it said anything, or when that minute
            is over.
        wait_s: seconds until the next call is allowed.
    """

    name: str
    limit: int
    allowed: int
    used: int
    remaining: int | None
    wait_s: float


@dataclass(frozen=True, slots=True)
class Announced:
    """What one answer says of one limit; None where it does not say."""

    limit: int | None = None
    remaining: int | None = None
    resets_s: float | None = None


class Budget:
    """The rate of one account. Safe to share between threads, and between clients of the same account.

    Args:
        share: our part of every limit but the exports', above 0 and at most 1.
        clock: seconds from any starting point. Steps backwards only make us slower.
    """

    def __init__(self, share: float = 0.5, *, clock: Callable[[], float] = time.monotonic) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"the share of the rate lies above 0 and is at most 1; found {share!r}")
        self.share = share
        self._clock, self._last, self._now = clock, clock(), 0.0
        self._lock = threading.Lock()
        self._buckets = {
            name: _Bucket(name, limit, EXPORT_SHARE if name == EXPORTS else share)
            for name, limit in BEFORE_THE_FIRST_HEADER.items()
        }
        self._shut: dict[str, float] = {}
        self._calls = Counter[str]()
        self._heard: float | None = None

    def admit(self, call: Call) -> float:
        """Seconds to wait before asking again; 0: the call may go out now, and is counted."""
        with self._lock:
            now, route = self._tick(), call.route
            wait = self._wait(route, now)
            if wait > 0:
                return wait + GRAIN_S
            call.began = now
            self._calls[route.kind] += 1
            for bucket in self._of(route):
                bucket.take(now)
            return 0.0

    def worthwhile(self, call: Call) -> float:
        """Seconds after which not only this call may go out but a good part of our share: the time to park work for.

        Work that came back for every single call would spend them all on taking itself up again.
        """
        with self._lock:
            return self._wait(call.route, self._tick(), several=True) + GRAIN_S

    def wait_s(self, bucket: str = ACCOUNT) -> float:
        """Seconds in which nothing that draws on this limit may go out; 0 where it may."""
        with self._lock:
            return self._buckets[bucket].state(self._tick()).wait_s

    def answered(
        self, call: Call, headers: Mapping[str, str], *, refused: bool = False, retry_after: float | None = None
    ) -> None:
        """Learn from the answer to an admitted call.

        Args:
            call: as it was admitted.
            headers: by lower-case name.
            refused: it was a 429.
            retry_after: the wait that it asks for, in seconds.
        """
        with self._lock:
            now, buckets = self._tick(), self._of(call.route)
            self._heard = now
            account, endpoint = _of_account(headers), _of_endpoint(headers)
            if call.route.pool:
                account, endpoint = None, account
            said = {ACCOUNT: account, call.route.bucket: endpoint}
            for bucket in buckets:
                bucket.flying -= 1
                if (announced := said[bucket.name]) is not None:
                    bucket.learn(announced, call.began, now)
            if refused and retry_after:
                if call.route.api and account is not None and account.remaining == 0:
                    self._buckets[ACCOUNT].shut = max(self._buckets[ACCOUNT].shut, now + retry_after)
                else:
                    self._close(call.route, now + retry_after, now)

    def lost(self, call: Call) -> None:
        """No answer came to an admitted call; it may have been counted by Zendesk, so it stays counted here."""
        with self._lock:
            for bucket in self._of(call.route):
                bucket.flying -= 1

    @property
    def limit(self) -> int:
        """Requests a minute that the account allows everybody together."""
        return self._buckets[ACCOUNT].limit

    @property
    def remaining(self) -> int | None:
        """What the account last announced as left of the running minute; None when unknown."""
        return self.buckets[0].remaining

    @property
    def buckets(self) -> tuple[BucketState, ...]:
        """Every limit as it stands now; the account's own comes first."""
        with self._lock:
            now = self._tick()
            return tuple(bucket.state(now) for bucket in self._buckets.values())

    @property
    def calls(self) -> Mapping[str, int]:
        """Attempts since the start by kind, those without an answer included."""
        with self._lock:
            return MappingProxyType(dict(self._calls))

    @property
    def heard_ago(self) -> float | None:
        """Seconds since Zendesk last answered, whatever it said; None before it ever did."""
        with self._lock:
            now = self._tick()
            return None if self._heard is None else now - self._heard

    def _tick(self) -> float:
        """Time that has surely passed: what the clock went forward."""
        reading = self._clock()
        self._now += max(0.0, reading - self._last)
        self._last = reading
        return self._now

    def _of(self, route: Route) -> list[_Bucket]:
        if not route.api:
            return []
        return [self._buckets[name] for name in (ACCOUNT, route.bucket) if name is not None]

    def _wait(self, route: Route, now: float, *, several: bool = False) -> float:
        waits = [0.0, self._shut.get(route.shape, 0.0) - now]
        for bucket in self._of(route):
            spared = int(bucket.allowed * FINISHING) if route.kind in _LOOKING else 0
            usable = bucket.allowed - spared
            waits.append(bucket.wait(now, usable, min(usable, max(FEW, usable // 2)) if several else 1))
        return max(waits)

    def _close(self, route: Route, until: float, now: float) -> None:
        if route.bucket is not None:
            self._buckets[route.bucket].shut = max(self._buckets[route.bucket].shut, until)
            return
        self._shut = {shape: end for shape, end in self._shut.items() if end > now}
        self._shut[route.shape] = max(self._shut.get(route.shape, 0.0), until)


@dataclass(slots=True)
class _Bucket:
    """One limit: our calls of the last minute one by one, and the minute that Zendesk counts as it last told it."""

    name: str
    limit: int
    share: float
    sent: deque[float] = field(default_factory=deque)
    flying: int = 0
    announced: int | None = None
    left: int = 0
    """What surely remains: calls under way count as not yet seen by the server."""
    until: float = -math.inf
    shut: float = -math.inf

    @property
    def allowed(self) -> int:
        """Our calls a minute; at least one, or nothing would ever work."""
        return max(1, int(self.share * self.limit + 1e-9))

    def wait(self, now: float, usable: int, calls: int = 1) -> float:
        self._forget(now)
        waits = [0.0, self.shut - now]
        if (over := len(self.sent) + calls - usable) > 0:
            waits.append(self.sent[over - 1] + WINDOW_S - now)
        if now < self.until and self.left - 1 < self.limit - usable:
            waits.append(self.until - now)
        return max(waits)

    def take(self, now: float) -> None:
        self.sent.append(now)
        self.flying += 1
        self.left -= 1

    def learn(self, said: Announced, began: float, now: float) -> None:
        """Take in what an answer to a call that ``began`` then says now."""
        if said.limit:
            self.limit = said.limit
        if said.remaining is None:
            return
        left, length = said.remaining - self.flying, WINDOW_S
        fresh = now >= self.until
        if said.resets_s is not None:
            length = min(said.resets_s, WINDOW_S)
            fresh = fresh or began + length > self.until + SLACK_S
        self.announced = said.remaining
        # Within one window, answers may overtake each other, so the lowest holds.
        self.left = left if fresh else min(self.left, left)
        self.until = now + length if fresh else max(self.until, now + length)

    def state(self, now: float) -> BucketState:
        wait = self.wait(now, self.allowed)
        known = self.announced if now < self.until else None
        return BucketState(self.name, self.limit, self.allowed, len(self.sent), known, wait)

    def _forget(self, now: float) -> None:
        while self.sent and now - self.sent[0] >= WINDOW_S:
            self.sent.popleft()


def route(method: str, path: str) -> Route:
    """What a request counts as. Only ``/api/v2/`` draws on the account's rate; sign-in does not."""
    if (found := _API.fullmatch(path)) is None:
        return Route("other", None, f"{method} {path}", api=False)
    rest = found[1]
    for verb, pattern, kind, bucket in _RULES:
        if method == verb and pattern.fullmatch(rest):
            return Route(kind, bucket, kind)
    for pattern, bucket in _POOLS:
        if pattern.fullmatch(rest):
            return Route("other", bucket, bucket, pool=True)
    return Route("other", None, f"{method} {re.sub(r'[0-9]+', '#', rest)}")


def _of_account(headers: Mapping[str, str]) -> Announced | None:
    """The account's limit, under any of the names it has had; where two disagree, the smaller number."""
    found: dict[str, int] = {}
    for name, value in headers.items():
        if (what := _ACCOUNT_HEADER.fullmatch(name)) and (number := _NUMBER.match(value)):
            part = what[1] or "limit"
            found[part] = min(found.get(part, int(number[1])), int(number[1]))
    if not found:
        return None
    resets = found.get("reset")
    return Announced(found.get("limit"), found.get("remaining"), None if resets is None else float(resets))


def _of_endpoint(headers: Mapping[str, str]) -> Announced | None:
    """The limit of the endpoint that answered, whatever its name: of those counted by the minute the tightest.

    A longer window belongs to one ticket, not to the endpoint.
    """
    found = []
    for name, value in headers.items():
        if _BUCKET_HEADER.fullmatch(name):
            parts = {part: int(number) for part, number in _PART.findall(value)}
            if parts.get("resets", 0) <= WINDOW_S and parts.get("total"):
                resets = parts.get("resets")
                left = parts.get("remaining")
                found.append(Announced(parts["total"], left, None if resets is None else float(resets)))
    return min(found, key=lambda one: (one.limit or 0, one.remaining or 0), default=None)
