"""What the local Zendesk has on record, as raw JSON, and each ticket as it stood at any moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = dict[str, Any]
Get = Callable[[str], Any]

STAFF = {"agent", "admin"}
ENGINEERS_TAG = "customer_engineer"
SYSTEM = -1
NATIVE = "priority"


@dataclass(frozen=True)
class Names:
    """The fields of this account by what they are for; custom ones by their id, as audits spell it."""

    computed: str
    customer: str
    flags: str
    severity: str
    presales_severity: str
    mark: str
    official: str
    levels: Mapping[str, str]

    @classmethod
    def of(cls, fields: list[Row], official: str) -> Names:
        """``official``: ``priority``, or the title of a field of the account's own, whose values end in the level."""
        ids = {one["title"]: str(one["id"]) for one in fields}
        levels = {"urgent": "p0", "high": "p1", "normal": "p2", "low": "p3"}
        if official != NATIVE:
            own = next(one for one in fields if one["title"] == official)
            levels = {one["value"]: one["value"][-2:] for one in own["custom_field_options"]}
        return cls(
            ids["Computed priority"],
            ids["Customer type"],
            ids["Support flags"],
            ids["Severity"],
            ids["Pre-sales severity"],
            ids["Sync mark"],
            NATIVE if official == NATIVE else ids[official],
            levels,
        )


@dataclass(frozen=True)
class Change:
    """One value that an update set, by whom.

    Attributes:
        number: of the update, counted over all of them; those of one update have the same.
        by: agent, ce, end-user, rule, program, system or unknown.
        who: the user's id, for agent, ce and end-user.
        wish: it came with the ticket, from an end user.
        inherited: it came with the ticket, which follows a closed one: whoever set it there, it counts as inherited.
    """

    at: float
    number: int
    field: str
    value: Any
    by: str
    who: int | None
    wish: bool = False
    inherited: bool = False


class TicketRecord:
    """One ticket."""

    def __init__(self, row: Row, comments: list[Row], changes: list[Change]) -> None:
        self.id: int = row["id"]
        self.created = moment(row["created_at"])
        self.comments = comments
        self.changes = changes

    def until(self, end: float) -> TicketRecord:
        """The ticket as it stood at that moment: what came later has not happened yet."""
        out = TicketRecord.__new__(TicketRecord)
        out.id, out.created = self.id, self.created
        out.comments = [one for one in self.comments if moment(one["created_at"]) < end]
        out.changes = [one for one in self.changes if one.at < end]
        return out

    def of(self, field: str) -> list[Change]:
        return [one for one in self.changes if one.field == field]

    def last(self, field: str) -> Change | None:
        found = self.of(field)
        return found[-1] if found else None

    def value(self, field: str) -> Any:
        found = self.last(field)
        return found.value if found is not None and found.value not in ("", []) else None

    def flags(self, field: str) -> set[str]:
        return words(self.value(field))

    def updates(self, field: str) -> Iterator[tuple[Change, set[str], set[str]]]:
        """Each change of a field of flags, with those before and those after it."""
        before: set[str] = set()
        for one in self.of(field):
            after = words(one.value)
            yield one, before, after
            before = after


@dataclass(frozen=True)
class Records:
    """Everything on record.

    Attributes:
        users: by id.
        program: the id of the integration's user.
    """

    names: Names
    tickets: list[TicketRecord]
    users: Mapping[int, Row]
    program: int

    def until(self, end: float) -> Records:
        """Only what was there, and as it was."""
        there = [one.until(end) for one in self.tickets if one.created < end]
        return Records(self.names, there, self.users, self.program)


def read(get: Get, program: int, official: str) -> Records:
    """Read all of it.

    Args:
        get: asks the local Zendesk for a path or an address.
        program: the id of the integration's user.
        official: ``priority`` or the title of the account's own field.
    """
    names = Names.of(get("/api/v2/ticket_fields")["ticket_fields"], official)
    users = {one["id"]: one for one in pages(get, "/api/v2/users?per_page=100", "users")}
    tickets = []
    for row in pages(get, "/api/v2/tickets?per_page=100", "tickets"):
        url = f"/api/v2/tickets/{row['id']}"
        comments = list(pages(get, f"{url}/comments?per_page=100", "comments"))
        audits = list(pages(get, f"{url}/audits?per_page=100", "audits"))
        assert [c["id"] for c in comments] == [e["id"] for a in audits for e in a["events"] if e["type"] == "Comment"]
        changes = [one for n, audit in enumerate(audits) for one in _changes(row, n, audit, names, users, program)]
        tickets.append(TicketRecord(row, comments, changes))
    return Records(names, tickets, users, program)


def pages(get: Get, url: str | None, name: str) -> Iterator[Row]:
    while url:
        page = get(url)
        yield from page[name]
        url = page["next_page"]


def _changes(
    row: Row, number: int, audit: Row, names: Names, users: Mapping[int, Row], program: int
) -> Iterator[Change]:
    marked = any(event.get("field_name") == names.mark for event in audit["events"])
    for event in audit["events"]:
        if event["type"] not in {"Create", "Change"}:
            continue
        by_rule = (event.get("via") or audit["via"])["channel"] == "rule"
        came = number == 0 and not by_rule
        follows = row["via"]["source"]["rel"] == "follow_up"
        by, who = "rule", None
        if not by_rule:
            by, who = _who(audit["author_id"], users, program if marked else None)
        yield Change(
            moment(audit["created_at"]),
            number,
            event["field_name"],
            event["value"],
            by,
            who,
            wish=came and by == "end-user",
            inherited=number == 0 and follows,
        )


def _who(author: int, users: Mapping[int, Row], program: int | None) -> tuple[str, int | None]:
    if author == program:
        return "program", None
    if author == SYSTEM:
        return "system", None
    user = users.get(author)
    if user is None:
        return "unknown", author
    return kind_of(user), author


def kind_of(user: Row) -> str:
    if ENGINEERS_TAG in user["tags"]:
        return "ce"
    return "agent" if user["role"] in STAFF else "end-user"


def words(value: Any) -> set[str]:
    return set(value.split()) if isinstance(value, str) else set(value or ())


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
