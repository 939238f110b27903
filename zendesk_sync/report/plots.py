"""Numbers drawn as inline SVG: no script, no file beside it, colours by CSS variables. Pure: numbers in, markup out.

Every drawing is one image to a screen reader: a title and a sentence say what it shows, and whoever uses it puts its
numbers into a table beside it. ``STYLE`` belongs into the page's style sheet once. Lengths are the drawing's own units,
about one pixel each where there is room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from math import ceil
from typing import Final

from markupsafe import Markup, escape

from zendesk_sync.report.model import NONE, Day, Stretch

LEVELS: Final = ("p0", "p1", "p2", "undetermined", "p3", NONE)
"""From the bottom of a column to its top: what matters most stands on the line."""
SAYS: Final = {NONE: "no level"}
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STYLE: Final = """\
:root { --plot-text: #1f2933; --plot-soft: #52606d; --plot-back: #fff; --plot-line: #d2d6dc; --plot-edge: #6b7785;
  --plot-p0: #a61b1b; --plot-p1: #d97706; --plot-p2: #2463b8; --plot-undetermined: #7a4fb0; --plot-p3: #0b7f74;
  --plot-none: #7b8794; --plot-surge: #fff0c2; --plot-surge-edge: #8a6a00; --plot-main: #2463b8; --plot-over: #a61b1b; }
@media screen and (prefers-color-scheme: dark) {
  :root { --plot-text: #e6e9ec; --plot-soft: #aab4be; --plot-back: #14181c; --plot-line: #39424b; --plot-edge: #8391a0;
    --plot-p0: #ff7b72; --plot-p1: #ffb454; --plot-p2: #79b0ff; --plot-undetermined: #c9a5f5; --plot-p3: #5fd3c2;
    --plot-none: #98a3af; --plot-surge: #3a3214; --plot-surge-edge: #e0b93c; --plot-main: #79b0ff;
    --plot-over: #ff7b72; }
}
.plot { display: block; max-width: 100%; height: auto; }
.plot.broad { width: 100%; min-width: 44rem; }
.plot text { font: 13px system-ui, sans-serif; fill: var(--plot-text); }
.plot text.soft { fill: var(--plot-soft); }
.plot text.end { text-anchor: end; }
.plot text.middle { text-anchor: middle; }
.plot .grid { stroke: var(--plot-line); }
.plot .axis { stroke: var(--plot-edge); }
.plot .track { fill: none; stroke: var(--plot-edge); }
.plot .block { stroke: var(--plot-back); stroke-width: .75; }
.plot .p0 { fill: var(--plot-p0); } .plot .p1 { fill: var(--plot-p1); } .plot .p2 { fill: var(--plot-p2); }
.plot .undetermined { fill: var(--plot-undetermined); } .plot .p3 { fill: var(--plot-p3); }
.plot .none { fill: var(--plot-none); } .plot .main { fill: var(--plot-main); } .plot .over { fill: var(--plot-over); }
.plot .surge { fill: var(--plot-surge); } .plot .key.surge { stroke: var(--plot-surge-edge); }
.plot .surge-edge { stroke: var(--plot-surge-edge); stroke-dasharray: 3 3; }
.plot .share { fill: none; stroke: var(--plot-main); stroke-width: 1.5; }
.plot .within { fill: var(--plot-back); stroke: var(--plot-main); stroke-width: 1.5; }
.plot .budget { stroke: var(--plot-text); stroke-width: 1.5; stroke-dasharray: 7 4; }
"""
"""Colours stand at least 3 to 1 against their ground, text 4.5 to 1, in light, dark and on paper."""

_WIDTH, _LEFT, _RIGHT = 900.0, 48.0, 12.0
_COLUMNS_TOP, _COLUMNS = 52.0, 150.0
_SHARE_TOP, _SHARE = _COLUMNS_TOP + _COLUMNS + 44.0, 90.0
_DAYS_TOP: Final = _SHARE_TOP + _SHARE
_LABELS: Final = 12
"""Days that are written below, at most."""
_ROW: Final = 26.0
_DIGIT: Final = 8.0
"""Room for one digit."""
_LETTER: Final = 7.8
"""Room for one letter, a little more than most fonts take."""


def by_day(name: str, days: Sequence[Day], budget_percent: float, surges: Iterable[Stretch] = ()) -> Markup:
    """Customer tickets of each day by level, and below them the share of p0 and p1 against the budget.

    Args:
        name: the drawing's id on its page.
        days: every day from the first to the last.
        budget_percent: the policy's.
        surges: stretches that lie behind the columns.
    """
    if not days:
        return Markup()
    step = (_WIDTH - _LEFT - _RIGHT) / len(days)
    stretches = tuple(_stretches(days, step, surges))
    parts = [
        _legend(surge=bool(stretches)),
        *stretches,
        *_columns(days, step),
        *_share(days, step, budget_percent),
    ]
    every = ceil(len(days) / _LABELS)
    for number, day in enumerate(days):
        if (len(days) - 1 - number) % every == 0:
            middle = min(_LEFT + step * (number + 0.5), _WIDTH - 27)
            parts.append(_text(middle, _DAYS_TOP + 20, short(day.day), "soft middle"))
    title = "Customer tickets received by day and level, and the share of p0 and p1"
    return _image(name, (_WIDTH, _DAYS_TOP + 28), title, _days_say(days, budget_percent), parts)


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its length, or None where there is nothing to measure, and what is written beside it."""

    label: str
    length: float | None
    says: str


def bars(name: str, title: str, rows: Sequence[Bar], full: float) -> Markup:
    """Lying bars on one scale, each in the frame of the ``full`` length."""
    left, right, room = _room(row.label for row in rows), _room(row.says for row in rows), 170.0
    parts: list[Markup] = []
    for number, row in enumerate(rows):
        y = number * _ROW + 4
        parts.append(_text(left - 8, y + 14, row.label, "end"))
        parts.append(_tag("rect", "track", x=left, y=y, width=room, height=18))
        if row.length and full:
            parts.append(_tag("rect", "main", x=left, y=y, width=room * min(row.length, full) / full, height=18))
        parts.append(_text(left + room + 8, y + 14, row.says))
    said = "; ".join(f"{row.label}: {row.says}" for row in rows)
    return _image(name, (left + room + right, len(rows) * _ROW + 4), title, f"{said}.", parts, "small")


@dataclass(frozen=True, slots=True)
class Moves:
    """How often something was moved down and up, and how often away."""

    label: str
    down: int
    up: int
    away: int


def both_ways(name: str, title: str, rows: Sequence[Moves], *, down: str, up: str, away: str) -> Markup:
    """Bars to the left and to the right of one line, on one scale; what went away is written beside them."""
    left, right = _room(row.label for row in rows), max(_room([away]), _room(f"{row.away:,}" for row in rows))
    digits = _room(f"{max(row.down, row.up):,}" for row in rows)
    half = max(90.0, _room([down, up]) + 16 - digits)
    middle = left + digits + half
    width = middle + half + digits + right
    most = max((max(row.down, row.up) for row in rows), default=0) or 1
    parts = [
        _text(middle - 8, 14, f"← {down}", "soft end"),
        _text(middle + 8, 14, f"{up} →", "soft"),
        _text(width, 14, away, "soft end"),
    ]
    for number, row in enumerate(rows):
        y = number * _ROW + 24
        lower, higher = half * row.down / most, half * row.up / most
        parts.append(_text(left - 8, y + 14, row.label, "end"))
        parts.append(_tag("rect", "main", x=middle - lower, y=y, width=lower, height=18))
        parts.append(_tag("rect", "main", x=middle, y=y, width=higher, height=18))
        parts.append(_text(middle - lower - 5, y + 14, f"{row.down:,}", "end"))
        parts.append(_text(middle + higher + 5, y + 14, f"{row.up:,}"))
        parts.append(_text(width, y + 14, f"{row.away:,}", "end"))
    bottom = len(rows) * _ROW + 24
    parts.append(_tag("line", "axis", x1=middle, y1=20, x2=middle, y2=bottom))
    said = "; ".join(f"{row.label}: {row.up} {up}, {row.down} {down}, {row.away} {away}" for row in rows)
    return _image(name, (width, bottom + 4), title, f"{said}.", parts, "small")


def short(day: str) -> str:
    """``2026-03-02`` as ``2 Mar``, whatever language the machine speaks."""
    at = date.fromisoformat(day)
    return f"{at.day} {MONTHS[at.month - 1]}"


def _legend(*, surge: bool) -> Markup:
    x, parts = _LEFT, []
    for kind in (*LEVELS, "surge") if surge else LEVELS:
        says = SAYS.get(kind, kind)
        parts.append(_tag("rect", f"key {kind}", x=x, y=3, width=12, height=12))
        parts.append(_text(x + 17, 14, says))
        x += 17 + _DIGIT * len(says) + 18
    return Markup().join(parts)


def _stretches(days: Sequence[Day], step: float, surges: Iterable[Stretch]) -> Iterable[Markup]:
    first = datetime.combine(date.fromisoformat(days[0].day), datetime.min.time(), UTC)
    top, bottom = _COLUMNS_TOP - 16, _DAYS_TOP
    for one in surges:
        begins, ends = (
            _LEFT + step * min(max((at - first).total_seconds() / 86_400, 0), len(days))
            for at in (one.begins, one.ends)
        )
        if ends <= begins:
            continue
        yield _tag("rect", "surge", x=begins, y=top, width=max(ends - begins, 1.5), height=bottom - top)
        for x in (begins, ends):
            yield _tag("line", "surge-edge", x1=x, y1=top, x2=x, y2=bottom)


def _columns(days: Sequence[Day], step: float) -> Iterable[Markup]:
    most = max(day.customer_tickets for day in days)
    unit = _unit(most, 4)
    top = unit * max(1, ceil(most / unit))
    bottom, width = _COLUMNS_TOP + _COLUMNS, min(40.0, step * 0.76)
    for count in range(0, top + 1, unit):
        yield from _tick(bottom - _COLUMNS * count / top, str(count))
    for number, day in enumerate(days):
        middle, y, stacked = _LEFT + step * (number + 0.5), bottom, []
        for level in LEVELS:
            if count := day.levels.get(level, 0):
                height = _COLUMNS * count / top
                y -= height
                kind = f"block {level}" if width > 4 else level
                stacked.append(_tag("rect", kind, x=middle - width / 2, y=y, width=width, height=height))
        if stacked:
            counts = (f"{count} {SAYS.get(level, level)}" for level in LEVELS if (count := day.levels.get(level, 0)))
            yield _tag("g", "", _hint(f"{day.day}: {', '.join(counts)}") + Markup().join(stacked))
        if day.customer_tickets and step >= _DIGIT * len(str(most)) + 4:
            yield _text(middle, y - 4, str(day.customer_tickets), "middle")
    yield _tag("line", "axis", x1=_LEFT, y1=bottom, x2=_WIDTH - _RIGHT, y2=bottom)


def _share(days: Sequence[Day], step: float, budget_percent: float) -> Iterable[Markup]:
    most = max([budget_percent * 1.25, *(day.percent or 0.0 for day in days)])
    unit = _unit(ceil(min(most, 100.0)), 3)
    top = min(unit * max(1, ceil(most / unit)), 100)
    bottom = _SHARE_TOP + _SHARE

    def y_of(percent: float) -> float:
        return bottom - _SHARE * min(percent, top) / top

    yield _text(_LEFT, _SHARE_TOP - 12, "Share of p0 and p1, in percent; dashed: the budget", "soft")
    for percent in {*range(0, top, unit), top}:
        yield from _tick(y_of(percent), str(percent))
    dots = [
        (number, _LEFT + step * (number + 0.5), day.percent)
        for number, day in enumerate(days)
        if day.percent is not None
    ]
    for (before, x1, left), (after, x2, right) in pairwise(dots):
        if after == before + 1:  # a day without tickets has no share: the line does not pretend one
            yield _tag("line", "share", x1=x1, y1=y_of(left), x2=x2, y2=y_of(right))
    yield _tag("line", "budget", x1=_LEFT, y1=y_of(budget_percent), x2=_WIDTH - _RIGHT, y2=y_of(budget_percent))
    size = min(4.0, max(1.0, step * 0.4))
    for number, x, percent in dots:
        y, hint = y_of(percent), _hint(f"{days[number].day}: {percent:.1f} %")
        if percent > budget_percent:  # another form as well as another colour
            around = f"{x:.1f},{y - 1.5 * size:.1f} {x + 1.5 * size:.1f},{y:.1f} {x:.1f},{y + 1.5 * size:.1f} "
            yield _tag("polygon", "over", hint, points=f"{around}{x - 1.5 * size:.1f},{y:.1f}")
        else:
            yield _tag("circle", "within", hint, cx=x, cy=y, r=size)


def _days_say(days: Sequence[Day], budget_percent: float) -> str:
    most = max(days, key=lambda day: day.customer_tickets)
    over = sum(day.percent is not None and day.percent > budget_percent for day in days)
    return (
        f"{len(days)} days, {days[0].day} to {days[-1].day}. "
        f"Most customer tickets: {most.customer_tickets} on {most.day}. "
        f"Days with a share of p0 and p1 over the budget of {budget_percent:g} %: {over}."
    )


def _tick(y: float, says: str) -> Iterable[Markup]:
    yield _tag("line", "grid", x1=_LEFT, y1=y, x2=_WIDTH - _RIGHT, y2=y)
    yield _text(_LEFT - 6, y + 4.5, says, "soft end")


def _unit(most: int, ticks: int) -> int:
    """The distance of lines across, easy to read: at most so many of them up to ``most``."""
    scale = 1
    while True:
        for digit in (1, 2, 5):
            if digit * scale * ticks >= most:
                return digit * scale
        scale *= 10


def _image(
    name: str, size: tuple[float, float], title: str, says: str, parts: Iterable[Markup], kind: str = "broad"
) -> Markup:
    return Markup(
        '<svg class="plot {0}" role="img" width="{1:g}" height="{2:g}" viewBox="0 0 {1:g} {2:g}" '
        'aria-labelledby="{3}-title {3}-desc">'
        '<title id="{3}-title">{4}</title><desc id="{3}-desc">{5}</desc>{6}</svg>'
    ).format(kind, *size, name, title, says, Markup().join(parts))


def _hint(says: str) -> Markup:
    """What a pointer that rests there is told."""
    return Markup("<title>{}</title>").format(says)


def _room(words: Iterable[str]) -> float:
    """Enough for the longest of them."""
    return _LETTER * max((len(one) for one in words), default=0) + 12


def _text(x: float, y: float, says: str, kind: str = "") -> Markup:
    return _tag("text", kind, escape(says), x=x, y=y)


def _tag(name: str, kind: str, inside: Markup | None = None, **attributes: float | str) -> Markup:
    given = {"class": kind, **attributes} if kind else attributes
    written = Markup().join(
        Markup(' {}="{}"').format(key, f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value)
        for key, value in given.items()
    )
    return (
        Markup("<{0}{1}/>").format(name, written)
        if inside is None
        else Markup("<{0}{1}>{2}</{0}>").format(name, written, inside)
    )
