"""Zendesk's records and the customer -> TicketFacts (policy §2, "where the facts come from"; §3). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from zendesk_sync.account_settings import Account
from zendesk_sync.customers.answer import Customer
from zendesk_sync.customers.lookup import STAFF, Who
from zendesk_sync.customers.mail_domains import domain_of
from zendesk_sync.policy import facts as policy
from zendesk_sync.policy.facts import Memory, TicketFacts, Wrote
from zendesk_sync.policy.notes import FIRST_LINE
from zendesk_sync.policy.terms import Author, CustomerType, OfficialBy, Priority, Reporter, Severity, Status
from zendesk_sync.sync import memory
from zendesk_sync.zendesk.fields import INPUTS, FieldMap, OurField, Values
from zendesk_sync.zendesk.records import Audit, Comment, Ticket, User, Via

YES_NO = {"yes": True, "no": False}
RULE = "rule"
SYSTEM_USER = -1
"""Zendesk's own user, who acts for triggers and automations."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """The facts of one ticket, and what a follow-up inherited in people's fields and must lose once."""

    facts: TicketFacts
    values: Values
    inherited: frozenset[OurField] = frozenset()
    official_inherited: bool = False


def needs_audits(ticket: Ticket, values: Values, fields: FieldMap) -> bool:
    """Whether only the ticket's history can tell who set a value.

    A follow-up inherits values until an update sets them. A first official priority may be the requester's wish, but
    only where end users can set the field or the ticket came by API.
    """
    if ticket.follows is not None:
        return True
    if values.official is None or _wrote(memory.read(values.memory, ticket.id)) is not None:
        return False
    return fields.priority_in_portal or ticket.via.channel == "api"


def assemble(
    ticket: Ticket,
    users: Mapping[int, User],
    customer: Customer,
    audits: Sequence[Audit] | None,
    *,
    fields: FieldMap,
    account: Account,
    comments: Sequence[Comment] | None = None,
    answered: datetime | None = None,
    unanswered: bool = False,
) -> Assembled:
    """One ticket's facts, where the lookup found ``customer`` for :func:`who_of` it.

    ``audits`` may be None where :func:`needs_audits` says so, ``comments`` where none matter. ``answered`` is when
    support first answered, and ``unanswered`` that nobody of staff has, where that is known without the comments.
    """
    values = fields.read(ticket)
    remembered = memory.read(values.memory, ticket.id)
    since = None if ticket.follows is None else _set_since_creation(audits or ())
    inherited = frozenset(f for f in INPUTS if since is not None and fields.ids[f] not in since.fields)
    official, official_by, official_inherited = values.official, OfficialBy.HUMAN, False
    if official is not None and _wrote(remembered) is None:
        if since is not None and official_key(fields) not in since.fields:
            official, official_inherited = None, True
        elif since is None and _came_with_the_request(ticket, users, audits or (), fields):
            official_by = OfficialBy.REQUESTER
    is_new_follow_up = since is not None and remembered is None
    customer, reporter, on_behalf = _people(ticket, users, customer, values, account)
    tags = frozenset(ticket.tags) if since is None else since.tags & frozenset(ticket.tags)
    answers = values.answers if since is None else {i for i in values.answers if fields.answers[i] in since.fields}
    facts = TicketFacts(
        id=ticket.id,
        received=ticket.created_at,
        subject=ticket.raw_subject or ticket.subject or "",
        description=ticket.description or "",
        status=Status(ticket.status),
        customer=customer.type,
        customer_source=customer.source,
        paying=customer.paying,
        plan_expired=customer.plan_expired,
        deployment=customer.deployment,
        reporter=reporter,
        on_behalf_of_customer=on_behalf,
        severity=_severity(None if OurField.SEVERITY in inherited else values.severity),
        presales_severity=_presales(None if OurField.PRESALES_SEVERITY in inherited else values.presales_severity),
        presales_exception=account.inputs.presales_exception_tag in tags,
        cannot_wait=None if OurField.CANNOT_WAIT in inherited else YES_NO.get(values.cannot_wait or ""),
        wish=values.wish if since is None or fields.wish_id in since.fields else None,
        beta=not tags.isdisjoint(account.inputs.beta_tags),
        comments=None if comments is None else conversation(ticket, comments, users, account),
        attachments=any(comment.attachments for comment in comments or ()),
        official=official,
        official_unlisted=values.official_raw is not None and values.official is None and not official_inherited,
        official_by=official_by,
        memory=remembered or Memory(),
        flags=frozenset() if is_new_follow_up else values.flags,
        missing=frozenset() if is_new_follow_up else values.missing,
        supplied=frozenset(answers),
        answered=answered,
        unanswered=unanswered,
    )
    held = {field for field in inherited if _carries(values, field)}
    return Assembled(facts, values, frozenset(held), official_inherited)


def who_of(ticket: Ticket, users: Mapping[int, User]) -> Who:
    """Whom the customer is looked up by."""
    return Who(ticket.organization_id, users.get(ticket.requester_id or 0))


def conversation(
    ticket: Ticket, comments: Sequence[Comment], users: Mapping[int, User], account: Account
) -> tuple[policy.Comment, ...]:
    """What was said after the description, oldest first, without our own notes.

    A person whose record came neither with the ticket nor with the comment, and who is neither requester nor in copy,
    is one of the agents.
    """
    outside = {ticket.requester_id, *ticket.collaborator_ids, *ticket.email_cc_ids, *ticket.follower_ids}
    out = []
    for comment in comments[1:]:
        if not comment.public and comment.text.lstrip().startswith(FIRST_LINE):
            continue
        author = users.get(comment.author_id or 0) or comment.author
        if author is not None and is_ce(author, account):
            kind = Author.CE
        elif author is not None:
            kind = Author.AGENT if author.role in STAFF else Author.CUSTOMER
        else:
            kind = Author.CUSTOMER if comment.author_id in outside else Author.AGENT
        out.append(
            policy.Comment(
                kind,
                comment.public,
                comment.text,
                comment.created_at,
                is_automatic(comment.author_id, comment.via, account),
            )
        )
    return tuple(out)


def is_automatic(author: int | None, via: Via, account: Account) -> bool:
    """Written by a rule of the account, by Zendesk itself, or by a user that the configuration names as a bot."""
    return via.channel == RULE or author == SYSTEM_USER or author in account.people.bots


def is_ce(user: User, account: Account) -> bool:
    """A customer engineer: by tag or by mail domain."""
    return account.people.ce_tag in user.tags or domain_of(user.email) in account.people.ce_domains


def _people(
    ticket: Ticket,
    users: Mapping[int, User],
    customer: Customer,
    values: Values,
    account: Account,
) -> tuple[Customer, Reporter, bool]:
    """Customer, reporter, and whether a colleague writes for a customer (policy §2, "customer" and "reporter")."""
    requester = users.get(ticket.requester_id or 0)
    involved = (ticket.requester_id, ticket.submitter_id, *ticket.collaborator_ids, *ticket.email_cc_ids)
    raised_by_ce = any(is_ce(users[i], account) for i in involved if i is not None and i in users)
    is_colleague = requester is not None and (
        requester.role in STAFF or domain_of(requester.email) in account.people.our_domains
    )
    theirs = customer.type is not CustomerType.INTERNAL and ticket.organization_id is not None
    if raised_by_ce:
        if customer.type in {CustomerType.INTERNAL, CustomerType.UNKNOWN}:
            # Often the CE's own organization stands there; the pre-sales scale says that it is about a prospect.
            kind = CustomerType.PRESALES if values.presales_severity else CustomerType.UNKNOWN
            customer = Customer(kind, source=f"raised by a CE; {customer.source}")
        return customer, Reporter.CE, False
    if is_colleague:
        own_organization = requester is not None and ticket.organization_id == requester.organization_id
        if customer.type is CustomerType.UNKNOWN and (ticket.organization_id is None or own_organization):
            customer = Customer(CustomerType.INTERNAL, source="a colleague's ticket under no customer's organization")
            theirs = False
        return customer, Reporter.COLLEAGUE, theirs
    if customer.type is CustomerType.PRESALES:
        return customer, Reporter.PROSPECT, False
    return customer, Reporter.CUSTOMER, False


@dataclass(frozen=True, slots=True)
class _Since:
    """What updates after a ticket's creation set: fields by id, ``priority``, and tags that were added."""

    fields: frozenset[int | str]
    tags: frozenset[str]


def _set_since_creation(audits: Sequence[Audit]) -> _Since:
    """What a follow-up did not inherit. Clearing a field sets nothing."""
    names: set[int | str] = set()
    tags: set[str] = set()
    for event in (event for audit in audits[1:] for event in audit.events if event.type == "Change"):
        if event.field_name == "tags":
            tags |= _tags(event.value) - _tags(event.previous_value)
        elif event.field_name is not None and event.value not in (None, "", []):
            names.add(int(event.field_name) if event.field_name.isdecimal() else event.field_name)
    return _Since(frozenset(names), frozenset(tags))


def _tags(value: object) -> set[str]:
    return set(value.split()) if isinstance(value, str) else set(value) if isinstance(value, list) else set()


def _wrote(remembered: Memory | None) -> Wrote | None:
    return remembered.wrote if remembered else None


def _came_with_the_request(
    ticket: Ticket, users: Mapping[int, User], audits: Sequence[Audit], fields: FieldMap
) -> bool:
    """The requester brought the official priority along: it stands in the creation, made by them and by no rule.

    An agent who is the requester set it as an agent.
    """
    requester = users.get(ticket.requester_id or 0)
    if not audits or audits[0].author_id != ticket.requester_id or (requester and requester.role in STAFF):
        return False
    first, name = audits[0], str(official_key(fields))
    since = any(e.field_name == name and e.type == "Change" for audit in audits[1:] for e in audit.events)
    created = [
        event
        for event in first.events
        if event.field_name == name and event.type in {"Create", "Change"} and event.value not in (None, "")
    ]
    return bool(created) and not since and all(first.via_of(event).channel != RULE for event in created)


def official_key(fields: FieldMap) -> int | str:
    return "priority" if fields.official_id is None else fields.official_id


def official_word(value: str, fields: FieldMap) -> str:
    """The p-level of an official priority's value; one that stands for none as it is."""
    return next((level.value for level, wire in fields.official_values.items() if wire == value), value)


def _carries(values: Values, field: OurField) -> bool:
    carried = {
        OurField.SEVERITY: values.severity,
        OurField.PRESALES_SEVERITY: values.presales_severity,
        OurField.CANNOT_WAIT: values.cannot_wait,
    }
    return carried[field] is not None


def _severity(word: str | None) -> Severity | None:
    return Severity(int(word)) if word in {str(int(s)) for s in Severity} else None


def _presales(word: str | None) -> Priority | None:
    return Priority(word) if word in {"p0", "p1", "p2"} else None
