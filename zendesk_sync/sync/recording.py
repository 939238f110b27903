"""Tickets read once and kept in a file, so that a policy can be tried on them without an account.

JSON Lines in Zendesk's own shapes; each line is an object with any of these keys: ``ticket_fields`` (a list),
``tickets``, ``users`` and ``organizations`` (lists, as an incremental export gives them), ``comments`` and ``audits``
(objects, ticket id -> list).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from zendesk_sync.errors import InputError, UnexpectedAnswer
from zendesk_sync.zendesk.configuration import TicketField
from zendesk_sync.zendesk.records import Audit, Comment, Organization, Ticket, User, convert
from zendesk_sync.zendesk.tickets import TicketPage

LISTS = {"ticket_fields": TicketField, "tickets": Ticket, "users": User, "organizations": Organization}
BY_TICKET = {"comments": Comment, "audits": Audit}


class Recording:
    """A file's tickets; reads like an account, writes nothing."""

    def __init__(self, file: Path, at: datetime) -> None:
        """Read the whole file.

        Raises:
            InputError: it cannot be read, or a line has another shape; says which line and key.
        """
        self._file, self._at = file, at
        self._lists: dict[str, list[Any]] = {name: [] for name in LISTS}
        self._of: dict[str, dict[int, list[Any]]] = {name: {} for name in BY_TICKET}
        for number, line in self._lines():
            for key, value in line.items():
                self._add(number, key, value)
        if not self._lists["ticket_fields"]:
            raise InputError(f"{file}: no line has ticket_fields; expected the account's fields once, in any line")

    @property
    def ticket_fields(self) -> list[TicketField]:
        return self._lists["ticket_fields"]

    def pages(self) -> Iterator[TicketPage]:
        """All tickets, the last state of each, with the people and customers they name."""
        users = {user.id: user for user in self._lists["users"] if user.id is not None}
        organizations = {one.id: one for one in self._lists["organizations"]}
        tickets = {ticket.id: ticket for ticket in self._lists["tickets"]}
        yield TicketPage(list(tickets.values()), users, organizations, self._at)

    def audits(self, id: int) -> list[Audit]:  # noqa: A002  the word of the API
        return self._of["audits"].get(id, [])

    def comments(self, id: int) -> list[Comment]:  # noqa: A002  the word of the API
        return self._of["comments"].get(id, [])

    def organizations(self, ids: Sequence[int]) -> list[Organization]:
        return [one for one in self._lists["organizations"] if one.id in ids]

    def _lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        number = 0
        try:
            with self._file.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        value = json.loads(line)
                        if not isinstance(value, dict):
                            raise InputError(f"{self._file}: line {number}: expected an object")
                        yield number, value
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{self._file}: cannot read this export file: {error}") from None
        except (ValueError, RecursionError):
            raise InputError(f"{self._file}: line {number}: not JSON") from None

    def _add(self, number: int, key: str, value: Any) -> None:
        try:
            if key in LISTS:
                self._lists[key] += convert(_some(value, list), LISTS[key])
            elif key in BY_TICKET:
                for ticket, items in _some(value, dict).items():
                    self._of[key][int(ticket)] = convert(_some(items, list), BY_TICKET[key])
        except (UnexpectedAnswer, ValueError, TypeError) as error:
            raise InputError(f"{self._file}: line {number}: {key}: {error}") from None


class Recorder:
    """Writes what was read from an account into such a file."""

    def __init__(self, file: Path, fields: Sequence[TicketField]) -> None:
        self._out = file.open("w", encoding="utf-8")
        self._line(ticket_fields=fields)

    def page(self, page: TicketPage) -> None:
        self._line(
            tickets=page.tickets, users=list(page.users.values()), organizations=list(page.organizations.values())
        )

    def of_ticket(self, key: str, ticket: int, items: Sequence[Any]) -> None:
        self._line(**{key: {str(ticket): items}})

    def close(self) -> None:
        self._out.close()

    def _line(self, **values: Any) -> None:
        self._out.write(msgspec.json.encode(values).decode() + "\n")


def _some(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise TypeError(f"expected {'a list' if kind is list else 'an object'}")
    return value
