"""The ticket endpoints: exact requests, records out of answers, pages, jobs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from tests.zendesk.stack import STAMP, URL, sent, ticket
from zendesk_sync.errors import (
    Conflict,
    NotFound,
    RateLimited,
    RequestRejected,
    UnexpectedAnswer,
    ZendeskUnavailable,
)
from zendesk_sync.zendesk.tickets import Tickets

MANY = "/api/v2/tickets/show_many"
EXPORT = "/api/v2/incremental/tickets/cursor"
DATE = {"Date": "Thu, 05 Feb 2026 10:11:14 GMT"}
NOON = datetime(2026, 2, 5, 10, 11, 14, tzinfo=UTC)
JOB: dict[str, Any] = {"id": "V3-1", "total": 2, "progress": None, "status": "queued", "message": None, "results": None}


def ok(body: object, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body, headers=headers or DATE)


def test_show_many_goes_in_hundreds(tickets: Tickets, router: respx.MockRouter) -> None:
    """250 ids are three calls; side-loads are merged; the earliest server time counts; unknown ids are missing."""
    people = [{"id": 7, "name": "Ann"}, {"id": None, "name": "Nobody"}]
    route = router.get(MANY).mock(
        side_effect=[
            ok({"tickets": [ticket(2), ticket(1)], "users": people, "organizations": [{"id": 9}]}),
            ok({"tickets": [ticket(101)], "users": people}, Date="Thu, 05 Feb 2026 10:11:13 GMT"),
            ok({"tickets": []}),
        ]
    )
    page = tickets.show_many([*range(1, 251), 1, 2])
    asked = [call.request.url.params for call in route.calls]
    assert [len(one["ids"].split(",")) for one in asked] == [100, 100, 50]
    assert {one["include"] for one in asked} == {"users,organizations,metric_sets"}
    assert [one.id for one in page.tickets] == [2, 1, 101]
    assert (list(page.users), list(page.organizations)) == ([7], [9])
    assert page.server_time == datetime(2026, 2, 5, 10, 11, 13, tzinfo=UTC)


def test_show_many_of_nothing_is_a_mistake(tickets: Tickets) -> None:
    """Asking for no tickets is a fault of the caller, not a request."""
    with pytest.raises(ValueError, match="no ids"):
        tickets.show_many([])


def test_show(tickets: Tickets, router: respx.MockRouter) -> None:
    """One ticket is a page of one, with the server's time."""
    router.get("/api/v2/tickets/33").mock(return_value=ok({"ticket": ticket(), "users": []}))
    page = tickets.show(33)
    assert page.tickets[0].updated_stamp == STAMP
    assert page.server_time == NOON


def test_show_what_is_not_there(tickets: Tickets, router: respx.MockRouter) -> None:
    """A deleted ticket is NotFound."""
    body = {"error": "RecordNotFound", "description": "Not found"}
    router.get("/api/v2/tickets/33").mock(return_value=httpx.Response(404, json=body))
    with pytest.raises(NotFound):
        tickets.show(33)


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_answer_without_a_date(tickets: Tickets, router: respx.MockRouter, date: str) -> None:
    """Where a proxy dropped the Date, this machine's clock stands in."""
    router.get("/api/v2/tickets/33").mock(return_value=ok({"ticket": ticket()}, Date=date))
    assert tickets.show(33).server_time.tzinfo is UTC


def test_an_answer_without_tickets(tickets: Tickets, router: respx.MockRouter) -> None:
    """A success that holds something else is not an empty list of tickets."""
    router.get(MANY).mock(return_value=ok({"hello": 1}))
    with pytest.raises(UnexpectedAnswer, match="no tickets"):
        tickets.show_many([1])


def test_comments_follow_pages(tickets: Tickets, router: respx.MockRouter) -> None:
    """Cursor pages are followed on the account's own host; doubles count once; oldest first."""
    first = {"id": 2, "created_at": "2026-02-02T00:00:00Z", "plain_body": "two", "body": "2", "public": False}
    second = {"id": 1, "created_at": "2026-02-01T00:00:00Z", "body": "one", "author_id": 5}
    link = f"{URL}/api/v2/tickets/33/comments?page[after]=x&page[size]=100"
    path = "/api/v2/tickets/33/comments"
    router.get(path, params={"page[after]": "x"}).mock(
        return_value=ok({"comments": [second, first], "meta": {"has_more": False}, "links": {"next": link}})
    )
    router.get(path, params={"page[size]": "100"}).mock(
        return_value=ok({"comments": [first], "meta": {"has_more": True}, "links": {"next": link}})
    )
    comments = tickets.comments(33)
    assert [(one.id, one.text, one.public) for one in comments] == [(1, "one", True), (2, "two", False)]


def test_pages_in_a_circle(tickets: Tickets, router: respx.MockRouter) -> None:
    """A list whose links lead back is an error, not an endless loop."""
    link = f"{URL}/api/v2/tickets/33/audits?page[after]=x"
    body = {"audits": [], "meta": {"has_more": True}, "links": {"next": link}}
    route = router.get("/api/v2/tickets/33/audits").mock(return_value=ok(body))
    with pytest.raises(UnexpectedAnswer, match="circle"):
        tickets.audits(33)
    assert route.call_count == 2


def test_audits_in_offset_style(tickets: Tickets, router: respx.MockRouter) -> None:
    """Offset pages are followed as well; a rule's change keeps its own via inside the person's audit."""
    rule = {"channel": "rule", "source": {"from": {"id": 35, "title": "T"}, "to": {}, "rel": "trigger"}}
    events = [
        {"id": 2, "type": "Create", "field_name": "priority", "value": "low"},
        {"id": 3, "type": "Change", "field_name": "tags", "value": ["a"], "previous_value": [], "via": rule},
        {"id": 4, "type": "Brand new kind", "value": {"x": 1}},
    ]
    audit = {
        "id": 331,
        "ticket_id": 33,
        "created_at": STAMP,
        "author_id": 5,
        "via": {"channel": "web"},
        "events": events,
    }
    path = "/api/v2/tickets/33/audits"
    router.get(path, params={"page": "2"}).mock(return_value=ok({"audits": [], "next_page": None}))
    router.get(path).mock(return_value=ok({"audits": [audit], "next_page": f"{URL}{path}?page=2"}))
    (found,) = tickets.audits(33)
    assert [found.via_of(event).channel for event in found.events] == ["web", "rule", "web"]
    assert found.events[1].previous_value == []


def test_export_page(tickets: Tickets, router: respx.MockRouter) -> None:
    """A first page asks by time, the next by cursor; end_of_stream alone says whether there is more."""
    body = {"tickets": [], "after_cursor": "c1", "end_of_stream": False}
    route = router.get(EXPORT).mock(return_value=ok(body))
    page = tickets.export(start_time=1332034771)
    assert (page.tickets, page.after_cursor, page.end_of_stream, page.server_time) == ([], "c1", False, NOON)
    tickets.export(cursor="c1")
    asked = [dict(call.request.url.params) for call in route.calls]
    common = {"include": "users,organizations", "per_page": "1000"}
    assert asked == [{**common, "start_time": "1332034771"}, {**common, "cursor": "c1"}]


def test_export_keeps_its_cursor(tickets: Tickets, router: respx.MockRouter) -> None:
    """A page that answers no cursor leaves the old one valid."""
    router.get(EXPORT).mock(return_value=ok({"tickets": [], "after_cursor": None, "end_of_stream": True}))
    assert tickets.export(cursor="c1").after_cursor == "c1"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(422, json={"error": "InvalidValue", "description": "Too recent start_time. Use an older one"}),
        httpx.Response(400, json={"errors": [{"code": "StartTimeTooRecent", "title": "start_time must be older"}]}),
    ],
)
def test_export_from_just_now(tickets: Tickets, router: respx.MockRouter, answer: httpx.Response) -> None:
    """A start that Zendesk calls too recent is an empty page: nothing yet."""
    router.get(EXPORT).mock(return_value=answer)
    page = tickets.export(start_time=1)
    assert (page.tickets, page.after_cursor, page.end_of_stream) == ([], None, True)


def test_export_refused_for_another_reason(tickets: Tickets, router: respx.MockRouter) -> None:
    """An invalid cursor is an error that names itself."""
    router.get(EXPORT).mock(return_value=httpx.Response(400, json={"errors": [{"code": "InvalidCursor"}]}))
    with pytest.raises(RequestRejected, match="InvalidCursor"):
        tickets.export(cursor="x")


def test_export_needs_one_start(tickets: Tickets) -> None:
    """Neither or both of cursor and start_time is a fault of the caller."""
    with pytest.raises(ValueError, match="either"):
        tickets.export()
    with pytest.raises(ValueError, match="either"):
        tickets.export(cursor="x", start_time=1)


def test_one_odd_null_does_not_spoil_a_page(tickets: Tickets, router: respx.MockRouter) -> None:
    """Scrubbed rows with nulls in place of lists are read with empty lists."""
    rows = [ticket(1, tags=None, custom_fields=None, via=None, status="deleted", is_public=None), ticket(2)]
    router.get(EXPORT).mock(return_value=ok({"tickets": rows, "end_of_stream": True, "users": None}))
    page = tickets.export(cursor="x")
    assert [(one.id, one.tags, one.status) for one in page.tickets] == [(1, (), "deleted"), (2, ("zs_normal",), "new")]
    assert page.tickets[1].field(361) is None


def test_another_shape_is_told_without_its_content(tickets: Tickets, router: respx.MockRouter) -> None:
    """A page that cannot be read names the place of the fault and quotes nothing."""
    router.get(EXPORT).mock(return_value=ok({"tickets": [ticket(1, subject={"x": "secret"})], "end_of_stream": True}))
    with pytest.raises(UnexpectedAnswer, match=r"tickets\[0\]\.subject|\$\.tickets") as caught:
        tickets.export(cursor="x")
    assert "secret" not in str(caught.value)


def test_update_with_a_stamp(tickets: Tickets, router: respx.MockRouter) -> None:
    """The exact payload of a safe write; the ticket that comes back is the result."""
    route = router.put("/api/v2/tickets/33").mock(return_value=ok({"ticket": ticket(priority="high"), "audit": {}}))
    payload = {"priority": "high", "custom_fields": [{"id": 360, "value": "zs_high"}], "comment": {"public": False}}
    assert tickets.update(33, payload, stamp=STAMP).priority == "high"
    assert sent(route) == {"ticket": {**payload, "safe_update": True, "updated_stamp": STAMP}}
    assert route.calls[0].request.headers["Content-Type"] == "application/json"


def test_update_without_a_stamp(tickets: Tickets, router: respx.MockRouter) -> None:
    """Without a stamp neither key goes out, since safe_update false would switch the check on; null clears a value."""
    route = router.put("/api/v2/tickets/33").mock(return_value=ok({"ticket": ticket()}))
    tickets.update(33, {"assignee_id": None}, stamp=None)
    assert sent(route) == {"ticket": {"assignee_id": None}}


def test_update_of_a_moved_ticket(tickets: Tickets, router: respx.MockRouter) -> None:
    """A 409 is a conflict after one call."""
    route = router.put("/api/v2/tickets/33").mock(return_value=httpx.Response(409, json={"error": "UpdateConflict"}))
    with pytest.raises(Conflict):
        tickets.update(33, {}, stamp=STAMP)
    assert route.call_count == 1


def test_update_many(tickets: Tickets, router: respx.MockRouter) -> None:
    """The exact payload of a job; the answer is the queued job without results."""
    route = router.put("/api/v2/tickets/update_many").mock(return_value=ok({"job_status": JOB}))
    items = [{"id": 1, "priority": "high"}, {"id": 2, "remove_tags": ["zs_first"]}]
    job = tickets.update_many(items)
    assert sent(route) == {"tickets": items}
    assert (job.id, job.done, job.results) == ("V3-1", False, [])


@pytest.mark.parametrize("items", [[], [{"id": n} for n in range(101)], [{"id": 1}, {"id": 1}], [{"priority": "low"}]])
def test_update_many_is_checked(tickets: Tickets, items: list[dict[str, object]]) -> None:
    """No items, more than 100, one ticket twice or an item without id never leave the house."""
    with pytest.raises(ValueError, match="update_many"):
        tickets.update_many(items)


def test_too_many_jobs(tickets: Tickets, router: respx.MockRouter) -> None:
    """The account's limit of queued jobs is a rate limit."""
    body = {"error": "TooManyJobs", "description": "Too many", "current_job_ids": []}
    route = router.put("/api/v2/tickets/update_many")
    route.mock(return_value=httpx.Response(429, json=body, headers={"Retry-After": "60"}))
    with pytest.raises(RateLimited):
        tickets.update_many([{"id": 1}])


def test_organizations(tickets: Tickets, router: respx.MockRouter) -> None:
    """Organizations that no ticket brings along are read a hundred at a time; for none there is no call."""
    route = router.get("/api/v2/organizations/show_many")
    route.mock(side_effect=[ok({"organizations": [{"id": 1}]}), ok({"organizations": [{"id": 101}]})])
    assert [one.id for one in tickets.organizations(range(1, 102))] == [1, 101]
    assert [len(call.request.url.params["ids"].split(",")) for call in route.calls] == [100, 1]
    assert tickets.organizations([]) == []


def test_jobs(tickets: Tickets, router: respx.MockRouter) -> None:
    """Several jobs in one call; no ids is no call; all jobs of the account as a list."""
    shown = router.get("/api/v2/job_statuses/show_many").mock(return_value=ok({"job_statuses": [JOB]}))
    assert [job.id for job in tickets.jobs(["V3-1", "V3-2"])] == ["V3-1"]
    assert shown.calls[0].request.url.params["ids"] == "V3-1,V3-2"
    assert tickets.jobs([]) == []
    router.get("/api/v2/job_statuses").mock(return_value=ok({"job_statuses": [JOB, {**JOB, "id": "V3-2"}]}))
    assert [job.id for job in tickets.all_jobs()] == ["V3-1", "V3-2"]


def test_wait_for_a_job(tickets: Tickets, router: respx.MockRouter, waits: list[float]) -> None:
    """A job is polled with growing waits until it is done; a completed job can hold failures."""
    results = [
        {"action": "update", "id": 244, "status": "Updated", "success": True},
        {"action": "update", "id": 245, "success": False, "status": "Failed", "error": "X", "details": "closed"},
        {"index": 0, "error": "TicketCreateFailed", "details": "blank"},
        {"id": 246},
    ]
    done = {**JOB, "status": "completed", "results": results}
    states = [JOB, {**JOB, "status": "working"}, {**JOB, "status": "working"}, done]
    router.get("/api/v2/job_statuses/V3-1").mock(side_effect=[ok({"job_status": state}) for state in states])
    job = tickets.wait_for("V3-1", sleep=waits.append, deadline_s=60)
    assert [one.ok for one in job.results] == [True, False, False, True]
    assert waits == sorted(waits)
    assert len(waits) == 3


def test_wait_for_a_job_that_hangs(tickets: Tickets, router: respx.MockRouter, waits: list[float]) -> None:
    """At the deadline the wait ends with what is known."""
    state = {**JOB, "status": "working", "progress": 1}
    router.get("/api/v2/job_statuses/V3-1").mock(side_effect=lambda _: ok({"job_status": state}))
    with pytest.raises(ZendeskUnavailable, match=r"V3-1 is still working after 30 s \(1 of 2 done\)"):
        tickets.wait_for("V3-1", sleep=waits.append, deadline_s=30)
    assert sum(waits) <= 30


def test_a_whole_job_result(tickets: Tickets, router: respx.MockRouter) -> None:
    """Results may be one object for the whole job."""
    state = {**JOB, "status": "failed", "results": {"success": False}}
    router.get("/api/v2/job_statuses/V3-1").mock(return_value=ok({"job_status": state}))
    job = tickets.wait_for("V3-1", sleep=lambda _: None, deadline_s=1)
    assert [one.ok for one in job.results] == [False]
