from __future__ import annotations

import asyncio
import itertools
import json
import logging
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import generate_latest
from starlette.applications import Starlette

from webhooks.app import create_app
from webhooks.health import Health
from webhooks.signature import sign
from zendesk_sync import metrics
from zendesk_sync.errors import ConfigurationError, StoreError
from zendesk_sync.settings import TEST_SECRET
from zendesk_sync.store import Store

NOW = datetime(2026, 11, 23, 10, 0, 0, tzinfo=UTC)
TIMESTAMP = "2026-11-23T10:00:00Z"
SECRET = "a secret that only Zendesk knows"
BODY = b'{"ticket_id":"33"}'
PATH = "/webhooks/zendesk/acme"


class Inbox:
    """Remembers what was marked and where; fails when told to."""

    def __init__(self) -> None:
        self.marked: list[tuple[str, list[int]]] = []
        self.threads: set[int] = set()
        self.failure: Exception | None = None
        self.woken = 0

    def mark(self, account: str, tickets: list[int]) -> None:
        self.threads.add(threading.get_ident())
        if self.failure:
            raise self.failure
        self.marked.append((account, tickets))

    def wake(self) -> None:
        assert self.marked
        self.woken += 1


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def app(inbox: Inbox) -> Starlette:
    return door(inbox)


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[Mapping[str, Any]]]:
    with structlog.testing.capture_logs() as captured:
        yield captured  # type: ignore[misc]


def door(inbox: Inbox, **more: Any) -> Starlette:
    plain: dict[str, Any] = {
        "accounts": {"acme": [SECRET], "new": []},
        "mark": inbox.mark,
        "clock": lambda: NOW,
        "on_hint": inbox.wake,
    }
    return create_app(**(plain | more))


def signed(body: bytes = BODY, secret: str = SECRET, timestamp: str = TIMESTAMP) -> dict[str, str]:
    return {
        "X-Zendesk-Webhook-Signature": sign(secret, timestamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        "Content-Type": "application/json",
    }


def ask(app: Starlette, method: str = "POST", path: str = PATH, **more: Any) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            return await client.request(method, path, **more)

    return asyncio.run(asked())


def post(app: Starlette, body: bytes = BODY, headers: Any = None, path: str = PATH) -> httpx.Response:
    return ask(app, path=path, content=body, headers=signed(body) if headers is None else headers)


def test_a_hint_is_stored_before_it_is_accepted(app: Starlette, inbox: Inbox) -> None:
    """200 comes after the hint was stored, off the event loop's thread, and the worker is woken."""
    answer = post(app)
    assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
    assert (inbox.marked, inbox.woken) == ([("acme", [33])], 1)
    assert threading.get_ident() not in inbox.threads


def test_the_raw_body_is_what_is_verified(app: Starlette) -> None:
    """A body that means the same in other bytes is not what was signed."""
    assert post(app, b'{"ticket_id": "33"}', signed(BODY)).status_code == 401


REFUSED: dict[str, tuple[str, dict[str, str]]] = {
    "no headers": (PATH, {}),
    "no signature": (PATH, {"X-Zendesk-Webhook-Signature-Timestamp": TIMESTAMP}),
    "no timestamp": (PATH, {"X-Zendesk-Webhook-Signature": sign(SECRET, TIMESTAMP, BODY)}),
    "bad signature": (PATH, signed(secret="another")),
    "not base64": (PATH, signed() | {"X-Zendesk-Webhook-Signature": "***"}),
    "published secret": (PATH, signed(secret=TEST_SECRET)),
    "empty secret": (PATH, signed(secret="")),
    "stale": (PATH, signed(timestamp="2026-11-23T09:54:59Z")),
    "from the future": (PATH, signed(timestamp="2026-11-23T10:05:01Z")),
    "no timestamp at all": (PATH, signed(timestamp="yesterday")),
    "unknown account": ("/webhooks/zendesk/globex", signed()),
    "account without a secret": ("/webhooks/zendesk/new", signed()),
    "account of odd letters": ("/webhooks/zendesk/%00%ff%F0%9F%A6%8A", signed()),
}


@pytest.mark.parametrize(("path", "headers"), REFUSED.values(), ids=REFUSED)
def test_every_refusal_looks_the_same(app: Starlette, inbox: Inbox, path: str, headers: dict[str, str]) -> None:
    """Whatever is wrong, the sender reads the same status, headers and body, and nothing is stored."""
    first = post(app, headers={})
    answer = post(app, headers=headers, path=path)
    assert answer.status_code == 401
    assert (answer.headers, answer.content) == (first.headers, b'{"status":"unauthorized"}')
    assert inbox.marked == []


def test_every_request_costs_two_sums(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown account, one secret, two secrets, none: the same work, so time does not list the accounts."""
    calls: list[str] = []

    def counted(secret: str, timestamp: str, body: bytes) -> str:
        calls.append(secret)
        return sign(secret, timestamp, body)

    monkeypatch.setattr("webhooks.signature.sign", counted)
    paths = (PATH, "/webhooks/zendesk/globex", "/webhooks/zendesk/new", "/webhooks/zendesk/turning")
    app = door(inbox, accounts={"acme": [SECRET], "new": [], "turning": [SECRET, "the former one"]})
    for path in paths:
        post(app, headers={}, path=path)
    assert len(calls) == 2 * len(paths)
    assert calls[0] == SECRET
    assert calls[2:4] == calls[4:6]
    assert not {SECRET, "the former one"} & set(calls[2:6])
    assert calls[6:] == [SECRET, "the former one"]


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"\xff", b"[" * 100_000, b'{"ticket_id": "{{ticket.id}}"}'])
def test_a_verified_body_without_a_ticket_is_400(app: Starlette, inbox: Inbox, body: bytes) -> None:
    """What Zendesk signed and names no ticket is the configuration's fault, and said to be so."""
    answer = post(app, body)
    assert (answer.status_code, answer.json()) == (400, {"status": "not a hint"})
    assert inbox.marked == []


def test_nothing_is_parsed_before_it_is_verified(app: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forged body never reaches the parser."""
    monkeypatch.setattr("webhooks.app.tickets_in", lambda _: pytest.fail("parsed"))
    assert post(app, headers=signed(secret="another")).status_code == 401


@pytest.mark.parametrize("failure", [StoreError("disk full"), RuntimeError("bug"), OSError(), RecursionError()])
def test_a_hint_that_cannot_be_stored_is_asked_for_again(app: Starlette, inbox: Inbox, failure: Exception) -> None:
    """503 with a ``Retry-After`` below a minute, which is what makes Zendesk repeat; never a 500."""
    inbox.failure = failure
    answer = post(app)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert inbox.woken == 0


def test_a_bug_of_ours_is_503_too(inbox: Inbox) -> None:
    """Anything unexpected, such as a broken clock, is 503 and never 500."""

    def broken() -> datetime:
        raise ZeroDivisionError

    answer = post(door(inbox, clock=broken))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


def test_a_worker_that_cannot_be_woken_does_not_undo_the_hint(inbox: Inbox) -> None:
    """The hint is stored, so it is accepted; the worker finds it when it looks next."""

    def broken() -> None:
        raise RuntimeError

    assert post(door(inbox, on_hint=broken)).status_code == 200
    assert inbox.marked == [("acme", [33])]


def test_a_body_at_the_limit_is_read_and_a_larger_one_is_not(inbox: Inbox) -> None:
    """The limit counts bytes: exactly so many are read."""
    app = door(inbox, max_body=len(BODY))
    assert post(app).status_code == 200
    assert post(app, BODY + b" ").status_code == 413


def test_a_body_without_a_length_is_cut_off_while_it_streams(inbox: Inbox) -> None:
    """A sender that does not say how much is coming is stopped at the limit, not at the end."""
    sent: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while len(sent) < 1000:
            sent.append(1)
            yield b"x" * 1000

    messages = asyncio.run(spoken(door(inbox, max_body=10_000), endless()))
    assert messages[0]["status"] == 413
    assert len(sent) == 11


def test_a_sender_that_hangs_up_is_no_failure(app: Starlette, inbox: Inbox, lines: list[Mapping[str, Any]]) -> None:
    """Half a body stores nothing and raises nothing."""

    async def half() -> AsyncIterator[bytes]:
        yield BODY[:5]

    asyncio.run(spoken(app, half(), hang_up=True))
    assert inbox.marked == []
    assert [line["status"] for line in lines] == [400]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_only_posts_are_taken(app: Starlette, method: str) -> None:
    """Every other method is 405, and says what is allowed."""
    answer = ask(app, method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/webhooks/zendesk", "/webhooks/zendesk/", PATH + "/", PATH + "/x"])
def test_there_is_nothing_else_here(app: Starlette, path: str) -> None:
    """Other paths are 404, without redirects, which Zendesk would not follow."""
    assert post(app, path=path).status_code == 404


def test_health_and_readiness(inbox: Inbox) -> None:
    """Alive is not ready: the answer names the dependency that does not work."""
    checks = {"store": True, "zendesk": True}
    now = [0.0]
    app = door(inbox, health=Health(ready=lambda: checks, clock=lambda: now[0]))
    assert ask(app, "GET", "/healthz").status_code == 200
    assert (ask(app, "GET", "/readyz").status_code, ask(app, "GET", "/readyz").json()["checks"]) == (200, checks)
    checks["store"] = False
    assert ask(app, "GET", "/readyz").status_code == 200  # whoever asks often is told what was found a moment ago
    now[0] = 1.0
    answer = ask(app, "GET", "/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "checks": checks})
    assert ask(app, "GET", "/healthz").status_code == 200
    assert ask(door(inbox), "GET", "/readyz").status_code == 200


def test_a_check_that_fails_to_run_has_failed(inbox: Inbox) -> None:
    """Readiness never answers 500."""

    def broken() -> Mapping[str, bool]:
        raise RuntimeError

    assert ask(door(inbox, health=Health(ready=broken)), "GET", "/readyz").status_code == 503


def test_the_log_names_account_and_tickets_and_nothing_of_the_sender(
    app: Starlette, inbox: Inbox, lines: list[Mapping[str, Any]]
) -> None:
    """One line a request: status, tickets, the account if it is ours; no body, header or secret."""
    post(app)
    post(app, b'{"ticket_id": "private words"}')
    post(app, headers=signed(secret="another"))
    post(app, path="/webhooks/zendesk/private-words")
    inbox.failure = RuntimeError("private words")
    post(app)
    kept = [(line["status"], line.get("account"), line.get("tickets"), line["log_level"]) for line in lines]
    assert kept == [
        (200, "acme", [33], "info"),
        (400, "acme", None, "warning"),
        (401, "acme", None, "warning"),
        (401, None, None, "warning"),
        (503, "acme", [33], "error"),
    ]
    said = json.dumps(lines)
    assert not any(word in said for word in ("private", SECRET, TIMESTAMP, sign(SECRET, TIMESTAMP, BODY)))


@pytest.mark.parametrize("secrets", [[TEST_SECRET], [SECRET, TEST_SECRET], [""], SECRET])
def test_a_door_that_anybody_can_open_is_not_built(inbox: Inbox, secrets: Any) -> None:
    """The published secret, an empty one, or a text in place of a list is an error that does not repeat it."""
    with pytest.raises(ConfigurationError, match="acme") as caught:
        door(inbox, accounts={"acme": secrets})
    assert SECRET not in str(caught.value)


def test_no_secret_shows_in_a_representation(app: Starlette) -> None:
    """What a traceback might print of the door holds no secret."""
    assert SECRET not in repr([getattr(route, "endpoint", None) for route in app.routes])


FUZZ = st.dictionaries(
    st.sampled_from(
        ["X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp", "Content-Type", "X-Other"]
    ),
    st.binary(max_size=40).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b"")),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    method=st.sampled_from(["POST", "POST", "POST", "GET", "DELETE"]),
    account=st.sampled_from(["acme", "globex", "new", "%00", "..%2f"]),
    body=st.binary(max_size=300) | st.builds(lambda n: json.dumps({"ticket_id": n}).encode(), st.integers()),
    junk=FUZZ,
    genuine=st.booleans(),
    failing=st.booleans(),
)
def test_only_documented_answers(
    method: str, account: str, body: bytes, junk: dict[str, bytes], genuine: bool, failing: bool
) -> None:
    """Whatever is sent, signed or not, the answer is one of the documented ones and never 500."""
    inbox = Inbox()
    inbox.failure = StoreError("full") if failing else None
    headers: dict[str, Any] = junk | (signed(body) if genuine else {})
    answer = ask(door(inbox, max_body=250), method, f"/webhooks/zendesk/{account}", content=body, headers=headers)
    allowed = {200, 400, 401, 405, 413, 503} | ({404} if "2f" in account else set())
    assert answer.status_code in allowed
    assert (answer.status_code == 200) == bool(inbox.marked)
    if not genuine or account != "acme":
        assert answer.status_code in {401, 404, 405, 413}


def test_over_a_real_socket_into_a_real_store(tmp_path: Path) -> None:
    """uvicorn, HTTP and SQLite together: accepted hints are in the store, a large body is cut off, others get 401."""
    with Store.open(tmp_path / "s.db") as store:
        app = create_app(
            accounts={"acme": [SECRET]},
            mark=store.mark,
            health=Health(ready=lambda: {"store": store.ready()}, clock=itertools.count().__next__),
        )
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level=logging.CRITICAL, lifespan="off"))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            while not server.started:
                thread.join(0.01)
                assert thread.is_alive()
            port = server.servers[0].sockets[0].getsockname()[1]
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                for ticket in (1, 2, 2):
                    body = json.dumps({"schema": 1, "ticket_id": str(ticket)}).encode()
                    answer = client.post(PATH, content=body, headers=signed(body, timestamp=stamp))
                    assert answer.status_code == 200
                assert client.post(PATH, content=BODY).status_code == 401
                assert client.get("/readyz").json() == {"status": "ready", "checks": {"store": True}}
                store.close()
                assert client.post(PATH, content=BODY, headers=signed(timestamp=stamp)).status_code == 503
                assert client.get("/readyz").status_code == 503
                assert client.post(PATH, content=iter([b"x" * 300_000])).status_code == 413
        finally:
            server.should_exit = True
            thread.join()
    with Store.open(tmp_path / "s.db") as store:
        assert [hint.ticket for hint in store.hints("acme")] == [1, 2]


async def spoken(app: Starlette, body: AsyncIterator[bytes], *, hang_up: bool = False) -> list[Any]:
    """The raw ASGI conversation of one POST whose body arrives in pieces."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        async for chunk in body:
            return {"type": "http.request", "body": chunk, "more_body": True}
        return {"type": "http.disconnect"} if hang_up else {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": []}
    await app(scope, receive, send)
    return sent


def ask_from(app: Starlette, peer: str, *forwarded: str) -> int:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(peer, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            headers = [*signed().items(), *(("X-Forwarded-For", one) for one in forwarded)]
            return await client.post(PATH, content=BODY, headers=headers)

    return asyncio.run(asked()).status_code


def test_the_allow_list_holds_for_the_true_sender(inbox: Inbox) -> None:
    """Whoever is not on it gets 403, signed or not; ``X-Forwarded-For`` counts from our own proxy only."""
    app = door(inbox, allow=[ip_network("203.0.113.0/24")], trusted_proxies=[ip_network("10.0.0.1")])
    assert ask_from(app, "203.0.113.5") == 200
    assert ask_from(app, "198.51.100.1") == 403
    assert ask_from(app, "198.51.100.1", "203.0.113.5") == 403
    assert ask_from(app, "10.0.0.1", "203.0.113.5") == 200
    assert ask_from(app, "10.0.0.1", "203.0.113.5, 198.51.100.1") == 403
    assert ask_from(app, "10.0.0.1", "198.51.100.1", "203.0.113.5") == 200
    assert ask_from(app, "10.0.0.1", "nonsense") == 403
    assert ask_from(app, "10.0.0.1") == 403
    assert len(inbox.marked) == 3


def test_without_an_allow_list_anybody_may_knock(inbox: Inbox, lines: list[Mapping[str, Any]]) -> None:
    """The signature decides; a refusal's log line names the sender, as a trusted proxy tells it."""
    app = door(inbox, trusted_proxies=[ip_network("10.0.0.0/8")], accounts={"acme": ["another"]})
    assert ask_from(app, "10.0.0.1", "203.0.113.5") == 401
    assert ask_from(app, "198.51.100.1", "203.0.113.5") == 401
    assert [line["sender"] for line in lines] == ["203.0.113.5", "198.51.100.1"]


def test_a_flood_of_refusals_does_not_fill_the_log(app: Starlette, lines: list[Mapping[str, Any]]) -> None:
    """So many a second are told one by one, the rest by number; hints and failures are always told."""
    for _ in range(300):
        post(app, headers={})
    assert post(app).status_code == 200
    refused = [line for line in lines if line["status"] == 401]
    assert len(refused) < 300
    assert [line["status"] for line in lines].count(200) == 1


def test_replayed_requests_are_one_hint(tmp_path: Path) -> None:
    """A request caught on the way and sent a hundred times within its time changes nothing: one row, due once."""
    with Store.open(tmp_path / "s.db") as store:
        app = create_app(accounts={"acme": [SECRET]}, mark=store.mark, clock=lambda: NOW)
        assert {post(app).status_code for _ in range(100)} == {200}
        (hint,) = store.hints("acme")
        assert (hint.ticket, hint.tries) == (33, 0)


def test_both_secrets_open_while_one_is_replaced(inbox: Inbox) -> None:
    """What was signed with the former secret and is still under way is taken too; a third is not."""
    app = door(inbox, accounts={"acme": [SECRET, "the former one"]})
    assert post(app).status_code == 200
    assert post(app, headers=signed(secret="the former one")).status_code == 200
    assert post(app, headers=signed(secret="one of long ago")).status_code == 401


def test_metrics_count_by_account_and_reason_and_name_no_ticket(app: Starlette, inbox: Inbox) -> None:
    """Reasons are fixed words, and what a stranger writes never becomes a label."""

    def value(name: str, **labels: str) -> float:
        return metrics.REGISTRY.get_sample_value(name, labels) or 0.0

    kinds = [("", "unknown_account"), ("acme", "forged"), ("acme", "not_a_hint"), ("acme", "not_stored")]
    before = [value("zendesk_sync_refused_total", account=a, reason=r) for a, r in kinds]
    taken = value("zendesk_sync_hints_total", account="acme")
    post(app, path="/webhooks/zendesk/private-words")
    post(app, headers=signed(secret="another"))
    post(app, b'{"ticket_id": "private words"}')
    post(app, b'{"ticket_id": "987654321"}')
    inbox.failure = StoreError("disk full")
    post(app)
    assert [value("zendesk_sync_refused_total", account=a, reason=r) for a, r in kinds] == [n + 1 for n in before]
    assert value("zendesk_sync_hints_total", account="acme") == taken + 1
    text = generate_latest(metrics.REGISTRY).decode()
    assert not any(word in text for word in ("private", "987654321", SECRET))
