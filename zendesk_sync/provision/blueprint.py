"""What an account needs, as the payloads of Zendesk's API, from ``webhooks/definitions/``. Pure: no account is asked.

Ids are an account's own, so payloads name them by words in angle brackets: ``custom_fields_<mark>``, ``<computed>``,
``<webhook>``. :func:`fill` puts them in once they are known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zendesk_sync.account_settings import Account, OwnField
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.zendesk.definitions import definition
from zendesk_sync.zendesk.fields import NATIVE_PRIORITY, FieldSpec, OurField, own_fields, specs, tag

Payload = dict[str, Any]
Words = Mapping[str, str | int]
WORD = re.compile(r"<([a-z_]+(?::[a-z0-9_.*]+)?)>")
CUSTOM = "custom_fields_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """Everything that one account needs.

    Attributes:
        name: the account's name in the configuration.
        prefix: of option tags; also tells our things from those of another installation.
        specs: the ticket fields.
        own: inputs whose place a field of the account's own takes.
        inputs: (configuration key, title or id) of the account's own fields that facts are read from.
        official: ``priority``, or title or id of the custom field that is the official priority.
        forms: names or ids of the forms that show our fields; none means every active one.
        organization_fields: key in ``customers`` of the configuration -> payload.
        webhook, trigger, views: payloads; views by the key of ``views.toml``, in its order.
    """

    name: str
    prefix: str
    specs: tuple[FieldSpec, ...]
    own: Mapping[OurField, OwnField]
    inputs: tuple[tuple[str, str | int], ...]
    official: str | int
    forms: tuple[str | int, ...]
    organization_fields: Mapping[str, Payload]
    webhook: Payload
    trigger: Payload
    views: Mapping[str, Payload]


def blueprint(name: str, settings: Account, handbook: Handbook, public_url: str) -> Blueprint:
    """What the account called ``name`` needs; ``public_url`` is where Zendesk reaches the service."""
    ours = specs(handbook)
    named = [(f"inputs.answers.{item}", field) for item, field in settings.inputs.answers.items()]
    if settings.inputs.wish_field is not None:
        named.append(("inputs.wish_field", settings.inputs.wish_field))
    first: dict[str | int, str] = {}
    for key, field in named:
        first.setdefault(field, key)
    inputs = tuple((key, field) for field, key in first.items())
    words = {"account": name, "public_url": public_url.rstrip("/"), **_tags(ours, settings.prefix)}
    return Blueprint(
        name=name,
        prefix=settings.prefix,
        specs=ours,
        own=own_fields(settings),
        inputs=inputs,
        official=settings.official,
        forms=tuple(settings.forms),
        organization_fields=_organization_fields(settings, handbook),
        webhook=fill(definition("webhook.toml"), words),
        trigger=_trigger(fill(definition("trigger.toml"), words), settings.official, inputs),
        views=_views(fill(definition("views.toml"), words), settings.official),
    )


def fill(value: Any, words: Words) -> Any:
    """The value with its words in angle brackets filled in; unknown ones stay. A lone word becomes its value."""
    if isinstance(value, dict):
        return {key: fill(one, words) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [fill(one, words) for one in value]
    if not isinstance(value, str):
        return value
    whole = WORD.fullmatch(value)
    if whole and whole[1] in words:
        return words[whole[1]]
    return WORD.sub(lambda found: str(words.get(found[1], found[0])), value)


def input_word(key: str) -> str:
    """The word for the id of a field that the configuration names under ``key``."""
    return f"input:{key}"


def ticket_field(spec: FieldSpec, prefix: str) -> Payload:
    """A ticket field of ours. Not shown to end users; those that people fill in may be, if a person wants."""
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


def _organization_fields(settings: Account, handbook: Handbook) -> dict[str, Payload]:
    plans = {slug: slug for slug in map(_slug, handbook.customers.plans)}
    found = {}
    for name, row in definition("organization_fields.toml").items():
        key = getattr(settings.customers, name)
        payload = {"key": key, **{part: row[part] for part in ("title", "type", "description")}}
        words = row.get("options", {})
        words = {word: word.replace("_", " ").capitalize() for word in plans} if words == "plans" else words
        if words:
            named = [{"name": title, "value": f"org_{key}_{word}"} for word, title in words.items()]
            payload["custom_field_options"] = named
        found[name] = payload
    return found


def _trigger(filled: Payload, official: str | int, inputs: tuple[tuple[str, str | int], ...]) -> Payload:
    any_: list[Payload] = []
    for condition in filled["any"]:
        if condition["field"] == "<official>":
            native = official == NATIVE_PRIORITY
            any_.append({**condition, "field": NATIVE_PRIORITY if native else f"{CUSTOM}<official>"})
        elif condition["field"] == f"{CUSTOM}<inputs>":
            any_ += [{**condition, "field": f"{CUSTOM}<{input_word(key)}>"} for key, _ in inputs]
        else:
            any_.append(condition)
    return {
        "title": filled["title"],
        "description": filled["description"],
        "active": filled["active"],
        "conditions": {"all": filled["all"], "any": any_},
        "actions": [{"field": "notification_webhook", "value": ["<webhook>", filled["body"]]}],
    }


def _views(filled: Mapping[str, Payload], official: str | int) -> dict[str, Payload]:
    found = {}
    for key, given in filled.items():
        if key == "default":
            continue
        row = {**filled["default"], **given}
        output: Payload = {"columns": row["columns"]}
        for kind in ("group", "sort"):
            if row[f"{kind}_by"]:
                output |= {f"{kind}_by": row[f"{kind}_by"], f"{kind}_order": row[f"{kind}_order"]}
        if official == NATIVE_PRIORITY:
            output = fill(output, {"official": NATIVE_PRIORITY})
        found[key] = {
            "title": row["title"],
            "description": row["description"],
            "active": True,
            "all": row["all"],
            "any": row.get("any", []),
            "output": output,
        }
    return found


def _tags(ours: tuple[FieldSpec, ...], prefix: str) -> dict[str, str]:
    """``tag:band.p2`` -> that option's tag; ``tag:band.p2*`` -> the tags of all options that begin so."""
    found: dict[str, str] = {}
    for spec in ours:
        words = [word for word, _ in spec.options]
        for word in words:
            like = [one for one in words if one == word or one.startswith(f"{word}_")]
            found[f"tag:{spec.name.value}.{word}"] = tag(prefix, spec.name, word)
            found[f"tag:{spec.name.value}.{word}*"] = " ".join(tag(prefix, spec.name, one) for one in like)
    return found


def _slug(plan: str) -> str:
    return "_".join(plan.casefold().split())
