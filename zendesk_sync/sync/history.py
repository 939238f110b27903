"""A ticket's history out of the incremental ticket events, where one call a ticket would cost more (pure).

https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/#incremental-ticket-event-export
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from zendesk_sync.sync.look import Reads
from zendesk_sync.zendesk.exports import TicketEvent
from zendesk_sync.zendesk.records import Audit, AuditEvent, Comment, Organization, User, Via, convert

RULE = "rule"
COMMENT = "Comment"
COMMENTS = frozenset({COMMENT, "VoiceComment"})
"""A phone call is a comment, and often the one that a ticket begins with."""
CUSTOM = "custom_ticket_fields"
ABOUT_THE_EVENT = frozenset(
    {"id", "via", "via_reference_id", "event_type", "type", "previous_value", "comment_present", "comment_public"}
)


class HistoryNeeded(Exception):
    """The ticket cannot be decided without its history, which is not at hand."""


@dataclass(slots=True)
class History:
    """The updates of one ticket, by event id: an event that comes twice is one."""

    events: dict[int, TicketEvent] = field(default_factory=dict)
    size: int = 0

    def add(self, event: TicketEvent) -> int:
        """Keep it; returns how many characters that adds, roughly."""
        if event.id in self.events:
            return 0
        self.events[event.id] = event
        added = sum(len(str(child.get("body") or "")) + 200 for child in event.children)
        self.size += added
        return added

    def reaches(self, at: float) -> bool:
        """Whether it tells of this moment (Unix seconds), or later: an export that lags ends before the last update."""
        return any(event.timestamp >= int(at) for event in self.events.values())

    def comments(self) -> list[Comment]:
        """All comments and notes, oldest first."""
        found = (
            {**child, "created_at": _stamp(event), "via": {"channel": _comments_via(event, child)}}
            for event in self._in_order()
            for child in _comments(event)
        )
        return convert(found, Comment)

    def authors(self) -> set[int]:
        """Who commented in public."""
        public = (child for event in self.events.values() for child in _comments(event) if child.get("public"))
        return {author for child in public if isinstance(author := child.get("author_id"), int)}

    def audits(self) -> list[Audit]:
        """All updates with their events, oldest first."""
        return [audit(event) for event in self._in_order()]

    def _in_order(self) -> Sequence[TicketEvent]:
        return sorted(self.events.values(), key=lambda event: (event.timestamp, event.id))


def audit(event: TicketEvent, *, texts: bool = False) -> Audit:
    """One ticket event as the audit that it is; of a comment only that there was one, unless ``texts`` are wanted."""
    made = [one for child in event.children for one in changes(child)]
    comments = _comments(event)
    if comments and not texts:
        made.append(AuditEvent(type=COMMENT))
    elif comments:
        made += [_comment(child) for child in comments]
    return Audit(
        id=event.id,
        created_stamp=_stamp(event),
        ticket_id=event.ticket_id,
        author_id=event.updater_id,
        via=_via(event.via),
        events=tuple(made),
    )


def changes(child: Mapping[str, object]) -> Iterable[AuditEvent]:
    """One child event as Zendesk's audits tell it: the field's name is the key that holds the new value."""
    kind = str(child.get("event_type") or "")
    if kind not in {"Create", "Change"}:
        return
    custom = child.get(CUSTOM)
    values = {name: value for name, value in child.items() if name not in ABOUT_THE_EVENT}
    for name, value in (values | (custom if isinstance(custom, dict) else {})).items():
        if name != CUSTOM:
            via = _via(child.get("via"))
            yield AuditEvent(
                type=kind,
                field_name=str(name),
                value=value,
                previous_value=child.get("previous_value"),
                via=via if via.channel == RULE else None,
            )


def _comments(event: TicketEvent) -> list[dict[str, object]]:
    return [child for child in event.children if child.get("event_type") in COMMENTS]


def _stamp(event: TicketEvent) -> str:
    return event.created_stamp or datetime.fromtimestamp(event.timestamp, UTC).isoformat()


def _comments_via(event: TicketEvent, child: Mapping[str, object]) -> str | int | None:
    """The comment's own channel, else its update's: a rule's comment stands inside the person's update."""
    return _via(child.get("via")).channel or _via(event.via).channel


def _comment(child: Mapping[str, object]) -> AuditEvent:
    author, via = child.get("author_id"), _via(child.get("via"))
    return AuditEvent(
        type=COMMENT,
        author_id=author if isinstance(author, int) else None,
        public=child.get("public") is True,
        body=child.get("plain_body") or child.get("body"),
        via=via if via.channel == RULE else None,
    )


def _via(value: object) -> Via:
    """Ticket events name the channel in words (``Rule``, ``Web service``), audits by an object."""
    if isinstance(value, str):
        return Via(channel={"web service": "api", "mail": "email", "web form": "web"}.get(value.lower(), value.lower()))
    if isinstance(value, dict) and isinstance(value.get("channel"), str):
        return Via(channel=value["channel"])
    return Via()


class Without:
    """Reads that have no history at hand: whoever needs one learns so."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def audits(self, id: int) -> list[Audit]:  # noqa: A002, ARG002  the word of the API
        raise HistoryNeeded

    def comments(self, id: int) -> list[Comment]:  # noqa: A002, ARG002  the word of the API
        raise HistoryNeeded

    def organizations(self, ids: Sequence[int]) -> list[Organization]:
        return self._reads.organizations(ids)


class FromEvents(Without):
    """Reads of tickets whose history was collected; ``people`` are those whom the tickets themselves do not name."""

    def __init__(self, reads: Reads, collected: Mapping[int, History], people: Mapping[int, User]) -> None:
        super().__init__(reads)
        self._collected, self._people = collected, people

    def audits(self, id: int) -> list[Audit]:  # noqa: A002  the word of the API
        return self._of(id).audits()

    def comments(self, id: int) -> list[Comment]:  # noqa: A002  the word of the API
        if not (comments := self._of(id).comments()):
            raise HistoryNeeded  # a ticket has at least its description
        people = self._people
        return [msgspec.structs.replace(one, author=people.get(one.author_id or 0)) for one in comments]

    def _of(self, id_: int) -> History:
        if id_ not in self._collected:
            raise HistoryNeeded
        return self._collected[id_]
