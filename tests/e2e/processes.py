"""The real command in a process of its own, and waiting for what it does."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

from webhooks.signature import sign
from zendesk_sync.sandbox import Sandbox
from zendesk_sync.settings import load, load_secrets, save_secret

ACCOUNT = "acme"
PATIENCE_S = 30.0
T = TypeVar("T")


def command(folder: Path, *words: str, log: Path | None = None, **environ: str) -> subprocess.Popen[str]:
    """Start ``zendesk-sync`` with the folder's configuration and a clean environment.

    ``log``: where standard error goes, for a service that says more than a pipe holds.
    """
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ZENDESK_SYNC_")}
    with contextlib.ExitStack() as ours:  # the process has a descriptor of its own
        return subprocess.Popen(
            [sys.executable, "-m", "zendesk_sync.cli.main", *words],
            cwd=folder,
            env={**clean, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if log is None else ours.enter_context(log.open("w")),
            text=True,
        )


def run(folder: Path, *words: str, **environ: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command that ends."""
    process = command(folder, *words, log=None, **environ)
    out, err = process.communicate(timeout=PATIENCE_S * 2)
    return process.returncode, out, err


def eventually(what: str, holds: Callable[[], T], within_s: float = PATIENCE_S) -> T:
    """The first answer that is true of its kind."""
    ends = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < ends, f"did not happen: {what}"
        time.sleep(0.02)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configure(folder: Path, url: str, port: int, *, secret: str, sweep_s: float = 3600) -> None:
    """An admin's folder: configuration, and the client secret in a private file."""
    (folder / "zendesk-sync.toml").write_text(
        f'[service]\nport = {port}\npublic_url = "http://127.0.0.1:{port}"\nsweep_seconds = {sweep_s}\n'
        f'[accounts.{ACCOUNT}]\nurl = "{url}"\nclient_id = "zendesk_sync"\n'
    )
    save_secret(load(folder / "zendesk-sync.toml"), ACCOUNT, "client_secret", secret)


def post_hint(folder: Path, port: int, ticket: int, *, secret: str | None = None) -> httpx.Response:
    """What Zendesk would send, signed."""
    settings = load(folder / "zendesk-sync.toml")
    known = load_secrets(settings, ACCOUNT, {}).webhook_secret
    assert known is not None
    body = f'{{"schema": 1, "ticket_id": "{ticket}"}}'.encode()
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    headers = {
        "X-Zendesk-Webhook-Signature": sign(secret or known.get_secret_value(), stamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
    }
    url = f"http://127.0.0.1:{port}/webhooks/zendesk/{ACCOUNT}"
    return ask("POST", url, content=body, headers=headers)


def ask(method: str, url: str, **more: Any) -> httpx.Response:
    """One request to a server of this machine; making ready for TLS would take longer than the answer."""
    return httpx.request(method, url, trust_env=False, verify=False, timeout=20, **more)


def is_up(port: int) -> bool:
    try:
        return ask("GET", f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.TransportError:
        return False


def call(zendesk: Sandbox, method: str, path: str, body: object = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {zendesk.token}"}
    return ask(method, zendesk.url + path, json=body, headers=headers).raise_for_status()


def new_ticket(zendesk: Sandbox, severity: int) -> int:
    fields = call(zendesk, "GET", "/api/v2/ticket_fields").json()["ticket_fields"]
    field = next(one["id"] for one in fields if one["title"] == "Severity")
    ticket = {
        "subject": "Search fails",
        "comment": {"body": "It fails."},
        "requester": {"email": "someone@nowhere.example", "name": "Someone"},
        "custom_fields": [{"id": field, "value": f"zs_severity_{severity}"}],
    }
    return int(call(zendesk, "POST", "/api/v2/tickets", {"ticket": ticket}).json()["ticket"]["id"])


def priority(zendesk: Sandbox, ticket: int) -> str | None:
    found: str | None = call(zendesk, "GET", f"/api/v2/tickets/{ticket}").json()["ticket"]["priority"]
    return found
