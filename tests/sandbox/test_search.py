"""Search: what the terms of a query mean, how results are paged and capped, and that the index lags."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Desk, Doc
from zendesk_sync.sandbox import Clock, Pace, Sandbox


@pytest.fixture
def desk() -> Iterator[Desk]:
    """An account whose index does not lag."""
    with Sandbox(clock=Clock(frozen=True), pace=Pace(index_delay=0, limits=False)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            yield desk


def _search(desk: Desk, query: str, **more: Any) -> Doc:
    found: Doc = desk.get("search", params={"query": query, **more})
    return found


def _ids(desk: Desk, query: str, **more: Any) -> list[int]:
    return [result["id"] for result in _search(desk, query, **more)["results"]]


def test_each_kind_of_term_finds_its_tickets(desk: Desk) -> None:
    """Properties, operators, dates, custom fields, free text with wildcard and phrase, and their negation."""
    tier, areas = desk.field("tagger", "gold", "silver"), desk.field("multiselect", "mail", "web", title="Areas")
    size, flag = desk.field("integer", title="Size"), desk.field("checkbox", title="Flag")
    firm = desk.call("POST", "organizations", {"organization": {"name": "North Mills"}}, status=201).json()
    person = desk.user(name="Robin Vale", email="r@n.example", organization_id=firm["organization"]["id"])["id"]
    me = desk.sandbox.owner_id
    one = desk.ticket(
        subject="Printer on fire", priority="high", type="incident", assignee_id=me, tags=["a", "b"],
        custom_fields=[
            {"id": tier["id"], "value": "gold"}, {"id": areas["id"], "value": ["mail", "web"]},
            {"id": size["id"], "value": 12}, {"id": flag["id"], "value": True},
        ], external_id="X-1",
    )["id"]  # fmt: skip
    desk.advance(2 * 86_400)
    two = desk.ticket(subject="Cannot log in", requester_id=person, priority="low", tags=["b"])["id"]
    desk.change(two, comment={"body": "The router was rebooted.", "public": False})
    three = desk.ticket(subject="Fireplace", assignee_id=me)["id"]
    desk.change(three, status="solved")
    day = desk.read(two)["created_at"][:10]
    cases = {
        "status<solved": {one, two}, "status:new": {two}, "status:new status:open": {one, two},
        "status>=open": {one, three},
        "-status:solved": {one, two}, "priority:high": {one}, "priority>low": {one}, "priority:none": {three},
        "ticket_type:incident": {one}, "tags:a": {one}, "tags:b -tags:a": {two}, "tags:none": {three},
        "assignee:me": {one, three}, "assignee:none": {two}, "requester:r@n.example": {two},
        'requester:"robin vale"': {two}, "requester:rob*": {two}, f"requester_id:{person}": {two},
        'organization:"north mills"': {two}, "organization:none": {one, three}, "group:support": {one, three},
        f"created:{day}": {two, three}, f"created<{day}": {one}, f"created>={day}": {two, three},
        "created>1day": {two, three}, "updated<=36hours": {one}, "solved>1hour": {three}, "external_id:X-1": {one},
        f"custom_field_{tier['id']}:gold": {one}, f"-custom_field_{tier['id']}:gold": {two, three},
        f"custom_field_{areas['id']}:web": {one}, f"custom_field_{size['id']}>9": {one},
        f"custom_field_{flag['id']}:true": {one}, f"custom_field_{tier['id']}:*": {one},
        "fire": {one}, "fire*": {one, three}, '"log in"': {two}, "rebooted": {two}, "boot": set(), "-fire*": {two},
        f"{two}": {two}, "subject:printer": {one}, "via:api": {one, two, three}, "fire status:new": set(),
    }  # fmt: skip
    for query, expected in cases.items():
        assert set(_ids(desk, f"type:ticket {query}")) == expected, query


def test_words_are_found_whatever_their_case_and_what_stands_between_them(desk: Desk) -> None:
    """Letters beyond ASCII have cases too, in subjects and comments; a phrase goes over the end of a line."""
    one = desk.ticket(subject="Ärger im Büro", comment={"body": "ÜBERALL kaputt,\nganz schlimm; 50% von a_b"})["id"]
    two = desk.ticket(subject="Arger", comment={"body": "Überallhin, kaputt. Schlimm ganz 50"})["id"]
    cases = {
        "ärger": {one}, "ÄRGER": {one}, "arger": {two}, "überall": {one}, "überall*": {one, two},
        '"kaputt ganz"': {one}, '"ganz schlimm"': {one}, '"IM BÜRO"': {one}, "a_b": {one}, "aXb": set(),
        "subject:büro": {one}, "-ärger": {two}, "50": {one, two},
    }  # fmt: skip
    for query, expected in cases.items():
        assert set(_ids(desk, f"type:ticket {query}")) == expected, query


def test_other_things_are_found_and_told_apart(desk: Desk) -> None:
    """Without a type everything is searched; `result_type` says what each result is."""
    firm = desk.call(
        "POST", "organizations", {"organization": {"name": "Vale Works", "tags": ["vip"]}}, status=201
    ).json()
    desk.user(name="Robin Vale", email="r@n.example", external_id="u1")
    desk.ticket(subject="For Vale")
    found = _search(desk, "vale")
    assert sorted(result["result_type"] for result in found["results"]) == ["organization", "ticket", "user"]
    assert (found["count"], found["facets"], found["next_page"]) == (3, None, None)
    assert [one["email"] for one in _search(desk, "type:user email:r@n.example")["results"]] == ["r@n.example"]
    assert [one["email"] for one in _search(desk, "type:user external_id:u1 role:end-user")["results"]] == [
        "r@n.example"
    ]
    assert _ids(desk, "type:organization tags:vip") == [firm["organization"]["id"]]
    assert [one["name"] for one in _search(desk, "type:group support")["results"]] == ["Support"]
    assert desk.get("search/count", params={"query": "vale"}) == {"count": 3}


def test_sorting_pages_and_side_loads(desk: Desk) -> None:
    """`sort_by` or `order_by:`; pages follow `next_page`; `include=tickets(users)` loads the people beside them."""
    numbers = [desk.ticket(priority=priority)["id"] for priority in ("low", "urgent", "normal")]
    expected = [numbers[1], numbers[2], numbers[0]]
    assert _ids(desk, "type:ticket", sort_by="priority", sort_order="desc") == expected
    assert _ids(desk, "type:ticket order_by:priority sort:asc") == expected[::-1]
    first = _search(desk, "type:ticket", sort_by="priority", per_page=2, include="tickets(users,groups)")
    assert (first["count"], [user["id"] for user in first["users"]]) == (3, [desk.sandbox.owner_id])
    second = desk.get(first["next_page"])
    assert [result["id"] for result in first["results"] + second["results"]] == expected
    assert second["previous_page"]


def test_at_most_a_thousand_results(desk: Desk) -> None:
    """The eleventh page of a hundred is 422, with the recorded text; cursors and empty queries are refused."""
    refused = desk.call("GET", "search?query=type:ticket&page=11", status=422).json()
    assert refused["description"] == "Requested response size was greater than Search Response Limits"
    desk.call("GET", "search?query=type:ticket&page=10", status=200)
    desk.call("GET", "search?query=x&page[size]=5", status=400)
    desk.call("GET", "search?query=", status=422)


def test_the_index_lags() -> None:
    """A change is found when the index has come along; until then search knows the former state, or nothing."""
    with Sandbox(clock=Clock(frozen=True), pace=Pace(index_delay=120)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            number = desk.ticket(priority="low")["id"]
            assert _ids(desk, "type:ticket") == []
            desk.advance(120)
            assert _ids(desk, "type:ticket priority:low") == [number]
            desk.change(number, priority="high", comment={"body": "unheard", "public": False})
            desk.advance(119)
            assert (_ids(desk, "priority:low"), _ids(desk, "priority:high"), _ids(desk, "unheard")) == (
                [number],
                [],
                [],
            )
            desk.advance(1)
            assert (_ids(desk, "priority:low"), _ids(desk, "priority:high")) == ([], [number])
            assert _ids(desk, "unheard") == [number]


def test_an_export_walks_by_creation(desk: Desk) -> None:
    """Each ticket once, in the order of creation, without a count; the type is obligatory; a cursor lives an hour."""
    numbers = [desk.ticket()["id"] for _ in range(5)]
    desk.change(numbers[0], priority="low")
    path = "search/export?query=status:new&filter[type]=ticket&page[size]=2"
    body, seen = desk.get(path), []
    while True:
        seen += [result["id"] for result in body["results"]]
        if not body["meta"]["has_more"]:
            break
        following = body["links"]["next"]
        body = desk.get(following)
    assert seen == numbers
    assert "count" not in body
    desk.advance(3601)
    desk.call("GET", following, status=400)
    desk.call("GET", "search/export?query=status:new", status=400)
    desk.user(name="Robin Vale", email="r@n.example")
    people = desk.get("search/export?query=vale&filter[type]=user")["results"]
    assert [one["result_type"] for one in people] == ["user"]


def test_archived_and_hidden_tickets(desk: Desk) -> None:
    """Search finds archived tickets, never deleted ones, and for a restricted agent only what the agent may see."""
    number, gone = desk.ticket(assignee_id=desk.sandbox.owner_id)["id"], desk.ticket()["id"]
    desk.change(number, status="closed")
    desk.call("DELETE", f"tickets/{gone}", status=204)
    desk.advance(121 * 86_400)
    assert desk.get("tickets")["tickets"] == []
    assert _ids(desk, "type:ticket") == [number]
    agent = desk.user(name="A", email="a@a.example", role="agent", ticket_restriction="assigned")["id"]
    assert desk.get("search?query=type:ticket", headers=desk.acting_as(agent))["results"] == []


@given(query=st.lists(
    st.text(max_size=6)
    | st.sampled_from(["status<", 'subject:"', "created>9999-12-31", "custom_field_1:x", "-", ":", "tags:", "%", "_",
                       "created>999999years", "priority>=urgent", "requester:*", "id:9999999999999999999", "((", "\\"]),
    max_size=4,
).map(" ".join))  # fmt: skip
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_query_breaks_search(shared: Desk, query: str) -> None:
    """Whatever is asked, the answer is results or a refusal."""
    assert shared.call("GET", "search", params={"query": query}).status_code in {200, 422}
