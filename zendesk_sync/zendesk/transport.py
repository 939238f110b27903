"""One HTTP policy for every Zendesk call: what is repeated, how long we wait, and the requests adapter for zenpy.

Zendesk's rules: https://developer.zendesk.com/api-reference/introduction/rate-limits/
"""

from __future__ import annotations

import io
import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, Protocol, cast

import httpx
import structlog
import tenacity
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from zendesk_sync.errors import RateLimited
from zendesk_sync.zendesk.attempts import answered, attempt
from zendesk_sync.zendesk.auth import TOKENS_PATH
from zendesk_sync.zendesk.budget import UNSAID_WAIT_S, Budget, Call, route

NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
REPEATED_WHEN_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
IN_TROUBLE = frozenset({500, 502, 503, 504})
LONGEST_WAIT_S = 86_400.0
LIMIT_HEADER = re.compile(r"(x-)?rate-?limit\b|zendesk-rate-?limit-")
UNKNOWN_KEYS = re.compile(r"(?:unpermitted_keys\s*=>\s*|restricted keys\s*)\[([^\]]*)\]", re.IGNORECASE)
KEY_NAME = re.compile(r'"([A-Za-z0-9_.]{1,80})"')

log = structlog.get_logger(__name__)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The wait that ``Retry-After`` asks for, in seconds within 0 and one day, or None if it says nothing usable.

    An HTTP date is taken relative to the answer's own ``Date``, so this machine's clock does not matter.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(headers["date"])).total_seconds()
        except (ValueError, TypeError, KeyError, OverflowError):
            return None
    return None if math.isnan(seconds) else min(max(0.0, seconds), LONGEST_WAIT_S)


@dataclass(slots=True)
class _Waited:
    """What one request has been through so far.

    Attributes:
        seconds: spent waiting for our share of the rate.
        retry_s: spent waiting after the attempt before this one.
        sent: attempts before this one.
    """

    seconds: float = 0.0
    retry_s: float = 0.0
    sent: int = 0


class PolicyTransport(httpx.BaseTransport):
    """Keeps to our share of the rate, repeats what a repeat cannot harm, and nothing else.

    A 429 is repeated for any method (Zendesk refused it, nothing happened), and so is a connection that was never made.
    A 5xx or a lost answer is repeated for GET, HEAD and OPTIONS, or where the request carries
    ``extensions={"repeatable": True}``. A wait for the rate that is longer than ``patience_s`` is not begun but handed
    up, before sending as after a 429, so that the work is parked and no thread sleeps in it; nor is any wait longer
    than what is left of ``waiting_s``.

    Args:
        inner: the transport that owns the sockets.
        budget: asked before each attempt, and told every answer.
        attempts: how often one request is sent at most.
        patience_s: the longest single wait for the rate, in seconds.
        waiting_s: seconds that one request may spend waiting, all waits together.
        sleep: waits the given seconds.

    Attributes:
        limits: the last value of each rate-limit header seen, by lower-case name.
        budget: the account's rate.
        before: called with the method of each attempt when it is about to be sent; what it raises keeps it from that.
            Signing in is not asked about.
    """

    def __init__(
        self,
        inner: httpx.BaseTransport,
        *,
        budget: Budget,
        attempts: int = 4,
        patience_s: float = 2.0,
        waiting_s: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._inner, self._sleep, self.budget = inner, sleep, budget
        self._attempts, self._patience_s, self._waiting_s = attempts, patience_s, waiting_s
        self._retrying = tenacity.Retrying(
            retry=_should_repeat,
            wait=_wait,
            sleep=sleep,
            stop=self._enough,
            before_sleep=_again,
            retry_error_callback=lambda state: cast(tenacity.Future, state.outcome).result(),
        )
        self.limits: Mapping[str, str] = MappingProxyType({})
        self.before: Callable[[str], None] = lambda _method: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send, repeat within the policy, and return the last answer with its body read.

        Raises:
            RateLimited: our share is used up and nothing was sent, or the last answer was a 429. Nothing above may see
                one: zenpy would sleep in a loop of its own.
            httpx.TransportError: no answer, and no repeat is left or allowed.
        """
        response: httpx.Response = self._retrying(self._once, request, _Waited())
        if response.status_code == 429:
            asked = retry_after(response.headers)
            raise RateLimited(
                UNSAID_WAIT_S if asked is None else asked, request_id=response.headers.get("x-request-id")
            )
        return response

    def close(self) -> None:
        """Close the inner transport."""
        self._inner.close()

    def _once(self, request: httpx.Request, waited: _Waited) -> httpx.Response:
        call = self._admitted(request, waited)
        try:
            if request.url.path != TOKENS_PATH:  # signing in is no write
                self.before(request.method)
            with attempt(
                request,
                call.route.kind,
                resent=waited.sent,
                rate_wait_s=waited.seconds,
                retry_wait_s=waited.retry_s,
            ) as span:
                got, body = self._exchanged(request)
                answered(span, got.status_code)
        except BaseException:
            self.budget.lost(call)
            raise
        refused = got.status_code == 429
        self.budget.answered(call, got.headers, refused=refused, retry_after=retry_after(got.headers))
        self._note(request, got.headers)
        return httpx.Response(
            got.status_code, headers=got.headers, stream=httpx.ByteStream(body), extensions=got.extensions
        )

    def _exchanged(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """The body is read here, so that one cut short is inside the repeat and the connection is back in the pool
        before anybody sleeps.
        """
        got = self._inner.handle_request(request)
        try:
            return got, b"".join(cast(Iterable[bytes], got.stream))
        finally:
            got.close()

    def _admitted(self, request: httpx.Request, waited: _Waited) -> Call:
        """Wait for our share of the rate, with patience.

        Raises:
            RateLimited: it takes longer; nothing was sent.
        """
        call = Call(route(request.method, request.url.path))
        slept = 0.0
        while (wait := self.budget.admit(call)) > 0:
            if slept + wait > self._patience_s or waited.seconds + wait > self._waiting_s:
                raise RateLimited(self.budget.worthwhile(call), sent=False, whole=self.budget.wait_s() > 0)
            self._sleep(wait)
            slept += wait
            waited.seconds += wait
        return call

    def _note(self, request: httpx.Request, headers: httpx.Headers) -> None:
        seen = {name: value for name, value in headers.items() if LIMIT_HEADER.match(name)}
        if seen:
            self.limits = MappingProxyType({**self.limits, **seen})
        if warning := headers.get("x-zendesk-api-warn"):
            keys = [name for found in UNKNOWN_KEYS.findall(warning) for name in KEY_NAME.findall(found)]
            if misspelled := [key for key in keys if not key.endswith(".id")]:  # zenpy repeats the id of the path
                log.warning("zendesk.keys_ignored", method=request.method, path=request.url.path, keys=misspelled)

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        response, _ = _outcome(state)
        refused = response is not None and response.status_code == 429
        waited: _Waited = state.args[1]
        return (
            state.attempt_number >= self._attempts
            or state.idle_for + waited.seconds + state.upcoming_sleep > self._waiting_s
            or (refused and state.upcoming_sleep > self._patience_s)
        )


def _outcome(state: tenacity.RetryCallState) -> tuple[httpx.Response | None, BaseException | None]:
    future = cast(tenacity.Future, state.outcome)
    return (None, future.exception()) if future.failed else (future.result(), None)


def _again(state: tenacity.RetryCallState) -> None:
    waited: _Waited = state.args[1]
    waited.sent, waited.retry_s = state.attempt_number, state.upcoming_sleep


def _should_repeat(state: tenacity.RetryCallState) -> bool:
    request: httpx.Request = state.args[0]
    harmless = request.method in SAFE or bool(request.extensions.get("repeatable"))
    response, error = _outcome(state)
    if response is not None:
        return response.status_code == 429 or (harmless and response.status_code in IN_TROUBLE)
    if isinstance(error, NEVER_SENT):
        return isinstance(error, REPEATED_WHEN_NEVER_SENT)
    return harmless and isinstance(error, httpx.TransportError)


def _wait(state: tenacity.RetryCallState) -> float:
    response, _ = _outcome(state)
    asked = None if response is None else retry_after(response.headers)
    # "Retry after 0 s" is no wait to speak of; without a growing one the attempts would be spent within a moment.
    return asked or float(tenacity.wait_random_exponential(multiplier=0.5, max=20)(state))


class Exchange(Protocol):
    """What the adapter sends through: one request to the account, failures raised in this project's own terms."""

    def __call__(
        self, method: str, path: str, *, headers: Mapping[str, str], content: bytes | None
    ) -> httpx.Response: ...


class HttpxAdapter(HTTPAdapter):
    """A requests transport adapter that sends through the httpx client, which owns credentials, TLS and repeats.

    Only path and query of a request count: everything goes to the client's own account, whatever host zenpy spelled.
    The ``timeout``, ``verify``, ``cert`` and ``proxies`` that requests passes have no effect. Only successes come back;
    anything else is raised by ``exchange`` before zenpy sees it.
    """

    OWNED = frozenset({"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"})
    CODED = frozenset({"content-encoding", "content-length", "transfer-encoding"})  # httpx has decoded the body

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def send(self, request: PreparedRequest, *_args: Any, **_ignored: Any) -> Response:
        """Send one prepared request; see the class for what is ignored."""
        headers = {name: _text(value) for name, value in request.headers.items() if name.lower() not in self.OWNED}
        body = request.body.encode() if isinstance(request.body, str) else request.body
        got = self._exchange(str(request.method), request.path_url, headers=headers, content=body)
        kept = HTTPHeaderDict()
        for name, value in got.headers.multi_items():
            if name.lower() not in self.CODED:
                kept.add(name, value)
        raw = HTTPResponse(
            io.BytesIO(got.content), kept, got.status_code, reason=got.reason_phrase, preload_content=False
        )
        answer = self.build_response(request, raw)
        _ = answer.content  # consume now: iter_content(None) never ends on an in-memory body
        return answer

    def close(self) -> None:
        """Do nothing: the client is shared, and its owner closes it."""


def zenpy_session(exchange: Exchange, *bases: str) -> Session:
    """A requests session that can reach nothing but the given addresses, and those only through ``exchange``.

    Any other host is ``requests.exceptions.InvalidSchema``, so no page link can carry the credentials away.
    """
    session = Session()
    session.trust_env = False  # no ~/.netrc and no proxy variables behind httpx's back
    session.adapters.clear()
    for base in bases:
        session.mount(base.rstrip("/") + "/", HttpxAdapter(exchange))
    return session


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
