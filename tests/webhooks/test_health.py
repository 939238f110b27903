"""What the service says of itself, to whom."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from webhooks.health import Health

ACCOUNTS = {"acme": {"swept_ago_s": 12.0}}


def health(**more: Any) -> Health:
    given: dict[str, Any] = {
        "ready": lambda: {"store": True},
        "accounts": lambda: ACCOUNTS,
        "metrics": lambda: b"zendesk_sync_hints_total 1.0\n",
    }
    return Health(**(given | more))


def ask(app: Starlette, path: str, bearer: str | None = None) -> httpx.Response:
    async def asked() -> httpx.Response:
        headers = {} if bearer is None else {"Authorization": bearer}
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://door", headers=headers) as client:
            return await client.get(path)

    return asyncio.run(asked())


def public(said: Health) -> Starlette:
    return Starlette(routes=said.public())


def test_without_a_token_the_public_port_has_no_metrics_and_no_names() -> None:
    """Whatever somebody shows, also an empty token."""
    app = public(health())
    for bearer in (None, "Bearer ", "Bearer None", "Bearer t"):
        assert ask(app, "/metrics", bearer).status_code == 404
        assert ask(app, "/readyz", bearer).json() == {"status": "ready", "checks": {"store": True}}


@pytest.mark.parametrize("bearer", [None, "", "Bearer", "Bearer ", "Bearer T", "bearer t", "Basic t", "t"])
def test_the_token_opens_metrics_and_names_and_nothing_else_does(bearer: str | None) -> None:
    """401 says what kind of proof is wanted; readiness is told to anybody, but no account's name."""
    app = public(health(token="t"))
    refused = ask(app, "/metrics", bearer)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert "accounts" not in ask(app, "/readyz", bearer).json()


def test_the_token_opens() -> None:
    """Prometheus' text format, and each account by name."""
    app = public(health(token="t"))
    answer = ask(app, "/metrics", "Bearer t")
    assert (answer.status_code, answer.text) == (200, "zendesk_sync_hints_total 1.0\n")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert ask(app, "/readyz", "Bearer t").json()["accounts"] == ACCOUNTS


def test_a_port_of_its_own_asks_nobody() -> None:
    """Who reaches that port may know."""
    app = health().private()
    assert ask(app, "/metrics").status_code == 200
    assert ask(app, "/readyz").json() == {"status": "ready", "checks": {"store": True}, "accounts": ACCOUNTS}
    assert ask(app, "/healthz").status_code == 200


def test_what_cannot_be_told_is_no_stack_trace() -> None:
    """A store that fails is told by its check; the rest is left out."""

    def broken() -> Any:
        raise RuntimeError("words of a ticket")

    app = health(accounts=broken, metrics=broken, ready=broken).private()
    assert (ask(app, "/metrics").status_code, ask(app, "/readyz").status_code) == (503, 503)
    assert ask(app, "/readyz").json() == {"status": "not ready", "checks": {"checks": False}, "accounts": None}


def test_the_token_shows_in_no_representation() -> None:
    """Tracebacks print representations."""
    assert "private" not in repr(health(token="private"))
