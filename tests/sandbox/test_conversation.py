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


def test_a_comment_made_private_is_hidden_and_told(desk: Desk) -> None:
    """The audit says CommentPrivacyChange; a ticket without a public comment is private."""
    number = desk.ticket()["id"]
    comment = desk.get(f"tickets/{number}/comments")["comments"][0]["id"]
    desk.call("PUT", f"tickets/{number}/comments/{comment}/make_private", status=200)
    assert desk.get(f"tickets/{number}/comments")["comments"][0]["public"] is False
    assert desk.read(number)["is_public"] is False
    event = desk.audits(number)[-1]["events"][0]
    assert (event["type"], event["comment_id"], event["public"]) == ("CommentPrivacyChange", comment, False)
    desk.call("PUT", f"tickets/{number}/comments/1/make_private", status=404)


def test_redacted_words_are_gone_everywhere(desk: Desk) -> None:
    """From the comment, the description, the audit and the event export, and the ticket is exported again."""
    number = desk.ticket(comment={"body": "My card is 4111 1111."})["id"]
    desk.advance(100)
    before = desk.read(number)
    comment = desk.get(f"tickets/{number}/comments")["comments"][0]["id"]
    path = f"tickets/{number}/comments/{comment}/redact"
    body = desk.call("PUT", path, {"text": "4111 1111"}, status=200).json()["comment"]["body"]
    assert body == f"My card is {chr(0x2587) * 9}."
    after = desk.read(number)
    assert after["description"] == body
    assert after["generated_timestamp"] > before["generated_timestamp"]
    marked = {"ticket_id": number, "html_body": "<p>My <redact>card</redact> is</p>"}
    desk.call("PUT", f"comment_redactions/{comment}", marked, status=200)
    desk.call("PUT", path, {"text": "4111 1111"}, status=422)
    desk.advance(61)
    events = desk.call("GET", "incremental/ticket_events?start_time=0&include=comment_events", status=200).text
    told = desk.call("GET", f"tickets/{number}/audits", status=200).text
    for text in (events, told, desk.call("GET", f"tickets/{number}/comments", status=200).text):
        assert "4111" not in text
        assert "card" not in text


def test_files_are_uploaded_and_attached(desk: Desk) -> None:
    """An upload's token attaches its files to one comment, once; the content comes back as a download."""
    headers = {**desk.admin, "Content-Type": "text/plain"}
    answer = desk.http.post("/api/v2/uploads?filename=log.txt", content=b"line", headers=headers)
    assert answer.status_code == 201
    token = answer.json()["upload"]["token"]
    number = desk.ticket(comment={"body": "See", "uploads": [token]})["id"]
    attachment = desk.get(f"tickets/{number}/comments")["comments"][0]["attachments"][0]
    assert (attachment["file_name"], attachment["size"], attachment["content_type"]) == ("log.txt", 4, "text/plain")
    content = desk.http.get(attachment["content_url"])
    assert (content.content, content.headers["content-disposition"]) == (b"line", "attachment")
    assert desk.get(f"attachments/{attachment['id']}")["attachment"]["file_name"] == "log.txt"
    desk.change(number, comment={"body": "Again", "uploads": [token], "public": False})
    assert desk.get(f"tickets/{number}/comments")["comments"][1]["attachments"] == []
    desk.call("DELETE", f"uploads/{token}", status=404)
    assert desk.http.post("/api/v2/uploads", content=b"x", headers=headers).status_code == 422


def test_all_audits_newest_first(desk: Desk) -> None:
    """The account's audits page by cursor; one ticket's are counted."""
    one, two = desk.ticket()["id"], desk.ticket()["id"]
    desk.write(one, priority="low")
    body = desk.get("ticket_audits?page[size]=2")
    assert [audit["ticket_id"] for audit in body["audits"]] == [one, two]
    assert [audit["ticket_id"] for audit in desk.get(body["links"]["next"])["audits"]] == [one]
    assert desk.get(f"tickets/{one}/audits/count")["count"]["value"] == 2
