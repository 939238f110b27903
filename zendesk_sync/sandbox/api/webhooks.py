"""Endpoints of webhooks. Source: Zendesk API reference, Webhooks."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import httpx

from zendesk_sync.sandbox import outgoing
from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.clock import parse_iso
from zendesk_sync.sandbox.errors import Refused, coded, not_found
from zendesk_sync.sandbox.model import event_types, triggers
from zendesk_sync.sandbox.model.deliveries import ATTEMPT, INVOCATION, TEST_SECRET, TRIGGER_EVENTS, WEBHOOK
from zendesk_sync.sandbox.model.values import text
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/webhooks"
_WRITABLE = frozenset({
    "name", "description", "status", "endpoint", "http_method", "request_format", "subscriptions",
    "authentication", "custom_headers",
})  # fmt: skip
_PER_MINUTE, _TESTS_PER_MINUTE = 100, 20
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_FORMATS = frozenset({"json", "xml", "form_encoded"})
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(milliseconds: int) -> str:
    """Return a new ULID: 48 bits of time and 80 of chance, in Crockford's base 32."""
    number = milliseconds << 80 | secrets.randbits(80)
    return "".join(_BASE32[number >> shift & 31] for shift in range(125, -1, -5))


def _find(call: Call) -> Doc:
    webhook = call.state.store.get(WEBHOOK, call.path["id"])
    if webhook is None:
        raise not_found()
    return webhook


def _present(webhook: Doc) -> Doc:
    """Return the webhook without its secrets."""
    shown = {name: value for name, value in webhook.items() if name not in {"secret", "authentication"}}
    authentication = webhook.get("authentication")
    if authentication:
        shown["authentication"] = {name: authentication.get(name) for name in ("type", "add_position")}
        if authentication.get("type") == "basic_auth":
            shown["authentication"]["data"] = {"username": (authentication.get("data") or {}).get("username")}
    return shown


def index(call: Call) -> Reply:
    """Cursor style; `filter[name_contains]`, `filter[status]`, `sort=[-]name|status`."""
    name, status = call.query("filter[name_contains]").lower(), call.query("filter[status]")
    found = [
        _present(webhook)
        for webhook in call.state.store.all(WEBHOOK)
        if name in webhook["name"].lower() and status in {"", webhook["status"]}
    ]
    sort = call.query("sort")
    if sort:
        if sort.removeprefix("-") not in {"name", "status"}:
            raise coded(400, "InvalidPaginationParameter", "sort is not valid")
        found.sort(key=lambda webhook: webhook[sort.removeprefix("-")].lower(), reverse=sort.startswith("-"))
    return _by_cursor(call, "webhooks", found)


def _by_cursor(call: Call, name: str, found: list[Doc]) -> Reply:
    """Answer in the cursor style, also where no size was asked for."""
    body = paging.of(call, name, found)
    if "meta" not in body:
        body = {name: body[name], "links": {"next": None, "prev": None}, "meta": {"has_more": False}}
    return Reply(body)


def show(call: Call) -> Reply:
    return Reply({"webhook": _present(_find(call))})


def create(call: Call) -> Reply:
    """201; only this answer may carry what was sent, never a secret."""
    now, me = call.state.now(), str(call.me["id"])
    source_id = call.query("clone_webhook_id")
    source = call.state.store.get(WEBHOOK, source_id) if source_id else {}
    if source is None:
        raise not_found()
    given = {**{name: source[name] for name in _WRITABLE & source.keys()}, **_given(call, optional=bool(source))}
    webhook: Doc = {
        "id": ulid(int(call.state.clock.timestamp() * 1000)), "name": "", "description": None, "status": "active",
        "subscriptions": [], "created_at": now, "created_by": me, "updated_at": now, "updated_by": me,
        "endpoint": "", "http_method": "POST", "request_format": "json",
        "secret": secrets.token_urlsafe(36),
    }  # fmt: skip
    _save(call, webhook | given)
    return Reply({"webhook": _present(webhook | given)}, 201)


def _given(call: Call, *, optional: bool = False) -> Doc:
    return permitted(call.json().get("webhook") or {} if optional else call.given("webhook"), _WRITABLE, "webhook")[0]


def _save(call: Call, webhook: Doc, former: Doc | None = None) -> None:
    _check(webhook)
    kinds = [TRIGGER_EVENTS in one["subscriptions"] for one in (former, webhook) if one and one["subscriptions"]]
    if len(set(kinds)) > 1:
        raise coded(400, "InvalidSubscriptions", "the kind of connection cannot be changed; make another webhook")
    webhook |= {"updated_at": call.state.now(), "updated_by": str(call.me["id"])}
    call.state.store.put(WEBHOOK, webhook["id"], webhook)


def _check(webhook: Doc) -> None:
    if not isinstance(webhook["name"], str) or not webhook["name"].strip():
        raise coded(400, "InvalidName", "name cannot be blank")
    _check_request(webhook)
    if text(webhook["status"]) not in {"active", "inactive"}:
        raise coded(400, "InvalidStatus", "status is not valid")
    if not str(webhook["endpoint"]).startswith(("http://", "https://")):
        raise coded(400, "InvalidEndpoint", "endpoint is not a valid address")
    subscriptions = webhook["subscriptions"]
    if not isinstance(subscriptions, list) or not all(isinstance(one, str) for one in subscriptions):
        raise coded(400, "InvalidSubscriptions", "subscriptions are not valid")
    if TRIGGER_EVENTS in subscriptions and len(subscriptions) > 1:
        raise coded(400, "InvalidSubscriptions", f"{TRIGGER_EVENTS} stands alone")
    unknown = next((one for one in subscriptions if one not in event_types.KNOWN | {TRIGGER_EVENTS}), None)
    if unknown is not None:
        raise coded(400, "InvalidSubscriptions", f"{unknown[:80]} is not a known event")
    events = bool(subscriptions) and TRIGGER_EVENTS not in subscriptions
    if events and (webhook["http_method"], webhook["request_format"]) != ("POST", "json"):
        raise coded(400, "InvalidRequestFormat", "a webhook that subscribes to events takes POST and json only")


def _check_request(webhook: Doc) -> None:
    """Refuse what no request can be made of."""
    if text(webhook["http_method"]) not in _METHODS or text(webhook["request_format"]) not in _FORMATS:
        raise coded(400, "InvalidRequestFormat", "http_method or request_format is not valid")
    authentication, custom = webhook.get("authentication") or {}, webhook.get("custom_headers") or {}
    if not isinstance(authentication, dict) or not isinstance(authentication.get("data") or {}, dict):
        raise coded(400, "InvalidAuthentication", "authentication is not valid")
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        raise coded(400, "InvalidCustomHeaders", "custom_headers are not valid")


def overwrite(call: Call) -> Reply:
    """204. Without `authentication` or `subscriptions` it drops them."""
    webhook = _find(call)
    webhook.pop("authentication", None)
    _save(call, {**webhook, "subscriptions": [], **_given(call)}, webhook)
    return Reply(status=204)


def patch(call: Call) -> Reply:
    """204; what is not sent stays."""
    webhook = _find(call)
    _save(call, {**webhook, **_given(call)}, webhook)
    return Reply(status=204)


def delete(call: Call) -> Reply:
    """204; refused while a trigger uses the webhook, as the product does not let go of one in use."""
    webhook = _find(call)
    used = {
        action["value"][0]
        for trigger in call.state.store.all(triggers.KIND)
        for action in trigger["actions"]
        if action["field"] == "notification_webhook"
    }
    if webhook["id"] in used:
        raise coded(400, "WebhookInUse", "The webhook is used by a trigger")
    call.state.store.delete(WEBHOOK, webhook["id"])
    return Reply(status=204)


def show_secret(call: Call) -> Reply:
    """`{"signing_secret": {"secret", "algorithm": "SHA256"}}`"""
    return Reply({"signing_secret": {"secret": _find(call)["secret"], "algorithm": "SHA256"}})


def reset_secret(call: Call) -> Reply:
    """201 and a new secret; the former one is void at once."""
    webhook = _find(call) | {"secret": secrets.token_urlsafe(36)}
    call.state.store.put(WEBHOOK, webhook["id"], webhook)
    return Reply({"signing_secret": {"secret": webhook["secret"], "algorithm": "SHA256"}}, 201)


def list_invocations(call: Call) -> Reply:
    """Newest first, of the last seven days; `filter[status]`, `filter[from_ts]`, `filter[to_ts]` (ISO 8601)."""
    status = call.query("filter[status]")
    edges = {name: parse_iso(call.query(f"filter[{name}]")) for name in ("from_ts", "to_ts")}
    for name, moment in edges.items():
        if moment is None and call.query(f"filter[{name}]"):
            raise coded(400, "InvalidFilter", f"filter[{name}] is not a time")
    found = [
        one
        for one in reversed(call.state.store.children(INVOCATION, _find(call)["id"]))
        if status in {"", one["status"]} and _lies_between(one, edges)
    ]
    return _by_cursor(call, "invocations", found)


def _lies_between(invocation: Doc, edges: dict[str, datetime | None]) -> bool:
    made = parse_iso(invocation["created_at"])
    first, last = edges["from_ts"], edges["to_ts"]
    return made is not None and (first is None or first <= made) and (last is None or made <= last)


def list_attempts(call: Call) -> Reply:
    """Oldest first: each request with its answer; credentials in it are hidden."""
    invocation = call.state.store.get(INVOCATION, call.path["invocation_id"])
    if invocation is None or invocation["webhook_id"] != _find(call)["id"]:
        raise not_found()
    return _by_cursor(call, "attempts", call.state.store.children(ATTEMPT, invocation["id"]))


async def test(call: Call) -> Reply:
    """`{"request": {…}}` -> `{"response": {"status", "headers", "payload"}}`, the endpoint called at once.

    A test of a webhook that exists is signed with its secret, any other with the public test secret.
    """
    headers = _use(call, "webhooks.test", _TESTS_PER_MINUTE)
    given = call.json().get("request")
    given = given if isinstance(given, dict) else {}
    known = call.state.store.get(WEBHOOK, call.query("webhook_id")) if call.query("webhook_id") else None
    if call.query("webhook_id") and known is None:
        raise not_found()
    webhook: Doc = {
        "id": ulid(int(call.state.clock.timestamp() * 1000)), "endpoint": "", "http_method": "POST",
        "request_format": "json", "secret": TEST_SECRET, **(known or {}),
    }  # fmt: skip
    webhook |= {name: given[name] for name in _WRITABLE & given.keys()}
    _check_request(webhook)
    number = str(call.state.store.next_number("invocation", 8_350_205_582))
    try:
        request = outgoing.build(call.state, webhook, given.get("payload", ""), number)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise coded(400, "InvalidRequest", "no HTTP request can be made of this") from None
    if request is None:
        raise coded(400, "InvalidEndpoint", "this local Zendesk calls loopback addresses only")
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.send(request)
    except httpx.HTTPError as fault:
        name = type(fault).__name__
        return Reply({"response": {"status": 0, "status_code": 0, "headers": [], "payload": name}}, 200, headers)
    told = [{"key": name, "value": value} for name, value in answer.headers.items()]
    code = answer.status_code
    body = {"response": {"status": code, "status_code": code, "headers": told, "payload": answer.text}}
    return Reply(body, 200, headers)


def _counted(handler: Callable[[Call], Reply]) -> Callable[[Call], Reply]:
    """The Webhooks API has a bucket of its own, told in the headers that elsewhere are the account's."""

    def counting(call: Call) -> Reply:
        headers = _use(call, "webhooks", _PER_MINUTE)
        reply = handler(call)
        return replace(reply, headers={**headers, **reply.headers})

    return counting


def _use(call: Call, name: str, total: int) -> dict[str, str]:
    left, resets, granted = call.state.traffic.use(name, total, 60, call.state.clock)
    headers = {
        "x-rate-limit": str(total), "x-rate-limit-remaining": str(left), "ratelimit-limit": str(total),
        "ratelimit-remaining": str(left), "ratelimit-reset": str(resets),
    }  # fmt: skip
    if call.state.pace.limits and not granted:
        body = {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"}
        raise Refused(429, body, {**headers, "retry-after": str(resets)})
    return headers


ROUTES = [
    rule("GET", _V2, _counted(index), "admin"),
    rule("POST", _V2, _counted(create), "admin"),
    rule("POST", f"{_V2}/test", test, "admin"),
    rule("GET", f"{_V2}/{{id}}", _counted(show), "admin"),
    rule("PUT", f"{_V2}/{{id}}", _counted(overwrite), "admin"),
    rule("PATCH", f"{_V2}/{{id}}", _counted(patch), "admin"),
    rule("DELETE", f"{_V2}/{{id}}", _counted(delete), "admin"),
    rule("GET", f"{_V2}/{{id}}/signing_secret", _counted(show_secret), "admin"),
    rule("POST", f"{_V2}/{{id}}/signing_secret", _counted(reset_secret), "admin"),
    rule("GET", f"{_V2}/{{id}}/invocations", _counted(list_invocations), "admin"),
    rule("GET", f"{_V2}/{{id}}/invocations/{{invocation_id}}/attempts", _counted(list_attempts), "admin"),
]
