"""The board in a real browser: by keyboard alone, checked by axe in light and dark, narrow, renewed in place.

Needs Chromium; see :mod:`tests.chromium`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.chromium import barriers, chromium, tab_to
from tests.webhooks.board_world import NAME, TOKEN, BoardWorld, explained, figures
from webhooks import listener
from zendesk_sync.errors import NotFound

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BOARD = f"/board/{NAME}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def world() -> BoardWorld:
    def explains(_name: str, ticket: int) -> Any:
        if ticket < 40_000:
            raise NotFound(f"there is no ticket {ticket}", status=404)
        return explained(ticket)

    made = BoardWorld(report=figures(days=4), explains=explains)
    made.stand(8)
    made.waits(40_001, official=True, by="agent", computed="p2", missing=("version", "logs", "impact"))
    return made


@pytest.fixture
def at(world: BoardWorld) -> Iterator[str]:
    with listener.bind("127.0.0.1", 0, "port") as listening, listener.beside(world.app(), listening):
        yield listener.address(listening)


def opened(browser: Browser, at: str, **more: Any) -> Page:
    """A page of somebody who has signed in; what the browser complains about fails the test."""
    context = browser.new_context(base_url=at, **more)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(BOARD)
    page.get_by_label("Token of the board").fill(TOKEN)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_barrier_that_axe_finds(browser: Browser, world: BoardWorld, at: str, scheme: Any) -> None:
    """Labels, headings, landmarks, contrast and the rest; sign-in, board with all banners, explanation, trouble."""
    world.store.begin_surge(NAME, "ada", until=world.clock.at + 36_000, reason="two are ill")
    world.store.pause_writes(NAME, "ada", "audit")
    world.clock.at += 3_000
    page = opened(browser, at, color_scheme=scheme)
    page.locator("summary").first.click()
    found = barriers(page)
    page.goto(f"{BOARD}/tickets/40001")
    found += barriers(page)
    if scheme == "light":
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Token of the board").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        assert page.get_by_role("alert").is_visible()
        found += barriers(page)
    page.context.close()
    assert found == []


def test_by_keyboard_alone_from_the_sign_in_to_an_explanation_and_back(browser: Browser, at: str) -> None:
    """Every stop on the way shows that it has the focus; the form leads to any ticket, or says that it is none."""
    context = browser.new_context(base_url=at)
    page = context.new_page()
    page.goto(BOARD)
    page.keyboard.type(TOKEN)  # the field has the focus
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, lambda one: bool(one["text"] == "Skip to the content"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "pause"
    tab_to(page, lambda one: bool(one["id"] == "e40001"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BOARD}/tickets/40001")
    assert page.get_by_role("heading", name="Reasons").is_visible()
    tab_to(page, lambda one: bool(one["id"] == "back"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BOARD}")
    tab_to(page, lambda one: bool(one["name"] == "ticket"))
    page.keyboard.type("#7")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BOARD}/tickets/7")
    assert page.get_by_text("there is no ticket 7").is_visible()
    context.close()


def test_no_page_is_wider_than_its_window(browser: Browser, at: str) -> None:
    """Narrow as a telephone, and 1,280 pixels enlarged to 200 %: only what says so scrolls sideways."""
    page = opened(browser, at)
    for path in (BOARD, f"{BOARD}/tickets/40001"):
        page.goto(path)
        for width in (320, 640, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width, (path, width)
    page.context.close()


def test_the_board_renews_itself_in_place(browser: Browser, world: BoardWorld, at: str) -> None:
    """Another number one appears without a reload; focus and opened parts stay; paused it stays as it is.

    While the service is away the page says so and keeps what it has; when it is back, the words go.
    """
    context = browser.new_context(base_url=at)
    page = context.new_page()
    page.clock.install()
    page.goto(BOARD)
    page.get_by_label("Token of the board").fill(TOKEN)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign in").click()
    page.evaluate("window.same = true")
    page.locator("#trends-table summary").click()
    page.locator("#e40001").focus()
    lease = world.store.acquire(NAME, "tests", 60)
    assert lease is not None
    world.store.unstand(lease, [40_000])
    page.clock.run_for(61_000)
    page.locator("#one", has_text="40001").wait_for()
    assert page.evaluate("document.activeElement.id") == "e40001"
    assert page.locator("#trends-table").get_attribute("open") is not None
    page.route("**/board/**", lambda route: route.abort())
    page.clock.run_for(61_000)
    page.get_by_text("The board cannot be reached.").wait_for()
    assert page.locator("#one").inner_text() == "40001"
    page.unroute("**/board/**")
    page.clock.run_for(61_000)
    page.get_by_text("The board cannot be reached.").wait_for(state="hidden")
    assert page.evaluate("window.same") is True
    page.get_by_role("link", name="Pause").click()
    page.get_by_text("Refreshing is paused.").wait_for()
    world.store.unstand(lease, [40_001])
    page.clock.run_for(200_000)
    assert page.locator("#one").inner_text() == "40001"
    page.get_by_role("link", name="Refresh again").click()
    page.locator("#one", has_text="40002").wait_for()
    context.close()


def test_without_scripts_the_whole_page_comes_again(browser: Browser, world: BoardWorld, at: str) -> None:
    """By the browser's own refreshing."""
    world.refresh_s = 1
    with listener.bind("127.0.0.1", 0, "port") as listening, listener.beside(world.app(), listening):
        page = opened(browser, listener.address(listening), java_script_enabled=False)
        lease = world.store.acquire(NAME, "tests", 60)
        assert lease is not None
        world.store.unstand(lease, [40_000])
        page.locator("#one", has_text="40001").wait_for()
        page.context.close()


def test_a_link_on_another_sites_page_leads_to_the_board(browser: Browser, at: str) -> None:
    """With a session past the sign-in; without one to it."""
    elsewhere = f"data:text/html,<a href='{at}{BOARD}'>The board</a>"
    page = opened(browser, at)
    page.goto(elsewhere)
    page.get_by_role("link").click()
    page.locator("#one").wait_for()
    page.context.clear_cookies()
    page.goto(elsewhere)
    page.get_by_role("link").click()
    page.get_by_label("Token of the board").wait_for()
    page.context.close()


def test_a_page_loads_nothing_else_and_the_browser_complains_about_nothing(browser: Browser, at: str) -> None:
    """One request, one answer; the policy of the page lets its own style and script be."""
    page = opened(browser, at)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(BOARD)
    assert page.evaluate("getComputedStyle(document.querySelector('.hero .level')).borderRadius") != "0px"
    assert [address for address in asked if not address.startswith("data:")] == [page.url]
    assert said == []
    page.context.close()
