"""Endpoints that write tickets. Source: Zendesk API reference, Ticketing > Tickets."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from zendesk_sync.sandbox.api import jobs
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.api.ticket_reading import find, told
from zendesk_sync.sandbox.errors import forbidden, plain, too_many_values
from zendesk_sync.sandbox.model import changes, comments, coupling, deletion, importing, users
from zendesk_sync.sandbox.model.values import integer_or_none, integers, text_or_none
from zendesk_sync.sandbox.store import Doc

V2 = "/api/v2"
_IDEMPOTENCY = "idempotency"
_REMEMBERED_SECONDS = 2 * 3600
_LONGEST_KEY = 255
_MANY = 100
_PARTS = {"comment": comments.KEYS}


def create(call: Call) -> Reply:
    """201 `{"ticket", "audit"}` and `Location`; `?async=true` 202 and a job.

    End users have `POST /requests` for it, and a light agent creates no tickets.
    """
    _refuse_light(call)
    if call.asks("async"):
        given, headers = permitted(call.given("ticket"), changes.CREATE_KEYS, "ticket", _PARTS)
        return jobs.started(call, "create", [given], status=202, headers=headers)
    key = call.request.headers.get("idempotency-key")
    return _create(call) if key is None else _create_once(call, key)


def _create_once(call: Call, key: str) -> Reply:
    """Answer a key that is known with what it was answered before, for two hours."""
    if not 0 < len(key) <= _LONGEST_KEY:
        raise plain(400, "IdempotentRequestError", f"The idempotency key must have 1 to {_LONGEST_KEY} characters")
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
    given, headers = permitted(call.given("ticket"), changes.CREATE_KEYS, "ticket", _PARTS)
    ticket, audit = changes.create(call.state, given, actor=call.me)
    # The real create answer carries 0 here, as the timestamp is set behind it.
    shown = told(call, [ticket])[0][0] | {"generated_timestamp": 0}
    return Reply({"ticket": shown, "audit": audit}, 201, {"location": shown["url"], **headers})


def update(call: Call) -> Reply:
    """200 `{"ticket", "audit"}`; the audit is the last one, maybe an older one, when nothing changed.

    `additional_tags` and `remove_tags` are ignored: they are documented for many tickets at once only.
    """
    given, headers = permitted(call.given("ticket"), _allowed(call, changes.UPDATE_KEYS), "ticket", _PARTS)
    if not given:
        _refuse_light(call)
    ticket, audit = changes.update(call.state, find(call), given, actor=call.me)
    return Reply({"ticket": told(call, [ticket])[0][0], "audit": audit}, 200, headers)


def _allowed(call: Call, keys: Iterable[str]) -> set[str]:
    """Return what this user may write: a light agent comments and does nothing else."""
    return {"comment", "metadata"} & set(keys) if users.is_light(call.me) else set(keys)


def _refuse_light(call: Call) -> None:
    if users.is_light(call.me):
        raise forbidden()


def create_many(call: Call) -> Reply:
    """200 and a queued job; at most 100 tickets."""
    _refuse_light(call)
    cleaned = [permitted(item, changes.CREATE_KEYS, "ticket", _PARTS) for item in _items(call)]
    headers = next((headers for _, headers in cleaned if headers), {})
    return jobs.started(call, "create", [item for item, _ in cleaned], headers=headers)


def put_in(call: Call) -> Reply:
    """`POST /imports/tickets`: 201; `archive_immediately=true` archives a closed one."""
    given, headers = permitted(call.given("ticket"), importing.KEYS, "ticket")
    ticket = importing.put_in(call.state, given, actor=call.me, archive=call.asks("archive_immediately"))
    shown = told(call, [ticket])[0][0]
    return Reply({"ticket": shown}, 201, {"location": shown["url"], **headers})


def _items(call: Call) -> list[Doc]:
    given = call.json().get("tickets")
    items = [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    if len(items) > _MANY:
        raise too_many_values()
    if not items:
        raise plain(400, "BadRequest", "No tickets are named")
    return items


def update_many(call: Call) -> Reply:
    """200 and a queued job, for `?ids=1,2` with one `ticket`, or for `tickets` with an id each; at most 100."""
    _refuse_light(call)
    if "tickets" in call.json():
        items = [item for item in _items(call) if _is_id(item.get("id"))]
    else:
        items = [{**call.given("ticket"), "id": number} for number in call.ids()]
    if not items:
        raise plain(400, "BadRequest", "No tickets are named")
    cleaned = [
        permitted({**item, "id": integer_or_none(item["id"])}, changes.BULK_KEYS, "ticket", _PARTS) for item in items
    ]
    headers = next((headers for _, headers in cleaned if headers), {})
    return jobs.started(call, "update", [item for item, _ in cleaned], headers=headers)


def _is_id(value: Any) -> bool:
    number = integer_or_none(value)
    return number is not None and number >= 0


def merge(call: Call) -> Reply:
    """200 and a job that merges the tickets of `ids` into this one."""
    _refuse_light(call)
    target, given = find(call), call.json()
    sources = integers(given.get("ids"))
    if not sources:
        raise plain(400, "BadRequest", "No tickets are named")
    comments = {name: text_or_none(given.get(name)) for name in ("target_comment", "source_comment")}
    public = {f"{name}_is_public": bool(given.get(f"{name}_is_public", False)) for name in comments}
    items = [{"id": number, "target_id": target["id"], **comments, **public} for number in sources]
    return jobs.started(call, "merge", items)


def delete(call: Call) -> Reply:
    """204, soft: gone from reads, `status: deleted` in the incremental export."""
    deletion.soft(call.state, find(call), actor=call.me)
    return Reply(status=204)


def destroy_many(call: Call) -> Reply:
    """200 and a job that deletes up to 100 tickets softly."""
    return jobs.started(call, "delete", [{"id": number} for number in call.ids()])


def _deleted(call: Call) -> Doc:
    ticket = deletion.deleted(call.state, call.path["id"])
    if ticket is None:
        raise plain(404, "RecordNotFound", "Not found")
    return ticket


def restore(call: Call) -> Reply:
    """200 and no body."""
    deletion.restore(call.state, _deleted(call), actor=call.me)
    return Reply()


def restore_many(call: Call) -> Reply:
    """200; ids of tickets that are not deleted are passed over."""
    for ticket in (deletion.deleted(call.state, number) for number in call.ids()):
        if ticket:
            deletion.restore(call.state, ticket, actor=call.me)
    return Reply()


def purge(call: Call) -> Reply:
    """200 and a job that deletes one deleted ticket for good."""
    return jobs.started(call, "purge", [{"id": _deleted(call)["id"]}])


def purge_many(call: Call) -> Reply:
    return jobs.started(call, "purge", [{"id": number} for number in call.ids()])


def list_tags(call: Call) -> Reply:
    return Reply({"tags": find(call)["tags"]})


def _write_tags(how: Any, status: int) -> Callable[[Call], Reply]:
    def handler(call: Call) -> Reply:
        _refuse_light(call)
        tags = changes.edit_tags(call.state, find(call), call.json(), how, actor=call.me)
        return Reply({"tags": tags}, status)

    return handler


_ONE = f"{V2}/tickets/{{id:int}}"
_GONE = f"{V2}/deleted_tickets"
ROUTES = [
    rule("POST", f"{V2}/tickets", create),
    rule("POST", f"{V2}/tickets/create_many", create_many),
    rule("POST", f"{V2}/imports/tickets", put_in, "admin"),
    rule("PUT", f"{V2}/tickets/update_many", update_many),
    rule("DELETE", f"{V2}/tickets/destroy_many", destroy_many, "admin"),
    rule("PUT", _ONE, update),
    rule("DELETE", _ONE, delete, "admin"),
    rule("POST", f"{_ONE}/merge", merge),
    rule("GET", f"{_ONE}/tags", list_tags),
    rule("PUT", f"{_ONE}/tags", _write_tags(coupling.add_tags, 200)),
    rule("POST", f"{_ONE}/tags", _write_tags(coupling.replace_tags, 201)),
    rule("DELETE", f"{_ONE}/tags", _write_tags(coupling.remove_tags, 200)),
    rule("PUT", f"{_GONE}/restore_many", restore_many, "admin"),
    rule("DELETE", f"{_GONE}/destroy_many", purge_many, "admin"),
    rule("PUT", f"{_GONE}/{{id:int}}/restore", restore, "admin"),
    rule("DELETE", f"{_GONE}/{{id:int}}", purge, "admin"),
]
