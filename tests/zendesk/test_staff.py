"""Groups and agents found by name, and what Zendesk measures of a first reply."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
import respx

from tests.zendesk.stack import ticket
from zendesk_sync.errors import InputError
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.staff import agent_id, group_id
from zendesk_sync.zendesk.tickets import Tickets


def test_a_number_costs_no_call_and_a_name_is_exact_in_any_letters(client: Client, router: respx.MockRouter) -> None:
    """Agents and admins go by name or address; two of one name are offered by their ids; a wrong name by the names."""
    groups = router.get("/api/v2/groups").mock(
        return_value=httpx.Response(200, json={"groups": [{"id": 1, "name": "Night"}, {"id": 2, "name": "Day"}]})
    )
    assert group_id(client, "77") == 77
    assert not groups.called
    assert group_id(client, " night ") == 1
    with pytest.raises(InputError, match=r"--group: nobody is called 'Nigh'; known: 'Day', 'Night'"):
        group_id(client, "Nigh")
    people = {
        "agent": [{"id": 5, "name": "Kim", "email": "kim@ours.example"}],
        "admin": [{"id": 6, "name": "Kim"}, {"id": 7, "name": None}],
    }
    router.get("/api/v2/users").mock(
        side_effect=lambda request: httpx.Response(200, json={"users": people[request.url.params["role"]]})
    )
    assert agent_id(client, "KIM@ours.example") == 5
    with pytest.raises(InputError, match="2 are called 'Kim'; give one of the ids 5, 6"):
        agent_id(client, "Kim")


def test_first_reply_comes_in_minutes_or_for_messaging_in_seconds(tickets: Tickets, router: respx.MockRouter) -> None:
    """Nothing yet, or nothing measured, is no time; groups come along where they were asked for."""
    sets = [
        {"ticket_id": 1, "reply_time_in_minutes": {"calendar": 90, "business": 30}},
        {"ticket_id": 2, "reply_time_in_minutes": {"calendar": None}, "reply_time_in_seconds": {"calendar": 7}},
        {"ticket_id": 3, "reply_time_in_minutes": {"calendar": None, "business": None}},
        {"ticket_id": 4, "reply_time_in_minutes": None},
    ]
    answer = {"tickets": [ticket(1)], "metric_sets": sets, "groups": [{"id": 9, "name": "Night"}]}
    date = {"Date": "Thu, 05 Feb 2026 10:11:14 GMT"}
    router.get("/api/v2/tickets/show_many").mock(return_value=httpx.Response(200, json=answer, headers=date))
    page = tickets.show_many([1], ("groups", "metric_sets"))
    found = {number: one.first_reply for number, one in page.metrics.items()}
    assert found == {1: timedelta(minutes=90), 2: timedelta(seconds=7), 3: None, 4: None}
    assert page.groups[9].name == "Night"


def test_users_are_read_a_hundred_at_a_time(tickets: Tickets, router: respx.MockRouter) -> None:
    """For none there is no call, and those who are gone are missing."""
    route = router.get("/api/v2/users/show_many")
    route.mock(side_effect=lambda _: httpx.Response(200, json={"users": [{"id": 1, "role": "agent"}]}))
    assert tickets.users([]) == {}
    assert [one.role for one in tickets.users(range(1, 102)).values()] == ["agent"]
    assert [len(call.request.url.params["ids"].split(",")) for call in route.calls] == [100, 1]
