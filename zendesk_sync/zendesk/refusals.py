"""What Zendesk's refusals mean: status and body of an answer -> one exception of our tree with a readable message.

The five envelopes: https://developer.zendesk.com/api-reference/introduction/requests/ (error responses). Bodies may
also be text or HTML. Nothing here quotes a request: a message holds Zendesk's own error text and nothing else. That
may repeat a value of a ticket, so logs get the message without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec

from zendesk_sync.errors import (
    AccessDenied,
    AnswerLost,
    Conflict,
    CredentialsRejected,
    NotFound,
    RequestRejected,
    UnexpectedAnswer,
    ZendeskError,
    ZendeskUnavailable,
)

LONGEST = 400
SPACES = re.compile(r"[\s\x00-\x1f\x7f]+")


def refusal(response: httpx.Response, *, write: bool) -> ZendeskError:
    """The exception for an answer outside 2xx.

    Args:
        response: the answer, body read.
        write: the request may have changed something, so a 5xx leaves open whether it did. A 503 with ``Retry-After``
            is Zendesk turning work away before doing it.
    """
    status, request = response.status_code, response.request
    request_id: str | None = response.headers.get("x-request-id")
    origin = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
    said = explain(response.content)
    quoted = f", {said}" if said else ""
    what = f"{request.method} {request.url.path}: {status}{quoted}"
    kind: type[ZendeskError]
    match status:
        case 401:
            kind = CredentialsRejected
            what = (
                f"{origin} rejected the credentials ({status}{quoted}); check that the client "
                f"secret or the token belongs to this account and is still valid"
            )
        case 403:
            kind = AccessDenied
            what += "; the role of the user behind the credentials, or the scope of the token, does not allow it"
        case 404:
            kind = NotFound
            if not said:
                what += f", not an answer of the API; is there a Zendesk account at {origin}?"
        case 409:
            kind = Conflict
        case _ if 300 <= status < 400:
            kind = UnexpectedAnswer
            what += (
                f", a redirect to {_host(response)}, which is not followed; set the account's url to its own address"
            )
        case _ if status >= 500:
            turned_away = status == 503 and "retry-after" in response.headers
            kind = AnswerLost if write and not turned_away else ZendeskUnavailable
            what += "; it may or may not have been applied" if kind is AnswerLost else ""
        case _ if status >= 400:
            kind = RequestRejected
        case _:
            kind = UnexpectedAnswer
    return kind(what, status=status, request_id=request_id, unquoted=what.replace(quoted, "", 1) if quoted else what)


def explain(body: bytes) -> str:
    """One line for a person out of any of the envelopes; empty for HTML and for nothing."""
    data = _json(body)
    if isinstance(data, dict):
        text = "; ".join(dict.fromkeys(part for part in _parts(data) if part))
    elif body.lstrip()[:1] in (b"<", b""):
        text = ""
    else:
        text = body[: LONGEST * 4].decode("utf-8", "replace")
    text = SPACES.sub(" ", text).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _parts(data: dict[str, Any]) -> Iterator[str]:
    error = data.get("error")
    if isinstance(error, dict):
        yield _joined(error.get("title"), error.get("message"))
    elif isinstance(error, str):
        yield _joined(error, data.get("description") or data.get("error_description") or data.get("message"))
    else:
        yield _joined(data.get("description"), data.get("message"))
    for item in _dicts(data.get("errors")):
        yield _joined(item.get("code"), item.get("title"), item.get("detail"))
    details = data.get("details")
    if isinstance(details, dict):
        for attribute, items in details.items():
            for item in _dicts(items):
                about = None if attribute == "base" else attribute
                yield _joined(about, item.get("description"), item.get("error"))


def _joined(*texts: object) -> str:
    return ": ".join(text for text in texts if isinstance(text, str) and text)


def _dicts(items: object) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _json(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _host(response: httpx.Response) -> str:
    try:
        return httpx.URL(response.headers.get("location", "")).host or "another path of the same host"
    except (httpx.InvalidURL, ValueError):
        return "an unreadable address"
