"""Webhooks that subscribe to events: the fixed envelope with all its traps."""

import json
import re
from typing import Any

import pytest

from tests.sandbox.conftest import Desk, Doc
from tests.sandbox.receiver import Receiver, hook, quiet


def _events(receiver: Receiver) -> list[Doc]:
    return [json.loads(body) for body in receiver.bodies()]


def _listen(desk: Desk, receiver: Receiver, *names: str) -> Doc:
    return hook(desk, receiver.url, subscriptions=[f"zen:event-type:{name}" for name in names])


def test_the_envelope_has_every_trap_of_the_real_one(desk: Desk, receiver: Receiver) -> None:
    """Ids are texts, words are upper case, the channel has another name, no custom fields, nanoseconds."""
    _listen(desk, receiver, "ticket.priority_changed")
    field = desk.field("tagger", "gold")
    ticket = desk.ticket(priority="low", type="task", custom_fields=[{"id": field["id"], "value": "gold"}])
    desk.write(ticket["id"], priority="high")
    quiet(desk)
    events = {event["event"]["current"]: event for event in _events(receiver)}
    told = events["HIGH"]
    assert told["type"] == "zen:event-type:ticket.priority_changed"
    assert told["subject"] == f"zen:ticket:{ticket['id']}"
    assert (told["zendesk_event_version"], told["account_id"]) == ("2022-11-06", 22129848)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", told["time"])
    detail = told["detail"]
    assert (detail["status"], detail["priority"], detail["type"]) == ("NEW", "HIGH", "TASK")
    assert detail["via"] == {"channel": "web_service"}
    assert (detail["id"], detail["actor_id"]) == (str(ticket["id"]), str(desk.sandbox.owner_id))
    assert all(isinstance(value, str | None) for name, value in detail.items() if name.endswith("_id"))
    assert "custom_fields" not in json.dumps(told)
    assert (told["event"]["previous"], events["LOW"]["event"]["previous"]) == ("LOW", None)


def test_no_tags_are_null(desk: Desk, receiver: Receiver) -> None:
    """And the event of a creation is empty."""
    _listen(desk, receiver, "ticket.created")
    desk.ticket()
    quiet(desk)
    (told,) = _events(receiver)
    assert (told["detail"]["tags"], told["event"]) == (None, {})


def test_one_change_tells_one_event_for_each_property_in_sequence(desk: Desk, receiver: Receiver) -> None:
    """A creation emits `created` and one more for every property that is set; the sequence orders them."""
    names = ("created", "custom_field_changed", "tags_changed", "comment_added", "priority_changed", "subject_changed")
    _listen(desk, receiver, *(f"ticket.{name}" for name in names))
    field = desk.field("multiselect", "a", title="Flags")
    desk.ticket(priority="low", custom_fields=[{"id": field["id"], "value": ["a"]}])
    quiet(desk)
    told = {event["type"].rpartition(".")[2]: event["event"] for event in _events(receiver)}
    assert told.keys() == set(names)
    sequences = [event["meta"]["sequence"] for name, event in told.items() if name != "created"]
    assert len({sequence["id"] for sequence in sequences}) == 1
    assert len({sequence["position"] for sequence in sequences}) == len(sequences)
    changed = told["custom_field_changed"]
    assert changed["custom_field"] == {"id": str(field["id"]), "title": "Flags", "type": "multiselect"}
    assert (changed["current"], changed["previous"]) == ({"value": ["a"]}, {"value": None})
    assert {"tags_added": ["a"], "tags_removed": []}.items() <= told["tags_changed"].items()
    comment = told["comment_added"]["comment"]
    assert (comment["is_public"], comment["author"]["is_staff"]) == (True, True)
    assert len({event["id"] for event in _events(receiver)}) == len(names)


def test_deletion_and_reassignment_are_told(desk: Desk, receiver: Receiver) -> None:
    """`soft_deleted`, and the new requester's organization."""
    _listen(desk, receiver, "ticket.soft_deleted", "ticket.organization_changed", "ticket.requester_changed")
    mills = desk.call("POST", "organizations", {"organization": {"name": "Mills"}}, status=201).json()["organization"]
    robin = desk.user(email="robin@a.example", organization_id=mills["id"])
    number = desk.ticket()["id"]
    quiet(desk)
    receiver.calls.clear()
    desk.write(number, requester_id=robin["id"])
    desk.call("DELETE", f"tickets/{number}", status=204)
    quiet(desk)
    told = {event["type"].rpartition(".")[2]: event["event"] for event in _events(receiver)}
    assert told["organization_changed"]["current"] == str(mills["id"])
    assert "soft_deleted" in told


def test_organizations_and_users_tell_their_changes(desk: Desk, receiver: Receiver) -> None:
    """With these a cache of customers can be dropped at once."""
    names = ("created", "name_changed", "tags_changed", "external_id_changed", "custom_field_changed", "deleted")
    _listen(desk, receiver, *(f"organization.{name}" for name in names), "user.role_changed")
    body = {"key": "tier", "title": "Tier", "type": "text"}
    desk.call("POST", "organization_fields", {"organization_field": body}, status=201)
    made = desk.call("POST", "organizations", {"organization": {"name": "Mills"}}, status=201).json()["organization"]
    change: Doc = {"name": "Mills & Co", "tags": ["big"], "external_id": "M", "organization_fields": {"tier": "x"}}
    desk.call("PUT", f"organizations/{made['id']}", {"organization": change}, status=200)
    desk.call("DELETE", f"organizations/{made['id']}", status=204)
    robin = desk.user(email="robin@a.example")
    desk.call("PUT", f"users/{robin['id']}", {"user": {"role": "agent"}}, status=200)
    quiet(desk)
    told = {event["type"].partition("type:")[2]: event for event in _events(receiver)}
    assert told.keys() == {f"organization.{name}" for name in names} | {"user.role_changed"}
    assert told["organization.name_changed"]["subject"] == f"zen:organization:{made['id']}"
    assert told["organization.name_changed"]["event"] == {"current": "Mills & Co", "previous": "Mills"}
    assert told["user.role_changed"]["event"] == {"current": "agent", "previous": "end-user"}


@pytest.mark.parametrize(
    "more",
    [
        {"subscriptions": ["zen:event-type:ticket.nonsense"]},
        {"subscriptions": ["conditional_ticket_events", "zen:event-type:ticket.created"]},
        {"subscriptions": ["zen:event-type:ticket.created"], "http_method": "PUT"},
        {"subscriptions": ["zen:event-type:ticket.created"], "request_format": "xml"},
    ],
)
def test_kinds_of_connection_exclude_each_other(desk: Desk, more: dict[str, Any]) -> None:
    """Unknown events, both kinds at once, and anything but POST with JSON for events are an answer 400."""
    body = {"name": "n", "endpoint": "http://127.0.0.1:9/", "http_method": "POST", "request_format": "json", **more}
    desk.call("POST", "webhooks", {"webhook": body}, status=400)


def test_the_kind_of_connection_is_fixed(desk: Desk, receiver: Receiver) -> None:
    """Neither PATCH nor PUT makes a trigger's webhook one of events."""
    webhook = hook(desk, receiver.url)
    change = {"webhook": {"subscriptions": ["zen:event-type:ticket.created"]}}
    for method in ("PATCH", "PUT"):
        desk.call(method, f"webhooks/{webhook['id']}", change, status=400)
    listed = [hook(desk, receiver.url, name=name)["name"] for name in ("b", "a")]
    names = [one["name"] for one in desk.get("webhooks?sort=-name")["webhooks"]]
    assert names == ["hook", *listed]
    desk.call("GET", "webhooks?sort=nonsense", status=400)
