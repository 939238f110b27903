"""Who we are: OAuth client credentials (the default), an OAuth access token, or an API token, which Zendesk retires.

https://developer.zendesk.com/api-reference/ticketing/oauth/grant_type_tokens/
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Generator
from datetime import date

import httpx
import msgspec
import structlog
from pydantic import SecretStr

from zendesk_sync.account_settings import Account
from zendesk_sync.errors import (
    AccessDenied,
    ConfigurationError,
    CredentialsRejected,
    NotFound,
    RequestRejected,
    UnexpectedAnswer,
    ZendeskError,
)
from zendesk_sync.secret_variables import variable
from zendesk_sync.settings import Secrets
from zendesk_sync.zendesk.refusals import refusal
from zendesk_sync.zendesk.shapes import decoder

TOKENS_PATH = "/oauth/tokens"
LIFETIME_S = 86_400  # asked for; without it a token would never expire. Zendesk allows 300 to 172,800
MARGIN_S = 300.0
API_TOKENS_END = date(2027, 4, 30)
"""From this day on no API token opens anything (Zendesk, "OAuth migration"); new ones are refused since 2026-10-27."""
API_TOKENS_RETIRE = (
    f"Zendesk retires API tokens: none can be made since 2026-10-27, and on {API_TOKENS_END} all stop working; "
    f"move to an OAuth client (Admin Center > Apps and integrations > APIs > OAuth clients)"
)

log = structlog.get_logger(__name__)

Flow = Generator[httpx.Request, httpx.Response, None]


class Bearer(httpx.Auth):
    """A fixed OAuth access token; a 401 is final."""

    def __init__(self, token: SecretStr | str) -> None:
        self._token = _secret(token)

    def auth_flow(self, request: httpx.Request) -> Flow:
        """Add the token."""
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        yield request


class ApiToken(httpx.Auth):
    """A user's API token, as ``EMAIL/token`` over Basic.

    https://developer.zendesk.com/api-reference/introduction/security-and-auth/#api-token
    """

    def __init__(self, email: str, token: SecretStr | str) -> None:
        self._email, self._token = email, _secret(token)

    def auth_flow(self, request: httpx.Request) -> Flow:
        """Add email and token."""
        pair = f"{self._email}/token:{self._token.get_secret_value()}"
        request.headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        yield request


class ClientCredentials(httpx.Auth):
    """Gets access tokens with the OAuth client's own id and secret; nobody has to log in.

    A token is kept until shortly before it expires (five minutes, or a tenth of a short life), and replaced once when
    Zendesk answers 401. The token request goes through the client that is being authorised, so the same policy covers
    it. Safe to share between threads: one of them asks, the others wait for its token.

    Args:
        url: the account's address.
        client_id: the OAuth client's identifier, as its page in Admin Center shows it.
        client_secret: its secret; stays out of messages, logs and ``repr``.
        clock: seconds, from any starting point; must not go backwards.
        scope: space-separated. Nothing narrower than ``read write`` covers ticket fields and exports.
    """

    requires_response_body = True

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: SecretStr | str,
        clock: Callable[[], float],
        scope: str = "read write",
    ) -> None:
        self._url, self._client_id, self._secret = url.rstrip("/"), client_id, _secret(client_secret)
        self._clock, self._scope = clock, scope
        self._lock = threading.Lock()
        self._token: SecretStr | None = None
        self._until = 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Flow:
        """Authorise one request, asking for a token where none is fresh.

        Raises:
            CredentialsRejected: Zendesk does not know this client, or the secret is wrong.
            ZendeskUnavailable: the token could not be had because Zendesk is in trouble.
            UnexpectedAnswer: the token answer is not what the API describes.
        """
        with self._lock:  # held while the token request is out
            if self._token is None or self._clock() >= self._until:
                self._keep((yield self._question(request)))
            token = self._held()
        response = yield self._signed(request, token)
        if response.status_code == 401:  # revoked early; refused before anything happened, so it may go out again
            with self._lock:
                if self._token is token:
                    self._token = None
                    self._keep((yield self._question(request)))
                token = self._held()
            yield self._signed(request, token)

    def _held(self) -> SecretStr:
        if self._token is None:
            raise CredentialsRejected(f"no access token for {self._url} at hand; another thread was refused one")
        return self._token

    @staticmethod
    def _signed(request: httpx.Request, token: SecretStr) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {token.get_secret_value()}"
        return request

    def _question(self, request: httpx.Request) -> httpx.Request:
        body = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret.get_secret_value(),
            "scope": self._scope,
            "expires_in": LIFETIME_S,
        }
        # A request built by hand has no timeout of its own: it would wait for ever.
        extensions = {"timeout": request.extensions.get("timeout", {}), "repeatable": True}
        headers = {"Accept": "application/json", "User-Agent": request.headers.get("User-Agent", "zendesk-sync")}
        return httpx.Request("POST", self._url + TOKENS_PATH, json=body, headers=headers, extensions=extensions)

    def _keep(self, response: httpx.Response) -> None:
        response.read()
        if not response.is_success:
            raise self._refused(response)
        try:
            grant = decoder(_Grant).decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise UnexpectedAnswer(
                f"{self._url}{TOKENS_PATH}: answered {response.status_code}, but without an access token",
                status=response.status_code,
                request_id=response.headers.get("x-request-id"),
            ) from None
        self._token = SecretStr(grant.access_token)
        life = float("inf") if grant.expires_in is None else float(grant.expires_in)
        self._until = self._clock() + life - min(MARGIN_S, life / 10)

    def _refused(self, response: httpx.Response) -> ZendeskError:
        error = refusal(response, write=False)
        if isinstance(error, NotFound):
            return NotFound(f"no Zendesk account at {self._url} (404 on {TOKENS_PATH})", status=404)
        if not isinstance(error, CredentialsRejected | AccessDenied | RequestRejected):
            return error
        return CredentialsRejected(
            f"{self._url} did not accept the OAuth client {self._client_id!r} ({response.status_code}); check that "
            f"this is the client's unique identifier, that the secret is its current one, and that the client is "
            f"confidential (Admin Center > Apps and integrations > APIs > OAuth clients)",
            status=error.status,
            request_id=error.request_id,
        )


class _Grant(msgspec.Struct):
    access_token: str
    expires_in: float | None = None


def from_settings(account: Account, name: str, secrets: Secrets, clock: Callable[[], float]) -> httpx.Auth:
    """As :func:`credentials`; of an API token, which works, the log says what becomes of it."""
    found = credentials(account, name, secrets, clock)
    if isinstance(found, ApiToken):
        log.warning("API tokens retire", account=name, advice=API_TOKENS_RETIRE)
    return found


def credentials(account: Account, name: str, secrets: Secrets, clock: Callable[[], float]) -> httpx.Auth:
    """What the configuration gives: client id and secret, else email and API token, else an access token.

    Args:
        account: its configuration.
        name: the name it has there, for messages.
        secrets: its secrets.
        clock: see :class:`ClientCredentials`.

    Raises:
        ConfigurationError: nothing usable is configured; names the key or the environment variable.
    """
    if account.client_id and secrets.client_secret:
        return ClientCredentials(account.url, account.client_id, secrets.client_secret, clock)
    if account.email and secrets.api_token:
        return ApiToken(account.email, secrets.api_token)
    if secrets.token:
        return Bearer(secrets.token)
    raise ConfigurationError(_lacking(account, name, secrets))


def _lacking(account: Account, name: str, secrets: Secrets) -> str:
    """What is missing for the way to sign in that somebody has begun to configure."""
    if secrets.client_secret:
        return f"accounts.{name}.client_id: missing; there is a client secret, so name the OAuth client it belongs to"
    if account.client_id:
        return (
            f"account {name}: no secret for the OAuth client {account.client_id!r}; set "
            f"{variable(name, 'client_secret')}, "
            f'or client_secret = "…" in {name}.secrets.toml (mode 0600)'
        )
    if secrets.api_token:
        return f"accounts.{name}.email: missing; there is an API token, so name the user it signs in as"
    if account.email:
        return (
            f"account {name}: no API token for {account.email}; set {variable(name, 'api_token')}, "
            f'or api_token = "…" in {name}.secrets.toml (mode 0600)'
        )
    return (
        f"account {name}: no credentials; set accounts.{name}.client_id and {variable(name, 'client_secret')}, or "
        f"{variable(name, 'token')}"
    )


def _secret(value: SecretStr | str) -> SecretStr:
    return value if isinstance(value, SecretStr) else SecretStr(value)
