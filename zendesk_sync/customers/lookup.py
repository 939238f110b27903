"""The customer of a ticket (policy §2, "where the facts come from"). Pure: says what it must still know, never asks.

The ticket's organization is asked about first, then the requester, then the mail domain; for each of them the sources
in the configured order. The first source that says something answers, for better or worse: a plan without an entry in
the policy's map makes the customer unknown, and no later source is asked to guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from zendesk_sync.account_settings import Account
from zendesk_sync.customer_settings import Customers, Lifecycle, SourceName
from zendesk_sync.customers.answer import Answer, Customer, customer_of, day_of, deployment_of
from zendesk_sync.customers.mail_domains import domain_of, identifies
from zendesk_sync.customers.question import Question, about_domain, about_organization
from zendesk_sync.customers.table import Row, Rows
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import CustomerType
from zendesk_sync.zendesk.records import Organization, User

STAFF = frozenset({"agent", "admin"})


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a ticket is from: its organization's id, and its requester."""

    organization: int | None = None
    requester: User | None = None


@dataclass(frozen=True, slots=True)
class NeedsOrganization:
    """The lookup cannot go on without this organization's record."""

    id: int


Need: TypeAlias = NeedsOrganization | Question
"""What must be known first: an organization's record, or a directory's answer."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was gathered so far.

    Attributes:
        organizations: by id; None for one that Zendesk does not have.
        table: None where no table is configured.
        directory: what the directory said, by the question's subject; None where it does not know the customer.
    """

    organizations: Mapping[int, Organization | None] = field(default_factory=dict)
    table: Rows | None = None
    directory: Mapping[str, Answer | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """What one source said of one subject; ``customer`` is None where it has nothing to say."""

    source: SourceName
    subject: str
    customer: Customer | None


Step: TypeAlias = Said | Need


def lookup(who: Who, known: Known, account: Account, handbook: Handbook, at: datetime) -> Customer | Need:
    """Who the customer is, or what must be known first.

    Args:
        who: whom the ticket is from.
        known: what was gathered.
        account: says which sources there are.
        handbook: maps plans.
        at: decides whether a plan has ended.
    """
    asked = list[Said]()
    for step in steps(who, known, account, handbook, at):
        if not isinstance(step, Said):
            return step
        if step.customer is not None:
            return step.customer
        asked.append(step)
    if not asked:
        return Customer()
    said = "; ".join(dict.fromkeys(f"{one.subject}: nothing in {one.source.value}" for one in asked))
    return Customer(source=f"no organization with a known plan ({said})")


def steps(who: Who, known: Known, account: Account, handbook: Handbook, at: datetime) -> Iterator[Step]:
    """Every source of the chain in its order, for every subject; it goes on where the lookup would end.

    What needs something that is not gathered is left out after saying so.
    """
    chain = _Chain(account, handbook, known, at)
    requester = who.requester
    theirs = None if requester is None else requester.organization_id
    if who.organization is not None:
        yield from chain.organization(who.organization)
    if requester is not None:
        if theirs is not None and theirs != who.organization:
            yield from chain.organization(theirs)
        if requester.role not in STAFF:
            yield from chain.person(requester)


class _Chain:
    """The sources of one account, with what was gathered."""

    def __init__(self, account: Account, handbook: Handbook, known: Known, at: datetime) -> None:
        self._account, self._handbook, self._known, self._at = account, handbook, known, at
        self._settings: Customers = account.customers

    def organization(self, id_: int) -> Iterator[Step]:
        if id_ not in self._known.organizations:
            yield NeedsOrganization(id_)
            return
        if (found := self._known.organizations[id_]) is None:
            return
        subject = f"organization {id_}"
        if not set(self._account.people.our_domains).isdisjoint(found.domain_names):
            yield Said(
                SourceName.FIELD, subject, Customer(CustomerType.INTERNAL, source=f"{subject} has one of our domains")
            )
        for source in self._settings.chain:
            match source:
                case SourceName.FIELD:
                    yield Said(source, subject, self._by_field(found, subject))
                case SourceName.ORGANIZATION_TAGS:
                    tags = self._settings.organization_tags
                    yield Said(source, subject, self._by_tags(found.tags, tags, subject, source))
                case SourceName.TABLE:
                    rows = () if self._known.table is None else self._known.table.of_organization(found)
                    yield Said(source, subject, self._by_rows(rows, subject))
                case SourceName.DIRECTORY:
                    if self._settings.directory is not None:
                        question = about_organization(self._settings.directory, found, self._settings.public_domains)
                        yield self._by_directory(question, subject)
                case SourceName.USER_TAGS:
                    pass  # they are the requester's

    def person(self, requester: User) -> Iterator[Step]:
        domain = domain_of(requester.email)
        ours = {*self._account.people.our_domains, *self._account.people.ce_domains}
        named = domain not in ours and identifies(domain, self._settings.public_domains)
        for source in self._settings.chain:
            if source is SourceName.USER_TAGS:
                tags = self._settings.user_tags
                yield Said(source, "requester", self._by_tags(requester.tags, tags, "requester", source))
            elif source is SourceName.TABLE and named and self._known.table is not None:
                row = self._known.table.by_domain.get(domain)
                subject = "the requester's mail domain"
                yield Said(source, subject, self._by_rows(() if row is None else (row,), subject))
            elif source is SourceName.DIRECTORY and named and self._settings.directory is not None:
                question = about_domain(self._settings.directory, domain)
                yield self._by_directory(question, "the requester's mail domain")

    def _by_directory(self, question: Question | None, subject: str) -> Step:
        """Its answer; where the address asks by something that the customer lacks, there is none."""
        if question is not None and question.subject not in self._known.directory:
            return question
        answer = None if question is None else self._known.directory[question.subject]
        directory = self._settings.directory
        host = "" if directory is None else directory.host
        return Said(
            SourceName.DIRECTORY,
            subject,
            None if answer is None else self._customer(answer, f"{subject}, directory {host}"),
        )

    def _customer(self, answer: Answer, source: str) -> Customer | None:
        if not answer.decides:
            return None
        return customer_of(answer, source, self._settings, self._handbook, self._at)

    def _by_field(self, found: Organization, subject: str) -> Customer | None:
        keys = self._settings
        plan = _word(found, keys.plan_field)
        if plan is None:
            return None
        deployment = _word(found, keys.deployment_field)
        ends = found.field(keys.plan_ends_field)
        answer = Answer(
            plan,
            deployment=None if deployment is None else deployment_of(deployment),
            ends=day_of(ends) if isinstance(ends, str) else None,
        )
        return self._customer(answer, f"{subject}, field {keys.plan_field}")

    def _by_tags(
        self, tags: tuple[str, ...], words: Mapping[str, str], subject: str, source: SourceName
    ) -> Customer | None:
        """By the tags that are mapped: their plan, type or lifecycle. Tags that say different things say nothing."""
        mapped = {tag.casefold(): word for tag, word in words.items()}
        carried = {tag: mapped[tag.casefold()] for tag in tags if tag.casefold() in mapped}
        if not carried:
            return None
        named = f"{subject}, {source.value}: {', '.join(sorted(carried))}"
        found = {self._of_word(word, named) for word in carried.values()}
        ended = {one for one in found if one.plan_expired}
        kinds = {one for one in found if one.type is not CustomerType.UNKNOWN or one.unmapped is not None}
        if any(one.type is CustomerType.PRESALES for one in kinds):
            return Customer(CustomerType.PRESALES, bool(ended), source=named)
        if len({one.type for one in kinds}) > 1:
            return Customer(source=f"{named}: tags that say different things")
        one = next(iter(kinds), Customer(source=named))
        return Customer(one.type, bool(ended), None, one.source, None, one.unmapped)

    def _of_word(self, word: str, source: str) -> Customer:
        """A plan of the policy file, else a customer type, else a lifecycle."""
        by_plan = customer_of(Answer(plan=word), source, self._settings, self._handbook, self._at)
        if by_plan.unmapped is None:
            return by_plan
        if word in set(CustomerType) - {CustomerType.UNKNOWN}:
            return Customer(CustomerType(word), source=source)
        stage = self._settings.lifecycle(word)
        if stage in {Lifecycle.EXPIRED, Lifecycle.PRESALES}:
            return customer_of(Answer(lifecycle=word), source, self._settings, self._handbook, self._at)
        return by_plan

    def _by_rows(self, rows: tuple[Row, ...] | list[Row], subject: str) -> Customer | None:
        if len(rows) > 1:
            lines = ", ".join(str(row.line) for row in rows)
            return Customer(source=f"{subject}, table: lines {lines} say different things of its domains")
        return self._customer(rows[0].answer, f"{subject}, table line {rows[0].line}") if rows else None


def _word(organization: Organization, key: str) -> str | None:
    """A drop-down value of an organization field without its prefix: ``org_zs_plan_team`` -> ``team``."""
    value = organization.field(key)
    return value.removeprefix(f"org_{key}_") if isinstance(value, str) else None
