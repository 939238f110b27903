"""What one check found, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """``FAIL``: something required is wrong, and ``doctor`` ends with 1. ``SKIPPED``: it could not be looked at."""

    OK = "ok"
    WARN = "warning"
    FAIL = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One line.

    Attributes:
        name: of the check, the same for every account; ``docs/doctor.md`` explains each.
        mark: the verdict.
        detail: what was found, for people.
        fix: what to do; empty where nothing is to do.
    """

    name: str
    mark: Mark
    detail: str
    fix: str = ""

    def json(self) -> dict[str, str]:
        return {"check": self.name, "mark": self.mark.value, "detail": self.detail, "fix": self.fix}


def ok(name: str, detail: str) -> Check:
    return Check(name, Mark.OK, detail)


def warn(name: str, detail: str, fix: str) -> Check:
    return Check(name, Mark.WARN, detail, fix)


def fail(name: str, detail: str, fix: str) -> Check:
    return Check(name, Mark.FAIL, detail, fix)


def skipped(name: str, why: str) -> Check:
    return Check(name, Mark.SKIPPED, why)
