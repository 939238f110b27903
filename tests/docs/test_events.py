"""docs/operations.md names every line that the service logs, with its level and keys, and none that it does not log."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.docs.generate import DOCS

ROOT: Final = Path(__file__).parents[2]
LEVELS: Final = frozenset({"debug", "info", "warning", "error", "critical", "exception", "log"})
TEXT: Final = (DOCS / "operations.md").read_text(encoding="utf-8")
PART: Final = TEXT.split("### Events")[1].split("\n## ")[0]
ROWS: Final = {
    cells[0].strip("`"): cells[1:]
    for line in PART.splitlines()
    if line.startswith("| `")
    for cells in [[cell.strip() for cell in line.split("|")[1:-1]]]
}


@dataclass(slots=True)
class Logged:
    """What the code says of one event, all places together; ``open``: some keys are known only when it runs."""

    levels: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    open: bool = False


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for room in ("zendesk_sync", "webhooks"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if "sandbox" in path.parts:  # the local Zendesk is a program of its own
                continue
            yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def is_line(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
    )


def logged() -> dict[str, Logged]:
    found: dict[str, Logged] = {}
    for path, tree in modules():
        for node in ast.walk(tree):
            if not is_line(node):
                continue
            assert isinstance(node, ast.Call)
            assert isinstance(node.func, ast.Attribute)
            level = node.func.attr
            event = node.args[level == "log"]
            assert isinstance(event, ast.Constant), f"{path}:{node.lineno}: the event is no plain name"
            one = found.setdefault(str(event.value), Logged())
            one.levels |= {"info", "warning", "error"} if level == "log" else {level}
            one.keys |= {word.arg for word in node.keywords if word.arg is not None}
            one.open |= any(word.arg is None for word in node.keywords)
    return found


FOUND: Final = logged()


def test_every_event_is_named_and_no_other() -> None:
    assert set(ROWS) == set(FOUND)
    assert len(FOUND) > 30


@pytest.mark.parametrize("event", sorted(FOUND))
def test_level_and_keys_are_those_of_the_code(event: str) -> None:
    """A stable name, its levels, its keys; where keys depend on what happened, more than the code shows."""
    levels, keys, todo = ROWS[event]
    assert re.fullmatch(r"[A-Za-z][a-zA-Z_. ]{1,40}", event)
    assert set(re.findall(r"\w+", levels)) == FOUND[event].levels
    named = set(re.findall(r"`(\w+)`", keys))
    assert named >= FOUND[event].keys if FOUND[event].open else named == FOUND[event].keys
    assert todo


def test_lines_are_written_in_one_way_only() -> None:
    """Through ``log``, so that the tests above see them all; and nothing logs an exception's own words and trace."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and "get_logger" in ast.unparse(node.value):
                assert ast.unparse(node.targets[0]) == "log", f"{path}:{node.lineno}"
            if is_line(node):
                assert isinstance(node, ast.Call)
                said = ast.unparse(node)
                assert "str(error)" not in said or "store failed" in said or "not read" in said, f"{path}:{node.lineno}"
                assert "exc_info" not in said, f"{path}:{node.lineno}"
                assert not said.startswith("log.exception"), f"{path}:{node.lineno}"
