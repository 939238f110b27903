"""The Dockerfile as steps, and what .dockerignore lets into the build; as Docker's reference describes both.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from tests.packaging.pins import ROOT

DOCKERFILE: Final = ROOT / "Dockerfile"
IGNORE: Final = ROOT / ".dockerignore"


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: ``word`` in capitals, and the rest of its line with continuations joined."""

    word: str
    rest: str

    @property
    def words(self) -> list[str]:
        """The exec form of CMD, ENTRYPOINT, HEALTHCHECK, VOLUME.

        Raises:
            ValueError: it is the shell form, under which signals would reach a shell.
        """
        found: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return found

    @property
    def flags(self) -> dict[str, str]:
        """``--from=build`` as ``{"from": "build"}``."""
        return dict(re.findall(r"--([a-z-]+)=(\S+)", self.rest))

    @property
    def plain(self) -> str:
        """The rest without flags."""
        return re.sub(r"--[a-z-]+=\S+\s+", "", self.rest)


def stages() -> list[list[Step]]:
    """Each stage's steps; the first of each is its FROM."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = [line for line in re.sub(r"\\\n\s*", " ", text).splitlines() if line.strip()]
    found: list[list[Step]] = []
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        step = Step(word, rest.strip())
        if word == "FROM":
            found.append([])
        found[-1].append(step)
    return found


def the(steps: Iterable[Step], word: str) -> Step:
    """The one step of this kind."""
    (step,) = [step for step in steps if step.word == word]
    return step


def environment(steps: Iterable[Step], before: dict[str, str]) -> dict[str, str]:
    """The variables that ENV steps set, over those that were there."""
    result = dict(before)
    for step in steps:
        if step.word == "ENV":
            for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|(\S+))', step.rest):
                result[name] = re.sub(r"\$(\w+)", lambda m: result.get(m[1], ""), quoted or plain)
    return result


def in_context(path: str) -> bool:
    """Whether a file of the checkout gets into the build; the last rule that matches it or a folder above decides."""
    here = PurePosixPath(path)
    candidates = [str(here), *(str(parent) for parent in here.parents if parent != PurePosixPath())]
    is_in = True
    for line in IGNORE.read_text(encoding="utf-8").splitlines():
        rule = line.strip()
        if not rule or rule.startswith("#"):
            continue
        keeps, pattern = rule.startswith("!"), rule.removeprefix("!")
        if any(re.fullmatch(_expression(pattern), each) for each in candidates):
            is_in = keeps
    return is_in


def _expression(pattern: str) -> str:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.sub(r"\*\*/|\*\*|\*|\?|[^*?]+", lambda found: parts.get(found[0], re.escape(found[0])), pattern)
