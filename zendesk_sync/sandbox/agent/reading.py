"""Prepares what people read on the agent's pages: values by their titles, and comments in paragraphs and lists."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from zendesk_sync.sandbox.errors import Refused
from zendesk_sync.sandbox.model import fields, tickets
from zendesk_sync.sandbox.store import Doc

_BULLET = "- "
_SHOWN_VALUES = 3


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, whose lines stay lines, or a list, whose lines are its items."""

    is_list: bool
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Cell:
    """A field's value by its titles; many of them are folded into their number."""

    titles: list[str]

    @property
    def folded(self) -> bool:
        return len(self.titles) > _SHOWN_VALUES


def titles(field: Doc, value: Any) -> list[str]:
    """Return a field's value as people read it: option titles, not tags."""
    values = value if isinstance(value, list) else [] if value in (None, "", False) else [value]
    if field["type"] not in fields.WITH_OPTIONS:
        return ["Yes" if item is True else str(item) for item in values]
    options = (fields.find_option(field, value=item) for item in values)
    return [option["name"] for option in options if option]


def cell(field: Doc, ticket: Doc) -> Cell:
    return Cell(titles(field, ticket["fields"].get(str(field["id"]))))


def has_title(field: Doc, ticket: Doc, title: str) -> bool:
    """Whether this is a multi-select in which the ticket shows an option of this title, whatever its case."""
    if field["type"] != "multiselect":
        return False
    shown = titles(field, ticket["fields"].get(str(field["id"])))
    return title.lower() in (one.strip().lower() for one in shown)


def blocks(text: str) -> list[Block]:
    """Cut a comment's text at its blank lines, and take lines that begin with a dash for a list."""
    found: list[Block] = []
    for paragraph in text.split("\n\n"):
        for is_list, lines in groupby(paragraph.split("\n"), key=lambda line: line.startswith(_BULLET)):
            found.append(Block(is_list, [line.removeprefix(_BULLET) if is_list else line for line in lines]))
    return found


def moment(stamp: Any) -> str:
    """Write a timestamp as people read it: `2026-11-28 13:40`, in UTC."""
    return str(stamp or "")[:16].replace("T", " ")


def word(value: Any) -> str:
    """Write one of the product's own words as it is shown; a dash for none."""
    return tickets.STATUS_TITLES.get(value) or (str(value).replace("_", " ").capitalize() if value else "—")


def reason(refused: Refused) -> str:
    """Return what a refusal says to people, whichever envelope it comes in."""
    body = refused.body if isinstance(refused.body, dict) else {}
    details = body.get("details")
    if isinstance(details, dict):
        return "; ".join(str(one["description"]) for found in details.values() for one in found)
    error = body.get("error")
    if isinstance(error, dict):
        return str(error.get("message") or error.get("title"))
    coded = body.get("errors") or [{}]
    return str(body.get("description") or coded[0].get("title") or "This cannot be done.")
