"""Tags and fields are one thing."""

import pytest

from tests.sandbox.conftest import Desk, value_of


def test_choosing_an_option_swaps_the_tag(desk: Desk) -> None:
    """The option's tag arrives, the former option's tag leaves, other tags stay."""
    field = desk.field("tagger", "gold", "silver")
    ticket = desk.ticket(tags=["x"], custom_fields=[{"id": field["id"], "value": "gold"}])
    assert ticket["tags"] == ["gold", "x"]
    ticket = desk.write(ticket["id"], custom_fields=[{"id": field["id"], "value": "silver"}])["ticket"]
    assert ticket["tags"] == ["silver", "x"]
    ticket = desk.write(ticket["id"], custom_fields=[{"id": field["id"], "value": ""}])["ticket"]
    assert (ticket["tags"], value_of(ticket, field)) == (["x"], None)


def test_adding_a_tag_chooses_the_option_and_removing_it_clears_the_field(desk: Desk) -> None:
    """PUT adds, POST replaces, DELETE removes; each moves the field along."""
    field = desk.field("tagger", "gold", "silver")
    number = desk.ticket(custom_fields=[{"id": field["id"], "value": "gold"}])["id"]
    path = f"tickets/{number}/tags"
    assert desk.call("PUT", path, {"tags": ["silver"]}, status=200).json() == {"tags": ["silver"]}
    assert value_of(desk.read(number), field) == "silver"
    desk.call("DELETE", path, {"tags": ["silver"]}, status=200)
    assert value_of(desk.read(number), field) is None
    assert desk.call("POST", path, {"tags": ["Gold", "two words"]}, status=201).json()["tags"] == [
        "gold",
        "two",
        "words",
    ]
    assert value_of(desk.read(number), field) == "gold"
    assert desk.get(path) == {"tags": ["gold", "two", "words"]}
    body = {"tags": ["x"], "safe_update": "true", "updated_stamp": "2001-01-01T00:00:00Z"}
    desk.call("PUT", path, body, status=409)


def test_replacing_tags_wipes_the_fields_they_forget(desk: Desk) -> None:
    """Sending a tag list without an option's tag deselects the option."""
    tagger, many = desk.field("tagger", "gold"), desk.field("multiselect", "a", "b", title="Flags")
    box = desk.field("checkbox", title="Box", tag="boxed")
    values = [
        {"id": tagger["id"], "value": "gold"},
        {"id": many["id"], "value": ["b", "a"]},
        {"id": box["id"], "value": True},
    ]
    ticket = desk.ticket(custom_fields=values)
    assert ticket["tags"] == ["a", "b", "boxed", "gold"]
    ticket = desk.write(ticket["id"], tags=["a"])["ticket"]
    assert [value_of(ticket, field) for field in (tagger, many, box)] == [None, ["a"], False]


@pytest.mark.parametrize(
    ("kind", "bad"),
    [("tagger", "bronze"), ("multiselect", ["bronze"]), ("integer", "x"), ("date", "soon"), ("decimal", "x")],
)
def test_invalid_values_are_dropped_without_a_word(desk: Desk, kind: str, bad: object) -> None:
    """The answer is 200 and the field stays as it was."""
    field = desk.field(kind, *(["gold"] if kind in {"tagger", "multiselect"} else []))
    ticket = desk.ticket()
    ticket = desk.write(ticket["id"], custom_fields=[{"id": field["id"], "value": bad}])["ticket"]
    assert value_of(ticket, field) is None


def test_removed_and_renamed_options_empty_the_tickets_without_an_event(desk: Desk) -> None:
    """A left-out option leaves with its tag; a renamed tag stays behind; `updated_at` and audits do not move."""
    field = desk.field("tagger", "gold", "silver")
    kept, lost = (desk.ticket(custom_fields=[{"id": field["id"], "value": v}]) for v in ("gold", "silver"))
    desk.advance(100)
    gold = next(option for option in field["custom_field_options"] if option["value"] == "gold")
    options = [{**gold, "value": "gold2"}]
    body = {"ticket_field": {"custom_field_options": options}}
    desk.call("PUT", f"ticket_fields/{field['id']}", body, status=200)
    renamed, emptied = desk.read(kept["id"]), desk.read(lost["id"])
    assert (value_of(renamed, field), renamed["tags"]) == (None, ["gold"])
    assert (value_of(emptied, field), emptied["tags"]) == (None, [])
    assert emptied["updated_at"] == lost["updated_at"]
    assert emptied["generated_timestamp"] > desk.sandbox.clock.timestamp() - 50
    assert len(desk.audits(lost["id"])) == 1


def test_organization_options_reach_tickets_as_tags(desk: Desk) -> None:
    """A drop-down on the organization tags it, its tags go on new tickets, and there they can choose an option."""
    field = desk.field("tagger", "gold")
    options = [{"name": "Gold", "value": "gold"}]
    body = {"organization_field": {"key": "tier", "title": "Tier", "type": "dropdown", "custom_field_options": options}}
    desk.call("POST", "organization_fields", body, status=201)
    given = {"name": "N", "organization_fields": {"tier": "gold"}, "domain_names": ["n.example"]}
    organization = desk.call("POST", "organizations", {"organization": given}, status=201).json()["organization"]
    assert organization["tags"] == ["gold"]
    robin = desk.user(email="r@n.example")
    assert value_of(desk.ticket(requester_id=robin["id"]), field) == "gold"
