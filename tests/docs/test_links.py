"""Every page can be reached, and no link inside the project leads nowhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.docs.generate import DOCS
from tests.docs.links import anchor, broken, links

ROOT = DOCS.parent
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    """`make docs` says the same of the site, by the docs tool."""
    assert not list(broken(page))


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# Some `code`, and more\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(
        "| a |\n|---|\n| [x](gone.md) |\n\n[y](there.md#some-code-and-more) [z](there.md#gone) [here](#nope)\n"
        "```\n[no link](either.md)\n```\n",
        encoding="utf-8",
    )
    assert list(broken(page)) == ["gone.md", "there.md#gone", "#nope"]


def test_every_page_of_the_site_is_in_its_menu_and_stays_inside_it() -> None:
    """A page that links out of docs/ would work in the repository and not on the site."""
    menu = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    listed = sorted(_files(menu))
    assert listed == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))
    outside = {f"{page.name}: {link}" for page in DOCS.rglob("*.md") for link in links(page) if link.startswith("../")}
    assert not outside


def test_anchors_are_those_of_the_docs_tool() -> None:
    """Small letters, hyphens for spaces, no other signs."""
    titles = {"Two machines for availability": "two-machines-for-availability", "`[service]`": "service"}
    assert {title: anchor(re.sub("`", "", title)) for title in titles} == titles


def _files(menu: Any) -> list[str]:
    if isinstance(menu, str):
        return [menu]
    return [file for one in (menu.values() if isinstance(menu, dict) else menu) for file in _files(one)]
