"""When spans are sent, when not, and what a person is told who asks for what there is not."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.processes import free_port
from zendesk_sync import policy_files, tracing
from zendesk_sync.errors import ConfigurationError

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
HANDBOOK = Path(policy_files.__file__).parent / "policy" / "handbook.toml"
HERE = "http://127.0.0.1:4318"
WITHOUT = """
import sys
sys.modules["opentelemetry"] = None
from zendesk_sync.cli.main import run
run()
"""


@pytest.fixture(autouse=True)
def _off() -> Iterator[None]:
    yield
    tracing.use(None)


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({ENDPOINT: ""}, False),
        ({ENDPOINT: HERE}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{HERE}/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", ENDPOINT: HERE}, False),
        ({"OTEL_SDK_DISABLED": "true", ENDPOINT: HERE}, False),
        ({"OTEL_SDK_DISABLED": "false", ENDPOINT: HERE}, True),
        ({"OTEL_SERVICE_NAME": "x", "OTEL_EXPORTER_OTLP_HEADERS": "a=b"}, False),
        ({ENDPOINT: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
    ],
)
def test_opentelemetrys_own_variables_decide(environ: dict[str, str], *, wanted: bool) -> None:
    assert tracing.is_wanted(environ) is wanted


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "must be otlp or none"),
        ({ENDPOINT: HERE, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "must be http/protobuf"),
        ({ENDPOINT: "collector:4318"}, f"{ENDPOINT}: must be an address"),
        ({ENDPOINT: "http://me:hunter2@host:port"}, f"{ENDPOINT}: must be an address"),
        ({ENDPOINT: "http://"}, f"{ENDPOINT}: must be an address"),
    ],
)
def test_what_there_is_not_is_a_mistake_of_the_configuration(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        tracing.start(environ)
    assert "hunter2" not in str(caught.value)


def test_a_variable_that_the_sdk_cannot_use_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "0")
    with pytest.raises(ConfigurationError, match="max_queue_size"):
        tracing.start({ENDPOINT: HERE})
    assert not tracing.is_on()


def test_without_the_extra_a_wish_for_traces_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    monkeypatch.delitem(sys.modules, "zendesk_sync.span_export", raising=False)
    monkeypatch.delattr(importlib.import_module("zendesk_sync"), "span_export", raising=False)
    with pytest.raises(ConfigurationError, match=r"pip install 'zendesk-sync\[otel\]'"):
        tracing.start({ENDPOINT: HERE})


def test_without_the_extra_everything_else_works(tmp_path: Path) -> None:
    """A command with the library out of reach; with a wish for traces one message, exit code 2, and no stack."""
    clean = {"PATH": "", "HOME": str(tmp_path)}
    words = [sys.executable, "-c", WITHOUT, "policy", "check", str(HANDBOOK)]
    calm = subprocess.run(words, env=clean, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert calm.returncode == 0, calm.stderr
    address = f"http://127.0.0.1:{free_port()}"
    asked = subprocess.run(words, env={**clean, ENDPOINT: address}, capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert asked.stderr.startswith("error: ")
    assert "zendesk-sync[otel]" in asked.stderr
    assert "Traceback" not in asked.stderr


def test_nothing_is_imported_and_nothing_made_where_nobody_asks() -> None:
    """One object for every span, and it changes nothing; an exception goes through it."""
    one = tracing.span("batch", account="acme", **{"http.route": "/"})
    assert one is tracing.span("another")
    one.set(tickets=3)
    one.failed("x")
    with pytest.raises(KeyError), one:
        raise KeyError
    code = "import sys, zendesk_sync.cli.main; print([m for m in sys.modules if m.startswith('opentelemetry')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
