"""What one request of the conformance tests is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conformance.world import World

Body = Callable[[World], Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: names in braces in `path` and `query` are ids of the world, and `body` makes what is sent."""

    path: str
    query: str = ""
    body: Body | None = None
    status: int = 200


Calls = dict[str, list[Ask]]


def gets(*paths: str) -> list[Ask]:
    return [Ask(path, query) for path, _, query in (path.partition("?") for path in paths)]


def paged(path: str) -> list[Ask]:
    """Ask for a page in each style."""
    joint = "&" if "?" in path else "?"
    return gets(f"{path}{joint}per_page=2&page=1", f"{path}{joint}page[size]=2")
