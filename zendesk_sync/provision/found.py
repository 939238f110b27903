"""The account as it is: everything that a plan looks at, read in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from zendesk_sync.zendesk.account import Account
from zendesk_sync.zendesk.configuration import (
    OrganizationField,
    TicketField,
    TicketForm,
    Trigger,
    View,
    Webhook,
)


@dataclass(frozen=True, slots=True)
class Found:
    """What the account has, inactive things included."""

    ticket_fields: Sequence[TicketField] = ()
    forms: Sequence[TicketForm] = ()
    organization_fields: Sequence[OrganizationField] = ()
    webhooks: Sequence[Webhook] = ()
    triggers: Sequence[Trigger] = ()
    views: Sequence[View] = ()


def read(account: Account) -> Found:
    """Read the account; six lists, nothing is written.

    Raises:
        ZendeskError: Zendesk refused or could not be reached.
    """
    return Found(
        account.ticket_fields(),
        account.ticket_forms(),
        account.organization_fields(),
        account.webhooks(),
        account.triggers(),
        account.views(),
    )


def as_trigger(found: Trigger) -> dict[str, Any]:
    """A trigger in the shape that one is written in."""
    return {
        "title": found.title,
        "active": found.active,
        "conditions": msgspec.to_builtins(found.conditions),
        "actions": msgspec.to_builtins(found.actions),
    }


def as_view(found: View) -> dict[str, Any]:
    """A view in the shape that one is written in: it comes back as ``conditions`` and ``execution``."""
    execution = found.execution
    columns = execution.get("columns")
    named = columns if isinstance(columns, list) else []
    output: dict[str, object] = {
        "columns": [one.get("id") if isinstance(one, Mapping) else one for one in named],
        **{f"{kind}_{part}": execution.get(f"{kind}_{part}") for kind in ("group", "sort") for part in ("by", "order")},
    }
    return {"title": found.title, "active": found.active, "output": output, **msgspec.to_builtins(found.conditions)}


def as_webhook(found: Webhook) -> dict[str, Any]:
    """A webhook in the shape that one is written in."""
    return {
        "name": found.name,
        "endpoint": found.endpoint,
        "status": found.status,
        "http_method": found.http_method,
        "request_format": found.request_format,
    }
