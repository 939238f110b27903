"""Endpoints of tickets and end users' requests. Source: Zendesk API reference, Ticketing > Tickets, Requests."""

import hashlib
from typing import Any

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import not_found, plain, too_many_values
from zendesk_sync.sandbox.model import changes, comments, coupling, fields, jobs, ticket_events, tickets, users
from zendesk_sync.sandbox.model.values import integer_or_none
from zendesk_sync.sandbox.store import Doc

V2 = "/api/v2"
_IDEMPOTENCY = "idempotency"
_REMEMBERED_SECONDS = 2 * 3600
_REQUEST_SHOWN = (
    "id", "status", "priority", "type", "subject", "description", "requester_id", "organization_id", "via",
    "created_at", "updated_at", "is_public",
)  # fmt: skip
_REQUEST_KEYS = frozenset({"subject", "comment", "custom_fields", "requester", "priority", "type", "status", "solved"})


def find(call: Call) -> Doc:
    ticket = tickets.find(call.state, call.path["id"])
    if ticket is None:
        raise not_found()
    return ticket


def _show(call: Call, ticket: Doc) -> Doc:
    return tickets.present(call.state, ticket, fields.book(call.state))


def _many(call: Call, ids: list[Any]) -> list[Doc]:
    book = fields.book(call.state)
    found = (tickets.find(call.state, number) for number in dict.fromkeys(ids))
    return [tickets.present(call.state, ticket, book) for ticket in found if ticket]


def show(call: Call) -> Reply:
    """`{"ticket": {…}}`; `include=users,groups,organizations` adds sibling lists, `comment_count` goes inside."""
    ticket = find(call)
    shown = _show(call, ticket)
    include = call.words("include")
    if "comment_count" in include:
        shown["comment_count"] = ticket["comment_count"]
    return Reply({"ticket": shown, **tickets.side_loads(call.state, [ticket], include)})


def show_many(call: Call) -> Reply:
    """`?ids=1,2` with at most 100 ids: `{"tickets": […]}`. Unknown and deleted ones are left out."""
    found = _many(call, call.ids())
    extra = tickets.side_loads(call.state, found, call.words("include"))
    return Reply({"tickets": found, **extra, "next_page": None, "previous_page": None, "count": len(found)})


def index(call: Call) -> Reply:
    """Both pagination styles; the cursor style sorts on `updated_at`, `id` or `status` only."""
    by_cursor = "page[size]" in call.request.query_params
    sortable = ("updated_at", "id", "status") if by_cursor else ("updated_at", "created_at", "id", "status", "priority")
    name, descending = paging.sorting(call, sortable)
    wanted = {key: call.path["id"] for key in call.path if key == "id"}
    owner = "organization_id" if "/organizations/" in call.request.url.path else "requester_id"
    rows = [
        ("" if value is None else value, key)
        for key, value, deleted, owned, external in call.state.store.index(
            tickets.KIND, name, "deleted", owner, "external_id"
        )
        if not deleted
        and (not wanted or owned == wanted["id"])
        and (not call.query("external_id") or external == call.query("external_id"))
    ]
    rows.sort(reverse=descending)
    body, found = paging.page(call, "tickets", rows, lambda ids: _many(call, ids))
    return Reply({**body, **tickets.side_loads(call.state, found, call.words("include"))})


def create(call: Call) -> Reply:
    """201 `{"ticket", "audit"}` and `Location`; an end user can say less and is always the requester."""
    key = call.request.headers.get("idempotency-key")
    if key is None:
        return _create(call)
    digest = hashlib.sha256(call.raw).hexdigest()
    store = call.state.store
    store.delete_older(_IDEMPOTENCY, call.state.seconds() - _REMEMBERED_SECONDS)
    known = store.get(_IDEMPOTENCY, key)
    if known is None:
        reply = _create(call)
        stored = {"digest": digest, "body": reply.body, "headers": reply.headers}
        store.put(_IDEMPOTENCY, key, stored, mark=call.state.seconds())
        return Reply(reply.body, 201, {**reply.headers, "x-idempotency-lookup": "miss"})
    if known["digest"] != digest:
        text = "Request parameters don't match the given idempotency key"
        raise plain(400, "IdempotentRequestError", text)
    return Reply(known["body"], 201, {**known["headers"], "x-idempotency-lookup": "hit"})


def _create(call: Call) -> Reply:
    given, headers = permitted(call.given("ticket"), changes.CREATE_KEYS, "ticket")
    if not users.is_staff(call.me):
        given, channel = _as_end_user(call, given), "web"
    else:
        channel = "api"
    ticket, audit = changes.create(call.state, given, actor=call.me, channel=channel)
    # The real create answer carries 0 here, as the timestamp is set behind it.
    shown = _show(call, ticket) | {"generated_timestamp": 0}
    return Reply({"ticket": shown, "audit": audit}, 201, {"location": shown["url"], **headers})


def _as_end_user(call: Call, given: Doc) -> Doc:
    """Keep what an end user may set: subject, comment, and the fields that can be edited in the portal."""
    editable = {field["id"]: field for field in call.state.store.all(fields.KIND) if field["editable_in_portal"]}
    kinds = {field["type"] for field in editable.values()}
    kept: Doc = {name: given[name] for name in ("subject", "comment", "description") if name in given}
    if "priority" in kinds and "priority" in given:
        kept["priority"] = given["priority"]
    values = given.get("custom_fields")
    if isinstance(values, list):
        given_ids = [value for value in values if isinstance(value, dict) and _is_id(value.get("id"))]
        kept["custom_fields"] = [value for value in given_ids if value["id"] in editable]
    return kept


def update(call: Call) -> Reply:
    """200 `{"ticket", "audit"}`; the audit is the last one, maybe an older one, when nothing changed.

    `additional_tags` and `remove_tags` are ignored: they are documented for many tickets at once only.
    """
    given, headers = permitted(call.given("ticket"), changes.UPDATE_KEYS, "ticket")
    ticket, audit = changes.update(call.state, find(call), given, actor=call.me)
    return Reply({"ticket": _show(call, ticket), "audit": audit}, 200, headers)


def update_many(call: Call) -> Reply:
    """200 and a queued job, for `?ids=1,2` with one `ticket`, or for `tickets` with an id each; at most 100."""
    body = call.json()
    if "tickets" in body:
        given = body["tickets"] if isinstance(body["tickets"], list) else []
        items = [item for item in given if isinstance(item, dict) and _is_id(item.get("id"))]
    else:
        items = [{**call.given("ticket"), "id": number} for number in call.ids()]
    if len(items) > 100:
        raise too_many_values()
    if not items:
        raise plain(400, "BadRequest", "No tickets are named")
    cleaned = [permitted({**item, "id": integer_or_none(item["id"])}, changes.BULK_KEYS, "ticket") for item in items]
    headers = next((headers for _, headers in cleaned if headers), {})
    job = jobs.start(call.state, [item for item, _ in cleaned], actor=call.me)
    left, limit = call.state.pace.jobs_at_once - len(jobs.active(call.state)), call.state.pace.jobs_at_once
    bucket = {"zendesk-ratelimit-inflight-jobs": f"total={limit}; remaining={left}; resets=60"}
    return Reply({"job_status": jobs.present(call.state, job)}, 200, {**headers, **bucket})


def _is_id(value: Any) -> bool:
    number = integer_or_none(value)
    return number is not None and number >= 0


def delete(call: Call) -> Reply:
    """204, soft: gone from reads, `status: deleted` in the incremental export."""
    ticket = find(call)
    ticket |= {"deleted": True, "updated_at": call.state.now()}
    tickets.store(call.state, ticket)
    ticket_events.happened(call.state, ticket, call.me, [("soft_deleted", {})])
    return Reply(status=204)


def list_tags(call: Call) -> Reply:
    return Reply({"tags": find(call)["tags"]})


def _write_tags(how: Any, status: int) -> Any:
    def handler(call: Call) -> Reply:
        tags = changes.edit_tags(call.state, find(call), call.json(), how, actor=call.me)
        return Reply({"tags": tags}, status)

    return handler


def _request(ticket: Doc) -> Doc:
    return {**{name: ticket[name] for name in _REQUEST_SHOWN}, "custom_fields": []}


def _own(call: Call) -> Doc:
    ticket = find(call)
    if ticket["requester_id"] != call.me["id"]:
        raise not_found()
    return ticket


def list_requests(call: Call) -> Reply:
    mine = call.state.store.children(tickets.KIND, call.me["id"])
    return Reply(paging.of(call, "requests", [_request(ticket) for ticket in mine if not ticket["deleted"]]))


def show_request(call: Call) -> Reply:
    return Reply({"request": _request(_own(call))})


def create_request(call: Call) -> Reply:
    """An end user asks for help by web form: 201 `{"request": {…}}`."""
    given, headers = permitted(call.given("request"), _REQUEST_KEYS, "request")
    ticket, _ = changes.create(call.state, _as_end_user(call, given), actor=call.me, channel="web")
    location = call.state.url(f"requests/{ticket['id']}.json")
    return Reply({"request": _request(ticket)}, 201, {"location": location, **headers})


def update_request(call: Call) -> Reply:
    """An end user answers: only a public comment counts."""
    given, headers = permitted(call.given("request"), _REQUEST_KEYS, "request")
    comment = given.get("comment")
    if comments.is_blank(comment):
        return Reply({"request": _request(_own(call))}, 200, headers)
    body = {"body": comment} if isinstance(comment, str) else {**(comment or {}), "public": True, "author_id": None}
    ticket, _ = changes.update(call.state, _own(call), {"comment": body}, actor=call.me, channel="web")
    return Reply({"request": _request(ticket)}, 200, headers)


def _jobs(call: Call, found: list[Doc]) -> list[Doc]:
    return [jobs.present(call.state, job) for job in found]


def list_jobs(call: Call) -> Reply:
    return Reply(paging.of(call, "job_statuses", _jobs(call, call.state.store.all(jobs.KIND))))


def show_job(call: Call) -> Reply:
    job = call.state.store.get(jobs.KIND, call.path["id"])
    if job is None:
        raise not_found()
    return Reply({"job_status": jobs.present(call.state, job)})


def show_many_jobs(call: Call) -> Reply:
    found = _jobs(call, call.state.store.many(jobs.KIND, call.listed("ids")))
    return Reply({"job_statuses": found, "next_page": None, "previous_page": None, "count": len(found)})


ROUTES = [
    rule("GET", f"{V2}/tickets", index),
    rule("POST", f"{V2}/tickets", create, "user"),
    rule("GET", f"{V2}/tickets/show_many", show_many),
    rule("PUT", f"{V2}/tickets/update_many", update_many),
    rule("GET", f"{V2}/tickets/{{id:int}}", show),
    rule("PUT", f"{V2}/tickets/{{id:int}}", update),
    rule("DELETE", f"{V2}/tickets/{{id:int}}", delete),
    rule("GET", f"{V2}/tickets/{{id:int}}/tags", list_tags),
    rule("PUT", f"{V2}/tickets/{{id:int}}/tags", _write_tags(coupling.add_tags, 200)),
    rule("POST", f"{V2}/tickets/{{id:int}}/tags", _write_tags(coupling.replace_tags, 201)),
    rule("DELETE", f"{V2}/tickets/{{id:int}}/tags", _write_tags(coupling.remove_tags, 200)),
    rule("GET", f"{V2}/organizations/{{id:int}}/tickets", index),
    rule("GET", f"{V2}/users/{{id:int}}/tickets/requested", index),
    rule("GET", f"{V2}/requests", list_requests, "user"),
    rule("POST", f"{V2}/requests", create_request, "user"),
    rule("GET", f"{V2}/requests/{{id:int}}", show_request, "user"),
    rule("PUT", f"{V2}/requests/{{id:int}}", update_request, "user"),
    rule("GET", f"{V2}/job_statuses", list_jobs),
    rule("GET", f"{V2}/job_statuses/show_many", show_many_jobs),
    rule("GET", f"{V2}/job_statuses/{{id}}", show_job),
]
