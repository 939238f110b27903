"""A directory of customers over real sockets: answers by path, remembers what it was asked, and can be made to fail."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Crm:
    """``answers``: path and query -> JSON, or a status with raw bytes. ``status``: of every answer, while it is set."""

    answers: dict[str, Any] = field(default_factory=dict)
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    seen: list[dict[str, str]] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    token: str | None = None
    url: str = ""

    def reply(self, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        self.asked.append(path)
        self.seen.append({name.lower(): value for name, value in headers.items()})
        if self.status is not None:
            return self.status, b"{}"
        if self.token is not None and self.seen[-1].get("authorization") != f"Bearer {self.token}":
            return 401, b"{}"
        found = self.answers.get(path)
        if found is None:
            return 404, b"no such customer"
        return found if isinstance(found, tuple) else (200, json.dumps(found).encode())


@contextlib.contextmanager
def running() -> Iterator[Crm]:
    crm = Crm()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*crm.reply(self.path, dict(self.headers.items())))

        def do_POST(self) -> None:
            crm.posted.append(self.rfile.read(int(self.headers["content-length"])).decode())
            given = {"access_token": crm.token, "token_type": "Bearer"}
            self._send(200 if crm.token else 400, json.dumps(given if crm.token else {"error": "no"}).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            for name, value in crm.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    crm.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield crm
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
