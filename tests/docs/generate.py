"""``python -m tests.docs.generate`` writes the pages that are made from the program; tests say when that is due."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.docs import commands_page, settings_page
from tests.docs.dashboard import file as dashboard_file

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGES: Final[dict[str, Callable[[], str]]] = {
    "commands.md": commands_page.rendered,
    "configuration.md": settings_page.rendered,
    "examples/dashboard.json": dashboard_file.rendered,
}


def main() -> None:
    for name, rendered in PAGES.items():
        (DOCS / name).write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
