"""What a directory is asked about a customer, and what its JSON says. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from zendesk_sync.customers.answer import Answer, day_of, deployment_of, yes_or_no
from zendesk_sync.customers.mail_domains import identifies
from zendesk_sync.directory_settings import PLACE, Directory
from zendesk_sync.zendesk.records import Organization

MOST_DOMAINS: Final = 5
"""So many mail domains of one organization are asked about at most."""
MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Question:
    """One customer to ask about.

    Attributes:
        subject: whom, for people and as the key of the cache: ``organization 7`` or ``domain acme.example``.
        organization: its id; None of a mail domain.
        urls: asked one after the other until one knows the customer.
        asked: differs where addresses or pointers do, so that another question never gets this one's answer.
    """

    subject: str
    organization: int | None
    urls: tuple[str, ...]
    asked: str


class Unreadable(Exception):
    """The directory's answer is not what the configuration expects; the message says where and what."""


def about_organization(settings: Directory, one: Organization, public: Iterable[str]) -> Question | None:
    """The question about an organization; None where it lacks what the address asks by."""
    known = {"organization_id": str(one.id), "external_id": one.external_id or "", "name": one.name or ""}
    domains = [domain.casefold() for domain in one.domain_names if identifies(domain, public)]
    variants = [{**known, "domain": domain} for domain in domains[:MOST_DOMAINS]] or [known]
    return _question(settings, f"organization {one.id}", one.id, variants)


def about_domain(settings: Directory, domain: str) -> Question | None:
    """The question about a requester's mail domain; None where the address asks by anything else."""
    return _question(settings, f"domain {domain}", None, [{"domain": domain}])


def answer_in(settings: Directory, data: object) -> Answer | None:
    """What the directory's JSON says; None where it has none of what decides, as a search without results.

    Raises:
        Unreadable: a value is of another kind than expected.
    """
    plan = _text(settings.plan, "plan", data)
    lifecycle = _text(settings.lifecycle, "lifecycle", data)
    paying = _yes_no(settings.paying, data)
    deployment = _text(settings.deployment, "deployment", data)
    ends = _text(settings.plan_ends, "plan_ends", data)
    day = None if ends is None else day_of(ends)
    if ends is not None and day is None:
        raise Unreadable(f"plan_ends ({settings.plan_ends}): expected a day such as 2026-12-31")
    answer = Answer(plan, paying, lifecycle, None if deployment is None else deployment_of(deployment), day)
    return answer if answer.decides else None


def at(pointer: str, data: object) -> object:
    """The value at a JSON pointer (RFC 6901), or ``MISSING``."""
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict):
            data = data.get(key, MISSING)
        elif isinstance(data, list) and (key == "0" or (key.isascii() and key.isdecimal() and key[0] != "0")):
            data = data[int(key)] if len(key) < 10 and int(key) < len(data) else MISSING
        else:
            return MISSING
    return data


def _question(
    settings: Directory, subject: str, organization: int | None, variants: Iterable[Mapping[str, str]]
) -> Question | None:
    filled = (_filled(settings.url, values) for values in variants)
    urls = tuple(dict.fromkeys(url for url in filled if url is not None))
    if not urls:
        return None
    pointers = (settings.plan, settings.paying, settings.lifecycle, settings.deployment, settings.plan_ends)
    asked = hashlib.sha256("\0".join([*urls, *(str(pointer) for pointer in pointers)]).encode()).hexdigest()[:16]
    return Question(subject, organization, urls, asked)


def _filled(template: str, values: Mapping[str, str]) -> str | None:
    """The address with its values; None where one is missing, or would lead to another place than it names."""
    wanted = {name: values.get(name, "").strip() for name in PLACE.findall(template)}
    if any(not value or set(value) == {"."} for value in wanted.values()):
        return None
    return PLACE.sub(lambda place: quote(wanted[place[1]], safe=""), template)


def _text(pointer: str | None, name: str, data: object) -> str | None:
    value = None if pointer is None else at(pointer, data)
    if value is MISSING or value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unreadable(f"{name} ({pointer}): expected text, found {_kind(value)}")
    return str(value).strip() or None


def _yes_no(pointer: str | None, data: object) -> bool | None:
    value = None if pointer is None else at(pointer, data)
    if value is MISSING or value is None or value == "":
        return None
    said = value if isinstance(value, bool) else yes_or_no(str(value)) if isinstance(value, str | int) else None
    if said is None:
        raise Unreadable(f"paying ({pointer}): expected true or false, found {_kind(value)}")
    return said


def _kind(value: object) -> str:
    """Never the value itself: nobody knows what stands there."""
    kinds = {bool: "true or false", dict: "an object", list: "a list", str: "other text"}
    return kinds.get(type(value), "a number")
