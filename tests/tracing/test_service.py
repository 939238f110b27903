"""The real service in a process of its own, the real protocol to a collector, and every line of its log an object."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.e2e.processes import ACCOUNT, command, configure, eventually, free_port, is_up, post_hint, run
from tests.tracing.collector import collector
from zendesk_sync.sandbox import Sandbox
from zendesk_sync.settings import load, save_secret

SECRET = "a secret that only Zendesk knows"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A service whose Zendesk is away."""
    port = free_port()
    configure(tmp_path, f"http://127.0.0.1:{free_port()}", port, secret="s")
    file = tmp_path / "zendesk-sync.toml"
    file.write_text(file.read_text().replace("[service]", '[service]\nlog = "json"'))
    save_secret(load(file), ACCOUNT, "webhook_secret", SECRET)
    return tmp_path


def test_a_service_sends_its_spans_and_the_last_ones_when_it_is_stopped(folder: Path) -> None:
    """A webhook's span arrives by SIGTERM, long before the SDK would send it by itself; the log line names it."""
    log, port = folder / "log", load(folder / "zendesk-sync.toml").service.port
    with collector() as taking:
        environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": taking.url, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
        process = command(folder, "serve", log=log, **environ)
        try:
            eventually("it listens", lambda: is_up(port))
            assert post_hint(folder, port, 33).status_code == 200
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
    assert process.returncode == 0
    assert {"POST /webhooks/zendesk/{account}", "hints.store", "account.round"} <= taking.names()
    assert taking.resource["service.name"] == "zendesk-sync"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (hint,) = [line for line in lines if line["event"] == "hint"]
    (span,) = [one for one in taking.spans if one.name.startswith("POST /webhooks")]
    assert (hint["account"], hint["level"], hint["tickets"]) == (ACCOUNT, "info", [33])
    assert hint["time"].endswith("Z")
    assert (hint["trace_id"], hint["span_id"]) == (span.trace_id.hex(), span.span_id.hex())
    assert {"serving", "account not usable yet", "stopped"} <= {line["event"] for line in lines}


def test_a_command_that_runs_once_is_the_root_of_what_it_did(tmp_path: Path) -> None:
    """Everything it asked hangs below one span with its exit code, and has arrived when the command ends."""
    with Sandbox(fast=True) as zendesk, collector() as taking:
        configure(tmp_path, zendesk.url, free_port(), secret=zendesk.client_secret)
        code, _, err = run(tmp_path, "setup", "plan", OTEL_EXPORTER_OTLP_ENDPOINT=taking.url)
        assert (code, err) == (2, "")
    (root,) = [one for one in taking.spans if not one.parent_span_id]
    assert root.name == "zendesk-sync setup"
    assert {one.key: one.value.int_value for one in root.attributes} == {"process.exit.code": 2}
    assert len(taking.spans) > 3
    assert {one.trace_id for one in taking.spans} == {root.trace_id}
