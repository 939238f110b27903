"""Incremental exports: what each kind holds, its order, its overlaps, and what is held back."""

import base64
from collections.abc import Iterator

import pytest

from tests.sandbox.conftest import Desk, Doc
from zendesk_sync.sandbox import Clock, Pace, Sandbox


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Without limits: the walks here are longer than ten requests a minute allow."""
    with Sandbox(clock=Clock(frozen=True), pace=Pace(limits=False)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            yield desk


def _walk(desk: Desk, path: str, name: str) -> list[Doc]:
    """Follow an export to the end of its stream."""
    found: list[Doc] = []
    body = desk.get(path)
    for _ in range(50):
        found += body[name]
        if body["end_of_stream"]:
            return found
        body = desk.get(body.get("after_url") or body["next_page"])
    raise AssertionError("the stream does not end")


def test_a_cursor_walk_meets_every_ticket_once_when_nothing_moves(desk: Desk) -> None:
    """Three at a time, in the order of `generated_timestamp` and id, through many tickets of the same second."""
    numbers = [desk.ticket()["id"] for _ in range(8)]
    desk.advance(1)
    numbers += [desk.ticket()["id"] for _ in range(3)]
    desk.write(numbers[1], priority="low")
    desk.advance(61)
    expected = [numbers[0], *numbers[2:8], numbers[1], *numbers[8:]]
    expected[7:] = sorted(expected[7:])
    assert [t["id"] for t in _walk(desk, "incremental/tickets/cursor?start_time=0&per_page=3", "tickets")] == expected


def test_a_ticket_that_changes_during_the_walk_comes_again(desk: Desk) -> None:
    """Duplicates are normal: the later copy is the newer one."""
    numbers = [desk.ticket()["id"] for _ in range(3)]
    desk.advance(61)
    first = desk.get("incremental/tickets/cursor?start_time=0&per_page=2")
    desk.write(numbers[0], priority="high")
    desk.advance(61)
    rest = desk.get(first["after_url"])["tickets"]
    assert [(ticket["id"], ticket["priority"]) for ticket in rest] == [(numbers[2], None), (numbers[0], "high")]


def test_an_empty_poll_answers_the_same_cursor(desk: Desk) -> None:
    """The cursor is base64 of timestamp and id, and survives a poll without news."""
    number = desk.ticket()["id"]
    desk.advance(61)
    first = desk.get("incremental/tickets/cursor?start_time=0")
    decoded = base64.b64decode(first["after_cursor"]).decode()
    assert decoded == f"{first['tickets'][0]['generated_timestamp']}.0||{number}|"
    again = desk.get(first["after_url"])
    assert (again["tickets"], again["after_cursor"], again["end_of_stream"]) == ([], first["after_cursor"], True)


def test_the_last_minute_is_held_back_and_a_recent_start_refused(desk: Desk) -> None:
    """A ticket shows after a minute; a `start_time` within it is 422; a cursor of nonsense 400."""
    desk.ticket()
    desk.advance(59)
    assert desk.get("incremental/tickets/cursor?start_time=0")["tickets"] == []
    desk.advance(2)
    assert len(desk.get("incremental/tickets/cursor?start_time=0")["tickets"]) == 1
    now = int(desk.sandbox.clock.timestamp())
    recent = desk.call("GET", f"incremental/tickets/cursor?start_time={now - 10}", status=422).json()
    assert recent["description"].startswith("Too recent start_time")
    assert desk.call("GET", "incremental/tickets/cursor?cursor=%25%25", status=400).json()["errors"]


@pytest.mark.parametrize(("start", "status"), [("0.0", 200), ("1000.25", 200), ("1.x", 400), (".5", 400)])
def test_a_start_time_may_have_a_fraction(desk: Desk, start: str, status: int) -> None:
    """tap-zendesk sends a fraction."""
    desk.call("GET", f"incremental/tickets/cursor?start_time={start}", status=status)


def test_deleted_tickets_show_unless_excluded(desk: Desk) -> None:
    """`status: deleted` in the export only; `exclude_deleted` leaves them out and the cursor goes on behind them."""
    numbers = [desk.ticket()["id"] for _ in range(2)]
    desk.call("DELETE", f"tickets/{numbers[1]}", status=204)
    desk.advance(61)
    found = desk.get("incremental/tickets/cursor?start_time=0")
    assert [(t["id"], t["status"]) for t in found["tickets"]] == [(numbers[0], "new"), (numbers[1], "deleted")]
    fewer = desk.get("incremental/tickets/cursor?start_time=0&exclude_deleted=true")
    assert [ticket["id"] for ticket in fewer["tickets"]] == numbers[:1]
    assert fewer["after_cursor"] == found["after_cursor"]
    assert desk.get("incremental/tickets/cursor?start_time=0&support_type_scope=ai_agent")["tickets"] == []


def test_side_loads_of_a_page(desk: Desk) -> None:
    """Users, groups, organizations and metric sets come as sibling lists, each record once."""
    firm = desk.call("POST", "organizations", {"organization": {"name": "N"}}, status=201).json()["organization"]
    person = desk.user(email="r@n.example", organization_id=firm["id"])
    numbers = [desk.ticket(requester_id=person["id"], assignee_id=desk.sandbox.owner_id)["id"] for _ in range(2)]
    desk.advance(61)
    body = desk.get("incremental/tickets/cursor?start_time=0&include=users,groups,organizations,metric_sets")
    assert sorted(user["id"] for user in body["users"]) == sorted({person["id"], desk.sandbox.owner_id})
    assert [one["id"] for one in body["organizations"]] == [firm["id"]]
    assert [group["name"] for group in body["groups"]] == ["Support"]
    assert [one["ticket_id"] for one in body["metric_sets"]] == numbers


def test_time_based_pages_overlap_and_never_cut_a_second(desk: Desk) -> None:
    """One at a time asked for, a page holds the whole second; the next begins with that second again."""
    numbers = [desk.ticket()["id"] for _ in range(3)]
    desk.advance(1)
    numbers.append(desk.ticket()["id"])
    desk.advance(61)
    first = desk.get("incremental/tickets?start_time=0&per_page=1")
    assert ([t["id"] for t in first["tickets"]], first["count"], first["end_of_stream"]) == (numbers[:3], 3, False)
    second = desk.get(f"incremental/tickets?start_time={first['end_time']}&per_page=4")
    assert [ticket["id"] for ticket in second["tickets"]] == numbers
    assert str(first["end_time"]) in first["next_page"]


def test_events_tell_changes_and_comments(desk: Desk) -> None:
    """Child events carry the change; comments come in full only with `comment_events`."""
    number = desk.ticket()["id"]
    desk.change(number, status="open", comment={"body": "A note", "public": False})
    desk.advance(61)
    brief = _walk(desk, "incremental/ticket_events?start_time=0", "ticket_events")[1]["child_events"]
    assert {"status": "open", "previous_value": "new", "event_type": "Change"}.items() <= brief[1].items()
    assert (brief[0]["comment_present"], brief[0]["comment_public"], "body" in brief[0]) == (True, False, False)
    full = desk.get("incremental/ticket_events?start_time=0&include=comment_events")["ticket_events"][1]
    comment = full["child_events"][0]
    assert (comment["body"], comment["author_id"], comment["public"]) == ("A note", desk.sandbox.owner_id, False)


def test_users_by_cursor_and_samples(desk: Desk) -> None:
    """Users walk like tickets do; a sample holds at most 50 rows."""
    people = [desk.user(email=f"u{n}@a.example")["id"] for n in range(52)]
    desk.advance(61)
    found = [user["id"] for user in _walk(desk, "incremental/users/cursor?start_time=0&per_page=20", "users")]
    assert sorted(found) == sorted([*people, desk.sandbox.owner_id, desk.sandbox.integration_id])
    assert len(found) == len(set(found))
    assert len(desk.get("incremental/users/sample?start_time=0")["users"]) == 50
    desk.call("GET", "incremental/nonsense/sample?start_time=0", status=404)


def test_metric_events_follow_the_ticket(desk: Desk) -> None:
    """Creation starts the clocks, the first reply ends one, solving ends the others."""
    person = desk.user(email="r@n.example")["id"]
    number = desk.ticket(requester_id=person)["id"]
    desk.advance(600)
    desk.change(number, assignee_id=desk.sandbox.owner_id, status="pending", comment={"body": "Hello", "public": True})
    desk.advance(600)
    desk.change(number, status="solved")
    desk.advance(61)
    told = desk.get("incremental/ticket_metric_events?start_time=0")["ticket_metric_events"]
    assert [(event["metric"], event["type"]) for event in told] == [
        ("reply_time", "activate"), ("agent_work_time", "activate"), ("requester_wait_time", "activate"),
        ("reply_time", "fulfill"), ("agent_work_time", "pause"), ("requester_wait_time", "pause"),
        ("agent_work_time", "fulfill"), ("requester_wait_time", "fulfill"),
    ]  # fmt: skip
    assert len({event["id"] for event in told}) == len(told)
