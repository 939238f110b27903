"""Who changed what on one ticket, told by its history: which values are this program's, and what stood there before.

A write of this program is known by three things together: the update was made by its user, the update set the Sync
mark, and the change is not a rule's. What that user does by hand, and a person's priority that was put back, are not.
An undo leaves a Sync mark of its own. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from zendesk_sync.policy.terms import Topic
from zendesk_sync.sync import memory
from zendesk_sync.sync.assemble import official_key
from zendesk_sync.sync.history import RULE
from zendesk_sync.zendesk.fields import UNDONE, FieldMap, OurField
from zendesk_sync.zendesk.records import Audit, AuditEvent

SINGLE: Final = (OurField.COMPUTED, OurField.CUSTOMER, OurField.BAND, OurField.MEMORY)
MULTIPLE: Final = (OurField.FLAGS, OurField.MISSING)

Key = tuple[str, str | None]
"""A field's name as audits spell it, and for a multi-select one option of it: people and program share such a field."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which writes are to be undone: those of the user ``ours`` between two moments (Unix seconds, both included).

    ``settled`` are the windows of earlier undos that went to their end. What a wider one found is not looked at again:
    a part of its time alone could bring a value back that the wider one had taken away.
    """

    ours: int
    since: float
    until: float
    settled: tuple[tuple[float, float], ...] = ()

    def covers(self, at: float) -> bool:
        """Whether a write of ours at this moment is to be undone."""
        wider = any(since < self.since and since <= at <= until for since, until in self.settled)
        return self.since <= at <= self.until and not wider


@dataclass(slots=True)
class Slot:
    """One value and its last changes. An option's value is ``"on"`` or None.

    Attributes:
        mine: the last change is a write of ours in the window, or the undoing of one.
        run: then, what stood there before the unbroken run of such writes, and what each of them wrote.
        persons: then, ``before`` is what somebody put there by an update; not what the ticket came with.
        overruled: somebody changed what was written in the window.
        others: the last change is somebody else's, by an update; values that the ticket came with do not count.
    """

    mine: bool = False
    run: list[str | None] = field(default_factory=lambda: [None])
    persons: bool = False
    overruled: bool = False
    others: bool = False

    @property
    def before(self) -> str | None:
        """What stood there before the run."""
        return self.run[0]

    @property
    def now(self) -> str | None:
        """What stands there by the history."""
        return self.run[-1]

    def theirs(self, *, by_update: bool) -> None:
        """Somebody else changed it."""
        self.overruled = self.overruled or self.mine
        self.mine, self.others = False, by_update

    def written(self, before: str | None, value: str | None) -> None:
        """A write of ours in the window."""
        if not self.mine:
            self.mine, self.run, self.persons, self.overruled = True, [before], self.others, False
        self.run.append(value)

    def kept(self) -> None:
        """A write of ours that is not to be undone."""
        self.mine, self.others = False, False

    def undone(self, value: str | None, *, made_true: bool = False) -> None:
        """An undo wrote it: it went back within the run, or to what stood there before, or further than this window.

        ``made_true`` is the Memory, which an undo writes anew.
        """
        if self.mine and made_true:
            self.run.append(value)
        elif self.mine:
            while self.run and self.run[-1] != value:
                self.run.pop()
            self.run = self.run or [value]


@dataclass(slots=True)
class Trail:
    """What the history of one ticket tells; give it updates oldest first, each once.

    Attributes:
        slots: the values that this program writes, by :data:`Key`.
        written: writes of ours in the window.
        notes: internal notes of ours in the window; Zendesk cannot delete them.
        said: the topics, and asked: the checklist items, that these notes said.
        last_at: the last update seen; others_at: the last one of somebody else (Unix seconds).
    """

    slots: dict[Key, Slot] = field(default_factory=dict)
    written: int = 0
    notes: int = 0
    said: set[Topic] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    last_at: float = 0.0
    others_at: float = 0.0

    def see(self, audit: Audit, fields: FieldMap, window: Window) -> None:
        """The next update."""
        at = audit.created_at.timestamp()
        self.last_at = max(self.last_at, at)
        mark = _mark_of(audit, fields, window)
        if mark is None:
            self.others_at = max(self.others_at, at)
        is_undo = mark in {"", fields.tag(OurField.MARK, UNDONE)}
        in_window = mark is not None and not is_undo and window.covers(at)
        if in_window:
            self.written += 1
            self._note(audit, fields)
        of_memory = (str(fields.ids[OurField.MEMORY]), None)
        for event in audit.events:
            for key, before, value in _changes(event, fields):
                slot = self.slots.setdefault(key, Slot())
                if mark is None or _by_rule(event):
                    slot.theirs(by_update=event.type == "Change")
                elif is_undo:
                    slot.undone(value, made_true=key == of_memory)
                elif in_window:
                    slot.written(before, value)
                else:
                    slot.kept()

    def slot(self, name: str | int, option: str | None = None) -> Slot:
        """One value; one that nobody changed is nobody's."""
        return self.slots.get((str(name), option)) or Slot()

    def options(self, name: int) -> Iterator[tuple[str, Slot]]:
        """The options of a multi-select that somebody changed."""
        return ((option, slot) for (of, option), slot in self.slots.items() if of == str(name) and option is not None)

    def _note(self, audit: Audit, fields: FieldMap) -> None:
        """A note of ours, and what it said: what the Memory learnt in the same update."""
        if not any(event.type == "Comment" for event in audit.events):
            return
        self.notes += 1
        of_memory = str(fields.ids[OurField.MEMORY])
        for event in audit.events:
            if event.field_name == of_memory and audit.ticket_id is not None:
                learnt = memory.read(_text(event.value), audit.ticket_id)
                known = memory.read(_text(event.previous_value), audit.ticket_id)
                if learnt is not None:
                    self.said |= learnt.noted - (known.noted if known else frozenset())
                    self.asked |= learnt.asked - (known.asked if known else frozenset())


def _mark_of(audit: Audit, fields: FieldMap, window: Window) -> str | None:
    """The Sync mark that this update of ours set, ``""`` where it cleared it; None for an update that is not ours."""
    return set_mark(audit, fields) if audit.author_id == window.ours else None


def set_mark(audit: Audit, fields: FieldMap) -> str | None:
    """The Sync mark that an update set, ``""`` where it cleared it; None where no person's or program's hand did."""
    name = str(fields.ids[OurField.MARK])
    return next((_text(e.value) or "" for e in audit.events if e.field_name == name and not _by_rule(e)), None)


def _changes(event: AuditEvent, fields: FieldMap) -> Iterator[tuple[Key, str | None, str | None]]:
    """(key, before, after) of each value of ours that the event changes."""
    name = event.field_name
    if name is None or event.type not in {"Create", "Change"}:
        return
    if name in {str(fields.ids[one]) for one in SINGLE} | {str(official_key(fields))}:
        yield (name, None), _text(event.previous_value), _text(event.value)
    elif name in {str(fields.ids[one]) for one in MULTIPLE}:
        was, now = chosen(event.previous_value), chosen(event.value)
        for option in sorted(was ^ now):
            yield (name, option), _on(option in was), _on(option in now)


def chosen(value: object) -> frozenset[str]:
    """The options of a multi-select's value, which audits give as a list or as one text."""
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset(str(one) for one in value) if isinstance(value, list) else frozenset()


def _on(value: bool) -> str | None:
    return "on" if value else None


def _text(value: object) -> str | None:
    return None if value in (None, "", []) else str(value)


def _by_rule(event: AuditEvent) -> bool:
    return event.via is not None and event.via.channel == RULE
