"""Parts of a policy file that can never have an effect: nearly always a mistake, so ``policy check`` names them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from zendesk_sync.policy import replies_policy
from zendesk_sync.policy.evidence_policy import Role, roles
from zendesk_sync.policy.supply_policy import plain

if TYPE_CHECKING:
    from zendesk_sync.policy.handbook import Handbook

_FAILING = ("broken", "slow", "extremely_slow", "enter_fails", "total_loss", "every_page")
_WAYS_TO_PROVE: dict[int, tuple[tuple[str, ...], ...]] = {
    0: (("security_incident", "total_loss", "every_page", "enter_fails", "nothing_works"),),
    1: (("core_feature", "product"), ("everyone", "nobody", "most"), ("no_workaround",)),
    2: (_FAILING, ("workaround", "gets_by", "others_fine")),
    3: (("asks", "interrogative"),),
}
"""Severity -> groups of roles; a text proves it only with a role of each group (``evidence.py``)."""


def dead_parts(handbook: Handbook) -> Iterator[str]:
    """Messages for people: key, what was found, and what to do."""
    yield from _plans(handbook)
    yield from _evidence(handbook)
    yield from _detectors(handbook)
    replies = handbook.replies
    yield from _patterns("replies", replies.words, {role: getattr(replies, role) for role in replies_policy.roles()})
    yield from _twice("wishes.words", (word.casefold() for word in handbook.wishes.words))
    yield from _twice("shifts.starts", handbook.shifts.starts)
    hours = handbook.first_response.business_hours
    if hours.opens == hours.closes:
        yield f"first_response.business_hours: opens and closes are both {hours.opens!r}, so no hour is a business hour"


def _plans(handbook: Handbook) -> Iterator[str]:
    mapped = set(handbook.customers.plans.values())
    if not mapped.intersection(handbook.customers.paying):
        yield (
            "customers: no plan is mapped to a paying customer type, so the rule sla-severity-2-paying can never "
            "match; allowed: at least one of customers.paying among the values of customers.plans"
        )
        return
    for kind in handbook.customers.paying:
        if kind not in mapped:
            yield (
                f"customers.paying: {kind.value!r} can never match, since no plan in customers.plans has that type; "
                "add one or take it off"
            )
    meant: dict[str, str] = {}
    for name, kind in handbook.customers.plans.items():
        if meant.setdefault(plan_name(name), kind) != kind:
            yield (
                f"customers.plans: {name!r} can never match, since the same name in other letters is mapped to "
                f"{meant[plan_name(name)]}; keep one"
            )


def plan_name(name: str) -> str:
    """Plan names compare without capitals, and a blank is as good as an underscore."""
    return " ".join(name.casefold().replace("_", " ").split())


def _evidence(handbook: Handbook) -> Iterator[str]:
    patterns = handbook.evidence
    if handbook.switches.evidence != "off":
        for severity, groups in _WAYS_TO_PROVE.items():
            for group in groups:
                if not any(found for role in group for found in getattr(patterns, role).values()):
                    yield (
                        f"evidence: none of {', '.join(group)} has a pattern, so severity {severity} can never be "
                        'read from a text; give one of them a pattern, or set switches.evidence = "off"'
                    )
    yield from _patterns("evidence", patterns.words, {role: getattr(patterns, role) for role in roles()})


def _patterns(place: str, words: Mapping[str, list[str]], by_role: Mapping[str, Role]) -> Iterator[str]:
    """Building blocks that nothing uses, and patterns that stand there twice."""
    written = [pattern for role in by_role.values() for found in role.values() for pattern in found]
    used = _named(r"<([a-z_]+)>", [*written, *(entry for entries in words.values() for entry in entries)])
    for word in words:
        if word not in used:
            yield f"{place}.words: {word!r} is used by no pattern; use <{word}> or take it off"
    for role, languages in by_role.items():
        for language, found in languages.items():
            yield from _twice(f"{place}.{role}.{language}", found)


def _detectors(handbook: Handbook) -> Iterator[str]:
    detectors = handbook.detectors
    written = [*detectors.unanswered, *detectors.requests]
    elsewhere = {plain(label) for label in detectors.elsewhere}
    for item, detector in detectors.items.items():
        written += [*detector.patterns, *detector.ignore]
        if detector.ignore and not detector.patterns:
            yield f"detectors.{item}: ignore can never match, since there are no patterns; add some or take it off"
        labels = [plain(label) for label in detector.labels]
        for label in labels:
            if label in elsewhere:
                yield f"detectors.{item}.labels: {label!r} stands in detectors.elsewhere too; keep it in one of them"
        yield from _twice(f"detectors.{item}.labels", (label.casefold() for label in detector.labels))
        yield from _twice(f"detectors.{item}.patterns", detector.patterns)
    used = _named(r"\{([a-z_]+)\}", written)
    for word in detectors.words:
        if word not in used:
            yield f"detectors.words: {word!r} is used by no pattern; use {{{word}}} or take it off"


def _named(form: str, patterns: Iterable[str]) -> set[str]:
    return {name for pattern in patterns for name in re.findall(form, pattern)}


def _twice(place: str, names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{place}: {name!r} stands there {times} times, so all but one can never match; keep one"
