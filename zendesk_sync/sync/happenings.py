"""One update of a ticket -> what happened, in our words and without text, for the chronicle. Pure.

The words are those of ``docs/report.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from zendesk_sync.account_settings import Account
from zendesk_sync.customers.lookup import STAFF
from zendesk_sync.policy import facts as policy
from zendesk_sync.policy.first_reply import counts, reply_kind
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import ALL_ITEMS, Author, Flag
from zendesk_sync.store.chronicles import FOLLOWS, Happening
from zendesk_sync.sync.assemble import SYSTEM_USER, is_automatic, is_ce, official_key, official_word
from zendesk_sync.sync.history import COMMENTS, RULE
from zendesk_sync.sync.undo_trail import chosen, set_mark
from zendesk_sync.zendesk.fields import FieldMap, OurField
from zendesk_sync.zendesk.records import Audit, AuditEvent, User

WORDS: Final = {
    OurField.COMPUTED: "computed",
    OurField.CUSTOMER: "customer",
    OurField.SEVERITY: "severity",
    OurField.PRESALES_SEVERITY: "presales_severity",
}
SETS: Final = {OurField.FLAGS: ("flags", frozenset(Flag)), OurField.MISSING: ("missing", frozenset(ALL_ITEMS))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads updates.

    Attributes:
        fields: the account's fields.
        account: who its customer engineers are, and which comments are receipts.
        handbook: which replies count.
        ours: the id of this program's user.
    """

    fields: FieldMap
    account: Account
    handbook: Handbook
    ours: int | None

    def read(self, audit: Audit, ticket: int, users: Mapping[int, User]) -> list[Happening]:
        """What one update did; ``users`` are those of :func:`people` who still exist."""
        told = _Told(self, audit, users)
        return [
            Happening(audit.id, n, ticket, int(audit.created_at.timestamp()), *each)
            for n, each in enumerate(told.all())
        ]

    def follow_up(self, audit: Audit, ticket: int) -> list[Happening]:
        """That the ticket follows a closed one, where its creation says so."""
        is_one = is_creation(audit) and audit.via.source.rel == "follow_up"
        return [Happening(-ticket, 1, ticket, 0, FOLLOWS, None, "unknown")] if is_one else []


def people(audits: Iterable[Audit]) -> set[int]:
    """Everybody who made one of the updates, or wrote in one."""
    found = {audit.author_id for audit in audits}
    found |= {event.author_id for audit in audits for event in audit.events}
    return {one for one in found if one is not None and one > 0}


def is_creation(audit: Audit) -> bool:
    """Whether the update is the ticket's creation."""
    return any(event.type == "Create" for event in audit.events)


Told = tuple[str, str | None, str, int | None]
"""what, value, by, who."""


@dataclass(frozen=True, slots=True)
class _Told:
    reader: Reader
    audit: Audit
    users: Mapping[int, User]

    def all(self) -> Iterator[Told]:
        created = is_creation(self.audit)
        if created:
            yield "created", None, *self._author(self.audit.author_id)
        fields = self.reader.fields
        is_ours = self.audit.author_id == self.reader.ours and set_mark(self.audit, fields) is not None
        one_of = {str(fields.ids[name]): name for name in WORDS}
        several = {str(fields.ids[name]): name for name in SETS}
        official = str(official_key(fields))
        for event in self.audit.events:
            name = event.field_name or ""
            if event.type in COMMENTS:
                yield from () if created else self._reply(event)
            elif event.type != "Change" and (event.type != "Create" or _text(event.value) is None):
                continue  # a creation names the fields that stayed empty, too
            elif name == "status":
                yield "status", _text(event.value), *self._by(event, is_ours=is_ours)
            elif name == official:
                yield "official", self._level(event.value), *self._by(event, is_ours=is_ours, wishes=created)
            elif name in one_of:
                value = _text(event.value)
                word = None if value is None else fields.word(one_of[name], value)
                yield WORDS[one_of[name]], word, *self._by(event, is_ours=is_ours)
            elif name in several:
                what, known = SETS[several[name]]
                words = (fields.word(several[name], one) for one in chosen(event.value))
                kept = sorted(word for word in words if word in known)
                yield what, " ".join(kept) or None, *self._by(event, is_ours=is_ours)

    def _level(self, value: object) -> str | None:
        """The level of an official priority; a value that stands for none as it is."""
        text = _text(value)
        return None if text is None else official_word(text, self.reader.fields)

    def _by(self, event: AuditEvent, *, is_ours: bool, wishes: bool = False) -> tuple[str, int | None]:
        """Who made a change. ``wishes``: who is no agent is a requester, a customer engineer too (policy §3)."""
        if self.audit.via_of(event).channel == RULE:
            return RULE, None
        if is_ours:
            return "program", self.audit.author_id
        by, who = self._author(self.audit.author_id)
        user = self.users.get(who or 0)
        return ("end-user" if wishes and user is not None and user.role not in STAFF else by), who

    def _author(self, id_: int | None) -> tuple[str, int | None]:
        if id_ is None or id_ == SYSTEM_USER:
            return "system", None
        user = self.users.get(id_)
        if user is None:
            return "unknown", id_
        if is_ce(user, self.reader.account):
            return "ce", id_
        return ("agent" if user.role in STAFF else "end-user"), id_

    def _reply(self, event: AuditEvent) -> Iterator[Told]:
        author = event.author_id if event.author_id is not None else self.audit.author_id
        by, who = self._author(author)
        kinds = {"agent": Author.AGENT, "ce": Author.CE, "system": Author.AGENT}
        comment = policy.Comment(
            kinds.get(by, Author.CUSTOMER),
            bool(event.public),
            event.body if isinstance(event.body, str) else "",
            at=self.audit.created_at,
            automatic=is_automatic(author, self.audit.via_of(event), self.reader.account),
        )
        if counts(reply_kind(comment, self.reader.handbook), self.reader.handbook):
            yield "reply", None, by, who


def _text(value: object) -> str | None:
    return None if value in (None, "", []) else str(value)
