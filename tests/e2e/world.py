"""The whole house on real sockets: local Zendesk, door, store and worker, on one clock that tests move."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from pydantic import SecretStr

from tests.policy.facts import HANDBOOK
from webhooks import listener
from webhooks.app import create_app
from zendesk_sync.account_settings import Account
from zendesk_sync.customers.sources import Sources
from zendesk_sync.policy.terms import Workload
from zendesk_sync.provision.apply import Applied, Setup
from zendesk_sync.sandbox import Clock, Sandbox
from zendesk_sync.settings import Secrets
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import Connection, open_account
from zendesk_sync.sync.service import AccountWorker
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.fields import FieldMap
from zendesk_sync.zendesk.tickets import Tickets

NAME = "acme"
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
PLANS = {"big": "enterprise", "small": "team", "gratis": "free", "maybe": "trial", "ours": "internal"}
Hook = Callable[[httpx.Request], None]


class Wire(httpx.BaseTransport):
    """The real transport, with a place to interfere: ``before`` may raise or act, ``after`` may lose the answer."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport(verify=False)  # plain http; making ready for TLS takes longer than a test
        self.before: Hook = lambda _request: None
        self.after: Hook = lambda _request: None
        self.sent: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.before(request)
        self.sent.append(f"{request.method} {request.url.path}")
        answer = self._inner.handle_request(request)
        body = b"".join(cast(Iterable[bytes], answer.stream))
        answer.close()
        self.after(request)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body))

    def close(self) -> None:
        self._inner.close()

    def writes(self) -> list[str]:
        """What was sent that could change a ticket."""
        return [line for line in self.sent if line.startswith(("PUT", "POST /api/v2/tickets", "DELETE"))]


class World:
    """One account with everything running; ``settle`` lets time pass until nothing is left to do."""

    def __init__(self, folder: Path, *, official: str = "priority", customers: Mapping[str, Any] | None = None) -> None:
        self.clock = Clock(START, frozen=True)
        self.zendesk = Sandbox(clock=self.clock, fast=True).start()
        self.http = httpx.Client(
            base_url=self.zendesk.url, headers={"Authorization": f"Bearer {self.zendesk.token}"}, trust_env=False
        )
        self.folder = folder
        self.account = Account.model_validate(
            {
                "url": self.zendesk.url,
                "client_id": self.zendesk.client_id,
                "official": official,
                "customers": customers or {},
                "people": {"our_domains": ["ours.example"]},
                "inputs": {"answers": {"version": "Version", "logs": "Logs"}},
            }
        )
        self.secrets = Secrets(
            client_secret=SecretStr(self.zendesk.client_secret), directory_secret=SecretStr("of the directory")
        )
        for title in ("Version", "Logs"):
            self.post("ticket_fields", {"ticket_field": {"type": "text", "title": title}})
        self.door = _Door()
        self.applied = self.setup()
        self.wire = Wire()
        self.open()
        self._add_customers()

    def open(self) -> None:
        """Start our side: as after a crash, nothing but the store's file is left from before."""
        self.store = Store.open(self.folder / "store.db", clock=self.clock.timestamp)
        self.store.ensure_account(NAME)
        self.budget = Budget(self.account.rate_share, clock=self.clock.timestamp)
        self.sources = Sources(
            self.account.customers,
            account=NAME,
            secret=self.secrets.directory_secret,
            answers=self.store,
            clock=self.clock.timestamp,
            sleep=self.clock.advance,
        )
        self.worker = AccountWorker(NAME, self.store, self.connect, sleep=self.clock.advance)
        secret = self.applied.secret
        assert secret is not None
        self.door.serve(create_app(accounts={NAME: [secret]}, mark=self.store.mark, clock=self.clock.now))

    def close(self) -> None:
        self.door.serve(None)
        self.worker.close()
        self.store.close()

    def stop(self) -> None:
        self.close()
        self.door.stop()
        self.http.close()
        self.zendesk.stop()

    def setup(self) -> Applied:
        with open_account(NAME, self.account, self.secrets) as client:
            return Setup(NAME, self.account, ZenpyAccount(client), HANDBOOK).apply(self.door.url)

    def connect(self) -> Connection:
        client = open_account(
            NAME,
            self.account,
            self.secrets,
            transport=self.wire,
            sleep=self.clock.advance,
            budget=self.budget,
        )
        configuration = ZenpyAccount(client)
        self.fields = FieldMap.resolve(
            configuration.ticket_fields(),
            HANDBOOK,
            prefix=self.account.prefix,
            official=self.account.official,
            answers=self.account.inputs.answers,
            wish_field=None,
        )
        return Connection(
            NAME,
            self.account,
            HANDBOOK,
            Workload.NORMAL,
            client,
            Tickets(client),
            self.fields,
            sources=self.sources,
        )

    # ------------------------------------------------------------ time

    def deliver(self) -> None:
        """Wait until every webhook of Zendesk has been delivered, or lost."""
        ends = time.monotonic() + 10
        while self.get("/sandbox/webhooks")["pending"]:
            assert time.monotonic() < ends, "webhooks are not delivered"
            time.sleep(0.005)

    def settle(self, *, sweep: bool = False) -> None:
        """Deliver, let the tickets become quiet, and work until nothing waits."""
        for _ in range(40):
            self.deliver()
            self.clock.advance(3)
            if sweep:
                self.store.request_sweep(NAME)
                sweep = False
            self.worker.serve()
            left = self.store.pending(NAME)
            if not left.due and not left.waiting and not self.get("/sandbox/webhooks")["pending"]:
                return
        raise AssertionError(f"still waiting: {self.store.hints(NAME)}")

    # ------------------------------------------------------------ what people do

    def customer_writes(self, subject: str = "Search is slow", plan: str = "big", **more: Any) -> int:
        requester = {"email": f"someone@{plan}.example", "name": f"Someone at {plan}"}
        severity = more.pop("severity", None)
        if severity is not None:
            more["custom_fields"] = [self.option("Severity", f"zs_severity_{severity}")]
        body = {"subject": subject, "comment": {"body": "See above."}, "requester": requester, **more}
        return int(self.post("tickets", {"ticket": body})["ticket"]["id"])

    def agent_changes(self, ticket: int, **change: Any) -> None:
        answer = self.http.put(f"/api/v2/tickets/{ticket}", json={"ticket": change})
        answer.raise_for_status()

    def option(self, title: str, value: Any) -> dict[str, Any]:
        return {"id": self.field_id(title), "value": value}

    # ------------------------------------------------------------ what stands in Zendesk

    def field_id(self, title: str) -> int:
        fields = self.get("/api/v2/ticket_fields")["ticket_fields"]
        return int(next(field["id"] for field in fields if field["title"] == title))

    def ticket(self, ticket: int) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/api/v2/tickets/{ticket}")["ticket"]
        return found

    def value(self, ticket: int, title: str) -> Any:
        wanted = self.field_id(title)
        return next(f["value"] for f in self.ticket(ticket)["custom_fields"] if f["id"] == wanted)

    def notes(self, ticket: int) -> list[str]:
        comments = self.get(f"/api/v2/tickets/{ticket}/comments")["comments"]
        return [c["plain_body"] for c in comments if not c["public"] and "automatic note" in c["plain_body"]]

    def audits(self, ticket: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/api/v2/tickets/{ticket}/audits")["audits"]
        return found

    def number_ones(self) -> list[int]:
        page = self.get("/api/v2/tickets?per_page=100")
        return [ticket["id"] for ticket in page["tickets"] if "zs_number_one" in ticket["tags"]]

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Any) -> Any:
        answer = self.http.post(path if path.startswith("/") else f"/api/v2/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def _add_customers(self) -> None:
        for domain, plan in PLANS.items():
            organization = {
                "name": domain,
                "domain_names": [f"{domain}.example"],
                "organization_fields": {"zs_plan": f"org_zs_plan_{plan}"},
            }
            self.post("organizations", {"organization": organization})


class _Door:
    """A socket whose application can be replaced, so that the address stays while the service is away."""

    def __init__(self) -> None:
        self._app: Any = None
        config = uvicorn.Config(
            self._asgi, port=0, interface="asgi3", log_level="warning", lifespan="off", access_log=False
        )
        self._socket = listener.bind("127.0.0.1", 0, "port")
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()

    def serve(self, app: Any) -> None:
        self._app = app

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    async def _asgi(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is not None:
            await self._app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 502, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@contextlib.contextmanager
def world(folder: Path, **known: Any) -> Iterator[World]:
    running = World(folder, **known)
    try:
        yield running
    finally:
        running.stop()
