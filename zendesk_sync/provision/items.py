"""What a plan is made of: one item for each thing in the account, what happens to it, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from zendesk_sync.provision.blueprint import Payload


class Kind(StrEnum):
    """Kinds of things, in the words of Zendesk's admin pages."""

    FIELD = "ticket field"
    FORM = "form"
    ORGANIZATION_FIELD = "organization field"
    WEBHOOK = "webhook"
    TRIGGER = "trigger"
    VIEW = "view"

    @property
    def mark(self) -> str:
        """What the line in a description calls it."""
        return {Kind.FIELD: "field", Kind.ORGANIZATION_FIELD: "organization"}.get(self, self.value)


class Action(StrEnum):
    """What happens to a thing; ``LEAVE`` is what ``destroy`` says of a thing that it does not take away."""

    CREATE = "create"
    CHANGE = "change"
    KEEP = "keep"
    DELETE = "delete"
    LEAVE = "leave"


class By(StrEnum):
    """Why a thing is not as the blueprint has it."""

    HAND = "hand"
    BLUEPRINT = "blueprint"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Difference:
    """One aspect that is not as the blueprint has it.

    Attributes:
        aspect: such as ``conditions`` or ``title``.
        theirs: what stands in the account, for people.
        ours: what the blueprint says, for people.
        by: a person changed it since we wrote it, or the blueprint has changed; unknown where nothing tells.
        mended: it is brought back to the blueprint; otherwise it is the person's own and stays.
    """

    aspect: str
    theirs: str
    ours: str
    by: By
    mended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing in the account, and what happens to it.

    Attributes:
        key: which of its kind, as the line in its description says it; for forms the id.
        title: as people see it now, or will.
        reason: for people; empty where there is nothing to say.
        id: of the thing in the account; None until it is created.
        ours: it carries our line, or will: ``destroy`` may take it away.
        differences: mended or left; see there.
        wanted: the whole thing by the blueprint, words unfilled.
        send: what a change sends of it, words unfilled.
        kept: aspect -> digest of what was written last, where something stays as the person has it.
        description: as it stands in the account.
        options: options to add or rename: ``name``, ``value``, and ``id`` where the option exists.
        sort: option values in the order that they must stand in; empty where they do.
    """

    kind: Kind
    key: str
    title: str
    action: Action
    reason: str = ""
    id: int | str | None = None
    ours: bool = True
    differences: tuple[Difference, ...] = ()
    wanted: Mapping[str, Any] = field(default_factory=dict)
    send: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    options: tuple[Payload, ...] = ()
    sort: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        return f'{self.kind} "{self.title}"'

    def json(self) -> dict[str, object]:
        """The item for programs."""
        differences = [
            {
                "aspect": one.aspect,
                "theirs": one.theirs,
                "ours": one.ours,
                "changed_by": one.by.value,
                "repaired": one.mended,
            }
            for one in self.differences
        ]
        return {
            "kind": self.kind.value,
            "key": self.key,
            "title": self.title,
            "id": self.id,
            "action": self.action.value,
            "reason": self.reason,
            "ours": self.ours,
            "differences": differences,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that would happen, in the order in which it would; ``words`` are the ids known so far."""

    items: tuple[Item, ...]
    words: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def changes(self) -> tuple[Item, ...]:
        """The items that write something."""
        return tuple(one for one in self.items if one.action not in {Action.KEEP, Action.LEAVE})

    def of(self, *actions: Action) -> tuple[Item, ...]:
        """The items with one of these actions."""
        return tuple(one for one in self.items if one.action in actions)

    @property
    def drift(self) -> tuple[Item, ...]:
        """The items that a person changed since we wrote them."""
        return tuple(one for one in self.items if any(d.by is By.HAND for d in one.differences))
