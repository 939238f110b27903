"""The agent's pages in a real browser: by keyboard alone, checked by axe, in light and dark, narrow and enlarged."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.chromium import barriers, chromium, tab_to
from tests.sandbox.conftest import Desk, Doc, value_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: "Browser", office: Doc) -> Iterator["Page"]:
    context = browser.new_context(base_url=office["desk"].sandbox.url)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def office(desk: Desk) -> Doc:
    """An account with fields, a view with groups, a trigger, a webhook, a customer, an agent and a few tickets."""
    severity = _field(desk, "Severity", "tagger", "Severity 1", "Severity 2")
    wait = _field(desk, "Cannot wait a day", "checkbox", tag="cannot_wait")
    flags = _field(desk, "Support flags", "multiselect", "Number one", "Escalated", "Watch", "Blocked")
    hint = _field(desk, "Where it happens", "text")
    form = desk.get("ticket_forms")["ticket_forms"][0]
    ids = [*form["ticket_field_ids"], *(one["id"] for one in (severity, wait, flags, hint))]
    desk.call("PUT", f"ticket_forms/{form['id']}", {"ticket_form": {"ticket_field_ids": ids}}, status=200)
    view = {
        "title": "Unsolved by priority", "description": "What is still to be done",
        "all": [{"field": "status", "operator": "less_than", "value": "solved"}],
        "output": {
            "columns": ["nice_id", "description", "requester", "priority", "created", severity["id"]],
            "group_by": "priority", "group_order": "desc", "sort_by": "created", "sort_order": "asc",
        },
    }  # fmt: skip
    made = desk.call("POST", "views", {"view": view}).json()["view"]
    hook = {
        "name": "Sync", "endpoint": "http://127.0.0.1:9/hook", "http_method": "POST", "request_format": "json",
        "status": "active", "subscriptions": ["conditional_ticket_events"],
    }  # fmt: skip
    webhook = desk.call("POST", "webhooks", {"webhook": hook}, status=201).json()["webhook"]
    rule = {
        "title": "Tell the sync",
        "conditions": {"all": [{"field": "update_type", "operator": "is", "value": "Create"}]},
        "actions": [{"field": "notification_webhook", "value": [webhook["id"], "{}"]}],
    }  # fmt: skip
    desk.call("POST", "triggers", {"trigger": rule}, status=201)
    robin = desk.user("Robin Vale", email="robin@a.example")
    ada = desk.user("Ada Agent", email="ada@a.example", role="agent")
    chosen = [{"id": flags["id"], "value": [option["value"] for option in flags["custom_field_options"]]}]
    for priority in ("low", "urgent", None, "low"):
        more = {} if priority != "urgent" else {"custom_fields": chosen, "tags": ["printer"]}
        desk.ticket(requester_id=robin["id"], priority=priority, subject=f"It is {priority}", **more)
        desk.advance(60)
    desk.write(2, comment={"html_body": "<p>Known:</p><ul><li>since May</li></ul>", "public": False})
    return {"desk": desk, "severity": severity, "wait": wait, "flags": flags, "hint": hint, "view": made, "ada": ada}


def _field(desk: Desk, title: str, kind: str, *names: str, **more: Any) -> Doc:
    body: Doc = {"type": kind, "title": title, "editable_in_portal": True, "visible_in_portal": True, **more}
    if names:
        body["custom_field_options"] = [{"name": name, "value": name.lower().replace(" ", "_")} for name in names]
    made: Doc = desk.call("POST", "ticket_fields", {"ticket_field": body}, status=201).json()["ticket_field"]
    return made


def _pages(office: Doc) -> list[str]:
    return ["/agent", f"/agent/views/{office['view']['id']}", "/agent/tickets/2", "/agent/new", "/agent/rules",
            "/agent/tickets/77"]  # fmt: skip


def _act_as(page: "Page", email: str) -> None:
    page.goto("/agent")
    page.get_by_label("Acting as").fill(email)
    with page.expect_navigation():
        page.get_by_role("button", name="Switch user").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_that_axe_finds(browser: "Browser", office: Doc, scheme: Any) -> None:
    """Labels, headings, landmarks, contrast and the rest, in both colour schemes, for staff and customers."""
    context = browser.new_context(base_url=office["desk"].sandbox.url, color_scheme=scheme)
    page = context.new_page()
    found: list[str] = []

    def check(path: str) -> None:
        page.goto(path)
        found.extend(barriers(page))

    for path in _pages(office):
        check(path)
    page.goto("/agent/tickets/2")
    page.get_by_role("button", name="Save ticket").first.click()
    assert page.get_by_role("alert").is_visible()
    check(page.url)
    _act_as(page, "robin@a.example")
    for path in ("/agent", "/agent/tickets/2", "/agent/new"):
        check(path)
    context.close()
    assert found == []


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_no_page_is_wider_than_its_window(browser: "Browser", office: Doc, width: int) -> None:
    """Narrow as a telephone, and 1,280 pixels enlarged to 200 %: only tables scroll sideways, within their frame."""
    context = browser.new_context(base_url=office["desk"].sandbox.url, viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in _pages(office):
        page.goto(path)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width, path
    context.close()


def test_a_customer_asks_for_help_by_keyboard_alone(page: "Page", office: Doc) -> None:
    """From the first Tab to the sent request, with a severity chosen and the box for urgent matters ticked."""
    _act_as(page, "robin@a.example")
    tab_to(page, lambda at: bool(at["text"] == "Skip to the content"))
    tab_to(page, lambda at: bool(at["text"] == "New request"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/agent/new")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tab_to(page, lambda at: bool(at["name"] == "subject"))
    page.keyboard.type("Nothing prints")
    page.keyboard.press("Tab")
    page.keyboard.type("Since this morning, {{ticket.id}} <b>")
    tab_to(page, lambda at: bool(at["name"] == f"field.{office['severity']['id']}"))
    page.keyboard.type("Severity 1")
    tab_to(page, lambda at: bool(at["name"] == f"field.{office['wait']['id']}"))
    page.keyboard.press("Space")
    tab_to(page, lambda at: bool(at["text"] == "Send"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/agent/tickets/5?saved*")
    assert page.get_by_role("status").inner_text() == "Saved."
    ticket = office["desk"].read(5)
    assert (value_of(ticket, office["severity"]), value_of(ticket, office["wait"])) == ("severity_1", True)
    assert {"severity_1", "cannot_wait"} <= set(ticket["tags"])
    assert ticket["via"]["channel"] == "web"
    assert ticket["requester_id"] != office["desk"].sandbox.owner_id


def test_an_agent_works_on_a_ticket_by_keyboard_alone(page: "Page", office: Doc) -> None:
    """Priority, severity, a flag and an internal note in one update, and then a public reply that solves it."""
    desk = office["desk"]
    _act_as(page, "ada@a.example")
    page.goto("/agent/tickets/1")
    tab_to(page, lambda at: bool(at["name"] == "comment"))
    page.keyboard.type("For colleagues only")
    tab_to(page, lambda at: bool(at["name"] == "priority"))
    page.keyboard.type("Urgent")
    tab_to(page, lambda at: bool(at["name"] == f"field.{office['severity']['id']}"))
    page.keyboard.type("Severity 2")
    tab_to(page, lambda at: bool(at["name"] == f"field.{office['flags']['id']}"))
    page.keyboard.press("Space")
    tab_to(page, lambda at: bool(at["name"] == f"field.{office['hint']['id']}"))
    page.keyboard.type("Paris")
    tab_to(page, lambda at: bool(at["name"] == "tags"))
    page.keyboard.press("End")
    page.keyboard.type(" called_back")
    page.keyboard.press("Enter")
    page.wait_for_url("**/agent/tickets/1?saved")
    ticket = desk.read(1)
    assert (ticket["priority"], value_of(ticket, office["severity"])) == ("urgent", "severity_2")
    assert (value_of(ticket, office["flags"]), value_of(ticket, office["hint"])) == (["number_one"], "Paris")
    assert "called_back" in ticket["tags"]
    assert desk.get("tickets/1/comments")["comments"][-1]["public"] is False
    assert len(desk.audits(1)) == 2
    assert desk.audits(1)[-1]["author_id"] == office["ada"]["id"]
    assert page.get_by_text("Number one", exact=True).first.is_visible()
    page.get_by_label("Public reply").check()
    page.get_by_label("Comment").fill("It works again.")
    page.get_by_label("Status").select_option("Solved")
    page.get_by_label("Assignee").select_option("Ada Agent")
    page.get_by_role("button", name="Save ticket").first.click()
    page.wait_for_url("**/agent/tickets/1?saved")
    assert desk.read(1)["status"] == "solved"
    assert [one["public"] for one in desk.get("tickets/1/comments")["comments"]] == [True, False, True]


def test_notes_and_replies_look_different(page: "Page", office: Doc) -> None:
    """By words, by colour and by the line at the side."""
    page.goto("/agent/tickets/2")
    assert page.locator("article .badge").all_inner_texts() == ["Public comment", "Internal note"]
    look = "one => { const style = getComputedStyle(one); return [style.backgroundColor, style.borderLeftWidth]; }"
    public, note = (page.locator("article").nth(number).evaluate(look) for number in range(2))
    assert public[0] != note[0]
    assert public[1] != note[1]


def test_a_view_shows_its_groups_and_can_be_turned(page: "Page", office: Doc) -> None:
    """Groups in the view's order with their tickets sorted; another order is two choices away."""
    page.goto("/agent")
    page.get_by_role("link", name="Unsolved by priority (4)").click()
    headings = page.locator("section h2").all_inner_texts()
    assert headings == ["Urgent", "Low", "Without a value"]
    low = page.get_by_role("region", name="Tickets of Low").locator("tbody th")
    assert low.all_inner_texts() == ["#1", "#4"]
    page.get_by_label("Sort by").select_option("Requested")
    page.get_by_label("Order", exact=True).select_option("descending")
    page.get_by_role("button", name="Apply").click()
    assert low.all_inner_texts() == ["#4", "#1"]
    assert page.get_by_role("link", name="Unsolved by priority").get_attribute("aria-current") == "page"


def test_an_admin_sees_rules_and_what_became_of_calls(page: "Page", office: Doc) -> None:
    """Triggers with their conditions in words, webhooks with their latest calls."""
    office["desk"].clock(settle=True)
    page.goto("/agent")
    page.get_by_role("link", name="Business rules").click()
    assert page.get_by_text("Ticket is Created").is_visible()
    assert page.get_by_text(": failed").first.is_visible()


def test_a_page_needs_no_script_and_loads_nothing_else(page: "Page", office: Doc) -> None:
    """One request, one answer, and the browser has nothing to complain about."""
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto("/agent/tickets/2")
    assert [address for address in asked if not address.endswith("favicon.ico")] == [page.url]
    assert page.locator("script").count() == 0
    assert [text for text in said if "favicon" not in text and "404" not in text] == []
