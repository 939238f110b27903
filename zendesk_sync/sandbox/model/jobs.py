"""Bulk work as jobs: queued, working, completed, by the sandbox's clock; items apply while the job works.

Source: Zendesk API reference, Ticket Management > Job Statuses. Jobs live in the store and go on after a restart.
"""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from zendesk_sync.sandbox.errors import Refused, plain
from zendesk_sync.sandbox.model import job_kinds, users
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


def remembered(state: State) -> list[Doc]:
    """Return the jobs of the last day."""
    return [job for job in state.store.all(KIND) if _is_remembered(state, job)]


def known(state: State, ids: Iterable[object]) -> list[Doc]:
    """Return those of these jobs that are not forgotten yet."""
    return [job for job in state.store.many(KIND, ids) if _is_remembered(state, job)]


def _is_remembered(state: State, job: Doc) -> bool:
    return bool(job["started"] > state.clock.timestamp() - _KEPT_SECONDS)


def start(state: State, items: list[Doc], *, actor: Doc, kind: str = "update") -> Doc:
    """Queue one piece of work on many records; `kind` names one of `job_kinds.KINDS`.

    Raises:
        Refused: 429 when as many jobs as the account may have are queued or running.
    """
    running = active(state)
    work = job_kinds.KINDS[kind]
    if len(running) >= state.pace.jobs_at_once:
        text = f"Too many {work.name} jobs are currently queued or running. Try again later."
        refused = plain(429, "TooManyJobs", text, current_job_ids=[job["id"] for job in running])
        raise Refused(429, refused.body, {"Retry-After": "5"})
    job: Doc = {
        "id": f"V3-{secrets.token_hex(16)}", "job_type": work.job_type, "kind": kind, "total": len(items),
        "progress": None, "status": "queued", "message": None, "results": None,
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
    work = job_kinds.KINDS[job.get("kind", "update")]
    actor = users.get(state, job["actor_id"])
    for place in range(len(job["done"]), due):
        job["done"].append(_apply(state, job, work, actor, place))
    job["progress"] = len(job["done"])
    if share >= 1.0:
        moment = datetime.fromtimestamp(state.clock.timestamp(), UTC)
        failed = work.fails_whole and job["done"] and not any("error" not in result for result in job["done"])
        job |= {
            "status": "failed" if failed else "completed",
            "message": f"Completed at {moment:%Y-%m-%d %H:%M:%S} +0000",
            "results": job["done"],
        }
    _store(state, job)


def _apply(state: State, job: Doc, work: job_kinds.Work, actor: Doc | None, place: int) -> Doc:
    """Apply one item; return its result. A refused item leaves its record alone and the rest of the job at work."""
    item = job["items"][place]
    # One ticket twice in a batch: the order is undefined and one may collide; here the later one always does.
    twice = work.once and any(other["id"] == item["id"] for other in job["items"][:place])
    if actor is None:
        return job_kinds.failure(work, item, place, "PermissionDenied", "The user is gone")
    if twice:
        return job_kinds.failure(work, item, place, "DatabaseConflict", "Database collision")
    struck = state.chaos.job_item(state.clock.timestamp(), item["id"]) if work.action == "update" else None
    if struck:
        return job_kinds.failure(work, item, place, struck.error, struck.details)
    try:
        with state.store.transaction():
            return work.run(state, item, actor, place)
    except Refused as refused:
        return job_kinds.failure(work, item, place, *job_kinds.reason(work, refused))


def _store(state: State, job: Doc) -> None:
    parent = _RUNNING if job["status"] in {"queued", "working"} else "ended"
    state.store.put(KIND, job["id"], job, parent=parent, mark=int(job["started"]))
