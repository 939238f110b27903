"""docs/data.md names every table and column of the store, and none that is not there."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.docs.generate import DOCS
from zendesk_sync.store import schema
from zendesk_sync.store.writes import ECHO_S

TEXT: Final = (DOCS / "data.md").read_text(encoding="utf-8")
PART: Final = TEXT.split("## What is stored")[1].split("\n## ")[0]
ROWS: Final = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PART.splitlines() if line.startswith("| `")]
TOLD: Final = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in ROWS}


def test_every_table_is_named_and_no_other() -> None:
    assert set(TOLD) == set(schema.metadata.tables)


@pytest.mark.parametrize("table", sorted(schema.metadata.tables))
def test_every_column_is_named_and_no_other(table: str) -> None:
    assert TOLD[table] == {column.name for column in schema.metadata.tables[table].columns}


def test_every_table_says_what_it_holds() -> None:
    for row in ROWS:
        assert len(row) == 4
        assert row[2], row[0]


def test_writes_are_remembered_for_as_long_as_it_says() -> None:
    (row,) = [row for row in ROWS if row[0] == "`seen`"]
    assert row[3] == f"{ECHO_S / 86_400:.0f} days"
