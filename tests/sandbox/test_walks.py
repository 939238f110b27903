"""Walking through lists, whatever the page size, order and style: each record is met exactly once."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import Clock, Pace, Sandbox

_TICKETS = 13
_CURSOR = {
    "tickets": ("updated_at", "id", "status"),
    "users": (),
    "ticket_audits": (),
    "organizations": (),
    "views": (),
}
_OFFSET = {
    "tickets": ("updated_at", "created_at", "priority", "status", "subject", "assignee"), "users": (),
    "ticket_audits": (), "organizations": (), "views": ("alphabetical", "updated_at"),
}  # fmt: skip


@pytest.fixture(scope="module")
def full() -> Iterator[Desk]:
    """An account with many of everything, much of it from the same second and alike."""
    with Sandbox(clock=Clock(frozen=True), pace=Pace(limits=False, index_delay=0)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            for number in range(_TICKETS):
                priority = (None, "low", "high")[number % 3]
                made = desk.ticket(priority=priority, subject=f"S{number % 4}")["id"]
                if number % 5 == 0:
                    desk.change(made, status="pending", assignee_id=sandbox.owner_id)
                if number % 4 == 0:
                    desk.advance(1)
                body = {"organization": {"name": f"Org {number}"}}
                desk.call("POST", "organizations", body, status=201)
                condition = {"field": "status", "operator": "less_than", "value": "solved"}
                desk.call("POST", "views", {"view": {"title": f"V{number % 3}", "all": [condition]}}, status=201)
                desk.user(email=f"u{number}@a.example")
            desk.advance(61)
            yield desk


def _walk(desk: Desk, path: str, name: str) -> list[int]:
    """Follow the links of a list to its end."""
    body = desk.get(path)
    found = [record["id"] for record in body[name]]
    for _ in range(100):
        following = body["links"]["next"] if "links" in body else body.get("after_url") or body["next_page"]
        if not following or body.get("end_of_stream") or body.get("meta", {}).get("has_more") is False:
            return found
        body = desk.get(following)
        found += [record["id"] for record in body[name]]
    raise AssertionError(f"{path} does not end")


@given(data=st.data(), size=st.integers(1, 7), down=st.booleans(), by_cursor=st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_walk_meets_each_record_once(full: Desk, data: st.DataObject, size: int, down: bool, by_cursor: bool) -> None:
    """Lists of tickets, users, audits, organizations and views, in both styles."""
    sorts = _CURSOR if by_cursor else _OFFSET
    name = data.draw(st.sampled_from(sorted(sorts)))
    sort = data.draw(st.sampled_from(["", *sorts[name]]))
    if by_cursor:
        query = f"page[size]={size}" + (f"&sort={'-' if down else ''}{sort}" if sort else "")
    else:
        query = f"per_page={size}" + (f"&sort_by={sort}&sort_order={'desc' if down else 'asc'}" if sort else "")
    key = "audits" if name == "ticket_audits" else name
    walked, whole = _walk(full, f"{name}?{query}", key), _walk(full, f"{name}?per_page=100", key)
    assert len(walked) == len(set(walked))
    assert sorted(walked) == sorted(whole)


@given(size=st.integers(1, 7), path=st.sampled_from([
    ("incremental/tickets/cursor?start_time=0&per_page={}", "tickets"),
    ("incremental/users/cursor?start_time=0&per_page={}", "users"),
    ("search/export?query=status<solved&filter[type]=ticket&page[size]={}", "results"),
    ("search?query=type:ticket&sort_by=priority&per_page={}", "results"),
    ("search?query=type:ticket&sort_by=status&sort_order=asc&per_page={}", "results"),
]))  # fmt: skip
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_exports_and_searches_meet_each_record_once(full: Desk, size: int, path: tuple[str, str]) -> None:
    """By their own cursors and pages."""
    address, name = path
    walked = _walk(full, address.format(size), name)
    assert len(walked) == len(set(walked))
    assert len(walked) == (_TICKETS if name != "users" else _TICKETS + 2)


@given(size=st.integers(1, 7), group=st.sampled_from(["", "priority", "status", "requester"]),
       sort=st.sampled_from(["", "created", "priority", "assignee"]), down=st.booleans(),
       by_cursor=st.booleans())  # fmt: skip
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_view_s_pages_meet_each_ticket_once(
    full: Desk, size: int, group: str, sort: str, down: bool, by_cursor: bool
) -> None:
    """Grouped and sorted by anything, also by what many tickets have in common; groups are never torn apart."""
    view = full.get("views")["views"][0]["id"]
    order = f"&sort_by={sort}&sort_order={'desc' if down else 'asc'}" if sort else ""
    paging = f"page[size]={size}" if by_cursor else f"per_page={size}"
    groups = f"&group_by={group}" if group else ""
    walked = _walk(full, f"views/{view}/tickets?{paging}{groups}{order}", "tickets")
    assert sorted(walked) == sorted(_walk(full, "tickets?per_page=100", "tickets"))
    assert len(walked) == len(set(walked))
    if group in {"priority", "status"}:
        values = [full.read(number)[group] for number in walked]
        changes = sum(one != other for one, other in pairwise(values))
        assert changes == len(set(values)) - 1
