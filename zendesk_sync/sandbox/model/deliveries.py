"""Webhook calls to make: put in line by triggers and events, taken by the worker; and the log of those made.

Source: Zendesk API reference, Webhooks; Zendesk webhooks documentation, "Monitoring webhooks".
"""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from zendesk_sync.sandbox.model.event_types import PREFIX
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

WEBHOOK = "webhook"
PENDING = "delivery"
INVOCATION = "invocation"
ATTEMPT = "attempt"
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 - public, for tests only
TRIGGER_EVENTS = "conditional_ticket_events"
_KEPT_SECONDS = 7 * 24 * 3600
_PATIENCE = 60.0


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return base64(HMAC-SHA256(secret as text, timestamp + body))."""
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def enqueue(state: State, webhook_id: str, payload: Any) -> None:
    """Put a trigger's call in line, unless the webhook is gone, inactive, or not meant for triggers."""
    webhook = state.store.get(WEBHOOK, webhook_id)
    if webhook is not None and webhook["status"] == "active" and TRIGGER_EVENTS in webhook["subscriptions"]:
        _put_in_line(state, webhook, payload)


def subscribers(state: State, kind: str) -> list[Doc]:
    """Return the active webhooks that want any event of `ticket`, `organization` or `user`."""
    wanted = f"{PREFIX}{kind}."
    found: list[Doc] = state.store.derived(
        WEBHOOK,
        kind,
        lambda all_: [
            webhook
            for webhook in all_
            if webhook["status"] == "active" and any(name.startswith(wanted) for name in webhook["subscriptions"])
        ],
    )
    return found


def tell(state: State, kind: str, subject: int, detail: Doc, events: Iterable[tuple[str, Doc]]) -> None:
    """Put Zendesk's own envelope in line for every subscriber of each event `(name, body)` of one change."""
    told = [(f"{PREFIX}{kind}.{name}", body) for name, body in events]
    for webhook in subscribers(state, kind):
        for name, body in told:
            if name in webhook["subscriptions"]:
                _put_in_line(state, webhook, _envelope(state, kind, subject, name, detail, body))


def _envelope(state: State, kind: str, subject: int, name: str, detail: Doc, body: Doc) -> Doc:
    moment = state.clock.now()
    return {
        "type": name, "account_id": state.account_id, "id": str(uuid.uuid4()),
        "time": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06d}000Z",
        "zendesk_event_version": "2022-11-06" if kind == "ticket" else "2022-06-20",
        "subject": f"zen:{kind}:{subject}", "detail": detail, "event": body,
    }  # fmt: skip


def _put_in_line(state: State, webhook: Doc, payload: Any) -> None:
    if state.faults.drop_next > 0:
        state.faults.drop_next -= 1
        return
    copies = 1
    if state.faults.duplicate_next > 0:
        state.faults.duplicate_next -= 1
        copies = 2
    method, path = webhook["http_method"], urlsplit(webhook["endpoint"]).path or "/"
    lost, doubled, delay, late = state.chaos.webhook(state.clock.timestamp(), method, path)
    if lost:
        return
    invocation = str(state.store.next_number("invocation", 8_350_205_582))
    numbers = [state.event_id() for _ in range(copies + doubled)]
    for number in numbers:
        call: Doc = {
            "id": number, "invocation_id": invocation, "webhook_id": webhook["id"], "payload": payload, "attempts": 0,
            "due": state.clock.timestamp() + delay, "created_at": state.now(),
        }  # fmt: skip
        state.store.put(PENDING, number, call)
    _release(state, webhook["id"], numbers[-1])
    if late:
        _hold(state, webhook["id"], numbers)
    state.wake.set()


def _hold(state: State, webhook_id: str, numbers: list[int]) -> None:
    """Let these calls wait until a later one of the same webhook has been made."""
    for number in numbers:
        call = state.store.get(PENDING, number)
        if call:
            state.store.put(PENDING, number, {**call, "behind": 0})
    state.store.set_setting(f"held.{webhook_id}", ",".join(str(number) for number in numbers))


def _release(state: State, webhook_id: str, later: int) -> None:
    """Name the call behind which those that wait for a later one of this webhook are to be made."""
    held = state.store.setting(f"held.{webhook_id}")
    for number in held.split(",") if held else ():
        call = state.store.get(PENDING, int(number))
        if call and number != str(later):
            state.store.put(PENDING, call["id"], {**call, "behind": later})
    if held:
        state.store.set_setting(f"held.{webhook_id}", "")


def due(state: State) -> list[Doc]:
    """Return the calls whose time has come: not those which wait behind another that has not been made."""
    now = state.clock.timestamp()
    waiting = {call["id"]: call for call in state.store.all(PENDING)}
    return [call for call in waiting.values() if call["due"] <= now and _is_free(call, waiting, now)]


def _is_free(call: Doc, waiting: dict[int, Doc], now: float) -> bool:
    """Whether a call waits for no other; one that was to go behind a next call which never came goes on its own."""
    behind = call.get("behind")
    if behind is None:
        return True
    return behind not in waiting if behind else call["due"] + _PATIENCE <= now


def next_due(state: State) -> float | None:
    """Return when the next call has to be made, as Unix seconds; None when none has a time."""
    moments = [call["due"] + (_PATIENCE if call.get("behind") == 0 else 0) for call in state.store.all(PENDING)]
    return min(moments, default=None)


def log(state: State, call: Doc, webhook: Doc | None, attempt: Doc) -> None:
    """Write one attempt down, and let the invocation show its outcome. Both are kept for seven days."""
    store, now = state.store, state.now()
    mark = state.seconds()
    number = state.event_id()
    with store.transaction():
        invocation: Doc = {
            "id": call["invocation_id"], "webhook_id": call["webhook_id"], "status": attempt["status"],
            "status_code": attempt["status_code"], "created_at": call["created_at"], "latest_completed_at": now,
        }  # fmt: skip
        written = {"id": str(number), "invocation_id": call["invocation_id"], **attempt, "completed_at": now}
        store.put(ATTEMPT, number, written, parent=call["invocation_id"], mark=mark)
        if webhook is not None:
            store.put(INVOCATION, call["invocation_id"], invocation, parent=webhook["id"], mark=mark)
        for kind in (ATTEMPT, INVOCATION):
            store.delete_older(kind, mark - _KEPT_SECONDS)
