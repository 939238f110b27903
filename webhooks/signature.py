"""Is this request Zendesk's? Sans I/O: bytes and a time in, a verdict out.

Zendesk signs ``base64(HMAC-SHA256(secret, timestamp + body))``: the secret is used as the text it is, not decoded, and
the body as the raw bytes received. https://developer.zendesk.com/documentation/webhooks/verifying/

Zendesk documents no freshness window and signs nothing else, so the window is ours. A request replayed within it is
harmless: it repeats a hint, and a hint that waits already is the same row. Whether Zendesk signs a repeat anew is not
documented, so the window must hold its repeats with the first one's time: up to five after a timeout of 12 s each, and
those after a 503 of ours, ten seconds apart. Five minutes do, and forgive a clock that is off.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from zendesk_sync.settings import TEST_SECRET

_TIMESTAMP: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z")


class Verdict(Enum):
    """What :func:`verify` found. Only ``GENUINE`` lets a request in; the rest is for our log, never for the sender."""

    GENUINE = "genuine"
    MISSING = "signature or timestamp missing"
    UNREADABLE = "timestamp unreadable"
    STALE = "timestamp too old or too new"
    FORGED = "signature of no secret of this account"


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature Zendesk would send.

    Args:
        secret: the webhook's signing secret, as text.
        timestamp: the value of ``X-Zendesk-Webhook-Signature-Timestamp``.
        body: the raw bytes of the request.
    """
    digest = hmac.new(secret.encode(), timestamp.encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode("ascii")


def verify(
    secrets: Sequence[str],
    signature: str | None,
    timestamp: str | None,
    body: bytes,
    *,
    now: datetime,
    tolerance_s: float,
) -> Verdict:
    """Whether one of the secrets signed this body at a time close to ``now``.

    Every secret is tried, and whatever is wrong the same sums are done, so that the time taken tells nothing.

    Args:
        secrets: the account's secrets; two while one is being replaced. Empty ones and the test secret that Zendesk
            publishes open nothing.
        signature: ``X-Zendesk-Webhook-Signature``, or None.
        timestamp: ``X-Zendesk-Webhook-Signature-Timestamp``, ISO 8601 in UTC, or None.
        body: the raw bytes of the request.
        now: aware.
        tolerance_s: seconds by which the timestamp may differ, in either direction.
    """
    given = (signature or "").encode("utf-8", "replace")
    text = (timestamp or "").encode("utf-8", "replace").decode()
    genuine = False
    for secret in secrets:
        matches = hmac.compare_digest(sign(secret, text, body).encode(), given)
        genuine |= matches and secret not in {"", TEST_SECRET}
    if signature is None or timestamp is None:
        return Verdict.MISSING
    if (at := _moment(timestamp)) is None:
        return Verdict.UNREADABLE
    if abs((now - at).total_seconds()) > tolerance_s:
        return Verdict.STALE
    return Verdict.GENUINE if genuine else Verdict.FORGED


def _moment(timestamp: str) -> datetime | None:
    if not _TIMESTAMP.fullmatch(timestamp):
        return None
    try:
        return datetime.fromisoformat(timestamp).astimezone(UTC)
    except (ValueError, OverflowError):  # the thirtieth of February
        return None
