"""The vocabulary (policy §1). Every other room uses these names and no others."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Priority(StrEnum):
    """The p-level of the page; ``UNDETERMINED`` means that the page gives none and a human decides."""

    P0 = "p0"
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"
    UNDETERMINED = "undetermined"

    @property
    def determined(self) -> bool:
        return self is not Priority.UNDETERMINED


class Severity(IntEnum):
    """The contractual SLA severity of a customer's issue."""

    EMERGENCY = 0
    SEVERE = 1
    MEDIUM = 2
    QUESTION = 3


class CustomerType(StrEnum):
    PRESALES = "presales"
    ENTERPRISE = "enterprise"
    TEAM = "team"
    FREE = "free"
    OPEN_SOURCE = "open_source"
    INTERNAL = "internal"
    UNKNOWN = "unknown"


class Deployment(StrEnum):
    CLOUD = "cloud"
    SELF_HOSTED = "self_hosted"


class Reporter(StrEnum):
    """Who wrote the ticket (policy §2, "reporter")."""

    CUSTOMER = "customer"
    CE = "ce"
    PROSPECT = "prospect"
    COLLEAGUE = "colleague"


class Status(StrEnum):
    """Zendesk's status categories; New and Open are support's to move."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"

    @property
    def is_supports_to_move(self) -> bool:
        return self in {Status.NEW, Status.OPEN}

    @property
    def is_over(self) -> bool:
        return self in {Status.SOLVED, Status.CLOSED}


class Workload(StrEnum):
    NORMAL = "normal"
    SURGE = "surge"


class Author(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    CE = "ce"


class OfficialBy(StrEnum):
    """Who set the official priority that was found."""

    HUMAN = "human"
    REQUESTER = "requester"


class RuleId(StrEnum):
    """The rules of policy §2."""

    INTERNAL_WORK = "internal-work"
    PRESALES_DIRECT = "presales-direct"
    PRESALES_SCALE = "presales-scale"
    OUT_OF_SCOPE = "out-of-scope"
    SLA_SEVERITY_0 = "sla-severity-0"
    SLA_SEVERITY_1 = "sla-severity-1"
    SLA_SEVERITY_2_PAYING = "sla-severity-2-paying"
    SLA_SEVERITY_2_UNPAID = "sla-severity-2-unpaid"
    SLA_SEVERITY_2_UNKNOWN = "sla-severity-2-unknown"
    QUESTION = "question"
    SEVERITY_UNKNOWN = "severity-unknown"


class Flag(StrEnum):
    """What we show on a ticket, as options of the multi-select "Support flags"."""

    NUMBER_ONE = "number_one"
    INFERRED = "inferred"
    OVERRIDE = "override"
    DROP_EVERYTHING = "drop_everything"
    CONTEXT_MISSING = "context_missing"
    CONTEXT_COMPLETE = "context_complete"
    NO_CONTRACT_SLA = "no_contract_sla"
    FOR_CE = "for_ce"
    NEEDS_TRIAGE = "needs_triage"
    SLA_DUE = "sla_due"
    GOAL_DUE = "goal_due"


class Topic(StrEnum):
    """The parts a note can have, in the order in which a note says them."""

    POSSIBLE_OUTAGE = "possible-outage"
    INTERNAL_OUTAGE = "internal-outage"
    ROUTE_TO_CE = "route-to-ce"
    OVERRIDE = "override"
    ASK_CANNOT_WAIT = "ask-cannot-wait"
    CANNOT_WAIT_NOT_P2 = "cannot-wait-not-p2"
    UNPAID = "unpaid"
    EXPIRED_PLAN = "expired-plan"
    UNKNOWN_CUSTOMER = "unknown-customer"
    INFERRED = "inferred"
    URGENCY_WISH = "urgency-wish"
    MISSING_PRESALES_CONTEXT = "missing-presales-context"
    MISSING_CONTEXT = "missing-context"
    CONTEXT_COMPLETE = "context-complete"
    SURGE_DRAFT = "surge-draft"


class EngineeringItem(StrEnum):
    """What engineering needs before it reviews a p2 (policy §6)."""

    SUMMARY = "summary"
    VERSION = "version"
    ENVIRONMENT = "environment"
    REPRODUCTION = "reproduction"
    EXPECTED_ACTUAL = "expected_actual"
    IMPACT = "impact"
    LOGS = "logs"
    RECENT_CHANGES = "recent_changes"
    ATTEMPTS = "attempts"
    URGENCY = "urgency"


class PresalesItem(StrEnum):
    """What a CE owes with every request (the page's six points)."""

    SUMMARY = "summary"
    ATTEMPTED_EXPECTED = "attempted_expected"
    STEPS_TAKEN = "steps_taken"
    IMPACT = "impact"
    TDD_LINK = "tdd_link"
    SALES_STAGE = "sales_stage"


SHARED_ITEMS = {
    PresalesItem.SUMMARY.value: EngineeringItem.SUMMARY.value,
    PresalesItem.IMPACT.value: EngineeringItem.IMPACT.value,
    PresalesItem.ATTEMPTED_EXPECTED.value: EngineeringItem.EXPECTED_ACTUAL.value,
    PresalesItem.STEPS_TAKEN.value: EngineeringItem.ATTEMPTS.value,
}
"""Pre-sales item -> the engineering item that asks the same; asked once and supplied once (policy §6)."""

ALL_ITEMS: tuple[str, ...] = tuple(dict.fromkeys([*EngineeringItem, *PresalesItem]))
