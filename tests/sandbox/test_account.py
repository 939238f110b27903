"""Users, organizations, ticket fields, forms."""

from tests.sandbox.conftest import Desk, Doc


def _organization(desk: Desk, name: str = "Northwind", **given: object) -> Doc:
    body = {"organization": {"name": name, **given}}
    made: Doc = desk.call("POST", "organizations", body, status=201).json()["organization"]
    return made


def test_users_are_found_created_and_updated(desk: Desk) -> None:
    """By e-mail, by id, by external id; a second user with one e-mail is refused."""
    robin = desk.user(email="Robin@A.example", external_id="r1", user_fields={"plan": "x"})
    assert robin["email"] == "robin@a.example"
    for path in (f"users/show_many?ids={robin['id']},5", "users/search?query=email:robin@a.example"):
        assert [user["id"] for user in desk.get(path)["users"]] == [robin["id"]]
    assert desk.get("users/show_many?external_ids=r1")["users"][0]["id"] == robin["id"]
    twice = desk.call("POST", "users", {"user": {"name": "B", "email": "robin@a.example"}}, status=422).json()
    assert twice["details"]["email"][0]["error"] == "DuplicateValue"
    same = {"user": {"email": "robin@a.example", "user_fields": {"seat": "y"}, "tags": ["T"]}}
    changed = desk.call("POST", "users/create_or_update", same, status=200).json()["user"]
    assert (changed["id"], changed["tags"]) == (robin["id"], ["t"])
    assert changed["user_fields"] == {"plan": "x", "seat": "y"}
    other = {"user": {"name": "New", "email": "new@a.example"}}
    desk.advance(1)
    desk.call("POST", "users/create_or_update", other, status=201)
    assert desk.get("users?role=end-user")["count"] == 2


def test_memberships(desk: Desk) -> None:
    """One organization is the default; joining twice is refused."""
    one, two = _organization(desk, "One"), _organization(desk, "Two")
    robin = desk.user(email="r@a.example", organization_id=one["id"])
    body = {"organization_membership": {"user_id": robin["id"], "organization_id": two["id"]}}
    desk.call("POST", "organization_memberships", body, status=201)
    desk.call("POST", "organization_memberships", body, status=422)
    mine = desk.get(f"users/{robin['id']}/organization_memberships")["organization_memberships"]
    assert [(m["organization_id"], m["default"]) for m in mine] == [(one["id"], True), (two["id"], False)]
    assert desk.ticket(requester_id=robin["id"], organization_id=two["id"])["organization_id"] == two["id"]


def test_organizations(desk: Desk) -> None:
    """Found by name and external id regardless of case; lists are overwritten, fields merged."""
    field = {"key": "note", "title": "Note", "type": "text"}
    desk.call("POST", "organization_fields", {"organization_field": field}, status=201)
    made = _organization(desk, external_id="X1", tags=["a"], organization_fields={"note": "n", "unknown": 1})
    assert made["organization_fields"] == {"note": "n"}
    for path in (
        "search?external_id=x1",
        "search?name=northwind",
        f"show_many?ids={made['id']}",
        "show_many?external_ids=x1",
    ):
        assert [one["id"] for one in desk.get(f"organizations/{path}")["organizations"]] == [made["id"]]
    body = {"organization": {"tags": ["b"], "organization_fields": {}}}
    changed = desk.call("PUT", f"organizations/{made['id']}", body, status=200).json()["organization"]
    assert (changed["tags"], changed["organization_fields"]) == (["b"], {"note": "n"})
    desk.call("POST", "organizations", {"organization": {"name": "NORTHWIND"}}, status=422)
    desk.call("DELETE", f"organizations/{made['id']}", status=204)
    desk.call("GET", f"organizations/{made['id']}", status=404)


def test_fields_come_whole_or_in_pages(desk: Desk) -> None:
    """Without paging parameters the list is complete; the priority field tells its options."""
    for number in range(105):
        desk.field("text", title=f"F{number}")
    assert len(desk.get("ticket_fields")["ticket_fields"]) == 113
    assert len(desk.get("ticket_fields?page[size]=5")["ticket_fields"]) == 5
    assert desk.get("ticket_fields?per_page=5")["next_page"]
    priority = next(f for f in desk.get("ticket_fields")["ticket_fields"] if f["type"] == "priority")
    assert [option["value"] for option in priority["system_field_options"]] == ["low", "normal", "high", "urgent"]


def test_fields_are_made_and_options_written(desk: Desk) -> None:
    """201 with Location; options are mandatory; one option at a time is updated by value or added."""
    body = {"ticket_field": {"type": "tagger", "title": "T"}}
    refused = desk.call("POST", "ticket_fields", body, status=422).json()
    assert refused["details"]["field_options"][0]["error"] == "EmptyValue"
    field = desk.field("tagger", "gold")
    path = f"ticket_fields/{field['id']}"
    option = {"custom_field_option": {"name": "Golden", "value": "gold"}}
    changed = desk.call("POST", f"{path}/options", option, status=200).json()["custom_field_option"]
    assert changed["id"] == field["custom_field_options"][0]["id"]
    desk.call("POST", f"{path}/options", {"custom_field_option": {"name": "S", "value": "silver"}}, status=201)
    names = [one["name"] for one in desk.get(f"{path}/options")["custom_field_options"]]
    assert names == ["Golden", "S"]
    answer = desk.call("PUT", path, {"ticket_field": {"type": "text", "title": "New"}}, status=200)
    assert (answer.json()["ticket_field"]["type"], answer.json()["ticket_field"]["title"]) == ("tagger", "New")
    assert "ticket_field.type" in answer.headers["x-zendesk-api-warn"]
    ticket = desk.ticket(custom_fields=[{"id": field["id"], "value": "gold"}])
    desk.call("DELETE", path, status=204)
    left = desk.read(ticket["id"])
    assert (left["custom_fields"], left["tags"]) == ([], ["gold"])


def test_the_form_takes_a_new_list_of_fields(desk: Desk) -> None:
    """`ticket_field_ids` replaces the list and must name fields."""
    form = desk.get("ticket_forms")["ticket_forms"][0]
    field = desk.field("text")
    ids = [*form["ticket_field_ids"], field["id"]]
    path = f"ticket_forms/{form['id']}"
    answer = desk.call("PUT", path, {"ticket_form": {"ticket_field_ids": ids}}, status=200).json()["ticket_form"]
    assert answer["ticket_field_ids"] == ids
    desk.call("PUT", path, {"ticket_form": {"ticket_field_ids": [1]}}, status=422)
    assert desk.get("groups")["groups"][0]["default"]


def test_organizations_are_found_counted_and_changed_by_the_hundred(desk: Desk) -> None:
    """By the beginning of the name, by external id whatever its case; many at once in a job that fails item by item."""
    body = {"organization": {"name": "North Mills", "external_id": "N-1"}}
    made = desk.call("POST", "organizations/create_or_update", body, status=201).json()["organization"]
    body["organization"]["name"] = "North Works"
    again = desk.call("POST", "organizations/create_or_update", body, status=200).json()["organization"]
    assert (again["id"], again["name"]) == (made["id"], "North Works")
    for path in ("organizations/autocomplete?name=nor", "organizations/search?external_id=n-1",
                 "organizations/search?name=north works", "organizations/show_many?external_ids=n-1"):  # fmt: skip
        assert [one["id"] for one in desk.get(path)["organizations"]] == [made["id"]]
    assert desk.get("organizations/count")["count"]["value"] == 1
    items = [{"id": made["id"], "notes": "N"}, {"id": 5, "notes": "N"}]
    job = desk.call("PUT", "organizations/update_many", {"organizations": items}, status=200).json()["job_status"]
    desk.advance(5)
    results = desk.get(f"job_statuses/{job['id']}")["job_status"]["results"]
    assert [result["success"] for result in results] == [True, False]
    assert desk.get(f"organizations/{made['id']}")["organization"]["notes"] == "N"


def test_people_leave_organizations_and_organizations_leave_tickets(desk: Desk) -> None:
    """A membership that goes takes the default along; a deleted organization goes from its users and tickets."""
    firm = desk.call("POST", "organizations", {"organization": {"name": "N"}}, status=201).json()["organization"]["id"]
    one, two = (desk.user(name=f"Robin {n}", email=f"{n}@n.example", organization_id=firm)["id"] for n in "ab")
    ticket = desk.ticket(requester_id=two)["id"]
    membership = desk.get(f"users/{one}/organization_memberships")["organization_memberships"][0]
    assert desk.get(f"organization_memberships/{membership['id']}")["organization_membership"]["user_id"] == one
    desk.call("DELETE", f"organization_memberships/{membership['id']}", status=204)
    assert desk.get(f"users/{one}")["user"]["organization_id"] is None
    desk.call("DELETE", f"organizations/{firm}", status=204)
    assert desk.get(f"users/{two}")["user"]["organization_id"] is None
    assert desk.read(ticket)["organization_id"] is None
    assert [user["id"] for user in desk.get("users/autocomplete?name=rob")["users"]] == [one, two]
    assert desk.get("users/count")["count"]["value"] == 4
