"""Triggers as records: lists, search, many at once, order, categories, limits, and what is refused."""

import json

import pytest

from tests.sandbox.conftest import Desk, Doc
from tests.sandbox.receiver import then, trigger, when


def _titles(desk: Desk, path: str) -> list[str]:
    return [one["title"] for one in desk.get(path)["triggers"]]


def test_the_legacy_form_of_conditions_is_taken(desk: Desk) -> None:
    """`all` and `any` beside the title are read like `conditions`."""
    body = {"title": "T", "all": [when("status", "is", "new")], "actions": [then("priority", "low")]}
    made = desk.call("POST", "triggers", {"trigger": body}, status=201)
    assert made.json()["trigger"]["conditions"] == {"all": [when("status", "is", "new")], "any": []}
    assert made.headers["location"] == made.json()["trigger"]["url"]


def test_lists_are_filtered_sorted_and_searched(desk: Desk) -> None:
    """By state, category, title and description; running order unless said otherwise."""
    for title, more in (("Beta", {"active": False}), ("alpha", {"description": "Close"}), ("Gamma alpha", {})):
        trigger(desk, then("priority", "low"), title=title, **more)
    assert _titles(desk, "triggers") == ["Beta", "alpha", "Gamma alpha"]
    assert _titles(desk, "triggers?sort_by=alphabetical") == ["alpha", "Beta", "Gamma alpha"]
    assert _titles(desk, "triggers?active=false") == ["Beta"]
    assert _titles(desk, "triggers/active") == ["alpha", "Gamma alpha"]
    assert _titles(desk, "triggers/search?query=ALPHA") == ["alpha", "Gamma alpha"]
    wanted = json.dumps({"json": {"description": "Close"}})
    assert [t["title"] for t in desk.get("triggers/search", params={"filter": wanted})["triggers"]] == ["alpha"]
    assert desk.call("GET", "triggers/search?filter=x").status_code == 400


def test_many_are_changed_deleted_and_reordered(desk: Desk) -> None:
    """update_many takes position and state only; reorder needs every trigger and a single category."""
    ids = [trigger(desk, then("priority", "low"), title=title)["id"] for title in "abc"]
    items = [{"id": ids[0], "position": 9, "title": "ignored"}, {"id": ids[1], "active": False}]
    desk.call("PUT", "triggers/update_many", {"triggers": items}, status=200)
    assert _titles(desk, "triggers") == ["b", "c", "a"]
    assert _titles(desk, "triggers/active") == ["c", "a"]
    desk.call("PUT", "triggers/update_many", {"triggers": [{"id": ids[0]}] * 101}, status=400)
    desk.call("PUT", "triggers/reorder", {"trigger_ids": ids[:2]}, status=404)
    desk.call("PUT", "triggers/reorder", {"trigger_ids": ids[::-1]}, status=200)
    assert _titles(desk, "triggers") == ["c", "b", "a"]
    desk.call("POST", "trigger_categories", {"trigger_category": {"name": "Two"}}, status=200)
    refused = desk.call("PUT", "triggers/reorder", {"trigger_ids": ids}, status=400).json()
    assert refused["errors"][0]["code"] == "LimitOneCategory"
    desk.call("DELETE", f"triggers/destroy_many?ids={ids[0]},{ids[1]},77", status=204)
    assert _titles(desk, "triggers") == ["c"]


def test_categories_order_the_run(desk: Desk) -> None:
    """A trigger of an earlier category runs first whatever its position; ids are texts; a used one cannot go."""
    first = desk.get("trigger_categories?include=rule_counts")["trigger_categories"]
    assert [(one["name"], one["active_count"]) for one in first] == [("Initial category", 0)]
    body = {"trigger_category": {"name": "Before", "position": -1}}
    made = desk.call("POST", "trigger_categories", body, status=200).json()["trigger_category"]
    assert isinstance(made["id"], str)
    trigger(desk, then("priority", "high"), position=1, title="late", category_id=first[0]["id"])
    trigger(desk, then("priority", "low"), position=9, title="early", category_id=made["id"])
    assert _titles(desk, "triggers") == ["early", "late"]
    assert desk.ticket()["priority"] == "high"
    path = f"trigger_categories/{made['id']}"
    refused = desk.call("DELETE", path, status=400).json()
    assert refused["errors"][0]["code"] == "TriggerCategoryNotEmpty"
    assert desk.call("PATCH", path, {"trigger_category": {"name": " "}}).status_code == 400
    renamed = desk.call("PATCH", path, {"trigger_category": {"name": "Later", "position": 5}}, status=200).json()
    assert renamed["trigger_category"]["name"] == "Later"
    assert _titles(desk, "triggers") == ["late", "early"]
    job = {"action": "patch", "items": {"trigger_categories": [{"id": made["id"], "position": -2}], "triggers": []}}
    assert desk.call("POST", "trigger_categories/jobs", {"job": job}, status=200).json()["status"] == "complete"
    assert _titles(desk, "triggers") == ["early", "late"]
    desk.call("GET", "trigger_categories/nope", status=404)
    unknown = {"title": "T", "actions": [then("priority", "low")], "category_id": "nope"}
    desk.call("POST", "triggers", {"trigger": unknown}, status=404)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"title": " "}, "Title: cannot be blank"),
        ({"actions": []}, "Actions: cannot be blank"),
        ({"actions": [then("nonsense", 1)]}, "Actions: nonsense is not a valid field"),
        ({"actions": [then("status", "new")]}, "Actions: new is not a valid value for status"),
        ({"actions": [then("group_id", "77")]}, "Actions: 77 is not a valid value for group_id"),
        ({"actions": [then("notification_webhook", ["01X", "{}"])]}, "Actions: webhook is not valid"),
        ({"actions": [then("notification_user", "x")]}, "needs recipient, subject and body"),
        ({"actions": [then("subject", "x" * 70_000)]}, "Rule is too large"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(desk: Desk, change: Doc, told: str) -> None:
    """422 `RecordInvalid`; the description names the part at fault."""
    body = {"title": "T", "actions": [then("priority", "low")], **change}
    refused = desk.call("POST", "triggers", {"trigger": body}, status=422).json()
    assert refused["error"] == "RecordInvalid"
    assert told in json.dumps(refused["details"])


def test_only_admins_write_rules(desk: Desk) -> None:
    """Agents may look."""
    agent = desk.acting_as(desk.user(email="agent@a.example", role="agent")["id"])
    desk.call("GET", "triggers", headers=agent, status=200)
    body = {"trigger": {"title": "T", "actions": [then("priority", "low")]}}
    desk.call("POST", "triggers", body, headers=agent, status=403)
