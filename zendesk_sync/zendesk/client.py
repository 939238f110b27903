"""The one client of one Zendesk account: builds requests, sends them, and turns every failure into our own exceptions.

Zendesk's page: https://developer.zendesk.com/api-reference/introduction/requests/
"""

from __future__ import annotations

import contextlib
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import NamedTuple, Self, TypeVar

import httpx
import msgspec
import structlog

from zendesk_sync import __version__
from zendesk_sync.errors import AnswerLost, UnexpectedAnswer, ZendeskUnreachable
from zendesk_sync.zendesk.auth import TOKENS_PATH
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.records import without_nulls
from zendesk_sync.zendesk.refusals import refusal
from zendesk_sync.zendesk.shapes import decoder
from zendesk_sync.zendesk.transport import NEVER_SENT, SAFE, PolicyTransport

T = TypeVar("T")
Params = Mapping[str, str | int | bool]

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
PATIENCE_S = 2.0
WAITING_S = 30.0  # all waits of one call together, with little patience
MOST_PAGES = 1_000  # 100 rows each; a list longer than this is a loop

log = structlog.get_logger(__name__)


class Answer(NamedTuple):
    """A success, or a tolerated refusal: status, decoded body bytes, and the server's own time (UTC)."""

    status: int
    body: bytes
    server_time: datetime


def open_client(
    url: str,
    auth: httpx.Auth,
    *,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    budget: Budget | None = None,
    attempts: int = 4,
    patience_s: float = PATIENCE_S,
    connections: int = 20,
) -> Client:
    """A client for the account at ``url`` (``https://HOST``, no path).

    Args:
        url: the account's address; nothing else is ever called.
        auth: see :mod:`zendesk_sync.zendesk.auth`.
        transport: replaces the sockets, below the policy of what is repeated.
        sleep: waits the given seconds.
        budget: the account's rate; clients of one account share one. A new one with half of the rate if not given.
        attempts: how often one request is sent at most.
        patience_s: seconds that one wait for the rate may last; a longer one is
            :class:`~zendesk_sync.errors.RateLimited` at once, so that the work can be parked.
        connections: the pool's size; no smaller than the number of threads that share the client.
    """
    policy = PolicyTransport(
        transport or _sockets(url, connections),
        budget=budget or Budget(),
        attempts=attempts,
        patience_s=patience_s,
        waiting_s=max(WAITING_S, 2 * patience_s),
        sleep=sleep,
    )
    http = httpx.Client(
        base_url=url,
        auth=auth,
        transport=policy,
        timeout=TIMEOUT,
        follow_redirects=False,
        headers={"Accept": "application/json", "User-Agent": f"zendesk-sync/{__version__}"},
    )
    return Client(http, policy)


class Client:
    """Calls on one account. Safe to share between threads.

    Attributes:
        url: the account's address, without a slash at the end.
    """

    def __init__(self, http: httpx.Client, policy: PolicyTransport) -> None:
        self._http, self._policy = http, policy
        self.url = str(http.base_url).rstrip("/")

    @property
    def limits(self) -> Mapping[str, str]:
        """The last rate-limit headers seen, by lower-case name (``x-rate-limit-remaining``, …)."""
        return self._policy.limits

    @contextlib.contextmanager
    def asking(self, before: Callable[[str], None]) -> Iterator[None]:
        """While this lasts, ``before`` is called with the method of every attempt when it is about to be sent.

        What it raises keeps the attempt from being sent, and leaves the call as it is.
        """
        kept, self._policy.before = self._policy.before, before
        try:
            yield
        finally:
            self._policy.before = kept

    @property
    def budget(self) -> Budget:
        """The account's rate: what it allows, what is ours, what is left; see :class:`~.budget.Budget`."""
        return self._policy.budget

    @property
    def calls(self) -> Mapping[str, int]:
        """Attempts so far by kind (``export``, ``update``, ``update_many``, …), failed ones included.

        Those of every client that shared this budget count.
        """
        return self._policy.budget.calls

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        repeatable: bool = False,
    ) -> object:
        """Send one request and return the decoded JSON, or None where the answer has no body (204).

        Args:
            method: the HTTP method, upper case.
            path: from ``/api/v2/`` on, or a page link as the account gave it.
            params: the query.
            json: the body.
            repeatable: doing it twice is the same as doing it once, so a lost answer may be repeated.

        Raises:
            ZendeskUnreachable: nothing was sent, or a reading call got no answer.
            AnswerLost: a writing call was sent and may or may not have been applied.
            CredentialsRejected, AccessDenied, NotFound, Conflict, RateLimited, RequestRejected: refused, not applied.
            ZendeskUnavailable: 5xx on a reading call, or turned away with 503 and ``Retry-After``.
            UnexpectedAnswer: the answer is not JSON, is a redirect, or ``path`` is a link to another host.
        """
        answer = self.send(method, path, params=params, json=json, repeatable=repeatable)
        return None if not answer.body else decode(answer.body, object, f"{method} {path}")

    def call(
        self,
        shape: type[T],
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        repeatable: bool = False,
    ) -> tuple[T, datetime]:
        """As :meth:`request`, decoded into ``shape``, with the server's time of the answer."""
        answer = self.send(method, path, params=params, json=json, repeatable=repeatable)
        return decode(answer.body, shape, f"{method} {path}"), answer.server_time

    def pages(self, shape: type[T], path: str, *, params: Params | None = None) -> Iterator[T]:
        """Every page of a list, in either of Zendesk's two styles; each link must stay on this account.

        https://developer.zendesk.com/api-reference/introduction/pagination/

        Raises:
            UnexpectedAnswer: a link leads to another host, or back to a page already read.
        """
        seen: set[str] = set()
        link: str | None = path
        while link is not None:
            if link in seen or len(seen) >= MOST_PAGES:
                raise UnexpectedAnswer(f"GET {path}: the list does not end; its page links lead in a circle")
            seen.add(link)
            answer = self.send("GET", link, params=params)
            yield decode(answer.body, shape, f"GET {path}")
            link, params = decode(answer.body, _Paging, f"GET {path}").next, None

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: object = None,
        repeatable: bool = False,
        tolerate: Callable[[httpx.Response], bool] = lambda _: False,
    ) -> Answer:
        """As :meth:`request`, undecoded; refusals that ``tolerate`` accepts are returned, not raised."""
        content = None if json is None else msgspec.json.encode(json)
        headers = {} if json is None else {"Content-Type": "application/json"}
        response = self.exchange(
            method, path, params=params, headers=headers, content=content, repeatable=repeatable, tolerate=tolerate
        )
        return Answer(response.status_code, response.content, _server_time(response))

    def exchange(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        params: Params | None = None,
        repeatable: bool = False,
        tolerate: Callable[[httpx.Response], bool] = lambda _: False,
    ) -> httpx.Response:
        """The raw answer, a success or tolerated; everything else is raised as :meth:`request` documents."""
        request = self._http.build_request(
            method,
            self._own(path),
            params=dict(params) if params else None,
            headers=dict(headers),
            content=content,
            extensions={"repeatable": repeatable},
        )
        write = method not in SAFE
        with self._failures(write):
            response = self._http.send(request)
        log.debug(
            "zendesk.answer",
            method=method,
            path=request.url.path,
            status=response.status_code,
            request_id=response.headers.get("x-request-id"),
        )
        if not response.is_success and not tolerate(response):
            raise refusal(response, write=write)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _own(self, path: str) -> httpx.URL:
        """An address on this account. A link elsewhere is refused before any credential is attached to it."""
        base = self._http.base_url
        try:
            url = base.join(path)
        except (httpx.InvalidURL, ValueError):
            raise UnexpectedAnswer(
                f"Zendesk gave a page link that is no address; calls go to {self.url} only"
            ) from None
        if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port) or url.userinfo:
            raise UnexpectedAnswer(
                f"refused to follow a link to {url.scheme}://{url.host}; the credentials are for {self.url} only"
            )
        return url

    @contextlib.contextmanager
    def _failures(self, write: bool) -> Iterator[None]:
        try:
            yield
        except NEVER_SENT as error:
            raise ZendeskUnreachable(f"cannot reach {self.url}: {_why(error)}") from error
        except httpx.RequestError as error:
            sent = error.request  # the token request may be the one that failed, and then the write never went out
            kind = type(error).__name__  # a broken answer is quoted by the library
            if write and sent.url.path != TOKENS_PATH:
                lost = f"{sent.method} {sent.url.path}: sent, but no usable answer came"
                unknown = "it may or may not have been applied"
                raise AnswerLost(
                    f"{lost} ({_why(error)}); {unknown}", unquoted=f"{lost} ({kind}); {unknown}"
                ) from error
            if isinstance(error, httpx.DecodingError):
                raise UnexpectedAnswer(f"{sent.method} {sent.url.path}: the answer's coding is broken") from error
            nothing = f"no answer from {self.url}"
            raise ZendeskUnreachable(f"{nothing}: {_why(error)}", unquoted=f"{nothing}: {kind}") from error


def decode(body: bytes, shape: type[T], what: str) -> T:
    """A JSON body as ``shape``; unknown keys are ignored, and a null where none is expected means "not given".

    Raises:
        UnexpectedAnswer: not JSON, or another shape. The message names the place, never the value.
    """
    reader = decoder(shape)
    try:
        try:
            return reader.decode(body)
        except msgspec.ValidationError:
            # One odd null (a list of a scrubbed ticket, say) must not make a page of a thousand unreadable.
            return msgspec.convert(without_nulls(msgspec.json.decode(body)), shape)
    except msgspec.ValidationError as error:
        raise UnexpectedAnswer(f"{what}: the answer has another shape than the API describes: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnexpectedAnswer(f"{what}: the answer is not JSON") from None


class _Links(msgspec.Struct):
    next: str | None = None


class _Meta(msgspec.Struct):
    has_more: bool = False


class _Paging(msgspec.Struct):
    """Cursor style (``meta``, ``links``) or offset style (``next_page``); the answer tells which."""

    meta: _Meta | None = None
    links: _Links | None = None
    next_page: str | None = None

    @property
    def next(self) -> str | None:
        if self.meta is not None:
            return self.links.next if self.meta.has_more and self.links else None
        return self.next_page


def _server_time(response: httpx.Response) -> datetime:
    """The answer's ``Date``; where a proxy dropped it, this machine's clock."""
    try:
        at = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError, TypeError):
        return datetime.now(UTC)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _why(error: httpx.RequestError) -> str:
    return str(error) or type(error).__name__


def _sockets(url: str, connections: int) -> httpx.HTTPTransport:
    # httpx reads the proxy variables only where it builds the transport itself. Plain http is this machine alone.
    at = httpx.URL(url)
    proxied = at.scheme == "https" and not urllib.request.proxy_bypass(at.host)
    proxy = urllib.request.getproxies_environment().get("https") if proxied else None
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.HTTPTransport(limits=limits, proxy=proxy)
