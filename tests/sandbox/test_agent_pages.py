"""What an agent sees at a glance: number one, the order, folded values, and no columns of use to programs only."""

import re

import httpx

from tests.sandbox.conftest import Desk, Doc


def _options(*names: str) -> list[Doc]:
    return [{"name": name, "value": name.lower().replace(" ", "_")} for name in names]


def _field(desk: Desk, title: str, *names: str, on_form: bool = True) -> Doc:
    body = {"type": "multiselect", "title": title, "custom_field_options": _options(*names)}
    field: Doc = desk.call("POST", "ticket_fields", {"ticket_field": body}, status=201).json()["ticket_field"]
    if on_form:
        form = desk.get("ticket_forms")["ticket_forms"][0]
        ids = [*form["ticket_field_ids"], field["id"]]
        desk.call("PUT", f"ticket_forms/{form['id']}", {"ticket_form": {"ticket_field_ids": ids}}, status=200)
    return field


def _page(desk: Desk, path: str = "/agent") -> str:
    answer = desk.http.get(path)
    assert answer.status_code == 200
    return answer.text


def _order(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"<td>(\d+)</td>", text)]


def test_number_one_stands_on_top_of_the_page_and_of_the_list(desk: Desk) -> None:
    """It is found by the title of a chosen option, in whatever multi-select; the rest comes by status and age."""
    field = _field(desk, "Our flags", "Other", "Number one")
    for status in ("solved", "pending", "open", "new", "open"):
        desk.ticket(status=status, assignee_id=desk.sandbox.owner_id if status == "solved" else None)
        desk.advance(60)
    assert "Number one" not in _page(desk)
    desk.write(5, subject="Fuser on fire", custom_fields=[{"id": field["id"], "value": ["number_one"]}])
    text = _page(desk)
    assert '<p class="first">Number one: <a href="/agent/tickets/5">#5 <bdi>Fuser on fire</bdi></a></p>' in text
    assert _order(text) == [5, 3, 4, 2, 1]
    assert text.count('<tr class="top">') == 1
    assert '<p class="first">Number one</p>' in _page(desk, "/agent/tickets/5")
    assert 'class="first"' not in _page(desk, "/agent/tickets/4")


def test_a_view_shows_what_it_is_grouped_and_sorted_by(desk: Desk) -> None:
    """Even where no column does; turned otherwise, the view's own order can be chosen again."""
    field = _field(desk, "Areas", "Mail", "Web")
    view = {
        "title": "V", "all": [{"field": "status", "operator": "is", "value": "new"}],
        "output": {"columns": ["subject"], "group_by": field["id"], "sort_by": "nice_id"},
    }  # fmt: skip
    number = desk.call("POST", "views", {"view": view}, status=201).json()["view"]["id"]
    chosen = re.findall(r'<option value="(\w+)" selected>', _page(desk, f"/agent/views/{number}"))
    assert chosen == [str(field["id"]), "desc", "nice_id", "desc"]
    turned = _page(desk, f"/agent/views/{number}?group_by=status")
    assert '<option value="status" selected>' in turned
    assert f'<option value="{field["id"]}">Areas</option>' in turned


def test_many_values_are_folded_into_their_number(desk: Desk) -> None:
    """Up to three values are read at once; more are a number which opens."""
    field = _field(desk, "Missing", "A", "B", "C", "D")
    for chosen in (["a", "b", "c"], ["a", "b", "c", "d"]):
        desk.ticket(custom_fields=[{"id": field["id"], "value": chosen}])
    text = _page(desk)
    assert "<td><bdi>A</bdi>, <bdi>B</bdi>, <bdi>C</bdi></td>" in text
    assert "<details><summary>4 values</summary><ul><li><bdi>A</bdi></li>" in text
    assert _page(desk, "/agent/tickets/2").count(" checked> <bdi>") == 4


def test_fields_on_no_form_are_only_on_the_ticket_page(desk: Desk) -> None:
    """What nobody is meant to fill in is no column, but nothing is hidden on the ticket itself."""
    mark = _field(desk, "Programs' mark", "A", on_form=False)
    desk.ticket(custom_fields=[{"id": mark["id"], "value": ["a"]}])
    assert "mark" not in _page(desk)
    assert "<bdi>Programs&#39; mark</bdi></th><td><bdi>A</bdi></td>" in _page(desk, "/agent/tickets/1")


def test_comments_keep_their_paragraphs_and_lists(desk: Desk) -> None:
    """A note written in HTML reads on the page as it was written, and nothing of it is markup."""
    markup = "<p>Still missing:</p><ul><li>a log &lt;script&gt;</li><li>the version</li></ul><p>Thanks<br>Robin</p>"
    desk.ticket(comment={"html_body": markup, "public": False})
    text = _page(desk, "/agent/tickets/1")
    items = '<ul><li dir="auto">a log &lt;script&gt;</li><li dir="auto">the version</li></ul>'
    assert '<p dir="auto">Still missing:</p>' in text
    assert items in text
    assert '<p dir="auto">Thanks\nRobin</p>' in text


def _post(desk: Desk, path: str, form: Doc, **headers: str) -> httpx.Response:
    return desk.http.post(path, data=form, headers=headers, follow_redirects=False)


def test_only_what_differs_is_written(desk: Desk) -> None:
    """A form that was opened before somebody else wrote takes nothing back; tags are added and removed one by one."""
    number = desk.ticket(priority="low", tags=["a", "b"])["id"]
    desk.write(number, priority="high", tags=["a", "b", "by_program"])
    form = {"priority": "low", "was.priority": "low", "type": "task", "was.type": "", "tags": "a c", "was.tags": "a b"}
    assert _post(desk, f"/agent/tickets/{number}", form).status_code == 303
    ticket = desk.read(number)
    assert (ticket["priority"], ticket["type"], ticket["tags"]) == ("high", "task", ["a", "by_program", "c"])
    assert _post(desk, f"/agent/tickets/{number}", {"type": "task", "was.type": "task"}).status_code == 422


def test_a_page_elsewhere_cannot_act(desk: Desk) -> None:
    """Neither another origin nor another name for this machine; what is asked without a browser may pass."""
    number, form = desk.ticket()["id"], {"comment": "x", "public": "1"}
    path = f"/agent/tickets/{number}"
    assert _post(desk, path, form, Origin="https://elsewhere.example").status_code == 403
    assert _post(desk, path, form, Origin="null").status_code == 403
    assert _post(desk, path, form, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert desk.http.get("/agent", headers={"Host": "rebound.example"}).status_code == 403
    assert _post(desk, path, form, Origin=desk.sandbox.url).status_code == 303
    assert len(desk.get(f"tickets/{number}/comments")["comments"]) == 2


def test_who_acts_is_chosen_by_address(desk: Desk) -> None:
    """A customer sees the own tickets and their public part only; rules are for admins."""
    desk.user("Robin Vale", email="robin@a.example")
    desk.user("Ada", email="ada@a.example", role="agent")
    mine = desk.ticket(requester={"email": "robin@a.example"})["id"]
    other = desk.ticket(subject="Not yours")["id"]
    desk.write(mine, comment={"body": "Between us", "public": False})
    assert _post(desk, "/agent/act-as", {"email": "nobody@a.example"}).status_code == 422
    answer = _post(desk, "/agent/act-as", {"email": "Robin@a.example ", "next": "https://elsewhere.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/agent")
    text = _page(desk)
    assert "My requests" in text
    assert "Not yours" not in text
    assert "Between us" not in _page(desk, f"/agent/tickets/{mine}")
    assert desk.http.get(f"/agent/tickets/{other}").status_code == 404
    assert _post(desk, f"/agent/tickets/{other}", {"comment": "x"}).status_code == 404
    assert _post(desk, f"/agent/tickets/{mine}", {"comment": "Hello", "public": "0", "priority": "high"}).is_redirect
    said = desk.get(f"tickets/{mine}/comments")["comments"][-1]
    assert (said["public"], desk.read(mine)["priority"]) == (True, None)
    assert desk.http.get("/agent/rules").status_code == 403
    _post(desk, "/agent/act-as", {"email": "ada@a.example"})
    assert desk.http.get("/agent/rules").status_code == 403
    assert "Between us" in _page(desk, f"/agent/tickets/{mine}")


def test_light_and_restricted_agents_see_and_do_less(desk: Desk) -> None:
    """A light agent writes notes only, whatever a form says; a restricted one sees what the restriction leaves."""
    desk.user("Lee", email="lee@a.example", role="agent", only_private_comments=True)
    desk.user("Rey", email="rey@a.example", role="agent", ticket_restriction="assigned")
    number = desk.ticket()["id"]
    _post(desk, "/agent/act-as", {"email": "lee@a.example"})
    text = _page(desk, f"/agent/tickets/{number}")
    assert "Light agent" in text
    assert 'name="priority"' not in text
    form = {"comment": "Psst", "public": "1", "priority": "high", "was.priority": "", "tags": "x", "was.tags": ""}
    assert _post(desk, f"/agent/tickets/{number}", form).is_redirect
    assert desk.get(f"tickets/{number}/comments")["comments"][-1]["public"] is False
    assert (desk.read(number)["priority"], desk.read(number)["tags"]) == (None, [])
    assert desk.http.get("/agent/new").status_code == 403
    assert _post(desk, "/agent/new", {"subject": "S", "comment": "x"}).status_code == 403
    _post(desk, "/agent/act-as", {"email": "rey@a.example"})
    assert _order(_page(desk)) == []
    assert desk.http.get(f"/agent/tickets/{number}").status_code == 404


def test_the_accounts_own_statuses_can_be_chosen(desk: Desk) -> None:
    """Each category's statuses stand in the list, and the status follows the chosen one."""
    body = {"status_category": "pending", "agent_label": "Waiting for parts"}
    made = desk.call("POST", "custom_statuses", {"custom_status": body}, status=201).json()["custom_status"]
    number = desk.ticket()["id"]
    assert f'<option value="{made["id"]}">Waiting for parts</option>' in _page(desk, f"/agent/tickets/{number}")
    form = {"custom_status_id": str(made["id"]), "was.custom_status_id": ""}
    assert _post(desk, f"/agent/tickets/{number}", form).is_redirect
    assert desk.read(number)["status"] == "pending"
    assert "Ticket status: New → Waiting for parts" in _page(desk, f"/agent/tickets/{number}")


def test_what_is_refused_is_told_and_not_lost(desk: Desk) -> None:
    """The reason stands on top, and what was written is still in the form."""
    number = desk.ticket()["id"]
    solved = next(s["id"] for s in desk.get("custom_statuses")["custom_statuses"] if s["status_category"] == "solved")
    form = {"custom_status_id": str(solved), "was.custom_status_id": "", "comment": "A long answer", "public": "1"}
    answer = _post(desk, f"/agent/tickets/{number}", form)
    assert answer.status_code == 422
    assert "Assignee: is required when solving a ticket" in answer.text
    assert ">A long answer</textarea>" in answer.text
    assert f'<option value="{solved}" selected>Solved</option>' in answer.text
    assert _post(desk, "/agent/new", {"subject": "", "comment": "x"}).status_code == 422
    assert desk.read(number)["status"] == "new"


def test_audits_read_like_sentences(desk: Desk) -> None:
    """Fields by their titles, options by theirs, and the trigger that did it."""
    field = _field(desk, "Our flags", "First", "Second")
    body = {"title": "Escalate", "actions": [{"field": "priority", "value": "urgent"}], "conditions": {"all": [
        {"field": f"custom_fields_{field['id']}", "operator": "includes", "value": "second"}
    ], "any": []}}  # fmt: skip
    desk.call("POST", "triggers", {"trigger": body}, status=201)
    number = desk.ticket()["id"]
    form = {f"field.{field['id']}": "second", f"was.field.{field['id']}": "", "comment": "Look", "public": "0"}
    _post(desk, f"/agent/tickets/{number}", form)
    text = _page(desk, f"/agent/tickets/{number}")
    assert "<bdi>Our flags: — → Second</bdi>" in text
    assert "<bdi>Priority: — → Urgent (by the trigger “Escalate”)</bdi>" in text
    assert "<bdi>Internal note</bdi>" in text
    assert "Our flags includes Second" in _page(desk, "/agent/rules")


def test_foreign_text_cannot_turn_the_page_round(desk: Desk) -> None:
    """Names and subjects are isolated, so that right-to-left text ends where it ends."""
    desk.ticket(subject="\u202eshalom", requester={"name": "\u202eRobin", "email": "robin@a.example"})
    text = _page(desk) + _page(desk, "/agent/tickets/1")
    assert text.count("<bdi>\u202eshalom</bdi>") == 2
    assert text.count("<bdi>\u202eRobin</bdi>") == 2
