"""The signed HTTP request of one webhook call. Only loopback addresses are called, as this is a local tool.

Source: Zendesk webhooks documentation, "Verifying webhook authenticity", "Anatomy of a webhook request".
"""

import base64
import ipaddress
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

from zendesk_sync.sandbox.model import deliveries
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

LARGEST = 256 * 1024
"""Bytes of a body, or of an address with its parameters, that are no longer sent."""
_BODILESS = frozenset({"GET", "DELETE"})
_TYPES = {
    "json": "application/json; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "form_encoded": "application/x-www-form-urlencoded",
}


def build(
    state: State, webhook: Doc, payload: Any, invocation_id: str, secret: str | None = None
) -> httpx.Request | None:
    """Return the signed request of one call; None when the endpoint is not a loopback address.

    `payload` is the body: text, an object for the fixed envelope, or `[key, value]` pairs for a webhook without body.
    """
    endpoint = str(webhook["endpoint"])
    if not is_loopback(endpoint):
        return None
    method = webhook["http_method"]
    body = b""
    if method in _BODILESS:
        if isinstance(payload, list) and payload:
            endpoint += f"{'&' if '?' in endpoint else '?'}{urlencode([tuple(pair) for pair in payload])}"
    elif isinstance(payload, dict):
        body = msgspec.json.encode(payload)
    elif isinstance(payload, list):
        body = urlencode([tuple(pair) for pair in payload]).encode()
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


def is_too_large(request: httpx.Request) -> bool:
    return max(len(request.content), len(str(request.url))) >= LARGEST


def told(request: httpx.Request, webhook: Doc) -> Doc:
    """Return the request as the log of attempts shows it: credentials are named, never shown."""
    secret = {name.lower() for name in _credentials(webhook)}
    headers = [
        {"key": name, "value": "[hidden]" if name.lower() in secret else value}
        for name, value in request.headers.items()
    ]
    return {"headers": headers, "payload": request.content.decode(errors="replace")}


def is_loopback(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        # Reading the port raises ValueError when there can be none of that number.
        return parts.port != 0 and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


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
