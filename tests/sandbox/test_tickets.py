"""Tickets: creating, reading, updating, and what Zendesk drops without a word."""

import pytest

from tests.sandbox.conftest import Desk, value_of


def test_create_answers_201_with_location_ticket_and_audit(desk: Desk) -> None:
    """A created ticket is New, has its requester by e-mail, and tells of its first comment in its audit."""
    given = {"subject": "S", "comment": {"body": "B"}, "requester": {"name": "Robin", "email": "robin@a.example"}}
    answer = desk.call("POST", "tickets.json", {"ticket": given}, status=201)
    ticket, audit = answer.json()["ticket"], answer.json()["audit"]
    assert answer.headers["location"] == ticket["url"]
    assert ticket["status"] == "new"
    assert ticket["description"] == "B"
    assert ticket["custom_fields"] == ticket["fields"]
    assert desk.get(f"users/{ticket['requester_id']}")["user"]["email"] == "robin@a.example"
    assert [event["type"] for event in audit["events"]][:2] == ["Comment", "Create"]
    assert {"type": "Create", "field_name": "priority", "value": None}.items() <= audit["events"][3].items()


def test_a_ticket_needs_a_comment(desk: Desk) -> None:
    """Without text there is a 422 with the code BlankValue."""
    answer = desk.call("POST", "tickets", {"ticket": {"subject": "S"}}, status=422).json()
    assert answer["error"] == "RecordInvalid"
    assert answer["details"]["base"][0]["error"] == "BlankValue"


def test_idempotency_key_replays_and_refuses_another_body(desk: Desk) -> None:
    """The same key answers the same ticket for two hours; with another body it is an error."""
    headers = {**desk.admin, "Idempotency-Key": "k1"}
    body = {"ticket": {"subject": "S", "comment": {"body": "B"}}}
    first = desk.call("POST", "tickets", body, headers=headers, status=201)
    again = desk.call("POST", "tickets", body, headers=headers, status=201)
    assert [a.headers["x-idempotency-lookup"] for a in (first, again)] == ["miss", "hit"]
    assert first.json() == again.json()
    other = desk.call("POST", "tickets", {"ticket": {"comment": {"body": "C"}}}, headers=headers, status=400)
    assert other.json()["error"] == "IdempotentRequestError"
    desk.advance(7300)
    assert desk.call("POST", "tickets", body, headers=headers).json()["ticket"]["id"] != first.json()["ticket"]["id"]


def test_unknown_keys_are_dropped_and_named_in_a_header(desk: Desk) -> None:
    """A misspelled key answers 200, changes nothing, and stands in `x-zendesk-api-warn`."""
    ticket = desk.ticket()
    answer = desk.call(
        "PUT", f"tickets/{ticket['id']}", {"ticket": {"priorty": "high", "description": "x"}}, status=200
    )
    assert '"ticket.priorty"' in answer.headers["x-zendesk-api-warn"]
    misspelled = {"comment": {"body": "For us only", "pubic": False}}
    for method, path, body in (
        ("PUT", f"tickets/{ticket['id']}", {"ticket": misspelled}),
        ("PUT", "tickets/update_many", {"tickets": [{"id": ticket["id"], **misspelled}]}),
        ("POST", "tickets", {"ticket": misspelled}),
    ):
        warned = desk.call(method, path, body).headers["x-zendesk-api-warn"]
        assert warned == '{:allowed_parameters=>{:controller=>[], :unpermitted_keys=>["ticket.comment.pubic"]}}'
    assert desk.get(f"tickets/{ticket['id']}/comments")["comments"][-1]["public"]
    assert answer.json()["ticket"]["description"] == "Since this morning."


def test_additional_tags_do_nothing_on_one_ticket(desk: Desk) -> None:
    """They are for many tickets at once; a single update ignores them."""
    ticket = desk.ticket(tags=["a"])
    assert desk.write(ticket["id"], additional_tags=["b"], remove_tags=["a"])["ticket"]["tags"] == ["a"]


def test_an_update_without_change_leaves_no_trace(desk: Desk) -> None:
    """It answers 200 with an older audit, and `updated_at` stays."""
    ticket = desk.ticket(priority="high")
    desk.advance(60)
    answer = desk.write(ticket["id"], priority="high", comment={"body": " "})
    assert answer["ticket"]["updated_at"] == ticket["updated_at"]
    assert answer["audit"]["id"] == desk.audits(ticket["id"])[0]["id"]
    assert len(desk.audits(ticket["id"])) == 1


def test_one_update_is_one_audit(desk: Desk) -> None:
    """Priority, field and note in one request come as one audit, with the caller's metadata."""
    field = desk.field("tagger", "gold")
    ticket = desk.ticket()
    fields = [{"id": field["id"], "value": "gold"}]
    note = {"body": "Note", "public": False}
    desk.write(ticket["id"], priority="low", custom_fields=fields, comment=note, metadata={"run": "1"})
    audit = desk.audits(ticket["id"])[-1]
    assert audit["metadata"]["custom"] == {"run": "1"}
    told = {event.get("field_name"): event.get("value") for event in audit["events"]}
    assert told == {None: None, "priority": "low", "tags": ["gold"], str(field["id"]): "gold"}


@pytest.mark.parametrize("safe", [True, False, "true"])
def test_an_outdated_stamp_conflicts_whatever_safe_update_says(desk: Desk, safe: object) -> None:
    """The mere presence of `safe_update` turns the check on; a stamp alone does not."""
    ticket = desk.ticket()
    desk.advance(10)
    desk.write(ticket["id"], priority="low")
    stamp = ticket["updated_at"]
    answer = desk.write(ticket["id"], status=409, priority="high", safe_update=safe, updated_stamp=stamp)
    assert answer["error"] == "UpdateConflict"
    desk.write(ticket["id"], subject="free", updated_stamp=stamp)
    fresh = desk.read(ticket["id"])["updated_at"]
    desk.write(ticket["id"], priority="high", safe_update=safe, updated_stamp=fresh)


def test_two_writes_in_one_second_share_a_stamp(desk: Desk) -> None:
    """`updated_at` has whole seconds, so that a safe update can let a change slip through."""
    ticket = desk.ticket()
    desk.write(ticket["id"], priority="low")
    desk.write(ticket["id"], priority="high", safe_update=True, updated_stamp=ticket["updated_at"])
    assert desk.read(ticket["id"])["priority"] == "high"


def test_native_rules(desk: Desk) -> None:
    """Assigning opens; nothing returns to New; priority does not go back to none; solving needs an assignee."""
    ticket = desk.ticket(priority="low")
    assert desk.write(ticket["id"], status=422, priority="p0")["details"]["priority"]
    desk.call("PUT", f"tickets/{ticket['id']}", {"ticket": {"status": "solved"}}, status=422)
    opened = desk.write(ticket["id"], assignee_id=desk.sandbox.owner_id, priority=None)["ticket"]
    assert (opened["status"], opened["priority"]) == ("open", "low")
    unchanged = desk.call("PUT", f"tickets/{ticket['id']}", {"ticket": {"status": "new"}}, status=200).json()["ticket"]
    assert unchanged["status"] == "open"


def test_a_customers_reply_reopens(desk: Desk) -> None:
    """An end user's comment on a solved ticket opens it again, and is public whatever it says."""
    robin = desk.user(email="robin@a.example")
    ticket = desk.ticket(requester_id=robin["id"], assignee_id=desk.sandbox.owner_id, status="solved")
    reply = {"request": {"comment": {"body": "Not solved", "public": False}}}
    desk.call("PUT", f"requests/{ticket['id']}", reply, headers=desk.acting_as(robin["id"]), status=200)
    assert desk.read(ticket["id"])["status"] == "open"
    last = desk.get(f"tickets/{ticket['id']}/comments")["comments"][-1]
    assert (last["public"], last["author_id"], last["via"]["channel"]) == (True, robin["id"], "web")


def test_an_end_user_creates_with_few_words(desk: Desk) -> None:
    """An end user sets subject and comment; tags, priority and hidden fields are ignored."""
    robin = desk.user(email="robin@a.example")
    field = desk.field("tagger", "gold")
    body = {
        "subject": "S", "comment": {"body": "B"}, "priority": "urgent", "tags": ["x"],
        "custom_fields": [{"id": field["id"], "value": "gold"}],
    }  # fmt: skip
    answer = desk.call("POST", "requests", {"request": body}, headers=desk.acting_as(robin["id"]), status=201)
    ticket = desk.read(answer.json()["request"]["id"])
    assert (ticket["requester_id"], ticket["priority"], ticket["tags"]) == (robin["id"], None, [])
    desk.call("GET", "tickets", headers=desk.acting_as(robin["id"]), status=403)
    desk.call("POST", "tickets", {"ticket": body}, headers=desk.acting_as(robin["id"]), status=403)


def test_closed_tickets_refuse_and_have_followups(desk: Desk) -> None:
    """A closed ticket answers 422; a follow-up inherits its tags and fields and says where it came from."""
    field = desk.field("tagger", "gold")
    values = [{"id": field["id"], "value": "gold"}]
    old = desk.ticket(tags=["vip"], custom_fields=values, assignee_id=desk.sandbox.owner_id)
    desk.call("PUT", f"tickets/{old['id']}", {"ticket": {"status": "closed"}}, status=200)
    refused = desk.write(old["id"], status=422, priority="low")
    assert refused["details"] == {"status": [{"description": "Status: closed prevents ticket update"}]}
    desk.call("PUT", f"tickets/{old['id']}/tags", {"tags": ["x"]}, status=422)
    new = desk.ticket(via_followup_source_id=old["id"])
    assert new["tags"] == ["gold", "vip"]
    assert value_of(new, field) == "gold"
    assert new["via"]["source"]["rel"] == "follow_up"
    assert desk.read(old["id"])["followup_ids"] == [new["id"]]


def test_show_many_leaves_out_unknown_ids(desk: Desk) -> None:
    """Up to 100 ids; the unknown and the deleted are missing; side-loads come once each."""
    one, two = desk.ticket(), desk.ticket()
    desk.call("DELETE", f"tickets/{two['id']}", status=204)
    body = desk.get(f"tickets/show_many?ids={one['id']},{two['id']},999&include=users,organizations")
    assert [ticket["id"] for ticket in body["tickets"]] == [one["id"]]
    assert [user["id"] for user in body["users"]] == [desk.sandbox.owner_id]
    assert body["organizations"] == []
    refused = desk.call("GET", "tickets/show_many?ids=" + ",".join(map(str, range(101))), status=400).json()
    assert (refused["error"], refused["max_count"]) == ("TooManyValues", 100)


def test_deleted_tickets_are_gone_from_reads(desk: Desk) -> None:
    """Deletion is soft: 404 on reading, missing from the list."""
    ticket = desk.ticket()
    desk.call("DELETE", f"tickets/{ticket['id']}", status=204)
    assert desk.call("GET", f"tickets/{ticket['id']}", status=404).json()["error"] == "RecordNotFound"
    assert desk.get("tickets")["count"] == 0


def test_organization_and_its_tags_come_with_the_requester(desk: Desk) -> None:
    """A new ticket has the requester's organization and that organization's tags; another organization is refused."""
    body = {"organization": {"name": "Northwind", "domain_names": ["north.example"], "tags": ["pilot"]}}
    organization = desk.call("POST", "organizations", body, status=201).json()["organization"]
    robin = desk.user(email="robin@north.example")
    assert robin["organization_id"] == organization["id"]
    ticket = desk.ticket(requester_id=robin["id"])
    assert (ticket["organization_id"], ticket["tags"]) == (organization["id"], ["pilot"])
    other = desk.call("POST", "organizations", {"organization": {"name": "Other"}}, status=201).json()["organization"]
    desk.write(ticket["id"], status=422, organization_id=other["id"])
    moved = desk.write(ticket["id"], requester_id=desk.sandbox.owner_id)["ticket"]
    assert moved["organization_id"] is None
