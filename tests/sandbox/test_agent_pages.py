"""What an agent sees at a glance: number one, the order, folded values, and no columns of use to programs only."""

import re

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


def test_many_values_are_folded_into_their_number(desk: Desk) -> None:
    """Up to three values are read at once; more are a number which opens."""
    field = _field(desk, "Missing", "A", "B", "C", "D")
    for chosen in (["a", "b", "c"], ["a", "b", "c", "d"]):
        desk.ticket(custom_fields=[{"id": field["id"], "value": chosen}])
    text = _page(desk)
    assert "<td><bdi>A</bdi>, <bdi>B</bdi>, <bdi>C</bdi></td>" in text
    assert "<details><summary>4 values</summary><ul><li><bdi>A</bdi></li>" in text
    assert "<bdi>A</bdi>, <bdi>B</bdi>, <bdi>C</bdi>, <bdi>D</bdi>" in _page(desk, "/agent/tickets/2")


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


def test_foreign_text_cannot_turn_the_page_round(desk: Desk) -> None:
    """Names and subjects are isolated, so that right-to-left text ends where it ends."""
    desk.ticket(subject="\u202eshalom", requester={"name": "\u202eRobin", "email": "robin@a.example"})
    text = _page(desk) + _page(desk, "/agent/tickets/1")
    assert text.count("<bdi>\u202eshalom</bdi>") == 2
    assert text.count("<bdi>\u202eRobin</bdi>") == 2
