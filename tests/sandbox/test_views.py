"""Views: their shape, what they select, how they group and sort, and who may open and write them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import Desk, Doc
from zendesk_sync.sandbox.model import conditions, fields, tickets, users, view_conditions, views
from zendesk_sync.sandbox.model.editing import Editing, via

OPEN = {"field": "status", "operator": "less_than", "value": "solved"}


def _view(desk: Desk, *every: Doc, status: int = 201, **given: Any) -> Doc:
    body = {"title": "Waiting", "all": [OPEN, *every], **given}
    answer: Doc = desk.call("POST", "views", {"view": body}, status=status).json()
    return answer["view"] if status == 201 else answer


def _ids(desk: Desk, view: Doc, query: str = "") -> list[int]:
    return [ticket["id"] for ticket in desk.get(f"views/{view['id']}/tickets{query}")["tickets"]]


def _if(field: str, operator: str, value: Any) -> Doc:
    return {"field": field, "operator": operator, "value": value}


def test_a_view_comes_back_as_conditions_and_execution(desk: Desk) -> None:
    """What was written as all, any and output is answered in the product's other words; `description` is `subject`."""
    field = desk.field("tagger", "gold")
    output = {
        "columns": ["nice_id", "description", "priority", field["id"]], "group_by": "priority", "group_order": "desc",
        "sort_by": "created", "sort_order": "asc",
    }  # fmt: skip
    tag = _if("current_tags", "includes", "zs_x")
    view = _view(desk, output=output, any=[tag], description="d", restriction=None)
    assert view["conditions"] == {"all": [OPEN], "any": [tag]}
    execution = view["execution"]
    assert [column["id"] for column in execution["columns"]] == ["nice_id", "subject", "priority", field["id"]]
    assert execution["columns"] == execution["fields"]
    assert execution["custom_fields"] == [execution["columns"][3]]
    assert (execution["group_by"], execution["group"]["order"], execution["sort"]["title"]) == (
        "priority", "desc", "Requested",
    )  # fmt: skip
    assert (view["default"], view["raw_title"], view["restriction"]) == (False, "Waiting", None)
    assert view["url"].endswith(f"/api/v2/views/{view['id']}.json")
    plain = _view(desk)["execution"]
    assert [column["id"] for column in plain["columns"]] == [
        "subject", "requester", "created", "updated", "group", "assignee",
    ]  # fmt: skip
    assert (plain["group"], plain["sort"]) == (None, None)


def test_put_replaces_each_list_that_it_names(desk: Desk) -> None:
    """`any` goes when an empty one is sent; `all` and output stay when they are not sent."""
    view = _view(desk, any=[_if("type", "is", "incident")], output={"columns": ["status"], "group_by": "status"})
    changed = desk.call("PUT", f"views/{view['id']}", {"view": {"any": [], "title": "T"}}, status=200).json()["view"]
    assert changed["conditions"] == {"all": [OPEN], "any": []}
    assert (changed["title"], changed["execution"]["group_by"]) == ("T", "status")
    desk.call("DELETE", f"views/{view['id']}", status=204)
    desk.call("GET", f"views/{view['id']}", status=404)


@pytest.mark.parametrize(
    "body",
    [
        {"title": " "}, {"all": []}, {"all": [_if("current_tags", "includes", "a")]}, {"output": {"columns": ["x"]}},
        {"all": [OPEN, _if("colour", "is", "red")]}, {"all": [OPEN, _if("status", "is", "lost")]},
        {"all": [OPEN, _if("group_id", "less_than", "1")]}, {"output": {"columns": ["status"] * 11}},
        {"output": {"sort_by": "description"}}, {"restriction": {"type": "Group", "ids": [1]}},
    ],
)  # fmt: skip
def test_what_no_view_can_be_is_refused(desk: Desk, body: Doc) -> None:
    """A blank title, conditions without an obligatory one, unknown fields, operators, values and columns are 422."""
    assert _view(desk, status=422, **body)["error"] == "RecordInvalid"


def test_conditions_select_tickets(desk: Desk) -> None:
    """Each kind of condition finds exactly the tickets it describes."""
    tier = desk.field("tagger", "gold", "silver")
    areas = desk.field("multiselect", "mail", "web", title="Areas")
    flag = desk.field("checkbox", title="Flag")
    size = desk.field("integer", title="Size")
    number = {name: f"custom_fields_{field['id']}" for name, field in
              {"tier": tier, "areas": areas, "flag": flag, "size": size}.items()}  # fmt: skip
    me = desk.sandbox.owner_id
    one = desk.ticket(
        priority="high", type="incident", assignee_id=me, tags=["a", "b"], subject="Printer 100% down",
        custom_fields=[
            {"id": tier["id"], "value": "gold"}, {"id": areas["id"], "value": ["mail", "web"]},
            {"id": flag["id"], "value": True}, {"id": size["id"], "value": 12},
        ],
    )["id"]  # fmt: skip
    two = desk.ticket(priority="low", tags=["b"], custom_fields=[{"id": tier["id"], "value": "silver"}])["id"]
    three = desk.ticket(subject="Printer 1000 down")["id"]
    desk.ticket(status="solved", assignee_id=me)
    cases = [
        (_if("priority", "is", "high"), {one}), (_if("priority", "is_not", "high"), {two, three}),
        (_if("priority", "less_than", "high"), {two, three}), (_if("priority", "is", ""), {three}),
        (_if("type", "is", "incident"), {one}), (_if("status", "is", "new"), {two, three}),
        (_if("assignee_id", "is", "current_user"), {one}), (_if("assignee_id", "is", ""), {two, three}),
        (_if("assignee_id", "is_not", str(me)), {two, three}), (_if("group_id", "is", "current_groups"), {one}),
        (_if("current_tags", "includes", "a c"), {one}), (_if("current_tags", "not_includes", "a c"), {two, three}),
        (_if(number["tier"], "is", "gold"), {one}), (_if(number["tier"], "is_not", "gold"), {two, three}),
        (_if(number["tier"], "present", None), {one, two}), (_if(number["tier"], "not_present", None), {three}),
        (_if(number["areas"], "includes", "web"), {one}), (_if(number["areas"], "not_includes", "web"), {two, three}),
        (_if(number["flag"], "is", "true"), {one}), (_if(number["flag"], "is", "false"), {two, three}),
        (_if(number["size"], "greater_than", "9"), {one}), (_if(number["size"], "less_than_equal", "12"), {one}),
        (_if("subject_includes_word", "includes", "100%"), {one}), (_if("via_id", "is", "5"), {one, two, three}),
        (_if("requester_id", "is", str(me)), {one, two, three}), (_if("ticket_is_public", "is", "private"), set()),
    ]  # fmt: skip
    for condition, expected in cases:
        assert set(_ids(desk, _view(desk, condition))) == expected, condition
    either = _view(desk, any=[_if("priority", "is", "low"), _if("type", "is", "incident")])
    assert set(_ids(desk, either)) == {one, two}


def test_hours_since_are_counted_by_the_clock(desk: Desk) -> None:
    """`updated_at greater_than 24` takes a ticket in when a day has passed."""
    number = desk.ticket()["id"]
    old, fresh = _view(desk, _if("updated_at", "greater_than", "24")), _view(desk, _if("NEW", "less_than", "24"))
    assert (_ids(desk, old), _ids(desk, fresh)) == ([], [number])
    desk.advance(25 * 3600)
    assert (_ids(desk, old), _ids(desk, fresh)) == ([number], [])


def test_drop_down_groups_follow_the_order_of_the_options(desk: Desk) -> None:
    """Groups stand as the options stand, not by alphabet; those without a value come last; inside, `sort_by` rules."""
    field = desk.field("tagger", "zeta", "alpha", "mid")
    by_tag: dict[str, list[int]] = {}
    for tag in ("alpha", None, "zeta", "mid", "zeta"):
        made = desk.ticket(custom_fields=[{"id": field["id"], "value": tag}] if tag else [])
        by_tag.setdefault(str(tag), []).append(made["id"])
    output = {"columns": ["subject"], "group_by": field["id"], "group_order": "asc", "sort_by": "nice_id",
              "sort_order": "asc"}  # fmt: skip
    view = _view(desk, output=output)
    order = [*by_tag["zeta"], *by_tag["alpha"], *by_tag["mid"], *by_tag["None"]]
    assert _ids(desk, view) == order
    turned = _view(desk, output={**output, "group_order": "desc"})
    assert _ids(desk, turned) == [*by_tag["mid"], *by_tag["alpha"], *by_tag["zeta"], *by_tag["None"]]
    state = desk.sandbox.state
    stored, me = state.store.get(views.KIND, view["id"]), users.get(state, desk.sandbox.owner_id)
    assert stored
    assert me
    shelves = views.tickets_of(state, stored, me)
    assert [(shelf.title, [ticket["id"] for ticket in shelf.tickets]) for shelf in shelves] == [
        ("ZETA", by_tag["zeta"]), ("ALPHA", by_tag["alpha"]), ("MID", by_tag["mid"]), ("-", by_tag["None"]),
    ]  # fmt: skip


def test_sorting_by_priority_and_by_names(desk: Desk) -> None:
    """Urgent first in descending order; people by name whatever their case; a request may ask for another order."""
    people = [desk.user(name=name, email=f"{name}@a.example")["id"] for name in ("bea", "Ada", "Cem")]
    numbers = [
        desk.ticket(requester_id=person, priority=priority)["id"]
        for person, priority in zip(people, ("low", "urgent", "normal"), strict=True)
    ]
    view = _view(desk, output={"sort_by": "priority", "sort_order": "desc", "columns": ["priority"]})
    assert _ids(desk, view) == [numbers[1], numbers[2], numbers[0]]
    assert _ids(desk, view, "?sort_by=requester&sort_order=asc") == [numbers[1], numbers[0], numbers[2]]


def test_counts_and_rows(desk: Desk) -> None:
    """`/count`, `/count_many` and `/views/count` count; `/execute` has columns and rows; a preview no view."""
    numbers = [desk.ticket(priority="high")["id"] for _ in range(3)]
    output = {"columns": ["subject", "requester", "priority"], "group_by": "priority", "sort_by": "nice_id",
              "sort_order": "asc"}  # fmt: skip
    view = _view(desk, output=output)
    count = desk.get(f"views/{view['id']}/count")["view_count"]
    assert (count["view_id"], count["value"], count["pretty"], count["fresh"]) == (view["id"], 3, "3", True)
    many = desk.get(f"views/count_many?ids={view['id']},1")["view_counts"]
    assert [one["value"] for one in many] == [3]
    too_many = ",".join(str(number) for number in range(21))
    assert desk.call("GET", f"views/count_many?ids={too_many}", status=400).json()["error"] == "TooManyValues"
    assert desk.get("views/count")["count"]["value"] == 1
    shown = desk.get(f"views/{view['id']}/execute?per_page=2")
    assert [column["id"] for column in shown["columns"]] == ["subject", "requester", "priority"]
    assert [row["ticket"]["id"] for row in shown["rows"]] == numbers[:2]
    row = shown["rows"][0]
    assert (row["group"], row["priority"], row["requester_id"]) == ("high", "high", desk.sandbox.owner_id)
    assert (shown["view"]["id"], shown["count"]) == (view["id"], 3)
    assert shown["next_page"]
    preview = {"view": {"all": [OPEN], "output": output}}
    assert len(desk.call("POST", "views/preview", preview, status=200).json()["rows"]) == 3
    assert desk.call("POST", "views/preview/count", preview, status=200).json()["view_count"]["value"] == 3
    assert desk.get("views/count")["count"]["value"] == 1


def test_deleted_tickets_are_in_no_view(desk: Desk) -> None:
    """A deleted ticket is gone from the list and from the count."""
    view, number = _view(desk), desk.ticket()["id"]
    desk.call("DELETE", f"tickets/{number}", status=204)
    assert _ids(desk, view) == []
    assert desk.get(f"views/{view['id']}/count")["view_count"]["value"] == 0


def test_who_sees_and_writes_a_view(desk: Desk) -> None:
    """Agents see shared views and their groups'; they write only their own; nobody else sees a personal one."""
    agent = desk.user(name="A", email="a@a.example", role="agent")["id"]
    headers = desk.acting_as(agent)
    shared = _view(desk)
    desk.call("GET", f"views/{shared['id']}", headers=headers, status=200)
    desk.call("PUT", f"views/{shared['id']}", {"view": {"title": "x"}}, headers=headers, status=403)
    desk.call("POST", "views", {"view": {"title": "x", "all": [OPEN]}}, headers=headers, status=403)
    own = {"title": "Mine", "all": [OPEN], "restriction": {"type": "User", "id": agent}}
    mine = desk.call("POST", "views", {"view": own}, headers=headers, status=201).json()["view"]
    desk.call("GET", f"views/{mine['id']}", status=404)
    group = desk.call("POST", "groups", {"group": {"name": "Night"}}, status=201).json()["group"]["id"]
    hidden = _view(desk, restriction={"type": "Group", "ids": [group]})
    assert hidden["restriction"] == {"type": "Group", "id": group, "ids": [group]}
    desk.call("GET", f"views/{hidden['id']}", headers=headers, status=404)
    membership = {"group_membership": {"user_id": agent, "group_id": group}}
    desk.call("POST", "group_memberships", membership, status=201)
    desk.call("GET", f"views/{hidden['id']}", headers=headers, status=200)
    assert [view["title"] for view in desk.get("views?access=personal", headers=headers)["views"]] == ["Mine"]
    desk.call("PUT", f"views/{shared['id']}", {"view": {"active": False}}, status=200)
    assert shared["id"] not in [view["id"] for view in desk.get("views/active")["views"]]
    assert shared["id"] not in [view["id"] for view in desk.get("views/compact")["views"]]


def test_many_views_at_once_and_their_definitions(desk: Desk) -> None:
    """Positions and activity of many; deletion of many; what can be asked, shown, grouped and sorted."""
    field = desk.field("tagger", "gold")
    one, two = _view(desk), _view(desk)
    changes = [{"id": one["id"], "active": False, "title": "x"}, {"id": two["id"], "position": 7}]
    changed = desk.call("PUT", "views/update_many", {"views": changes}, status=200).json()["views"]
    assert [(v["active"], v["position"], v["title"]) for v in changed] == [
        (False, one["position"], "Waiting"), (True, 7, "Waiting"),
    ]  # fmt: skip
    desk.call("DELETE", f"views/destroy_many?ids={one['id']},{two['id']},5", status=204)
    assert desk.get("views")["views"] == []
    told = desk.get("views/definitions")["definitions"]
    by_name = {item["subject"]: item for item in told["conditions_all"]}
    assert [o["value"] for o in by_name["status"]["operators"]] == ["is", "is_not", "less_than", "greater_than"]
    assert [v["value"] for v in by_name[f"custom_fields_{field['id']}"]["values"]] == ["__NULL__", "gold"]
    assert field["id"] in [column["value"] for column in told["groupables"]]
    assert "description" not in [column["value"] for column in told["sortables"]]
    for item in told["conditions_all"]:
        for operator in item["operators"]:
            value = item["values"][-1]["value"] if item["values"] else "1"
            _view(desk, _if(item["subject"], operator["value"], value))


_FIELDS = ("status", "priority", "type", "current_tags", "assignee_id")
_TAGS = st.lists(st.sampled_from(["a", "b", "ab", "a_b"]), max_size=3)


@given(
    status=st.sampled_from(tickets.STATUSES), priority=st.sampled_from([None, *tickets.PRIORITIES]),
    kind=st.sampled_from([None, *tickets.TYPES]), tags=_TAGS,
    condition=st.one_of(
        st.builds(_if, st.just("status"), st.sampled_from(["is", "is_not", "less_than", "greater_than"]),
                  st.sampled_from(tickets.STATUSES)),
        st.builds(_if, st.just("priority"), st.sampled_from(["is", "is_not", "less_than", "greater_than"]),
                  st.sampled_from(["", *tickets.PRIORITIES])),
        st.builds(_if, st.just("type"), st.sampled_from(["is", "is_not"]), st.sampled_from(["", *tickets.TYPES])),
        st.builds(_if, st.just("current_tags"), st.sampled_from(["includes", "not_includes"]),
                  _TAGS.filter(bool).map(" ".join)),
    ),
)  # fmt: skip
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_views_and_triggers_agree(
    shared: Desk, status: str, priority: str | None, kind: str | None, tags: list[str], condition: Doc
) -> None:
    """What both can ask of a ticket, they answer alike: a view by its query, a trigger by looking at the ticket."""
    state = shared.sandbox.state
    owner = users.get(state, shared.sandbox.owner_id)
    assert owner
    book = fields.book(state)
    with state.store.transaction():
        ticket = tickets.blank(state) | {"status": status, "priority": priority, "type": kind, "tags": tags}
        tickets.store(state, ticket)
        kept = view_conditions.check(state, [condition])
        sql, values = view_conditions.where({"all": kept, "any": []}, view_conditions.Reader(state, owner, book))
        found = state.store.select(f"SELECT count(*) FROM ticket_row t WHERE t.id = ? AND {sql}",
                                   (ticket["id"], *values))[0][0]  # fmt: skip
        edit = Editing.of(state, ticket, actor=owner, channel=via("api"), book=book, new=False)
        assert bool(found) == conditions.holds(condition, edit)
