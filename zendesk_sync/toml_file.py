"""TOML files of people: read, and what is wrong in them said by file, key, what was found and what is allowed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from zendesk_sync.errors import ConfigurationError

UNSHOWN = "unshown"
"""The kind of fault (of pydantic's) whose message must not repeat what was found."""
Misplaced = Callable[[tuple[int | str, ...]], str | None]


def read(file: Path, what: str) -> dict[str, Any]:
    """The file's content; ``what`` is what messages call it.

    Raises:
        ConfigurationError: it is not there, cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{file}: no such {what}. Name one with --config FILE or ZENDESK_SYNC_CONFIG; "
            f"`zendesk-sync init` writes one, and `zendesk-sync demo` needs none"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: cannot read this {what}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: not valid TOML: {error}") from None


def describe(
    file: Path,
    error: ValidationError,
    model: type[BaseModel],
    *,
    secret: bool = False,
    misplaced: Misplaced | None = None,
) -> str:
    """All faults of a file as lines for a person: file, key, what was found, what is allowed.

    Args:
        file: its path.
        error: what pydantic says.
        model: what the file was read as.
        secret: values are not repeated.
        misplaced: says of an unknown key's place what is wrong with it being here, or None.
    """
    lines = []
    for fault in error.errors(include_url=False):
        key = ".".join(str(part) for part in fault["loc"] if part != "[key]") or "(file)"
        if fault["type"] == "extra_forbidden" and misplaced and (said_of_it := misplaced(fault["loc"])):
            lines.append(f"{file}: {key}: {said_of_it}")
        elif fault["type"] == "extra_forbidden":
            allowed = ", ".join(sorted(_fields_at(model, fault["loc"][:-1]) - {"source"}))
            lines.append(f"{file}: {key}: unknown key; allowed here: {allowed}")
        elif fault["type"] == "missing":
            lines.append(f"{file}: {key}: missing; expected a value here")
        else:
            found = (
                ""
                if secret or fault["type"] == UNSHOWN or isinstance(fault["input"], dict)
                else f"; found {fault['input']!r}"
            )
            said = fault["msg"].removeprefix("Value error, ").split("\n")
            lines += [f"{file}: {key}: {each}{found}" if fault["loc"] else f"{file}: {each}" for each in said]
    return "\n".join(lines)


def _fields_at(model: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    """The keys allowed at a place of a nested model; dictionaries are stepped through."""
    for part in location:
        field = model.model_fields.get(str(part))
        if field is None:
            continue
        inner = field.annotation
        candidates = [inner, *getattr(inner, "__args__", ())]
        model = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), model)
    return set(model.model_fields)


def escaped(value: str) -> str:
    """The inside of a basic string of TOML."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
