"""Triggers: when they run, what they do, and what their audit tells."""

import pytest

from tests.sandbox.conftest import Desk, Doc, value_of
from tests.sandbox.receiver import then, trigger, when


def test_a_triggers_effect_stands_in_the_same_audit(desk: Desk) -> None:
    """Its event carries `via` rule and names the trigger; fields and tags move together."""
    field = desk.field("tagger", "gold")
    rule = trigger(
        desk, then("priority", "high"), then("current_tags", "gold"), every=[when("update_type", "is", "Create")]
    )
    ticket = desk.ticket()
    assert (ticket["priority"], ticket["tags"]) == ("high", ["gold"])
    events = {e["field_name"]: e for e in desk.audits(ticket["id"])[0]["events"] if e.get("via")}
    assert set(events) == {"priority", "tags", str(field["id"])}
    via = events["priority"]["via"]
    assert (via["channel"], via["source"]["rel"], via["source"]["from"]["id"]) == ("rule", "trigger", rule["id"])


def test_triggers_start_over_after_a_change_and_fire_once(desk: Desk) -> None:
    """An earlier trigger sees what a later one did; none fires twice in one cycle."""
    trigger(desk, then("current_tags", "second"), every=[when("current_tags", "includes", "first other")], position=1)
    trigger(desk, then("current_tags", "first"), every=[when("priority", "is", "high")], position=2)
    assert desk.ticket(priority="high")["tags"] == ["first", "second"]
    assert desk.ticket(priority="low")["tags"] == []


@pytest.mark.parametrize(
    ("condition", "created", "updated"),
    [
        (when("update_type", "is", "Create"), True, False),
        (when("update_type", "is", "Change"), False, True),
        (when("status", "less_than", "solved"), True, True),
        (when("status", "changed"), False, True),
        (when("status", "not_changed"), True, False),
        (when("status", "value", "open"), False, True),
        (when("status", "value_previous", "new"), False, True),
        (when("priority", "greater_than", "normal"), True, False),
        (when("priority", "is", ""), False, False),
        (when("current_tags", "not_includes", "a"), True, True),
        (when("comment_is_public", "is", "false"), False, True),
        (when("comment_is_public", "is", "not_relevant"), True, True),
        (when("current_via_id", "is_not", "5"), False, False),
        (when("organization_id", "is", ""), True, True),
        (when("organization_id", "changed"), False, False),
        (when("priority", "not_value", "low"), True, False),
        (when("priority", "not_value_previous", "high"), True, False),
        (when("type", "is_not", "task"), True, True),
        (when("comment_includes_word", "includes", "morning evening"), True, False),
        (when("comment_includes_word", "not_includes", "morning"), False, True),
        (when("comment_includes_word", "is", "this morning"), True, False),
        (when("comment_includes_word", "is_not", "this morn"), True, True),
        (when("subject_includes_word", "includes", "PRINTS"), True, True),
        (when("description_includes_word", "includes", "tuesday"), False, False),
        (when("ticket_is_public", "is", "public"), True, True),
        (when("via_id", "is", "5"), True, True),
        (when("comment_is_public", "is", "requester_can_see_comment"), True, False),
        (when("assignee_id", "is", "current_user"), False, True),
        (when("assignee_id", "changed"), False, True),
        (when("requester_id", "is", "current_user"), True, True),
        (when("role", "is", "end_user"), False, False),
        (when("status", "nonsense", "new"), None, None),
        (when("status", "is", "nonsense"), None, None),
        (when("update_type", "is_not", "Create"), None, None),
        (when("role", "is", "agent"), True, True),
        (when("nonsense", "is", "x"), None, None),
    ],
)
def test_conditions(desk: Desk, condition: Doc, created: bool | None, updated: bool | None) -> None:
    """Each condition holds on creation (high, public) and on an update (opened, low, with a note) as documented."""
    body = {"title": "T", "conditions": {"all": [condition], "any": []}, "actions": [then("current_tags", "hit")]}
    answer = desk.call("POST", "triggers", {"trigger": body})
    if created is None:
        assert answer.status_code == 422
        return
    ticket = desk.ticket(priority="high")
    assert ("hit" in ticket["tags"]) is created
    desk.call("POST", f"tickets/{ticket['id']}/tags", {"tags": []}, status=201)
    number = desk.ticket(priority="high", tags=["hit"])["id"] if created else ticket["id"]
    desk.call("PUT", f"triggers/{answer.json()['trigger']['id']}", {"trigger": {"active": False}}, status=200)
    desk.call("DELETE", f"tickets/{number}/tags", {"tags": ["hit"]}, status=200)
    desk.call("PUT", f"triggers/{answer.json()['trigger']['id']}", {"trigger": {"active": True}}, status=200)
    note = {"body": "N", "public": False}
    changed = desk.write(number, priority="low", assignee_id=desk.sandbox.owner_id, comment=note)["ticket"]
    assert ("hit" in changed["tags"]) is updated


def test_field_conditions_and_any(desk: Desk) -> None:
    """Custom fields compare by option tag; a multiselect includes; one of `any` is enough."""
    one, many = desk.field("tagger", "gold"), desk.field("multiselect", "a", "b", title="Flags")
    either = [when(f"custom_fields_{one['id']}", "is", "gold"), when(f"custom_fields_{many['id']}", "includes", "b")]
    trigger(desk, then("priority", "high"), some=either)
    assert desk.ticket()["priority"] is None
    assert desk.ticket(custom_fields=[{"id": one["id"], "value": "gold"}])["priority"] == "high"
    assert desk.ticket(custom_fields=[{"id": many["id"], "value": ["a", "b"]}])["priority"] == "high"


def test_closed_tickets_run_no_triggers_but_closing_does(desk: Desk) -> None:
    """The update that closes runs them; later ones do not."""
    trigger(desk, then("current_tags", "seen"), every=[when("update_type", "is", "Change")])
    number = desk.ticket(assignee_id=desk.sandbox.owner_id)["id"]
    assert desk.write(number, priority="low", tags=[])["ticket"]["tags"] == ["seen"]
    desk.call("PUT", f"tickets/{number}", {"ticket": {"status": "closed", "tags": []}}, status=200)
    assert desk.read(number)["tags"] == ["seen"]
    desk.job([{"id": number, "remove_tags": ["seen"]}])
    assert desk.read(number)["tags"] == []


def test_a_trigger_without_net_change_leaves_no_event(desk: Desk) -> None:
    """Neither setting what is set already nor undoing what another trigger did stands in the audit."""
    created = [when("update_type", "is", "Create")]
    trigger(desk, then("priority", "high"), every=created, title="A", position=1)
    trigger(desk, then("priority", "urgent"), then("status", "open"), every=created, title="B", position=2)
    trigger(desk, then("status", "pending"), then("type", "task"), every=created, title="C", position=3)
    trigger(desk, then("type", ""), every=created, title="D", position=4)
    ticket = desk.ticket(status="pending")
    assert (ticket["priority"], ticket["status"], ticket["type"]) == ("urgent", "pending", None)
    (audit,) = desk.audits(ticket["id"])
    told = {e["field_name"]: e for e in audit["events"] if e.get("via")}
    assert told.keys() == {"priority"}
    assert (told["priority"]["previous_value"], told["priority"]["value"]) == (None, "urgent")
    assert told["priority"]["via"]["source"]["from"]["title"] == "B"


def test_triggers_run_on_jobs_tags_requests_and_our_own_notes(desk: Desk) -> None:
    """Whatever writes a ticket runs the triggers."""
    trigger(desk, then("priority", "high"), every=[when("current_tags", "includes", "hot")])
    by_job, by_tag = desk.ticket()["id"], desk.ticket()["id"]
    desk.job([{"id": by_job, "additional_tags": ["hot"]}])
    desk.call("PUT", f"tickets/{by_tag}/tags", {"tags": ["hot"]}, status=200)
    assert [desk.read(number)["priority"] for number in (by_job, by_tag)] == ["high", "high"]
    trigger(desk, then("current_tags", "noted"), every=[when("comment_is_public", "is", "false")])
    assert "noted" in desk.write(by_tag, comment={"body": "N", "public": False})["ticket"]["tags"]
    trigger(desk, then("current_tags", "portal"), every=[when("via_id", "is", "0"), when("role", "is", "end_user")])
    headers = desk.acting_as(desk.user(email="robin@a.example")["id"])
    body = {"request": {"subject": "S", "comment": {"body": "B"}}}
    made = desk.call("POST", "requests", body, headers=headers, status=201).json()["request"]
    assert desk.read(made["id"])["tags"] == ["portal"]


def test_an_organizations_drop_down_is_compared_by_the_options_id(desk: Desk) -> None:
    """The trap: a rule on the option's value never holds; requester fields work alike, text fields by their text."""
    options = [{"name": "Gold", "value": "org_gold"}, {"name": "Tin", "value": "org_tin"}]
    body: Doc = {"key": "tier", "title": "Tier", "type": "dropdown", "custom_field_options": options}
    field = desk.call("POST", "organization_fields", {"organization_field": body}, status=201).json()
    gold = next(o["id"] for o in field["organization_field"]["custom_field_options"] if o["value"] == "org_gold")
    text = {"key": "region", "title": "Region", "type": "text"}
    desk.call("POST", "organization_fields", {"organization_field": text}, status=201)
    given = {"name": "Mills", "organization_fields": {"tier": "org_gold", "region": "North and West"}}
    mills = desk.call("POST", "organizations", {"organization": given}, status=201).json()["organization"]
    tier = "organization.custom_fields.tier"
    trigger(desk, then("current_tags", "by_id"), every=[when(tier, "is", str(gold))])
    trigger(desk, then("current_tags", "by_value"), every=[when(tier, "is", "org_gold")])
    words = when("organization.custom_fields.region", "includes_words", "west east")
    trigger(desk, then("current_tags", "west"), every=[words, when(tier, "present")])
    robin = desk.user(email="robin@a.example", organization_id=mills["id"])
    assert {"by_id", "west"} <= set(desk.ticket(requester_id=robin["id"])["tags"]) - {"by_value"}
    assert "by_value" not in desk.ticket(requester_id=robin["id"])["tags"]
    assert desk.ticket()["tags"] == []


def test_a_requesters_fields_are_compared_alike(desk: Desk) -> None:
    """Of a drop-down by the option's id, of a text by its words; somebody without a value has none."""
    options = [{"name": "Boss", "value": "boss"}, {"name": "Clerk", "value": "clerk"}]
    body: Doc = {"key": "rank", "title": "Rank", "type": "dropdown", "custom_field_options": options}
    field = desk.call("POST", "user_fields", {"user_field": body}, status=201).json()["user_field"]
    boss = next(one["id"] for one in field["custom_field_options"] if one["value"] == "boss")
    trigger(desk, then("current_tags", "by_id"), every=[when("requester.custom_fields.rank", "is", str(boss))])
    trigger(desk, then("current_tags", "by_value"), every=[when("requester.custom_fields.rank", "is", "boss")])
    trigger(desk, then("current_tags", "none"), every=[when("requester.custom_fields.rank", "not_present")])
    robin = desk.user(email="robin@a.example", user_fields={"rank": "boss"})
    tags = set(desk.ticket(requester_id=robin["id"])["tags"])
    assert ("by_id" in tags, "by_value" in tags, "none" in tags) == (True, False, False)
    assert desk.ticket()["tags"] == ["none"]


def test_a_custom_status_is_a_condition_too(desk: Desk) -> None:
    """By its id; the trigger that sets the status leaves its default behind."""
    body = {"status_category": "pending", "agent_label": "Waiting for parts"}
    made = desk.call("POST", "custom_statuses", {"custom_status": body}, status=201).json()["custom_status"]
    trigger(desk, then("status", "open"), every=[when("custom_status_id", "is", str(made["id"]))])
    number = desk.ticket()["id"]
    desk.write(number, custom_status_id=made["id"])
    ticket = desk.read(number)
    opened = next(one for one in desk.get("custom_statuses")["custom_statuses"] if one["status_category"] == "open")
    assert (ticket["status"], ticket["custom_status_id"]) == ("open", opened["id"])


def test_numbers_dates_and_texts_of_fields_compare_by_their_kind(desk: Desk) -> None:
    """Less, at most, near today, and parts of a text."""
    number, day = desk.field("integer", title="Seats"), desk.field("date", title="Renewal")
    word, tick = desk.field("text", title="Hint"), desk.field("checkbox", title="Urgent", tag="tick")
    today = desk.ticket()["created_at"][:10]
    rules = {
        "few": when(f"custom_fields_{number['id']}", "less_than_equal", "5"),
        "soon": when(f"custom_fields_{day['id']}", "within_next_n_days", "0"),
        "part": when(f"custom_fields_{word['id']}", "includes_string", "tter"),
        "ticked": when(f"custom_fields_{tick['id']}", "is", "true"),
    }
    for tag, rule in rules.items():
        trigger(desk, then("current_tags", f"is_{tag}"), every=[rule])
    values = [
        {"id": number["id"], "value": 5}, {"id": day["id"], "value": today},
        {"id": word["id"], "value": "a Letter"}, {"id": tick["id"], "value": True},
    ]  # fmt: skip
    assert set(desk.ticket(custom_fields=values)["tags"]) == {"is_few", "is_soon", "is_part", "is_ticked", "tick"}
    others = [{"id": number["id"], "value": 6}, {"id": day["id"], "value": "2001-01-01"}]
    assert desk.ticket(custom_fields=others)["tags"] == []


def test_actions_set_people_fields_and_tell_them(desk: Desk) -> None:
    """Fields, groups, assignees, followers, copies; a notification is an event of the audit with its recipients."""
    level, flags = desk.field("tagger", "gold"), desk.field("multiselect", "a", "b", title="Flags")
    robin = desk.user(email="robin@a.example")["id"]
    rule = trigger(
        desk,
        then(f"custom_fields_{level['id']}", "gold"),
        then(f"custom_fields_{flags['id']}", "a b"),
        then("assignee_id", "current_user"),
        then("follower", "current_user"),
        then("cc", str(robin)),
        then("notification_user", ["requester_id", "Re {{ticket.title}}", "#{{ticket.id}}"]),
        then("set_tags", "gold extra"),
        every=[when("update_type", "is", "Create")],
    )
    ticket = desk.ticket(requester_id=robin)
    assert (value_of(ticket, level), value_of(ticket, flags)) == ("gold", None)
    assert (ticket["status"], ticket["assignee_id"]) == ("open", desk.sandbox.owner_id)
    assert (ticket["follower_ids"], ticket["email_cc_ids"]) == ([desk.sandbox.owner_id], [robin])
    assert ticket["tags"] == ["extra", "gold"]
    told = [e for e in desk.audits(ticket["id"])[0]["events"] if e["type"] == "Notification"]
    assert [(e["subject"], e["body"], e["recipients"]) for e in told] == [
        ("Re Nothing prints", f"#{ticket['id']}", [robin])
    ]
    assert told[0]["via"]["source"]["from"]["id"] == rule["id"]


def test_trigger_writes_replace_conditions_and_definitions_tell_the_truth(desk: Desk) -> None:
    """PUT replaces conditions and actions alike; every field and operator that definitions offer can be written."""
    rule = trigger(desk, then("priority", "low"), every=[when("status", "is", "new")])
    changed = {"conditions": {"any": [when("type", "is", "task")]}}
    answer = desk.call("PUT", f"triggers/{rule['id']}", {"trigger": changed}, status=200).json()["trigger"]
    assert answer["conditions"] == {"all": [], "any": [when("type", "is", "task")]}
    assert answer["actions"] == []
    definitions = desk.get("triggers/definitions")["definitions"]
    offered = [
        when(one["subject"], operator["value"], one["values"][0]["value"] if one["values"] else "x")
        for one in definitions["conditions_all"]
        for operator in one["operators"]
    ]
    trigger(desk, then("priority", "low"), every=offered, title="All")
    ids = {"brand_id", "ticket_form_id", "notification_user", "notification_group", "notification_webhook"}
    done = [
        then(one["subject"], one["values"][0]["value"] if one["values"] else "x")
        for one in definitions["actions"]
        if one["subject"] not in ids
    ]
    desk.call("PUT", f"triggers/{rule['id']}", {"trigger": {"actions": done}}, status=200)
    assert [t["title"] for t in desk.get("triggers")["triggers"]] == ["T", "All"]
    desk.call("DELETE", f"triggers/{rule['id']}", status=204)
    desk.call("GET", f"triggers/{rule['id']}", status=404)
