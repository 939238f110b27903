"""Organizations, their memberships and their fields' tags.

Source: Zendesk API reference, Ticketing > Organizations, Organization Memberships, Organization Fields.
"""

from typing import Any

from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model import record_events
from zendesk_sync.sandbox.model.tags import tidy, words
from zendesk_sync.sandbox.model.values import copy_of, integer_or_none, text_or_none
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "organization"
MEMBERSHIP = "organization_membership"
GONE = "deleted_organization"
"""What only the incremental export still shows, with `deleted_at`."""
WRITABLE = frozenset({
    "name", "external_id", "domain_names", "details", "notes", "group_id", "tags", "organization_fields",
    "shared_tickets", "shared_comments",
})  # fmt: skip


def present(state: State, organization: Doc) -> Doc:
    fields = state.store.derived("organization_field", "keys", lambda found: {field["key"]: None for field in found})
    return {
        "url": state.url(f"organizations/{organization['id']}.json"),
        **organization,
        "organization_fields": {**fields, **organization["organization_fields"]},
    }


def create(state: State, given: Doc) -> Doc:
    organization: Doc = {
        "id": state.record_id(), "name": "", "shared_tickets": False, "shared_comments": False, "external_id": None,
        "created_at": state.now(), "updated_at": state.now(), "domain_names": [], "details": "", "notes": "",
        "group_id": None, "tags": [], "organization_fields": {},
    }  # fmt: skip
    return update(state, organization, given)


def update(state: State, organization: Doc, given: Doc) -> Doc:
    """Overwrite `domain_names` and `tags` wholly, merge `organization_fields` by key."""
    before = copy_of(organization) if organization["name"] else None
    for name in WRITABLE & given.keys():
        value = given[name]
        if name == "organization_fields":
            _set_fields(state, organization, value if isinstance(value, dict) else {})
        elif name == "tags":
            organization["tags"] = tidy([*words(value), *_field_tags(state, organization)])
        elif name == "domain_names":
            organization["domain_names"] = words(value)
        elif name in {"shared_tickets", "shared_comments"}:
            organization[name] = bool(value)
        else:
            organization[name] = integer_or_none(value) if name == "group_id" else text_or_none(value)
    _check(state, organization)
    organization["updated_at"] = state.now()
    state.store.put(KIND, organization["id"], organization, parent=organization["name"].lower(), mark=state.seconds())
    record_events.tell(state, KIND, before, organization)
    return organization


def remove(state: State, organization: Doc) -> None:
    """Delete: its name and external id are free again, and the incremental export tells of it."""
    gone = {**organization, "updated_at": state.now(), "deleted_at": state.now()}
    state.store.delete(KIND, organization["id"])
    state.store.put(GONE, organization["id"], gone, mark=state.seconds())
    record_events.tell_deleted(state, KIND, organization)


def _check(state: State, organization: Doc) -> None:
    if not str(organization["name"] or "").strip():
        raise invalid_record("name", "Name: cannot be blank", "BlankValue")
    if any(other["id"] != organization["id"] for other in named(state, organization["name"])):
        raise invalid_record("name", f"Name: {organization['name']} has already been taken", "DuplicateValue")
    if not organization["external_id"]:
        return
    for key, external_id in state.store.index(KIND, "external_id"):
        if key != organization["id"] and str(external_id or "").lower() == str(organization["external_id"]).lower():
            raise invalid_record("external_id", "External: has already been taken", "DuplicateValue")


def named(state: State, name: str) -> list[Doc]:
    """Return the organization of this name, whatever its case."""
    return state.store.children(KIND, name.lower())


def _set_fields(state: State, organization: Doc, given: dict[str, Any]) -> None:
    known = {field["key"]: field for field in _fields(state)}
    before = _field_tags(state, organization)
    for key, value in given.items():
        field = known.get(key)
        if field is None:
            continue
        options = [option["value"] for option in field.get("custom_field_options") or []]
        if field["type"] == "dropdown" and value not in (*options, None, ""):
            continue
        organization["organization_fields"][key] = None if value == "" else value
    after = _field_tags(state, organization)
    organization["tags"] = tidy((set(organization["tags"]) - before) | after)


def _field_tags(state: State, organization: Doc) -> set[str]:
    """Return the tags that the chosen options bring: a drop-down's value stands among the organization's tags."""
    values = organization["organization_fields"]
    tags: set[str] = set()
    for field in _fields(state):
        value = values.get(field["key"])
        if field["type"] in {"dropdown", "multiselect"}:
            tags.update(words(value))
        elif field["type"] == "checkbox" and value is True and field.get("tag"):
            tags.add(field["tag"])
    return tags


def _fields(state: State) -> list[Doc]:
    return state.store.derived("organization_field", "all", lambda found: found)


def claiming(state: State, domain: str) -> int | None:
    """Return the id of the organization that has this e-mail domain; of several, the oldest."""
    return state.store.derived(KIND, "domains", _domains).get(domain.lower())


def _domains(found: list[Doc]) -> dict[str, int]:
    return {domain: one["id"] for one in reversed(found) for domain in one["domain_names"]}


def join(state: State, user_id: int, organization_id: int | None, *, default: bool) -> Doc | None:
    """Make the user a member; as default, instead of the former default."""
    mine = memberships(state, user_id)
    if default:
        for membership in mine:
            if membership["default"]:
                _store(state, {**membership, "default": False})
    if organization_id is None:
        return None
    known = next((m for m in mine if m["organization_id"] == organization_id), None)
    now = state.now()
    membership = known or {
        "id": state.record_id(),
        "user_id": user_id,
        "organization_id": organization_id,
        "created_at": now,
    }
    membership = {**membership, "default": default, "updated_at": now, "view_tickets": True}
    _store(state, membership)
    return membership


def _store(state: State, membership: Doc) -> None:
    state.store.put(MEMBERSHIP, membership["id"], membership, parent=membership["user_id"])


def present_membership(state: State, membership: Doc) -> Doc:
    organization = state.store.get(KIND, membership["organization_id"])
    return {
        "url": state.url(f"organization_memberships/{membership['id']}.json"),
        **membership,
        "organization_name": organization["name"] if organization else None,
    }


def memberships(state: State, user_id: int) -> list[Doc]:
    return state.store.children(MEMBERSHIP, user_id)


def belongs(state: State, user_id: int, organization_id: Any) -> bool:
    return any(m["organization_id"] == organization_id for m in memberships(state, user_id))
