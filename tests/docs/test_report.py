"""docs/report.md names every CSV file and column of the report, and none that is not there."""

from __future__ import annotations

import re
from typing import Final

from tests.docs.generate import DOCS
from zendesk_sync.report.csv_files import COLUMNS, CONTEXT, COUNTS, WINDOW

TEXT: Final = (DOCS / "report.md").read_text(encoding="utf-8")
PART: Final = TEXT.split("## Where it goes")[1]
ROWS: Final = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PART.splitlines() if line.startswith("| `")]


def test_every_file_and_column_is_named_in_its_order_and_no_other() -> None:
    told = {row[0].strip("`"): tuple(re.findall(r"`(\w+)`", row[1])) for row in ROWS}
    assert told == dict(COLUMNS)
    assert f"every row begins with {', '.join(f'`{name}`' for name in WINDOW)}" in " ".join(PART.split())


def test_figures_given_as_examples_exist() -> None:
    (context,), (counts,) = (
        re.findall(r"`([\w.]+)`", row[2]) for row in ROWS if row[0] in {"`context.csv`", "`counts.csv`"}
    )
    assert context in CONTEXT
    assert counts in COUNTS
