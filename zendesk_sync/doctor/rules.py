"""Rules of the account that set what zendesk_sync sets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zendesk_sync.doctor.checks import Check, ok, warn
from zendesk_sync.zendesk.configuration import Trigger
from zendesk_sync.zendesk.rules import Rule, SlaPolicy

NAMED = 3
"""So many rules are named; of the rest, how many there are."""
CUSTOM = "custom_fields_"


def competing(kind: str, rules: Iterable[Rule | Trigger], official: str, ours: Mapping[str, str]) -> Check:
    """Triggers or automations that set the official priority, write our fields, or replace a ticket's tags.

    Args:
        kind: ``triggers`` or ``automations``; the check is called ``other <kind>``.
        rules: all of them, our own included: it sets nothing.
        official: the action that sets the official priority: ``priority``, or ``custom_fields_<id>``.
        ours: the actions that write fields of ours, with the fields' titles.
    """
    found = [said for rule in rules if rule.active for said in _does(rule, official, ours)]
    if not found:
        return ok(f"other {kind}", f"no active one of the account's {kind} sets what zendesk_sync sets")
    return warn(
        f"other {kind}",
        _some(found),
        "a priority that a rule sets counts as a human's and is left alone; take that action out of the rule, "
        "or let its conditions mean exactly the tickets where it shall count",
    )


def by_hand(macros: Sequence[Rule], official: str) -> Check:
    """Macros that set the official priority: a person applies them, so it is that person's decision."""
    found = [f'"{one.title}"' for one in macros if one.active and any(a.field == official for a in one.actions)]
    if not found:
        return ok("macros", "no macro sets the official priority")
    return ok("macros", f"{_some(found)}: sets the official priority, as the decision of whoever applies it")


def promised(policies: Sequence[SlaPolicy], levels: Sequence[str]) -> Check:
    """SLA policies that promise nothing for a level that tickets get.

    Args:
        policies: all of them.
        levels: Zendesk's words for the official priorities that the policy gives.
    """
    without = []
    for one in policies:
        promises = {target.priority for target in one.policy_metrics}
        if missing := [level for level in levels if level not in promises]:
            without.append(f'"{one.title}" has no target for {", ".join(missing)}')
    if without:
        return ok("sla policies", f"{_some(without)}: such tickets have no SLA by it")
    return ok("sla policies", f"{len(policies)} with targets for every level" if policies else "the account has none")


def _does(rule: Rule | Trigger, official: str, ours: Mapping[str, str]) -> Iterable[str]:
    for action in rule.actions:
        if action.field == official:
            yield f'"{rule.title}" sets the official priority'
        elif action.field in ours:
            yield f'"{rule.title}" writes {ours[action.field]}'
        elif action.field == "set_tags":
            yield f'"{rule.title}" replaces all tags, which empties drop-downs'


def _some(found: Sequence[str]) -> str:
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"{', '.join(found[:NAMED])}{more}"
