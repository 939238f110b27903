"""Delivers webhook calls: signed, at most 12 seconds each, repeated by Zendesk's rules.

Repeated: 409 up to three times; 429 and 503 with a `Retry-After` below 60 seconds; timeouts up to five times. Nothing
else. Only loopback addresses are called, as this is a local tool. Source: Zendesk webhooks documentation, "Webhook
retries" and "Verifying webhook authenticity".
"""

import asyncio
import base64
import ipaddress
import logging
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from zendesk_sync.sandbox.model import deliveries
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

log = logging.getLogger(__name__)
_BODILESS = frozenset({"GET", "DELETE"})
_TYPES = {
    "json": "application/json; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "form_encoded": "application/x-www-form-urlencoded",
}
_REPEATS = {"conflict": 3, "timeout": 5, "wait": 5}


class Courier:
    """Takes calls out of the store as they become due; several may be on their way at once, in no promised order."""

    def __init__(self, state: State, client: httpx.AsyncClient) -> None:
        self._state = state
        self._client = client
        self._under_way: set[int] = set()

    def waiting(self) -> bool:
        """Whether any call is still to be made or on its way."""
        return bool(self._state.store.index(deliveries.PENDING))

    def send_due(self, group: asyncio.TaskGroup) -> None:
        """Start every call that is due, unless deliveries are paused."""
        if self._state.faults.pause:
            return
        now = self._state.clock.timestamp()
        for call in self._state.store.all(deliveries.PENDING):
            if call["due"] <= now and call["id"] not in self._under_way:
                self._under_way.add(call["id"])
                group.create_task(self._deliver(call))

    async def _deliver(self, call: Doc) -> None:
        try:
            webhook = self._state.store.get(deliveries.WEBHOOK, call["webhook_id"])
            if webhook is None:
                self._state.store.delete(deliveries.PENDING, call["id"])
            else:
                await self._attempt(call, webhook)
        except Exception:
            log.exception("a webhook call could not be made")
            self._close(call, "failed", None)
        finally:
            self._under_way.discard(call["id"])

    async def _attempt(self, call: Doc, webhook: Doc) -> None:
        call["attempts"] += 1
        request = build(self._state, webhook, call["payload"], call["invocation_id"])
        if request is None:
            log.warning("webhook %s is not delivered: its endpoint is not a loopback address", webhook["id"])
            self._close(call, "failed", None)
            return
        try:
            answer = await self._client.send(request)
        except httpx.TimeoutException:
            self._again(call, "timeout", self._state.pace.webhook_retry, "timeout", None)
            return
        except httpx.HTTPError:
            self._close(call, "failed", None)
            return
        status = answer.status_code
        if status == 409:
            self._again(call, "conflict", self._state.pace.webhook_retry, "client error", status)
        elif status in {429, 503} and (pause := _retry_after(answer)) is not None:
            self._again(call, "wait", pause, "throttled" if status == 429 else "server error", status)
        else:
            self._close(call, verdict(status), status)

    def _again(self, call: Doc, reason: str, pause: float, verdict_: str, status: int | None) -> None:
        if call["attempts"] > _REPEATS[reason]:
            self._close(call, verdict_, status)
            return
        call["due"] = self._state.clock.timestamp() + pause
        self._state.store.put(deliveries.PENDING, call["id"], call)

    def _close(self, call: Doc, verdict_: str, status: int | None) -> None:
        store = self._state.store
        with store.transaction():
            store.delete(deliveries.PENDING, call["id"])
            invocation = {
                "id": str(call["id"]), "webhook_id": call["webhook_id"], "invocation_id": call["invocation_id"],
                "status": verdict_, "status_code": status, "attempts": call["attempts"],
                "created_at": call["created_at"], "latest_completed_at": self._state.now(),
            }  # fmt: skip
            store.put(deliveries.INVOCATION, call["id"], invocation, parent=call["webhook_id"])


def build(
    state: State, webhook: Doc, payload: Any, invocation_id: str, secret: str | None = None
) -> httpx.Request | None:
    """Return the signed request of one call; None when the endpoint is not a loopback address."""
    endpoint = str(webhook["endpoint"])
    if not is_loopback(endpoint):
        return None
    method = webhook["http_method"]
    body = b""
    if method in _BODILESS:
        if isinstance(payload, list) and payload:
            endpoint += f"{'&' if '?' in endpoint else '?'}{urlencode([tuple(pair) for pair in payload])}"
    else:
        body = str(payload or "").encode()
    timestamp = state.now()
    headers = {
        "User-Agent": "Zendesk Webhook",
        "X-Zendesk-Account-Id": str(state.account_id),
        "X-Zendesk-Webhook-Id": str(webhook["id"]),
        "X-Zendesk-Webhook-Invocation-Id": invocation_id,
        "X-Zendesk-Webhook-Signature": deliveries.sign(secret or webhook["secret"], timestamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        **{str(name): str(value) for name, value in (webhook.get("custom_headers") or {}).items()},
        **_credentials(webhook),
    }
    if body:
        headers["Content-Type"] = _TYPES.get(webhook["request_format"], _TYPES["json"])
    timeout = httpx.Timeout(state.pace.webhook_timeout)
    return httpx.Request(method, endpoint, headers=headers, content=body, extensions={"timeout": timeout.as_dict()})


def is_loopback(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        # Reading the port raises ValueError when there can be none of that number.
        return parts.port != 0 and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def verdict(status: int) -> str:
    """Return the word for an answer in the invocation log."""
    if status < 400:
        return "success"
    if status == 429:
        return "throttled"
    return "client error" if status < 500 else "server error"


def _credentials(webhook: Doc) -> dict[str, str]:
    authentication = webhook.get("authentication") or {}
    data = authentication.get("data") or {}
    kind = authentication.get("type")
    if kind == "bearer_token":
        return {"Authorization": f"Bearer {data.get('token', '')}"}
    if kind == "basic_auth":
        pair = f"{data.get('username', '')}:{data.get('password', '')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    return {str(data["name"]): str(data.get("value", ""))} if kind == "api_key" and data.get("name") else {}


def _retry_after(answer: httpx.Response) -> float | None:
    seconds = whole_number(answer.headers.get("retry-after", ""))
    return float(seconds) if seconds is not None and seconds < 60 else None
