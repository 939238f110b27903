"""Which rule of the policy (§2) gave a computed level, told by what the ticket carries. Pure.

Neither the reporter nor the plan's end stand on a ticket: where several rules could have given the level, the first
one counts.
"""

from __future__ import annotations

from typing import Final

from zendesk_sync.policy.terms import CustomerType, Priority, RuleId

_BY_LEVEL = {
    Priority.P0.value: RuleId.SLA_SEVERITY_0,
    Priority.P1.value: RuleId.SLA_SEVERITY_1,
    Priority.P2.value: RuleId.SLA_SEVERITY_2_PAYING,
    Priority.P3.value: RuleId.INTERNAL_WORK,
}
OF_LEVELS: Final = frozenset({*_BY_LEVEL.values(), RuleId.PRESALES_SCALE, RuleId.QUESTION})
"""The rules that give a level."""
_WITHOUT_LEVEL = {
    "0": RuleId.OUT_OF_SCOPE,  # beta and experimental features: else these severities have a level
    "1": RuleId.OUT_OF_SCOPE,
    "2": RuleId.SLA_SEVERITY_2_UNPAID,
    "3": RuleId.QUESTION,
}


def rule_behind(computed: str | None, customer: str, severity: str | None, *, is_for_ce: bool) -> RuleId:
    """The rule; ``computed`` and ``severity`` as the ticket's fields say them, the latter None where it is empty."""
    is_prospect = customer == CustomerType.PRESALES.value
    if computed in _BY_LEVEL and computed is not None:
        if is_prospect and computed != Priority.P3.value:
            return RuleId.PRESALES_SCALE
        is_question = computed == Priority.P2.value and severity == "3"
        return RuleId.QUESTION if is_question else _BY_LEVEL[computed]
    if is_for_ce:
        return RuleId.PRESALES_DIRECT
    if severity == "2" and customer == CustomerType.UNKNOWN.value:
        return RuleId.SLA_SEVERITY_2_UNKNOWN
    return RuleId.SEVERITY_UNKNOWN if is_prospect else _WITHOUT_LEVEL.get(severity or "", RuleId.SEVERITY_UNKNOWN)
