"""The account through zenpy: our own records come out, and exactly these requests go out."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from tests.zendesk.stack import TOKEN, URL, sent
from zendesk_sync.errors import (
    AccessDenied,
    AnswerLost,
    ConfigurationError,
    CredentialsRejected,
    NotFound,
    RequestRejected,
    UnexpectedAnswer,
)
from zendesk_sync.zendesk.account import Account, ZenpyAccount
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.configuration import FieldOption

OPTIONS = [{"name": "01 p0 urgent", "value": "zs_p0"}, {"name": "02 p1 high", "value": "zs_p1"}]
FIELD = {
    "id": 360,
    "type": "tagger",
    "title": "Computed priority",
    "raw_title": "Computed priority",
    "key": None,
    "position": 9999,
    "active": True,
    "required": False,
    "regexp_for_validation": None,
    "removable": True,
    "editable_in_portal": False,
    "created_at": "2026-02-05T10:11:12Z",
    "custom_field_options": [{"id": 1, **OPTIONS[0], "raw_name": "x", "default": False}],
}
ORGANIZATION_FIELD = {"id": 9, "key": "zs_plan", "type": "dropdown", "title": "Plan", "position": None}
CONDITIONS = {"all": [{"field": "status", "operator": "less_than", "value": "solved"}], "any": []}
ACTIONS = [{"field": "notification_webhook", "value": ["01GQ", '{"ticket_id": "{{ticket.id}}"}']}]
TRIGGER = {
    "id": 35,
    "title": "zs: hint",
    "active": True,
    "category_id": "613",
    "position": 1,
    "conditions": CONDITIONS,
    "actions": ACTIONS,
}
WEBHOOK = {
    "id": "01GQ",
    "name": "zendesk_sync",
    "status": "active",
    "endpoint": "https://sync.example.com/z",
    "http_method": "POST",
    "request_format": "json",
    "subscriptions": ["conditional_ticket_events"],
    "authentication": {"type": "bearer_token", "add_position": "header"},
}
FORM = {"id": 5, "name": "Default", "active": True, "default": True, "ticket_field_ids": [1, 2]}
VIEW = {"id": 8, "title": "Queue", "conditions": CONDITIONS, "execution": {"group_by": 360}, "restriction": None}


def test_it_is_an_account(account: ZenpyAccount) -> None:
    """The implementation has the shape that the other rooms program against."""
    it: Account = account
    assert it is account


def test_me(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """Who we are comes back as our own record, asked with our credentials."""
    user = {"id": 7, "name": "Sync", "role": "admin", "email": "s@example.com", "user_fields": {"x": None}, "tags": []}
    route = router.get("/api/v2/users/me.json").mock(return_value=httpx.Response(200, json={"user": user}))
    me = account.me()
    assert (me.id, me.role, me.user_fields) == (7, "admin", {"x": None})
    request = route.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"].startswith("zendesk-sync/")


def test_nobody_in_particular(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """The anonymous user that Zendesk shows without valid credentials is a rejection."""
    user = {"id": None, "name": "Anonymous user", "role": "end-user"}
    router.get("/api/v2/users/me.json").mock(return_value=httpx.Response(200, json={"user": user}))
    with pytest.raises(CredentialsRejected, match="anonymous"):
        account.me()


def test_an_end_user_is_not_enough(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """A user who is neither agent nor admin is told so."""
    router.get("/api/v2/users/me.json").mock(
        return_value=httpx.Response(200, json={"user": {"id": 7, "role": "end-user"}})
    )
    with pytest.raises(AccessDenied, match="'end-user'"):
        account.me()


def test_ticket_fields_over_two_pages(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """All fields of all pages, with their options, as records; system options have no id."""
    system = {"name": "Low", "value": "low"}
    priority = {"id": 1, "type": "priority", "title": "Priority", "sub_type_id": 0, "system_field_options": [system]}
    path = "/api/v2/ticket_fields.json"
    router.get(path, params={"page": "2"}).mock(return_value=httpx.Response(200, json={"ticket_fields": [priority]}))
    router.get(path).mock(
        return_value=httpx.Response(
            200, json={"ticket_fields": [FIELD], "next_page": f"{URL}{path}?page=2", "count": 2}
        )
    )
    computed, system_priority = account.ticket_fields()
    assert computed.custom_field_options == (FieldOption(id=1, name="01 p0 urgent", value="zs_p0", raw_name="x"),)
    assert system_priority.system_field_options == (FieldOption(name="Low", value="low"),)
    assert (system_priority.sub_type_id, system_priority.active) == (0, True)


def test_webhooks_and_triggers_in_cursor_style(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """Cursor pages are followed, and string ids stay strings."""
    more = {"meta": {"has_more": True}, "links": {"next": f"{URL}/api/v2/webhooks?page[after]=x"}}
    router.get("/api/v2/webhooks", params={"page[after]": "x"}).mock(
        return_value=httpx.Response(200, json={"webhooks": [{**WEBHOOK, "id": "02"}], "meta": {"has_more": False}})
    )
    router.get("/api/v2/webhooks").mock(return_value=httpx.Response(200, json={"webhooks": [WEBHOOK], **more}))
    assert [hook.id for hook in account.webhooks()] == ["01GQ", "02"]
    router.get("/api/v2/triggers.json").mock(
        return_value=httpx.Response(200, json={"triggers": [TRIGGER], "meta": {"has_more": False}, "links": {}})
    )
    (trigger,) = account.triggers()
    assert trigger.conditions.all[0].value == "solved"
    assert trigger.actions[0].value == ACTIONS[0]["value"]
    assert trigger.category_id == "613"


def test_forms_views_and_organization_fields(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """The other lists come back as records as well."""
    for path, body in (
        ("/api/v2/ticket_forms.json", {"ticket_forms": [FORM]}),
        ("/api/v2/views.json", {"views": [VIEW], "meta": {"has_more": False}}),
        ("/api/v2/organization_fields.json", {"organization_fields": [ORGANIZATION_FIELD]}),
    ):
        router.get(path).mock(return_value=httpx.Response(200, json=body))
    assert account.ticket_forms()[0].ticket_field_ids == (1, 2)
    assert account.views()[0].execution == {"group_by": 360}
    assert account.organization_fields()[0].key == "zs_plan"


def test_trigger_definitions(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """What triggers may test, which zenpy cannot ask."""
    subject = {
        "subject": "current_user",
        "operators": [{"value": "is", "title": "Is", "terminal": False}],
        "values": [],
    }
    body = {"definitions": {"conditions_all": [subject], "conditions_any": [], "actions": []}}
    router.get("/api/v2/triggers/definitions").mock(return_value=httpx.Response(200, json=body))
    assert account.trigger_definitions().conditions_all[0].operators[0].value == "is"


WRITES: list[tuple[str, str, dict[str, Any], dict[str, Any], Callable[[ZenpyAccount], Any]]] = [
    (
        "POST",
        "/api/v2/ticket_fields.json",
        {"ticket_field": {"type": "tagger", "title": "Computed priority", "custom_field_options": OPTIONS}},
        {"ticket_field": FIELD},
        lambda a: a.create_ticket_field(
            {"type": "tagger", "title": "Computed priority", "custom_field_options": OPTIONS}
        ),
    ),
    (
        "PUT",
        "/api/v2/ticket_fields/360.json",
        {"ticket_field": {"id": 360, "active": False, "custom_field_options": [{"id": 1, **OPTIONS[0]}]}},
        {"ticket_field": FIELD},
        lambda a: a.update_ticket_field(360, {"active": False, "custom_field_options": [{"id": 1, **OPTIONS[0]}]}),
    ),
    (
        "POST",
        "/api/v2/ticket_fields/360/options.json",
        {"custom_field_option": OPTIONS[1]},
        {"custom_field_option": {"id": 2, **OPTIONS[1]}},
        lambda a: a.put_option(360, name="02 p1 high", value="zs_p1"),
    ),
    (
        "POST",
        "/api/v2/ticket_fields/360/options.json",
        {"custom_field_option": {"id": 2, **OPTIONS[1]}},
        {"custom_field_option": {"id": 2, **OPTIONS[1]}},
        lambda a: a.put_option(360, id=2, name="02 p1 high", value="zs_p1"),
    ),
    (
        "POST",
        "/api/v2/organization_fields.json",
        {
            "organization_field": {
                "key": "zs_plan",
                "title": "Plan",
                "type": "dropdown",
                "custom_field_options": OPTIONS,
            }
        },
        {"organization_field": ORGANIZATION_FIELD},
        lambda a: a.create_organization_field(
            {"key": "zs_plan", "title": "Plan", "type": "dropdown", "custom_field_options": OPTIONS}
        ),
    ),
    (
        "PUT",
        "/api/v2/organization_fields/9.json",
        {"organization_field": {"id": 9, "title": "Plan"}},
        {"organization_field": ORGANIZATION_FIELD},
        lambda a: a.update_organization_field(9, {"title": "Plan"}),
    ),
    (
        "PUT",
        "/api/v2/ticket_forms/5.json",
        {"ticket_form": {"id": 5, "ticket_field_ids": [3, 1, 2]}},
        {"ticket_form": FORM},
        lambda a: a.set_form_fields(5, (3, 1, 2)),
    ),
    (
        "POST",
        "/api/v2/webhooks",
        {"webhook": {key: value for key, value in WEBHOOK.items() if key != "id"}},
        {"webhook": WEBHOOK},
        lambda a: a.create_webhook({key: value for key, value in WEBHOOK.items() if key != "id"}),
    ),
    (
        "PATCH",
        "/api/v2/webhooks/01GQ",
        {"webhook": {"id": "01GQ", "endpoint": "https://new.example.com/z"}},
        {},
        lambda a: a.update_webhook("01GQ", {"endpoint": "https://new.example.com/z"}),
    ),
    (
        "POST",
        "/api/v2/triggers.json",
        {"trigger": {"title": "zs: hint", "category_id": "613", "conditions": CONDITIONS, "actions": ACTIONS}},
        {"trigger": TRIGGER},
        lambda a: a.create_trigger(
            {"title": "zs: hint", "category_id": "613", "conditions": CONDITIONS, "actions": ACTIONS}
        ),
    ),
    (
        "PUT",
        "/api/v2/triggers/35.json",
        {"trigger": {"id": 35, "active": False}},
        {"trigger": TRIGGER},
        lambda a: a.update_trigger(35, {"active": False}),
    ),
    (
        "POST",
        "/api/v2/views.json",
        {"view": {"title": "Queue", "all": CONDITIONS["all"], "output": {"columns": ["nice_id", 360]}}},
        {"view": VIEW},
        lambda a: a.create_view({"title": "Queue", "all": CONDITIONS["all"], "output": {"columns": ["nice_id", 360]}}),
    ),
    (
        "PUT",
        "/api/v2/views/8.json",
        {"view": {"id": 8, "restriction": None, "title": "Queue"}},
        {"view": VIEW},
        lambda a: a.update_view(8, {"restriction": None, "title": "Queue"}),
    ),
]


@pytest.mark.parametrize(("method", "path", "payload", "answer", "write"), WRITES)
def test_the_exact_payload_of_each_write(
    account: ZenpyAccount,
    router: respx.MockRouter,
    method: str,
    path: str,
    payload: dict[str, Any],
    answer: dict[str, Any],
    write: Callable[[ZenpyAccount], Any],
) -> None:
    """Each write puts exactly this on the wire, once, nulls included; a change in zenpy shows here first."""
    done = httpx.Response(200, json=answer) if answer else httpx.Response(204)
    route = router.route(method=method, path=path).mock(return_value=done)
    result = write(account)
    assert route.call_count == 1
    assert sent(route) == payload
    assert type(result).__module__.startswith("zendesk_sync.") or result is None


@pytest.mark.parametrize(
    ("path", "delete"),
    [
        ("/api/v2/ticket_fields/1", lambda a: a.delete_ticket_field(1)),
        ("/api/v2/organization_fields/1", lambda a: a.delete_organization_field(1)),
        ("/api/v2/webhooks/01GQ", lambda a: a.delete_webhook("01GQ")),
        ("/api/v2/triggers/1", lambda a: a.delete_trigger(1)),
        ("/api/v2/views/1", lambda a: a.delete_view(1)),
    ],
)
def test_deleting(
    account: ZenpyAccount, router: respx.MockRouter, path: str, delete: Callable[[ZenpyAccount], None]
) -> None:
    """Each deletion is one DELETE without a body."""
    route = router.delete(path).mock(return_value=httpx.Response(204))
    delete(account)
    assert route.calls[0].request.content == b""


def test_a_write_through_zenpy_is_not_repeated(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """A lost answer under zenpy is one call and AnswerLost, so no second trigger appears."""
    route = router.post("/api/v2/triggers.json").mock(side_effect=httpx.ReadTimeout)
    with pytest.raises(AnswerLost):
        account.create_trigger({"title": "x"})
    assert route.call_count == 1


def test_signing_secret(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """The secret is text as Zendesk gives it."""
    body = {"signing_secret": {"secret": "c2VjcmV0", "algorithm": "SHA256"}}
    router.get("/api/v2/webhooks/01GQ/signing_secret").mock(return_value=httpx.Response(200, json=body))
    assert account.signing_secret("01GQ") == "c2VjcmV0"


def test_refusals_are_ours(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """What Zendesk refuses under zenpy arrives as our exceptions with Zendesk's words."""
    body = {"error": "RecordInvalid", "description": "Bad", "details": {"title": [{"description": "Title: blank"}]}}
    router.post("/api/v2/triggers.json").mock(return_value=httpx.Response(422, json=body))
    with pytest.raises(RequestRejected, match="Title: blank"):
        account.create_trigger({"title": ""})
    router.put("/api/v2/triggers/1.json").mock(return_value=httpx.Response(404, json={"error": "RecordNotFound"}))
    with pytest.raises(NotFound):
        account.update_trigger(1, {"title": "x"})


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"[]", b'"x"', b"{}", b'{"users": []}', b'{"ticket_fields": [7]}', b'{"ticket_fields": 7}', b"null"],
)
def test_rubbish_under_zenpy(account: ZenpyAccount, router: respx.MockRouter, body: bytes) -> None:
    """Whatever zenpy trips over is one UnexpectedAnswer that quotes nothing."""
    router.get("/api/v2/ticket_fields.json").mock(return_value=httpx.Response(200, content=body))
    with pytest.raises(UnexpectedAnswer):
        account.ticket_fields()


def test_nothing_is_remembered(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """Two readings are two requests: zenpy's cache is off."""
    answer = httpx.Response(200, json={"ticket_fields": [FIELD]})
    route = router.get("/api/v2/ticket_fields.json").mock(return_value=answer)
    account.ticket_fields()
    account.ticket_fields()
    assert route.call_count == 2
    assert account._zenpy().cache.disabled


def test_one_zenpy_a_thread(account: ZenpyAccount) -> None:
    """Each thread has its own zenpy, since one must not be shared; a thread keeps its own."""
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(account._zenpy())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] is not found[1]
    assert account._zenpy() is account._zenpy()


@pytest.mark.parametrize("name", ["ZENPY_FORCE_SCHEME", "ZENPY_FORCE_NETLOC", "DEBUG_LOG"])
def test_dangerous_variables_are_refused(client: Client, name: str) -> None:
    """Variables that make zenpy log everything or call elsewhere stop the start, even when empty."""
    with pytest.raises(ConfigurationError, match=name):
        ZenpyAccount(client, environ={name: ""})


def test_zenpy_logs_no_bodies(account: ZenpyAccount) -> None:
    """zenpy's debug log, which holds whole answers, is off."""
    assert logging.getLogger("zenpy.lib.api").getEffectiveLevel() >= logging.INFO


def test_zenpy_stays_in_one_module() -> None:
    """No other module of the project imports zenpy, so it can be taken out in a day."""
    root = Path(__file__).parents[2]
    files = [*root.joinpath("zendesk_sync").rglob("*.py"), *root.joinpath("webhooks").rglob("*.py")]
    users = [
        file.name for file in files if re.search(r"^\s*(from|import) zenpy\b", file.read_text("utf-8"), re.MULTILINE)
    ]
    assert users == ["account.py"]
