"""The ticket document and the shape it is shown in. Source: Zendesk API reference, Ticketing > Tickets."""

from collections.abc import Iterable
from typing import Any

from zendesk_sync.sandbox.model import custom_statuses, groups, metrics, organizations, users
from zendesk_sync.sandbox.model.fields import FieldBook
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "ticket"
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
STATUS_TITLES = {"hold": "On-hold"}
TYPES = ("question", "incident", "problem", "task")
_VIEWED, _RECENT = "viewed", 5
_HIDDEN = frozenset(
    {
        "deleted_at",
        "deleted_by",
        "purged",
        "fields",
        "public_by_default",
        "deleted",
        "archived",
        "comment_count",
        "metric",
    }
)


def blank(state: State) -> Doc:
    """Return a ticket without content. `fields` maps custom field ids (as text) to values and leaves out empty ones."""
    return {
        "id": state.ticket_id(), "external_id": None, "via": {}, "created_at": state.now(), "updated_at": state.now(),
        "generated_timestamp": 0, "type": None, "subject": None, "raw_subject": None, "description": "",
        "priority": None, "status": "new", "recipient": None, "requester_id": None, "submitter_id": None,
        "assignee_id": None, "organization_id": None, "group_id": None, "collaborator_ids": [], "follower_ids": [],
        "email_cc_ids": [], "forum_topic_id": None, "problem_id": None, "has_incidents": False, "is_public": True,
        "due_at": None, "tags": [], "satisfaction_rating": None, "sharing_agreement_ids": [], "followup_ids": [],
        "ticket_form_id": state.named_id("form"), "brand_id": state.named_id("brand"), "allow_channelback": False,
        "allow_attachments": True, "from_messaging_channel": False,
        "fields": {}, "public_by_default": True, "custom_status_id": None, "deleted": False, "archived": False,
        "comment_count": 0,
    }  # fmt: skip


def present(state: State, ticket: Doc, book: FieldBook) -> Doc:
    """Return the ticket with every active custom field, the empty ones too, under both names."""
    chosen = ticket["fields"]
    values = [{"id": number, "value": chosen.get(key, empty)} for number, key, empty in book.shown]
    shown = {name: value for name, value in ticket.items() if name not in _HIDDEN}
    shown["custom_status_id"] = custom_statuses.of(state, ticket)
    if ticket["deleted"]:
        shown["status"] = "deleted"
    return {"url": state.url(f"tickets/{ticket['id']}.json"), **shown, "custom_fields": values, "fields": values}


def find(state: State, ticket_id: Any) -> Doc | None:
    """Return a ticket that is there and not deleted."""
    ticket = state.store.get(KIND, ticket_id) if isinstance(ticket_id, int) else None
    return None if ticket is None or ticket["deleted"] else ticket


def many(state: State, ids: Iterable[int]) -> list[Doc]:
    """Return the tickets that are there and not deleted, in the order asked for, each once."""
    return [ticket for ticket in state.store.many(KIND, ids) if not ticket["deleted"]]


def viewed(state: State, user_id: int, ticket_id: int) -> None:
    """Remember that an agent looked at a ticket in the agent interface; reads by API do not count."""
    before = (state.store.get(_VIEWED, user_id) or {"ids": []})["ids"]
    ids = [ticket_id, *(number for number in before if number != ticket_id)][:_RECENT]
    state.store.put(_VIEWED, user_id, {"id": user_id, "ids": ids})


def recently_viewed(state: State, user_id: int) -> list[Doc]:
    """Return the last tickets that this agent looked at, the latest first."""
    return many(state, (state.store.get(_VIEWED, user_id) or {"ids": []})["ids"])


def store(state: State, ticket: Doc, generated: int | None = None) -> None:
    """Save, and let the incremental export see it: `generated_timestamp` moves with every change."""
    ticket["generated_timestamp"] = state.seconds() if generated is None else generated
    state.store.put(KIND, ticket["id"], ticket, parent=ticket["requester_id"], mark=ticket["generated_timestamp"])


def side_loads(state: State, tickets: Iterable[Doc], include: Iterable[str]) -> dict[str, list[Doc]]:
    """Return the users, groups and organizations that these tickets name, as far as asked for."""
    rows, wanted = list(tickets), set(include)
    loaded: dict[str, list[Doc]] = {}
    if "users" in wanted:
        people = (ticket[role] for ticket in rows for role in ("requester_id", "submitter_id", "assignee_id"))
        found = state.store.many(users.KIND, (person for person in people if person))
        loaded["users"] = [users.present(state, user) for user in found]
    if "groups" in wanted:
        found = state.store.many(groups.KIND, (row["group_id"] for row in rows if row["group_id"]))
        loaded["groups"] = [groups.present(state, group) for group in found]
    if "organizations" in wanted:
        ids = (row["organization_id"] for row in rows if row["organization_id"])
        found = state.store.many(organizations.KIND, ids)
        loaded["organizations"] = [organizations.present(state, organization) for organization in found]
    if "metric_sets" in wanted:
        loaded["metric_sets"] = [metrics.present(state, row) for row in rows]
    return loaded
