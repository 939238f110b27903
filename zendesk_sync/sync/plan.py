"""Ticket as it is + Decision -> TicketChange, or nothing where nothing differs (policy §3). Pure.

The smallest write: only fields that differ, priority and note in the same request. ``tags`` is never among them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zendesk_sync.policy import notes as texts
from zendesk_sync.policy.decide import Decision
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import Flag, Priority, Status, Topic
from zendesk_sync.sync import memory
from zendesk_sync.sync.assemble import Assembled
from zendesk_sync.zendesk.fields import MARKS, FieldMap, OurField, Values
from zendesk_sync.zendesk.records import Ticket


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changes, in our words, for people."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class TicketChange:
    """One write to one ticket.

    Attributes:
        stamp: the ticket's ``updated_at`` that the decision was made on; a safe update quotes it.
        fields: custom field id -> wire value (None clears, a list replaces a multi-select).
        priority: native Priority, where that changes.
        note: the internal note as HTML, None for no note.
        note_text: the same as plain text, for people who preview.
        official: whether the official priority changes.
        differences: what changes, in words.
    """

    ticket_id: int
    stamp: str
    fields: Mapping[int, str | list[str] | None]
    priority: str | None
    note: str | None
    note_text: str
    official: bool
    differences: tuple[Difference, ...]

    def payload(self) -> dict[str, Any]:
        """The body of the ``ticket`` object that is sent; only what changes."""
        out: dict[str, Any] = {}
        if self.priority is not None:
            out["priority"] = self.priority
        if self.fields:
            out["custom_fields"] = [{"id": id_, "value": value} for id_, value in sorted(self.fields.items())]
        if self.note is not None:
            out["comment"] = {"html_body": self.note, "public": False}
        return out

    def unapplied(self, ticket: Ticket) -> list[str]:
        """Names of the values that a ticket read after the write does not carry: Zendesk drops some silently."""
        wrong = [f"field {id_}" for id_, value in self.fields.items() if not _same(ticket.field(id_), value)]
        if self.priority is not None and ticket.priority != self.priority:
            wrong.append("priority")
        return wrong


def plan(
    ticket: Ticket,
    assembled: Assembled,
    decision: Decision,
    fields: FieldMap,
    handbook: Handbook,
    *,
    notes: bool = True,
) -> TicketChange | None:
    """What to write; None where the ticket already says it all, or is closed and cannot be written.

    ``notes`` False leaves the note out and remembers its topics all the same, so that it is not said later either; but
    a surge's draft is for who waits now, and still to come.
    """
    if decision.facts.status is Status.CLOSED:
        return None
    if not notes and Topic.SURGE_DRAFT in decision.topics:
        noted = decision.memory.noted - {Topic.SURGE_DRAFT}
        decision = dataclasses.replace(decision, memory=dataclasses.replace(decision.memory, noted=noted))
    wanted = _wanted(ticket, assembled, decision)
    out: dict[int, str | list[str] | None] = {}
    differences: list[Difference] = []
    for field, words in wanted.items():
        value = _wire(field, words, fields, ticket)
        found = ticket.field(fields.ids[field])
        if not _same(found, value):
            out[fields.ids[field]] = value
            differences.append(Difference(field.value, _words(field, found, fields), _words(field, value, fields)))
    priority = _official(assembled, decision, fields, out, differences)
    note_text = texts.plain(decision, handbook) if notes else ""
    if note_text:
        differences.append(Difference("note", "", ", ".join(decision.topics)))
    if not differences:
        return None
    out[fields.ids[OurField.MARK]] = _flipped(assembled.values, fields)
    return TicketChange(
        ticket_id=ticket.id,
        stamp=ticket.updated_stamp,
        fields=out,
        priority=priority,
        note=texts.as_html(note_text) or None,
        note_text=note_text,
        official=any(difference.what == "official" for difference in differences),
        differences=tuple(differences),
    )


def plan_number_one(ticket: Ticket, fields: FieldMap, *, on: bool) -> TicketChange | None:
    """The number-one flag alone, put on or taken off; None where it already stands so."""
    values = fields.read(ticket)
    if (Flag.NUMBER_ONE in values.flags) == on:
        return None
    flags = values.flags | {Flag.NUMBER_ONE} if on else values.flags - {Flag.NUMBER_ONE}
    return TicketChange(
        ticket_id=ticket.id,
        stamp=ticket.updated_stamp,
        fields={
            fields.ids[OurField.FLAGS]: _wire(OurField.FLAGS, frozenset(flags), fields, ticket),
            fields.ids[OurField.MARK]: _flipped(values, fields),
        },
        priority=None,
        note=None,
        note_text="",
        official=False,
        differences=(Difference("number one", "no" if on else "yes", "yes" if on else "no"),),
    )


def _flipped(values: Values, fields: FieldMap) -> str:
    """The other Sync mark: the trigger does not answer an update that flips it."""
    return fields.tag(OurField.MARK, MARKS[1] if values.mark == MARKS[0] else MARKS[0])


def _wanted(ticket: Ticket, assembled: Assembled, decision: Decision) -> dict[OurField, str | frozenset[str] | None]:
    """Our fields as they should be, in our words; people's inputs only where a follow-up inherited them."""
    wanted: dict[OurField, str | frozenset[str] | None] = {
        OurField.COMPUTED: decision.computed.value,
        OurField.CUSTOMER: decision.facts.customer.value,
        OurField.BAND: decision.band,
        OurField.MISSING: decision.context.missing,
        OurField.FLAGS: frozenset(flag.value for flag in decision.flags),
        OurField.MEMORY: memory.write(decision.memory, ticket.id, always=ticket.follows is not None),
    }
    wanted.update(dict.fromkeys(assembled.inherited))
    return wanted


def _wire(
    field: OurField, words: str | frozenset[str] | None, fields: FieldMap, ticket: Ticket
) -> str | list[str] | None:
    """The wire value; options that an admin added to a multi-select of ours stay as they are."""
    if isinstance(words, frozenset):
        return sorted([*fields.tags(field, words), *fields.foreign(ticket, field)])
    if words is None or field is OurField.MEMORY:
        return words
    return fields.tag(field, words)


def _official(
    assembled: Assembled,
    decision: Decision,
    fields: FieldMap,
    out: dict[int, str | list[str] | None],
    differences: list[Difference],
) -> str | None:
    """The official priority where it changes: into ``out`` for a custom field, else returned for the native one.

    Zendesk's native Priority cannot be emptied again, so a value that a follow-up inherited stays until one is known.
    """
    found, value = assembled.values.official, decision.official.value
    if decision.official.is_human or (value is found and not assembled.official_inherited):
        return None
    if value is None and (fields.official_id is None or not assembled.official_inherited):
        return None
    wire = None if value is None else fields.official_values[value]
    if wire == assembled.values.official_raw:
        return None
    differences.append(Difference("official", _level(found), _level(value)))
    if fields.official_id is None:
        return wire
    out[fields.official_id] = wire
    return None


def _level(value: Priority | None) -> str:
    return value.value if value else "empty"


def _words(field: OurField, value: object, fields: FieldMap) -> str:
    """A wire value in our words, for people."""
    start = "" if field is OurField.MEMORY else fields.tag(field, "")
    items = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return ", ".join(sorted(item.removeprefix(start) for item in items)) or "empty"


def _same(found: object, wanted: object) -> bool:
    """``null``, ``""`` and ``[]`` are one value; multi-selects compare as sets."""
    if isinstance(found, list) or isinstance(wanted, list):
        return _set(found) == _set(wanted)
    return bool((found or None) == (wanted or None))


def _set(value: object) -> set[object]:
    return set(value) if isinstance(value, list) else {value} - {None, ""}
