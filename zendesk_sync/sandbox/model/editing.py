"""One update of one ticket in the making: who does it, what has changed so far, the events of its single audit.

Source: Zendesk API reference, Ticketing > Ticket Audits.
"""

from dataclasses import dataclass, field
from typing import Any

from zendesk_sync.sandbox.clock import parse_iso
from zendesk_sync.sandbox.model import comments, custom_statuses, metrics, tickets, users
from zendesk_sync.sandbox.model.fields import FieldBook
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

AUDIT = "audit"
VIA_IDS = {"web": 0, "email": 4, "api": 5, "rule": 8, "chat": 29, "web_widget": 48, "help_center": 50}
_WATCHED = (
    "subject", "type", "priority", "status", "requester_id", "assignee_id", "group_id", "organization_id", "brand_id",
    "ticket_form_id", "external_id", "due_at", "problem_id", "collaborator_ids", "follower_ids", "email_cc_ids", "tags",
    "custom_status_id",
)  # fmt: skip
_LOGGED_WHEN_EMPTY = frozenset({"subject", "type", "priority", "status"})


def via(channel: str, *, source: Doc | None = None, rel: str | None = None) -> Doc:
    return {"channel": channel, "source": {"from": source or {}, "to": {}, "rel": rel}}


@dataclass(slots=True)
class Editing:
    """`before` is the ticket as it was, or None when it is being created; `ticket` is changed in place."""

    state: State
    ticket: Doc
    actor: Doc
    via: Doc
    book: FieldBook
    before: Doc | None
    via_id: int
    metadata: Doc = field(default_factory=dict)
    comment: Doc | None = None
    events: list[Doc] = field(default_factory=list)
    _seen: Doc = field(default_factory=dict)
    _written: Doc | None = None

    @property
    def baseline(self) -> Doc:
        """What "changed" is measured against: the ticket before the update, or as it was created before any trigger."""
        return self.before or self._written or self.ticket

    def settle(self) -> None:
        """The write itself is done; whatever changes from here on is the work of triggers."""
        self._written = _as_it_is(self.ticket) if self.before is None else None

    @classmethod
    def of(cls, state: State, ticket: Doc, *, actor: Doc, channel: Doc, book: FieldBook, new: bool) -> "Editing":
        before = None if new else _as_it_is(ticket)
        rel = channel["source"]["rel"]
        via_id = 27 if rel == "follow_up" else VIA_IDS.get(channel["channel"], 0)
        edit = cls(state, ticket, actor, channel, book, before, via_id)
        edit._seen = {} if new else _snapshot(ticket)
        return edit

    def record(self, rule: Doc | None = None) -> bool:
        """Turn what has changed since the last call into events; True when something has."""
        self.ticket["custom_status_id"] = custom_statuses.of(self.state, self.ticket)
        now, seen = _snapshot(self.ticket), self._seen
        told = (name for name in now if seen.get(name) != now[name]) if seen else _worth_telling(now)
        found = [self._event(name, now[name]) for name in told]
        gone = [self._event(name, None) for name in self._seen.keys() - now.keys()]
        for event in found + gone:
            self.events.append({**event, "via": rule} if rule else event)
        self._seen = now
        return bool(found or gone)

    def _event(self, name: str, value: Any) -> Doc:
        number = self.state.event_id()
        if not self._seen:
            return {"id": number, "type": "Create", "field_name": name, "value": _as_text(value)}
        previous = _as_text(self._seen.get(name))
        return {
            "id": number,
            "type": "Change",
            "field_name": name,
            "value": _as_text(value),
            "previous_value": previous,
        }

    def save(self, moment: str | None = None) -> Doc:
        """Store ticket, comment and audit, which is dated `moment` or now; return the audit."""
        number = self.state.event_id()
        if self.comment:
            self.comment["audit_id"] = number
            self.comment["metadata"]["custom"] = self.metadata
            comments.store(self.state, self.comment, self.ticket["id"])
        spoken = [comments.event(self.comment)] if self.comment else []
        audit: Doc = {
            "id": number, "ticket_id": self.ticket["id"], "created_at": moment or self.state.now(),
            "author_id": self.actor["id"], "via": self.via,
            "metadata": {"system": {"client": "", "ip_address": "127.0.0.1"}, "custom": self.metadata},
            "events": spoken + _net(self.events),
        }  # fmt: skip
        self._measure(audit["created_at"])
        told = parse_iso(audit["created_at"]) or self.state.clock.now()
        self.state.store.put(AUDIT, number, audit, parent=self.ticket["id"], mark=int(told.timestamp()))
        tickets.store(self.state, self.ticket)
        return audit

    def _author(self, comment: Doc) -> Doc | None:
        """Return who wrote it; mostly the actor, whom the store need not be asked for."""
        mine = comment["author_id"] == self.actor["id"]
        return self.actor if mine else users.get(self.state, comment["author_id"])

    def _measure(self, moment: str) -> None:
        comment = self.comment
        by_staff = comment is not None and users.is_staff(self._author(comment))
        metrics.follow(self.ticket, self.before, actor=self.actor, comment=comment, by_staff=by_staff, moment=moment)


def _net(events: list[Doc]) -> list[Doc]:
    """Leave out what triggers did in vain: of their changes to one field only the outcome is told, by the last of them.

    Source: Zendesk help, "About triggers and how they work": the events of a ticket show net changes.
    """
    first: dict[str, Doc] = {}
    last: dict[str, Doc] = {}
    for event in events:
        name = event.get("field_name")
        if name is not None and "via" in event:
            first.setdefault(name, event)
            last[name] = event
    told: list[Doc] = []
    for event in events:
        name = event.get("field_name")
        if name is None or "via" not in event:
            told.append(event)
        elif event is last[name] and event["value"] != first[name].get("previous_value"):
            told.append({**event, "previous_value": first[name].get("previous_value")})
    return told


def _worth_telling(created: Doc) -> list[str]:
    return [name for name, value in created.items() if name in _LOGGED_WHEN_EMPTY or value not in (None, [])]


def _as_it_is(ticket: Doc) -> Doc:
    """Return a copy which later changes leave alone: of what is inside, only the fields are changed in place."""
    return {**ticket, "fields": dict(ticket["fields"])}


def _snapshot(ticket: Doc) -> Doc:
    """Return what events tell of. Its lists are the ticket's own, which are replaced and never changed in place."""
    return {**{name: ticket.get(name) for name in _WATCHED}, **ticket["fields"]}


def _as_text(value: Any) -> Any:
    """Events carry ids, numbers and truth values as text; lists and empty values as they are."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value) if isinstance(value, int | float) else value
