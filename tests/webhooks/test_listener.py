"""Slow, large and many: what one sender may cost, over real sockets with short limits."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from tests.webhooks.sockets import PATH, SECRET, connect, heard, request, say, serving, statuses
from webhooks.app import create_app
from webhooks.listener import Limits, bind
from zendesk_sync.errors import ConfigurationError

BODY = b'{"ticket_id":"33"}'
LONG = 60.0
CLOSE = "Connection: close\r\n"


def door(body_s: float = LONG) -> object:
    return create_app(accounts={"acme": [SECRET]}, mark=lambda _account, _tickets: None, body_s=body_s)


def limits(**short: float) -> Limits:
    return Limits(**{"head_s": LONG, "body_s": LONG, "answer_s": LONG, "idle_s": LONG, **short})  # type: ignore[arg-type]


def dripping(at: tuple[str, int], first: bytes, drip: bytes) -> bytes:
    """Say something, then a little every few milliseconds until the server has had enough; what it answered."""
    with connect(at) as connection:
        connection.sendall(first)
        ends = time.monotonic() + 20
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < ends:
                connection.sendall(drip)
                time.sleep(0.005)
        assert time.monotonic() < ends, "the server listened for ever"
        return heard(connection)


def test_slow_headers_are_cut_off_however_they_drip() -> None:
    """The time for a head runs from its first byte; more bytes do not prolong it."""
    with serving(door(), limits(head_s=0.1)) as at:
        assert say(at, b"") == b""
        assert dripping(at, b"POST / HTTP/1.1\r\nA: ", b"a") == b""
        assert statuses(say(at, request(BODY, more=CLOSE))) == [200]


def test_slow_headers_of_a_second_request_are_cut_off() -> None:
    """A connection that was good once has earned nothing."""
    with serving(door(), limits(head_s=0.1)) as at:
        assert dripping(at, request(BODY) + b"POST / HTTP/1.1\r\nA: ", b"a")[:12] in {b"", b"HTTP/1.1 200"}


def test_a_slow_body_is_answered_408_and_cut_off() -> None:
    """The door says what was wrong, while somebody may still be reading."""
    with serving(door(body_s=0.05)) as at:
        answer = say(at, request(BODY)[:-1])
        assert statuses(answer) == [408]
        assert b"connection: close" in answer.lower()


def test_a_slow_body_that_nobody_reads_is_cut_off() -> None:
    """Where the door does not wait for the body, such as on a wrong path, the listener ends it."""
    with serving(door(), limits(body_s=0.1)) as at:
        assert statuses(say(at, request(BODY, path="/nothing")[:-1])) == [404]


def test_idle_connections_end_and_blank_lines_do_not_prolong_them() -> None:
    """Between two requests the connection may wait, for so long and no longer."""
    with serving(door(), limits(idle_s=0.1)) as at:
        assert statuses(say(at, request(BODY))) == [200]
        dripping(at, request(BODY), b"\r\n")


def test_somebody_who_asks_and_never_listens_is_cut_off() -> None:
    """Answers that nobody takes fill the buffers; then the connection ends."""
    with serving(door(), limits(answer_s=0.1), send_buffer=4096) as at, connect(at, receive_buffer=4096) as connection:
        ends = time.monotonic() + 20
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: door\r\n\r\n" * 5000)
            while time.monotonic() < ends:
                connection.sendall(b"G")
                time.sleep(0.005)
        assert time.monotonic() < ends, "the server waited for ever"


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ("".join(f"A{number}: x\r\n" for number in range(70)), {431}),
        ("A: " + "x" * 16_300 + "\r\n", {431}),
        ("A: " + "x" * 300_000 + "\r\n", {400}),
    ],
    ids=["too many", "too long", "far too long"],
)
def test_headers_are_limited(more: str, codes: set[int]) -> None:
    """In number and in size; a head that is not even complete within the limit is no HTTP."""
    with serving(door()) as at:
        answer = say(at, request(BODY, more=more))
        assert set(statuses(answer)) <= codes  # the last one may be cut before it is read
        assert statuses(say(at, request(BODY, more=CLOSE))) == [200]


@pytest.fixture
def crowded() -> Iterator[tuple[str, int]]:
    with serving(door(), Limits(connections=2)) as at:
        yield at


def test_a_connection_too_many_is_told_to_come_again(crowded: tuple[str, int]) -> None:
    """503 with Retry-After, which Zendesk heeds; beyond twice the limit connections are cut; then all is well again."""
    with contextlib.ExitStack() as held:
        for _ in range(2):
            good = held.enter_context(connect(crowded))
            good.sendall(request(BODY))
            assert good.recv(12) == b"HTTP/1.1 200"
        for _ in range(2):
            extra = held.enter_context(connect(crowded))
            extra.sendall(b"POST")
            # It stands in the queue of the server once a later one, which is answered, was accepted behind it.
        answer = b""
        ends = time.monotonic() + 10
        while answer != b"" or time.monotonic() < ends:
            answer = say(crowded, request(BODY))
            if answer == b"":
                break
            assert statuses(answer) == [503]
            assert b"retry-after: 10" in answer.lower()
        extra.sendall(request(BODY)[4:])
        assert statuses(heard(extra)) == [503]
    ends = time.monotonic() + 10
    while statuses(say(crowded, request(BODY, more=CLOSE))) != [200]:
        assert time.monotonic() < ends


def test_an_upgrade_is_not_taken() -> None:
    """The door speaks HTTP only; a wish for a WebSocket is answered like any other request."""
    with serving(door()) as at:
        wish = f"GET {PATH} HTTP/1.1\r\nHost: door\r\nConnection: close, upgrade\r\nUpgrade: websocket\r\n\r\n"
        assert statuses(say(at, wish.encode())) == [405]


def test_a_header_that_nobody_trusted_wrote_changes_no_address() -> None:
    """Not even from this machine, which uvicorn on its own would believe."""
    allowed = ip_network("203.0.113.0/24")
    claim = f"X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Proto: https\r\n{CLOSE}"
    for trusted, status in (([], 403), ([ip_network("127.0.0.1")], 200)):
        app = create_app(
            accounts={"acme": [SECRET]}, mark=lambda _a, _t: None, allow=[allowed], trusted_proxies=trusted
        )
        with serving(app) as at:
            assert statuses(say(at, request(BODY, more=claim))) == [status]


def test_an_address_in_use_is_one_message() -> None:
    """It names the setting and the address."""
    with bind("127.0.0.1", 0, "service.port") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"service.port: cannot listen on 127.0.0.1:{port}"):
            bind("127.0.0.1", port, "service.port")


def test_answers_leave_at_once() -> None:
    """No answer waits for an acknowledgement of its first half (Nagle's algorithm), which costs 40 ms each."""
    with bind("127.0.0.1", 0, "service.port") as listening, connect(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP  # what asyncio looks at before it sets TCP_NODELAY
