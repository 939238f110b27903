"""Fields, their options, forms with their conditions, and what must be filled in before a ticket is solved."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Desk, Doc, value_of
from zendesk_sync.sandbox import Clock, Pace, Sandbox

_OPTIONS = ("red", "green", "blue")


def _form(desk: Desk) -> Doc:
    form: Doc = desk.get("ticket_forms")["ticket_forms"][0]
    return form


def _put_on_form(desk: Desk, *field_ids: int, **more: Any) -> None:
    form = _form(desk)
    body = {"ticket_form": {"ticket_field_ids": [*form["ticket_field_ids"], *field_ids], **more}}
    desk.call("PUT", f"ticket_forms/{form['id']}", body, status=200)


def test_a_required_field_stands_in_the_way_of_solving(desk: Desk) -> None:
    """422 with the field's id and type in `base`; filled in by the same write it goes through; other changes do too."""
    plan = desk.field("tagger", "gold", title="Plan", required=True)
    _put_on_form(desk, plan["id"])
    number = desk.ticket(assignee_id=desk.sandbox.owner_id)["id"]
    desk.change(number, status="pending")
    answer = desk.call("PUT", f"tickets/{number}", {"ticket": {"status": "solved"}}, status=422).json()
    assert answer["details"]["base"] == [{
        "description": "Plan: is required when solving a ticket", "error": None, "ticket_field_id": plan["id"],
        "ticket_field_type": "FieldTagger",
    }]  # fmt: skip
    result = desk.job([{"id": number, "status": "solved"}])["results"][0]
    assert result["details"] == "Plan: is required when solving a ticket"
    solved = desk.change(number, status="solved", custom_fields=[{"id": plan["id"], "value": "gold"}])
    assert solved["status"] == "solved"


def test_a_form_s_condition_requires_a_field_for_a_value(desk: Desk) -> None:
    """Conditions are kept as they are sent; only the value that they name makes the other field obligatory."""
    kind, reason = desk.field("tagger", "bug", "wish", title="Kind"), desk.field("text", title="Reason")
    condition = {
        "parent_field_id": kind["id"], "value": "bug",
        "child_fields": [{
            "id": reason["id"], "is_required": True,
            "required_on_statuses": {"type": "SOME_STATUSES", "statuses": ["solved"]},
        }],
    }  # fmt: skip
    _put_on_form(desk, kind["id"], reason["id"], agent_conditions=[condition])
    assert _form(desk)["agent_conditions"] == [condition]
    me = desk.sandbox.owner_id
    numbers = [
        desk.ticket(assignee_id=me, custom_fields=[{"id": kind["id"], "value": value}])["id"]
        for value in ("bug", "wish")
    ]
    desk.call("PUT", f"tickets/{numbers[0]}", {"ticket": {"status": "solved"}}, status=422)
    assert desk.change(numbers[1], status="solved")["status"] == "solved"
    reasons = [{"id": reason["id"], "value": "Because"}]
    assert desk.change(numbers[0], status="solved", custom_fields=reasons)["status"] == "solved"
    wrong = {"ticket_form": {"agent_conditions": [{**condition, "parent_field_id": 1}]}}
    desk.call("PUT", f"ticket_forms/{_form(desk)['id']}", wrong, status=422)


def test_forms_are_made_shown_and_deleted(desk: Desk) -> None:
    """A form begins with the system's fields; the default one stays; another may become the default."""
    made = desk.call("POST", "ticket_forms", {"ticket_form": {"name": "Returns"}}, status=201).json()["ticket_form"]
    assert (made["display_name"], made["default"], made["active"]) == ("Returns", False, True)
    assert made["ticket_field_ids"] == _form(desk)["ticket_field_ids"]
    shown = desk.get(f"ticket_forms/show_many?ids={made['id']},1")["ticket_forms"]
    assert [form["id"] for form in shown] == [made["id"]]
    born = _form(desk)["id"]
    desk.call("DELETE", f"ticket_forms/{born}", status=422)
    desk.call("PUT", f"ticket_forms/{made['id']}", {"ticket_form": {"default": True}}, status=200)
    desk.call("DELETE", f"ticket_forms/{born}", status=204)
    desk.call("GET", f"ticket_forms/{born}", status=404)
    desk.call("POST", "ticket_forms", {"ticket_form": {}}, status=422)


def test_options_are_written_one_by_one(desk: Desk) -> None:
    """201 for a new option, 200 for a known one by id or value; shown, counted and deleted alone."""
    field = desk.field("tagger", "gold")
    path = f"ticket_fields/{field['id']}/options"
    made = desk.call("POST", path, {"custom_field_option": {"name": "Silver", "value": "silver"}}, status=201).json()
    option = made["custom_field_option"]
    renamed = {"custom_field_option": {"id": option["id"], "name": "Argent", "value": "silver"}}
    desk.call("POST", path, renamed, status=200)
    assert desk.get(f"{path}/{option['id']}")["custom_field_option"]["name"] == "Argent"
    assert [one["value"] for one in desk.get(f"{path}?page[size]=1")["custom_field_options"]] == ["gold"]
    desk.call("DELETE", f"{path}/{option['id']}", status=204)
    desk.call("GET", f"{path}/{option['id']}", status=404)
    assert desk.get("ticket_fields/count")["count"]["value"] == len(desk.get("ticket_fields")["ticket_fields"])


def test_a_left_out_option_leaves_its_tickets(desk: Desk) -> None:
    """A list of options replaces the former one: value and tag go, `updated_at` stays, the export shows it."""
    field = desk.field("tagger", "gold", "silver")
    number = desk.ticket(tags=["own"], custom_fields=[{"id": field["id"], "value": "gold"}])["id"]
    before = desk.read(number)
    desk.advance(100)
    body = {"ticket_field": {"custom_field_options": [{"name": "SILVER", "value": "silver"}]}}
    desk.call("PUT", f"ticket_fields/{field['id']}", body, status=200)
    after = desk.read(number)
    assert (value_of(after, field), after["tags"]) == (None, ["own"])
    assert after["updated_at"] == before["updated_at"]
    assert after["generated_timestamp"] == before["generated_timestamp"] + 100
    assert len(desk.audits(number)) == 1


@pytest.mark.parametrize("strict", [False, True])
def test_a_tag_of_two_fields_is_a_matter_of_the_account(strict: bool) -> None:
    """Accepted silently, or refused, as `Pace.refuse_duplicate_tags` says."""
    with Sandbox(clock=Clock(frozen=True), pace=Pace(refuse_duplicate_tags=strict)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            desk.field("tagger", "gold")
            body = {"type": "tagger", "title": "Other", "custom_field_options": [{"name": "G", "value": "gold"}]}
            answer = desk.call("POST", "ticket_fields", {"ticket_field": body})
            assert answer.status_code == (422 if strict else 201)
            other = desk.field("tagger", "bronze", title="Third")
            option = {"custom_field_option": {"name": "G", "value": "gold"}}
            answer = desk.call("POST", f"ticket_fields/{other['id']}/options", option)
            assert answer.status_code == (422 if strict else 201)


def test_other_kinds_of_fields(desk: Desk) -> None:
    """A lookup needs its target and holds an id as text; 2,001 options are too many; the type never changes."""
    target = {"relationship_target_type": "zen:user"}
    field = desk.field("lookup", title="Backup", **target)
    made = desk.ticket(custom_fields=[{"id": field["id"], "value": desk.sandbox.owner_id}])
    assert value_of(made, field) == str(desk.sandbox.owner_id)
    desk.call("POST", "ticket_fields", {"ticket_field": {"type": "lookup", "title": "x"}}, status=422)
    many = [{"name": f"N{number}", "value": f"v{number}"} for number in range(2_001)]
    body = {"ticket_field": {"type": "tagger", "title": "x", "custom_field_options": many}}
    desk.call("POST", "ticket_fields", body, status=422)
    answer = desk.call("PUT", f"ticket_fields/{field['id']}", {"ticket_field": {"type": "text"}}, status=200)
    assert answer.json()["ticket_field"]["type"] == "lookup"
    assert "ticket_field.type" in answer.headers["x-zendesk-api-warn"]


def test_users_have_fields_too(desk: Desk) -> None:
    """A defined field shows on every user, empty until it is set; it is found by key and by id."""
    body = {"user_field": {"key": "seat", "title": "Seat", "type": "text"}}
    made = desk.call("POST", "user_fields", body, status=201).json()["user_field"]
    assert desk.get("user_fields/seat")["user_field"]["id"] == made["id"]
    assert desk.user(email="a@a.example")["user_fields"] == {"seat": None}
    assert desk.user(email="b@a.example", user_fields={"seat": "12"})["user_fields"] == {"seat": "12"}
    desk.call("POST", "user_fields", body, status=422)
    desk.call("DELETE", f"user_fields/{made['id']}", status=204)
    assert desk.user(email="c@a.example")["user_fields"] == {}


@pytest.fixture(scope="module")
def coupled() -> Iterator[tuple[Desk, Doc, Doc, int]]:
    with Sandbox(clock=Clock(frozen=True), pace=Pace(limits=False)) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            one = desk.field("tagger", *_OPTIONS)
            many = desk.field("multiselect", "mail", "web", title="Areas")
            yield desk, one, many, desk.ticket()["id"]


_WRITES = st.one_of(
    st.builds(lambda value: ("one", value), st.sampled_from([*_OPTIONS, None, "unknown"])),
    st.builds(lambda value: ("many", value), st.lists(st.sampled_from(["mail", "web"]), max_size=2)),
    st.builds(lambda tags: ("tags", tags), st.lists(st.sampled_from([*_OPTIONS, "mail", "web", "x"]), max_size=4)),
    st.builds(lambda tags: ("add", tags), st.lists(st.sampled_from([*_OPTIONS, "mail", "x"]), max_size=3)),
    st.builds(lambda tags: ("remove", tags), st.lists(st.sampled_from([*_OPTIONS, "web", "x"]), max_size=3)),
)


@given(writes=st.lists(_WRITES, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_tags_and_fields_never_contradict_each_other(
    coupled: tuple[Desk, Doc, Doc, int], writes: list[tuple[str, Any]]
) -> None:
    """Whatever is written in whatever way: a field shows an option exactly when the ticket has its tag."""
    desk, one, many, number = coupled
    for kind, value in writes:
        if kind in {"one", "many"}:
            desk.change(number, custom_fields=[{"id": (one if kind == "one" else many)["id"], "value": value}])
        elif kind == "tags":
            desk.change(number, tags=value)
        else:
            desk.call("PUT" if kind == "add" else "DELETE", f"tickets/{number}/tags", {"tags": value}, status=200)
        ticket = desk.read(number)
        chosen = value_of(ticket, one)
        assert {tag for tag in ticket["tags"] if tag in _OPTIONS} == ({chosen} if chosen else set())
        assert {tag for tag in ticket["tags"] if tag in {"mail", "web"}} == set(value_of(ticket, many) or [])
