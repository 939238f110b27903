"""E-mail arrives: new tickets, answers, follow-ups, and triggers that know the channel."""

from tests.sandbox.conftest import Desk
from tests.sandbox.receiver import then, trigger, when


def test_a_mail_makes_a_ticket_and_answers_one(desk: Desk) -> None:
    """The sender becomes a user; an answer to a pending ticket opens it; triggers tell mail from API."""
    trigger(desk, then("current_tags", "by_mail"), every=[when("current_via_id", "is", "4")])
    mail = {"from": "robin@a.example", "name": "Robin Vale", "subject": "Help", "body": "It is broken"}
    number = desk.call("POST", "/sandbox/mail", mail, status=201).json()["ticket_id"]
    ticket = desk.read(number)
    assert (ticket["via"]["channel"], ticket["subject"], ticket["tags"]) == ("email", "Help", ["by_mail"])
    assert ticket["requester_id"] == ticket["submitter_id"]
    change = {"status": "pending", "assignee_id": desk.sandbox.owner_id}
    desk.call("PUT", f"tickets/{number}", {"ticket": change}, status=200)
    desk.call("POST", "/sandbox/mail", {**mail, "body": "Still", "ticket_id": number}, status=200)
    assert desk.read(number)["status"] == "open"
    assert desk.get(f"tickets/{number}/comments")["comments"][-1]["via"]["channel"] == "email"


def test_a_mail_to_a_closed_ticket_makes_a_follow_up(desk: Desk) -> None:
    """It inherits tags and is told from other mail by its channel."""
    trigger(desk, then("current_tags", "again"), every=[when("via_id", "is", "27")])
    number = desk.ticket(tags=["old"], assignee_id=desk.sandbox.owner_id)["id"]
    desk.call("PUT", f"tickets/{number}", {"ticket": {"status": "closed"}}, status=200)
    mail = {"from": "robin@a.example", "body": "It is back", "ticket_id": number}
    made = desk.call("POST", "/sandbox/mail", mail, status=201).json()["ticket_id"]
    assert desk.read(made)["tags"] == ["again", "old"]
    assert desk.read(number)["followup_ids"] == [made]


def test_a_mail_of_nobody_is_refused_in_words(desk: Desk) -> None:
    """So are an empty one, a ticket that is not there, and words that mean nothing."""
    for mail in ({"body": "x"}, {"from": "robin@a.example", "body": " "}, {"from": "a@b.example", "boddy": "x"}):
        desk.call("POST", "/sandbox/mail", mail, status=400)
    desk.call("POST", "/sandbox/mail", {"from": "a@b.example", "body": "x", "ticket_id": 77}, status=404)
