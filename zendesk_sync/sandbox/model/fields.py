"""Ticket fields and their options. Source: Zendesk API reference, Ticketing > Ticket Fields."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from zendesk_sync.sandbox.errors import invalid_record
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.model.values import integer_or_none, text, text_or_none
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "ticket_field"
WITH_OPTIONS = frozenset({"tagger", "multiselect"})
CUSTOM_TYPES = WITH_OPTIONS | {
    "text", "textarea", "checkbox", "integer", "decimal", "date", "regexp", "partialcreditcard", "lookup",
}  # fmt: skip
MOST_OPTIONS = 2_000
_TARGETS = re.compile(r"zen:(user|organization|ticket|custom_object:\w+)")
WRITABLE = frozenset({
    "title", "raw_title", "description", "raw_description", "position", "active", "required",
    "collapsed_for_agents", "regexp_for_validation", "title_in_portal", "raw_title_in_portal",
    "visible_in_portal", "editable_in_portal", "required_in_portal", "tag", "agent_description",
    "custom_field_options", "sub_type_id",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldBook:
    """The account's custom fields by id, and which fields a tag belongs to.

    `shown` are the active ones, as tickets show them: id, the same as text, and the value that an empty one has.
    """

    by_id: dict[int, Doc]
    owners: dict[str, list[Doc]]
    shown: tuple[tuple[int, str, bool | None], ...]

    @classmethod
    def of(cls, fields: Iterable[Doc]) -> "FieldBook":
        by_id = {field["id"]: field for field in fields if field["type"] in CUSTOM_TYPES}
        owners: dict[str, list[Doc]] = defaultdict(list)
        for field in by_id.values():
            for tag in field_tags(field):
                owners[tag].append(field)
        active = (field for field in by_id.values() if field["active"])
        shown = ((field["id"], str(field["id"]), False if field["type"] == "checkbox" else None) for field in active)
        return cls(by_id, dict(owners), tuple(shown))


def book(state: State) -> FieldBook:
    return state.store.derived(KIND, "book", FieldBook.of)


def field_tags(field: Doc) -> list[str]:
    """Return the tags that choosing something in this field can bring."""
    if field["type"] in WITH_OPTIONS:
        return [option["value"] for option in field["custom_field_options"]]
    return [field["tag"]] if field["type"] == "checkbox" and field.get("tag") else []


def present(state: State, field: Doc) -> Doc:
    return {"url": state.url(f"ticket_fields/{field['id']}.json"), **field}


def blank(state: State, kind: str, title: str) -> Doc:
    now = state.now()
    return {
        "id": state.record_id(), "type": kind, "title": title, "raw_title": title, "description": title,
        "raw_description": title, "position": 9999, "active": True, "required": False, "collapsed_for_agents": False,
        "regexp_for_validation": None, "title_in_portal": title, "raw_title_in_portal": title,
        "visible_in_portal": False, "editable_in_portal": False, "required_in_portal": False, "tag": None,
        "created_at": now, "updated_at": now, "removable": True, "key": None, "agent_description": None,
    }  # fmt: skip


def create(state: State, given: Doc) -> Doc:
    title = text(given.get("title") or given.get("raw_title")).strip()
    if not title:
        raise invalid_record("title", "Title: cannot be blank", "BlankValue")
    kind = text(given.get("type", "text"))
    if kind not in CUSTOM_TYPES:
        raise invalid_record("type", "Type: is not valid", "InvalidValue")
    field = blank(state, kind, title)
    if kind in WITH_OPTIONS:
        field["custom_field_options"] = []
        if not given.get("custom_field_options"):
            message = "Field options: must contain at least one option"
            raise invalid_record("field_options", message, "EmptyValue")
    if kind == "lookup":
        field |= _relationship(given)
    if kind == "regexp" and not given.get("regexp_for_validation"):
        raise invalid_record("regexp_for_validation", "Regexp for validation: cannot be blank", "BlankValue")
    return update(state, field, given)


def _relationship(given: Doc) -> Doc:
    target = text(given.get("relationship_target_type"))
    if not _TARGETS.fullmatch(target):
        message = "Relationship target type: is not valid"
        raise invalid_record("relationship_target_type", message, "InvalidValue")
    narrowed = given.get("relationship_filter")
    return {"relationship_target_type": target, "relationship_filter": narrowed if isinstance(narrowed, dict) else {}}


def update(state: State, field: Doc, given: Doc) -> Doc:
    """Apply a write; a given list of options replaces the former one. The type cannot change."""
    for name in WRITABLE & given.keys():
        if name != "custom_field_options":
            field[name] = _as_kept(field[name], given[name]) if name in field else given[name]
    for name in ("title", "description", "title_in_portal"):
        if name in given and f"raw_{name}" not in given:
            field[f"raw_{name}"] = field[name]
    if field["type"] == "checkbox" and field["tag"]:
        field["tag"] = "_".join(words(field["tag"]))
    if field["type"] in WITH_OPTIONS and "custom_field_options" in given:
        field["custom_field_options"] = _options(state, field, given["custom_field_options"])
    if field["type"] == "regexp":
        _check_pattern(field["regexp_for_validation"])
    return save(state, field)


def _as_kept(before: Any, value: Any) -> Any:
    """Return the value in the kind of the one it replaces: truth value, number, or text."""
    if isinstance(before, bool):
        return bool(value)
    if isinstance(before, int):
        number = integer_or_none(value)
        return before if number is None else number
    return text_or_none(value)


def save(state: State, field: Doc) -> Doc:
    field["updated_at"] = state.now()
    state.store.put(KIND, field["id"], field)
    return field


def _check_pattern(pattern: Any) -> None:
    try:
        re.compile(str(pattern))
    except re.error:
        message = "Regexp for validation: is not a valid expression"
        raise invalid_record("regexp_for_validation", message, "InvalidValue") from None


def _options(state: State, field: Doc, given: Any) -> list[Doc]:
    if not isinstance(given, list) or not given:
        raise invalid_record("field_options", "Field options: must contain at least one option", "EmptyValue")
    options: list[Doc] = []
    for item in given:
        option = option_from(state, field, item)
        if any(option["value"] == other["value"] for other in options):
            raise invalid_record("field_options", f"Tag {option['value']} is used twice", "DuplicateValue")
        options.append(option)
    check_options(state, field, options)
    return options


def check_options(state: State, field: Doc, options: list[Doc]) -> None:
    """Refuse too many options, and, where the account is so strict, a tag which another field has.

    Sources disagree on the second: the API reference says it is not validated, the help pages that it is refused.
    """
    if len(options) > MOST_OPTIONS:
        raise invalid_record("field_options", f"Field options: at most {MOST_OPTIONS}", "TooManyValues")
    if not state.pace.refuse_duplicate_tags:
        return
    taken = {tag for tag, owners in book(state).owners.items() if any(owner["id"] != field["id"] for owner in owners)}
    for option in options:
        if option["value"] in taken:
            message = f"Tag {option['value']} is already used by another field"
            raise invalid_record("field_options", message, "DuplicateValue")


def option_from(state: State, field: Doc, given: Any) -> Doc:
    """Read one option; it keeps the id of the option named by `id`, or else of the one with the same value."""
    given = given if isinstance(given, dict) else {}
    name = text(given.get("name") or given.get("raw_name")).strip()
    value = "_".join(words(given.get("value")))
    if not name or not value:
        raise invalid_record("field_options", "Field options: name and value cannot be blank", "BlankValue")
    known = find_option(field, option_id=given.get("id"), value=value)
    return {
        "id": known["id"] if known else state.record_id(),
        "name": name,
        "raw_name": text(given.get("raw_name")) or name,
        "value": value,
        "default": bool(given.get("default", known["default"] if known else False)),
    }


def find_option(field: Doc, *, option_id: Any = None, value: str | None = None) -> Doc | None:
    options: list[Doc] = field["custom_field_options"]
    by_id = next((option for option in options if option_id is not None and option["id"] == option_id), None)
    return by_id or next((option for option in options if option["value"] == value), None)
