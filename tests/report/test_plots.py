"""Drawings: lengths are in proportion to the numbers, nothing leaves the picture, words stay words."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report import reports
from zendesk_sync.report.model import Report, Stretch
from zendesk_sync.report.plots import LEVELS, Bar, Moves, bars, both_ways, by_day, short

COUNTS = st.integers(0, 10**9)
CANARY = "<script>&\"'"
Image = ElementTree.Element


def drawn(markup: str) -> Image:
    return ElementTree.fromstring(markup)


def rectangles(image: Image, kind: str) -> list[dict[str, float]]:
    return [
        {key: float(value) for key, value in one.attrib.items() if key != "class"}
        for one in image.iter("rect")
        if kind in one.attrib["class"].split() and "key" not in one.attrib["class"].split()
    ]


def assert_inside(image: Image) -> None:
    _, _, width, height = map(float, image.attrib["viewBox"].split())
    for one in image.iter("rect"):
        x, y = float(one.attrib["x"]), float(one.attrib["y"])
        assert 0 <= x <= x + float(one.attrib["width"]) <= width + 0.1
        assert 0 <= y <= y + float(one.attrib["height"]) <= height + 0.1
    for one in image.iter("text"):
        assert 0 <= float(one.attrib["x"]) <= width
        assert 0 <= float(one.attrib["y"]) <= height
    for one in image.iter("circle"):
        assert 0 <= float(one.attrib["cx"]) <= width
        assert 0 <= float(one.attrib["cy"]) <= height


@settings(max_examples=20)
@given(reports.reports())
def test_columns_are_as_high_as_their_counts(report: Report) -> None:
    image = drawn(by_day("plot", report.by_day, report.share.budget_percent, report.surge.stretches))
    assert_inside(image)
    units = []
    for level in LEVELS:
        counts = [day.levels[level] for day in report.by_day if day.levels[level]]
        blocks = rectangles(image, level)
        assert len(blocks) == len(counts)
        units += [(block["height"], count) for block, count in zip(blocks, counts, strict=True)]
    whole = sum(height for height, _ in units)
    total = sum(count for _, count in units)
    for height, count in units:
        assert height * total == pytest.approx(whole * count, abs=0.06 * (total + count * len(units)))


@settings(max_examples=20)
@given(reports.reports())
def test_a_share_over_the_budget_has_another_form(report: Report) -> None:
    image = drawn(by_day("plot", report.by_day, report.share.budget_percent))
    shares = [day.percent for day in report.by_day if day.percent is not None]
    over = [one for one in shares if one > report.share.budget_percent]
    assert len(list(image.iter("polygon"))) == len(over)
    assert len(list(image.iter("circle"))) == len(shares) - len(over)


def test_a_surge_lies_behind_its_days() -> None:
    """A surge of the whole third day covers exactly the third day's part of the plot, and a legend says what it is."""
    days = reports.full(9).by_day
    begins = reports.SINCE.replace(hour=0, minute=0) + timedelta(days=2)
    outside = Stretch(begins - timedelta(days=40), begins - timedelta(days=30), "ada", "long over")
    surge = Stretch(begins, begins + timedelta(days=1), "ada", CANARY)
    image = drawn(by_day("plot", days, 10, [outside, surge]))
    (shaded,) = rectangles(image, "surge")
    assert (shaded["x"], shaded["width"]) == pytest.approx((48 + 2 * 84, 84), abs=0.1)
    words = [one.text for one in image.iter("text")]
    assert "surge" in words
    assert "surge" not in [one.text for one in drawn(by_day("plot", days, 10, [outside])).iter("text")]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.text("ab<&\"'", max_size=9), st.none() | st.floats(0, 100)), max_size=6))
def test_a_lying_bar_is_as_long_as_its_number(rows: list[tuple[str, float | None]]) -> None:
    image = drawn(bars("plot", CANARY, [Bar(label, length, f"{length}") for label, length in rows], 100))
    assert_inside(image)
    tracks, lengths = rectangles(image, "track"), [length for _, length in rows if length]
    assert len(tracks) == len(rows)
    full = tracks[0]["width"] if tracks else 0
    found = [bar["width"] for bar in rectangles(image, "main")]
    assert found == pytest.approx([full * length / 100 for length in lengths], abs=0.06)


@settings(max_examples=40)
@given(st.lists(st.builds(Moves, st.text("ab<&", max_size=22), COUNTS, COUNTS, COUNTS), max_size=6))
def test_both_ways_have_one_scale(rows: list[Moves]) -> None:
    image = drawn(both_ways("plot", CANARY, rows, down="less", up="more", away="cleared"))
    assert_inside(image)
    found = [bar["width"] for bar in rectangles(image, "main")]
    most = max((max(row.down, row.up) for row in rows), default=0) or 1
    longest = max(found, default=0)
    assert found == pytest.approx([longest * count / most for row in rows for count in (row.down, row.up)], abs=0.2)


def test_every_level_is_drawn_and_a_pointer_is_told_the_numbers() -> None:
    assert set(LEVELS) == set(reports.LEVELS)
    days = reports.full().by_day[1:2]
    hints = [one.text for one in drawn(by_day("plot", days, 10)).iter("title")]
    assert hints[1:] == ["2026-03-03: 3 p1, 4 p2, 1 undetermined, 1 p3", "2026-03-03: 33.3 %"]


def test_no_day_no_drawing() -> None:
    assert by_day("plot", (), 10) == ""


def test_a_day_is_written_the_same_everywhere() -> None:
    assert (short("2026-03-02"), short("2026-12-31")) == ("2 Mar", "31 Dec")
