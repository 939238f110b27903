"""Whatever a caller sends, the sandbox answers like Zendesk and never with a server fault."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import Clock, Sandbox
from zendesk_sync.sandbox.model import changes, fields, organization_fields, organizations, triggers, users

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "value", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
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
    ("POST", "requests", "request", {"subject", "comment", "custom_fields"}),
    ("POST", "organization_memberships", "organization_membership", {"user_id", "organization_id"}),
    ("POST", "webhooks", "webhook", {"name", "endpoint", "authentication", "custom_headers", "subscriptions"}),
]
_STARTS: dict[str, dict[str, Any]] = {
    "ticket": {"comment": {"body": "x"}}, "user": {"name": "n", "email": "a@b.example"}, "organization": {"name": "n"},
    "ticket_field": {"title": "t"}, "organization_field": {"key": "k", "title": "t"},
    "trigger": {"title": "t", "actions": [{"field": "priority", "value": "low"}]},
}  # fmt: skip


_READINGS = ("tickets", "tickets/1", "users", "organizations", "ticket_fields", "triggers", "job_statuses")
_PARAMETERS = (
    "ids", "page", "per_page", "page[size]", "page[after]", "sort", "start_time", "cursor", "include", "query",
    "sort_by",
)  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Iterator[Desk]:
    with Sandbox(clock=Clock(frozen=True)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            desk.ticket()
            yield desk


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


@given(query=st.text(max_size=12), name=st.sampled_from(_PARAMETERS))
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_query_breaks_the_server(shared: Desk, query: str, name: str) -> None:
    """Any text in any query parameter is answered below 500."""
    for path in (
        "tickets",
        "tickets/show_many",
        "users/search",
        "incremental/tickets/cursor",
        "job_statuses/show_many",
    ):
        assert shared.call("GET", path, params={name: query}).status_code < 500
