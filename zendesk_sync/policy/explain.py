"""Why a decision is what it is, as a tree of reasons; built only when somebody asks."""

from __future__ import annotations

import dataclasses

from zendesk_sync.policy.decide import Decision
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.reasons import Reason, shown
from zendesk_sync.policy.rules import tried


def reasons(decision: Decision, handbook: Handbook) -> Reason:
    """The reason tree: rules tried and why each did not apply, evidence, ownership, checklists, flags, note."""
    computed, rule = decision.computed.value, decision.rule.value
    says = f"computed priority {computed} by rule {rule}"
    because = [Reason("level", says, None, "§2", because=_tried(decision, handbook))]
    if decision.is_follow_up:
        because.insert(0, Reason("follow-up", "what it inherited is ignored, triage starts anew", None, "§2"))
    if decision.evidence is not None:
        because.append(_evidence(decision))
    because.append(_official(decision))
    if decision.context.applies:
        because.append(_context(decision))
    because.append(
        _statement("order", "place in support's order", "§4", band=decision.band, in_order=decision.in_order)
    )
    because.append(_statement("flags", "flags that are on", "§2", flags=decision.flags))
    because.append(_statement("note", "topics of the note that this run writes", "§6", topics=decision.topics))
    return Reason("decision", f"{computed} ({rule})", None, "", because=tuple(because))


def _tried(decision: Decision, handbook: Handbook) -> tuple[Reason, ...]:
    facts = decision.facts
    if decision.is_inferred and decision.evidence is not None:
        facts = dataclasses.replace(facts, severity=decision.evidence.severity)
    return tried(facts, handbook)


def _evidence(decision: Decision) -> Reason:
    assert decision.evidence is not None
    says = "the text reads like a severity" + ("; the level rests on it" if decision.is_inferred else "")
    found = " … ".join(decision.evidence.phrases)
    return _statement("evidence", says, "§7", severity=decision.evidence.severity, found=found)


def _official(decision: Decision) -> Reason:
    official, facts = decision.official, decision.facts
    used = {"found": facts.official, "written_last": facts.memory.wrote, "after_this_run": official.value}
    return _statement("official", official.says, "§3", **used, owner=official.owner)


def _context(decision: Decision) -> Reason:
    context = decision.context
    lists = (("engineering", context.engineering), ("pre-sales", context.presales))
    missing = tuple((name, shown(items)) for name, items in lists if items is not None)
    found = tuple(Reason("condition", "the text supplies it", True, "§6", (item,)) for item in context.from_text)
    return Reason("context", "still missing from the checklists that apply", None, "§6", missing, because=found)


def _statement(name: str, says: str, section: str, **facts: object) -> Reason:
    return Reason(name, says, None, section, tuple((key, shown(value)) for key, value in facts.items()))
