"""A real browser for tests. Without Chromium they are skipped; with REQUIRE_CHROMIUM=1, as in continuous integration,
they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# No sandbox of its own: continuous integration runs as root. The rest keeps it from looking for the outside world.
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("REQUIRE_CHROMIUM") == "1":
            pytest.fail("Chromium is required here and is not installed: apt-get install chromium")
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


def tab_to(page: Page, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Press Tab until what is wanted has the focus; everything on the way must show that it has it."""
    seen = """() => { const one = document.activeElement, style = getComputedStyle(one);
        return {tag: one.tagName, id: one.id, name: one.name || '', text: one.innerText || one.value || '',
                outline: style.outlineStyle, width: parseFloat(style.outlineWidth)}; }"""
    for _ in range(150):
        page.keyboard.press("Tab")
        at: dict[str, Any] = page.evaluate(seen)
        if at["tag"] == "BODY":  # the focus is with the browser's own controls, on its way round
            continue
        assert at["outline"] != "none", f"no visible focus on {at}"
        assert at["width"] >= 2, f"no visible focus on {at}"
        if wanted(at):
            return
    raise AssertionError("the keyboard does not get there")


def barriers(page: Page) -> list[str]:
    """What axe finds on the page as it is."""
    broken = Axe().run(page).response["violations"]
    return [f"{page.url}: {one['id']}: {one['nodes'][0]['html']}" for one in broken]
