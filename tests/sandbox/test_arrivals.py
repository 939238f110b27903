"""Tickets that come in other ways: imports, recovered mail; and mail that is spam."""

from tests.sandbox.conftest import Desk


def test_an_import_keeps_dates_and_runs_no_trigger(desk: Desk) -> None:
    """Created when it was elsewhere, with its comments; no trigger looks at it; a closed one may go to the archive."""
    trigger = {
        "title": "t", "conditions": {"all": [{"field": "update_type", "operator": "is", "value": "Create"}], "any": []},
        "actions": [{"field": "priority", "value": "urgent"}],
    }  # fmt: skip
    desk.call("POST", "triggers", {"trigger": trigger}, status=201)
    person = desk.user(email="r@n.example")["id"]
    me = desk.sandbox.owner_id
    body = {
        "subject": "Old", "requester_id": person, "assignee_id": me, "status": "closed", "tags": ["old"],
        "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-02-01T00:00:00Z", "priority": "low",
        "comments": [
            {"author_id": person, "value": "Help", "created_at": "2020-01-01T00:00:00Z"},
            {"author_id": me, "value": "Done", "public": False, "created_at": "2020-01-03T00:00:00Z"},
        ],
    }  # fmt: skip
    made = desk.call("POST", "imports/tickets", {"ticket": body}, status=201).json()["ticket"]
    number = made["id"]
    assert (made["created_at"], made["updated_at"]) == ("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")
    assert (made["priority"], made["status"], made["description"]) == ("low", "closed", "Help")
    comments = desk.get(f"tickets/{number}/comments")["comments"]
    assert [(c["body"], c["public"], c["author_id"], c["created_at"][:10]) for c in comments] == [
        ("Help", True, person, "2020-01-01"), ("Done", False, me, "2020-01-03"),
    ]  # fmt: skip
    assert [ticket["id"] for ticket in desk.get("tickets")["tickets"]] == [number]
    archived = desk.call("POST", "imports/tickets?archive_immediately=true", {"ticket": body}, status=201).json()
    assert [ticket["id"] for ticket in desk.get("tickets")["tickets"]] == [number]
    desk.call("GET", f"tickets/{archived['ticket']['id']}", status=200)
    desk.call("POST", "imports/tickets", {"ticket": {"subject": "S"}}, status=422)


def test_a_suspended_mail_is_no_ticket_until_it_is_recovered(desk: Desk) -> None:
    """In no list; recovered, its requester is the calling agent; deleted, it is gone."""
    mail = {"subject": "Win", "content": "Click here", "email": "x@spam.example"}
    one, two, three = (
        desk.call("POST", "/sandbox/suspended_tickets", mail, status=201).json()["suspended_ticket"]["id"]
        for _ in range(3)
    )
    assert desk.get("tickets")["tickets"] == []
    listed = desk.get("suspended_tickets")["suspended_tickets"]
    assert [(found["id"], found["author"]["email"], found["cause_id"]) for found in listed] == [
        (number, "x@spam.example", 0) for number in (one, two, three)
    ]
    made = desk.call("PUT", f"suspended_tickets/{one}/recover", status=200).json()["ticket"][0]
    assert (made["subject"], made["requester_id"], made["via"]["channel"]) == ("Win", desk.sandbox.owner_id, "email")
    many = desk.call("PUT", f"suspended_tickets/recover_many?ids={two},5", status=200).json()["tickets"]
    assert len(many) == 1
    desk.call("DELETE", f"suspended_tickets/{three}", status=204)
    desk.call("GET", f"suspended_tickets/{three}", status=404)
    assert desk.get("suspended_tickets")["suspended_tickets"] == []


def test_spam_takes_its_requester_along(desk: Desk) -> None:
    """The ticket is deleted, the requester suspended; a colleague is not."""
    person = desk.user(email="x@spam.example")["id"]
    spam, own = desk.ticket(requester_id=person)["id"], desk.ticket()["id"]
    for number in (spam, own):
        desk.call("PUT", f"tickets/{number}/mark_as_spam", status=200)
        desk.call("GET", f"tickets/{number}", status=404)
    assert desk.get(f"users/{person}")["user"]["suspended"]
    assert not desk.get("users/me")["user"]["suspended"]
