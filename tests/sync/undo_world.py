"""One ticket that program, people, rules and earlier undos write to in turn, and its history as Zendesk tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tests.sync.world import OUR_IDS, PREFIX, account_fields, field_map
from zendesk_sync.policy.facts import HUMAN, Memory
from zendesk_sync.policy.terms import Priority, Topic
from zendesk_sync.sync import memory
from zendesk_sync.sync.plan import TicketChange
from zendesk_sync.sync.undo_plan import Undoing, plan_undo
from zendesk_sync.sync.undo_trail import Trail, Window
from zendesk_sync.zendesk.fields import OurField, tag
from zendesk_sync.zendesk.records import Audit, Ticket

OURS, AGENT, REQUESTER = 900, 12, 11
ID: Final = 5
START: Final = 1_772_445_600
COMPUTED, FLAGS, MEMORY, MARK = (
    str(OUR_IDS[one]) for one in (OurField.COMPUTED, OurField.FLAGS, OurField.MEMORY, OurField.MARK)
)
LEVELS = [Priority.P0, Priority.P1, Priority.P2, Priority.P3]
FLAG_TAGS = [tag(PREFIX, OurField.FLAGS, word) for word in ("override", "inferred", "number_one")] + ["an_admins_own"]
OPTIONS = {
    one.id: frozenset(option.value for option in one.custom_field_options)
    | ({"an_admins_own"} if one.id == OUR_IDS[OurField.FLAGS] else set())
    for one in account_fields()
    if one.custom_field_options
}


@dataclass
class UndoWorld:
    """The ticket; ``turns`` are (who, at, values after), the creation first."""

    native: bool = True
    as_text: bool = False  # multi-selects in audits as one text
    wish: Priority | None = None
    now: int = START
    audits: list[Audit] = field(default_factory=list)
    turns: list[tuple[str, int, dict[str, Any]]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    settled: list[tuple[float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fields = field_map("priority" if self.native else "Level")
        self.official = "priority" if self.native else str(self.fields.official_id)
        brought = {} if self.wish is None else {self.official: self.fields.official_values[self.wish]}
        self._update("person", REQUESTER, brought, kind="Create")

    # ------------------------------------------------------------ who does what

    def program(
        self,
        computed: Priority,
        flags: frozenset[str],
        *,
        fills: bool,
        note: Topic | None = None,
        raced: bool = False,
        rule: str | None = None,
    ) -> None:
        """A run of ours by the policy of ownership; ``raced``: a job that did not see what somebody had just set."""
        remembered, found = self.remembered(), self.values.get(self.official)
        wrote, change = remembered.wrote, dict[str, Any]()
        levels: dict[str | None, Any] = {value: level for level, value in self.fields.official_values.items()}
        is_ours = wrote != HUMAN and levels.get(found) == wrote
        is_free = wrote is None and (found is None or (self.wish is not None and len(self.official_turns()) == 1))
        if fills and (is_ours or is_free or (raced and wrote != HUMAN)):
            change[self.official], wrote = self.fields.official_values[computed], computed
        elif not is_ours and not is_free:
            wrote = HUMAN
        noted = remembered.noted | ({note} if note else set())
        change[COMPUTED] = tag(PREFIX, OurField.COMPUTED, computed.value)
        change[FLAGS] = sorted(flags | ({"an_admins_own"} & set(self.values.get(FLAGS) or [])))
        change[MEMORY] = memory.write(Memory(wrote, noted), ID)
        if any((self.values.get(name) or None) != (value or None) for name, value in change.items()):
            change[MARK] = tag(PREFIX, OurField.MARK, "b" if self.values.get(MARK) == "zs_mark_a" else "a")
            by_rule = {} if rule is None else {self.official: rule}
            self._update("program", OURS, change, comment=note is not None, by_rule=by_rule)

    def person(self, change: Mapping[str, Any], author: int = AGENT) -> None:
        self._update("person", author, change)

    def undo(self, since: int, until: int) -> Undoing:
        """Plan by the whole history, and apply."""
        undoing = self.plan(since, until)
        self.settled.append((since, until))
        if (change := undoing.change) is not None:
            self._update("undo", OURS, self.wire(change))
        return undoing

    # ------------------------------------------------------------ what there is

    def plan(self, since: int, until: int) -> Undoing:
        trail, window = Trail(), Window(OURS, since, until, tuple(self.settled))
        for audit in self.audits:
            trail.see(audit, self.fields, window)
        return plan_undo(self.ticket(), trail, self.fields, OPTIONS)

    def ticket(self) -> Ticket:
        stamp = _stamp(self.now)
        custom = [{"id": int(name), "value": value} for name, value in self.values.items() if name != "priority"]
        raw = {
            "id": ID, "created_at": _stamp(START), "updated_at": stamp, "status": "open",
            "priority": self.values.get("priority"), "custom_fields": custom,
        }  # fmt: skip
        return msgspec.convert(raw, Ticket)

    def remembered(self) -> Memory:
        return memory.read(self.values.get(MEMORY), ID) or Memory()

    def official_turns(self) -> list[str]:
        """Who set the official priority, in order; an empty one at the creation counts as nobody's."""
        return [who for who, _, _ in self.history(self.official)]

    def history(self, name: str, option: str | None = None) -> list[tuple[str, int, Any]]:
        """(who, at, value) of every change of one value, a multi-select's option as true or false."""

        def of(values: Mapping[str, Any]) -> Any:
            return values.get(name) or None if option is None else option in (values.get(name) or [])

        out = [(who, at, of(values)) for who, at, values in self.turns]
        nothing = None if option is None else False
        return [one for number, one in enumerate(out) if one[2] != (out[number - 1][2] if number else nothing)]

    def wire(self, change: TicketChange) -> dict[str, Any]:
        values: dict[str, Any] = {str(id_): value for id_, value in change.fields.items()}
        return values | ({} if change.priority is None else {"priority": change.priority})

    def _update(
        self,
        who: str,
        author: int,
        change: Mapping[str, Any],
        *,
        kind: str = "Change",
        comment: bool = False,
        by_rule: Mapping[str, Any] | None = None,
    ) -> None:
        self.now += 60 if self.turns else 0
        events: list[dict[str, Any]] = [{"type": "Comment"}] if comment else []
        for values, via in ((change, None), (by_rule or {}, {"channel": "rule"})):
            for name, value in values.items():
                was = self.values.get(name)
                if (was or None) == (value or None):
                    continue
                shown, before = (" ".join(v) if self.as_text and isinstance(v, list) else v for v in (value, was))
                events.append({"type": kind, "field_name": name, "value": shown, "previous_value": before, "via": via})
                self.values[name] = value
            self.turns.append(("person" if via else who, self.now, dict(self.values)))
        raw = {
            "id": len(self.audits) + 1, "created_at": _stamp(self.now), "ticket_id": ID,
            "author_id": author, "events": events,
        }  # fmt: skip
        self.audits.append(msgspec.convert(raw, Audit))


def _stamp(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
