"""Zendesk's wire records as we use them: frozen, blind to keys we do not know, tolerant of keys that are missing.

Shapes: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and its neighbours. Times come as text
(``2026-02-05T10:11:12Z``); the record keeps that text under a name ending in ``_stamp`` and gives a ``datetime`` (UTC)
beside it. Ids are integers except where Zendesk itself uses strings (jobs, webhooks, trigger categories).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec import field

from zendesk_sync.errors import UnexpectedAnswer
from zendesk_sync.zendesk.shapes import decoder

Value = str | list[str] | bool
T = TypeVar("T")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where something came from; ``rel`` is an open set (``trigger``, ``follow_up``, ``web_widget``, …)."""

    origin: dict[str, object] = field(name="from", default_factory=dict)
    to: dict[str, object] = field(default_factory=dict)
    rel: str | None = None


class Via(msgspec.Struct, frozen=True, kw_only=True):
    """How something came in. ``channel`` is an open set (``web``, ``email``, ``api``, ``rule``, …).

    https://developer.zendesk.com/documentation/ticketing/reference-guides/via-object-reference/
    """

    channel: str | int | None = None
    source: Source = Source()


class CustomField(msgspec.Struct, frozen=True, kw_only=True):
    """One custom field's value, as it stands: option tag, list of tags, boolean, text, number or null."""

    id: int
    value: object = None


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket. ``updated_stamp`` is what a safe update must quote (resolution: one second)."""

    id: int
    created_stamp: str = field(name="created_at")
    updated_stamp: str = field(name="updated_at")
    subject: str | None = None
    raw_subject: str | None = None
    description: str | None = None
    status: str = ""
    priority: str | None = None
    type: str | None = None
    generated_timestamp: int = 0
    requester_id: int | None = None
    submitter_id: int | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    group_id: int | None = None
    brand_id: int | None = None
    ticket_form_id: int | None = None
    custom_status_id: int | None = None
    problem_id: int | None = None
    collaborator_ids: tuple[int, ...] = ()
    email_cc_ids: tuple[int, ...] = ()
    follower_ids: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    custom_fields: tuple[CustomField, ...] = ()
    via: Via = Via()
    followup_source_id: int | None = None
    followup_ids: tuple[int, ...] = ()
    is_public: bool = True
    from_messaging_channel: bool = False
    external_id: str | None = None
    recipient: str | None = None
    comment_count: int | None = None  # only where it was asked for

    @property
    def created_at(self) -> datetime:
        """When the ticket was created (UTC)."""
        return when(self.created_stamp)

    @property
    def updated_at(self) -> datetime:
        """When the last ticket event happened (UTC, whole seconds)."""
        return when(self.updated_stamp)

    @property
    def follows(self) -> int | None:
        """The closed ticket that this one is a follow-up of."""
        if self.followup_source_id is not None:
            return self.followup_source_id
        origin = self.via.source.origin.get("ticket_id") if self.via.source.rel == "follow_up" else None
        return origin if isinstance(origin, int) else None

    def field(self, id: int) -> Value | None:  # noqa: A002  the word of the API
        """A custom field's value; null, ``""`` and ``[]`` are all None, and a number is given as text."""
        return next((plain(one.value) for one in self.custom_fields if one.id == id), None)


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person. ``id`` is None for the anonymous user; ``role`` is ``end-user``, ``agent`` or ``admin``."""

    id: int | None = None
    name: str | None = None
    email: str | None = None
    role: str | None = None
    role_type: int | None = None
    custom_role_id: int | None = None
    organization_id: int | None = None
    tags: tuple[str, ...] = ()
    user_fields: dict[str, object] = field(default_factory=dict)
    external_id: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    active: bool = True
    verified: bool = False
    suspended: bool = False
    restricted_agent: bool = False
    only_private_comments: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group of agents."""

    id: int
    name: str = ""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A time that passed, in the unit of the key that holds it; ``calendar`` is None while it still runs."""

    calendar: float | None = None


class MetricSet(msgspec.Struct, frozen=True, kw_only=True):
    """What Zendesk measures of a ticket; the seconds are given for messaging only.

    https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_metrics/
    """

    ticket_id: int
    reply_time_in_minutes: Span = Span()
    reply_time_in_seconds: Span = Span()

    @property
    def first_reply(self) -> timedelta | None:
        """How long the first public comment of an agent took, in whole minutes cut off; None for none yet."""
        if self.reply_time_in_seconds.calendar is not None:
            return timedelta(seconds=self.reply_time_in_seconds.calendar)
        minutes = self.reply_time_in_minutes.calendar
        return None if minutes is None else timedelta(minutes=minutes)


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """A customer. ``organization_fields`` is keyed by field key; a drop-down holds the option's value."""

    id: int
    name: str | None = None
    external_id: str | None = None
    created_stamp: str | None = field(name="created_at", default=None)
    updated_stamp: str | None = field(name="updated_at", default=None)
    deleted_stamp: str | None = field(name="deleted_at", default=None)
    domain_names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    organization_fields: dict[str, object] = field(default_factory=dict)
    notes: str | None = None
    details: str | None = None
    group_id: int | None = None

    def field(self, key: str) -> Value | None:
        """An organization field's value by its key; null, ``""`` and ``[]`` are all None."""
        return plain(self.organization_fields.get(key))


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file on a comment; the file itself is never fetched."""

    id: int | None = None
    file_name: str | None = None
    content_type: str | None = None
    size: int | None = None
    inline: bool = False


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """One comment. ``public`` False is an internal note."""

    id: int
    created_stamp: str = field(name="created_at")
    type: str = "Comment"
    author_id: int | None = None
    body: str | None = None
    plain_body: str | None = None
    html_body: str | None = None
    public: bool = True
    attachments: tuple[Attachment, ...] = ()
    via: Via = Via()
    audit_id: int | None = None
    author: User | None = None  # who that is, where Zendesk was asked

    @property
    def created_at(self) -> datetime:
        """When it was written (UTC)."""
        return when(self.created_stamp)

    @property
    def text(self) -> str:
        """The text without markup; ``plain_body`` where Zendesk gives it."""
        return self.plain_body or self.body or ""


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that one update did. ``via`` is its own: a rule's changes stand inside the person's audit.

    https://developer.zendesk.com/documentation/ticketing/reference-guides/ticket-audit-events-reference/
    """

    id: int | None = None
    type: str = ""
    field_name: str | None = None
    value: object = None
    previous_value: object = None
    author_id: int | None = None
    public: bool | None = None
    body: object = None
    via: Via | None = None


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """One update of a ticket and all it did. ``author_id`` made it; ``metadata`` holds ``system`` and ``custom``."""

    id: int
    created_stamp: str = field(name="created_at")
    ticket_id: int | None = None
    author_id: int | None = None
    via: Via = Via()
    metadata: dict[str, object] = field(default_factory=dict)
    events: tuple[AuditEvent, ...] = ()

    @property
    def created_at(self) -> datetime:
        """When the update was made (UTC)."""
        return when(self.created_stamp)

    def via_of(self, event: AuditEvent) -> Via:
        """How this event came about: its own ``via``, else the audit's."""
        return event.via or self.via


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one item of a job; matched by ``id`` for updates, by ``index`` for creations."""

    id: int | None = None
    index: int | None = None
    action: str | None = None
    status: str | None = None
    success: bool | None = None
    error: object = None
    details: object = None

    @property
    def ok(self) -> bool:
        """The item was applied."""
        return self.error is None if self.success is None else self.success


class JobStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A bulk job. ``completed`` says that it ran, not that every item worked: see :attr:`results`.

    https://developer.zendesk.com/api-reference/ticketing/ticket-management/job_statuses/
    """

    id: str
    status: str
    total: int | None = None
    progress: int | None = None
    message: str | None = None
    job_type: str | None = None
    reported: object = field(name="results", default=None)

    @property
    def done(self) -> bool:
        """The job will not change any more (``completed``, ``failed``, ``killed``)."""
        return self.status not in {"queued", "working"}

    @property
    def results(self) -> list[JobResult]:
        """One per item; empty while the job runs. A single object (whole-job result) is a list of one."""
        items = self.reported if isinstance(self.reported, list) else [self.reported]
        return convert((item for item in items if isinstance(item, dict)), JobResult)


def plain(value: object) -> Value | None:
    """A field's value, with everything empty as None and numbers as text."""
    if value is None or value in ("", []):
        return None
    if isinstance(value, bool | str):
        return value
    if isinstance(value, list):
        return [str(item) for item in value]
    return str(value)


def when(stamp: str) -> datetime:
    """Zendesk's time text as UTC.

    Raises:
        UnexpectedAnswer: it is not a time.
    """
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        raise UnexpectedAnswer("Zendesk gave a time that is not ISO 8601") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def convert(items: Iterable[object], shape: type[T]) -> list[T]:
    """Decoded JSON objects as records; a null where none is expected means "not given".

    Raises:
        UnexpectedAnswer: one has another shape; the message names the place, not the value.
    """
    wanted, given = list[shape], list(items)  # type: ignore[valid-type]
    decoder(wanted)
    try:
        try:
            return msgspec.convert(given, wanted)
        except msgspec.ValidationError:
            return msgspec.convert(without_nulls(given), wanted)
    except msgspec.ValidationError as error:
        raise UnexpectedAnswer(f"{shape.__name__}: another shape than the API describes: {error}") from None


def without_nulls(data: object) -> object:
    """The same data without keys whose value is null, so that the records' defaults stand in."""
    if isinstance(data, dict):
        return {key: without_nulls(value) for key, value in data.items() if value is not None}
    if isinstance(data, list):
        return [without_nulls(value) for value in data]
    return data
