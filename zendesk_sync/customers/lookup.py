"""The customer of a ticket, from its organization's fields (policy §2, "where the facts come from"). Pure.

The ticket's own organization answers first, then the requester's. A plan without an entry in the policy's map makes the
customer unknown; a lookup never guesses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import CustomerType, Deployment
from zendesk_sync.settings import Account, Customers
from zendesk_sync.zendesk.records import Organization


@dataclass(frozen=True, slots=True)
class Customer:
    """What the lookup answered, and where it found it."""

    type: CustomerType = CustomerType.UNKNOWN
    plan_expired: bool = False
    deployment: Deployment | None = None
    source: str = "no organization with a known plan"


def option_word(value: str, field_key: str) -> str:
    """A drop-down value of an organization field without its prefix: ``org_zs_plan_team`` -> ``team``."""
    return value.removeprefix(f"org_{field_key}_")


def lookup(organizations: Iterable[Organization], account: Account, handbook: Handbook, at: datetime) -> Customer:
    """The first organization that has a plan, or is our own, answers; ``at`` decides whether the plan has ended."""
    keys = account.customers
    for organization in organizations:
        if not set(account.people.our_domains).isdisjoint(organization.domain_names):
            return Customer(CustomerType.INTERNAL, source=f"organization {organization.id} has one of our domains")
        plan = organization.field(keys.plan_field)
        if not isinstance(plan, str):
            continue
        kind = handbook.customers.type_of(option_word(plan, keys.plan_field))
        source = f"organization {organization.id}, field {keys.plan_field}"
        if kind is CustomerType.UNKNOWN:
            return Customer(source=f"{source}: a plan that the policy file does not map")
        return Customer(kind, _ended(organization, keys, at), _deployment(organization, keys), source)
    return Customer()


def _ended(organization: Organization, keys: Customers, at: datetime) -> bool:
    """A plan counts through its last day (UTC); an unreadable date ends nothing."""
    value = organization.field(keys.plan_ends_field)
    try:
        return isinstance(value, str) and date.fromisoformat(value[:10]) < at.date()
    except ValueError:
        return False


def _deployment(organization: Organization, keys: Customers) -> Deployment | None:
    value = organization.field(keys.deployment_field)
    word = option_word(value, keys.deployment_field) if isinstance(value, str) else ""
    return Deployment(word) if word in set(Deployment) else None
