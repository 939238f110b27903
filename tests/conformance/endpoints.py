"""The table of endpoints in docs/sandbox.md, made from the application's routes.

``python -m tests.conformance.endpoints`` writes it anew.
"""

import re
from itertools import groupby
from pathlib import Path

from starlette.routing import Route

from zendesk_sync.sandbox.account import open_account
from zendesk_sync.sandbox.app import create_app

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
START, END = "<!-- endpoints -->", "<!-- /endpoints -->"
_ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")


def table() -> str:
    """Return the table: one row a path, its methods in the usual order, a bold row for each part of the API."""
    state = open_account()
    routes = [route for route in create_app(state).routes if isinstance(route, Route)]
    state.store.close()
    methods: dict[str, set[str]] = {}
    for route in routes:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        methods.setdefault(path, set()).update((route.methods or set()) - {"HEAD"})
    lines = ["| Path | Methods |", "|---|---|"]
    for part, paths in groupby(sorted(methods, key=lambda path: (_part(path), path)), key=_part):
        lines.append(f"| **{part}** | |")
        lines += [f"| `{path}` | {' '.join(one for one in _ORDER if one in methods[path])} |" for path in paths]
    return "\n".join(lines)


def _part(path: str) -> str:
    """Return the part of the API that a path belongs to: its first own word."""
    if path in {"/", "/agent"} or path.startswith("/agent/"):
        return "agent page"
    return path.removeprefix("/api/v2").strip("/").split("/")[0]


def page_with(table_: str, page: str) -> str:
    """Return the page with this table between its two marks."""
    before, rest = page.split(START)
    return f"{before}{START}\n{table_}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page_with(table(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
