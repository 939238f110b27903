"""The HTML file in a real browser: no barrier that axe finds, light, dark, narrow, on paper, and without a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chromium import barriers, chromium
from tests.report import reports
from zendesk_sync.report.page import page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MADE = {"much": reports.full(), "long": reports.full(45), "little": reports.little(), "nothing": reports.empty()}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, report in MADE.items():
        (folder / f"{name}.html").write_text(page(report, reports.NAMES), encoding="utf-8")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(browser: Browser, folder: Path, scheme: Any) -> None:
    """Contrast, headings, landmarks, names of images and tables, scrolling by keyboard; wide and on a telephone."""
    found: list[str] = []
    for width, name in ((1280, "much"), (320, "little")):
        tab = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
        tab.goto((folder / f"{name}.html").as_uri())
        found += barriers(tab)
        tab.close()
    assert found == []


def test_one_file_is_all_that_is_asked_for(browser: Browser, folder: Path) -> None:
    """Not even a complaint on the console, and the page's own rule is in force."""
    tab = browser.new_page()
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.goto((folder / "much.html").as_uri())
    assert (asked, said) == ([tab.url], [])
    tab.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.invalid/x.png'}))")
    assert [text for text in said if "Content Security Policy" in text]
    tab.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_is_never_wider_than_its_window(browser: Browser, folder: Path, width: int) -> None:
    """Plots and wide tables scroll within their frames."""
    tab = browser.new_page(viewport={"width": width, "height": 800})
    for name in ("much", "nothing"):
        tab.goto((folder / f"{name}.html").as_uri())
        assert tab.evaluate("document.scrollingElement.scrollWidth") <= width, name
    tab.close()


def test_paper_shows_what_is_folded_away_and_is_light(browser: Browser, folder: Path) -> None:
    tab = browser.new_page(color_scheme="dark")
    tab.goto((folder / "long.html").as_uri())
    cell = tab.get_by_role("rowheader", name="2026-03-02", include_hidden=True)
    ground = "getComputedStyle(document.body).backgroundColor"
    assert not cell.is_visible()
    assert tab.evaluate(ground) == "rgb(20, 24, 28)"
    tab.emulate_media(media="print")
    assert cell.evaluate("cell => cell.checkVisibility({contentVisibilityAuto: true}) && cell.offsetHeight > 0")
    assert tab.evaluate(ground) == "rgb(255, 255, 255)"
    tab.close()


def test_no_table_is_cut_off_on_paper(browser: Browser, folder: Path) -> None:
    """688 pixels are what A4 leaves between the margins."""
    tab = browser.new_page(viewport={"width": 688, "height": 900})
    tab.emulate_media(media="print")
    for name in ("much", "long"):
        tab.goto((folder / f"{name}.html").as_uri())
        ends = tab.locator("table").evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
        assert max(ends) <= 688, name
    tab.close()
