"""What one source said about a customer, and what the policy makes of it (policy §2). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from zendesk_sync.customer_settings import Customers, Lifecycle
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import CustomerType, Deployment

CLOUD = frozenset({"cloud", "saas", "hosted", "managed"})
SELF_HOSTED = frozenset({"selfhosted", "selfmanaged", "onpremises", "onpremise", "onprem", "server"})
YES, NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One source's words; None where it says nothing.

    Attributes:
        plan: the plan's name as that record spells it.
        paying: whether they pay, where the record says so itself.
        lifecycle: before the sale, a customer, or one no more, in the record's word.
        deployment: where they run the product.
        ends: the last day of the plan (UTC).
    """

    plan: str | None = None
    paying: bool | None = None
    lifecycle: str | None = None
    deployment: Deployment | None = None
    ends: date | None = None

    @property
    def decides(self) -> bool:
        """Whether this says who the customer is; where they run the product alone does not."""
        return self.plan is not None or self.paying is not None or self.lifecycle is not None


@dataclass(frozen=True, slots=True)
class Customer:
    """What the lookup answered, and where it found it.

    Attributes:
        paying: where a source says so itself; otherwise the type decides.
        unmapped: a word of a record that neither policy file nor configuration maps, and so made the customer unknown.
    """

    type: CustomerType = CustomerType.UNKNOWN
    plan_expired: bool = False
    deployment: Deployment | None = None
    source: str = "no organization with a known plan"
    paying: bool | None = None
    unmapped: str | None = None


def customer_of(answer: Answer, source: str, settings: Customers, handbook: Handbook, at: datetime) -> Customer:
    """The customer by one answer; ``at`` decides whether the plan has ended.

    A word that nobody mapped makes the customer unknown, never something that it resembles. Before the sale beats the
    plan's name: a trial of a paid plan is presales.
    """
    stage = None if answer.lifecycle is None else settings.lifecycle(answer.lifecycle)
    if answer.lifecycle is not None and stage is None:
        said = f"{source}: a lifecycle that customers.lifecycles does not map"
        return Customer(source=said, unmapped=answer.lifecycle)
    kind = CustomerType.UNKNOWN
    if stage is Lifecycle.PRESALES:
        kind = CustomerType.PRESALES
    elif answer.plan is not None:
        kind = handbook.customers.type_of(answer.plan)
        if kind is CustomerType.UNKNOWN:
            return Customer(source=f"{source}: a plan that the policy file does not map", unmapped=answer.plan)
    ended = stage is Lifecycle.EXPIRED or (answer.ends is not None and answer.ends < at.date())
    return Customer(kind, ended, answer.deployment, source, answer.paying)


def deployment_of(word: str) -> Deployment | None:
    """``Self-hosted``, ``on-prem``, ``SaaS`` and the like; None for any other word."""
    plain = "".join(letter for letter in word.casefold() if letter.isalnum())
    if plain in CLOUD:
        return Deployment.CLOUD
    return Deployment.SELF_HOSTED if plain in SELF_HOSTED else None


def yes_or_no(word: str) -> bool | None:
    """None for anything that is neither."""
    plain = word.strip().casefold()
    return True if plain in YES else False if plain in NO else None


def day_of(text: str) -> date | None:
    """The day of an ISO 8601 date or time; None for anything else."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
