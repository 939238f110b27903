"""Whatever a caller sends, the sandbox answers like Zendesk and never with a server fault."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import Clock, Sandbox
from zendesk_sync.sandbox.chaos import FAULTS
from zendesk_sync.sandbox.model import (
    automations,
    changes,
    custom_statuses,
    fields,
    groups,
    importing,
    organization_fields,
    organizations,
    trigger_categories,
    triggers,
    users,
    views,
)

_ODD = ("²", "\u0661", "9" * 30, "9" * 5_000)
"""Digits to `str.isdigit`, and yet no id: not to `int`, not ASCII, beyond 64 bits, too long for `int`."""
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9)
    | st.sampled_from(_ODD),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "value", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
_WEBHOOK_KEYS = {
    "name", "endpoint", "authentication", "custom_headers", "subscriptions", "http_method", "request_format", "status",
}  # fmt: skip
_WRITES = [
    ("POST", "tickets", "ticket", changes.CREATE_KEYS),
    ("PUT", "tickets/1", "ticket", changes.UPDATE_KEYS),
    ("PUT", "tickets/update_many?ids=1", "ticket", changes.BULK_KEYS),
    ("POST", "users", "user", users.WRITABLE),
    ("POST", "users/create_or_update", "user", users.WRITABLE),
    ("POST", "organizations", "organization", organizations.WRITABLE),
    ("POST", "ticket_fields", "ticket_field", fields.WRITABLE | {"type"}),
    ("POST", "organization_fields", "organization_field", organization_fields.WRITABLE | {"type", "key"}),
    ("POST", "triggers", "trigger", triggers.WRITABLE),
    ("POST", "automations", "automation", automations.WRITABLE),
    ("POST", "trigger_categories", "trigger_category", trigger_categories.WRITABLE),
    ("POST", "requests", "request", {"subject", "comment", "custom_fields"}),
    ("POST", "organization_memberships", "organization_membership", {"user_id", "organization_id"}),
    ("POST", "webhooks", "webhook", _WEBHOOK_KEYS),
    ("POST", "webhooks/test", "request", _WEBHOOK_KEYS - {"endpoint"} | {"payload"}),
    ("POST", "views", "view", views.WRITABLE),
    ("POST", "views/preview", "view", views.WRITABLE | {"columns", "group_by", "sort_by"}),
    ("POST", "custom_statuses", "custom_status", custom_statuses.WRITABLE | {"status_category"}),
    ("POST", "groups", "group", groups.WRITABLE),
    ("POST", "group_memberships", "group_membership", {"user_id", "group_id"}),
    ("POST", "ticket_forms", "ticket_form", {"name", "ticket_field_ids", "agent_conditions", "position", "active"}),
    ("POST", "user_fields", "user_field", organization_fields.WRITABLE | {"type", "key"}),
    ("POST", "imports/tickets", "ticket", importing.KEYS),
]
_STARTS: dict[str, dict[str, Any]] = {
    "ticket": {"comment": {"body": "x"}}, "user": {"name": "n", "email": "a@b.example"}, "organization": {"name": "n"},
    "ticket_field": {"title": "t"}, "organization_field": {"key": "k", "title": "t"},
    "automation": {
        "title": "t", "actions": [{"field": "status", "value": "open"}],
        "all": [{"field": "status", "operator": "is", "value": "new"}, {"field": "NEW", "operator": "is", "value": 1}],
    },
    "trigger": {"title": "t", "actions": [{"field": "priority", "value": "low"}]},
    "webhook": {"name": "n", "endpoint": "http://127.0.0.1:9/"}, "request": {"endpoint": "http://127.0.0.1:9/"},
    "view": {"title": "t", "all": [{"field": "status", "operator": "is", "value": "new"}]}, "group": {"name": "n"},
    "custom_status": {"agent_label": "l", "status_category": "open"}, "ticket_form": {"name": "n"},
    "user_field": {"key": "k", "title": "t"},
}  # fmt: skip


_READINGS = (
    "tickets",
    "tickets/1",
    "users",
    "organizations",
    "ticket_fields",
    "triggers",
    "job_statuses",
    "views",
    "search?query=n",
)
_PARAMETERS = (
    "ids", "page", "per_page", "page[size]", "page[after]", "sort", "start_time", "cursor", "include", "query",
    "sort_by",
)  # fmt: skip


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_write_breaks_the_server(shared: Desk, data: st.DataObject) -> None:
    """Any value in the place of any attribute is accepted, dropped or refused."""
    method, path, name, keys = data.draw(st.sampled_from(_WRITES))
    body: dict[str, Any] = dict(_STARTS.get(name, {}))
    body |= data.draw(st.dictionaries(st.sampled_from(sorted(keys)), _VALUES, max_size=3))
    answer = shared.call(method, path, {name: body})
    assert answer.status_code < 500, answer.text
    shared.advance(5)
    reading = data.draw(st.sampled_from(_READINGS))
    assert shared.call("GET", reading).status_code == 200


@given(query=st.text(max_size=12) | st.sampled_from(_ODD), name=st.sampled_from(_PARAMETERS))
@example("²", "ids")
@example("²", "page")
@example("²", "per_page")
@example("²", "page[size]")
@example("²", "start_time")
@example("9" * 5_000, "ids")
@example("WyJhIiwgbnVsbF0=", "page[after]")
@example("W1tb" * 4_000, "page[after]")
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_query_breaks_the_server(shared: Desk, query: str, name: str) -> None:
    """Any text in any query parameter is answered below 500."""
    for path in (
        "tickets",
        "tickets/show_many",
        "users/search",
        "incremental/tickets/cursor",
        "job_statuses/show_many",
        "search/export?filter[type]=ticket",
        "incremental/tickets",
        "views/count_many",
        "ticket_audits",
    ):
        place, _, fixed = path.partition("?")
        given = dict(pair.split("=") for pair in fixed.split("&") if pair)
        assert shared.call("GET", place, params={**given, name: query}).status_code < 500


@pytest.mark.parametrize("odd", _ODD)
def test_odd_digits_are_no_ids(shared: Desk, odd: str) -> None:
    """Wherever a number is read, what only looks like one is dropped or refused."""
    for name in ("assignee_id", "group_id", f"custom_fields_{odd}"):
        rule = {"title": "odd", "actions": [{"field": name, "value": odd}]}
        shared.call("POST", "triggers", {"trigger": rule}, status=422)
    acting = [{"field": "follower", "value": odd}, {"field": "brand_id", "value": odd}]
    shared.call("POST", "triggers", {"trigger": {"title": "odd", "actions": acting}}, status=201)
    given = {"custom_fields": [{"id": odd, "value": 1}], "comment": {"body": f"{{{{ticket.ticket_field_{odd}}}}}"}}
    ticket = shared.ticket(**given, subject="odd", external_id=odd)
    assert ticket["group_id"] is None
    assert shared.get("tickets/show_many", params={"ids": f"{odd},{ticket['id']}"})["count"] == 1
    assert shared.call("PUT", "tickets/update_many", {"tickets": [{"id": odd, "priority": "low"}]}).status_code == 400
    assert shared.call("PUT", f"tickets/update_many?ids={odd}", {"ticket": {"priority": "low"}}).status_code == 400
    for path in (f"tickets/{odd}", f"users/{odd}", f"/sandbox/../agent/tickets/{odd}"):
        assert shared.call("GET", path).status_code == 404
    token = {"grant_type": "client_credentials", "client_id": shared.sandbox.client_id, "expires_in": odd}
    token["client_secret"] = shared.sandbox.client_secret
    assert shared.call("POST", "/oauth/tokens", token).status_code == 400


def test_credentials_that_are_no_text_are_refused(shared: Desk) -> None:
    """Whatever stands behind `Basic` is an answer 401."""
    for value in ("é", "8J+Y", "%%%", "x"):
        headers = {b"authorization": b"Basic " + value.encode("latin-1")}
        assert shared.call("GET", "tickets", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "given",
    [
        {"http_method": []}, {"status": {}}, {"authentication": "x"}, {"custom_headers": ["x"]},
        {"authentication": {"type": "basic_auth", "data": "x"}}, {"custom_headers": {"x": 1}},
    ],
)  # fmt: skip
def test_a_webhook_of_nonsense_is_refused(shared: Desk, given: dict[str, Any]) -> None:
    """Attributes of the wrong kind are an answer 400, when it is made and when it is tested."""
    assert shared.call("POST", "webhooks", {"webhook": {**_STARTS["webhook"], **given}}).status_code == 400


@pytest.mark.parametrize("given", [{"endpoint": "http://127.0.0.1:99999999/"}, {"custom_headers": {"x": "ä"}}])
def test_a_webhook_that_cannot_be_called_is_a_refused_test(shared: Desk, given: dict[str, Any]) -> None:
    """An impossible address or header is an answer 400."""
    assert shared.call("POST", "webhooks/test", {"request": {**_STARTS["request"], **given}}).status_code == 400


def test_the_clock_ends_before_time_does(shared: Desk) -> None:
    """Moving on and on is refused at last, and everything still answers."""
    with Sandbox(clock=Clock(frozen=True)) as sandbox, Desk(sandbox).http as http:
        answers = [http.post("/sandbox/clock", json={"advance_seconds": 9.9e8}).status_code for _ in range(40)]
        assert answers == sorted(answers)
        assert (answers[0], answers[-1]) == (200, 400)
        assert http.get("/agent").status_code == 200


_STEERING = {
    "/sandbox/clock": ("advance_seconds", "set", "freeze", "run"),
    "/sandbox/chaos": ("seed", "rules"),
    "/sandbox/mail": ("from", "name", "subject", "body", "to", "ticket_id"),
    "/sandbox/tokens": ("user_id",),
    "/sandbox/webhooks": ("drop_next", "duplicate_next"),
}
_CHAOS = ("name", "fault", "method", "path", "probability", "count", "skip", "from", "until", "seconds", "retry_after")


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_command_breaks_the_server(shared: Desk, data: st.DataObject) -> None:
    """Any value in any command that steers the sandbox is taken or refused."""
    path = data.draw(st.sampled_from(sorted(_STEERING)))
    body = data.draw(st.dictionaries(st.sampled_from(_STEERING[path]), _VALUES, max_size=3))
    if path == "/sandbox/chaos":
        rule = data.draw(st.dictionaries(st.sampled_from(_CHAOS), _VALUES, max_size=4))
        body["rules"] = [{"fault": data.draw(st.sampled_from(sorted(FAULTS))), **rule, "path": "/nowhere"}]
    answer = shared.call("POST", path, body)
    assert answer.status_code < 500, answer.text
    shared.call("POST", "/sandbox/clock", {"freeze": True}, status=200)
    shared.call("DELETE", "/sandbox/chaos", status=204)
    shared.call("POST", "/sandbox/webhooks", {"drop_next": 0, "duplicate_next": 0}, status=200)


_CONTROLS = (
    "subject", "comment", "public", "tags", "was.tags", "custom_status_id", "was.custom_status_id", "priority",
    "was.priority", "type", "group_id", "assignee_id", "requester", "email", "next",
)  # fmt: skip


@given(form=st.dictionaries(st.sampled_from(_CONTROLS), st.text(max_size=9) | st.sampled_from(_ODD), max_size=5))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_form_breaks_the_agent_page(shared: Desk, form: dict[str, str]) -> None:
    """Any text in any control is written or refused, and the pages are still shown."""
    for path in ("/agent/tickets/1", "/agent/new", "/agent/act-as"):
        assert shared.http.post(path, data=form).status_code < 500
    shared.http.cookies.clear()
    for path in ("/agent", "/agent/tickets/1", "/agent/rules"):
        assert shared.http.get(path).status_code == 200
