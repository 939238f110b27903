"""The real stack over respx: our transport, our client, zenpy. Nothing waits, and no socket is opened."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import respx

from tests.zendesk.stack import TOKEN, URL, Clock
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.auth import Bearer
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.client import Client, open_client
from zendesk_sync.zendesk.tickets import Tickets


@pytest.fixture
def waits() -> list[float]:
    """Every wait that was asked for, in seconds."""
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def router() -> Iterator[respx.MockRouter]:
    """respx below our transport; a call that no test expects fails."""
    with respx.mock(assert_all_called=False, base_url=URL) as mock:
        yield mock


@pytest.fixture
def client(router: respx.MockRouter, waits: list[float], clock: Clock) -> Iterator[Client]:
    """Patient, so that what is repeated can be seen; waiting takes no time but the clock's."""

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.now += seconds

    transport = httpx.HTTPTransport(verify=False)
    budget = Budget(clock=clock)
    with open_client(URL, Bearer(TOKEN), transport=transport, sleep=sleep, budget=budget, patience_s=30.0) as it:
        yield it


@pytest.fixture
def tickets(client: Client) -> Tickets:
    return Tickets(client)


@pytest.fixture
def account(client: Client, monkeypatch: pytest.MonkeyPatch) -> ZenpyAccount:
    """zenpy on top, whose own sleep fails the test: nobody may wait twice."""

    def asleep(_: float) -> None:
        pytest.fail("zenpy slept by itself")

    monkeypatch.setattr("zenpy.lib.api.sleep", asleep)
    return ZenpyAccount(client, environ={})
