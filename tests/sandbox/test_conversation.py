"""Comments and audits."""

import pytest

from tests.sandbox.conftest import Desk


def _bodies(desk: Desk, number: int, query: str = "") -> list[str]:
    return [comment["body"] for comment in desk.get(f"tickets/{number}/comments{query}")["comments"]]


def test_comments_come_in_order_in_both_styles(desk: Desk) -> None:
    """Oldest first, or turned round; authors come along when asked."""
    number = desk.ticket(comment={"body": "one"})["id"]
    for word in ("two", "three"):
        desk.advance(5)
        desk.write(number, comment={"body": word, "public": False})
    assert _bodies(desk, number) == ["one", "two", "three"]
    assert _bodies(desk, number, "?sort_order=desc") == ["three", "two", "one"]
    assert _bodies(desk, number, "?page[size]=2&sort=-created_at") == ["three", "two"]
    body = desk.get(f"tickets/{number}/comments?include=users")
    assert [comment["public"] for comment in body["comments"]] == [True, False, False]
    assert [user["id"] for user in body["users"]] == [desk.sandbox.owner_id]
    assert desk.get(f"tickets/{number}/comments/count")["count"]["value"] == 3


def test_the_first_comment_decides_the_default_privacy(desk: Desk) -> None:
    """A ticket that began with a note takes later comments for notes, unless they say otherwise."""
    ticket = desk.ticket(comment={"body": "B", "public": False})
    assert not ticket["is_public"]
    desk.write(ticket["id"], comment={"body": "C"})
    desk.write(ticket["id"], comment={"body": "D", "public": True})
    public = [comment["public"] for comment in desk.get(f"tickets/{ticket['id']}/comments")["comments"]]
    assert public == [False, False, True]
    assert desk.read(ticket["id"])["is_public"]


def test_placeholders_are_rendered_and_unknown_ones_vanish(desk: Desk) -> None:
    """Whatever stands between braces in a comment is taken for a placeholder."""
    number = desk.ticket()["id"]
    desk.write(number, comment={"body": "id {{ticket.id}}, {{ticket.title}}, {{nonsense}}{% if x %}?{% endif %}!"})
    assert _bodies(desk, number)[1] == f"id {number}, Nothing prints, !"


def test_text_is_stripped_collapsed_and_cut(desk: Desk) -> None:
    """HTML goes, runs of blanks shrink, 65,535 bytes stay; `html_body` wins over `body`."""
    number = desk.ticket()["id"]
    desk.write(number, comment={"body": "a   b\n\n\n\nc <b>d</b> 1 < 2"})
    desk.write(number, comment={"html_body": "<p>x &amp; y</p>", "body": "other"})
    desk.write(number, comment={"body": "ä" * 40_000})
    _, plain, html, long = desk.get(f"tickets/{number}/comments")["comments"]
    assert plain["body"] == "a b\n\nc d 1 < 2"
    assert (html["body"], "<p>x &amp; y</p>" in html["html_body"]) == ("x & y", True)
    assert len(long["body"].encode()) == 65_534


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
        ("<p>For:</p>\n<ul>\n <li>a &amp;\n b</li>\n <li>c</li>\n</ul>\n<p>End</p>", "For:\n\n- a & b\n- c\n\nEnd"),
        ("Intro<UL class='x'><LI>a<ul><li>b</li></ul></LI></UL>after", "Intro\n- a\n- b\n\nafter"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<h2>Title</h2>text <b>bold</b>&nbsp;&lt;i&gt;", "Title\n\ntext bold <i>"),
        ("<pre>a\nb</pre>c", "a\nb\n\nc"),
        ("a<script>alert(1)</script><!-- <p> --><style>p{}</style>b", "ab"),
    ],
)
def test_plain_text_reads_like_the_html(desk: Desk, markup: str, text: str) -> None:
    """Paragraphs stand apart, lines and items of lists on lines of their own; `plain_body` is the same."""
    number = desk.ticket(comment={"html_body": markup})["id"]
    comment = desk.get(f"tickets/{number}/comments")["comments"][0]
    assert comment["body"] == comment["plain_body"] == text
    assert markup in comment["html_body"]


def test_author_and_updater_are_two_things(desk: Desk) -> None:
    """`author_id` names who spoke; the audit keeps who did it."""
    robin = desk.user(email="robin@a.example")
    number = desk.ticket()["id"]
    desk.write(number, comment={"body": "By phone", "author_id": robin["id"]})
    assert desk.get(f"tickets/{number}/comments")["comments"][1]["author_id"] == robin["id"]
    assert desk.audits(number)[1]["author_id"] == desk.sandbox.owner_id


def test_audits_tell_changes_with_their_former_values(desk: Desk) -> None:
    """Each change names field, value and previous value; events can be filtered by type."""
    number = desk.ticket(tags=["a"])["id"]
    desk.write(number, tags=["a", "b"], priority="high", comment={"body": "x"})
    change = {event["field_name"]: event for event in desk.audits(number)[1]["events"] if event["type"] == "Change"}
    assert (change["tags"]["value"], change["tags"]["previous_value"]) == (["a", "b"], ["a"])
    assert (change["priority"]["value"], change["priority"]["previous_value"]) == ("high", None)
    only = desk.get(f"tickets/{number}/audits?filter_events[]=Comment&page[size]=1")
    assert [event["type"] for event in only["audits"][0]["events"]] == ["Comment"]
    assert only["meta"]["has_more"]
