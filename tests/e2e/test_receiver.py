"""The service as a receiver, in a process of its own: killed under load, with a full disk, watched from outside."""

from __future__ import annotations

import itertools
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.processes import ACCOUNT, ask, command, configure, eventually, free_port, is_up, post_hint
from tests.webhooks.sockets import now
from webhooks.signature import sign
from zendesk_sync.settings import load, save_secret
from zendesk_sync.store.store import Store

SECRET = "a secret that only Zendesk knows"
SENDERS = 4
ACKNOWLEDGED = 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service whose Zendesk is away, so that every hint stays in the inbox."""
    configure(tmp_path, f"http://127.0.0.1:{free_port()}", free_port(), secret="s")
    save_secret(load(tmp_path / "zendesk-sync.toml"), ACCOUNT, "webhook_secret", SECRET)
    return tmp_path


def port_of(folder: Path) -> int:
    return load(folder / "zendesk-sync.toml").service.port


class Storm:
    """Several senders at once, each with tickets of its own, until the service is gone."""

    def __init__(self, port: int, numbers: Iterator[int]) -> None:
        self._url = f"http://127.0.0.1:{port}/webhooks/zendesk/{ACCOUNT}"
        self._numbers, self.acknowledged = numbers, list[int]()
        self._threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def _send(self) -> None:
        with httpx.Client(trust_env=False, verify=False) as client:
            for ticket in self._numbers:
                body, stamp = b'{"ticket_id": "%d"}' % ticket, now()
                headers = {
                    "X-Zendesk-Webhook-Signature": sign(SECRET, stamp, body),
                    "X-Zendesk-Webhook-Signature-Timestamp": stamp,
                }
                try:
                    if client.post(self._url, content=body, headers=headers).status_code == 200:
                        self.acknowledged.append(ticket)
                except httpx.TransportError:
                    return

    def is_raging(self) -> bool:
        return len(self.acknowledged) >= ACKNOWLEDGED

    def ended(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()


def test_sigkill_under_load_loses_no_acknowledged_hint(folder: Path) -> None:
    """Whatever was answered 200 is in the store afterwards; the second time in a store that was killed before."""
    numbers, acknowledged = itertools.count(1), list[int]()
    for _ in range(2):
        service = command(folder, "serve")
        eventually("the service is up", lambda: is_up(port_of(folder)))
        storm = Storm(port_of(folder), numbers)
        eventually("hints are acknowledged", storm.is_raging)
        service.kill()
        service.communicate()
        storm.ended()
        acknowledged += storm.acknowledged
        with Store.open(folder / "zendesk-sync.db") as store:
            stored = {hint.ticket for hint in store.hints(ACCOUNT, 10**6)}
        assert set(acknowledged) - stored == set()
    assert len(acknowledged) == len(set(acknowledged)) >= 2 * ACKNOWLEDGED


def test_a_full_disk_is_503_and_mends_itself(folder: Path) -> None:
    """While the file cannot grow: 503 with Retry-After, not ready, alive; afterwards all is well without a restart."""
    port = port_of(folder)
    service = command(folder, "serve")
    try:
        eventually("the service is up", lambda: is_up(port))
        assert post_hint(folder, port, 1).status_code == 200
        _, hard = resource.prlimit(service.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (1024, hard))
        answer = post_hint(folder, port, 2)
        assert answer.status_code == 503
        assert 0 < int(answer.headers["retry-after"]) < 60
        eventually("it is not ready", lambda: get(port, "/readyz").status_code == 503)
        assert get(port, "/healthz").status_code == 200
        assert post_hint(folder, port, 3, secret="not the secret").status_code == 401
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert post_hint(folder, port, 4).status_code == 200
        eventually("it is ready", lambda: get(port, "/readyz").status_code == 200)
    finally:
        service.terminate()
        _, err = service.communicate()
    assert service.returncode == 0
    assert "Traceback" not in err
    assert SECRET not in err
    with Store.open(folder / "zendesk-sync.db") as store:
        assert {1, 4} <= {hint.ticket for hint in store.hints(ACCOUNT)}


def test_a_secret_is_replaced_while_the_service_runs(folder: Path) -> None:
    """Old and new open the door together, and then the new one alone; nothing is restarted."""
    port, settings = port_of(folder), load(folder / "zendesk-sync.toml")
    service = command(folder, "serve")
    try:
        eventually("the service is up", lambda: is_up(port))
        assert post_hint(folder, port, 1, secret="the next one").status_code == 401
        save_secret(settings, ACCOUNT, "webhook_secret_old", SECRET)
        save_secret(settings, ACCOUNT, "webhook_secret", "the next one")
        eventually("the new one opens", lambda: post_hint(folder, port, 1, secret="the next one").is_success)
        assert post_hint(folder, port, 2, secret=SECRET).status_code == 200
        settings.secrets_file(ACCOUNT).write_text('client_secret = "s"\nwebhook_secret = "the next one"\n')
        eventually("the old one is nothing", lambda: post_hint(folder, port, 3, secret=SECRET).status_code == 401)
        assert post_hint(folder, port, 4, secret="the next one").status_code == 200
    finally:
        service.terminate()
        _, err = service.communicate()
    assert not any(secret in err for secret in (SECRET, "the next one"))


def test_a_port_of_its_own_tells_everything(folder: Path) -> None:
    """Metrics and each account's state there; on the public port only with the token, and names nobody without."""
    side, port = free_port(), port_of(folder)
    file = folder / "zendesk-sync.toml"
    file.write_text(file.read_text().replace("[service]", f"[service]\nmetrics_port = {side}"))
    service = command(folder, "serve", ZENDESK_SYNC_METRICS_BEARER="shown")
    try:
        eventually("the service is up", lambda: is_up(port) and is_up(side))
        assert post_hint(folder, port, 4711).status_code == 200
        called = 'zendesk_sync_calls_total{account="acme",kind="other"}'
        eventually("Zendesk was called", lambda: called in get(side, "/metrics").text)
        text = get(side, "/metrics").text
        assert 'zendesk_sync_hints_total{account="acme"} 1.0' in text
        assert "zendesk_sync_acknowledgement_seconds_count 1.0" in text
        assert "4711" not in text
        state = get(side, "/readyz").json()
        assert (state["status"], state["checks"], state["accounts"]["acme"]["swept_ago_s"]) == (
            "ready",
            {"store": True},
            None,
        )
        assert get(port, "/readyz").json() == {"status": "ready", "checks": {"store": True}}
        assert get(port, "/metrics").status_code == 401
        assert "zendesk_sync_hints_total" in get(port, "/metrics", Authorization="Bearer shown").text
    finally:
        service.terminate()
        service.communicate()
    assert service.returncode == 0


def test_a_metrics_port_in_use_is_one_message(folder: Path) -> None:
    """Exit code 2, and the message names the setting."""
    file = folder / "zendesk-sync.toml"
    file.write_text(file.read_text().replace("[service]", f"[service]\nmetrics_port = {port_of(folder)}"))
    service = command(folder, "serve")
    _, err = service.communicate(timeout=60)
    assert service.returncode == 2
    assert "service.metrics_port: cannot listen on" in " ".join(err.split())
    assert "Traceback" not in err


def get(port: int, path: str, **headers: str) -> httpx.Response:
    return ask("GET", f"http://127.0.0.1:{port}{path}", headers=headers)
