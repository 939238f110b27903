"""Liquid markup: every placeholder that rules and webhooks use, as plain text."""

import pytest

from tests.sandbox.conftest import Desk, Doc, until
from tests.sandbox.receiver import Receiver, hook, quiet, then, trigger


@pytest.fixture
def filled(desk: Desk) -> Doc:
    """A ticket with everything that a placeholder can name."""
    body: Doc = {"key": "tier", "title": "Tier", "type": "text"}
    desk.call("POST", "organization_fields", {"organization_field": body}, status=201)
    given: Doc = {"name": "Mills & Co", "external_id": "M1", "organization_fields": {"tier": "gold"}}
    mills = desk.call("POST", "organizations", {"organization": given}, status=201).json()["organization"]
    robin = desk.user("Robin Vale", email="robin@a.example", external_id="R9", organization_id=mills["id"])
    flags = desk.field("multiselect", "a", "b", title="Flags")
    ticket = desk.ticket(
        subject='Say "hi" <b>', requester_id=robin["id"], external_id="X-1", priority="high", status="hold",
        custom_fields=[{"id": flags["id"], "value": ["a", "b"]}], tags=["z"], comment={"body": "First"},
    )  # fmt: skip
    return {"ticket": ticket, "flags": flags, "robin": robin}


def test_every_placeholder_of_the_reference_is_filled(desk: Desk, receiver: Receiver, filled: Doc) -> None:
    """Plain text, never HTML and never escaped; what is unknown or unset is empty."""
    flags, ticket = filled["flags"]["id"], filled["ticket"]
    expected = {
        "ticket.id": ticket["id"], "ticket.external_id": "X-1", "ticket.title": 'Say "hi" <b>',
        "ticket.description": "First", "ticket.status": "On-hold", "ticket.priority": "High",
        "ticket.via": "Web Service", "ticket.tags": "a b z", f"ticket.ticket_field_{flags}": "a b",
        f"ticket.ticket_field_option_title_{flags}": "A, B", "ticket.requester.id": filled["robin"]["id"],
        "ticket.requester.email": "robin@a.example", "ticket.requester.external_id": "R9",
        "ticket.requester.first_name": "Robin", "ticket.requester.last_name": "Vale",
        "ticket.organization.id": filled["robin"]["organization_id"], "ticket.organization.name": "Mills & Co",
        "ticket.organization.external_id": "M1", "ticket.organization.custom_fields.tier": "gold",
        "ticket.created_at_with_timestamp": ticket["created_at"], "current_user.id": desk.sandbox.owner_id,
        "current_user.name": "Account owner", "ticket.latest_comment.value": "Second",
        "ticket.latest_public_comment.value": "First", "ticket.latest_comment.is_public": "false",
        "ticket.assignee.name": "", "ticket.nonsense": "", "nonsense.deeply.so": "", "ticket.due_date": "",
        "ticket.group.name": "", "ticket.ticket_form": "Default Ticket Form", "ticket.cc_names": "",
        "ticket.ticket_field_77": "", "ticket.organization.custom_fields.nope": "", "ticket.account": "Local Zendesk",
    }  # fmt: skip
    body = "\n".join(f"{{{{{name}}}}}" for name in expected)
    trigger(desk, then("notification_webhook", [hook(desk, receiver.url)["id"], body]))
    desk.write(ticket["id"], comment={"body": "Second", "public": False})
    quiet(desk)
    rendered = until(lambda: receiver.calls)[0][1].decode().split("\n")
    assert dict(zip(expected, rendered, strict=True)) == {name: str(value) for name, value in expected.items()}


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("{% if ticket.priority == 'High' %}hot{% else %}cold{% endif %}", "hot"),
        ("{{ ticket.title | upcase | truncate: 6 }}", "SAY..."),
        ("{% for c in ticket.comments %}[{{ c.author.name }}: {{ c.value }}]{% endfor %}", "[Robin Vale: First]"),
        ("[{{ticket.latest_comment}}]", "[#]"),
        ("{{ ticket.id", "{{ ticket.id"),
        ("a{% for i in (1..999999999) %}x{% endfor %}b", "ab"),
        ("no markup }} here", "no markup }} here"),
    ],
)
def test_liquid_is_spoken(desk: Desk, filled: Doc, markup: str, shown: str) -> None:
    """Tags, loops and filters work; broken markup stays as it is, and none runs without end."""
    desk.call("PUT", f"users/{desk.sandbox.owner_id}", {"user": {"name": "Robin Vale"}}, status=200)
    number = filled["ticket"]["id"]
    desk.write(number, comment={"body": markup, "public": False})
    assert desk.get(f"tickets/{number}/comments")["comments"][-1]["body"] == shown


def test_dates_have_three_forms(desk: Desk) -> None:
    """As read, with the time, and as a timestamp."""
    stamp = desk.ticket()["created_at"]
    names = ("created_at", "created_at_with_time", "created_at_with_timestamp")
    desk.write(1, comment={"body": "|".join(f"{{{{ticket.{name}}}}}" for name in names)})
    day, moment, exact = desk.get("tickets/1/comments")["comments"][-1]["body"].split("|")
    assert exact == stamp
    assert day.endswith(stamp[:4])
    assert moment == f"{day}, {stamp[11:16]}"
