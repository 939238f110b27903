"""The directory of customers: any JSON API, asked by HTTP GET.

What it said is kept, and asked for again when it is no longer fresh; while the directory is down an old answer is used
for a while, and after that nobody's. After a few questions without an answer it is left alone for a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Protocol

import httpx
import msgspec
import structlog
import tenacity
from pydantic import SecretStr

from zendesk_sync import tracing
from zendesk_sync.customers.answer import Answer
from zendesk_sync.customers.question import Question, Unreadable, answer_in
from zendesk_sync.directory_settings import SECRET_PLACE
from zendesk_sync.directory_settings import Directory as Settings
from zendesk_sync.errors import CustomerSourceDown
from zendesk_sync.store.customer_answers import KeptAnswer

LARGEST = 1024 * 1024
FAILURES = 3
"""So many questions in a row without an answer, and the directory is left alone."""
FIRST_REST_S, LONGEST_REST_S = 30.0, 600.0
REJECTED_WAIT_S = 600.0
"""One customer's question was refused: that is nothing that passes in seconds."""

log = structlog.get_logger()


class Answers(Protocol):
    """Where answers are kept: the store, or :class:`InMemory`."""

    def customer_answer(self, account: str, subject: str) -> KeptAnswer | None: ...

    def keep_customer_answer(self, account: str, kept: KeptAnswer) -> None: ...


@dataclass(slots=True)
class InMemory:
    """For commands that run once."""

    kept: dict[str, KeptAnswer] = field(default_factory=dict)

    def customer_answer(self, account: str, subject: str) -> KeptAnswer | None:  # noqa: ARG002  one account's
        return self.kept.get(subject)

    def keep_customer_answer(self, account: str, kept: KeptAnswer) -> None:  # noqa: ARG002  one account's
        self.kept[kept.subject] = kept


class _Passing(Exception):
    """Trouble that a repeat may find gone; the message is for people."""


class Directory:
    """One account's directory. Not for use by several threads at once.

    Args:
        account: the account's name, as the key of what is kept.
        settings: whom to ask, and where the answer stands.
        secret: for the headers, or of the OAuth client.
        answers: where answers are kept.
        transport: replaces the sockets.
        clock: seconds since 1970.
        sleep: waits the given seconds.
    """

    def __init__(
        self,
        account: str,
        settings: Settings,
        secret: SecretStr | None,
        answers: Answers,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._account, self._settings, self._answers, self._clock = account, settings, answers, clock
        word = "" if secret is None else secret.get_secret_value()
        self._headers = {name: text.replace(SECRET_PLACE, word) for name, text in settings.headers.items()}
        self._sign_in: httpx.Auth | None = None
        if settings.token_url is not None:
            self._sign_in = ClientCredentials(settings.token_url, settings.client_id or "", word)
        self._transport = transport
        self._client: httpx.Client | None = None
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=tenacity.stop_after_attempt(settings.tries),
            wait=tenacity.wait_random_exponential(multiplier=0.3, max=3.0),
            sleep=sleep,
            reraise=True,
        )
        self._changed: dict[str, KeptAnswer] = {}
        self._failures = 0
        self._closed_until = 0.0
        self._fault = ""

    @property
    def host(self) -> str:
        """For people: who is asked."""
        return self._settings.host

    @property
    def fault(self) -> str | None:
        """Why it is down, as last seen; None while it answers."""
        return self._fault or None

    @property
    def fresh_since(self) -> float:
        """Answers given before this, in seconds since 1970, are no longer fresh."""
        return self._clock() - self._settings.fresh_seconds

    def answer(self, question: Question) -> Answer | None:
        """What it says about a customer, asked now or kept; None where it does not know the customer.

        Raises:
            CustomerSourceDown: it cannot be asked, and nothing is kept that is young enough.
        """
        kept = self._kept(question)
        if kept is not None and self._age(kept) < self._settings.fresh_seconds:
            return _decoded(kept)
        try:
            return self.ask(question)
        except CustomerSourceDown:
            if kept is None or self._age(kept) >= self._settings.stale_seconds:
                raise
            return _decoded(kept)

    def changes(self) -> list[KeptAnswer]:
        """Customers of whom it says something else than before, since this was asked last; what was said before."""
        found, self._changed = list(self._changed.values()), {}
        return found

    def ask(self, question: Question) -> Answer | None:
        """Ask now, and keep what it says.

        Raises:
            CustomerSourceDown: it does not answer, refuses us, or says what nobody can read.
        """
        if (wait := self._closed_until - self._clock()) > 0:
            raise self._down(self._fault, wait)
        try:
            answer = next((one for url in question.urls if (one := self._retrying(self._get, url)) is not None), None)
        except _Passing as error:
            raise self._failed(str(error)) from None
        self._failures, self._fault = 0, ""
        text = None if answer is None else msgspec.json.encode(answer).decode()
        before = self._answers.customer_answer(self._account, question.subject)
        if before is not None and _decoded(before) != answer:
            self._changed[before.subject] = before
        self._answers.keep_customer_answer(
            self._account, KeptAnswer(question.subject, question.organization, question.asked, text, self._clock())
        )
        return answer

    def close(self) -> None:
        """Let go of the connections; the next question opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open(self) -> httpx.Client:
        addresses = (self._settings.url, self._settings.token_url or "")
        return httpx.Client(
            verify=any(one.startswith("https:") for one in addresses),  # plain http is this machine alone
            headers={"accept": "application/json", **self._headers},
            auth=self._sign_in,
            timeout=self._settings.timeout_seconds,
            transport=self._transport,
            follow_redirects=False,  # the secret goes to nobody else
        )

    def _get(self, url: str) -> Answer | None:
        self._client = self._client or self._open()
        try:
            with self._asking() as span, self._client.stream("GET", url) as response:
                span.set(**{"http.response.status_code": response.status_code})
                if response.status_code >= 400 and response.status_code != 404:  # 404: a customer that it does not know
                    span.failed(str(response.status_code))
                body = b""
                for part in response.iter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise self._failed(f"an answer of more than {LARGEST // 1024} KiB")
        except httpx.InvalidURL:
            raise self._rejected("the address cannot be used with this customer's values") from None
        except httpx.HTTPError as error:
            raise _Passing(f"no answer ({type(error).__name__})") from None
        return self._read(response, body)

    def _asking(self) -> tracing.Span:
        """Without the address: customers stand in it, and with some directories a key."""
        place = {"http.request.method": "GET", "server.address": self._settings.host}
        return tracing.span("customers.ask", "client", account=self._account, **place)

    def _read(self, response: httpx.Response, body: bytes) -> Answer | None:
        status = response.status_code
        if status >= 500:
            raise _Passing(f"status {status}")
        if response.request.method != "GET":
            raise self._failed(f"signing in at token_url: status {status} and no token", FIRST_REST_S)
        if status == 404:
            return None
        if status == 429:
            asked = response.headers.get("retry-after", "")
            raise self._failed("status 429: asked too often", float(asked) if asked.isdecimal() else FIRST_REST_S)
        if status in {401, 403}:
            raise self._failed(f"status {status}: the secret directory_secret is refused; mend it", FIRST_REST_S)
        if status != 200:
            raise self._rejected(f"status {status}; expected 200, or 404 for a customer that it does not know")
        try:
            return answer_in(self._settings, msgspec.json.decode(body))
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._rejected("an answer that is not JSON") from None
        except Unreadable as error:
            raise self._rejected(f"an answer of another shape: {error}") from None

    def _failed(self, why: str, rest: float | None = None) -> CustomerSourceDown:
        """Nobody's question is answered; a few of these in a row, or being told to wait, and it is left alone."""
        self._failures += 1
        self._fault = why
        doubled = min(LONGEST_REST_S, FIRST_REST_S * 2.0 ** max(0, self._failures - FAILURES))
        if rest is not None or self._failures >= FAILURES:
            self._closed_until = self._clock() + max(rest or 0.0, doubled)
            log.warning("directory of customers left alone", account=self._account, reason=why)
        return self._down(why, max(rest or 0.0, FIRST_REST_S))

    def _rejected(self, why: str) -> CustomerSourceDown:
        """This customer's question; others' may well be answered."""
        self._fault = why
        return self._down(why, REJECTED_WAIT_S)

    def _down(self, why: str, wait: float) -> CustomerSourceDown:
        said = f"directory of customers {self._settings.host}: {why}; until it answers its customers' tickets wait"
        return CustomerSourceDown(said, retry_after=wait)

    def _kept(self, question: Question) -> KeptAnswer | None:
        kept = self._answers.customer_answer(self._account, question.subject)
        return kept if kept is not None and kept.asked == question.asked else None

    def _age(self, kept: KeptAnswer) -> float:
        """A clock that went back makes an answer old, not young for good."""
        age = self._clock() - kept.at
        return age if age >= 0 else float("inf")


class ClientCredentials(httpx.Auth):
    """OAuth 2.0 client credentials (RFC 6749, section 4.4): a token is fetched when one is needed, and once anew."""

    requires_response_body = True

    def __init__(self, url: str, client_id: str, secret: str) -> None:
        self._url, self._form = url, {"grant_type": "client_credentials", "client_id": client_id}
        self._secret = secret
        self._token: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """A refusal of the token's address stands as the answer to the whole request."""
        kept = self._token
        if kept is not None:
            response = yield _with(request, kept)
            if response.status_code != 401:
                return
        form = {**self._form, "client_secret": self._secret}
        response = yield httpx.Request("POST", self._url, data=form)
        self._token = _token(response) if response.status_code == 200 else None
        if self._token is not None:
            yield _with(request, self._token)


class _Token(msgspec.Struct):
    access_token: str


def _token(response: httpx.Response) -> str | None:
    try:
        return msgspec.json.decode(response.content, type=_Token).access_token
    except msgspec.DecodeError:
        return None


def _with(request: httpx.Request, token: str) -> httpx.Request:
    request.headers["authorization"] = f"Bearer {token}"
    return request


def _decoded(kept: KeptAnswer) -> Answer | None:
    return None if kept.answer is None else msgspec.json.decode(kept.answer, type=Answer)
