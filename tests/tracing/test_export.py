"""What arrives at a collector, and that a collector which is away or says no costs spans and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from tests.e2e.processes import free_port
from tests.tracing.collector import Collector, collector, kept
from zendesk_sync import __version__, tracing
from zendesk_sync.errors import Conflict, RequestRejected
from zendesk_sync.span_export import Exported

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def flush() -> None:
    """Have the SDK deliver now, in this thread."""
    tracer = tracing._tracer
    assert isinstance(tracer, Exported)
    tracer._provider.force_flush()


@pytest.fixture
def taking() -> Iterator[Collector]:
    with collector() as one:
        yield one
    tracing.use(None)


def start(monkeypatch: pytest.MonkeyPatch, url: str, **more: str) -> None:
    environ = {ENDPOINT: url, "OTEL_EXPORTER_OTLP_TIMEOUT": "0.3", **more}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    tracing.start(environ)
    assert tracing.is_on()


def test_spans_arrive_with_the_last_ones_before_the_process_ends(
    monkeypatch: pytest.MonkeyPatch, taking: Collector
) -> None:
    """Over a real socket: parentage, attributes under our prefix, the service's name and version, the headers."""
    start(monkeypatch, taking.url, OTEL_EXPORTER_OTLP_HEADERS="x-key=k%20v")
    outside = tracing.span("outer", account="acme", tickets=3, nothing=None)
    with outside, tracing.span("inner", "client", **{"server.address": "z"}):
        pass
    tracing.stop()
    inner, outer = taking.spans
    assert (inner.name, inner.parent_span_id, outer.parent_span_id) == ("inner", outer.span_id, b"")
    assert inner.trace_id == outer.trace_id
    assert {one.key for one in outer.attributes} == {"zendesk_sync.account", "zendesk_sync.tickets"}
    assert {one.key: one.value.string_value for one in inner.attributes} == {"server.address": "z"}
    assert (taking.resource["service.name"], taking.resource["service.version"]) == ("zendesk-sync", __version__)
    assert taking.headers["x-key"] == "k v"


def test_the_services_name_can_be_chosen(monkeypatch: pytest.MonkeyPatch, taking: Collector) -> None:
    start(monkeypatch, taking.url, OTEL_SERVICE_NAME="sync-eu")
    with tracing.span("one"):
        pass
    tracing.stop()
    assert taking.resource["service.name"] == "sync-eu"


@pytest.mark.parametrize("status", [None, 400, 503])
def test_a_collector_that_is_away_or_refuses_costs_spans_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, taking: Collector, status: int | None
) -> None:
    """No exception, and one line of ours without the address's secret, however many spans are lost."""
    taking.status = status or 200
    place = taking.url.removeprefix("http://") if status else f"127.0.0.1:{free_port()}"
    with capture_logs() as lines:
        start(monkeypatch, f"http://me:hunter2@{place}/?token=hunter2", OTEL_BSP_MAX_EXPORT_BATCH_SIZE="1")
        for _ in range(3):
            with tracing.span("lost"):
                pass
        tracing.stop(within_s=20.0)
    (line,) = lines
    reason = "ConnectionError" if status is None else f"status {status}"
    assert line == {
        "event": "spans do not arrive", "log_level": "warning", "collector": place, "reason": reason
    }  # fmt: skip
    assert not taking.spans


def test_it_is_told_when_spans_arrive_again(monkeypatch: pytest.MonkeyPatch, taking: Collector) -> None:
    with capture_logs() as lines:
        start(monkeypatch, taking.url)
        for status in (200, 400, 400, 200, 200):
            taking.status = status
            with tracing.span("one"):
                pass
            flush()
        tracing.stop()
    assert taking.asked == 5
    assert [line["event"] for line in lines] == ["spans do not arrive", "spans arrive again"]


def test_a_collector_that_never_answers_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process goes on when its time is up, though the SDK itself still waits."""
    entered, let_go = threading.Event(), threading.Event()

    class Hanging:
        def shutdown(self) -> None:
            entered.set()
            let_go.wait(20)

    with kept() as found:
        monkeypatch.setattr(found.tracer, "_provider", Hanging())
        tracing.stop(within_s=0.01)
        assert not let_go.is_set()
        assert not tracing.is_on()
        let_go.set()
        assert entered.wait(20)


def test_a_collector_that_is_slow_holds_up_no_work(monkeypatch: pytest.MonkeyPatch, taking: Collector) -> None:
    """A thousand spans end while the first one still waits for its answer; most are lost, and the log says so once."""
    taking.answers.clear()
    with capture_logs() as lines:
        start(
            monkeypatch,
            taking.url,
            OTEL_EXPORTER_OTLP_TIMEOUT="20",
            OTEL_BSP_MAX_QUEUE_SIZE="4",
            OTEL_BSP_MAX_EXPORT_BATCH_SIZE="1",
        )
        for _ in range(1000):
            with tracing.span("one"):
                pass
        assert taking.asked == 0
        taking.answers.set()
        tracing.stop(within_s=20)
    assert {line["event"] for line in lines} == {"tracing"}
    assert "Queue full" in str(lines)
    assert 0 < len(taking.spans) < 1000


def test_what_the_sdk_says_of_a_variable_is_told_without_its_value(
    monkeypatch: pytest.MonkeyPatch, taking: Collector
) -> None:
    with capture_logs() as lines:
        start(monkeypatch, taking.url, OTEL_EXPORTER_OTLP_HEADERS="hunter2", OTEL_TRACES_SAMPLER="hunter2")
        tracing.stop()
    assert [line["event"] for line in lines] == ["tracing", "tracing"]
    assert "Header format invalid" in str(lines)
    assert "hunter2" not in str(lines)


def test_of_an_exception_a_span_keeps_its_type_and_our_own_words() -> None:
    """Not the words of a stranger's exception, no stack, and of Zendesk's refusal not what Zendesk said."""
    raised = [ValueError("canary"), RequestRejected("no: canary", status=422, unquoted="no"), Conflict("changed")]
    with kept() as found:
        for error in raised:
            with pytest.raises(type(error)), tracing.span("work"):
                raise error
    said = [
        ((one.attributes or {})["error.type"], one.status.status_code.name, one.status.description)
        for one in found.spans
    ]
    assert said == [
        ("ValueError", "ERROR", None),
        ("RequestRejected", "ERROR", "no"),
        ("Conflict", "ERROR", "changed"),
    ]
    assert not any(one.events for one in found.spans)
    assert "canary" not in "".join(one.to_json() for one in found.spans)
