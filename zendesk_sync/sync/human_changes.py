"""What people changed on one ticket, and when: the official priority and the inputs, told by the ticket's audits. Pure.

Values that this program wrote are left out, as in :mod:`zendesk_sync.sync.undo_trail`: an update by its user that set
the Sync mark, unless a rule made the change. What a rule of the account did is told as the rule's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from zendesk_sync.sync.assemble import official_key, official_word
from zendesk_sync.sync.history import RULE
from zendesk_sync.sync.undo_trail import set_mark
from zendesk_sync.zendesk.fields import INPUT_KEYS, FieldMap
from zendesk_sync.zendesk.records import Audit, AuditEvent, User

OFFICIAL = "official"
SYSTEM = -1
"""Zendesk's own id for what nobody did."""


@dataclass(frozen=True, slots=True)
class HumanChange:
    """One value that somebody set, changed or cleared.

    Attributes:
        at: when (UTC).
        what: ``official``, ``severity``, ``presales_severity`` or ``cannot_wait``.
        before: the value before in our words, as it stands in Zendesk where we have no word; None for empty.
        after: the same afterwards.
        by: ``agent``, ``admin`` or ``end-user``; ``rule`` for a trigger or automation; ``system``; ``unknown`` for a
            user who is gone.
        id: the user's id, or the rule's where Zendesk names it.
        created: it came with the ticket.
        inherited: it came with a follow-up, from the closed ticket, and counts for nothing (policy §2).
    """

    at: datetime
    what: str
    before: str | None
    after: str | None
    by: str
    id: int | None
    created: bool = False
    inherited: bool = False

    @property
    def came(self) -> str:
        """How it came, in words, where nobody changed it afterwards."""
        if self.inherited:
            return "inherited from the closed ticket: ignored"
        return "with the ticket" if self.created else ""


def human_changes(
    audits: Iterable[Audit],
    users: Mapping[int, User],
    fields: FieldMap,
    ours: int | None,
    *,
    is_follow_up: bool = False,
) -> list[HumanChange]:
    """What people and the account's rules changed, oldest first.

    Args:
        audits: the ticket's, oldest first.
        users: those of :func:`authors` who still exist.
        fields: the account's fields.
        ours: the id of this program's user.
        is_follow_up: the ticket follows a closed one.
    """
    found = _changes(audits, users, fields, ours)
    return [replace(one, inherited=one.created) for one in found] if is_follow_up else list(found)


def authors(audits: Iterable[Audit], fields: FieldMap, ours: int | None) -> set[int]:
    """The users whose role is needed to tell who changed something."""
    changes = _changes(audits, {}, fields, ours)
    return {one.id for one in changes if one.by == "unknown" and one.id is not None}


def _changes(
    audits: Iterable[Audit], users: Mapping[int, User], fields: FieldMap, ours: int | None
) -> Iterator[HumanChange]:
    names = {str(official_key(fields)): OFFICIAL, **{str(fields.ids[one]): key for one, key in INPUT_KEYS.items()}}
    for number, audit in enumerate(audits):
        is_ours = ours is not None and audit.author_id == ours and set_mark(audit, fields) is not None
        for event in audit.events:
            what = names.get(event.field_name or "")
            by_rule = audit.via_of(event).channel == RULE
            if what is None or event.type not in {"Create", "Change"} or (is_ours and not by_rule):
                continue
            before, after = (_word(what, value, fields) for value in (event.previous_value, event.value))
            if before != after:
                by, id_ = _who(audit, event, users, by_rule=by_rule)
                yield HumanChange(audit.created_at, what, before, after, by, id_, created=number == 0)


def _who(audit: Audit, event: AuditEvent, users: Mapping[int, User], *, by_rule: bool) -> tuple[str, int | None]:
    if by_rule:
        rule = audit.via_of(event).source.origin.get("id")
        return "rule", int(rule) if isinstance(rule, int | str) and str(rule).isdecimal() else None
    if audit.author_id is None or audit.author_id == SYSTEM:
        return "system", None
    user = users.get(audit.author_id)
    return (user.role if user is not None and user.role else "unknown"), audit.author_id


def _word(what: str, value: object, fields: FieldMap) -> str | None:
    """A value in our words; one that is no option of ours as it stands."""
    if value in (None, "", []):
        return None
    text = str(value)
    if what == OFFICIAL:
        return official_word(text, fields)
    field = next(one for one, key in INPUT_KEYS.items() if key == what)
    return fields.word(field, text) or text
