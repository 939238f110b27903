"""Why a decision is what it is, as a tree of reasons; built only when somebody asks."""

from __future__ import annotations

from zendesk_sync.policy.decide import Decision
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.reasons import Reason, shown
from zendesk_sync.policy.rules import tried


def reasons(decision: Decision, handbook: Handbook) -> Reason:
    """The reason tree: which rules were tried and why each did not apply, ownership, checklists, flags, note."""
    computed, rule, context = decision.computed.value, decision.rule.value, decision.context
    because = [
        Reason(
            "level", f"computed priority {computed} by rule {rule}", None, "§2", because=tried(decision.facts, handbook)
        )
    ]
    if decision.is_follow_up:
        because.insert(0, Reason("follow-up", "what it inherited is ignored, triage starts anew", None, "§2"))
    because.append(_official(decision))
    if context.applies:
        lists = (("engineering", context.engineering), ("pre-sales", context.presales))
        missing = tuple((name, shown(items)) for name, items in lists if items is not None)
        because.append(Reason("context", "still missing from the checklists that apply", None, "§6", missing))
    because.append(
        _statement("order", "place in support's order", "§4", band=decision.band, in_order=decision.in_order)
    )
    because.append(_statement("flags", "flags that are on", "§2", flags=decision.flags))
    because.append(_statement("note", "topics of the note that this run writes", "§6", topics=decision.topics))
    return Reason("decision", f"{computed} ({rule})", None, "", because=tuple(because))


def _official(decision: Decision) -> Reason:
    official, facts = decision.official, decision.facts
    used = {"found": facts.official, "written_last": facts.memory.wrote, "after_this_run": official.value}
    return _statement("official", official.says, "§3", **used, owner=official.owner)


def _statement(name: str, says: str, section: str, **facts: object) -> Reason:
    return Reason(name, says, None, section, tuple((key, shown(value)) for key, value in facts.items()))
