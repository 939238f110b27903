"""What a day of work leaves in traces and logs, over sockets: everything that took time, and no word of a ticket."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from tests.customers.crm import Crm, running
from tests.e2e.world import NAME, World, world
from tests.tracing.collector import Kept, kept
from webhooks.signature import sign
from zendesk_sync.cli.common import configure_logging
from zendesk_sync.sync.backfill import Backfill

Lines = Callable[[], list[dict[str, Any]]]
CANARY = "kanarienvogel"
DIRECTORY = {"url": "/customers?domain={domain}", "plan": "/plan"}
ROUND = "account.round"


@pytest.fixture
def crm() -> Iterator[Crm]:
    with running() as one:
        yield one


@pytest.fixture
def spans() -> Iterator[Kept]:
    with kept() as found:
        yield found


@pytest.fixture
def house(tmp_path: Path, crm: Crm, spans: Kept) -> Iterator[World]:
    """With a directory behind Zendesk's own organizations, and traced from its first breath."""
    directory = {**DIRECTORY, "url": crm.url + DIRECTORY["url"]}
    customers = {"sources": ["organization_field", "directory"], "directory": directory}
    with world(tmp_path, customers=customers) as living:
        yield living


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """All that went to standard error so far, at every level: each line is one JSON object."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    configure_logging("json", logging.DEBUG)
    return lambda: [json.loads(line) for line in said.getvalue().splitlines()]


class Refusing(httpx.BaseTransport):
    """Zendesk quotes the ticket in its refusal of these methods; all else goes on to ``inner``."""

    def __init__(self, inner: httpx.BaseTransport, methods: set[str], words: str) -> None:
        self._inner, self._methods, self._words = inner, methods, words

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method not in self._methods:
            return self._inner.handle_request(request)
        what = {"description": f"Subject: {self._words} is too long", "error": "BlankValue"}
        body = {"error": "RecordInvalid", "description": self._words, "details": {"subject": [what]}}
        return httpx.Response(422, json=body, request=request)

    def close(self) -> None:
        self._inner.close()


def backfill(house: World) -> None:
    lease = house.store.acquire(NAME, "backfill", 600)
    assert lease is not None
    connection = house.connect()
    Backfill(connection, house.store, lease, sleep=house.clock.advance).run()
    house.store.release(lease)
    connection.close()


def test_work_is_traced_from_the_webhook_to_number_one(house: World, spans: Kept, lines: Lines) -> None:
    """Every step has its span, inside of what it belongs to, under OpenTelemetry's names, and its log lines name it."""
    tickets = [house.customer_writes(f"Search is slow {n}", severity=2) for n in range(6)]
    house.deliver()  # before its signatures are too old
    house.clock.advance(700)  # long enough untouched for a job
    house.settle(sweep=True)
    tickets.append(house.customer_writes("Who am I?", plan="nowhere", severity=1))
    house.settle()
    house.clock.advance(700)
    backfill(house)
    said = lines()

    def above(name: str) -> set[tuple[str, ...]]:
        assert spans.named(name), name
        return {tuple(spans.above(one)) for one in spans.named(name)}

    (webhook, *_) = spans.named("POST /webhooks/zendesk/{account}")
    assert webhook.attributes is not None
    assert webhook.attributes["http.response.status_code"] == 200
    assert (webhook.kind.name, webhook.parent) == ("SERVER", None)
    assert set(cast(Iterable[int], webhook.attributes["zendesk_sync.ticket_ids"])) <= set(tickets)
    assert above("hints.store") == {("POST /webhooks/zendesk/{account}",)}
    assert above(ROUND) == {()}
    for name in ("sweep.page", "inbox.take", "batch", "number_one.move", "job.poll", "job.land"):
        assert above(name) == {(ROUND,)}, name
    for name in ("batch.read", "ticket.look", "ticket.write", "batch.settle"):
        assert (("batch", ROUND)) in above(name), name
    assert above("job.send") == {("batch", ROUND)}
    assert above("customers.ask") == {("ticket.look", "batch", ROUND)}
    assert above("backfill.page") == {()}
    assert above("PUT /api/v2/tickets/update_many") == {("job.send", "batch", ROUND)}
    assert ("ticket.write", "batch", ROUND) in above("PUT /api/v2/tickets/{id}")
    assert ("number_one.move", ROUND) in above("PUT /api/v2/tickets/{id}")
    assert {("sweep.page", ROUND), ("backfill.page",)} <= above("GET /api/v2/incremental/tickets/cursor")

    put = next(one for one in spans.named("PUT /api/v2/tickets/{id}") if one.attributes is not None)
    assert put.attributes is not None
    assert dict(put.attributes) == {
        "http.request.method": "PUT",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
        "server.port": httpx.URL(house.zendesk.url).port,
        "url.scheme": "http",
        "url.template": "/api/v2/tickets/{id}",
        "zendesk_sync.call": "update",
    }
    (look,) = [one for one in spans.named("ticket.look") if (one.attributes or {})["zendesk_sync.ticket"] == tickets[0]]
    assert (look.attributes or {})["zendesk_sync.level"] == "p2"

    known = {(f"{c.trace_id:032x}", f"{c.span_id:016x}") for one in spans.spans if (c := one.context) is not None}
    written = [line for line in said if line["event"] == "written"]
    assert {line["ticket"] for line in written} >= set(tickets)
    for line in said:
        assert {"time", "level", "event"} <= set(line), line
        assert ("trace_id" not in line) or (line["trace_id"], line["span_id"]) in known
    assert {line.get("account") for line in said if line["event"] == "zendesk.answer"} >= {NAME}
    hints = [line for line in said if line["event"] == "hint"]
    assert all(line["account"] == NAME and "trace_id" in line for line in written + hints)


def test_no_text_of_a_ticket_reaches_logs_or_spans(house: World, crm: Crm, spans: Kept, lines: Lines) -> None:
    """Subject, comments, names, field values, tags, webhook bodies, answers of directory and Zendesk: none of it."""
    bird = {name: f"{CANARY}-{name}" for name in ("subject", "comment", "name", "version", "mail", "later", "tag")}
    version = [house.option("Version", bird["version"]), house.option("Severity", "zs_severity_2")]
    opened: dict[str, Any] = {
        "comment": {"body": f"Cannot log in, all users blocked. {bird['comment']}"},
        "tags": [bird["tag"]],
    }
    requester = {"email": f"{bird['mail']}@{CANARY}.example", "name": bird["name"]}
    crm.answers = {f"/customers?domain={CANARY}.example": {"plan": [CANARY]}}  # of another shape than expected
    ticket = {"subject": bird["subject"], "requester": requester, "custom_fields": version, **opened}
    first = int(house.post("tickets", {"ticket": ticket})["ticket"]["id"])
    second = house.customer_writes(bird["subject"], custom_fields=version, **opened)
    _work(house)
    house.agent_changes(second, comment={"body": bird["later"]}, priority="high")
    _work(house)

    crm.answers, crm.status = {}, 500
    house.store.mark(NAME, [first])
    _work(house)

    inner = house.wire._inner
    house.wire._inner = cast(Any, Refusing(inner, {"PUT"}, CANARY))
    third = house.customer_writes(bird["subject"], custom_fields=version, **opened)
    _work(house)
    why = {hint.ticket: hint.error for hint in house.store.hints(NAME)}
    assert CANARY in str(why[third]), "the refusal is shown to who asks for it"
    house.wire._inner = cast(Any, Refusing(inner, {"GET", "PUT"}, CANARY))
    _work(house)
    house.wire._inner = inner
    _work(house)

    secret = house.applied.secret
    assert secret is not None
    for body in (json.dumps({"ticket_id": CANARY}), json.dumps({"schema": 1, "subject": CANARY}), CANARY):
        stamp = house.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {
            "X-Zendesk-Webhook-Signature": sign(secret, stamp, body.encode()),
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        }
        answer = house.http.post(f"{house.door.url}/webhooks/zendesk/{NAME}", content=body, headers=headers)
        assert answer.status_code == 400
    house.http.post(f"{house.door.url}/webhooks/zendesk/{CANARY}", content=CANARY)

    said, traced = lines(), [one.to_json() for one in spans.spans]
    assert {"written", "hint", "swept", "account waits"} <= {line["event"] for line in said}
    assert "RequestRejected" in {(one.attributes or {}).get("error.type") for one in spans.named(ROUND)}
    assert [line for line in said if CANARY in json.dumps(line)] == []
    assert [one for one in traced if CANARY in one] == []
    asked = [one for one in spans.named("customers.ask") if one.status.status_code.name == "ERROR"]
    assert {(one.attributes or {})["error.type"] for one in asked} == {"500"}


def _work(house: World) -> None:
    """A few rounds; what has to wait for the directory waits."""
    for at in range(4):
        house.deliver()
        house.clock.advance(3)
        if not at:
            house.store.request_sweep(NAME)
        house.worker.serve()
