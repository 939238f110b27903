"""Bytes that nobody would send on purpose, to the real listener, door and store: nothing but documented answers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webhooks.sockets import PATH, request, say, serving, statuses
from tests.webhooks.sockets import SECRET as NEW
from webhooks.app import create_app
from webhooks.health import Health
from webhooks.listener import Limits
from zendesk_sync.store import Store

OLD = "the secret before that"
MUTATIONS = 3000
AT_ONCE = 150
SHORT = Limits(head_s=0.5, body_s=0.5, answer_s=5, idle_s=0.5)
DOCUMENTED = {200, 400, 401, 404, 405, 408, 413, 431}
"""Without 503: the store works, so a 503 would be a fault of ours."""

TICKETS = range(1, 41)
CLOSE = "Connection: close\r\n"


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[tuple[str, int], Store]]:
    with Store.open(tmp_path_factory.mktemp("fuzz") / "store.db") as store:
        health = Health(ready=lambda: {"store": store.ready()}, metrics=lambda: b"secret_numbers 1\n", token="t")
        app = create_app(accounts={"acme": [NEW, OLD], "new": []}, mark=store.mark, health=health, body_s=0.4)
        with serving(app, SHORT) as at:
            yield at, store


def seeds() -> list[bytes]:
    """Good requests of both kinds, with both secrets, and some that are refused for one reason each."""
    trigger = [b'{"schema": 1, "ticket_id": "%d"}' % ticket for ticket in TICKETS[:20]]
    event = [
        b'{"type":"zen:event-type:ticket.created","subject":"zen:ticket:%d","detail":{"id":"%d","tags":null},"event":{}}'
        % (ticket, ticket)
        for ticket in TICKETS[20:]
    ]
    good = [
        request(body, secret=secret, more=CLOSE) for body, secret in zip(trigger + event, itertools.cycle((NEW, OLD)))
    ]
    chunked = request(b"", more=f"Transfer-Encoding: chunked\r\n{CLOSE}").replace(b"Content-Length: 0\r\n", b"")
    other = [
        request(b"{}", path="/webhooks/zendesk/globex", more=CLOSE),
        request(b"\xff", more=CLOSE),
        request(b"[" * 5000, more=CLOSE),
        chunked + b"5\r\nabcde\r\n0\r\n\r\n",
        request(b'{"ticket_id": "1"}', more=f"Expect: 100-continue\r\n{CLOSE}"),
        b"GET /healthz HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n",
        b"GET /readyz HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: door\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n",
    ]
    return good + other


WORDS = (
    b"\r\n", b"\r\n\r\n", b"\n", b"\0", b"\xff\xfe", b"%00", b"%2e%2e/", b"..", b"?", b"#", b" ", b"\t", b":", b"\r\n ",
    b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Upgrade: websocket\r\n",
    b"Content-Length: 99999999999999999999\r\n", b"Expect: 100-continue\r\n", b"X-Forwarded-For: 127.0.0.1\r\n",
    b"Host: \r\n", b"HTTP/1.0", b"HTTP/2.0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET ", b"CONNECT ", b"{{", b'"',
    b"[" * 300, b"A: " + b"x" * 20_000 + b"\r\n", b"A: b\r\n" * 100, b"x" * 300_000,
)  # fmt: skip


def mutated(good: list[bytes], chance: random.Random) -> bytes:
    data = bytearray(chance.choice(good))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(7):
            case 0 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + chance.randrange(1, 30)]
            case 2:
                data[at:at] = data[at : at + chance.randrange(1, 60)]
            case 3:
                data[at:at] = chance.choice(WORDS)
            case 4:
                data[at:at] = chance.randbytes(chance.randrange(1, 20))
            case 5:
                del data[at:]
            case _:
                data[at:] = chance.choice(good)[chance.randrange(len(data) + 1) :]
        if not data:
            break
    return bytes(data)


async def asked(at: tuple[str, int], what: bytes) -> list[int]:
    reader, writer = await asyncio.open_connection(*at)
    found = b""
    with contextlib.suppress(ConnectionError):
        writer.write(what)
        while chunk := await reader.read(65536):
            found += chunk
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return statuses(found)


def test_thousands_of_mutations_get_documented_answers(open_door: tuple[tuple[str, int], Store]) -> None:
    """Seeded, so a failure comes again. Afterwards the door works and the store holds nothing that was not signed."""
    at, store = open_door
    good, chance = seeds(), random.Random(20261128)
    for one, codes in zip(good[-8:], ([401], [400], [400], [401], [100, 200], [200], [200], [401]), strict=True):
        assert statuses(say(at, one)) == codes
    counted = Counter[int]()

    async def storm() -> None:
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(what: bytes) -> None:
            async with turn, asyncio.timeout(60):
                counted.update(await asked(at, what))

        async with asyncio.TaskGroup() as group:
            for _ in range(MUTATIONS):
                group.create_task(one(mutated(good, chance)))

    asyncio.run(storm())
    assert set(counted) <= DOCUMENTED | {100}
    assert counted[200] > 100
    assert counted[401] > 100
    assert counted[400] > 100
    assert {hint.ticket for hint in store.hints("acme")} <= set(TICKETS)
    assert store.hints("new") == store.hints("globex") == []
    for ticket in TICKETS:
        assert statuses(say(at, request(b'{"ticket_id": "%d"}' % ticket, more=CLOSE))) == [200]
    assert {hint.ticket for hint in store.hints("acme")} == set(TICKETS)


NAMES = st.sampled_from(
    [
        "Content-Length",
        "Transfer-Encoding",
        "Expect",
        "Connection",
        "Host",
        "X-Zendesk-Webhook-Signature",
        "X-A",
        "",
        "A B",
    ]
) | st.text(max_size=10)
VALUES = st.sampled_from(["0", "5", "-1", "chunked", "gzip, chunked", "close", "100-continue", "upgrade"]) | st.text(
    max_size=20
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["POST", "GET", "HEAD", "OPTIONS", "TRACE", "CONNECT", "post", ""]) | st.text(max_size=8),
    target=st.sampled_from([PATH, "/", "*", "http://door/healthz", "//", "/%ff"]) | st.text(max_size=30),
    version=st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/9.9", ""]),
    headers=st.lists(st.tuples(NAMES, VALUES), max_size=6),
    body=st.binary(max_size=60),
)
def test_whatever_is_put_together(
    open_door: tuple[tuple[str, int], Store],
    method: str,
    target: str,
    version: str,
    headers: list[tuple[str, str]],
    body: bytes,
) -> None:
    """Any method, target, version and headers, in any order: a documented answer or none."""
    lines = [f"{method} {target} {version}", *(f"{name}: {value}" for name, value in headers), "", ""]
    answer = say(open_door[0], "\r\n".join(lines).encode("utf-8", "replace") + body)
    assert set(statuses(answer)) <= DOCUMENTED | {100}
    assert b"Traceback" not in answer
