"""The account's own rules, as far as their actions go: triggers, automations, macros, and the SLA policies.

https://developer.zendesk.com/api-reference/ticketing/business-rules/automations/ and its neighbours. Read here and not
through zenpy, which knows neither which of them an account's plan has nor how they end in a refusal.
"""

from __future__ import annotations

import msgspec

from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.configuration import Action

MANY = {"page[size]": 100}
"""The most that one page holds; without it some lists come in the older style of pages, which ends at 10,000."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A business rule, or a macro."""

    id: int
    title: str
    active: bool = True
    actions: tuple[Action, ...] = ()


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an SLA policy: what is promised to tickets of one priority."""

    priority: str | None = None
    metric: str | None = None


class SlaPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """An SLA policy; it applies to tickets that have a priority."""

    id: int
    title: str
    policy_metrics: tuple[Target, ...] = ()


def automations(client: Client) -> list[Rule]:
    """All automations, inactive ones included. Errors as :meth:`.client.Client.request`, here and below."""
    return [one for page in client.pages(_Automations, "/api/v2/automations", params=MANY) for one in page.automations]


def macros(client: Client) -> list[Rule]:
    """All active macros that this user may see."""
    return [one for page in client.pages(_Macros, "/api/v2/macros/active", params=MANY) for one in page.macros]


def sla_policies(client: Client) -> list[SlaPolicy]:
    """All SLA policies; refused where the account's plan has none."""
    return [one for page in client.pages(_Policies, "/api/v2/slas/policies", params=MANY) for one in page.sla_policies]


class _Automations(msgspec.Struct):
    automations: list[Rule]


class _Macros(msgspec.Struct):
    macros: list[Rule]


class _Policies(msgspec.Struct):
    sla_policies: list[SlaPolicy]
