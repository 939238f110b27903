"""The rule table of policy §2: from facts to a p-level. First match wins; every rule has an id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.handbook import NEVER_PAYING, Handbook
from zendesk_sync.policy.reasons import Reason, shown
from zendesk_sync.policy.terms import CustomerType, Priority, Reporter, RuleId, Severity

NOBODYS = frozenset({CustomerType.INTERNAL, CustomerType.UNKNOWN})
"""Types that name no customer."""

Test = Callable[[TicketFacts, Handbook], bool]


def pays(facts: TicketFacts, handbook: Handbook) -> bool | None:
    """Whether the customer pays; None where nobody knows (policy §1 "paying", §2)."""
    if facts.plan_expired or facts.customer in NEVER_PAYING:
        return False
    if facts.paying is not None or facts.customer is CustomerType.UNKNOWN:
        return facts.paying
    return facts.customer in handbook.customers.paying


def has_contract(facts: TicketFacts, handbook: Handbook) -> bool:
    """A contractual SLA: a paying customer, not on Cloud; unknown deployment counts as not Cloud (policy §2)."""
    return pays(facts, handbook) is True and facts.deployment not in handbook.contract.none_on


def is_internal(facts: TicketFacts) -> bool:
    """No customer behind it: requester and organization are ours, and nobody writes for a customer.

    A colleague whose ticket stands under a customer's organization writes for that customer.
    """
    if facts.customer not in NOBODYS or facts.on_behalf_of_customer or is_prospect(facts):
        return False
    by_colleague = facts.reporter is Reporter.COLLEAGUE
    return facts.customer is CustomerType.INTERNAL or (by_colleague and facts.customer in NOBODYS)


def is_prospect(facts: TicketFacts) -> bool:
    """A prospect's ticket; a CE who fills in the pre-sales scale says so where the lookup knows no customer."""
    if facts.customer is CustomerType.PRESALES or facts.reporter is Reporter.PROSPECT:
        return True
    return facts.presales_severity is not None and facts.reporter is Reporter.CE and facts.customer in NOBODYS


def is_vouched_for(facts: TicketFacts) -> bool:
    """A CE stands behind the prospect, or a human recorded an exception."""
    return facts.reporter is Reporter.CE or facts.presales_exception


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of a rule, in words, with the names of the facts that it looks at."""

    says: str
    test: Test
    uses: tuple[str, ...]

    def reason(self, facts: TicketFacts, handbook: Handbook) -> Reason:
        used = [(name, pays(facts, handbook) if name == "paying" else getattr(facts, name)) for name in self.uses]
        return Reason(
            id="condition",
            says=self.says,
            held=self.test(facts, handbook),
            facts=tuple((name, shown(value)) for name, value in used),
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. ``level`` is fixed, or read from the facts."""

    id: RuleId
    says: str
    level: Priority | Callable[[TicketFacts, Handbook], Priority]
    conditions: tuple[Condition, ...]

    def holds(self, facts: TicketFacts, handbook: Handbook) -> bool:
        for condition in self.conditions:  # noqa: SIM110  a generator costs more than the tests themselves
            if not condition.test(facts, handbook):
                return False
        return True

    def assign(self, facts: TicketFacts, handbook: Handbook) -> Priority:
        return self.level if isinstance(self.level, Priority) else self.level(facts, handbook)


def _severity(number: Severity) -> Condition:
    return Condition(f"the Severity field says {int(number)}", lambda f, _: f.severity is number, ("severity",))


def _question_level(facts: TicketFacts, handbook: Handbook) -> Priority:
    is_p2 = handbook.switches.questions == "p2" and pays(facts, handbook) is True
    return Priority.P2 if is_p2 else Priority.UNDETERMINED


PROSPECT = Condition(
    "the customer is a prospect", lambda f, _: is_prospect(f), ("customer", "reporter", "presales_severity")
)
CUSTOMER = Condition(
    "the SLA's severities apply (not a prospect)", lambda f, _: not is_prospect(f), ("customer", "reporter")
)

RULES: tuple[Rule, ...] = (
    Rule(
        RuleId.INTERNAL_WORK,
        "work without a customer behind it is p3",
        Priority.P3,
        (
            Condition(
                "requester and organization are ours, and nobody writes for a customer",
                lambda f, _: is_internal(f),
                ("reporter", "customer", "on_behalf_of_customer"),
            ),
        ),
    ),
    Rule(
        RuleId.PRESALES_DIRECT,
        "a prospect's own ticket goes to the customer engineer, who is the front line before the sale",
        Priority.UNDETERMINED,
        (
            PROSPECT,
            Condition(
                "no CE raised it and no exception is recorded",
                lambda f, _: not is_vouched_for(f),
                ("reporter", "presales_exception"),
            ),
        ),
    ),
    Rule(
        RuleId.PRESALES_SCALE,
        "a prospect's ticket takes its level from the pre-sales scale",
        lambda f, _: f.presales_severity or Priority.UNDETERMINED,
        (
            PROSPECT,
            Condition(
                "a CE raised it or an exception is recorded",
                lambda f, _: is_vouched_for(f),
                ("reporter", "presales_exception"),
            ),
            Condition(
                "a pre-sales severity is set", lambda f, _: f.presales_severity is not None, ("presales_severity",)
            ),
        ),
    ),
    Rule(
        RuleId.OUT_OF_SCOPE,
        "beta and experimental features are outside the SLA",
        Priority.UNDETERMINED,
        (Condition("it is about a beta or experimental feature", lambda f, _: f.beta, ("beta",)), CUSTOMER),
    ),
    Rule(
        RuleId.SLA_SEVERITY_0,
        "severity 0 is p0 for every customer",
        Priority.P0,
        (_severity(Severity.EMERGENCY), CUSTOMER),
    ),
    Rule(
        RuleId.SLA_SEVERITY_1,
        "severity 1 is p1 for every customer",
        Priority.P1,
        (_severity(Severity.SEVERE), CUSTOMER),
    ),
    Rule(
        RuleId.SLA_SEVERITY_2_PAYING,
        "severity 2 is p2 for paying customers",
        Priority.P2,
        (
            _severity(Severity.MEDIUM),
            CUSTOMER,
            Condition("the customer pays", lambda f, h: pays(f, h) is True, ("customer", "plan_expired", "paying")),
        ),
    ),
    Rule(
        RuleId.SLA_SEVERITY_2_UNPAID,
        "severity 2 has no level for customers who do not pay: p2 is for paying customers",
        Priority.UNDETERMINED,
        (
            _severity(Severity.MEDIUM),
            CUSTOMER,
            Condition(
                "the customer is known not to pay",
                lambda f, h: pays(f, h) is False,
                ("customer", "plan_expired", "paying"),
            ),
        ),
    ),
    Rule(
        RuleId.SLA_SEVERITY_2_UNKNOWN,
        "severity 2 waits until somebody knows whether the customer pays",
        Priority.UNDETERMINED,
        (
            _severity(Severity.MEDIUM),
            CUSTOMER,
            Condition("paying status unknown", lambda f, h: pays(f, h) is None, ("customer", "paying")),
        ),
    ),
    Rule(
        RuleId.QUESTION,
        "a question has no level of its own, unless the policy file makes paying customers' questions p2",
        _question_level,
        (_severity(Severity.QUESTION), CUSTOMER),
    ),
    Rule(
        RuleId.SEVERITY_UNKNOWN,
        "without a severity there is no level",
        Priority.UNDETERMINED,
        (
            Condition(
                "no severity of the scale that applies is known", lambda _f, _h: True, ("severity", "presales_severity")
            ),
        ),
    ),
)


SAYS = {rule.id: rule.says for rule in RULES}
"""What each rule says, in words for people."""


def level(facts: TicketFacts, handbook: Handbook) -> tuple[Priority, RuleId]:
    """Try the rules from the top; the first whose conditions all hold gives the level."""
    for rule in RULES:
        if rule.holds(facts, handbook):
            return rule.assign(facts, handbook), rule.id
    raise AssertionError("the last rule always holds")


def tried(facts: TicketFacts, handbook: Handbook) -> tuple[Reason, ...]:
    """Every rule that was tried, up to the one that held; each with the conditions that were looked at."""
    reasons: list[Reason] = []
    for rule in RULES:
        because: list[Reason] = []
        for condition in rule.conditions:
            because.append(condition.reason(facts, handbook))
            if not because[-1].held:
                break
        held = bool(because[-1].held)
        reasons.append(Reason(rule.id, rule.says, held, "§2", because=tuple(because)))
        if held:
            break
    return tuple(reasons)
