"""What each role may see and do: admins, agents, restricted agents, light agents, end users."""

import pytest

from tests.sandbox.conftest import Desk

_FORBIDDEN = "Forbidden"


def _agent(desk: Desk, name: str = "agent", **given: object) -> tuple[int, dict[str, str]]:
    number = desk.user(name=name, email=f"{name}@a.example", role="agent", **given)["id"]
    return number, desk.acting_as(number)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "ticket_fields"), ("POST", "triggers"), ("POST", "organizations"), ("POST", "groups"),
        ("GET", "incremental/tickets/cursor?start_time=0"), ("GET", "webhooks"), ("DELETE", "tickets/1"),
        ("GET", "deleted_tickets"), ("POST", "custom_statuses"), ("PUT", "ticket_forms/1"),
    ],
)  # fmt: skip
def test_agents_administer_nothing(desk: Desk, method: str, path: str) -> None:
    """The forbidden envelope, before anything is looked up."""
    _, headers = _agent(desk)
    answer = desk.call(method, path, {} if method != "GET" else None, headers=headers, status=403).json()
    assert answer["error"]["title"] == _FORBIDDEN


def test_a_light_agent_comments_in_private_and_does_nothing_else(desk: Desk) -> None:
    """A public comment becomes private, other values are dropped, a write without a comment is 403; no assignee."""
    number, headers = _agent(desk, "light", only_private_comments=True)
    ticket = desk.ticket()["id"]
    body = {"ticket": {"comment": {"body": "Hm", "public": True}, "priority": "urgent", "tags": ["x"]}}
    answer = desk.call("PUT", f"tickets/{ticket}", body, headers=headers, status=200)
    assert "priority" in answer.headers["x-zendesk-api-warn"]
    changed = answer.json()["ticket"]
    assert (changed["priority"], changed["tags"]) == (None, [])
    comment = desk.get(f"tickets/{ticket}/comments")["comments"][-1]
    assert (comment["author_id"], comment["public"]) == (number, False)
    for method, path, given in (
        ("PUT", f"tickets/{ticket}", {"ticket": {"priority": "low"}}), ("POST", "tickets", body),
        ("PUT", f"tickets/{ticket}/tags", {"tags": ["x"]}), ("PUT", f"tickets/update_many?ids={ticket}", body),
    ):  # fmt: skip
        desk.call(method, path, given, headers=headers, status=403)
    assert desk.write(ticket, status=422, assignee_id=number)["details"]["assignee"]


def test_restrictions_narrow_what_an_agent_sees(desk: Desk) -> None:
    """By group, by organization, or by assignment: elsewhere 403, and left out of lists, views and `show_many`."""
    firm = desk.call("POST", "organizations", {"organization": {"name": "N"}}, status=201).json()["organization"]["id"]
    night = desk.call("POST", "groups", {"group": {"name": "Night"}}, status=201).json()["group"]["id"]
    view = {"title": "V", "all": [{"field": "status", "operator": "less_than", "value": "solved"}]}
    view_id = desk.call("POST", "views", {"view": view}, status=201).json()["view"]["id"]
    person = desk.user(email="r@n.example", organization_id=firm)["id"]
    plain, theirs, nightly = (
        desk.ticket()["id"],
        desk.ticket(requester_id=person)["id"],
        desk.ticket(group_id=night)["id"],
    )
    cases = {
        "groups": ({}, nightly), "organization": ({"organization_id": firm}, theirs), "assigned": ({}, plain),
    }  # fmt: skip
    for restriction, (given, expected) in cases.items():
        number, headers = _agent(desk, restriction, ticket_restriction=restriction, **given)
        if restriction == "groups":
            membership = {"group_membership": {"user_id": number, "group_id": night}}
            desk.call("POST", "group_memberships", membership, status=201)
        if restriction == "assigned":
            desk.change(plain, assignee_id=number)
        for path in ("tickets", f"tickets/show_many?ids={plain},{theirs},{nightly}", f"views/{view_id}/tickets"):
            assert [t["id"] for t in desk.get(path, headers=headers)["tickets"]] == [expected], (restriction, path)
        hidden = next(one for one in (plain, theirs, nightly) if one != expected)
        refused = desk.call("GET", f"tickets/{hidden}", headers=headers, status=403).json()
        assert refused["error"]["title"] == _FORBIDDEN
        desk.call("PUT", f"tickets/{hidden}", {"ticket": {"priority": "low"}}, headers=headers, status=403)


def test_end_users_see_their_requests_and_nothing_else(desk: Desk) -> None:
    """Agents' endpoints are 403; a stranger's request is 404; notes are hidden; solving needs an assignee."""
    person, other = desk.user(email="r@n.example")["id"], desk.user(email="o@n.example")["id"]
    headers, stranger = desk.acting_as(person), desk.acting_as(other)
    body = {"request": {"subject": "Help", "comment": {"body": "Please"}}}
    made = desk.call("POST", "requests", body, headers=headers, status=201).json()["request"]
    number = made["id"]
    assert (made["requester_id"], made["status"], made["can_be_solved_by_me"]) == (person, "new", False)
    desk.change(number, comment={"body": "Internal", "public": False}, assignee_id=desk.sandbox.owner_id)
    seen = desk.get(f"requests/{number}/comments", headers=headers)
    assert [comment["body"] for comment in seen["comments"]] == ["Please"]
    assert [one["id"] for one in desk.get("requests/open", headers=headers)["requests"]] == [number]
    desk.call("GET", f"requests/{number}", headers=stranger, status=404)
    assert desk.get("requests", headers=stranger)["requests"] == []
    for path in (f"tickets/{number}", "tickets", "views", "users", "search?query=x", "job_statuses"):
        desk.call("GET", path, headers=headers, status=403)
    desk.call("PUT", f"tickets/{number}", {"ticket": {"priority": "low"}}, headers=headers, status=403)
    solved = {"request": {"solved": True, "comment": {"body": "Thanks"}}}
    assert (
        desk.call("PUT", f"requests/{number}", solved, headers=headers, status=200).json()["request"]["status"]
        == "solved"
    )
    assert [one["id"] for one in desk.get("requests/solved", headers=headers)["requests"]] == [number]
    for path in ("tickets", "tickets?async=true", "tickets/create_many"):
        desk.call("POST", path, {"ticket": {"comment": {"body": "x"}}}, headers=headers, status=403)
    copied = desk.ticket(email_cc_ids=[person])["id"]
    assert [one["id"] for one in desk.get("requests/ccd", headers=headers)["requests"]] == [copied]
