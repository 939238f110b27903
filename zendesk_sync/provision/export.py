"""The blueprint for admins who may not grant API rights: the requests as JSON, and a page to click along. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jinja2

from zendesk_sync.provision import wording
from zendesk_sync.provision.blueprint import Blueprint, Payload, input_word, options, ticket_field
from zendesk_sync.provision.compare import ASPECTS, column
from zendesk_sync.provision.items import Kind
from zendesk_sync.provision.plan_rules import HINT
from zendesk_sync.zendesk.ownership import Mark, marked

TYPES = {
    "tagger": "Drop-down",
    "dropdown": "Drop-down",
    "multiselect": "Multi-select",
    "text": "Text",
    "date": "Date",
}
ADDRESS = "<public_url>"
"""What stands for the service's address where the configuration has none."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to Zendesk's API; ``body`` has words in angle brackets where only the account knows an id."""

    file: str
    method: str
    path: str
    body: Payload

    def text(self) -> str:
        return json.dumps(self.body, ensure_ascii=False, indent=2) + "\n"


def requests(wanted: Blueprint) -> list[Request]:
    """Every creation, in the order in which they are to be sent."""
    found: list[Request] = []

    def add(kind: Kind, name: str, key: str, payload: Mapping[str, Any]) -> None:
        described = {**payload, "description": marked(payload.get("description"), _mark(wanted, kind, key))}
        path = f"/api/v2/{name}s" + ("" if kind is Kind.WEBHOOK else ".json")
        file = f"json/{len(found) + 1:02d}-{name}-{key}.json".replace("_", "-")
        found.append(Request(file, "POST", path, {name: described}))

    for spec in wanted.specs:
        if spec.name not in wanted.own:
            add(Kind.FIELD, "ticket_field", spec.name.value, ticket_field(spec, wanted.prefix))
    for key, payload in wanted.organization_fields.items():
        add(Kind.ORGANIZATION_FIELD, "organization_field", key, payload)
    add(Kind.WEBHOOK, "webhook", HINT, wanted.webhook)
    add(Kind.TRIGGER, "trigger", HINT, wanted.trigger)
    for key, payload in wanted.views.items():
        add(Kind.VIEW, "view", key, payload)
    return found


def instructions(wanted: Blueprint, url: str, secret_variable: str) -> str:
    """The page, as Markdown: click by click in Zendesk's own words.

    Args:
        wanted: the blueprint.
        url: the account's address.
        secret_variable: the environment variable of the webhook's signing secret.
    """
    environment = jinja2.Environment(
        autoescape=False,  # noqa: S701  Markdown; all of it comes from the blueprint and the configuration
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.PackageLoader("zendesk_sync.provision", "."),
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    names = _names(wanted)
    ours = [spec for spec in wanted.specs if spec.name not in wanted.own]
    asked = requests(wanted)
    page = environment.get_template("instructions.md.j2").render(
        wanted=wanted,
        url=url,
        secret_variable=secret_variable,
        without_address=ADDRESS in wanted.webhook["endpoint"],
        fields=[
            {
                "title": spec.title,
                "type": TYPES[spec.type],
                "about": spec.about,
                "line": _mark(wanted, Kind.FIELD, spec.name.value).line,
                "options": options(spec, wanted.prefix),
            }
            for spec in ours
        ],
        own=", ".join(
            f"{spec.title}: {wanted.own[spec.name].field}" for spec in wanted.specs if spec.name in wanted.own
        ),
        forms=", ".join(f'"{form}"' for form in wanted.forms) or "every form that agents use",
        on_forms=", ".join(spec.title for spec in ours if spec.on_forms),
        off_forms=", ".join(spec.title for spec in ours if not spec.on_forms),
        organization_fields=[
            {
                "title": payload["title"],
                "key": payload["key"],
                "type": TYPES[payload["type"]],
                "about": payload["description"],
                "line": _mark(wanted, Kind.ORGANIZATION_FIELD, key).line,
                "options": payload.get("custom_field_options", ()),
            }
            for key, payload in wanted.organization_fields.items()
        ],
        webhook_line=_mark(wanted, Kind.WEBHOOK, HINT).line,
        trigger_line=_mark(wanted, Kind.TRIGGER, HINT).line,
        trigger={**_conditions(wanted.trigger["conditions"], names), "body": wanted.trigger["actions"][0]["value"][1]},
        views=[
            {
                "title": payload["title"],
                "about": payload["description"],
                "line": _mark(wanted, Kind.VIEW, key).line,
                "conditions": _conditions(payload, names)["all"],
                "columns": ", ".join(wording.field(column(one), names) for one in payload["output"]["columns"]),
                "order": _order(payload, names),
            }
            for key, payload in wanted.views.items()
        ],
        requests=asked,
        words={word: names[word] for word in names if any(word in one.text() for one in asked)},
    )
    return re.sub(r"\n{3,}", "\n\n", page)


def _mark(wanted: Blueprint, kind: Kind, key: str) -> Mark:
    return Mark(wanted.prefix, kind.mark, key)


def _names(wanted: Blueprint) -> dict[str, str]:
    names = {f"<{spec.name.value}>": f'"{spec.title}"' for spec in wanted.specs}
    names |= {
        f"<{spec.name.value}>": f'"{wanted.own[spec.name].field}"' for spec in wanted.specs if spec.name in wanted.own
    }
    names |= {f"<{input_word(key)}>": f'"{title}"' for key, title in wanted.inputs}
    return {**names, "<official>": f'"{wanted.official}"'}


def _conditions(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        part: [
            wording.condition(one["field"], one["operator"], str(one.get("value") or ""), names)
            for one in given.get(part, ())
        ]
        for part in ("all", "any")
    }


def _order(payload: Payload, names: Mapping[str, str]) -> str:
    lines = next(aspect.lines for aspect in ASPECTS[Kind.VIEW] if aspect.name == "order")(payload)
    said = ", ".join(wording.line(one, names) for one in lines)
    said = said.replace(" asc", " ascending").replace(" desc", " descending")
    return said[:1].upper() + said[1:]
