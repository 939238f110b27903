"""Hints acknowledged on SQLite and Postgres, beside a bare application; and from a webhook to the field written."""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from tests.bench.door_server import SECRET
from tests.e2e.processes import call, command, configure, eventually, free_port, is_up, new_ticket, run
from tests.postgres import binaries, postgres
from tests.webhooks.sockets import request
from zendesk_sync.sandbox import Sandbox
from zendesk_sync.settings import load, load_secrets
from zendesk_sync.store import Store

REQUESTS = 2000
CONNECTIONS = (1, 8, 32)
ALONE = 12
KILLS = 10
STORM, TICKETS, RESTED_S = 5000, 500, 900

Figure = tuple[str, float, str]


def figures(folder: Path) -> Iterator[Figure]:
    yield from _acknowledged(folder)
    yield from _killed(folder)
    yield from _written(folder)


def _acknowledged(folder: Path) -> Iterator[Figure]:
    """All servers in turn, twice, so that a slow moment of the machine does not fall on one of them alone."""
    rates: dict[tuple[str, int], list[float]] = {}
    times: dict[tuple[str, int], list[float]] = {}
    with contextlib.ExitStack() as stack:
        places = {"bare": "", "sqlite": str(folder / "bench.db")}
        if binaries() is not None:
            places["postgres"] = str(stack.enter_context(postgres(durable=True)).url())
        for _ in range(2):
            for name, place in places.items():
                with _server("bare" if name == "bare" else "door", place) as (port, _process):
                    for connections in CONNECTIONS:
                        bodies = [b'{"schema": 1, "ticket_id": "%d"}' % (n % 5000 + 1) for n in range(REQUESTS)]
                        seconds, taken = asyncio.run(_load(port, bodies, connections, SECRET))
                        rates.setdefault((name, connections), []).append(REQUESTS / seconds)
                        times.setdefault((name, connections), []).extend(taken)
    for (name, connections), rate in rates.items():
        figure, taken = f"door.{name}_{connections}_connections", sorted(times[name, connections])
        yield f"{figure}.per_second", statistics.mean(rate), "requests/s"
        yield f"{figure}.p50", _part(taken, 0.5) * 1000, "ms"
        yield f"{figure}.p99", _part(taken, 0.99) * 1000, "ms"
        if name != "bare":
            yield f"{figure}.of_bare", statistics.mean(rate) / statistics.mean(rates["bare", connections]), "ratio"


def _killed(folder: Path) -> Iterator[Figure]:
    """The receiver killed under load, again and again on one file; what was acknowledged and is not there is lost."""
    store, acknowledged = folder / "killed.db", set[int]()
    for turn in range(KILLS):
        with _server("door", str(store)) as (port, server):
            acknowledged |= asyncio.run(_until_killed(port, server, range(turn * 10**6 + 1, (turn + 1) * 10**6)))
    with Store.open(store) as opened:
        stored = {hint.ticket for hint in opened.hints("acme", 10**7)}
    yield "door.kills_acknowledged", len(acknowledged), "hints"
    yield "door.kills_lost", len(acknowledged - stored), "hints"


async def _until_killed(port: int, server: subprocess.Popen[str], tickets: Sequence[int]) -> set[int]:
    """Send over eight connections until the server is killed, half a second later."""
    acknowledged: set[int] = set()

    async def one(mine: Sequence[int]) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for ticket in mine:
                writer.write(request(b'{"ticket_id": "%d"}' % ticket, secret=SECRET))
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"HTTP/1.1 200"):
                    acknowledged.add(ticket)
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.split(b":")[1]))

    senders = asyncio.gather(*(one(tickets[number::8]) for number in range(8)))
    await asyncio.sleep(0.5)
    server.kill()
    await senders
    return acknowledged


def _written(folder: Path) -> Iterator[Figure]:
    with Sandbox(fast=True) as zendesk, _service(folder, zendesk) as (port, side):
        taken = []
        for number in range(ALONE):
            before, started = _metric(side, "zendesk_sync_writes_total"), time.perf_counter()
            new_ticket(zendesk, number % 2)
            while _metric(side, "zendesk_sync_writes_total") == before:
                time.sleep(0.01)
            taken.append(time.perf_counter() - started)
            _quiet(side)
        yield "webhook_to_field.idle_p50", _part(sorted(taken), 0.5), "s"
        yield "webhook_to_field.idle_p95", _part(sorted(taken), 0.95), "s"
        yield from _storm(folder, zendesk, port, side)


def _storm(folder: Path, zendesk: Sandbox, port: int, side: int) -> Iterator[Figure]:
    """Tickets whose webhooks were lost, and then all their hints at once, ten for each.

    Nobody touched them for a quarter of an hour, so they may go by job; fresher ones go one by one, by the updates a
    minute that Zendesk allows.
    """
    call(zendesk, "POST", "/sandbox/webhooks", {"drop_next": TICKETS})
    tickets = {new_ticket(zendesk, number % 2): ("urgent", "high")[number % 2] for number in range(TICKETS)}
    call(zendesk, "POST", "/sandbox/clock", {"advance_seconds": RESTED_S})
    settings = load(folder / "zendesk-sync.toml")
    secret = load_secrets(settings, "acme", {}).webhook_secret
    assert secret is not None
    bodies = [b'{"schema": 1, "ticket_id": "%d"}' % ticket for ticket in tickets for _ in range(STORM // TICKETS)]
    random.Random(1).shuffle(bodies)
    calls, writes = _metric(side, "zendesk_sync_calls_total"), _metric(side, "zendesk_sync_writes_total")
    started, done = time.perf_counter(), list[float]()
    seconds, _ = asyncio.run(_load(port, bodies, 16, secret.get_secret_value()))
    while True:
        now, state = time.perf_counter() - started, _state(side)
        done += [now] * int(_metric(side, "zendesk_sync_writes_total") - writes - len(done))
        if not state["due"] and not state["waiting"]:
            break
        time.sleep(0.05)
    yield "webhook_to_field.storm_acknowledged", STORM / seconds, "hints/s"
    yield "webhook_to_field.storm_p50", _part(done, 0.5), "s"
    yield "webhook_to_field.storm_p95", _part(done, 0.95), "s"
    yield "webhook_to_field.storm_quiet_after", time.perf_counter() - started, "s"
    yield "webhook_to_field.storm_calls", _metric(side, "zendesk_sync_calls_total") - calls, "calls"
    wrong, ids = 0, list(tickets)
    for at in range(0, len(ids), 100):
        some = ",".join(str(one) for one in ids[at : at + 100])
        for ticket in call(zendesk, "GET", f"/api/v2/tickets/show_many?ids={some}").json()["tickets"]:
            wrong += ticket["priority"] != tickets[ticket["id"]]
    yield "webhook_to_field.storm_wrong", wrong, "tickets"


@contextlib.contextmanager
def _server(name: str, store: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    words = [sys.executable, "-m", "tests.bench.door_server", name, store]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline()), server
        finally:
            server.terminate()


@contextlib.contextmanager
def _service(folder: Path, zendesk: Sandbox) -> Iterator[tuple[int, int]]:
    port, side = free_port(), free_port()
    configure(folder, zendesk.url, port, secret=zendesk.client_secret)
    file = folder / "zendesk-sync.toml"
    file.write_text(file.read_text().replace("[service]", f"[service]\nmetrics_port = {side}"))
    code, _, err = run(folder, "setup", "apply")
    assert code == 0, err
    service = command(folder, "serve", log=folder / "serve.log")
    try:
        eventually("the service is up", lambda: is_up(port) and is_up(side))
        yield port, side
    finally:
        service.terminate()
        service.communicate()


async def _load(port: int, bodies: Sequence[bytes], connections: int, secret: str) -> tuple[float, list[float]]:
    """Send all, over so many connections that wait for each answer; seconds in all, and of each request."""
    requests = [request(body, secret=secret) for body in bodies]
    taken: list[float] = []

    async def one(mine: Sequence[bytes]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for what in mine:
            started = time.perf_counter()
            writer.write(what)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            taken.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one(requests[number::connections]) for number in range(connections)))
    return time.perf_counter() - started, taken


def _part(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def _metric(side: int, name: str) -> float:
    """The sum over all labels."""
    lines = _ask(side, "/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name + "{"))


def _state(side: int) -> dict[str, float]:
    found: dict[str, float] = _ask(side, "/readyz").json()["accounts"]["acme"]
    return found


def _quiet(side: int) -> None:
    while (state := _state(side))["due"] or state["waiting"]:
        time.sleep(0.05)


def _ask(side: int, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{side}{path}", trust_env=False, timeout=30)
