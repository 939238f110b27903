"""Tokens: when one is asked for, when a new one, and what a person reads when there is none."""

from __future__ import annotations

import json
import threading

import httpx
import pytest
import respx
from pydantic import SecretStr
from structlog.testing import capture_logs

from tests.zendesk.stack import URL, Clock, ticket
from zendesk_sync.account_settings import Account
from zendesk_sync.errors import (
    ConfigurationError,
    CredentialsRejected,
    NotFound,
    UnexpectedAnswer,
    ZendeskError,
    ZendeskUnavailable,
    ZendeskUnreachable,
)
from zendesk_sync.settings import Secrets
from zendesk_sync.zendesk.auth import ApiToken, Bearer, ClientCredentials, from_settings
from zendesk_sync.zendesk.client import Client, open_client
from zendesk_sync.zendesk.tickets import Tickets

SECRET = "secret-that-must-not-leak"
ONE = "/api/v2/tickets/33"
OK = httpx.Response(200, json={"ticket": ticket()})


@pytest.fixture
def client(router: respx.MockRouter, clock: Clock, waits: list[float]) -> Client:
    auth = ClientCredentials(URL, "zendesk_sync", SECRET, clock)
    return open_client(URL, auth, transport=httpx.HTTPTransport(verify=False), sleep=waits.append)


def grant(token: str, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "token_type": "bearer", "scope": "read write", **more})


def bearers(route: respx.Route) -> list[str]:
    return [call.request.headers["Authorization"] for call in route.calls]


def test_the_token_request(client: Client, router: respx.MockRouter) -> None:
    """The token is asked for as the reference describes, with an end, and with the client's own timeouts."""
    asked = router.post("/oauth/tokens").mock(return_value=grant("t1"))
    router.get(ONE).mock(return_value=OK)
    Tickets(client).show(33)
    request = asked.calls[0].request
    assert json.loads(request.content) == {
        "grant_type": "client_credentials",
        "client_id": "zendesk_sync",
        "client_secret": SECRET,
        "scope": "read write",
        "expires_in": 86_400,
    }
    assert request.extensions["timeout"]["read"] == 30.0
    assert "Authorization" not in request.headers


def test_one_token_serves_many_calls(client: Client, router: respx.MockRouter, clock: Clock) -> None:
    """A token is kept while it lives, and replaced before it expires."""
    asked = router.post("/oauth/tokens").mock(side_effect=[grant("t1", expires_in=3600), grant("t2", expires_in=3600)])
    route = router.get(ONE).mock(return_value=OK)
    tickets = Tickets(client)
    tickets.show(33)
    clock.now += 3299
    tickets.show(33)
    assert asked.call_count == 1
    clock.now += 1
    tickets.show(33)
    assert asked.call_count == 2
    assert bearers(route) == ["Bearer t1", "Bearer t1", "Bearer t2"]


def test_a_token_without_an_end_is_kept(client: Client, router: respx.MockRouter, clock: Clock) -> None:
    """No expires_in, or a null one, means no expiry."""
    asked = router.post("/oauth/tokens").mock(return_value=grant("t1", expires_in=None))
    router.get(ONE).mock(return_value=OK)
    for _ in range(3):
        Tickets(client).show(33)
        clock.now += 1e9
    assert asked.call_count == 1


def test_a_401_brings_one_new_token(client: Client, router: respx.MockRouter) -> None:
    """A revoked token is replaced once, and the refused write goes out again with the new one."""
    router.post("/oauth/tokens").mock(side_effect=[grant("t1"), grant("t2")])
    route = router.put(ONE).mock(side_effect=[httpx.Response(401, json={"error": "invalid_token"}), OK])
    Tickets(client).update(33, {"priority": "high"}, stamp=None)
    assert bearers(route) == ["Bearer t1", "Bearer t2"]


def test_a_lasting_401_is_not_a_loop(client: Client, router: respx.MockRouter) -> None:
    """A second 401 in a row is the answer."""
    asked = router.post("/oauth/tokens").mock(side_effect=[grant("t1"), grant("t2")])
    route = router.get(ONE).mock(return_value=httpx.Response(401, json={"error": "Couldn't authenticate you"}))
    with pytest.raises(CredentialsRejected, match="Couldn't authenticate you") as caught:
        Tickets(client).show(33)
    assert (asked.call_count, route.call_count, caught.value.status) == (2, 2, 401)


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (
            httpx.Response(401, json={"error": "invalid_client"}),
            CredentialsRejected,
            r"acme\.zendesk\.com.*OAuth clients",
        ),
        (httpx.Response(400, json={"error": "invalid_grant"}), CredentialsRejected, "'zendesk_sync'"),
        (httpx.Response(403, json={"error": "Forbidden"}), CredentialsRejected, "secret is its current one"),
        (httpx.Response(404, html="<html>"), NotFound, r"no Zendesk account at https://acme\.zendesk\.com"),
        (httpx.Response(503, headers={"Retry-After": "99"}), ZendeskUnavailable, "503"),
        (httpx.Response(200, html="<html>Sign in</html>"), UnexpectedAnswer, "without an access token"),
        (httpx.Response(200, json={"token": SECRET}), UnexpectedAnswer, "without an access token"),
    ],
)
def test_no_token(
    client: Client, router: respx.MockRouter, answer: httpx.Response, error: type[ZendeskError], says: str
) -> None:
    """Each way of not getting a token names the account and what to check, and never the secret."""
    router.post("/oauth/tokens").mock(return_value=answer)
    with pytest.raises(error, match=says) as caught:
        Tickets(client).show(33)
    assert SECRET not in str(caught.value) + repr(caught.value) + repr(client)


def test_a_lost_token_answer_is_not_a_lost_write(client: Client, router: respx.MockRouter) -> None:
    """When the token request is what broke, the write behind it never went out, and the error says so."""
    asked = router.post("/oauth/tokens").mock(side_effect=httpx.ReadTimeout)
    route = router.put(ONE).mock(return_value=OK)
    with pytest.raises(ZendeskUnreachable):
        Tickets(client).update(33, {"priority": "high"}, stamp=None)
    assert (asked.call_count, route.call_count) == (4, 0)


def test_threads_share_one_token(client: Client, router: respx.MockRouter) -> None:
    """Eight threads that start together ask for one token."""
    asked = router.post("/oauth/tokens").mock(return_value=grant("t1"))
    router.get(ONE).mock(return_value=OK)
    start = threading.Barrier(8)

    def work() -> None:
        start.wait()
        Tickets(client).show(33)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked.call_count == 1


def test_two_threads_with_the_same_dead_token(clock: Clock) -> None:
    """When two calls meet the same 401, the second takes the token that the first has just got."""
    auth = ClientCredentials(URL, "id", SECRET, clock)
    one, two = (auth.sync_auth_flow(httpx.Request("GET", URL)) for _ in range(2))
    assert next(one).url.path == "/oauth/tokens"
    one.send(grant("t1"))
    next(two)
    assert one.send(httpx.Response(401)).url.path == "/oauth/tokens"
    assert one.send(grant("t2")).headers["Authorization"] == "Bearer t2"
    assert two.send(httpx.Response(401)).headers["Authorization"] == "Bearer t2"


def test_secrets_have_no_representation() -> None:
    """Neither repr nor the attributes of the credentials show a secret."""
    for auth in (Bearer(SECRET), ApiToken("me@acme.example", SECRET), ClientCredentials(URL, "id", SECRET, Clock())):
        assert SECRET not in repr(auth) + repr(vars(auth))


def test_from_settings(clock: Clock) -> None:
    """Client id and secret win over a token; a token alone will do."""
    account, secret = Account(url=URL, client_id="id"), SecretStr(SECRET)
    both = Secrets(client_secret=secret, token=secret)
    assert isinstance(from_settings(account, "acme", both, clock), ClientCredentials)
    assert isinstance(from_settings(Account(url=URL), "acme", Secrets(token=secret), clock), Bearer)


def test_an_api_token_signs_in_with_a_warning(router: respx.MockRouter, clock: Clock) -> None:
    """As EMAIL/token over Basic; the log says when Zendesk stops it and what to take instead, and not the token."""
    account = Account(url=URL, email="me@acme.example")
    with capture_logs() as logs:
        auth = from_settings(account, "acme", Secrets(api_token=SecretStr("t"), token=SecretStr(SECRET)), clock)
    assert isinstance(auth, ApiToken)
    route = router.get(ONE).mock(return_value=OK)
    Tickets(open_client(URL, auth, transport=httpx.HTTPTransport(verify=False))).show(33)
    assert bearers(route) == ["Basic bWVAYWNtZS5leGFtcGxlL3Rva2VuOnQ="]
    (said,) = logs
    assert said["log_level"] == "warning"
    assert "2027-04-30" in said["advice"]
    assert "OAuth client" in said["advice"]
    assert SECRET not in str(said)


@pytest.mark.parametrize(
    ("account", "secrets", "names"),
    [
        (Account(url=URL, email="me@acme.example"), Secrets(), "set ZENDESK_SYNC_ACME_EU_API_TOKEN"),
        (Account(url=URL), Secrets(api_token=SecretStr(SECRET)), r"accounts\.acme-eu\.email: missing"),
        (Account(url=URL), Secrets(), "ZENDESK_SYNC_ACME_EU_CLIENT_SECRET, or ZENDESK_SYNC_ACME_EU_TOKEN"),
        (Account(url=URL, client_id="id"), Secrets(), "set ZENDESK_SYNC_ACME_EU_CLIENT_SECRET"),
        (Account(url=URL), Secrets(client_secret=SecretStr(SECRET)), r"accounts\.acme-eu\.client_id"),
    ],
)
def test_nothing_usable_configured(account: Account, secrets: Secrets, names: str, clock: Clock) -> None:
    """What is missing is named, as the key or the environment variable to set."""
    with pytest.raises(ConfigurationError, match=names) as caught:
        from_settings(account, "acme-eu", secrets, clock)
    assert SECRET not in str(caught.value)
