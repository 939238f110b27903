"""Zendesk's own test of a webhook: it sends one signed request at once and says what came back.

https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/#test-webhook
"""

from __future__ import annotations

import msgspec

from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.configuration import Webhook


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What the endpoint answered. ``status`` is 0 where nobody did; ``payload`` is its body, or why there is none."""

    status: int = 0
    payload: str = ""


def try_webhook(client: Client, webhook: Webhook, body: str) -> Tested:
    """Let Zendesk send ``body`` to the webhook's endpoint, signed with its secret. 20 a minute.

    Raises:
        AccessDenied, NotFound, RequestRejected: this account or this user cannot test webhooks.
        AnswerLost: Zendesk did not say what became of it.
    """
    request = {
        "endpoint": webhook.endpoint,
        "http_method": webhook.http_method,
        "request_format": webhook.request_format,
        "payload": body,
    }
    answer, _ = client.call(
        _Answer, "POST", "/api/v2/webhooks/test", params={"webhook_id": webhook.id}, json={"request": request}
    )
    told = answer.response
    # The status has been seen under both names.
    return Tested(status=told.status or told.status_code or 0, payload=told.payload or "")


class _Told(msgspec.Struct):
    status: int | None = None
    status_code: int | None = None
    payload: str | None = None


class _Answer(msgspec.Struct):
    response: _Told
