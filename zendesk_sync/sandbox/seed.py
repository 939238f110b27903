"""Fills an account from a TOML or JSON file, whose format `docs/sandbox.md` describes. Nothing seeded runs a trigger.

A file is a table of six lists: `organization_fields`, `organizations`, `users`, `ticket_fields`, `views`, `tickets`.
Each may be left out; entries name one another by key, name, e-mail and title. Fields that the account has already stay,
and get the options that they lack; views stay as they are.
"""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from zendesk_sync.sandbox.clock import iso
from zendesk_sync.sandbox.errors import Refused
from zendesk_sync.sandbox.model import fields, organization_fields, organizations, users, views
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.model.view_conditions import CUSTOM
from zendesk_sync.sandbox.seed_shapes import (
    AGO,
    CONDITION,
    ORGANIZATION,
    ORGANIZATION_FIELD,
    TICKET_FIELD,
    USER,
    VIEW,
    SeedError,
    require,
)
from zendesk_sync.sandbox.seed_tickets import load_tickets
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

__all__ = ["BUNDLED", "SeedError", "bundled_text", "load", "load_once", "read"]

BUNDLED = Path("demo")
_MONTH = 30 * 86_400
_DATED = frozenset({"organizations", "users"})
"""Unless an entry says otherwise, they were there a month before the seed's oldest ticket."""


def read(path: Path) -> Doc:
    """Read a seed file: JSON when its name ends in `.json`, else TOML; `demo`, where there is no such file, is ours."""
    return _parsed(path, _text(path))


def _text(path: Path) -> str:
    try:
        if path == BUNDLED and not path.exists():
            return bundled_text()
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else fault
        raise SeedError(f"cannot be read: {reason}") from fault


def bundled_text() -> str:
    """Return the seed file that comes with the sandbox: customers of every kind, and their tickets."""
    return resources.files("zendesk_sync.sandbox").joinpath("demo.toml").read_text(encoding="utf-8")


def _parsed(path: Path, text: str) -> Doc:
    is_json = path.suffix.lower() == ".json"
    try:
        data = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as fault:  # both parsers' errors are ValueErrors
        raise SeedError(f"cannot be read as {'JSON' if is_json else 'TOML'}: {fault}") from fault
    if not isinstance(data, dict):
        raise SeedError("the outermost value must be an object, with tickets and the like as its keys")
    return data


def load_once(state: State, path: Path) -> None:
    """Load a seed file unless this account has had the very same one."""
    text = _text(path)
    name = f"seeded.{hashlib.sha256(text.encode()).hexdigest()}"
    if state.store.setting(name) is None:
        with state.store.transaction():
            load(state, _parsed(path, text))
            state.store.set_setting(name, state.now())


def load(state: State, data: dict[str, Any]) -> None:
    """Put everything in, or nothing; a `SeedError` names the entry at fault."""
    unknown = data.keys() - {"tickets", *_PARTS}
    if unknown:
        raise SeedError(f"unknown part {min(unknown)}; known are {', '.join(_PARTS)}, tickets")
    with state.store.bulk():
        tickets = _entries(data, "tickets")
        since = {"created_ago": _oldest(tickets) + _MONTH}
        for name, put in _PARTS.items():
            for number, entry in enumerate(_entries(data, name), start=1):
                place = f"{name} {number}"
                with refusals_at(place):
                    put(state, {**since, **entry} if name in _DATED else entry, place)
        load_tickets(state, tickets, refusals_at)


def _oldest(tickets: list[Doc]) -> float:
    ages = [ticket.get("created_ago", 0) for ticket in tickets]
    return max((age for age in ages if AGO.fits(age)), default=0)


@contextmanager
def refusals_at(place: str) -> Iterator[None]:
    """Tell what the account refuses as a fault of the entry at `place`."""
    try:
        yield
    except Refused as refused:
        raise SeedError(f"{place}: {_reason(refused)}") from refused


def _entries(data: Doc, name: str) -> list[Doc]:
    entries = data.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SeedError(f"{name}: write each entry as [[{name}]]")
    return entries


def _reason(refused: Refused) -> str:
    details = refused.body.get("details") if isinstance(refused.body, dict) else None
    texts = [item["description"] for items in (details or {}).values() for item in items]
    return "; ".join(texts) or str(refused)


def _organization_field(state: State, entry: Doc, place: str) -> None:
    require(entry, place, ORGANIZATION_FIELD, "key", "title")
    if entry.get("type", "text") not in organization_fields.TYPES:
        raise SeedError(f"{place}: type {entry['type']!r} is none of {', '.join(sorted(organization_fields.TYPES))}")
    given = {**entry, "custom_field_options": entry.get("options", [])}
    known = next((one for one in state.store.all(organization_fields.KIND) if one["key"] == entry["key"]), None)
    if known is None:
        organization_fields.create(state, given)
    elif options := _lacking(known, entry, place):
        organization_fields.update(state, known, {"custom_field_options": options})


def _organization(state: State, entry: Doc, place: str) -> None:
    require(entry, place, ORGANIZATION, "name")
    made = _dated(state, organizations.create(state, entry), entry)
    state.store.put(organizations.KIND, made["id"], made, parent=made["name"].lower(), mark=_mark(state, entry))
    for key, value in entry.get("organization_fields", {}).items():
        if made["organization_fields"].get(key) != value and value != "":
            raise SeedError(f"{place}: organization_fields: {key} cannot be {value!r}, or there is no such field")


def _user(state: State, entry: Doc, place: str) -> None:
    require(entry, place, USER, "name", "email")
    given = {name: value for name, value in entry.items() if name not in {"organization", "created_ago"}}
    if "organization" in entry:
        found = organizations.named(state, entry["organization"])
        if not found:
            raise SeedError(f"{place}: there is no organization {entry['organization']!r}")
        given["organization_id"] = found[0]["id"]
    made = _dated(state, users.create(state, given), entry)
    state.store.put(users.KIND, made["id"], made, parent=made["email"], mark=_mark(state, entry))


def _dated(state: State, record: Doc, entry: Doc) -> Doc:
    """Return a record with the dates that it would have if it had been made so long ago."""
    moment = iso(state.clock.now() - timedelta(seconds=entry["created_ago"]))
    return {**record, "created_at": moment, "updated_at": moment}


def _mark(state: State, entry: Doc) -> int:
    return int(state.clock.timestamp() - entry["created_ago"])


def _ticket_field(state: State, entry: Doc, place: str) -> None:
    require(entry, place, TICKET_FIELD, "title")
    custom = (one for one in state.store.all(fields.KIND) if one["type"] in fields.CUSTOM_TYPES)
    known = next((one for one in custom if one["title"] == entry["title"]), None)
    if known is not None:
        if options := _lacking(known, entry, place):
            fields.update(state, known, {"custom_field_options": options})
        return
    field = fields.create(state, {**entry, "custom_field_options": entry.get("options", [])})
    for form in state.store.all("ticket_form"):
        form["ticket_field_ids"].append(field["id"])
        state.store.put("ticket_form", form["id"], form)


def _lacking(known: Doc, entry: Doc, place: str) -> list[Doc]:
    """Return the options of a field that is there already, with the new ones; nothing when it lacks none."""
    kind = entry.get("type", "text")
    if known["type"] != kind:
        raise SeedError(f"{place}: the account has a field {known['title']!r} of the type {known['type']}, not {kind}")
    have = known.get("custom_field_options") or []
    values = {option["value"] for option in have}
    new = [option for option in entry.get("options", []) if "_".join(words(option["value"])) not in values]
    return [*have, *new] if new else []


def _view(state: State, entry: Doc, place: str) -> None:
    require(entry, place, VIEW, "title", "all")
    if any(known["title"] == entry["title"] for known in state.store.all(views.KIND)):
        return
    numbers = {one["title"]: one["id"] for one in state.store.all(fields.KIND) if one["type"] in fields.CUSTOM_TYPES}
    conditions = {}
    for name in ("all", "any"):
        conditions[name] = given = [dict(one) for one in entry.get(name, [])]
        for number, condition in enumerate(given, start=1):
            require(condition, f"{place}, {name} {number}", CONDITION, "field", "operator")
            if condition["field"] in numbers:
                condition["field"] = f"{CUSTOM}{numbers[condition['field']]}"
    output: Doc = {name: entry[name] for name in ("group_order", "sort_order") if name in entry}
    output |= {name: numbers.get(entry[name], entry[name]) for name in ("group_by", "sort_by") if name in entry}
    output["columns"] = [numbers.get(one, one) for one in entry.get("columns", [])]
    owner = state.store.get(users.KIND, state.named_id("owner"))
    assert owner is not None  # every account is born with one
    views.create(state, {**entry, **conditions, "output": output}, owner)


_PARTS: dict[str, Callable[[State, Doc, str], None]] = {
    "organization_fields": _organization_field,
    "organizations": _organization,
    "users": _user,
    "ticket_fields": _ticket_field,
    "views": _view,
}
"""In the order of loading, as entries name earlier ones."""
