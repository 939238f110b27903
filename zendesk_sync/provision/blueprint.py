"""What an account needs, as the payloads of Zendesk's API. Pure: no account is asked here."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.terms import Deployment
from zendesk_sync.settings import Account
from zendesk_sync.zendesk.fields import FieldSpec, OurField, tag

Payload = dict[str, Any]


def ticket_field(spec: FieldSpec, prefix: str) -> Payload:
    """A ticket field of ours. Never shown to end users."""
    payload: Payload = {
        "type": spec.type,
        "title": spec.title,
        "agent_description": spec.about,
        "visible_in_portal": False,
        "editable_in_portal": False,
    }
    if spec.options:
        payload["custom_field_options"] = options(spec, prefix)
    return payload


def options(spec: FieldSpec, prefix: str) -> list[dict[str, str]]:
    return [{"name": title, "value": tag(prefix, spec.name, word)} for word, title in spec.options]


def organization_fields(account: Account, handbook: Handbook) -> list[Payload]:
    """The plan, the deployment and the plan's last day, as fields of the organization.

    Option values begin with ``org_``: Zendesk copies an organization's tags onto its tickets, where an equal option
    value would select a ticket field's option by itself.
    """
    keys = account.customers
    plans = list(dict.fromkeys(_slug(name) for name in handbook.customers.plans))
    return [
        _dropdown(keys.plan_field, "Support plan", "Which plan the customer has; p2 depends on it.", plans),
        _dropdown(keys.deployment_field, "Deployment", "How they run it; Cloud has no SLA.", [*Deployment]),
        {
            "key": keys.plan_ends_field,
            "title": "Support plan ends on",
            "type": "date",
            "description": "The plan's last day. Afterwards the customer counts as not paying.",
        },
    ]


def webhook(name: str, public_url: str) -> Payload:
    """The webhook of one account, from ``webhooks/definitions/webhook.toml``."""
    words = {"account": name, "public_url": public_url.rstrip("/")}
    return dict(_filled(_definition("webhook.toml"), words))


def trigger(name: str, webhook_id: str, ids: Mapping[OurField, int]) -> Payload:
    """The trigger of one account, from ``webhooks/definitions/trigger.toml``."""
    words = {"account": name, **{field.value: str(id_) for field, id_ in ids.items()}}
    filled = _filled(_definition("trigger.toml"), words)
    return {
        "title": filled["title"],
        "description": filled["description"],
        "active": filled["active"],
        "conditions": {"all": filled["all"], "any": filled["any"]},
        "actions": [{"field": "notification_webhook", "value": [webhook_id, filled["body"]]}],
    }


def same_trigger(wanted: Payload, conditions: Mapping[str, Any], actions: list[Any], *, active: bool) -> bool:
    """Whether the account's trigger does what ours should; conditions in any order, empty values alike."""
    return (
        active
        and all(_bag(wanted["conditions"][part]) == _bag(conditions[part]) for part in ("all", "any"))
        and _bag(wanted["actions"]) == _bag(actions)
    )


def _bag(items: list[Any]) -> list[str]:
    return sorted(json.dumps({k: v or "" for k, v in item.items()}, sort_keys=True) for item in items)


def _dropdown(key: str, title: str, about: str, words: Sequence[str]) -> Payload:
    named = [{"name": word.replace("_", " ").capitalize(), "value": f"org_{key}_{word}"} for word in words]
    return {"key": key, "title": title, "type": "dropdown", "description": about, "custom_field_options": named}


def _slug(plan: str) -> str:
    return "_".join(plan.casefold().split())


def _definition(file: str) -> Payload:
    return tomllib.loads(resources.files("webhooks.definitions").joinpath(file).read_text(encoding="utf-8"))


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    """The definition with its angle-bracket words filled in."""
    if isinstance(value, dict):
        return {key: _filled(one, words) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, words) for one in value]
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(f"<{word}>", text)
    return value
