"""Custom statuses: names for the states of a ticket, each in one category. Source: Zendesk API, Custom Statuses.

A ticket's `status` is the category of its custom status: whichever of the two is set, the other follows.
"""

from typing import Any

from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model.values import text, text_or_none
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "custom_status"
CATEGORIES = ("new", "open", "pending", "hold", "solved")
WRITABLE = frozenset({"agent_label", "end_user_label", "description", "end_user_description", "active"})
_BORN = {"new": "New", "open": "Open", "pending": "Pending", "hold": "On-hold", "solved": "Solved"}


def furnish(state: State) -> None:
    """Give an account its five default statuses, unless it has them."""
    if defaults(state):
        return
    for category, label in _BORN.items():
        _save(state, {**_blank(state, category), "agent_label": label, "end_user_label": label, "default": True})


def _blank(state: State, category: str) -> Doc:
    now = state.now()
    return {
        "id": state.record_id(), "status_category": category, "agent_label": "", "end_user_label": "",
        "description": "", "end_user_description": "", "active": True, "default": False, "created_at": now,
        "updated_at": now,
    }  # fmt: skip


def create(state: State, given: Doc) -> Doc:
    """Make a status in one of the categories that agents can set.

    Raises:
        Refused: 422 without a label, with an unknown category, or with a label that is taken.
    """
    category = text(given.get("status_category"))
    if category not in CATEGORIES:
        raise invalid_record("status_category", "Status category: is not valid", "InvalidValue")
    return update(state, _blank(state, category), given)


def update(state: State, status: Doc, given: Doc) -> Doc:
    for name in WRITABLE & given.keys():
        status[name] = bool(given[name]) if name == "active" else text_or_none(given[name]) or ""
    label = status["agent_label"].strip()
    if not label:
        raise invalid_record("agent_label", "Agent label: cannot be blank", "BlankValue")
    others = (other for other in state.store.all(KIND) if other["id"] != status["id"])
    if any(other["agent_label"].lower() == label.lower() for other in others):
        raise invalid_record("agent_label", f"Agent label: {label} has already been taken", "DuplicateValue")
    if status["default"] and not status["active"]:
        raise invalid_record("active", "Active: a default status cannot be deactivated", "InvalidValue")
    status["end_user_label"] = status["end_user_label"] or label
    status["updated_at"] = state.now()
    return _save(state, status)


def make_default(state: State, status: Doc) -> None:
    """Make this the status that setting its category chooses.

    Raises:
        Refused: 422 when it is inactive.
    """
    if not status["active"]:
        raise invalid_record("active", "Active: a default status must be active", "InvalidValue")
    for other in state.store.all(KIND):
        if other["status_category"] == status["status_category"]:
            _save(state, {**other, "default": other["id"] == status["id"]})


def _save(state: State, status: Doc) -> Doc:
    state.store.put(KIND, status["id"], status)
    return status


def present(state: State, status: Doc) -> Doc:
    raw = {f"raw_{name}": status[name] for name in WRITABLE - {"active"}}
    return {"url": state.url(f"custom_statuses/{status['id']}.json"), **status, **raw}


def defaults(state: State) -> dict[str, int]:
    """Return the id of each category's default status."""
    return state.store.derived(KIND, "defaults", _defaults)


def _defaults(found: list[Doc]) -> dict[str, int]:
    return {status["status_category"]: status["id"] for status in found if status["default"]}


def categories(state: State) -> dict[int, str]:
    """Return each status's category."""
    return state.store.derived(KIND, "categories", lambda found: {one["id"]: one["status_category"] for one in found})


def of(state: State, ticket: Doc) -> int | None:
    """Return the custom status a ticket has: its own, or the default of its category; a closed one counts as solved."""
    category = "solved" if ticket["status"] == "closed" else ticket["status"]
    own = ticket.get("custom_status_id")
    return own if categories(state).get(own or 0) == category else defaults(state).get(category)


def choose(state: State, ticket: Doc, given: Any) -> None:
    """Set a custom status by its id, and with it the status.

    Raises:
        Refused: 422 for one that is not there or not active.
    """
    status = state.store.get(KIND, given)
    if status is None or not status["active"]:
        raise invalid_record("custom_status_id", "Custom status: is invalid", "InvalidValue")
    ticket["custom_status_id"], ticket["status"] = status["id"], status["status_category"]
