"""Bulk reading: what is asked, where the next page starts, and "nothing yet"."""

from __future__ import annotations

import httpx
import pytest
import respx

from tests.zendesk.stack import URL, ticket
from zendesk_sync.errors import AccessDenied
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.exports import EVENTS, ORGANIZATIONS, Exports


@pytest.fixture
def exports(client: Client) -> Exports:
    return Exports(client)


def test_events(exports: Exports, router: respx.MockRouter) -> None:
    """Events come with their comments asked for; the page says where the next one starts; doubles count once."""
    comment = {"id": 2, "event_type": "Comment", "body": "Hello", "public": False, "author_id": 5}
    change = {"id": 1, "event_type": "Change", "priority": "high", "previous_value": None, "via": "Web form"}
    event = {"id": 9, "ticket_id": 33, "timestamp": 1700000000, "updater_id": 5, "child_events": [change, comment]}
    body = {"ticket_events": [event, event], "end_time": 1700000001, "end_of_stream": False, "count": 2}
    route = router.get(EVENTS).mock(return_value=httpx.Response(200, json=body))
    page = exports.events(1_600_000_000)
    assert dict(route.calls[0].request.url.params) == {"start_time": "1600000000", "include": "comment_events"}
    assert [one.child_events for one in page.events] == [(change, comment)]
    assert (page.end_time, page.end_of_stream) == (1700000001, False)


def test_an_odd_null_loses_no_cleared_value(exports: Exports, router: respx.MockRouter) -> None:
    """What one event lacks, and what the page leaves open, changes nothing of the others: a null there is a value."""
    cleared = {"id": 1, "event_type": "Change", "custom_ticket_fields": {"360": None}, "previous_value": "zs_p1"}
    known = {"ticket_id": 33, "timestamp": 1700000000}
    events = [{"id": 8, **known, "child_events": None}, {"id": 9, **known, "child_events": [cleared]}]
    body = {"ticket_events": events, "end_time": 1700000001, "end_of_stream": None}
    router.get(EVENTS).mock(return_value=httpx.Response(200, json=body))
    assert [list(one.children) for one in exports.events(5).events] == [[], [cleared]]


def test_organizations(exports: Exports, router: respx.MockRouter) -> None:
    """A page without an end keeps the old start."""
    body = {
        "organizations": [{"id": 1, "organization_fields": {"zs_plan": "zs_org_gold", "empty": ""}}],
        "end_time": None,
    }
    router.get(ORGANIZATIONS).mock(return_value=httpx.Response(200, json=body))
    page = exports.organizations(1_600_000_000)
    assert (page.organizations[0].field("zs_plan"), page.organizations[0].field("empty")) == ("zs_org_gold", None)
    assert page.end_time == 1_600_000_000


def test_nothing_yet(exports: Exports, router: respx.MockRouter) -> None:
    """A start that is too recent is an empty page from the same start."""
    refused = httpx.Response(422, json={"error": "InvalidValue", "description": "Too recent start_time."})
    router.get(url__startswith=f"{URL}/api/v2/incremental/").mock(return_value=refused)
    events, organizations = exports.events(5), exports.organizations(5)
    assert (events.events, events.end_time, events.end_of_stream) == ([], 5, True)
    assert (organizations.organizations, organizations.end_time, organizations.end_of_stream) == ([], 5, True)


def test_exports_refused(exports: Exports, router: respx.MockRouter) -> None:
    """Whoever is no admin reads AccessDenied."""
    router.get(EVENTS).mock(return_value=httpx.Response(403, json={"error": "Forbidden"}))
    with pytest.raises(AccessDenied):
        exports.events(5)


def test_search_and_list(exports: Exports, router: respx.MockRouter) -> None:
    """Search and the plain list come page by page, and only as far as they are read."""
    more = {"meta": {"has_more": True}, "links": {"next": f"{URL}/api/v2/search/export?page[after]=x"}}
    found = router.get("/api/v2/search/export")
    found.mock(return_value=httpx.Response(200, json={"results": [{**ticket(1), "result_type": "ticket"}], **more}))
    assert [one.id for one in next(exports.search("status<solved"))] == [1]
    asked = dict(found.calls[0].request.url.params)
    assert asked == {"query": "status<solved", "filter[type]": "ticket", "page[size]": "100"}
    assert found.call_count == 1
    listed = router.get("/api/v2/tickets")
    listed.mock(return_value=httpx.Response(200, json={"tickets": [ticket(2)], "meta": {"has_more": False}}))
    assert [[one.id for one in page] for page in exports.latest()] == [[2]]
    assert listed.calls[0].request.url.params["sort"] == "-updated_at"
