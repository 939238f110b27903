"""The smallest write: only what differs, never over a human's value, never twice."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.facts import HANDBOOK, memories
from tests.sync.world import FIELDS, LEVEL_ID, OUR_IDS, assembled, audit, field_map, organization, ticket
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.facts import Memory
from zendesk_sync.policy.terms import ALL_ITEMS, Flag, Priority, Topic, Workload
from zendesk_sync.sync import memory
from zendesk_sync.sync.plan import TicketChange, plan, plan_number_one
from zendesk_sync.zendesk.fields import FieldMap, OurField
from zendesk_sync.zendesk.records import Ticket


def planned(one: Ticket, fields: FieldMap = FIELDS, **known: Any) -> TicketChange | None:
    facts = assembled(one, **known)
    if fields is not FIELDS:
        facts = dataclasses.replace(facts, values=fields.read(one))
        facts = dataclasses.replace(facts, facts=dataclasses.replace(facts.facts, official=facts.values.official))
    return plan(one, facts, decide(facts.facts, HANDBOOK), fields, HANDBOOK)


def written(one: Ticket, change: TicketChange) -> Ticket:
    """The ticket after Zendesk applied the change."""
    raw = msgspec.to_builtins(one)
    values = {item["id"]: item["value"] for item in raw["custom_fields"]} | dict(change.fields)
    raw["custom_fields"] = [{"id": id_, "value": value} for id_, value in values.items()]
    if change.priority is not None:
        raw["priority"] = change.priority
    return msgspec.convert(raw, Ticket)


def test_new_p2_is_one_update_with_fields_priority_and_note() -> None:
    """Priority, fields and note go out together, so there is one audit and no half-written ticket."""
    change = planned(ticket(ours={OurField.SEVERITY: "2"}), org=organization())
    assert change is not None
    payload = change.payload()
    assert set(payload) == {"priority", "custom_fields", "comment"}
    assert payload["priority"] == "normal"
    assert payload["comment"]["public"] is False
    assert "tags" not in payload
    values = {item["id"]: item["value"] for item in payload["custom_fields"]}
    assert values[OUR_IDS[OurField.COMPUTED]] == "zs_computed_p2"
    assert OUR_IDS[OurField.SEVERITY] not in values


def test_after_the_write_there_is_nothing_left_to_write() -> None:
    """Planning again on what was written gives nothing, so nothing is written or said twice."""
    one = ticket(ours={OurField.SEVERITY: "2"})
    change = planned(one, org=organization())
    assert change is not None
    assert planned(written(one, change), org=organization()) is None


@pytest.mark.parametrize("notes", [True, False])
def test_a_surges_draft_counts_as_said_only_where_it_was_said(notes: bool) -> None:
    """What a write without notes leaves out is never said later, but who waits now still gets the draft."""
    one = ticket(ours={OurField.SEVERITY: "1"})
    known = assembled(one, org=organization())
    waiting = dataclasses.replace(known, facts=dataclasses.replace(known.facts, comments=()))
    decision = decide(waiting.facts, HANDBOOK, Workload.SURGE)
    change = plan(one, waiting, decision, FIELDS, HANDBOOK, notes=notes)
    assert change is not None
    said = memory.read(str(change.fields[OUR_IDS[OurField.MEMORY]]), one.id)
    assert said is not None
    assert (Topic.SURGE_DRAFT in said.noted, Topic.ASK_CANNOT_WAIT in said.noted) == (notes, True)
    assert ("More team members" in change.note_text) == notes


def test_a_humans_priority_is_not_in_the_write() -> None:
    """The SE's value stays out of the payload, and the memory says that it is theirs."""
    one = ticket(ours={OurField.SEVERITY: "2"}, priority="high", via={"channel": "web"})
    change = planned(one, org=organization(), audits=[])
    assert change is not None
    assert change.priority is None
    assert not change.official
    assert "wrote=human" in str(change.fields[OUR_IDS[OurField.MEMORY]])


def test_official_priority_can_be_a_drop_down_of_the_account() -> None:
    """Then native Priority is left alone, and the level goes into that field."""
    fields = field_map("Level")
    change = planned(ticket(ours={OurField.SEVERITY: "1"}, priority="low"), fields, org=organization())
    assert change is not None
    assert change.priority is None
    assert change.fields[LEVEL_ID] == "lvl_1"
    assert change.official


def test_follow_up_clears_what_it_inherited_once() -> None:
    """Inherited inputs are emptied; native Priority cannot be, and is not touched without a level."""
    one = ticket(
        via={"channel": "email", "source": {"rel": "follow_up", "from": {"ticket_id": 2}}},
        priority="urgent",
        ours={OurField.SEVERITY: "0"},
    )
    born = audit(11, {"type": "Create", "field_name": "priority", "value": "urgent"})
    change = planned(one, org=organization(), audits=[born])
    assert change is not None
    assert change.fields[OUR_IDS[OurField.SEVERITY]] is None
    assert change.priority is None
    again = planned(written(one, change), org=organization(), audits=[born])
    assert again is None


def test_options_that_an_admin_added_to_our_multi_selects_stay() -> None:
    """A multi-select is written whole; what is not ours in it is written back."""
    one = ticket(ours={OurField.SEVERITY: "2"}, values={OUR_IDS[OurField.FLAGS]: ["vip_from_admin"]})
    change = planned(one, org=organization())
    assert change is not None
    flags = change.fields[OUR_IDS[OurField.FLAGS]]
    assert isinstance(flags, list)
    assert "vip_from_admin" in flags
    assert planned(written(one, change), org=organization()) is None


def test_empty_values_are_one_value() -> None:
    """``null``, ``""`` and ``[]`` do not differ."""
    one = ticket(ours={OurField.SEVERITY: "2"})
    change = planned(one, org=organization())
    assert change is not None
    after = written(one, change)
    raw = msgspec.to_builtins(after)
    raw["custom_fields"] = [*raw["custom_fields"], {"id": OUR_IDS[OurField.PRESALES_SEVERITY], "value": ""}]
    assert planned(msgspec.convert(raw, Ticket), org=organization()) is None


def test_every_write_flips_the_sync_mark() -> None:
    """The trigger's loop guard: it does not fire on an update that flips the mark."""
    mark = OUR_IDS[OurField.MARK]
    first = planned(ticket(), org=organization())
    second = planned(ticket(ours={OurField.MARK: "a"}), org=organization())
    assert first is not None
    assert second is not None
    assert (first.fields[mark], second.fields[mark]) == ("zs_mark_a", "zs_mark_b")


def test_closed_ticket_is_left_alone() -> None:
    """Closed tickets refuse updates."""
    assert planned(ticket(status="closed", ours={OurField.SEVERITY: "0"}), org=organization()) is None


def test_silently_dropped_values_are_noticed() -> None:
    """Zendesk answers 200 and drops an option that it does not know; the comparison finds it."""
    one = ticket(ours={OurField.SEVERITY: "2"})
    change = planned(one, org=organization())
    assert change is not None
    assert change.unapplied(written(one, change)) == []
    assert "priority" in change.unapplied(one)
    assert f"field {OUR_IDS[OurField.COMPUTED]}" in change.unapplied(one)


@pytest.mark.parametrize("on", [True, False])
def test_number_one_moves_alone(on: bool) -> None:
    """Only the flag and the mark change; other flags stay; nothing to do is nothing."""
    flags = ["override"] if on else ["override", "number_one"]
    one = ticket(ours={OurField.FLAGS: flags})
    change = plan_number_one(one, FIELDS, on=on)
    assert change is not None
    assert set(change.fields) == {OUR_IDS[OurField.FLAGS], OUR_IDS[OurField.MARK]}
    after = FIELDS.read(written(one, change)).flags
    assert after == ({Flag.OVERRIDE, Flag.NUMBER_ONE} if on else {Flag.OVERRIDE})
    assert plan_number_one(written(one, change), FIELDS, on=on) is None


@given(memories, st.integers(1, 2**53))
def test_memory_is_read_back_as_it_was_written(one: Memory, ticket_id: int) -> None:
    """Writing and reading loses nothing; under another ticket's id there is no memory."""
    text = memory.write(one, ticket_id)
    assert (memory.read(text, ticket_id) or Memory()) == one
    assert memory.read(text, ticket_id + 1) is None


@given(st.text(max_size=60))
def test_spoilt_memory_is_no_memory(text: str) -> None:
    """Whatever a person typed there, reading it neither fails nor invents an owner."""
    assert memory.read(text, 5) is None or text.strip().startswith("v1 id=5 ")


@given(
    st.sampled_from([None, "0", "1", "2", "3"]),
    st.sampled_from([None, "urgent", "high", "normal", "low"]),
    st.sampled_from([None, "enterprise", "team", "free", "trial", "internal"]),
    st.sampled_from(["new", "open", "pending", "hold", "solved"]),
    st.sampled_from([None, "p0", "p1", "p2", "p3", "human", "-"]),
    st.lists(st.sampled_from(ALL_ITEMS), unique=True),
)
def test_one_write_always_settles_a_ticket(
    severity: str | None, priority: str | None, plan_: str | None, status: str, wrote: str | None, missing: list[str]
) -> None:
    """From any state, one write leaves nothing to write, and a human's value is unchanged."""
    ours: dict[OurField, Any] = {OurField.SEVERITY: severity, OurField.MISSING: missing}
    if wrote:
        ours[OurField.MEMORY] = f"v1 id=5 wrote={wrote} said="
    one = ticket(ours=ours, priority=priority, status=status)
    before = assembled(one, org=organization(plan_), audits=[]).facts
    change = planned(one, org=organization(plan_), audits=[])
    if change is None:
        return
    after = written(one, change)
    assert planned(after, org=organization(plan_), audits=[]) is None
    if before.official is not None and before.memory.wrote != before.official:
        assert after.priority == priority
    assert FIELDS.read(after).official in {*Priority, None}
