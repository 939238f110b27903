"""Links and headings of a Markdown page, as the docs tool and GitHub understand them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER: Final = MarkdownIt("commonmark").enable("table")


@cache
def tokens(file: Path) -> tuple[Token, ...]:
    """The page's blocks in order."""
    return tuple(_PARSER.parse(file.read_text(encoding="utf-8")))


def links(file: Path) -> Iterator[str]:
    """Where the page's links and pictures lead, as written."""
    for token in tokens(file):
        for inner in token.children or ():
            for name in ("href", "src"):
                if target := inner.attrGet(name):
                    yield str(target)


def anchors(file: Path) -> set[str]:
    """What a link to one of the page's headings may say behind ``#``."""
    found = tokens(file)
    titles = (found[n + 1] for n, token in enumerate(found[:-1]) if token.type == "heading_open")
    return {anchor("".join(part.content for part in title.children or ())) for title in titles}


def anchor(title: str) -> str:
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", title).strip().lower())


def broken(file: Path) -> Iterator[str]:
    """Each link inside the project that leads nowhere; addresses of others are not asked."""
    for target in links(file):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, fragment = target.partition("#")
        place = (file.parent / path).resolve() if path else file
        if not place.exists() or (fragment and place.suffix == ".md" and fragment not in anchors(place)):
            yield target
