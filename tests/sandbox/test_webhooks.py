"""Webhooks called by triggers: signed, repeated by the rules, steered by a test."""

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Desk
from tests.sandbox.receiver import Receiver, hook, quiet, then, trigger
from zendesk_sync.sandbox.model.deliveries import TEST_SECRET, sign


def test_the_published_test_vector() -> None:
    """The signature is HMAC-SHA256 with the secret as text over timestamp and body."""
    signature = sign(TEST_SECRET, "2021-03-25T05:09:27Z", b'{"ticket_id":"33"}')
    assert signature == "BojqxFeTNoKqiRbZWBoc9E+UwwzjBZQtmS+AKKSB4pU="


def test_a_delivery_is_rendered_and_signed(desk: Desk, receiver: Receiver) -> None:
    """Body, headers and signature arrive as documented, and the invocation is logged."""
    auth = {"type": "bearer_token", "data": {"token": "s3"}, "add_position": "header"}
    webhook = hook(desk, receiver.url, authentication=auth, custom_headers={"X-Env": "test"})
    body = '{"id":"{{ticket.id}}","at":"{{ticket.updated_at_with_timestamp}}","by":"{{current_user.id}}"}'
    trigger(desk, then("notification_webhook", [webhook["id"], body]))
    ticket = desk.ticket()
    quiet(desk)
    ((headers, raw, _),) = receiver.calls
    by = str(desk.sandbox.owner_id)
    assert json.loads(raw) == {"id": str(ticket["id"]), "at": ticket["updated_at"], "by": by}
    secret = desk.get(f"webhooks/{webhook['id']}/signing_secret")["signing_secret"]["secret"]
    stamp = headers["x-zendesk-webhook-signature-timestamp"]
    assert headers["x-zendesk-webhook-signature"] == sign(secret, stamp, raw)
    assert headers["user-agent"] == "Zendesk Webhook"
    assert headers["x-zendesk-webhook-id"] == webhook["id"]
    assert (headers["authorization"], headers["x-env"]) == ("Bearer s3", "test")
    log = desk.get(f"webhooks/{webhook['id']}/invocations")["invocations"]
    assert [(one["status"], one["status_code"]) for one in log] == [("success", 200)]


@pytest.mark.parametrize(
    ("answers", "calls", "verdict"),
    [
        ([(409, {})] * 5, 4, "client error"),
        ([(409, {}), (200, {})], 2, "success"),
        ([(503, {"retry-after": "1"})], 2, "success"),
        ([(503, {"retry-after": "61"})], 1, "server error"),
        ([(429, {})], 1, "throttled"),
        ([(500, {})], 1, "server error"),
    ],
)
def test_retries(desk: Desk, receiver: Receiver, answers: list[Any], calls: int, verdict: str) -> None:
    """409 up to three times, 429 and 503 only with a short `Retry-After`, nothing else."""
    receiver.answers = list(answers)
    webhook = hook(desk, receiver.url)
    trigger(desk, then("notification_webhook", [webhook["id"], "{}"]))
    desk.ticket()

    desk.clock(advance_seconds=60, settle=True)
    assert len(receiver.calls) == calls
    assert desk.get(f"webhooks/{webhook['id']}/invocations")["invocations"][0]["status"] == verdict


def test_deliveries_can_be_lost_doubled_and_held(desk: Desk, receiver: Receiver) -> None:
    """A test steers what happens to the next deliveries."""
    webhook = hook(desk, receiver.url)
    trigger(desk, then("notification_webhook", [webhook["id"], "{{ticket.id}}"]))
    desk.call("POST", "/sandbox/webhooks", {"drop_next": 1, "pause": True}, status=200)
    desk.ticket()
    doubled = desk.ticket()["id"]
    assert desk.call("POST", "/sandbox/webhooks", {"duplicate_next": 1}).json()["pending"] == 1
    last = desk.ticket()["id"]
    assert desk.call("GET", "/sandbox/webhooks").json()["pending"] == 3
    assert receiver.calls == []
    desk.call("POST", "/sandbox/webhooks", {"pause": False})
    quiet(desk)
    assert sorted(int(body) for _, body, _ in receiver.calls) == [doubled, last, last]


def test_only_loopback_is_called(desk: Desk) -> None:
    """An address elsewhere is never contacted; the invocation failed."""
    webhook = hook(desk, "https://hooks.example/x")
    trigger(desk, then("notification_webhook", [webhook["id"], "{}"]))
    desk.ticket()
    quiet(desk)
    assert desk.get(f"webhooks/{webhook['id']}/invocations")["invocations"][0]["status"] == "failed"


def test_webhook_life(desk: Desk, receiver: Receiver) -> None:
    """201 and 204s; secrets never come back; PUT drops what it leaves out, PATCH keeps it; one in use stays."""
    auth = {"type": "basic_auth", "data": {"username": "u", "password": "hidden"}, "add_position": "header"}
    webhook = hook(desk, receiver.url, authentication=auth)
    path = f"webhooks/{webhook['id']}"
    assert len(webhook["id"]) == 26
    shown = desk.call("GET", path, status=200)
    assert "hidden" not in shown.text
    assert shown.json()["webhook"]["authentication"]["data"] == {"username": "u"}
    assert desk.call("PATCH", path, {"webhook": {"name": "renamed"}}, status=204).content == b""
    kept = desk.get(path)["webhook"]
    assert (kept["name"], kept["subscriptions"]) == ("renamed", ["conditional_ticket_events"])
    rule = trigger(desk, then("notification_webhook", [webhook["id"], "{}"]))
    desk.call("DELETE", path, status=400)
    desk.call("DELETE", f"triggers/{rule['id']}", status=204)
    desk.call("PUT", path, {"webhook": {"name": "put"}}, status=204)
    bare = desk.get(path)["webhook"]
    assert (bare["subscriptions"], "authentication" in bare) == ([], False)
    before = desk.get(f"{path}/signing_secret")["signing_secret"]
    after = desk.call("POST", f"{path}/signing_secret", status=201).json()["signing_secret"]
    assert before["secret"] != after["secret"]
    assert desk.get("webhooks?filter[name_contains]=pu")["meta"]["has_more"] is False
    desk.call("DELETE", path, status=204)
    desk.call("GET", path, status=404)


def test_trying_out_is_signed_with_the_test_secret(desk: Desk, receiver: Receiver) -> None:
    """A webhook that does not exist yet is tested with the public secret."""
    request = {"endpoint": receiver.url, "http_method": "POST", "request_format": "json", "payload": "{}"}
    answer = desk.call("POST", "webhooks/test", {"request": request}, status=200).json()["response"]
    assert answer["status"] == 200
    headers, raw, _ = receiver.calls[0]
    stamp = headers["x-zendesk-webhook-signature-timestamp"]
    assert headers["x-zendesk-webhook-signature"] == sign(TEST_SECRET, stamp, raw)
    elsewhere = {"request": {**request, "endpoint": "https://hooks.example"}}
    desk.call("POST", "webhooks/test", elsewhere, status=400)


def test_the_webhooks_api_has_its_own_bucket(desk: Desk, receiver: Receiver) -> None:
    """100 calls a minute, 20 tests; another minute, another bucket, by the sandbox's clock."""
    first = desk.call("GET", "webhooks", status=200).headers
    assert (first["x-rate-limit"], first["x-rate-limit-remaining"]) == ("100", "99")
    request = {"request": {"endpoint": receiver.url, "http_method": "POST", "request_format": "json", "payload": "{}"}}
    answers = [desk.call("POST", "webhooks/test", request) for _ in range(21)]
    assert [one.status_code for one in answers] == [200] * 20 + [429]
    assert answers[0].headers["x-rate-limit"] == "20"
    assert int(answers[-1].headers["retry-after"]) <= 60
    assert desk.call("GET", "webhooks").headers["x-rate-limit-remaining"] == "98"
    desk.advance(60)
    desk.call("POST", "webhooks/test", request, status=200)
