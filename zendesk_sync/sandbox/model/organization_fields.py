"""Fields of organizations and of users. Source: Zendesk API reference, Organization Fields, User Fields."""

from typing import Any

from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.model.values import text, text_or_none
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "organization_field"
USER_KIND = "user_field"
TYPES = frozenset({"text", "textarea", "checkbox", "date", "integer", "decimal", "regexp", "dropdown", "multiselect"})
WRITABLE = frozenset({
    "title", "description", "active", "tag", "custom_field_options", "regexp_for_validation",
})  # fmt: skip


def create(state: State, given: Doc, kind: str = KIND) -> Doc:
    """Create a field of organizations, or of users; `key` is mandatory, unique, and cannot change later."""
    key, title = text(given.get("key")).strip(), text(given.get("title")).strip()
    if not key or not title:
        raise invalid_record("key" if not key else "title", "Key and title: cannot be blank", "BlankValue")
    if any(field["key"] == key for field in state.store.all(kind)):
        raise invalid_record("key", f"Key: {key} has already been taken", "DuplicateValue")
    type_ = text(given.get("type", "text"))
    if type_ in {"dropdown", "multiselect"} and not given.get("custom_field_options"):
        message = "Field options: must contain at least one option"
        raise invalid_record("field_options", message, "EmptyValue")
    now = state.now()
    field: Doc = {
        "id": state.record_id(), "type": type_, "key": key, "title": title, "description": "", "raw_title": title,
        "raw_description": "", "position": 9999, "active": True, "system": False, "regexp_for_validation": None,
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    return update(state, field, given, kind)


def update(state: State, field: Doc, given: Doc, kind: str = KIND) -> Doc:
    """Apply a write; a given list of options replaces the former one."""
    for name in WRITABLE & given.keys() - {"custom_field_options"}:
        field[name] = bool(given[name]) if name == "active" else text_or_none(given[name])
    field |= {"raw_title": field["title"], "raw_description": field["description"], "updated_at": state.now()}
    options = given.get("custom_field_options")
    if isinstance(options, list):
        known = {option["value"]: option["id"] for option in field.get("custom_field_options") or []}
        field["custom_field_options"] = [_option(state, known, option) for option in options]
    state.store.put(kind, field["id"], field)
    return field


def _option(state: State, known: dict[str, int], given: Any) -> Doc:
    given = given if isinstance(given, dict) else {}
    value, name = "_".join(words(given.get("value"))), text(given.get("name")).strip()
    if not value or not name:
        raise invalid_record("field_options", "Field options: name and value cannot be blank", "BlankValue")
    return {"id": known.get(value) or state.record_id(), "name": name, "raw_name": name, "value": value}
