"""The trends as a drawing: where everything stands in it. Pure; the template writes the SVG.

Two panels over the same days: customer tickets by level, stacked; and the share of p0 and p1 against the budget. The
two never share an axis. Lengths are the drawing's own units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from zendesk_sync.report.model import NONE, Day

LEVELS: Final = ("p0", "p1", "p2", "undetermined", "p3", NONE)
"""From the bottom of a column to its top."""
LEFT, RIGHT, TOP = 44.0, 16.0, 12.0
WIDTH: Final = 760.0
COLUMNS: Final = 150.0
GAP: Final = 34.0
LINE: Final = 90.0
FOOT: Final = 24.0
HEIGHT: Final = TOP + COLUMNS + GAP + LINE + FOOT
LABELS: Final = 14
"""Days that are written below, at most."""


@dataclass(frozen=True, slots=True)
class Block:
    """One level of one day."""

    level: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across with its number."""

    y: float
    says: str


@dataclass(frozen=True, slots=True)
class Label:
    """A day, written below."""

    x: float
    says: str


@dataclass(frozen=True, slots=True)
class Dot:
    """The share of one day."""

    x: float
    y: float
    percent: float
    above: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn.

    Attributes:
        line: the share as points, one list for each run of days that had tickets.
        budget_y: where the budget's line stands.
    """

    width: float
    height: float
    left: float
    right: float
    blocks: tuple[Block, ...]
    counts: tuple[Tick, ...]
    percents: tuple[Tick, ...]
    labels: tuple[Label, ...]
    labels_y: float
    line: tuple[str, ...]
    dots: tuple[Dot, ...]
    budget_y: float
    columns_bottom: float
    share_top: float
    share_bottom: float


def chart(days: Sequence[Day], budget_percent: float) -> Chart:
    """Place the days from left to right."""
    step = (WIDTH - LEFT - RIGHT) / max(1, len(days))
    width = max(1.0, min(36.0, step * 0.72))
    tallest = _above(max((day.customer_tickets for day in days), default=0))
    highest = max([budget_percent * 1.25, *(day.percent or 0.0 for day in days)])
    highest = min(100.0, 10.0 * -(-highest // 10))
    columns_bottom = TOP + COLUMNS
    share_top = columns_bottom + GAP
    share_bottom = share_top + LINE

    def share_y(percent: float) -> float:
        return round(share_bottom - LINE * percent / highest, 1)

    blocks: list[Block] = []
    dots: list[Dot] = []
    runs: list[list[str]] = [[]]
    for number, day in enumerate(days):
        middle = LEFT + step * (number + 0.5)
        y = columns_bottom
        for level in LEVELS:
            count = day.levels.get(level, 0)
            if count:
                height = COLUMNS * count / tallest
                y -= height
                blocks.append(Block(level, count, *_rounded(middle - width / 2, y, width, height)))
        if day.percent is None:
            runs.append([])
            continue
        dot = Dot(round(middle, 1), share_y(day.percent), day.percent, day.percent > budget_percent)
        dots.append(dot)
        runs[-1].append(f"{dot.x:g},{dot.y:g}")
    every = -(-len(days) // LABELS) or 1
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        blocks=tuple(blocks),
        counts=tuple(
            Tick(round(columns_bottom - COLUMNS * part / 2, 1), f"{tallest * part // 2}") for part in (0, 1, 2)
        ),
        percents=(Tick(share_bottom, "0 %"), Tick(share_top, f"{highest:g} %")),
        labels=tuple(
            Label(round(LEFT + step * (number + 0.5), 1), short(day.day))
            for number, day in enumerate(days)
            if (len(days) - 1 - number) % every == 0
        ),
        labels_y=HEIGHT - 6,
        line=tuple(" ".join(run) for run in runs if len(run) > 1),
        dots=tuple(dots),
        budget_y=share_y(min(budget_percent, highest)),
        columns_bottom=columns_bottom,
        share_top=share_top,
        share_bottom=share_bottom,
    )


def short(day: str) -> str:
    """``2026-03-02`` as ``2 Mar``."""
    at = date.fromisoformat(day)
    return f"{at.day} {at:%b}"


def _above(most: int) -> int:
    """The next number up whose half is whole and easy to read."""
    scale = 1
    while 10 * scale < most:
        scale *= 10
    return next(digit * scale for digit in (2, 4, 6, 8, 10) if digit * scale >= most)


def _rounded(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    return round(x, 2), round(y, 2), round(width, 2), round(height, 2)
