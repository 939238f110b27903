"""Reads policy files, case files and labelled tickets for the pure rooms; faults become messages for people."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from zendesk_sync.errors import CaseFileError, InputError, PolicyFileError
from zendesk_sync.policy import case_format, corpus, handbook
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.toml_file import describe

DEFAULT_FILES = ("handbook.toml", "evidence.toml", "detectors.toml", "replies.toml")


def default_text() -> str:
    """The text of the policy that ships, with its comments: what people decide, and how text is read."""
    folder = resources.files("zendesk_sync.policy")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in DEFAULT_FILES)


@cache
def default_handbook() -> Handbook:
    """The policy that ships with the project."""
    return handbook.parse(default_text())


def load_handbook(path: Path | None) -> Handbook:
    """The policy in force: a team's own file, or the default.

    Raises:
        PolicyFileError: the file is missing, is not TOML, or a key is wrong; says which and what is allowed.
    """
    if path is None:
        return default_handbook()
    text = _read(path, "policy file", PolicyFileError)
    try:
        return handbook.parse(text, default_text())
    except tomllib.TOMLDecodeError as error:
        raise PolicyFileError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        raise PolicyFileError(describe(path, error, Handbook)) from None
    except (ValueError, RecursionError):
        raise PolicyFileError(f"{path}: a number too long or lists nested too deep; expected a policy file") from None


def load_cases(path: Path) -> case_format.CaseFile:
    """One case file.

    Raises:
        CaseFileError: missing, not TOML, or a case has a wrong key; says which case, key, and what was expected.
    """
    text = _read(path, "case file", CaseFileError)
    try:
        return case_format.parse(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CaseFileError(f"{path}: not valid TOML: {error}") from None
    except case_format.CaseFault as error:
        raise CaseFileError("\n".join(f"{path}: {line}" for line in error.lines)) from None
    except (ValueError, RecursionError):
        raise CaseFileError(f"{path}: a number too long or lists nested too deep; expected a case file") from None


def load_corpus(path: Path) -> list[corpus.Labelled]:
    """Labelled tickets, one JSON object a line.

    Raises:
        InputError: it cannot be read, or a line has another shape; says which line and key.
    """
    tickets = []
    for number, line in enumerate(_read(path, "corpus", InputError).split("\n"), 1):
        if line.strip():
            try:
                tickets.append(corpus.Labelled.model_validate_json(line))
            except ValidationError as error:
                fault = error.errors(include_url=False)[0]
                key = ".".join(str(part) for part in fault["loc"]) or "(line)"
                raise InputError(f"{path}: line {number}: {key}: {fault['msg']}") from None
    return tickets


def _read(path: Path, what: str, error_class: type[InputError]) -> str:
    """The file's text; a byte order mark is fine."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise error_class(f"{path}: not UTF-8 text (at byte {error.start}); expected a {what}") from None
    except OSError as error:
        raise error_class(f"{path}: cannot read this {what}: {error.strerror}") from None
