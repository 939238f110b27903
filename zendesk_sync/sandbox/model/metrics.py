"""What is measured of a ticket: replies, reopens, stations, waiting times. Source: Zendesk API, Ticket Metrics.

There is no schedule here, so that business minutes are calendar minutes.
"""

from collections.abc import Iterator
from typing import Any

from zendesk_sync.sandbox.clock import parse_iso
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KEY = "metric"
_FIRST_ID = 4_000_000_000
_MOMENTS = (
    "assignee_updated_at", "requester_updated_at", "status_updated_at", "initially_assigned_at", "assigned_at",
    "solved_at", "latest_comment_added_at",
)  # fmt: skip
_COUNTS = ("group_stations", "assignee_stations", "reopens", "replies")
_WAITING = {
    "new": ("requester_wait",), "open": ("requester_wait",), "pending": ("agent_wait",),
    "hold": ("requester_wait", "on_hold"),
}  # fmt: skip


def blank() -> Doc:
    return {
        **dict.fromkeys(_MOMENTS), **dict.fromkeys(_COUNTS, 0), "first_reply_at": None, "first_solved_at": None,
        **dict.fromkeys(("requester_wait", "agent_wait", "on_hold"), 0),
    }  # fmt: skip


def of(ticket: Doc) -> Doc:
    """Return what was measured; of a ticket that was put in without, nothing but its own dates."""
    return {**blank(), "status_updated_at": ticket["created_at"], **(ticket.get(KEY) or {})}


def follow(ticket: Doc, before: Doc | None, *, actor: Doc, comment: Doc | None, by_staff: bool, moment: str) -> None:
    """Bring a ticket's measures up to date with one update, made by `actor` at `moment`.

    `by_staff` says whether the comment's author is an agent.
    """
    metric = of(ticket) if before is not None else blank()
    was: Doc = before or {"status": None, "assignee_id": None, "group_id": None}
    if actor["id"] == ticket["requester_id"]:
        metric["requester_updated_at"] = moment
    if actor["id"] == ticket["assignee_id"]:
        metric["assignee_updated_at"] = moment
    if ticket["assignee_id"] and ticket["assignee_id"] != was["assignee_id"]:
        metric["assignee_stations"] += 1
        metric["assigned_at"] = moment
        metric["initially_assigned_at"] = metric["initially_assigned_at"] or moment
    if ticket["group_id"] and ticket["group_id"] != was["group_id"]:
        metric["group_stations"] += 1
    if comment:
        metric["latest_comment_added_at"] = moment
        if comment["public"] and by_staff and before is not None:
            metric["replies"] += 1
            metric["first_reply_at"] = metric["first_reply_at"] or moment
    if ticket["status"] != was["status"]:
        _change_status(metric, was["status"], ticket["status"], moment)
    ticket[KEY] = metric


def _change_status(metric: Doc, was: str | None, now: str, moment: str) -> None:
    spent = _seconds(metric["status_updated_at"], moment)
    for name in _WAITING.get(was or "", ()):
        metric[name] += spent
    metric["status_updated_at"] = moment
    if was == "solved" and now != "closed":
        metric["reopens"] += 1
        metric["solved_at"] = None
    if now in {"solved", "closed"} and was != "solved":
        metric["solved_at"] = moment
        metric["first_solved_at"] = metric["first_solved_at"] or moment


def _seconds(start: str | None, end: str | None) -> int:
    began, ended = parse_iso(start or ""), parse_iso(end or "")
    return max(0, int((ended - began).total_seconds())) if began and ended else 0


def ticket_id(metric_id: int) -> int:
    """Return the ticket whose metrics have this id."""
    return metric_id - _FIRST_ID


def present(state: State, ticket: Doc) -> Doc:
    """Return `{"ticket_metric": …}`'s content."""
    metric, number = of(ticket), _FIRST_ID + ticket["id"]
    now = state.now()
    waits = {
        name: metric[name] + (_seconds(metric["status_updated_at"], now) if name in _running(ticket) else 0)
        for name in ("requester_wait", "agent_wait", "on_hold")
    }
    spans = {
        "reply": _span(ticket, metric["first_reply_at"]),
        "first_resolution": _span(ticket, metric["first_solved_at"]),
        "full_resolution": _span(ticket, metric["solved_at"]),
    }
    return {
        "url": state.url(f"ticket_metrics/{number}.json"), "id": number, "ticket_id": ticket["id"],
        "created_at": ticket["created_at"], "updated_at": ticket["updated_at"],
        **{name: metric[name] for name in (*_COUNTS, *_MOMENTS)},
        **{f"{name}_time_in_minutes": _minutes(seconds) for name, seconds in {**spans, **waits}.items()},
        "reply_time_in_seconds": {"calendar": spans["reply"]},
        "custom_status_updated_at": metric["status_updated_at"],
    }  # fmt: skip


def _running(ticket: Doc) -> tuple[str, ...]:
    return _WAITING.get(ticket["status"], ())


def _span(ticket: Doc, moment: str | None) -> int | None:
    return None if moment is None else _seconds(ticket["created_at"], moment)


def _minutes(seconds: int | None) -> Doc:
    minutes = None if seconds is None else seconds // 60
    return {"calendar": minutes, "business": minutes}


def dates(ticket: Doc) -> Doc:
    """Return what `include=dates` puts into a ticket."""
    metric = of(ticket)
    return {name: metric[name] for name in _MOMENTS}


def events(audit: Doc, ticket: Doc, mark: int) -> list[Doc]:
    """Return the metric events that one audit of a ticket means, as the incremental export tells them."""
    return [_event(audit, mark, place, *what) for place, what in enumerate(_told(audit, ticket))]


def _event(audit: Doc, mark: int, place: int, metric: str, kind: str) -> Doc:
    return {
        "id": audit["id"] * 10 + place, "ticket_id": audit["ticket_id"], "metric": metric, "instance_id": 1,
        "type": kind, "time": audit["created_at"], "timestamp": mark,
    }  # fmt: skip


def _told(audit: Doc, ticket: Doc) -> Iterator[tuple[str, str]]:
    metric = of(ticket)
    for event in audit["events"]:
        if event["type"] == "Comment" and metric["first_reply_at"] == audit["created_at"]:
            yield "reply_time", "fulfill"
        if event.get("field_name") != "status":
            continue
        if event["type"] == "Create":
            yield "reply_time", "activate"
        yield from _of_status(event.get("previous_value"), event["value"])


def _of_status(was: Any, now: Any) -> Iterator[tuple[str, str]]:
    """Agents work on new and open tickets; requesters wait on those and on held ones."""
    for name, counted in (("agent_work_time", {"new", "open"}), ("requester_wait_time", {"new", "open", "hold"})):
        if now in {"solved", "closed"} and was not in {"solved", "closed"}:
            yield name, "fulfill"
        elif now in counted and was not in counted:
            yield name, "activate"
        elif was in counted and now not in counted:
            yield name, "pause"
