"""What would change the outcome: each single change of an input, decided again (policy §2, §3, §6). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from zendesk_sync.policy.decide import Decision, decide
from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.handbook import NEVER_PAYING, Handbook
from zendesk_sync.policy.rules import is_internal, is_prospect, is_vouched_for, pays
from zendesk_sync.policy.terms import Flag, Priority, Severity, Workload

SCALE = (Priority.P0, Priority.P1, Priority.P2)
"""The levels of the pre-sales scale."""


@dataclass(frozen=True, slots=True)
class Change:
    """One input given another value.

    Attributes:
        id: the input and its new value, for programs, such as ``severity=1``.
        says: the same for people, to go on after "if", such as "the Severity field said 1".
        facts: the ticket's facts with that one difference.
    """

    id: str
    says: str
    facts: TicketFacts


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """A change after which the level, computed or counting, or a flag is another one.

    Attributes:
        change: what would be different.
        decision: what would then be decided.
        gained: flags that would come on.
        lost: flags that would go off.
    """

    change: Change
    decision: Decision
    gained: frozenset[Flag]
    lost: frozenset[Flag]


def counterfactuals(
    decision: Decision, handbook: Handbook, workload: Workload = Workload.NORMAL
) -> tuple[Counterfactual, ...]:
    """Those of :func:`single_changes` that give another level or other flags than ``decision``."""
    found = []
    for change in single_changes(decision, handbook):
        then = decide(change.facts, handbook, workload, decision.at)
        if outcome(then) != outcome(decision):
            gained, lost = then.flags - decision.flags, decision.flags - then.flags
            found.append(Counterfactual(change, then, gained, lost))
    return tuple(found)


def outcome(decision: Decision) -> tuple[Priority, Priority, frozenset[Flag]]:
    """What a decision comes to: the level that counts, the computed one, and the flags."""
    return decision.counting, decision.computed, decision.flags


def single_changes(decision: Decision, handbook: Handbook) -> Iterator[Change]:
    """Every value that one input could have instead, where it makes sense for this ticket."""
    facts = decision.facts
    yield from _customer(facts, handbook)
    yield from _severity(facts)
    yield from _presales(facts)
    if facts.cannot_wait is not True:
        yield Change("cannot_wait=yes", '"Cannot wait a day" said yes', replace(facts, cannot_wait=True))
    if facts.cannot_wait is not False:
        yield Change("cannot_wait=no", '"Cannot wait a day" said no', replace(facts, cannot_wait=False))
    if missing := decision.context.missing:
        given = replace(facts, supplied=facts.supplied | missing)
        yield Change("missing=supplied", f"what is missing were supplied ({', '.join(sorted(missing))})", given)
    if facts.official is not None or facts.official_unlisted:
        cleared = replace(facts, official=None, official_unlisted=False)
        yield Change("official=none", "the official priority were cleared", cleared)


def _customer(facts: TicketFacts, handbook: Handbook) -> Iterator[Change]:
    """Whether the customer pays. Work of our own and a prospect have nobody who could."""
    if is_internal(facts) or is_prospect(facts):
        return
    kind = facts.customer
    if kind in NEVER_PAYING or kind not in handbook.customers.paying:
        kind = handbook.customers.paying[0] if handbook.customers.paying else kind
    if facts.plan_expired:
        yield Change("plan_expired=no", "the plan had not expired", replace(facts, plan_expired=False))
    elif pays(facts, handbook) is not True:
        yield Change("paying=yes", "the customer were paying", replace(facts, customer=kind, paying=True))
    if pays(facts, handbook) is not False:
        yield Change("paying=no", "the customer did not pay", replace(facts, paying=False))


def _severity(facts: TicketFacts) -> Iterator[Change]:
    if is_prospect(facts):
        return
    for severity in Severity:
        if severity is not facts.severity:
            says = f"the Severity field said {int(severity)}"
            yield Change(f"severity={int(severity)}", says, replace(facts, severity=severity))
    if facts.severity is not None:
        yield Change("severity=none", "the Severity field were empty", replace(facts, severity=None))
    if facts.beta:
        yield Change("beta=no", "it were not about a beta or experimental feature", replace(facts, beta=False))


def _presales(facts: TicketFacts) -> Iterator[Change]:
    """The scale counts for prospects only; without a CE or a recorded exception they are the CE's."""
    if not is_prospect(facts):
        return
    if not is_vouched_for(facts):
        vouched = replace(facts, presales_exception=True)
        yield Change("presales_exception=yes", "an exception for this prospect were recorded", vouched)
    for level in SCALE:
        if level is not facts.presales_severity:
            says = f"the Pre-sales severity field said {level.value}"
            yield Change(f"presales_severity={level.value}", says, replace(facts, presales_severity=level))
    if facts.presales_severity is not None:
        without = replace(facts, presales_severity=None)
        yield Change("presales_severity=none", "the Pre-sales severity field were empty", without)
