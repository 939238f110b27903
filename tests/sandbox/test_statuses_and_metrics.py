"""Custom statuses stand for the status and follow it; metrics measure what happens to a ticket."""

from tests.sandbox.conftest import Desk


def test_an_account_has_a_default_status_in_each_category(desk: Desk) -> None:
    """Five of them; a new ticket has the default of its status."""
    found = desk.get("custom_statuses")["custom_statuses"]
    assert [(one["status_category"], one["default"]) for one in found] == [
        (category, True) for category in ("new", "open", "pending", "hold", "solved")
    ]
    assert desk.ticket()["custom_status_id"] == found[0]["id"]


def test_status_and_custom_status_set_each_other(desk: Desk) -> None:
    """A custom status brings its category; a status brings the category's default; within a category nothing moves."""
    body = {"custom_status": {"status_category": "pending", "agent_label": "Waiting for parts"}}
    made = desk.call("POST", "custom_statuses", body, status=201).json()["custom_status"]
    assert (made["end_user_label"], made["default"], made["active"]) == ("Waiting for parts", False, True)
    number = desk.ticket()["id"]
    changed = desk.change(number, custom_status_id=made["id"], status="open")
    assert (changed["status"], changed["custom_status_id"]) == ("pending", made["id"])
    changed = desk.change(number, priority="low", status="pending")
    assert changed["custom_status_id"] == made["id"]
    changed = desk.change(number, status="open")
    default = next(one["id"] for one in desk.get("custom_statuses?default=true")["custom_statuses"]
                   if one["status_category"] == "open")  # fmt: skip
    assert (changed["status"], changed["custom_status_id"]) == ("open", default)
    names = [event["field_name"] for event in desk.audits(number)[-1]["events"]]
    assert {"status", "custom_status_id"} <= set(names)


def test_the_default_of_a_category_can_change(desk: Desk) -> None:
    """Setting the status then chooses the new default; a default cannot be switched off; labels are unique."""
    body = {"custom_status": {"status_category": "pending", "agent_label": "Waiting"}}
    made = desk.call("POST", "custom_statuses", body, status=201).json()["custom_status"]["id"]
    desk.call("POST", "custom_statuses", body, status=422)
    desk.call("POST", "custom_statuses", {"custom_status": {"agent_label": "x"}}, status=422)
    desk.call("PUT", "custom_status/default", {"ids": [made]}, status=200)
    assert desk.change(desk.ticket()["id"], status="pending")["custom_status_id"] == made
    desk.call("PUT", f"custom_statuses/{made}", {"custom_status": {"active": False}}, status=422)
    renamed = desk.call("PUT", f"custom_statuses/{made}", {"custom_status": {"agent_label": "W2"}}, status=200).json()
    assert renamed["custom_status"]["agent_label"] == "W2"
    assert desk.write(desk.ticket()["id"], status=422, custom_status_id=1)["error"] == "RecordInvalid"


def test_metrics_measure_replies_and_reopens(desk: Desk) -> None:
    """Minutes by the clock: the first reply, the first and last solution, and who waited for whom."""
    person = desk.user(email="r@n.example")["id"]
    number = desk.ticket(requester_id=person)["id"]
    me = desk.sandbox.owner_id
    desk.advance(600)
    desk.change(number, assignee_id=me, status="pending", comment={"body": "Hello", "public": True})
    desk.advance(1200)
    desk.change(number, status="solved", comment={"body": "Once more", "public": True})
    desk.advance(60)
    desk.change(number, status="open", comment={"body": "Note", "public": False})
    desk.advance(60)
    desk.change(number, status="solved")
    found = desk.get(f"tickets/{number}/metrics")["ticket_metric"]
    counted = (found["replies"], found["reopens"], found["assignee_stations"], found["group_stations"])
    assert counted == (2, 1, 1, 1)
    minutes = {name: found[f"{name}_time_in_minutes"]["calendar"] for name in
               ("reply", "first_resolution", "full_resolution", "agent_wait", "requester_wait")}  # fmt: skip
    assert minutes == {
        "reply": 10, "first_resolution": 30, "full_resolution": 32, "agent_wait": 20, "requester_wait": 11,
    }  # fmt: skip
    assert found["solved_at"] == found["status_updated_at"]
    shown = desk.get(f"tickets/{number}?include=dates,slas,comment_count")["ticket"]
    assert (shown["dates"]["solved_at"], shown["slas"], shown["comment_count"]) == (
        found["solved_at"], {"policy_metrics": []}, 4,
    )  # fmt: skip
    assert desk.get(f"ticket_metrics/{found['id']}")["ticket_metric"]["ticket_id"] == number
    assert [one["ticket_id"] for one in desk.get("ticket_metrics")["ticket_metrics"]] == [number]
