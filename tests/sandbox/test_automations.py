"""Automations: once an hour by the sandbox's clock, on tickets that have waited long enough."""

import pytest

from tests.sandbox.conftest import Desk, Doc
from tests.sandbox.receiver import then, trigger, when

_WAITED: list[Doc] = [when("status", "is", "pending"), when("PENDING", "greater_than", "24")]


def automation(desk: Desk, *actions: Doc, every: list[Doc] = _WAITED, status: int = 201, **more: object) -> Doc:
    body = {"title": "A", "conditions": {"all": every, "any": []}, "actions": list(actions), **more}
    answer: Doc = desk.call("POST", "automations", {"automation": body}, status=status).json()
    made: Doc = answer.get("automation", answer)
    return made


def _pending(desk: Desk) -> int:
    number: int = desk.ticket(assignee_id=desk.sandbox.owner_id)["id"]
    desk.call("PUT", f"tickets/{number}", {"ticket": {"status": "pending"}}, status=200)
    return number


def test_it_runs_every_hour_and_changes_what_has_waited(desk: Desk) -> None:
    """Within one command for two days: solved after a day, in an audit of its own by the rule, then left alone."""
    made = automation(desk, then("status", "solved"), then("current_tags", "timed_out"))
    number, other = _pending(desk), desk.ticket()["id"]
    desk.clock(advance_seconds=23 * 3600, settle=True)
    assert desk.read(number)["status"] == "pending"
    desk.clock(advance_seconds=25 * 3600, settle=True)
    ticket = desk.read(number)
    assert (ticket["status"], ticket["tags"], desk.read(other)["status"]) == ("solved", ["timed_out"], "new")
    audits = desk.audits(number)
    assert len(audits) == 3
    via = audits[-1]["via"]
    assert (via["channel"], via["source"]["rel"], via["source"]["from"]["id"]) == ("rule", "automation", made["id"])
    assert audits[-1]["author_id"] == -1
    assert "The automation “A” by a rule" in desk.http.get(f"/agent/tickets/{number}").text.replace("</bdi>", "")


def test_triggers_run_after_it(desk: Desk) -> None:
    """They know it by `current_via_id` 8, and that the change is no creation."""
    rule = [when("current_via_id", "is", "8"), when("update_type", "is", "Change"), when("status", "value", "solved")]
    trigger(desk, then("current_tags", "seen"), every=rule)
    automation(desk, then("status", "solved"))
    number = _pending(desk)
    desk.clock(advance_seconds=26 * 3600, settle=True)
    assert desk.read(number)["tags"] == ["seen"]


def test_an_hour_that_is_met_once_needs_no_other_end(desk: Desk) -> None:
    """People are told once, though nothing about the ticket changes."""
    every = [when("status", "less_than", "solved"), when("NEW", "is", "2")]
    automation(desk, then("notification_user", ["assignee_id", "Still new", "#{{ticket.id}}"]), every=every)
    number = desk.ticket()["id"]
    desk.clock(advance_seconds=8 * 3600, settle=True)
    told = [event for audit in desk.audits(number) for event in audit["events"] if event["type"] == "Notification"]
    assert [event["body"] for event in told] == [f"#{number}"]


def test_one_that_cannot_be_changed_does_not_stop_the_others(desk: Desk) -> None:
    """Solving needs an assignee; the ticket without one stays as it is."""
    every = [when("status", "less_than", "solved"), when("NEW", "greater_than", "1")]
    automation(desk, then("status", "solved"), then("priority", "low"), every=every)
    lone = desk.ticket()["id"]
    automation(
        desk, then("current_tags", "late"), title="B", every=[*every, when("current_tags", "not_includes", "late")]
    )
    desk.clock(advance_seconds=3 * 3600, settle=True)
    assert (desk.read(lone)["status"], desk.read(lone)["priority"], desk.read(lone)["tags"]) == ("new", None, ["late"])


@pytest.mark.parametrize(
    ("every", "actions", "told"),
    [
        ([when("status", "is", "open")], [then("status", "solved")], "a condition on time"),
        ([when("OPEN", "greater_than", "5")], [then("status", "solved")], "at least one of"),
        ([when("type", "is", "task"), when("OPEN", "greater_than", "5")], [then("priority", "low")], "must nullify"),
        (_WAITED, [], "Actions: cannot be blank"),
    ],
)
def test_one_that_would_never_end_is_refused(desk: Desk, every: list[Doc], actions: list[Doc], told: str) -> None:
    """So is one without a time, without a field that is required, and without an action."""
    refused = automation(desk, *actions, every=every, status=422)
    assert told in str(refused["details"])


def test_its_life(desk: Desk) -> None:
    """Lists, search, many at once; a twin that is active is refused; PUT replaces conditions and actions alike."""
    one = automation(desk, then("status", "solved"), title="Solve")
    automation(desk, then("status", "solved"), title="Twin", status=422)
    two = automation(desk, then("status", "open"), title="Reopen")
    assert [a["title"] for a in desk.get("automations")["automations"]] == ["Solve", "Reopen"]
    assert [a["title"] for a in desk.get("automations/search?query=open")["automations"]] == ["Reopen"]
    items = [{"id": one["id"], "active": False, "position": 9}]
    desk.call("PUT", "automations/update_many", {"automations": items}, status=200)
    assert [a["title"] for a in desk.get("automations/active")["automations"]] == ["Reopen"]
    path = f"automations/{two['id']}"
    desk.call("PUT", path, {"automation": {"actions": [then("status", "hold")]}}, status=422)
    assert desk.get(path)["automation"]["actions"] == [then("status", "open")]
    desk.call("PUT", path, {"automation": {"title": "Open again"}}, status=200)
    assert desk.get(path)["automation"]["title"] == "Open again"
    desk.call("DELETE", path, status=204)
    desk.call("DELETE", f"automations/destroy_many?ids={one['id']},77", status=204)
    assert desk.get("automations")["automations"] == []
