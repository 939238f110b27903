"""PromQL held against the metrics that there are: names, labels, values of labels, and what may be counted up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import promql_parser as promql

from tests.watched import Known

ADDED: Final = {"instance", "job"}
"""Labels that Prometheus adds itself."""
FREE: Final = {"account", *ADDED}
"""Labels of any value."""
GROWS: Final = ("_total", "_bucket", "_count", "_sum")
"""How names end of what only grows, which is what these functions are for."""
OF_GROWTH: Final = {"rate", "increase", "irate"}


def faults(query: str, known: Mapping[str, Known]) -> list[str]:
    """What is wrong with it, in words.

    Raises:
        ValueError: it is not PromQL.
    """
    parsed, wrong = promql.parse(query), list[str]()
    _labels(parsed, known, wrong)
    # A walk that is not ended early has met no metric.
    if promql.walk(parsed, lambda node: not isinstance(node, promql.VectorSelector)):
        wrong.append("asks for no metric")
    return wrong


def _labels(node: object, known: Mapping[str, Known], wrong: list[str]) -> set[str]:
    """The labels that its result can have; what is wrong with it is added."""
    match node:
        case promql.VectorSelector():
            return _selected(node, known, wrong)
        case promql.MatrixSelector():
            return _selected(node.vector_selector, known, wrong)
        case promql.AggregateExpr():
            inside = _labels(node.expr, known, wrong)
            if node.modifier is None:
                return set()
            named = set(node.modifier.labels)
            wrong += [f"nothing has the label {label}" for label in sorted(named - inside)]
            return named if node.modifier.type == promql.AggModifierType.By else inside - named
        case promql.BinaryExpr():
            left, right = _labels(node.lhs, known, wrong), _labels(node.rhs, known, wrong)
            if node.modifier is not None and node.modifier.matching is not None:
                on = set(node.modifier.matching.labels)
                wrong += [f"one side lacks the label {label}" for label in sorted(on - (left & right))]
            elif left and right and left != right:
                wrong.append(f"sides with different labels never match: {sorted(left ^ right)}")
            return left or right
        case promql.Call():
            if node.func.name in OF_GROWTH:
                wrong += [
                    f"{node.func.name}() of {one.vector_selector.name}, which also falls"
                    for one in node.args
                    if isinstance(one, promql.MatrixSelector) and not str(one.vector_selector.name).endswith(GROWS)
                ]
            return {label for one in node.args for label in _labels(one, known, wrong)}
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return _labels(node.expr, known, wrong)
    return set()


def _selected(one: promql.VectorSelector, known: Mapping[str, Known], wrong: list[str]) -> set[str]:
    if one.name == "up":
        return set(ADDED)
    metric = known.get(one.name or "")
    if metric is None:
        wrong.append(f"there is no metric {one.name}")
        return set()
    for matcher in one.matchers.matchers:
        if matcher.name not in {*metric.labels, *ADDED}:
            wrong.append(f"{one.name} has no label {matcher.name}")
        values = set(metric.values.get(matcher.name, ()))
        is_exact = matcher.op == promql.MatchOp.Equal or matcher.op == promql.MatchOp.NotEqual
        asked = {matcher.value} if is_exact else set(matcher.value.split("|"))
        if values and matcher.name not in FREE and not asked <= values:
            wrong.append(f"{one.name}: {matcher.name} is never {', '.join(sorted(asked - values))}")
    return {*metric.labels, *ADDED}
