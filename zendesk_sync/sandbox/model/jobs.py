"""Bulk updates as jobs: queued, working, completed, by the sandbox's clock; items apply while the job works.

Source: Zendesk API reference, Ticket Management > Job Statuses. Jobs live in the store and go on after a restart.
"""

import secrets
from datetime import UTC, datetime

from zendesk_sync.sandbox.errors import Refused, plain
from zendesk_sync.sandbox.model import changes, tickets, users
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "job"
_RUNNING = "running"
_KEPT_SECONDS = 24 * 3600
_SHOWN = ("id", "url", "job_type", "total", "progress", "status", "message", "results")


def present(state: State, job: Doc) -> Doc:
    return {**{name: job[name] for name in _SHOWN if name != "url"}, "url": state.url(f"job_statuses/{job['id']}.json")}


def active(state: State) -> list[Doc]:
    return state.store.children(KIND, _RUNNING)


def start(state: State, items: list[Doc], *, actor: Doc) -> Doc:
    """Queue one update of many tickets; each item carries the id of its ticket."""
    running = active(state)
    if len(running) >= state.pace.jobs_at_once:
        text = "Too many TicketBulkUpdateJobV2 jobs are currently queued or running. Try again later."
        refused = plain(429, "TooManyJobs", text, current_job_ids=[job["id"] for job in running])
        raise Refused(429, refused.body, {"Retry-After": "5"})
    job: Doc = {
        "id": f"V3-{secrets.token_hex(16)}", "job_type": "bulk_update_ticket", "total": len(items), "progress": None,
        "status": "queued", "message": None, "results": None,
        "items": items, "done": [], "actor_id": actor["id"], "started": state.clock.timestamp(),
    }  # fmt: skip
    _store(state, job)
    state.wake.set()
    return job


def advance(state: State) -> None:
    """Bring every job to where it has to be by now, and forget those of yesterday."""
    running = active(state)
    if not running:
        return
    with state.store.transaction():
        state.store.delete_older(KIND, state.seconds() - _KEPT_SECONDS)
        for job in running:
            _advance(state, job)


def moments(state: State) -> list[float]:
    """Return when the running jobs will be done, as Unix seconds."""
    whole = state.pace.job_queued + state.pace.job_working
    return [job["started"] + whole for job in active(state)]


def _advance(state: State, job: Doc) -> None:
    worked = state.clock.timestamp() - job["started"] - state.pace.job_queued
    if worked < 0:
        return
    share = 1.0 if state.pace.job_working <= 0 else min(1.0, worked / state.pace.job_working)
    due = int(job["total"] * share)
    if job["status"] == "working" and due == len(job["done"]) and share < 1.0:
        return
    job["status"] = "working"
    for item in job["items"][len(job["done"]) : due]:
        job["done"].append(_apply(state, job, item))
    job["progress"] = len(job["done"])
    if share >= 1.0:
        moment = datetime.fromtimestamp(state.clock.timestamp(), UTC)
        job |= {
            "status": "completed",
            "message": f"Completed at {moment:%Y-%m-%d %H:%M:%S} +0000",
            "results": job["done"],
        }
    _store(state, job)


def _apply(state: State, job: Doc, item: Doc) -> Doc:
    """Apply one item; return its result. A refused item leaves its ticket alone and the rest of the job at work."""
    number = item["id"]
    ticket = tickets.find(state, number)
    actor = users.get(state, job["actor_id"])
    if ticket is None or actor is None:
        return _failure(number, "TicketNotFound", "Ticket not found")
    # One ticket twice in a batch: the order is undefined and one may collide; here the later one always does.
    if any(result["id"] == number for result in job["done"]):
        return _failure(number, "DatabaseConflict", "Database collision")
    struck = state.chaos.job_item(state.clock.timestamp(), number)
    if struck:
        return _failure(number, struck.error, struck.details)
    try:
        with state.store.transaction():
            changes.update_in_bulk(state, ticket, item, actor=actor)
    except Refused as refused:
        details = refused.body.get("details") or {}
        texts = [detail["description"] for found in details.values() for detail in found]
        return _failure(number, "TicketUpdateFailed", " ".join(texts) or str(refused.body.get("description")))
    return {"action": "update", "id": number, "status": "Updated", "success": True}


def _failure(number: object, error: str, details: str) -> Doc:
    return {
        "action": "update",
        "id": number,
        "status": "Failed",
        "success": False,
        "error": error,
        "details": details,
    }


def _store(state: State, job: Doc) -> None:
    parent = _RUNNING if job["status"] in {"queued", "working"} else "ended"
    state.store.put(KIND, job["id"], job, parent=parent, mark=int(job["started"]))
