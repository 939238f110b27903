"""The terminal: what matters first, in 80 columns and in 120, without colour, and safe to print."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tests.report import reports
from tests.report.stories import counted
from zendesk_sync.cli.report_text import show
from zendesk_sync.policy.terms import CustomerType
from zendesk_sync.report.findings import findings, hours
from zendesk_sync.report.model import Report


def printed(report: Report, width: int = 80, *, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="\n")
    show(report, reports.NAMES, Console(file=file, width=width, highlight=False, soft_wrap=True))
    file.flush()
    return "\n".join(line.rstrip() for line in raw.getvalue().decode(encoding).split("\n"))


@settings(max_examples=15)
@given(reports.reports(), st.sampled_from([80, 120]))
def test_it_fits_and_prints_nothing_that_a_terminal_obeys(report: Report, width: int) -> None:
    said = printed(report, width)
    assert not [sign for sign in said if not sign.isprintable() and sign not in {"\n", "�"}]
    assert max(cell_len(line) for line in said.splitlines()) <= width


def test_a_manager_reads_the_findings_first() -> None:
    top = printed(reports.full(), 120).splitlines()
    assert top[0] == "Report on acme, 2026-03-02 09:30 UTC to 2026-03-16 09:30 UTC"
    assert top[2] == "  Received         111 tickets, 96 of them customers'. Not looked at yet: 2."
    assert top[3].startswith("! p0 and p1 ")
    assert "18 of 96 customer tickets (18.8 %), over the budget of 10 %: 11 by customers'" in top[3]


def test_the_findings_say_what_is_so() -> None:
    said = {one.topic: one for one in findings(reports.full())}
    assert said["p0 and p1"].says.endswith(
        "11 by customers' Severity, 4 by agents' official priority, 2 by text alone, "
        "1 by customer engineers' official priority."
    )
    assert said["Goal"].says == "14 of 75 first responses missed (81.3 % met); 3 running, 5 suspended by surge."
    assert said["Contract"].says == "3 of 40 first responses missed (92.5 % met); 2 running."
    assert said["Context"].says == (
        "12 p2 open, 5 with complete context, 6 without; the oldest without is ticket 812, 6 d 4 h old."
    )
    assert said["Overrides"].says == (
        "People changed the computed level 14 times: 9 up, 4 down, 1 cleared. "
        "Most often against sla-severity-2-unpaid: 5 up, 0 down, 0 cleared."
    )
    assert said["Triage"].says == "5 open tickets waiting for a level; the longest, ticket 777, 2 d 2 h."
    assert said["Surge"].says == "20.50 h (20 h 30 min) in 2 stretches."
    assert [topic for topic, one in said.items() if one.calls] == [
        "p0 and p1",
        "Contract",
        "No Severity",
        "Context",
        "Triage",
    ]


def test_no_word_of_a_wide_table_is_broken() -> None:
    """In 80 columns with every customer type and level; a head of two words takes two lines."""
    full = reports.full()
    levels = {level: {kind.value: 120 for kind in CustomerType} for level in full.received.by_level}
    lines = printed(replace(full, received=replace(full.received, by_level=levels))).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("Received, by level"))
    rows = [line.split() for line in lines[at + 1 : lines.index("", at)]]
    assert rows[:2] == [
        ["open"],
        ["Level", "presales", "enterprise", "team", "free", "source", "internal", "unknown", "all"],
    ]
    assert ["undetermined", *["120"] * 7, "840"] in rows
    assert len(rows) == 2 + 6 + 1


def test_nothing_received_is_said_and_what_is_open_still_stands() -> None:
    assert [one.says for one in findings(reports.empty())] == [
        "No ticket was received in this window.",
        "Not known here: only the service's store tells.",
    ]
    waiting = replace(reports.empty(), needs_triage=reports.full().needs_triage)
    assert "5 open tickets waiting for a level" in printed(waiting)


def test_days_on_which_nothing_came_are_whole_lines() -> None:
    """Each day keeps its date, its number and the sign for no share."""
    assert [line.split() for line in printed(counted({}, until=72)).splitlines()[-3:]] == [
        ["2026-03-02", "0", "-"],
        ["2026-03-03", "0", "-"],
        ["2026-03-04", "0", "-"],
    ]


def test_people_stand_by_name_where_one_is_known() -> None:
    said = printed(reports.full())
    for who in ("Ada Agent (agent)", "Jörg Müller (agent)", "customer engineer 9", "end user 41"):
        assert who in said


def test_bars_need_no_colour_and_no_special_letters() -> None:
    """p0 and p1 are another sign; on a terminal that lacks blocks, one that it has."""
    assert "  2026-03-03   9  33.3 %  ███░░░░░░\n" in printed(reports.full())
    plain = printed(reports.full(), encoding="ascii")
    assert "  2026-03-03   9  33.3 %  ###------\n" in plain
    assert "?" not in plain.replace("J?rg M?ller", "")


def test_many_days_and_tickets_are_cut_and_the_rest_is_named() -> None:
    said = printed(reports.full(90))
    assert "60 earlier days: in the files of --csv and --html.\n" in said
    assert " and 67 more." in said
    assert len(said.splitlines()) < 150


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "-"),
        (0.4, "0.40 h"),
        (1.15, "1.15 h (1 h 9 min)"),
        (148.27, "148.27 h (6 d 4 h)"),
        (1e4, "10,000.00 h (416 d 16 h)"),
    ],
)
def test_hours_keep_their_two_decimals(value: float | None, words: str) -> None:
    assert hours(value) == words
