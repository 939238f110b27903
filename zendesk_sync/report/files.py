"""What a report may write to disk: never over a file that is there, unless somebody says so, and never half a file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from zendesk_sync.errors import InputError


def check(files: Collection[Path], *, overwrite: bool) -> None:
    """Say what stands in the way, before anything costs time or is written.

    Raises:
        InputError: a file is there already, or a folder stands in its place, or a file in its folder's.
    """
    with _said():
        for file in files:
            if file.is_dir():
                raise InputError(f"{file}: is a folder; expected the name of a file")
            folder = next(one for one in file.absolute().parents if one.exists())
            if not folder.is_dir():
                raise InputError(f"{folder}: is a file; expected a folder")
        there = [file for file in files if file.exists() or file.is_symlink()]
    if there and not overwrite:
        others = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise InputError(f"{there[0]}{others}: there already, left alone; --overwrite replaces it")


def write(files: Mapping[Path, str], *, overwrite: bool) -> None:
    """Write all of them, with the folders that they need; other files there stay as they are.

    Raises:
        InputError: what :func:`check` says, or the disk refuses.
    """
    check(files.keys(), overwrite=overwrite)
    with _said():
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            scratch = file.with_name(f".{file.name}.new")
            try:
                scratch.write_text(text, encoding="utf-8", errors="replace", newline="")
                scratch.replace(file)
            finally:
                scratch.unlink(missing_ok=True)


@contextmanager
def _said() -> Iterator[None]:
    """What the disk refuses, as a message for people."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be written: {error.strerror}") from None
