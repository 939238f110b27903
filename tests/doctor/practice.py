"""An account that is in order, with the service's door on a socket: what faults are made in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.policy.facts import HANDBOOK
from tests.webhooks.sockets import serving
from webhooks.app import create_app
from webhooks.signature import sign
from zendesk_sync import settings as settings_file
from zendesk_sync.doctor.checks import Check, Mark
from zendesk_sync.doctor.examine import Doctor
from zendesk_sync.provision.apply import Setup
from zendesk_sync.sandbox import Sandbox
from zendesk_sync.settings import Settings, save_secret
from zendesk_sync.store.store import Store
from zendesk_sync.sync.connection import open_account
from zendesk_sync.zendesk.account import ZenpyAccount

NAME = "acme"


class Practice:
    """One account, set up, swept a moment ago, its service answering.

    ``app`` is what answers at the public address; without one a proxy says 502. ``allow`` and ``secrets`` are the
    door's own.
    """

    def __init__(self, folder: Path, zendesk: Sandbox, address: str) -> None:
        self.zendesk, self.file = zendesk, folder / "zendesk-sync.toml"
        self.http = httpx.Client(
            base_url=zendesk.url, headers={"Authorization": f"Bearer {zendesk.token}"}, trust_env=False
        )
        self.configured(address)
        save_secret(self.settings(), NAME, "client_secret", zendesk.client_secret)
        self.set_up()
        self.store = Store.open(self.settings().place({}))
        self.swept()
        self.app: Any = None
        self.open_door()

    def configured(self, address: str, more: str = "") -> None:
        self.file.write_text(
            f'[service]\npublic_url = "{address}"\n[accounts.{NAME}]\nurl = "{self.zendesk.url}"\n'
            f'client_id = "{self.zendesk.client_id}"\n{more}'
        )

    def settings(self, **account: Any) -> Settings:
        found = settings_file.load(self.file)
        changed = found.accounts[NAME].model_copy(update=account)
        return found.model_copy(update={"accounts": {NAME: changed}})

    def set_up(self) -> None:
        """``setup apply``, with the secret kept as the command keeps it."""
        settings = self.settings()
        account = settings.accounts[NAME]
        with open_account(NAME, account, settings_file.read_secrets(settings, NAME, {})) as client:
            applied = Setup(NAME, account, ZenpyAccount(client), HANDBOOK).apply(settings.service.public_url)
        assert applied.secret is not None
        save_secret(settings, NAME, "webhook_secret", applied.secret)

    def swept(self) -> None:
        lease = self.store.acquire(NAME, "service", 30) or self._known()
        self.store.commit_sweep(lease, [], "cursor", 60, complete=True)
        self.store.release(lease)

    def _known(self) -> Any:
        self.store.ensure_account(NAME)
        return self.store.acquire(NAME, "service", 30)

    def open_door(self, **changed: Any) -> None:
        secret = settings_file.read_secrets(self.settings(), NAME, {}).webhook_secret
        assert secret is not None
        known: dict[str, Any] = {"accounts": {NAME: [secret.get_secret_value()]}, "mark": self.store.mark}
        self.app = create_app(**known | changed)

    def examined(
        self, *, environ: Mapping[str, str] | None = None, now: Callable[[], datetime] | None = None, **account: Any
    ) -> dict[str, Check]:
        """Every check by its name; nothing waits."""
        doctor = Doctor(
            self.settings(**account),
            HANDBOOK,
            NAME,
            sign=sign,
            now=now or (lambda: datetime.now(UTC)),
            sleep=lambda _s: None,
            environ=environ or {},
        )
        found = doctor.examine()
        assert len({one.name for one in found}) == len(found)
        return {one.name: one for one in found}

    def mark(self, name: str, **how: Any) -> Mark:
        return self.examined(**how)[name].mark

    def call(self, method: str, path: str, body: Any = None) -> Any:
        path = path if path.startswith("/") else f"/api/v2/{path}"
        answer = self.http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    @contextlib.contextmanager
    def made(self, path: str, kind: str, thing: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Something in the account for as long as this lasts."""
        created: dict[str, Any] = self.call("POST", path, {kind: thing})[kind]
        try:
            yield created
        finally:
            self.call("DELETE", f"{path}/{created['id']}")

    @contextlib.contextmanager
    def changed(self, path: str, kind: str, change: dict[str, Any], back: dict[str, Any]) -> Iterator[None]:
        """A thing changed by hand, and changed back."""
        method = "PATCH" if kind == "webhook" else "PUT"
        self.call(method, path, {kind: change})
        try:
            yield
        finally:
            self.call(method, path, {kind: back})

    @contextlib.contextmanager
    def chaos(self, **rule: Any) -> Iterator[None]:
        """A fault of the local Zendesk on demand."""
        self.call("POST", "/sandbox/chaos", {"rules": [rule]})
        try:
            yield
        finally:
            self.call("DELETE", "/sandbox/chaos")

    def webhook(self) -> dict[str, Any]:
        (found,) = self.call("GET", "webhooks")["webhooks"]
        return dict(found)

    def close(self) -> None:
        self.http.close()
        self.store.close()


@contextlib.contextmanager
def practice(folder: Path) -> Iterator[Practice]:
    """Local Zendesk, door and store; all gone afterwards."""
    held: list[Practice] = []

    async def proxy(scope: Any, receive: Any, send: Any) -> None:
        if held and held[0].app is not None:
            await held[0].app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 502, "headers": []})
            await send({"type": "http.response.body", "body": b"<html>Bad Gateway</html>"})

    with Sandbox(fast=True) as zendesk, serving(proxy) as (host, port):
        held.append(Practice(folder, zendesk, f"http://{host}:{port}"))
        try:
            yield held[0]
        finally:
            held[0].close()
