"""Body -> ticket ids, for both kinds of webhook that Zendesk has. Sans I/O; called only with a verified body.

A *trigger* webhook sends the body that its trigger spells out; ours is ``{"schema": 1, "ticket_id": "33", ...}``. An
*event-subscribed* webhook sends Zendesk's envelope, with the ticket in ``subject`` and ``detail.id``, all ids as text.
https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events/

Only the ids are used. Nothing else in the body is believed: the ticket is read again.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from zendesk_sync.errors import ZendeskSyncError

SCHEMA: Final = 1
"""The version of our own trigger body."""

MAX_ID: Final = 2**63 - 1

_ID: Final = re.compile(r"[1-9][0-9]{0,18}")
_SUBJECT: Final = re.compile(r"zen:(?:messaging_)?ticket:(.*)", re.DOTALL)
_EVENT: Final = re.compile(r"zen:event-type:(?:messaging_)?ticket\.[a-z_]+")


class NotAHint(ZendeskSyncError, ValueError):
    """The body names no ticket. The message says why in fixed words, so it may be logged."""


def tickets_in(body: bytes) -> list[int]:
    """The ids of the tickets that the body is about, each from 1 to 2^63-1; a merge is about two.

    Raises:
        NotAHint: not UTF-8, not JSON, nested too deeply, of neither kind, or without a usable id.
    """
    data = _decoded(body)
    if not isinstance(data, dict):
        raise NotAHint("not a JSON object")
    if "ticket_id" in data:
        return [_from_trigger(data)]
    if "subject" in data or "type" in data:
        return _from_event(data)
    raise NotAHint("neither a trigger's body nor an event")


def _from_trigger(data: dict[str, Any]) -> int:
    schema = data.get("schema", SCHEMA)
    if type(schema) is not int or schema != SCHEMA:
        raise NotAHint("unknown schema of a trigger's body")
    return _id(data["ticket_id"], "ticket_id")


def _from_event(data: dict[str, Any]) -> list[int]:
    kind, subject, detail, event = (data.get(key) for key in ("type", "subject", "detail", "event"))
    # An organization's event has a detail.id too, so the id counts only where the event says that it is a ticket's.
    if kind is not None and not (isinstance(kind, str) and _EVENT.fullmatch(kind)):
        raise NotAHint("an event, but not a ticket's")
    found = []
    if subject is not None:
        match = _SUBJECT.fullmatch(subject) if isinstance(subject, str) else None
        if match is None:
            raise NotAHint("the subject is not a ticket")
        found.append(_id(match.group(1), "subject"))
    if isinstance(detail, dict) and "id" in detail:
        found.append(_id(detail["id"], "detail.id"))
    if not found:
        raise NotAHint("an event without a ticket id")
    if len(set(found)) > 1:
        raise NotAHint("subject and detail.id name different tickets")
    target = event.get("target_ticket_id") if isinstance(event, dict) else None
    return found[:1] if target is None else sorted({found[0], _id(target, "event.target_ticket_id")})


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise NotAHint("not UTF-8") from None
    except RecursionError:
        raise NotAHint("nested too deeply") from None
    except ValueError:  # also a number with more digits than Python converts
        raise NotAHint("not JSON") from None


def _id(value: object, place: str) -> int:
    """An exact id, from a JSON string (Zendesk's way) or integer; a float has lost digits by now."""
    if isinstance(value, str):
        if "{{" in value:
            raise NotAHint(f"{place}: the placeholder was not filled in")
        if not _ID.fullmatch(value):
            raise NotAHint(f"{place}: not a ticket id")
        value = int(value)
    if type(value) is not int or not 0 < value <= MAX_ID:  # a bool is an int, but no id
        raise NotAHint(f"{place}: not a ticket id")
    return value
