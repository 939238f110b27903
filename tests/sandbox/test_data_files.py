"""Files that cannot hold an account: one exception, which names the file, and the file stays as it was."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from zendesk_sync.sandbox import DataError, Sandbox


def _no_folder(folder: Path) -> Path:
    return folder / "missing" / "desk.db"


def _a_folder(folder: Path) -> Path:
    return folder


def _a_text(folder: Path) -> Path:
    path = folder / "notes.txt"
    path.write_text("These are my notes. " * 90, encoding="utf-8")
    return path


def _anothers(folder: Path, script: str = "CREATE TABLE song (title TEXT); INSERT INTO song VALUES ('x');") -> Path:
    path = folder / "songs.db"
    database = sqlite3.connect(path)
    database.executescript(script)
    database.close()
    return path


def _anothers_with_our_words(folder: Path) -> Path:
    return _anothers(folder, "CREATE TABLE record (id); CREATE TABLE setting (name, value);")


def _broken_inside(folder: Path) -> Path:
    path = folder / "desk.db"
    with Sandbox(path):
        pass
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\x07" * (len(content) - 4096))
    return path


def _impossible_name(folder: Path) -> Path:
    return folder / "a\0b"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_no_folder, "there is no folder"),
        (_a_folder, "it is a folder"),
        (_a_text, "file is not a database"),
        (_anothers, "it is the database of another program"),
        (_anothers_with_our_words, "it is the database of another program"),
        (_broken_inside, "it cannot be used"),
        (_impossible_name, "it cannot be used"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, make: Callable[[Path], Path], reason: str) -> None:
    """The message says which file and why, and nothing has been written to it."""
    path = make(tmp_path)
    before = path.read_bytes() if "\0" not in str(path) and path.is_file() else b""
    with pytest.raises(DataError, match=reason) as caught:
        Sandbox(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert not before or path.read_bytes() == before


def test_an_empty_file_becomes_an_account(tmp_path: Path) -> None:
    """A file made by `mktemp` is as good as none."""
    path = tmp_path / "desk.db"
    path.touch()
    with Sandbox(path) as first:
        secret = first.client_secret
    with Sandbox(path) as second:
        assert second.client_secret == secret
