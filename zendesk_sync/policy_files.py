"""Reads policy files and case files from disk for the pure rooms, and turns their faults into messages for people."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from zendesk_sync.errors import CaseFileError, PolicyFileError
from zendesk_sync.policy import cases, handbook
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.settings import describe


def default_handbook() -> Handbook:
    """The policy that ships with the project."""
    return handbook.parse(default_text())


def default_text() -> str:
    """The text of the policy that ships, with its comments."""
    return resources.files("zendesk_sync.policy").joinpath("handbook.toml").read_text(encoding="utf-8")


def load_handbook(path: Path | None) -> Handbook:
    """The policy in force: a team's own file, or the default.

    Raises:
        PolicyFileError: the file is missing, is not TOML, or a key is wrong; says which and what is allowed.
    """
    if path is None:
        return default_handbook()
    try:
        return handbook.parse(path.read_text(encoding="utf-8-sig"), default_text())
    except FileNotFoundError:
        raise PolicyFileError(f"{path}: no such policy file (service.policy in the configuration names it)") from None
    except UnicodeDecodeError as error:
        raise PolicyFileError(f"{path}: not UTF-8 text (at byte {error.start})") from None
    except OSError as error:
        raise PolicyFileError(f"{path}: cannot read this policy file: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyFileError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        raise PolicyFileError(describe(path, error, Handbook)) from None
    except (ValueError, RecursionError):
        raise PolicyFileError(f"{path}: a number too long or lists nested too deep; expected a policy file") from None


def load_cases(path: Path) -> cases.CaseFile:
    """One case file.

    Raises:
        CaseFileError: missing, not TOML, or a case has a wrong key; says which case, key, and what was expected.
    """
    try:
        return cases.parse(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        raise CaseFileError(f"{path}: no such case file") from None
    except UnicodeDecodeError as error:
        raise CaseFileError(f"{path}: not UTF-8 text (at byte {error.start})") from None
    except OSError as error:
        raise CaseFileError(f"{path}: cannot read this case file: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise CaseFileError(f"{path}: not valid TOML: {error}") from None
    except cases.CaseFault as error:
        raise CaseFileError("\n".join(f"{path}: {line}" for line in error.lines)) from None
    except (ValueError, RecursionError):
        raise CaseFileError(f"{path}: a number too long or lists nested too deep; expected a case file") from None
