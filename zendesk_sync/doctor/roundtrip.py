"""Does a webhook reach the service, and does the service believe it? With a request that is about no ticket.

Zendesk itself sends it where it can. Where it cannot, this machine signs one and sends it, which shows less: not that
Zendesk finds the way. The door verifies before it parses, so "not a hint" is its word for a signature that is right.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from zendesk_sync.doctor.checks import Check, fail, ok, warn
from zendesk_sync.errors import ZendeskError
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.configuration import Webhook
from zendesk_sync.zendesk.webhook_test import try_webhook

NAME = "round trip"
BODY = json.dumps({"about": "zendesk-sync doctor asks whether this arrives"})
BELIEVED = "not a hint"
TIMEOUT_S = 12.0
"""Zendesk waits as long."""
Sign = Callable[[str, str, bytes], str]
"""Secret, timestamp and body to a signature; see :func:`webhooks.signature.sign`."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came back: ``status`` is 0 where nobody answered, ``said`` is the door's own word, or why there is none."""

    status: int
    said: str


def round_trip(
    client: Client,
    webhook: Webhook,
    secret: str,
    *,
    sign: Sign,
    now: Callable[[], datetime],
    agreed: bool,
    running: bool,
) -> Check:
    """Let Zendesk call the webhook, or else call it from here.

    Args:
        client: the account.
        webhook: ours.
        secret: its signing secret, as the service has it.
        sign: how Zendesk signs.
        now: the time.
        agreed: Zendesk has the same secret.
        running: the service is at work, so it ought to answer.
    """
    try:
        tested = try_webhook(client, webhook, BODY)
    except ZendeskError as error:
        came, who = _from_here(webhook, secret, sign, now), "this machine"
        if _believed(came):
            return warn(
                NAME,
                f"a request signed here was believed at {webhook.endpoint}, but Zendesk could not be asked to send "
                f"one ({error}): whether it finds the way is not shown",
                "change a ticket and look into Admin Center > Webhooks > activity",
            )
    else:
        came, who = Came(tested.status, _word(tested.payload)), "Zendesk"
        if came.status == 401 and agreed and _believed(_from_here(webhook, secret, sign, now)):
            return warn(
                NAME,
                f"the service at {webhook.endpoint} refused Zendesk's test request (401), and believed one that was "
                f"signed here with the same secret",
                "change a ticket, and see whether Admin Center > Webhooks > activity shows 200 for it",
            )
        if came.status == 0 and _from_here(webhook, secret, sign, now).status:
            return fail(
                NAME,
                f"Zendesk does not reach {webhook.endpoint} ({came.said}), though this machine does",
                "look at DNS, firewall and certificate as the Internet sees them",
            )
    return _verdict(came, who, webhook.endpoint, running=running)


def _verdict(came: Came, who: str, endpoint: str, *, running: bool) -> Check:
    sent = f"{who} sent a signed request to {endpoint}"
    if _believed(came):
        return ok(NAME, f"{sent}, and the service believed it")
    match came.status, came.said:
        case 401, _:
            return fail(
                NAME,
                f"{sent}, and the service refused the signature (401)",
                "zendesk-sync setup apply fetches the secret; the service must have the same configuration, and the "
                "right time",
            )
        case 403, _:
            return fail(
                NAME, f"{sent}, which service.allow keeps out (403)", "add Zendesk's addresses to it, or take it out"
            )
        case 503, "unavailable":
            return fail(NAME, f"{sent}, and the service cannot store hints (503)", "look at the store: disk, Postgres")
        case 0 | 502 | 503 | 504, said:
            why = f"{came.status}" if came.status else said or "no answer"
            fix = "is zendesk-sync serve running, and does the proxy pass on to it?"
            at = f"{sent}, and nobody answered ({why}); until then the sweep finds every change"
            return fail(NAME, at, fix) if running else warn(NAME, at, fix)
        case status, _:
            return fail(
                NAME,
                f"{sent}, and something else than this service answered ({status})",
                "let service.public_url lead to zendesk-sync serve; the proxy must pass /webhooks/zendesk/ on",
            )


def _believed(came: Came) -> bool:
    return came == Came(400, BELIEVED)


def _from_here(webhook: Webhook, secret: str, sign: Sign, now: Callable[[], datetime]) -> Came:
    timestamp, body = now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), BODY.encode()
    headers = {
        "Content-Type": "application/json",
        "X-Zendesk-Webhook-Signature": sign(secret, timestamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
    }
    try:
        answer = httpx.post(webhook.endpoint, content=body, headers=headers, timeout=TIMEOUT_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Came(0, type(error).__name__)
    return Came(answer.status_code, _word(answer.text))


def _word(body: str) -> str:
    """The door's own word in its answer; else the first words of what came, for people."""
    try:
        said = json.loads(body)["status"]
    except (ValueError, LookupError, TypeError, RecursionError):
        said = body
    return " ".join(str(said).split())[:80]
