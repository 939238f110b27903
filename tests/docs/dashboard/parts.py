"""What a Grafana dashboard is put together from: queries, panels, and how they look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

MINUTE, HOUR, DAY = 60, 3600, 86_400
GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"
COLORS: Final[Mapping[str, Mapping[str, str]]] = {
    "{{level}}": {"p0": "dark-red", "p1": ORANGE, "p2": YELLOW, "undetermined": "purple", "p3": BLUE, "none": "gray"},
    "{{outcome}}": {"met": GREEN, "missed": RED, "running": YELLOW, "suspended": "gray"},
    "{{context}}": {"complete": GREEN, "missing": ORANGE},
    "{{direction}}": {"up": ORANGE, "down": BLUE, "cleared": "gray"},
    "{{state}}": {"due": BLUE, "waiting": YELLOW, "parked": RED},
    "budget": {"budget": RED},
}
"""Legend -> its series -> colour: the same thing has the same one everywhere."""


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and what its series are called."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        kind: ``stat``, ``timeseries`` or ``bargauge``.
        steps: from which value on it has which colour, besides green.
        words: what is shown instead of a number.
        stacked: its series add up.
        calm: the colour below the first step.
    """

    title: str
    says: str
    kind: str
    queries: Sequence[Query]
    width: int
    unit: str = "short"
    steps: Mapping[float, str] = field(default_factory=dict)
    words: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    stacked: bool = False
    calm: str = GREEN
    top: float | None = None


def one(name: str, **labels: str) -> str:
    """A metric of the account."""
    return f"zendesk_sync_{name}{{{_matchers(labels)}}}"


def told(name: str, *by: str, **labels: str) -> str:
    """The same told once, however many processes tell it."""
    return f"max{_by(by)}({one(name, **labels)})"


def added(name: str, *by: str, over: str, **labels: str) -> str:
    """Added up over the label ``over`` and whatever else is not in ``by``."""
    return f"sum{_by(by)}({told(name, *by, *over.split(), **labels)})"


def _by(labels: Sequence[str]) -> str:
    return f" by ({', '.join(labels)}) " if labels else ""


def _matchers(labels: Mapping[str, str]) -> str:
    found = ['account="$account"']
    for label, value in labels.items():
        operator = "!=" if value.startswith("!") else "=~" if "|" in value else "="
        found.append(f'{label}{operator}"{value.removeprefix("!")}"')
    return ",".join(found)


def stat(title: str, says: str, expr: str, width: int = 4, **rest: Any) -> Panel:
    return Panel(title, says, "stat", [Query(expr, title)], width, **rest)


def series(title: str, says: str, queries: Sequence[Query], width: int = 12, **rest: Any) -> Panel:
    return Panel(title, says, "timeseries", queries, width, **rest)


def bars(title: str, says: str, query: Query, width: int = 8, **rest: Any) -> Panel:
    return Panel(title, says, "bargauge", [query], width, **rest)


def hits(name: str, over: str) -> str:
    """Met of met and missed."""
    return f"{added(name, over=over, outcome='met')} / {added(name, over=f'{over} outcome', outcome='met|missed')}"


YES_NO: Final = {0: ("no", GREEN), 1: ("yes", ORANGE)}
WINDOW: Final = f"{told('report_end_timestamp_seconds')} - {told('report_start_timestamp_seconds')}"
"""How long the report's days are, in seconds."""
