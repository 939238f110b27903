"""Writing a report: nobody's file is lost, and nothing is written by halves."""

from __future__ import annotations

from pathlib import Path

import pytest

from zendesk_sync.errors import InputError
from zendesk_sync.report.files import check, write


def contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in folder.rglob("*") if file.is_file()
    }


def test_folders_are_made_and_line_ends_kept(tmp_path: Path) -> None:
    write({tmp_path / "a" / "b" / "one.csv": "ä,1\r\n", tmp_path / "page.html": "<p>\n"}, overwrite=False)
    assert (tmp_path / "a" / "b" / "one.csv").read_bytes() == "ä,1\r\n".encode()
    assert contents(tmp_path) == {"a/b/one.csv": "ä,1\n", "page.html": "<p>\n"}


def test_one_file_that_is_there_stops_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "two.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"two\.csv: there already, left alone; --overwrite replaces it"):
        write({tmp_path / "one.csv": "1", tmp_path / "two.csv": "2"}, overwrite=False)
    assert contents(tmp_path) == {"two.csv": "mine"}


def test_overwriting_leaves_other_files_alone(tmp_path: Path) -> None:
    for name in ("one.csv", "notes.txt"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    write({tmp_path / "one.csv": "1", tmp_path / "two.csv": "2"}, overwrite=True)
    assert contents(tmp_path) == {"one.csv": "1", "two.csv": "2", "notes.txt": "mine"}


def test_a_folder_in_the_files_place_and_a_file_in_the_folders_are_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="is a folder; expected the name of a file"):
        check([tmp_path / "folder"], overwrite=True)
    with pytest.raises(InputError, match="is a file; expected a folder"):
        check([tmp_path / "file" / "deep" / "one.csv"], overwrite=True)


def test_what_the_disk_refuses_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: File name too long"):
        write({tmp_path / f"{'long' * 80}.csv": "1"}, overwrite=False)
    assert contents(tmp_path) == {}


def test_a_letter_that_no_file_can_hold_stops_nothing(tmp_path: Path) -> None:
    write({tmp_path / "one.csv": "half a letter: \ud800"}, overwrite=False)
    assert contents(tmp_path) == {"one.csv": "half a letter: ?"}
