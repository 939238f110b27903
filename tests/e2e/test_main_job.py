"""The main job over sockets: ticket in, priority, fields, tags and note there; never twice, never over a human."""

from __future__ import annotations

from tests.e2e.world import NAME, World


def test_new_ticket_gets_priority_fields_tags_and_one_note(house: World) -> None:
    """Ticket created -> webhook -> priority, fields, tags and note stand there, written in one audit."""
    ticket = house.customer_writes(severity=2)
    house.settle()
    found = house.ticket(ticket)
    assert found["priority"] == "normal"
    assert house.value(ticket, "Computed priority") == "zs_computed_p2"
    assert {"zs_computed_p2", "zs_customer_enterprise", "zs_context_missing", "zs_missing_logs"} <= set(found["tags"])
    (note,) = house.notes(ticket)
    assert "Before engineering reviews this p2" in note
    ours = [audit for audit in house.audits(ticket) if any(e["type"] == "Comment" for e in audit["events"])][1:]
    fields = {event["field_name"] for event in ours[0]["events"] if event["type"] == "Change"}
    assert {"priority", str(house.field_id("Computed priority"))} <= fields


def test_delivered_twice_and_swept_again_is_one_note(house: World) -> None:
    """A duplicated webhook and a sweep over the same ticket write nothing more."""
    house.post("/sandbox/webhooks", {"duplicate_next": 1})
    ticket = house.customer_writes(severity=2)
    house.settle()
    audits = house.audits(ticket)
    house.settle(sweep=True)
    assert len(house.notes(ticket)) == 1
    assert house.audits(ticket) == audits


def test_our_own_write_does_not_call_the_webhook(house: World) -> None:
    """The trigger's loop guard holds: our update flips the mark, and no webhook answers it."""
    ticket = house.customer_writes(severity=2)
    house.settle()
    webhook = house.get("/api/v2/webhooks")["webhooks"][0]["id"]
    invocations = house.get(f"/api/v2/webhooks/{webhook}/invocations")["invocations"]
    assert len(house.audits(ticket)) >= 2
    assert len(invocations) == 1


def test_a_humans_priority_survives(house: World) -> None:
    """The SE's value stays through new facts, a new tier and a second run; the difference is flagged and said once."""
    ticket = house.customer_writes(severity=2)
    house.settle()
    house.agent_changes(ticket, priority="high")
    house.settle()
    assert house.ticket(ticket)["priority"] == "high"
    assert "zs_override" in house.ticket(ticket)["tags"]
    house.agent_changes(ticket, custom_fields=[house.option("Severity", "zs_severity_0")])
    house.settle()
    assert house.ticket(ticket)["priority"] == "high"
    assert house.value(ticket, "Computed priority") == "zs_computed_p0"
    assert sum("The human's choice stands" in note for note in house.notes(ticket)) == 1


def test_priority_set_before_the_first_run_is_a_humans(house: World) -> None:
    """A ticket that an agent has prioritised already is never overruled."""
    ticket = house.customer_writes(severity=2, priority="high")
    house.settle()
    assert house.ticket(ticket)["priority"] == "high"


def test_lost_webhook_is_caught_by_the_sweep(house: World) -> None:
    """Webhooks are an accelerator, never the only way."""
    house.post("/sandbox/webhooks", {"drop_next": 1})
    ticket = house.customer_writes(severity=1)
    house.deliver()
    assert house.store.hints(NAME) == []
    house.settle(sweep=True)
    assert house.ticket(ticket)["priority"] == "high"


def test_second_run_writes_nothing(house: World) -> None:
    """After everything is right, sweeping the whole account again sends no write at all."""
    for severity in (0, 1, 2, 3):
        house.customer_writes(severity=severity)
    house.settle(sweep=True)
    house.close()
    (house.folder / "store.db").unlink()
    house.wire.sent.clear()
    house.open()
    house.settle(sweep=True)
    assert house.wire.writes() == []
    assert len(house.number_ones()) == 1


def test_many_tickets_go_out_as_one_job_and_are_checked(house: World) -> None:
    """Twenty tickets in one sweep are one update_many job, read again afterwards."""
    house.post("/sandbox/webhooks", {"drop_next": 20})
    tickets = [house.customer_writes(f"Ticket {n}", severity=3) for n in range(20)]
    house.deliver()
    house.wire.sent.clear()
    house.settle(sweep=True)
    assert [house.value(ticket, "Computed priority") for ticket in tickets] == ["zs_computed_undetermined"] * 20
    assert house.wire.sent.count("PUT /api/v2/tickets/update_many") == 1
    assert sum(line.startswith("PUT /api/v2/tickets/") for line in house.wire.sent) == 2


def test_fresh_official_priorities_go_by_safe_put_never_by_job(house: World) -> None:
    """A job checks no stamp, so a priority on a ticket touched minutes ago goes alone."""
    house.post("/sandbox/webhooks", {"drop_next": 5})
    tickets = [house.customer_writes(f"Ticket {n}", severity=1) for n in range(5)]
    house.deliver()
    house.wire.sent.clear()
    house.settle(sweep=True)
    assert [house.ticket(ticket)["priority"] for ticket in tickets] == ["high"] * 5
    assert "PUT /api/v2/tickets/update_many" not in house.wire.sent


def test_follow_up_is_triaged_anew(house: World) -> None:
    """Inherited severity, flags and memory of the closed ticket are ignored and cleared once."""
    first = house.customer_writes(severity=0)
    house.settle()
    house.agent_changes(first, status="solved", assignee_id=house.zendesk.owner_id)
    house.settle()
    house.agent_changes(first, status="closed")
    follow_up = house.customer_writes("Re: it", via_followup_source_id=first)
    house.settle()
    assert house.value(follow_up, "Severity") is None
    assert house.value(follow_up, "Computed priority") == "zs_computed_undetermined"
    assert f"id={follow_up} " in house.value(follow_up, "Memory")
    assert "zs_needs_triage" in house.ticket(follow_up)["tags"]
    house.agent_changes(follow_up, custom_fields=[house.option("Severity", "zs_severity_1")])
    house.settle()
    assert house.ticket(follow_up)["priority"] == "high"


def test_answers_in_fields_complete_the_context(house: World) -> None:
    """Missing items shrink as fields are filled; a filled one is not asked for again."""
    ticket = house.customer_writes(severity=2)
    house.settle()
    before = set(house.value(ticket, "Missing context"))
    house.agent_changes(ticket, custom_fields=[house.option("Version", "5.3"), house.option("Logs", "attached")])
    house.agent_changes(ticket, comment={"body": "Done.", "public": False})
    house.settle()
    after = set(house.value(ticket, "Missing context"))
    assert before - after == {"zs_missing_version", "zs_missing_logs"}
    assert len(house.notes(ticket)) == 1


def test_deleted_ticket_is_settled(house: World) -> None:
    """A ticket that is gone leaves the inbox and the order."""
    ticket = house.customer_writes(severity=0)
    house.settle()
    assert house.number_ones() == [ticket]
    other = house.customer_writes(severity=1)
    house.settle()
    house.http.delete(f"/api/v2/tickets/{ticket}").raise_for_status()
    house.settle(sweep=True)
    assert house.number_ones() == [other]


def test_setup_applied_twice_changes_nothing(house: World) -> None:
    """The second run finds everything by name and keeps it."""
    again = house.setup()
    assert {item.action for item in again.items} == {"keep"}
    assert again.secret == house.applied.secret
    assert house.applied.changed


def test_setup_wakes_a_field_that_was_switched_off(house: World) -> None:
    """It is the same field, not a second one with the same option tags."""
    field = house.field_id("Computed priority")
    changed = {"ticket_field": {"active": False}}
    house.http.put(f"/api/v2/ticket_fields/{field}", json=changed).raise_for_status()
    items = [item for item in house.setup().items if item.action != "keep"]
    assert [(item.action, item.reason) for item in items] == [("change", "changed by hand since: active")]
    titles = [f["title"] for f in house.get("/api/v2/ticket_fields")["ticket_fields"]]
    assert titles.count("Computed priority") == 1


def test_changed_plan_and_policy_reach_quiet_tickets_at_the_next_start(house: World) -> None:
    """Neither moves a ticket in the export; a fresh start looks at every open ticket again."""
    ticket = house.customer_writes(plan="gratis", severity=2)
    house.settle(sweep=True)
    assert house.value(ticket, "Customer type") == "zs_customer_free"
    organization = house.ticket(ticket)["organization_id"]
    changed = {"organization": {"organization_fields": {"zs_plan": "org_zs_plan_team"}}}
    house.http.put(f"/api/v2/organizations/{organization}", json=changed).raise_for_status()
    house.close()
    house.open()
    house.settle(sweep=True)
    assert house.value(ticket, "Customer type") == "zs_customer_team"
    assert house.ticket(ticket)["priority"] == "normal"


def test_setup_adds_lost_options_and_mends_the_trigger(house: World) -> None:
    """A trigger that was switched off and an option that was removed are put back; an admin's own option stays."""
    field = next(f for f in house.get("/api/v2/ticket_fields")["ticket_fields"] if f["title"] == "Support flags")
    options = [o for o in field["custom_field_options"] if o["value"] != "zs_for_ce"]
    options.append({"name": "VIP", "value": "vip_from_admin"})
    changed = {"ticket_field": {"custom_field_options": options}}
    house.http.put(f"/api/v2/ticket_fields/{field['id']}", json=changed).raise_for_status()
    trigger = house.get("/api/v2/triggers")["triggers"][0]
    house.http.put(f"/api/v2/triggers/{trigger['id']}", json={"trigger": {"active": False}}).raise_for_status()
    items = [item for item in house.setup().items if item.action != "keep"]
    assert [item.kind for item in items] == ["ticket field", "trigger"]
    after = next(f for f in house.get("/api/v2/ticket_fields")["ticket_fields"] if f["title"] == "Support flags")
    assert {"zs_for_ce", "vip_from_admin"} <= {option["value"] for option in after["custom_field_options"]}
    assert {item.action for item in house.setup().items} == {"keep"}
