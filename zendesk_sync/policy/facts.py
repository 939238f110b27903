"""Everything that a decision may look at. Assembled elsewhere; nothing here fetches or guesses (policy §2, §3)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from zendesk_sync.policy.terms import (
    Author,
    CustomerType,
    Deployment,
    Flag,
    OfficialBy,
    Priority,
    Reporter,
    Severity,
    Status,
    Topic,
)

HUMAN: Literal["human"] = "human"
Wrote = Priority | Literal["human"]


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment other than our own notes.

    Attributes:
        body: plain text as it came.
        at: when it was written, where somebody said so.
        automatic: a rule of the account or a bot wrote it.
    """

    author: Author
    public: bool
    body: str
    at: datetime | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Memory:
    """What the ticket itself remembers of us (policy §3).

    Attributes:
        wrote: the official value that this program wrote last, ``"human"``, or None for nothing written.
        noted: the topics that earlier notes have said.
        asked: the checklist items that earlier notes have asked for.
    """

    wrote: Wrote | None = None
    noted: frozenset[Topic] = frozenset()
    asked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts:
    """One ticket as the policy sees it.

    Attributes:
        received: when the ticket was created, also for a reopened one.
        paying: None where the lookup did not say; the customer type then decides.
        official: the official priority as found, as a p-level; None is empty.
        missing: our missing-context items as found on the ticket.
        supplied: checklist items given through ticket fields.
        comments: None where they were not read.
        attachments: somebody attached a file.
        official_unlisted: the official field holds a value that stands for no level; somebody chose it.
        answered: when support first answered, where that is known without the comments.
        unanswered: nobody of staff has written in public, which is known without the comments.
        follow_up: every field value, flag, missing item and memory here was inherited from a closed ticket.
    """

    id: int
    received: datetime
    subject: str = ""
    description: str = ""
    comments: tuple[Comment, ...] | None = ()
    attachments: bool = False
    status: Status = Status.NEW
    customer: CustomerType = CustomerType.UNKNOWN
    customer_source: str = ""
    paying: bool | None = None
    plan_expired: bool = False
    deployment: Deployment | None = None
    reporter: Reporter = Reporter.CUSTOMER
    on_behalf_of_customer: bool = False
    severity: Severity | None = None
    presales_severity: Priority | None = None
    presales_exception: bool = False
    cannot_wait: bool | None = None
    wish: str | None = None
    beta: bool = False
    follow_up: bool = False
    official: Priority | None = None
    official_unlisted: bool = False
    official_by: OfficialBy = OfficialBy.HUMAN
    memory: Memory = field(default_factory=Memory)
    flags: frozenset[Flag] = frozenset()
    missing: frozenset[str] = frozenset()
    supplied: frozenset[str] = frozenset()
    answered: datetime | None = None
    unanswered: bool = False

    def triaged_anew(self) -> TicketFacts:
        """A follow-up without what it inherited (policy §2: ignore it, triage anew)."""
        if not self.follow_up:
            return self
        return dataclasses.replace(
            self,
            follow_up=False,
            severity=None,
            presales_severity=None,
            presales_exception=False,
            cannot_wait=None,
            wish=None,
            beta=False,
            official=None,
            official_unlisted=False,
            official_by=OfficialBy.HUMAN,
            memory=Memory(),
            flags=frozenset(),
            missing=frozenset(),
            supplied=frozenset(),
        )
