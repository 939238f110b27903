"""Endpoints of job statuses. Source: Zendesk API reference, Ticket Management > Job Statuses."""

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.errors import Refused, not_found
from zendesk_sync.sandbox.model import jobs
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/job_statuses"


def started(
    call: Call, kind: str, items: list[Doc], *, status: int = 200, headers: dict[str, str] | None = None
) -> Reply:
    """Queue a job and answer it, with the bucket of jobs in flight; 429 when there are too many."""
    try:
        job = jobs.start(call.state, items, actor=call.me, kind=kind)
    except Refused as refused:
        raise Refused(refused.status, refused.body, {**refused.headers, **_bucket(call)}) from None
    bucket = _bucket(call)
    return Reply({"job_status": jobs.present(call.state, job)}, status, {**(headers or {}), **bucket})


def _bucket(call: Call) -> dict[str, str]:
    limit = call.state.pace.jobs_at_once
    left = limit - len(jobs.active(call.state))
    return {"zendesk-ratelimit-inflight-jobs": f"total={limit}; remaining={left}; resets=60"}


def index(call: Call) -> Reply:
    found = [jobs.present(call.state, job) for job in jobs.remembered(call.state)]
    return Reply(paging.of(call, "job_statuses", found))


def show(call: Call) -> Reply:
    job = next(iter(jobs.known(call.state, [call.path["id"]])), None)
    if job is None:
        raise not_found()
    return Reply({"job_status": jobs.present(call.state, job)})


def show_many(call: Call) -> Reply:
    """At most 100 ids; the unknown and the forgotten are left out."""
    found = [jobs.present(call.state, job) for job in jobs.known(call.state, call.listed("ids"))]
    return Reply({"job_statuses": found, "next_page": None, "previous_page": None, "count": len(found)})


ROUTES = [
    rule("GET", _V2, index),
    rule("GET", f"{_V2}/show_many", show_many),
    rule("GET", f"{_V2}/{{id}}", show),
]
