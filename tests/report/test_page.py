"""The HTML file: every number as in the model, nothing from outside as markup, nothing fetched."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given, settings

from tests.report import reports
from tests.report.reading import Reading
from zendesk_sync.report.findings import percent
from zendesk_sync.report.model import ALL, Report
from zendesk_sync.report.page import page, tiles

CANARY = "<script>alert('canary')</script>\"><img src=x onerror=alert(1)>{{ 7 * 7 }}&amp;"
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "h1", "h2", "p", "a"),
    *("dl", "div", "dt", "dd", "ul", "li", "strong", "span", "figure", "figcaption", "details", "summary", "bdi"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "g", "desc", "rect", "line", "text", "circle", "polygon"),
}
DRAWING = re.compile(r"<svg.*?</svg>", re.DOTALL)


@settings(max_examples=20)
@given(reports.reports())
def test_whatever_people_typed_becomes_no_element(report: Report) -> None:
    reading = Reading(page(report, {}))
    assert {name for name, _ in reading.elements} <= ELEMENTS
    assert not [key for _, given in reading.elements for key in given if key.startswith("on") or key == "style"]


def test_names_reasons_and_the_account_stand_there_as_they_were_typed() -> None:
    report = reports.full(account=f"account {CANARY}", reason=f"reason {CANARY}", by=f"by {CANARY}")
    reading = Reading(page(report, {7: f"name {CANARY}"}))
    assert {name for name, _ in reading.elements} <= ELEMENTS
    said = "".join(reading.words)
    for what in ("account", "reason", "by", "name"):
        assert f"{what} {CANARY}" in said, what


def test_nothing_is_fetched_and_no_script_runs() -> None:
    """No address in it at all, beside links to itself; the page's own rule forbids everything else."""
    reading = Reading(page(reports.full(90), reports.NAMES))
    places = {key for _, given in reading.elements for key in given} & {"src", "href", "srcset", "action", "data"}
    assert places == {"href"}
    assert all(given["href"].startswith("#") for _, given in reading.elements if given.get("href"))  # type: ignore[union-attr]
    assert "url(" not in page(reports.full(), {})
    (policy,) = [given["content"] for _, given in reading.elements if given.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'")


@settings(max_examples=20)
@given(reports.reports())
def test_every_number_stands_as_the_model_has_it(report: Report) -> None:
    reading = Reading(page(report, {}))
    levels = reading.table("Tickets received").body
    assert [[number(cell) for cell in row[1:-1]] for row in levels[:-1]] == [
        list(row.values()) for row in report.received.by_level.values()
    ]
    assert number(levels[-1][-1]) == report.received.tickets
    goal = reading.table("Goal, by customer type").body
    assert goal == [
        [of.replace("_", " "), *counted(one.met, one.missed, one.running, one.suspended), percent(one.rate_percent)]
        for of, one in report.first_response.goal.items()
    ]
    contract = reading.table("Contract, by Severity").body
    assert contract == [
        [
            of if of == ALL else f"Severity {of}",
            *counted(one.met, one.missed, one.running),
            percent(one.rate_percent),
        ]
        for of, one in report.first_response.contract.items()
    ]
    days = reading.table("Tickets received by day (UTC)").body
    assert days == [
        [one.day, *counted(one.tickets, one.customer_tickets, *one.levels.values()), percent(one.percent)]
        for one in report.by_day
    ]


@settings(max_examples=20)
@given(reports.reports())
def test_every_plot_is_an_image_with_a_title_and_words(report: Report) -> None:
    names = []
    for drawing in DRAWING.findall(page(report, {})):
        image = ElementTree.fromstring(drawing)
        title, words = image.attrib["aria-labelledby"].split()
        told = {one.attrib["id"]: one.text for one in image if one.tag in {"title", "desc"}}
        assert image.attrib["role"] == "img"
        assert told[title]
        assert told[words]
        names.append(title)
    assert len(set(names)) == len(names)


def test_every_plot_has_its_numbers_in_a_table() -> None:
    reading = Reading(page(reports.full(), reports.NAMES))
    drawn = [given["aria-labelledby"] for name, given in reading.elements if name == "svg"]
    assert len(drawn) == 5
    captions = {grid.caption for grid in reading.grids}
    assert {
        "Tickets received by day (UTC)",
        "Goal, by customer type",
        "Contract, by Severity",
        "p2 received in the window, on their way to engineering",
        "Changes by people, by the rule that they disagreed with",
    } <= captions


def test_where_nothing_came_nothing_is_drawn_and_the_page_says_so() -> None:
    reading = Reading(page(reports.empty(), {}))
    assert not [name for name, _ in reading.elements if name == "svg"]
    assert "No ticket was received in this window." in "".join(reading.words)


def test_a_tile_calls_by_its_words_too() -> None:
    calling = [tile for tile in tiles(reports.full()) if tile.calls]
    assert [f"{tile.number} {tile.says}" for tile in calling] == [
        "18.8 % over the budget of 10 %",
        "92.5 % 3 of 40 first responses missed",
        "6 open p2 without complete context",
        "5 open tickets wait for a level",
    ]


def number(cell: str) -> int:
    return int(cell.replace(",", ""))


def counted(*counts: int) -> list[str]:
    return [f"{count:,}" for count in counts]
