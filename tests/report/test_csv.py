"""CSV: what a program reads back is what the model holds, and no cell of theirs is a formula."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings

from tests.report import reports
from zendesk_sync.report.csv_files import COLUMNS, CONTEXT, COUNTS, FORMULA, LEVELS, WINDOW, csv_files
from zendesk_sync.report.model import Report

Rows = list[dict[str, str]]


def read(text: str) -> Rows:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return list(rows)


def shown(value: object) -> str:
    return "" if value is None else str(value)


@settings(max_examples=15)
@given(reports.reports())
def test_a_reader_gets_the_numbers_of_the_model(report: Report) -> None:
    files = {name: read(text) for name, text in csv_files(report, {}).items()}
    assert {(row["level"], row["customer_type"]): row["tickets"] for row in files["received.csv"]} == {
        (level, kind): str(count) for level, row in report.received.by_level.items() for kind, count in row.items()
    }
    (share,) = files["share.csv"]
    assert (share["urgent"], share["percent"]) == (str(report.share.urgent), shown(report.share.percent))
    assert share["within"] == {None: "", True: "true", False: "false"}[report.share.within]
    assert [int(row["ticket"]) for row in files["urgent.csv"]] == list(report.share.tickets)
    assert [int(row["tickets"]) for row in files["raised_by.csv"]] == [one.tickets for one in report.share.raised_by]
    hits = {(row["clock"], row["of"]): row for row in files["first_response.csv"]}
    for clock, of in (("goal", report.first_response.goal), ("contract", report.first_response.contract)):
        for name, one in of.items():
            row = hits.pop((clock, name))
            assert [row[key] for key in ("met", "missed", "running")] == [
                str(one.met),
                str(one.missed),
                str(one.running),
            ]
            assert row["rate_percent"] == shown(one.rate_percent)
            assert row["suspended"] == (str(one.suspended) if clock == "goal" else "")
    assert not hits
    assert [row["rule"] for row in files["overrides.csv"]] == ["all", *report.overrides.by_rule]
    assert [[int(row[level]) for level in LEVELS] for row in files["by_day.csv"]] == [
        [one.levels[level] for level in LEVELS] for one in report.by_day
    ]
    assert [row["percent"] for row in files["by_day.csv"]] == [shown(one.percent) for one in report.by_day]


@settings(max_examples=15)
@given(reports.reports())
def test_no_cell_is_a_formula_and_every_row_is_whole(report: Report) -> None:
    told = report.as_json()
    for name, text in csv_files(report, {7: "=HYPERLINK(1)", 8: "  +1"}).items():
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        assert header == [*WINDOW, *COLUMNS[name]]
        assert text.endswith("\r\n")
        for row in rows:
            assert len(row) == len(header)
            assert row[1:3] == [told["since"], told["until"]]
            assert not [cell for cell in row if cell.lstrip().startswith(FORMULA)]


@pytest.mark.parametrize("typed", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1"])  # noqa: RUF001
def test_what_somebody_typed_is_text_to_a_spreadsheet(typed: str) -> None:
    report = reports.full(reason=typed, by=typed, account=typed)
    files = {name: read(text) for name, text in csv_files(report, {7: typed}).items()}
    surge, raised = files["surge.csv"][0], files["raised_by.csv"][1]
    for cell in (surge["reason"], surge["by"], surge["account"], raised["name"]):
        assert cell.startswith("'")
        assert cell[1:].split() == typed.split()


def test_figures_stand_by_their_place_in_the_json() -> None:
    files = {name: read(text) for name, text in csv_files(reports.full(), reports.NAMES).items()}
    counts = {row["figure"]: row["value"] for row in files["counts.csv"]}
    assert tuple(counts) == COUNTS
    assert counts["needs_triage.oldest.ticket"] == "777"
    assert counts["first_response.no_contract.median_hours"] == "3.41"
    context = {row["figure"]: row["value"] for row in files["context.csv"]}
    assert tuple(context) == CONTEXT
    assert (context["oldest_missing.ticket"], context["oldest_missing.hours"]) == ("812", "148.27")
    empty = {name: read(text) for name, text in csv_files(reports.empty(), {}).items()}
    assert {row["figure"]: row["value"] for row in empty["counts.csv"]}["needs_triage.oldest.ticket"] == ""


def test_every_single_number_of_the_json_is_in_some_file() -> None:
    """No figure is forgotten: each leaf of the JSON beside tables and lists is a figure or a column."""
    told = reports.full().as_json()
    leaves = {
        place
        for place in leaf_places(told)
        if place.split(".")[0] not in {"share", "by_day", "account", "since", "until", "context"}
        and not place.startswith(("received.by_level", "first_response.goal", "first_response.contract."))
        and not place.startswith("overrides.by_rule")
    }
    of_overrides = {f"overrides.{name}" for name in COLUMNS["overrides.csv"][1:]}
    assert leaves - {"surge.stretches"} == set(COUNTS) | of_overrides
    assert set(leaf_places(told["context"])) == set(CONTEXT)
    assert set(told["share"]) == {*COLUMNS["share.csv"], "tickets", "raised_by"}
    assert set(told["by_day"][0]) == {*COLUMNS["by_day.csv"], "levels"} - set(LEVELS)


def leaf_places(told: object, before: str = "") -> list[str]:
    if not isinstance(told, dict):
        return [before]
    return [place for key, value in told.items() for place in leaf_places(value, f"{before}.{key}" if before else key)]
