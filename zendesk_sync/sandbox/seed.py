"""Fills an account from a TOML file. Nothing seeded runs a trigger. Every part may be left out.

[[organizations]]
name = "Northwind Mills"                # required, also how other entries name it
domain_names = ["northwind.example"]
organization_fields = { tier = "org_tier_gold" }
tags = ["pilot"]

[[organization_fields]]
key = "tier"
title = "Tier"
type = "dropdown"
options = [{ name = "Gold", value = "org_tier_gold" }]

[[users]]
name = "Robin Vale"                     # required
email = "robin@northwind.example"       # required, also how tickets name the user
role = "end-user"                       # end-user, agent or admin
organization = "Northwind Mills"
tags = []

[[ticket_fields]]
title = "Severity"                      # required, also how tickets name the field
type = "tagger"
options = [{ name = "Severity 1", value = "sev_1" }]

[[tickets]]
subject = "Nothing prints"              # required
description = "Since this morning."     # required: the first comment
requester = "robin@northwind.example"   # required
organization = "Northwind Mills"        # the requester's own when left out
status = "open"
priority = "high"
type = "incident"
assignee = "agent@sandbox.example"
fields = { Severity = "sev_1" }         # by title; the option's value or its name
tags = ["printer"]
created_ago = 7200                      # seconds before now
updated_ago = 600                       # seconds before now; created_ago when left out
via = "email"                           # web, email or api
comments = [{ author = "robin@northwind.example", body = "Any news?", public = true, ago = 600 }]
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from zendesk_sync.sandbox.errors import Refused
from zendesk_sync.sandbox.model import fields, organization_fields, organizations, users
from zendesk_sync.sandbox.seed_shapes import ORGANIZATION, ORGANIZATION_FIELD, TICKET_FIELD, USER, SeedError, require
from zendesk_sync.sandbox.seed_tickets import load_ticket
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

__all__ = ["SeedError", "load", "load_once", "read"]


def read(path: Path) -> Doc:
    """Read a seed file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as fault:  # tomllib's and the decoder's errors are ValueErrors
        raise SeedError(f"{path.name} cannot be read: {fault}") from fault


def load_once(state: State, path: Path) -> None:
    """Load a seed file unless this account has had the very same one."""
    data = read(path)
    name = f"seeded.{hashlib.sha256(path.read_bytes()).hexdigest()}"
    if state.store.setting(name) is None:
        with state.store.transaction():
            load(state, data)
            state.store.set_setting(name, state.now())


def load(state: State, data: dict[str, Any]) -> None:
    """Put everything in, or nothing; a `SeedError` names the entry at fault."""
    unknown = data.keys() - {name for name, _ in _PARTS}
    if unknown:
        raise SeedError(f"unknown part {min(unknown)}; known are {', '.join(name for name, _ in _PARTS)}")
    with state.store.transaction():
        for name, put in _PARTS:
            for number, entry in enumerate(_entries(data, name), start=1):
                place = f"{name} {number}"
                try:
                    put(state, entry, place)
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
        known = ", ".join(sorted(organization_fields.TYPES))
        raise SeedError(f"{place}: type {entry['type']!r} is none of {known}")
    organization_fields.create(state, {**entry, "custom_field_options": entry.get("options", [])})


def _organization(state: State, entry: Doc, place: str) -> None:
    require(entry, place, ORGANIZATION, "name")
    made = organizations.create(state, entry)
    for key, value in entry.get("organization_fields", {}).items():
        if made["organization_fields"].get(key) != value and value != "":
            raise SeedError(f"{place}: organization_fields: {key} cannot be {value!r}, or there is no such field")


def _user(state: State, entry: Doc, place: str) -> None:
    require(entry, place, USER, "name", "email")
    given = {name: value for name, value in entry.items() if name != "organization"}
    if "organization" in entry:
        known = {name.lower(): key for key, name in state.store.index(organizations.KIND, "name")}
        wanted = entry["organization"]
        if wanted.lower() not in known:
            raise SeedError(f"{place}: there is no organization {wanted!r}")
        given["organization_id"] = known[wanted.lower()]
    users.create(state, given)


def _ticket_field(state: State, entry: Doc, place: str) -> None:
    require(entry, place, TICKET_FIELD, "title")
    field = fields.create(state, {**entry, "custom_field_options": entry.get("options", [])})
    for form in state.store.all("ticket_form"):
        form["ticket_field_ids"].append(field["id"])
        state.store.put("ticket_form", form["id"], form)


_PARTS = (
    ("organization_fields", _organization_field),
    ("organizations", _organization),
    ("users", _user),
    ("ticket_fields", _ticket_field),
    ("tickets", load_ticket),
)
