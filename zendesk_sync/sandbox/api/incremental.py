"""Incremental exports: what has changed since, with the last minute held back.

A row is a record as it is now, at the place of its last change: one that changes during a walk is met again.

Source: Zendesk API reference, Ticket Management > Incremental Exports.
"""

import base64
import binascii
from collections.abc import Callable
from urllib.parse import urlencode

from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.errors import coded, not_found, plain
from zendesk_sync.sandbox.model import fields, metrics, organizations, tickets, users
from zendesk_sync.sandbox.model.editing import AUDIT
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.names import STALE
from zendesk_sync.sandbox.store import Doc

_LARGEST = 1_000
_SAMPLE = 50
_V2 = "/api/v2/incremental"


def ticket_cursor(call: Call) -> Reply:
    """Tickets by `generated_timestamp`, then id; `end_of_stream` when nothing more is there now."""
    size = _size(call)
    found, after, more = _walk(call, tickets.KIND, size)
    if call.asks("exclude_deleted"):
        found = [ticket for ticket in found if not ticket["deleted"]]
    if call.query("support_type_scope") == "ai_agent":
        found = []  # there are no AI agents here
    return Reply({**_shown(call, found), **_onward(call, after, more=more)})


def tickets_by_time(call: Call) -> Reply:
    """The older form of the export: pages overlap by the boundary second."""
    found, frame = _by_time(call, tickets.KIND)
    return Reply({**_shown(call, [ticket for _, ticket in found]), **frame})


def _shown(call: Call, found: list[Doc]) -> Doc:
    book = fields.book(call.state)
    return {
        "tickets": [tickets.present(call.state, ticket, book) for ticket in found],
        **tickets.side_loads(call.state, found, call.words("include")),
    }


def _walk(call: Call, kind: str, size: int) -> tuple[list[Doc], tuple[int, int], bool]:
    """Return the records behind the cursor, the place reached, and whether there is more now."""
    after = _decode(call.query("cursor")) if call.query("cursor") else (_start_time(call), 0)
    until = _until(call) - _stale(call)
    marked = call.state.store.window(kind, after=after, until=until, limit=size + 1)
    more, marked = len(marked) > size, marked[:size]
    if marked:
        after = (marked[-1][0], marked[-1][1]["id"])
    return [record for _, record in marked], after, more


def _onward(call: Call, after: tuple[int, int], *, more: bool) -> Doc:
    cursor = _encode(after)
    return {
        "after_url": f"{call.state.base_url}{call.request.url.path}?{urlencode({'cursor': cursor, **_kept(call)})}",
        "before_url": None,
        "after_cursor": cursor,
        "before_cursor": None,
        "end_of_stream": not more,
    }


def _kept(call: Call) -> dict[str, str]:
    names = ("per_page", "include", "exclude_deleted", "support_type_scope")
    return {name: call.query(name) for name in names if call.query(name)}


def ticket_events(call: Call) -> Reply:
    """Audits as events, time-based; `include=comment_events` puts the comments' text in."""
    found, frame = _by_time(call, AUDIT)
    full = "comment_events" in call.words("include")
    return Reply({**frame, "ticket_events": [_ticket_event(audit, mark, full=full) for mark, audit in found]})


def _ticket_event(audit: Doc, mark: int, *, full: bool) -> Doc:
    channel = {"web": "Web form", "api": "Web service", "email": "Mail"}.get(audit["via"]["channel"], "Web form")
    return {
        "id": audit["id"],
        "ticket_id": audit["ticket_id"],
        "timestamp": mark,
        "created_at": audit["created_at"],
        "updater_id": audit["author_id"],
        "via": channel,
        "system": audit["metadata"]["system"],
        "metadata": {"custom": audit["metadata"]["custom"]},
        "event_type": "Audit",
        "child_events": [_child(event, audit, full=full) for event in audit["events"]],
    }


def _child(event: Doc, audit: Doc, *, full: bool) -> Doc:
    """A change is told as `{field: value, "previous_value"}`; a comment by two truth values, or in full."""
    ruled = event.get("via")
    told = {"id": event["id"], "via": "Rule" if ruled else "Web service", "event_type": event["type"]}
    told["via_reference_id"] = ruled["source"]["from"]["id"] if ruled else None
    if event["type"] == "Comment":
        told |= {"comment_present": True, "comment_public": event["public"]}
        text = {name: event[name] for name in ("body", "html_body", "plain_body", "public", "author_id", "attachments")}
        return {**told, **text, "audit_id": audit["id"], "type": "Comment"} if full else told
    if "field_name" not in event:  # what is told of, but no change: notifications, redactions
        return {**told, **{name: value for name, value in event.items() if name not in {"id", "type", "via"}}}
    name = event["field_name"]
    if whole_number(name) is not None:
        return {**told, "custom_ticket_fields": {name: event["value"]}, "previous_value": event.get("previous_value")}
    return {**told, name: event["value"], "previous_value": event.get("previous_value")}


def organization_changes(call: Call) -> Reply:
    """Changed and deleted organizations, in the order of time."""
    found, frame = _by_time(call, organizations.KIND, organizations.GONE)
    return Reply({**frame, "organizations": [organizations.present(call.state, one) for _, one in found]})


def user_changes(call: Call) -> Reply:
    found, frame = _by_time(call, users.KIND)
    return Reply({**frame, "users": [users.present(call.state, one) for _, one in found]})


def user_cursor(call: Call) -> Reply:
    found, after, more = _walk(call, users.KIND, _size(call))
    shown = [users.present(call.state, one) for one in found]
    return Reply({"users": shown, **_user_loads(call, found), **_onward(call, after, more=more)})


def _user_loads(call: Call, found: list[Doc]) -> Doc:
    if "organizations" not in call.words("include"):
        return {}
    ids = (user["organization_id"] for user in found if user["organization_id"])
    known = call.state.store.many(organizations.KIND, ids)
    return {"organizations": [organizations.present(call.state, one) for one in known]}


def metric_events(call: Call) -> Reply:
    """What the audits since mean for the tickets' metrics: activate, pause, fulfill."""
    found, frame = _by_time(call, AUDIT)
    measured = {t["id"]: t for t in call.state.store.many(tickets.KIND, (audit["ticket_id"] for _, audit in found))}
    told = [
        event
        for mark, audit in found
        if audit["ticket_id"] in measured
        for event in metrics.events(audit, measured[audit["ticket_id"]], mark)
    ]
    return Reply({"ticket_metric_events": told, **frame, "count": len(told)})


def sample(call: Call) -> Reply:
    """The first rows since `start_time`, at most 50, to try an integration with."""
    kind, name, show = _SAMPLED.get(call.path["resource"], (None, "", None))
    if kind is None or show is None:
        raise not_found()
    found, frame = _by_time(call, kind, largest=_SAMPLE)
    return Reply({name: [show(call, record) for _, record in found[:_SAMPLE]], **frame, "count": len(found[:_SAMPLE])})


def _by_time(call: Call, *kinds: str, largest: int = _LARGEST) -> tuple[list[tuple[int, Doc]], Doc]:
    """Return (mark, document) since `start_time`: a page is never cut inside a second, and pages overlap by one."""
    size, until = min(_size(call), largest), _until(call) - _stale(call)
    found = call.state.store.marked(*kinds, since=_start_time(call), until=until, limit=size)
    end = found[-1][0] if found else None
    following = f"{call.state.base_url}{call.request.url.path}?{urlencode({**_kept(call), 'start_time': str(end)})}"
    frame: Doc = {
        "count": len(found),
        "end_time": end,
        "next_page": following if found else None,
        "end_of_stream": len(found) < size,
    }
    return found, frame


def _size(call: Call) -> int:
    return max(1, min(call.number("per_page") or _LARGEST, _LARGEST))


def _until(call: Call) -> int:
    return int(call.state.clock.timestamp() - call.state.pace.export_hold)


def _stale(call: Call) -> int:
    """Return how many of the latest seconds a fault on demand hides from this page."""
    return int(call.request.scope.get(STALE, 0))


def _start_time(call: Call) -> int:
    # tap-zendesk sends a fraction, ".0", to real accounts.
    whole, _, fraction = call.query("start_time").partition(".")
    start = whole_number(whole) if whole_number(fraction or "0") is not None else None
    if start is None:
        raise plain(400, "InvalidValue", "start_time or cursor is required")
    if start > _until(call):
        raise plain(422, "InvalidValue", "Too recent start_time. Use a start_time older than 1 minute")
    return start


def _encode(position: tuple[int, int]) -> str:
    return base64.b64encode(f"{position[0]}.0||{position[1]}|".encode()).decode()


def _decode(cursor: str) -> tuple[int, int]:
    try:
        moment, _, rest = base64.b64decode(cursor, validate=True).decode().partition("||")
        position = (int(float(moment)), int(rest.rstrip("|")))
    except (binascii.Error, ValueError, OverflowError):
        raise coded(400, "InvalidCursor", "cursor is not valid") from None
    if max(number.bit_length() for number in position) > 62:
        raise coded(400, "InvalidCursor", "cursor is not valid")
    return position


_SAMPLED: dict[str, tuple[str, str, Callable[[Call, Doc], Doc]]] = {
    "tickets": (tickets.KIND, "tickets", lambda call, one: tickets.present(call.state, one, fields.book(call.state))),
    "users": (users.KIND, "users", lambda call, one: users.present(call.state, one)),
    "organizations": (organizations.KIND, "organizations", lambda call, one: organizations.present(call.state, one)),
}
ROUTES = [
    rule("GET", f"{_V2}/tickets/cursor", ticket_cursor, "admin"),
    rule("GET", f"{_V2}/tickets", tickets_by_time, "admin"),
    rule("GET", f"{_V2}/ticket_metric_events", metric_events, "admin"),
    rule("GET", f"{_V2}/users/cursor", user_cursor, "admin"),
    rule("GET", f"{_V2}/{{resource}}/sample", sample, "admin"),
    rule("GET", f"{_V2}/ticket_events", ticket_events, "admin"),
    rule("GET", f"{_V2}/organizations", organization_changes, "admin"),
    rule("GET", f"{_V2}/users", user_changes, "admin"),
]
