"""The door on a real socket, and a client that says exactly the bytes it is told to."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from webhooks import listener
from webhooks.signature import sign

SECRET = "a secret that only Zendesk knows"
PATH = "/webhooks/zendesk/acme"
PATIENCE_S = 10.0


class Errors(logging.Handler):
    """What the server below the door complains about; nothing, in a good world."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.getMessage())


@contextlib.contextmanager
def serving(
    app: Any, limits: listener.Limits | None = None, *, send_buffer: int | None = None
) -> Iterator[tuple[str, int]]:
    """The application behind the real listener, in a thread; no error may be logged below it."""
    errors = Errors()
    server = listener.server(app, limits)
    with listener.bind("127.0.0.1", 0, "port") as listening:
        if send_buffer:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        logging.getLogger("uvicorn.error").addHandler(errors)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()
        finally:
            server.should_exit = True
            thread.join()
            logging.getLogger("uvicorn.error").removeHandler(errors)
    assert errors.seen == []


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def request(body: bytes, *, secret: str = SECRET, path: str = PATH, stamp: str | None = None, more: str = "") -> bytes:
    """A webhook as Zendesk sends it, byte by byte."""
    stamp = stamp or now()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: door\r\nContent-Type: application/json\r\n"
        f"X-Zendesk-Webhook-Id: 01F1KRFQ6BG29CNWFR60NK5FNY\r\n"
        f"X-Zendesk-Webhook-Signature: {sign(secret, stamp, body)}\r\n"
        f"X-Zendesk-Webhook-Signature-Timestamp: {stamp}\r\n"
        f"User-Agent: Zendesk Webhook\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode("latin-1") + body


def connect(at: tuple[str, int], *, receive_buffer: int | None = None) -> socket.socket:
    connection = socket.socket()
    connection.settimeout(PATIENCE_S)
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.connect(at)
    return connection


def heard(connection: socket.socket) -> bytes:
    """Everything until the server ends the connection."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while chunk := connection.recv(65536):
            found += chunk
    return found


def say(at: tuple[str, int], what: bytes) -> bytes:
    with connect(at) as connection:
        connection.sendall(what)
        return heard(connection)


def statuses(answer: bytes) -> list[int]:
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]
