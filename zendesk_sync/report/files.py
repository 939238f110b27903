"""What a report may write to disk: never over a file that is there, unless somebody says so, and never half a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from zendesk_sync.errors import InputError


def check(files: Mapping[Path, str] | list[Path], *, overwrite: bool) -> None:
    """Say what stands in the way, before anything costs time or is written.

    Raises:
        InputError: a file is there already, or a folder stands in its place, or a file in its folder's.
    """
    for file in files:
        if file.is_dir():
            raise InputError(f"{file}: is a folder; expected the name of a file")
        if (folder := next((one for one in file.parents if one.exists()), None)) is not None and not folder.is_dir():
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
    check(files, overwrite=overwrite)
    try:
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            scratch = file.with_name(f".{file.name}.new")
            try:
                scratch.write_text(text, encoding="utf-8", errors="replace", newline="")
                scratch.replace(file)
            finally:
                scratch.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{error.filename or file}: cannot be written: {error.strerror}") from None
