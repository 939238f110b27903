"""Who may see which tickets: agents by their restriction, end users by what they asked for or are copied on.

Source: Zendesk API reference, Ticketing > Users (`ticket_restriction`); Zendesk help, "About user roles and access".
"""

from typing import Any

from zendesk_sync.sandbox.model import groups, organizations
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

Sql = tuple[str, tuple[Any, ...]]


def where(state: State, user: Doc) -> Sql:
    """Return the condition on ticket rows (as `t`) that holds for what this user may see."""
    mine = "t.requester_id = ?"
    if user["role"] == "end-user":
        copied = "EXISTS (SELECT 1 FROM json_each(t.collaborators) WHERE value = ?)"
        return f"({mine} OR {copied})", (user["id"], user["id"])
    restriction = None if user["role"] == "admin" else user["ticket_restriction"]
    if restriction == "requested":
        return mine, (user["id"],)
    if restriction == "assigned":
        return f"({mine} OR t.assignee_id = ?)", (user["id"], user["id"])
    column, ids = _circle(state, user, restriction)
    if column is None:
        return "1", ()
    marks = ", ".join("?" for _ in ids)
    return f"({mine} OR t.assignee_id = ? OR t.{column} IN ({marks}))", (user["id"], user["id"], *ids)


def _circle(state: State, user: Doc, restriction: str | None) -> tuple[str | None, list[int]]:
    if restriction == "groups":
        return "group_id", groups.of_user(state, user["id"])
    if restriction == "organization":
        return "organization_id", [one["organization_id"] for one in organizations.memberships(state, user["id"])]
    return None, []


def may_see(state: State, user: Doc, ticket: Doc) -> bool:
    """Whether this user may see this ticket."""
    sql, values = where(state, user)
    query = f"SELECT 1 FROM ticket_row t WHERE t.id = ? AND {sql}"  # noqa: S608 - values are bound
    return sql == "1" or bool(state.store.select(query, (ticket["id"], *values)))
