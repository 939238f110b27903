"""Webhook calls to make: put in line by triggers, taken by the worker. Source: Zendesk webhooks documentation."""

import base64
import hashlib
import hmac
from typing import Any

from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

WEBHOOK = "webhook"
PENDING = "delivery"
INVOCATION = "invocation"
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 - public, for tests only
TRIGGER_EVENTS = "conditional_ticket_events"


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return base64(HMAC-SHA256(secret as text, timestamp + body))."""
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def enqueue(state: State, webhook_id: str, payload: Any) -> None:
    """Put one call in line, unless the webhook is gone, inactive, or not meant for triggers."""
    webhook = state.store.get(WEBHOOK, webhook_id)
    if webhook is None or webhook["status"] != "active" or TRIGGER_EVENTS not in webhook["subscriptions"]:
        return
    if state.faults.drop_next > 0:
        state.faults.drop_next -= 1
        return
    copies = 1
    if state.faults.duplicate_next > 0:
        state.faults.duplicate_next -= 1
        copies = 2
    invocation = state.store.next_number("invocation", 8_350_205_582)
    for _ in range(copies):
        number = state.event_id()
        call: Doc = {
            "id": number,
            "invocation_id": str(invocation),
            "webhook_id": webhook_id,
            "payload": payload,
            "attempts": 0,
            "due": state.clock.timestamp(),
            "created_at": state.now(),
        }
        state.store.put(PENDING, number, call)
    state.wake.set()
