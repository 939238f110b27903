"""Ticket as it is + its trail -> the write that takes back what this program wrote, or nothing. Pure.

A value goes back only where the last change of it is a write of ours in the window, and it still stands as written.
What cannot go back is named. The Memory is not put back but made true: it says whose the priority is that stands
afterwards, and what the notes have said that stand there for good; otherwise the next run would take our own value
for a person's, or say it all again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from zendesk_sync.policy.facts import HUMAN, Memory, Wrote
from zendesk_sync.policy.terms import Flag
from zendesk_sync.sync import memory
from zendesk_sync.sync.assemble import official_key
from zendesk_sync.sync.plan import Difference, TicketChange
from zendesk_sync.sync.undo_trail import MULTIPLE, SINGLE, Slot, Trail, chosen
from zendesk_sync.zendesk.fields import UNDONE, FieldMap, OurField
from zendesk_sync.zendesk.records import Ticket

OFFICIAL = "official"
Options = Mapping[int, frozenset[str]]
"""Field id -> the option tags that it has now; fields that are no drop-down are missing."""


class Why(StrEnum):
    """Why something that was written stays."""

    CHANGED = "somebody changed it since"
    NATIVE = "Zendesk's Priority cannot be emptied; it stays this program's and follows the policy"
    OPTION_GONE = "the option that stood there before is gone from the field"
    CLOSED = "the ticket is closed"


@dataclass(frozen=True, slots=True)
class Stay:
    """One value that stays as it is."""

    what: str
    why: Why


@dataclass(frozen=True, slots=True)
class Undoing:
    """What is to be done for one ticket.

    Attributes:
        change: the write; None where nothing goes back.
        stays: what this program wrote and what stays all the same.
        notes: internal notes of ours that stay; Zendesk cannot delete them.
    """

    ticket_id: int
    change: TicketChange | None
    stays: tuple[Stay, ...]
    notes: int


def plan_undo(ticket: Ticket, trail: Trail, fields: FieldMap, options: Options) -> Undoing:
    """What takes back the writes of ours that ``trail`` tells of; it must reach the ticket's last update."""
    if ticket.status == "closed":
        stays = (Stay("everything", Why.CLOSED),) if trail.written else ()
        return Undoing(ticket.id, None, stays, trail.notes)
    work = _Work(ticket, trail, fields, options)
    for one in SINGLE:
        if one is not OurField.MEMORY:
            work.single(one)
    for one in MULTIPLE:
        work.multiple(one)
    wrote = work.official()
    work.memory(wrote)
    return Undoing(ticket.id, work.change(), tuple(work.stays), trail.notes)


class _Work:
    """One ticket's undoing as it comes together."""

    def __init__(self, ticket: Ticket, trail: Trail, fields: FieldMap, options: Options) -> None:
        self._ticket, self._trail, self._fields, self._options = ticket, trail, fields, options
        self._values = fields.read(ticket)
        self._out: dict[int, str | list[str] | None] = {}
        self._priority: str | None = None
        self._differences: list[Difference] = []
        self.stays: list[Stay] = []

    def single(self, one: OurField) -> None:
        """A drop-down of ours."""
        id_ = self._fields.ids[one]
        slot, found = self._trail.slot(id_), _text(self._ticket.field(id_))
        if self._goes_back(one.value, slot, found, id_):
            self._put(id_, one.value, slot.before, self._word(one, found), self._word(one, slot.before))

    def multiple(self, one: OurField) -> None:
        """A multi-select of ours, option by option: people may choose others. Number one is never put on here."""
        id_ = self._fields.ids[one]
        found = chosen(self._ticket.field(id_))
        wanted = set(found)
        number_one = self._fields.tag(OurField.FLAGS, Flag.NUMBER_ONE)
        for option, slot in self._trail.options(id_):
            word = f"{one.value} {self._word(one, option)}"
            if slot.before is not None and option == number_one:
                continue
            if self._goes_back(word, slot, "on" if option in found else None, id_, option=option):
                wanted ^= {option}
        if wanted != found:
            before, after = (", ".join(sorted(self._word(one, tag) for tag in tags)) for tags in (found, wanted))
            self._put(id_, one.value, sorted(wanted), before or "empty", after or "empty")

    def official(self) -> Wrote | None:
        """The official priority; returns what the Memory must say of it."""
        fields, wrote = self._fields, (memory.read(self._values.memory, self._ticket.id) or Memory()).wrote
        slot, found = self._trail.slot(official_key(fields)), self._values.official_raw
        levels = {value: level for level, value in fields.official_values.items()}
        if not slot.mine or found != slot.now:
            if slot.mine or slot.overruled:
                self.stays.append(Stay(OFFICIAL, Why.CHANGED))
            return HUMAN if (slot.mine or slot.others) and wrote is not None else wrote
        if found != slot.before:
            if slot.before is None and fields.official_id is None:
                self.stays.append(Stay(OFFICIAL, Why.NATIVE))
                return wrote
            if not self._has(fields.official_id, slot.before):
                self.stays.append(Stay(OFFICIAL, Why.OPTION_GONE))
                return wrote
            before, after = (_level(levels.get(one or ""), one) for one in (found, slot.before))
            if fields.official_id is None:
                self._priority = slot.before
                self._differences.append(Difference(OFFICIAL, before, after))
            else:
                self._put(fields.official_id, OFFICIAL, slot.before, before, after)
        if wrote == HUMAN or slot.before is None:
            return wrote if wrote == HUMAN else None
        return HUMAN if slot.persons else levels.get(slot.before, HUMAN)

    def memory(self, wrote: Wrote | None) -> None:
        """Whose the priority is now, and what the notes said that stand there."""
        id_, trail = self._fields.ids[OurField.MEMORY], self._trail
        slot, found = trail.slot(id_), self._values.memory
        now = memory.read(found, self._ticket.id) or Memory()
        if slot.mine and found == slot.now:
            known = memory.read(slot.before, self._ticket.id) or Memory()
            true = Memory(wrote, now.noted & (known.noted | trail.said), now.asked & (known.asked | trail.asked))
            text = slot.before if true == known else memory.write(true, self._ticket.id)
        else:
            true = dataclasses.replace(now, wrote=wrote)
            text = found if true == now else memory.write(true, self._ticket.id)
        if text != found:
            self._put(id_, OurField.MEMORY.value, text, found or "empty", text or "empty")

    def change(self) -> TicketChange | None:
        """All of it as one write, with the Sync mark by which an undo is known and the trigger keeps still."""
        if not self._differences:
            return None
        mark = None if self._values.mark == UNDONE else self._fields.tag(OurField.MARK, UNDONE)
        self._out[self._fields.ids[OurField.MARK]] = mark
        return TicketChange(
            ticket_id=self._ticket.id,
            stamp=self._ticket.updated_stamp,
            fields=self._out,
            priority=self._priority,
            note=None,
            note_text="",
            official=any(one.what == OFFICIAL for one in self._differences),
            differences=tuple(self._differences),
        )

    def _goes_back(self, what: str, slot: Slot, found: str | None, id_: int, *, option: str | None = None) -> bool:
        if not slot.mine or found != slot.now:
            if slot.mine or slot.overruled:
                self.stays.append(Stay(what, Why.CHANGED))
            return False
        if found == slot.before:
            return False
        if not self._has(id_, slot.before if option is None else option):
            self.stays.append(Stay(what, Why.OPTION_GONE))
            return False
        return True

    def _has(self, id_: int | None, value: str | None) -> bool:
        """Whether Zendesk would take the value; an option that is gone is dropped without a word."""
        return value is None or id_ is None or id_ not in self._options or value in self._options[id_]

    def _put(self, id_: int, what: str, value: str | list[str] | None, before: str, after: str) -> None:
        self._out[id_] = value
        self._differences.append(Difference(what, before, after))

    def _word(self, one: OurField, tag: str | None) -> str:
        return "empty" if tag is None else tag.removeprefix(self._fields.tag(one, ""))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _level(level: object, raw: str | None) -> str:
    return str(level) if level is not None else raw or "empty"
