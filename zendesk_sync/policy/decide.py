"""Facts and policy -> one Decision: level, official priority, flags, topics, and the reasons as a tree."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime

from zendesk_sync.policy.breach_warnings import Warnings, warnings
from zendesk_sync.policy.context import Context, review
from zendesk_sync.policy.evidence import Evidence, read_evidence
from zendesk_sync.policy.facts import Memory, TicketFacts
from zendesk_sync.policy.first_reply import is_answered
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.official import Official, settle
from zendesk_sync.policy.order import Place, queue_band
from zendesk_sync.policy.rules import has_contract, is_internal, is_prospect, level
from zendesk_sync.policy.terms import (
    Author,
    CustomerType,
    Flag,
    Priority,
    Reporter,
    RuleId,
    Severity,
    Topic,
    Workload,
)
from zendesk_sync.policy.wish import wish

REPORTERS_AUTHOR = {
    Reporter.CUSTOMER: Author.CUSTOMER,
    Reporter.PROSPECT: Author.CUSTOMER,
    Reporter.CE: Author.CE,
    Reporter.COLLEAGUE: Author.AGENT,
}
ORDER = {topic: place for place, topic in enumerate(Topic)}
URGENT = frozenset({Priority.P0, Priority.P1})


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything the policy has to say about one ticket.

    Attributes:
        facts: the facts it was made from (for a follow-up: without what it inherited).
        computed: this program's answer.
        rule: the rule that gave it.
        official: the official priority after this run, and whose it is.
        counting: the level that counts for the order and the checklists (official where a human set it).
        context: the checklists.
        flags: the flags that are on.
        topics: the parts of the note that this run writes, in order; empty means no note.
        memory: what the ticket remembers afterwards.
        answered: whether support has answered a ticket that waits for it; None where nobody knows or it does not wait.
        warnings: what is to be said of its first-response clocks.
        at: the moment of the decision, where somebody gave one.
        next_shifts: when more team members start, where somebody said so for this surge.
        band: option of the "Queue band" drop-down; None for a ticket outside support's order.
        in_order: whether the ticket takes part in support's order.
        wish: urgency that somebody asked for, in their words.
        is_follow_up: values were inherited and ignored.
        evidence: severity read from the text; None where the Severity field is set, the switch is off, or nothing is
            sure enough.
        is_inferred: the computed priority rests on that evidence.
    """

    facts: TicketFacts
    computed: Priority
    rule: RuleId
    official: Official
    counting: Priority
    context: Context
    flags: frozenset[Flag]
    topics: tuple[Topic, ...]
    memory: Memory
    answered: bool | None
    warnings: Warnings
    at: datetime | None
    next_shifts: tuple[datetime, ...]
    band: str | None
    in_order: bool
    wish: str | None
    is_follow_up: bool
    evidence: Evidence | None
    is_inferred: bool

    @property
    def note(self) -> bool:
        return bool(self.topics)

    @property
    def place(self) -> Place:
        """What the order needs to know."""
        return Place(
            id=self.facts.id,
            priority=self.counting,
            customer=self.facts.customer,
            received=self.facts.received,
            status=self.facts.status,
            for_ce=Flag.FOR_CE in self.flags,
        )


def decide(
    facts: TicketFacts,
    handbook: Handbook,
    workload: Workload = Workload.NORMAL,
    at: datetime | None = None,
    next_shifts: tuple[datetime, ...] = (),
) -> Decision:
    """Decide one ticket (policy §2, §3, §6). Pure: the same facts give the same decision.

    ``at`` is the moment of the decision: first-response warnings and the surge draft's waiting time depend on it. The
    draft depends on ``next_shifts`` too: when more team members start, ascending, in the place of the policy's own.
    """
    is_follow_up = facts.follow_up
    facts = facts.triaged_anew()
    computed, rule = level(facts, handbook)
    evidence = read_text_evidence(facts, handbook) if facts.severity is None else None
    is_inferred = rule is RuleId.SEVERITY_UNKNOWN and evidence is not None and not is_prospect(facts)
    is_inferred = is_inferred and handbook.switches.evidence == "propose"
    if is_inferred and evidence is not None:
        computed, rule = level(dataclasses.replace(facts, severity=evidence.severity), handbook)
    official = settle(facts, computed, inferred=is_inferred)
    counting = official.value if official.is_human and official.value is not None else computed
    context = review(facts, counting, handbook)
    asked_for = wish(facts, handbook)
    in_order = facts.status.is_supports_to_move and rule is not RuleId.PRESALES_DIRECT
    flags = frozenset(flag for flag, on in _flags(facts, handbook, rule, computed, official, counting, context) if on)
    if is_inferred:
        flags |= {Flag.INFERRED}
    if Flag.NUMBER_ONE in facts.flags and in_order:
        flags |= {Flag.NUMBER_ONE}
    waits = in_order and rule is not RuleId.INTERNAL_WORK
    answered = is_answered(facts, handbook) if waits else None
    warned = warnings(facts, answered, at, handbook, workload) if waits else Warnings()
    flags |= warned.flags
    is_draft_due = workload is Workload.SURGE and waits and answered is False
    topics = _topics(facts, rule, counting, context, flags, asked_for, evidence, is_draft_due=is_draft_due)
    return Decision(
        facts=facts,
        computed=computed,
        rule=rule,
        official=official,
        counting=counting,
        context=context,
        flags=flags,
        topics=topics,
        memory=Memory(official.wrote, facts.memory.noted.union(topics), _asked(facts, context, topics)),
        answered=answered,
        warnings=warned,
        at=at,
        next_shifts=next_shifts,
        band=queue_band(counting, facts.customer, workload, for_ce=Flag.FOR_CE in flags),
        in_order=in_order,
        wish=asked_for,
        is_follow_up=is_follow_up,
        evidence=evidence,
        is_inferred=is_inferred,
    )


def read_text_evidence(facts: TicketFacts, handbook: Handbook) -> Evidence | None:
    """Severity read from the reporter's own words: subject, description, and what they said later (policy §7)."""
    if handbook.switches.evidence == "off":
        return None
    own = REPORTERS_AUTHOR[facts.reporter]
    later = [comment.body for comment in facts.comments or () if comment.author is own]
    return read_evidence(facts.subject, facts.description, later, handbook.evidence)


def _flags(
    facts: TicketFacts,
    handbook: Handbook,
    rule: RuleId,
    computed: Priority,
    official: Official,
    counting: Priority,
    context: Context,
) -> tuple[tuple[Flag, bool], ...]:
    for_ce = rule is RuleId.PRESALES_DIRECT
    unsettled = official.value is None or (not official.is_human and official.wrote is None)
    return (
        (Flag.OVERRIDE, _is_override(official, computed)),
        (Flag.DROP_EVERYTHING, counting in URGENT and facts.cannot_wait is True and not for_ce),
        (Flag.CONTEXT_MISSING, bool(context.missing)),
        (Flag.CONTEXT_COMPLETE, context.applies and not context.missing),
        (Flag.NO_CONTRACT_SLA, not is_internal(facts) and not has_contract(facts, handbook)),
        (Flag.FOR_CE, for_ce),
        (
            Flag.NEEDS_TRIAGE,
            not computed.determined and unsettled and facts.status.is_supports_to_move and not for_ce,
        ),
    )


def _is_override(official: Official, computed: Priority) -> bool:
    return official.is_human and computed.determined and official.value is not computed


def _topics(
    facts: TicketFacts,
    rule: RuleId,
    counting: Priority,
    context: Context,
    flags: frozenset[Flag],
    asked_for: str | None,
    evidence: Evidence | None,
    *,
    is_draft_due: bool,
) -> tuple[Topic, ...]:
    """What this run's note says: what applies and was not said, what is newly missing, what is newly complete."""
    if facts.status.is_over:
        return ()
    noted = facts.memory.noted
    internal, direct = rule is RuleId.INTERNAL_WORK, rule is RuleId.PRESALES_DIRECT
    is_emergency = (evidence.severity if evidence else facts.severity) is Severity.EMERGENCY
    is_sla = not internal and not direct and not is_prospect(facts)
    applies = {
        Topic.POSSIBLE_OUTAGE: direct and (is_emergency or facts.presales_severity is Priority.P0),
        Topic.INTERNAL_OUTAGE: internal and is_emergency,
        Topic.ROUTE_TO_CE: direct,
        Topic.OVERRIDE: Flag.OVERRIDE in flags,
        Topic.ASK_CANNOT_WAIT: counting in URGENT and facts.cannot_wait is None and not direct,
        Topic.CANNOT_WAIT_NOT_P2: counting is Priority.P2 and facts.cannot_wait is True and not direct,
        Topic.UNPAID: rule is RuleId.SLA_SEVERITY_2_UNPAID,
        Topic.EXPIRED_PLAN: facts.plan_expired and not internal,
        Topic.UNKNOWN_CUSTOMER: facts.customer is CustomerType.UNKNOWN and not internal and not direct,
        Topic.INFERRED: evidence is not None and is_sla and rule is not RuleId.OUT_OF_SCOPE,
        Topic.URGENCY_WISH: asked_for is not None and not internal,
        Topic.SURGE_DRAFT: is_draft_due,
    }
    say = {topic for topic, on in applies.items() if on and topic not in noted}
    if context.presales and (context.new_presales or Topic.MISSING_PRESALES_CONTEXT not in noted):
        say.add(Topic.MISSING_PRESALES_CONTEXT)
    if context.engineering_only and (context.new_engineering or Topic.MISSING_CONTEXT not in noted):
        say.add(Topic.MISSING_CONTEXT)
    if context.just_completed:
        say.add(Topic.CONTEXT_COMPLETE)
    return tuple(sorted(say, key=ORDER.__getitem__)) if say else ()


def _asked(facts: TicketFacts, context: Context, topics: tuple[Topic, ...]) -> frozenset[str]:
    """The items that notes have asked for, this run's included: a list that comes back is not asked twice."""
    asked = facts.memory.asked
    if Topic.MISSING_CONTEXT in topics:
        asked = asked.union(context.engineering or ())
    if Topic.MISSING_PRESALES_CONTEXT in topics:
        asked = asked.union(context.presales or ())
    return asked
