"""Case files: what people who do not program expect of the policy, held or failed (the policy case format)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from zendesk_sync.policy.case_format import CaseFile, FirstResponseCase, QueueCase, TicketCase
from zendesk_sync.policy.decide import Decision, decide, read_text_evidence
from zendesk_sync.policy.explain import reasons
from zendesk_sync.policy.facts import HUMAN, Comment, Memory, TicketFacts
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import Place, number_one, order
from zendesk_sync.policy.reasons import Reason
from zendesk_sync.policy.response import first_response
from zendesk_sync.policy.terms import Priority, RuleId, Severity

SHUFFLES = 5


@dataclass(frozen=True, slots=True)
class Failure:
    """One expectation that did not hold."""

    key: str
    expected: Any
    actual: Any


@dataclass(frozen=True, slots=True)
class Result:
    """One case: held, or what failed, with the reasons of a decision that was not as expected."""

    case: str
    kind: str
    failures: tuple[Failure, ...]
    reasons: Reason | None = None

    @property
    def ok(self) -> bool:
        return not self.failures


def run(file: CaseFile, handbook: Handbook) -> list[Result]:
    """Evaluate every case of one file, in the order of the file within each kind."""
    return [
        *(_ticket(case, handbook) for case in file.ticket),
        *(_queue(case, handbook) for case in file.queue),
        *(_first_response(case, handbook) for case in file.first_response),
    ]


def facts_of(case: TicketCase) -> TicketFacts:
    """The facts that a ticket case gives."""
    given = case.given
    wrote = None if given.wrote is None else HUMAN if given.wrote == HUMAN else Priority(given.wrote)
    return TicketFacts(
        id=given.id,
        received=given.received or case.at,
        subject=given.subject,
        description=given.description,
        comments=tuple(Comment(c.author, c.public, c.body, automatic=c.automatic) for c in given.comments),
        status=given.status,
        customer=given.customer,
        customer_source="the case file",
        paying=given.paying,
        plan_expired=given.plan_expired,
        deployment=given.deployment,
        reporter=given.reporter,
        on_behalf_of_customer=given.on_behalf_of_customer,
        severity=None if given.severity is None else Severity(given.severity),
        presales_severity=None if given.presales_severity is None else Priority(given.presales_severity),
        presales_exception=given.presales_exception,
        cannot_wait=None if given.cannot_wait is None else given.cannot_wait == "yes",
        wish=given.wish,
        beta=given.beta,
        follow_up=given.follow_up,
        official=None if given.official is None else Priority(given.official),
        official_by=given.official_by,
        memory=Memory(wrote, frozenset(given.noted)),
        flags=frozenset(given.flags),
        missing=frozenset(given.missing),
        supplied=frozenset(given.supplied),
    )


def _ticket(case: TicketCase, handbook: Handbook) -> Result:
    facts = facts_of(case)
    decision = decide(facts, handbook, case.workload, case.at)
    actual = _actual(decision)
    if "evidence_severity" in case.expect.model_fields_set:
        evidence = read_text_evidence(facts, handbook)
        actual["evidence_severity"] = int(evidence.severity) if evidence else "none"
    failures = []
    for key in case.expect.model_fields_set:
        expected = getattr(case.expect, key)
        found = actual[key.removeprefix("not_")]
        if key in {"flags", "topics"}:
            held = set(expected) <= set(found)
        elif key.startswith("not_"):
            held = not set(expected) & set(found)
        elif isinstance(expected, list):
            held = set(expected) == set(found)
        else:
            held = expected == found
        if not held:
            failures.append(Failure(key, _json(expected), _json(found)))
    why = reasons(decision, handbook) if failures else None
    return Result(case.case, "ticket", tuple(sorted(failures, key=lambda f: f.key)), why)


def _actual(decision: Decision) -> dict[str, Any]:
    """Values by their key in ``expect``."""
    return {
        "computed": decision.computed,
        "official": decision.official.value.value if decision.official.value else "",
        "rule": decision.rule,
        "missing": sorted(decision.context.engineering or ()),
        "missing_presales": sorted(decision.context.presales or ()),
        "flags": sorted(decision.flags),
        "note": decision.note,
        "topics": list(decision.topics),
        "in_order": decision.in_order,
    }


def _queue(case: QueueCase, handbook: Handbook) -> Result:
    """The tickets as given, reversed and shuffled must all give the same order."""
    places = [Place(t.id, t.priority, t.customer, t.received, t.status, t.for_ce) for t in case.tickets]
    chance = random.Random(case.case)  # noqa: S311  repeatable shuffles, no secret
    inputs = [places, places[::-1], *(chance.sample(places, len(places)) for _ in range(SHUFFLES))]
    failures: dict[str, Failure] = {}
    for tickets in inputs:
        found = [place.id for place in order(tickets, case.workload, handbook)]
        if case.order is not None and found != case.order:
            failures.setdefault("order", Failure("order", case.order, found))
        first = number_one(tickets, case.workload, handbook)
        if case.number_one is not None and (first.id if first else None) != case.number_one:
            failures.setdefault("number_one", Failure("number_one", case.number_one, first.id if first else None))
    return Result(case.case, "queue", tuple(failures.values()))


def _first_response(case: FirstResponseCase, handbook: Handbook) -> Result:
    facts = TicketFacts(
        id=1,
        received=case.received,
        customer=case.customer,
        deployment=case.deployment,
        severity=None if case.severity is None else Severity(case.severity),
    )
    clocks = first_response(facts, case.replied, case.at, handbook, case.workload)
    failures = [
        Failure(key, getattr(case.expect, key), _json(getattr(clocks, key)))
        for key in ("goal", "sla", "draft")
        if key in case.expect.model_fields_set and getattr(case.expect, key) != getattr(clocks, key)
    ]
    return Result(case.case, "first_response", tuple(failures))


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(str(item) for item in value)
    return value.value if isinstance(value, Priority | RuleId) or hasattr(value, "value") else value
