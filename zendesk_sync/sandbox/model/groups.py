"""Groups of agents and who belongs to them. Source: Zendesk API reference, Ticketing > Groups, Group Memberships."""

from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model.values import integer_or_none, text
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "group"
MEMBERSHIP = "group_membership"
WRITABLE = frozenset({"name", "description", "default", "is_public"})


def create(state: State, given: Doc) -> Doc:
    now = state.now()
    group: Doc = {
        "id": state.record_id(), "is_public": True, "name": "", "description": "", "default": False, "deleted": False,
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    return update(state, group, given)


def update(state: State, group: Doc, given: Doc) -> Doc:
    for name in WRITABLE & given.keys():
        group[name] = text(given[name]) if name in {"name", "description"} else bool(given[name])
    if not group["name"].strip():
        raise invalid_record("name", "Name: cannot be blank", "BlankValue")
    group["updated_at"] = state.now()
    state.store.put(KIND, group["id"], group)
    return group


def present(state: State, group: Doc) -> Doc:
    return {"url": state.url(f"groups/{group['id']}.json"), **group}


def named(state: State, given: object) -> Doc | None:
    """Return the group with this id, unless it was deleted."""
    group = state.store.get(KIND, integer_or_none(given))
    return group if group and not group["deleted"] else None


def memberships(state: State, user_id: int) -> list[Doc]:
    return state.store.children(MEMBERSHIP, user_id)


def of_user(state: State, user_id: int) -> list[int]:
    """Return the ids of the groups a person belongs to."""
    return [membership["group_id"] for membership in memberships(state, user_id)]


def join(state: State, user_id: int, group_id: int) -> Doc:
    """Make a member; the first membership is the default one.

    Raises:
        Refused: 422 when it exists.
    """
    mine = memberships(state, user_id)
    if any(membership["group_id"] == group_id for membership in mine):
        raise invalid_record("user_id", "User has already been taken", "DuplicateValue")
    now = state.now()
    membership: Doc = {
        "id": state.record_id(), "user_id": user_id, "group_id": group_id, "default": not mine, "created_at": now,
        "updated_at": now,
    }  # fmt: skip
    state.store.put(MEMBERSHIP, membership["id"], membership, parent=user_id)
    return membership
