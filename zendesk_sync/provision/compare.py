"""Is a thing in the account as the blueprint has it, and if not, who changed it? Pure.

Each aspect of a thing is made canonical (Zendesk gives back numbers as text, ``""`` for null, conditions in its own
order) and compared. The line in the description tells what was written last, so three cases can be told apart: a person
changed it since, the blueprint has changed since, or nobody knows. Some aspects are mended in each case, because the
service relies on them; the others are left as a person changed them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zendesk_sync.provision import wording
from zendesk_sync.provision.blueprint import CUSTOM, Payload
from zendesk_sync.provision.items import By, Difference, Kind
from zendesk_sync.zendesk.ownership import Mark

Lines = tuple[tuple[str, ...], ...]
EMPTY = frozenset({None, "", "__NULL__"})
NEEDS_NO_VALUE = frozenset({"changed", "not_changed", "present", "not_present"})
NAMES_GIVEN_BACK = {"subject": "description", "ticket_id": "nice_id"}
"""Columns that come back under another name than they are sent under."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing to compare; ``keys`` are sent to write it."""

    name: str
    lines: Callable[[Mapping[str, Any]], Lines]
    keys: tuple[str, ...]
    mended: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """How a thing differs, the payload that mends it, and the digests of what stays as a person has it."""

    differences: tuple[Difference, ...]
    send: Payload
    kept: dict[str, str]


def judge(
    kind: Kind, wanted: Mapping[str, Any], found: Mapping[str, Any], mark: Mark | None, names: Mapping[str, str]
) -> Judged:
    """Compare a thing with the blueprint; ``found`` has the shape of ``wanted``, ``names`` are titles of ids."""
    last = written_last(kind, mark)
    differences: list[Difference] = []
    send: Payload = {}
    kept: dict[str, str] = {}
    for aspect in ASPECTS[kind]:
        ours, theirs = aspect.lines(wanted), aspect.lines(found)
        if ours == theirs:
            continue
        by = _by(last.get(aspect.name), digest(ours), digest(theirs))
        mended = aspect.mended or by is By.BLUEPRINT
        said = wording.apart(theirs, ours, names)
        differences.append(Difference(aspect.name, *said, by=by, mended=mended))
        if mended:
            send |= {key: wanted[key] for key in aspect.keys}
        elif aspect.name in last:
            kept[aspect.name] = last[aspect.name]
    return Judged(tuple(differences), send, kept)


def stamp(kind: Kind, written: Mapping[str, Any], kept: Mapping[str, str]) -> tuple[str, ...]:
    """The digests for the line in the description, words filled in; ``kept`` where a person's own stays."""
    return tuple(kept.get(aspect.name) or digest(aspect.lines(written)) for aspect in ASPECTS[kind])


def written_last(kind: Kind, mark: Mark | None) -> dict[str, str]:
    """What the line says: aspect -> digest; nothing where it says nothing, or was written for other aspects."""
    aspects = ASPECTS[kind]
    if mark is None or len(mark.written) != len(aspects):
        return {}
    return {aspect.name: one for aspect, one in zip(aspects, mark.written, strict=True)}


def digest(lines: Lines) -> str:
    return hashlib.sha256(repr(lines).encode()).hexdigest()[:4]


def _by(last: str | None, ours: str, theirs: str) -> By:
    if last is None:
        return By.UNKNOWN
    return By.BLUEPRINT if last == theirs and last != ours else By.HAND


def _one(*keys: str) -> Callable[[Mapping[str, Any]], Lines]:
    return lambda thing: tuple((_text(thing.get(key)),) for key in keys)


def option_lines(thing: Mapping[str, Any]) -> Lines:
    return tuple(sorted(("option", one["value"], one["name"]) for one in thing.get("custom_field_options", ())))


def _conditions(thing: Mapping[str, Any]) -> Lines:
    source = thing.get("conditions", thing)
    return tuple(sorted({(part, *_condition(one)) for part in ("all", "any") for one in source.get(part, ())}))


def _condition(one: Mapping[str, Any]) -> tuple[str, str, str]:
    value = "" if one["operator"] in NEEDS_NO_VALUE else _text(one.get("value"))
    if one["field"] == "current_tags":
        value = " ".join(sorted(value.split()))
    return one["field"], one["operator"], value


def _actions(thing: Mapping[str, Any]) -> Lines:
    found = []
    for one in thing.get("actions", ()):
        value = one.get("value")
        found.append((one["field"], *map(_text, value if isinstance(value, list | tuple) else [value])))
    return tuple(sorted(found))


def _order(thing: Mapping[str, Any]) -> Lines:
    output = thing.get("output", {})
    return tuple(
        (kind, column(output[f"{kind}_by"]), _text(output.get(f"{kind}_order")) or "desc")
        for kind in ("group", "sort")
        if output.get(f"{kind}_by") not in EMPTY
    )


def _portal(thing: Mapping[str, Any]) -> Lines:
    return tuple((f"{word}: {_text(thing[f'{word}_in_portal'])}",) for word in ("visible", "editable"))


def _columns(thing: Mapping[str, Any]) -> Lines:
    return tuple(("column", column(one)) for one in thing.get("output", {}).get("columns", ()))


def column(name: object) -> str:
    """A column's name or field id as text, under the name that it is sent under."""
    text = _text(name).removeprefix(CUSTOM)
    return NAMES_GIVEN_BACK.get(text, text)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return " ".join(map(_text, value))
    return "" if value in EMPTY else str(value).strip()


ASPECTS: dict[Kind, tuple[Aspect, ...]] = {
    Kind.FIELD: (
        Aspect("title", _one("title"), ("title",), mended=False),
        Aspect("hint for agents", _one("agent_description"), ("agent_description",), mended=False),
        Aspect("options", option_lines, (), mended=False),
        Aspect(
            "shown to end users",
            _portal,
            ("visible_in_portal", "editable_in_portal"),
            mended=True,
        ),
        Aspect("active", _one("active"), ("active",), mended=True),
    ),
    Kind.ORGANIZATION_FIELD: (
        Aspect("title", _one("title"), ("title",), mended=False),
        Aspect("options", option_lines, (), mended=False),
        Aspect("active", _one("active"), ("active",), mended=True),
    ),
    Kind.WEBHOOK: (
        Aspect("name", _one("name"), ("name",), mended=False),
        Aspect("endpoint", _one("endpoint"), ("endpoint",), mended=True),
        Aspect("request", _one("http_method", "request_format"), ("http_method", "request_format"), mended=True),
        Aspect("status", _one("status"), ("status",), mended=True),
    ),
    Kind.TRIGGER: (
        Aspect("title", _one("title"), ("title",), mended=False),
        # Giving one of conditions and actions replaces both.
        Aspect("conditions", _conditions, ("conditions", "actions"), mended=True),
        Aspect("actions", _actions, ("conditions", "actions"), mended=True),
        Aspect("active", _one("active"), ("active",), mended=True),
    ),
    Kind.VIEW: (
        Aspect("title", _one("title"), ("title",), mended=False),
        Aspect("conditions", _conditions, ("all", "any"), mended=True),
        Aspect("order", _order, ("output",), mended=True),
        Aspect("columns", _columns, ("output",), mended=False),
        Aspect("active", _one("active"), ("active",), mended=False),
    ),
}
"""What is compared of each kind. What a person changed stays, except where ``mended``: the service relies on that."""
