"""The adapter and the pool against real sockets: the layer that the other tests replace."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.zendesk.stack import TOKEN, Clock, ticket
from zendesk_sync.errors import AnswerLost, UnexpectedAnswer, ZendeskUnreachable
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.auth import Bearer
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.client import open_client
from zendesk_sync.zendesk.tickets import Tickets


class Handler(BaseHTTPRequestHandler):
    """A few fixed answers, gzip-coded, over kept-alive connections."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.seen.append((self.path, self.client_address[1], self.headers.get("Authorization")))
        base = f"http://127.0.0.1:{self.server.server_port}"
        if self.path.startswith("/api/v2/ticket_fields.json?page=2"):
            self.answer({"ticket_fields": [{"id": 2, "type": "text", "title": "Zwei"}], "next_page": None})
        elif self.path.startswith("/api/v2/ticket_fields.json"):
            row = {"id": 1, "type": "text", "title": "Größe"}
            self.answer({"ticket_fields": [row], "next_page": f"{base}/api/v2/ticket_fields.json?page=2", "count": 2})
        elif self.server.refuse:
            self.server.refuse -= 1
            self.answer({"error": "slow down"}, status=429, **{"Retry-After": "5"})
        else:
            self.answer({"ticket": ticket(), "users": [], "organizations": []})

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.client_address[1], None))
        self.close_connection = True  # hang up without an answer

    def do_CONNECT(self) -> None:
        self.server.seen.append((self.path, self.client_address[1], self.headers.get("Authorization")))
        self.answer({}, status=403)

    def answer(self, body: object, status: int = 200, **headers: str) -> None:
        data = gzip.compress(json.dumps(body).encode())
        self.send_response(status)
        for name, value in {"Content-Encoding": "gzip", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None: ...


class Server(ThreadingHTTPServer):
    """Counts what came in; refuses the next ``refuse`` readings."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, int, str | None]] = []
        self.refuse = 0
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as it:
        thread = threading.Thread(target=it.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield it
        it.shutdown()
        thread.join()


def test_zenpy_over_gzip_and_one_connection(server: Server) -> None:
    """zenpy spells https and a name of its own; its calls and page links all reach the plain http account."""
    with open_client(server.url, Bearer(TOKEN), connections=1) as client:
        fields = ZenpyAccount(client, environ={}).ticket_fields()
    assert [field.title for field in fields] == ["Größe", "Zwei"]
    assert {authorization for _, _, authorization in server.seen} == {f"Bearer {TOKEN}"}
    assert len({port for _, port, _ in server.seen}) == 1


def test_a_refusal_with_a_pool_of_one(server: Server, waits: list[float], clock: Clock) -> None:
    """The refused answer gives its connection back before the wait, so a pool of one is enough to repeat."""

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.now += seconds

    server.refuse = 2
    budget = Budget(clock=clock)
    with open_client(server.url, Bearer(TOKEN), connections=1, sleep=sleep, budget=budget, patience_s=5.0) as client:
        assert Tickets(client).show(33).tickets[0].id == 33
    assert waits == [5.0, 5.0]


def test_threads_share_the_pool(server: Server) -> None:
    """Eight threads on a pool of the same size: every call is answered."""
    done: list[int] = []
    with open_client(server.url, Bearer(TOKEN), connections=8, budget=Budget(1.0)) as client:

        def work() -> None:
            for _ in range(20):
                done.append(Tickets(client).show(33).tickets[0].id)  # noqa: PERF401  one by one, as the calls come

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert done == [33] * 160


def test_a_server_that_hangs_up(server: Server) -> None:
    """A connection dropped after the body was sent is an answer lost, and one call."""
    with open_client(server.url, Bearer(TOKEN), sleep=lambda _: None) as client, pytest.raises(AnswerLost):
        Tickets(client).update(33, {"priority": "high"}, stamp=None)
    assert [path for path, _, _ in server.seen] == ["/api/v2/tickets/33"]


def test_nobody_listens(server: Server, waits: list[float]) -> None:
    """A closed port is unreachable after four attempts."""
    url = server.url
    server.server_close()
    with open_client(url, Bearer(TOKEN), sleep=waits.append) as client, pytest.raises(ZendeskUnreachable, match=url):
        Tickets(client).update(33, {"priority": "high"}, stamp=None)
    assert len(waits) == 3


def test_a_company_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An https account is reached through HTTPS_PROXY, which never sees the token; a local account is not."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, server.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "other.example.com")
    account = "https://acme.zendesk.com"
    with open_client(account, Bearer(TOKEN)) as client, pytest.raises(ZendeskUnreachable, match="403"):
        Tickets(client).show(33)
    with open_client(server.url, Bearer(TOKEN)) as client:
        Tickets(client).show(33)
    assert [(path, token) for path, _, token in server.seen if path.startswith("acme")] == [
        ("acme.zendesk.com:443", None)
    ]
    assert len(server.seen) == 2


def test_another_host_through_zenpy(server: Server) -> None:
    """zenpy's session has no way to any other host, this machine's other ports included."""
    with open_client(server.url, Bearer(TOKEN)) as client:
        account = ZenpyAccount(client, environ={})
        for url in ("http://127.0.0.1:1/x", "https://acme.zendesk.com/x", f"https://127.0.0.1:{server.server_port}/x"):
            with pytest.raises(UnexpectedAnswer, match="another host"):
                account._do(lambda zenpy, url=url: zenpy.ticket_fields._get(url))  # type: ignore[misc]
    assert server.seen == []
