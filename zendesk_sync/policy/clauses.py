"""A text as sentences and clauses (policy §7): where one thought of the reporter ends and the next begins.

Pure and linear: simple expressions over lines, each of which is cut to a bounded length.
"""

# ruff: noqa: RUF001  (punctuation of other scripts is meant)

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_CLAUSE = 600
"""Characters of one clause that are read."""
_WRAPPED = 60
"""A line of at least so many characters without an end of sentence goes on in the next one."""
_ABBREVIATIONS = (
    "ca.",
    "approx.",
    "e.g.",
    "i.e.",
    "z.b.",
    "bzw.",
    "nr.",
    "vs.",
    "sog.",
    "inkl.",
    "incl.",
    "env.",
    "p.",
)
_ASKS = ("?", "？", "か", "か。", "?)", '?"')
_OPENS_QUESTION = re.compile(
    r"¿|(?:(?:is|are) there (?:an?|any|some)|how (?:do|does|can|to|long|many|much|often)|where (?:do|can|is|are)"
    r"|which \w+ (?:do|does|is|are|can|should)|what (?:is|are|does|do)|can (?:i|we|one)|do(?:es)? (?:you|the|your)"
    r"|could (?:i|we)|may (?:i|we)) \w",
    re.IGNORECASE,
)
"""People in a hurry leave the question mark out."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
# Every alternative opens with one of a few characters, so that the search skips all others.
_CLAUSE = re.compile(
    r"[,;，；]\s+|[、；]|[()（）]"
    r"|\s(?:[-–—]+\s|->|=>|→"
    r"|(?:but|however|although|though|whereas|while|because|so that|and then|except that|aber|jedoch|sondern|allerdings"
    r"|weil|obwohl|während|mais|cependant|tandis que|parce que|pero|sino|aunque|porque|mientras que)\b"
    r"|(?:and|und|et|y)\s(?=(?:we|i|I|they|the|there|it|no|nobody|everyone|wir|es|die|das|kein\w*|niemand|nous|il|on"
    r"|les|personne|los|las|el|la|nadie)\b))"
    r"|(?:ですが|ますが|ので|ため|けれど|ものの)、?"
)
_ASIDE = re.compile(r"\s?[(（]([^()（）]{0,80})[)）]")
"""Words in parentheses are a clause of their own and do not tear theirs apart."""
_MACHINE = re.compile(
    r"\s*(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:|\[?\d\d:\d\d:\d\d|[{$<}]|\d+\. ?\+|at [\w.$<>]{1,120}\("
    r""
    r"|goroutine \d|Traceback|File \""
    r"|Caused by:|level=|ts=|t=\d|(?:ERROR|WARN|INFO|DEBUG|FATAL|Warning)\b[ \t]*[\[:|]|\w{1,40}(?:Error|Exception):"
    r"|panic:|\w{3} \d\d? \d\d:\d\d:\d\d |\d+s +(?:Warning|Normal) |[\w./-]{1,80}\.(?:go|py|java|js|ts|rb|php|cs):\d)"
)
_ENDS = (".", "!", "?", ":", ";", "。", "！", "？", "…", ")", "]")
_LABEL = re.compile(r"\s*[A-ZÀ-Ý][\w/ -]{1,30}[:=]\s")
_BULLET = re.compile(r"\s*(?:[-*•·#>]|\d{1,2}[.)])\s")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; whether a machine wrote it (a log line)."""

    text: str
    machine: bool = False

    @property
    def asks(self) -> bool:
        return self.text.endswith(_ASKS) or _OPENS_QUESTION.match(self.text) is not None

    def clauses(self) -> tuple[list[str], list[str]]:
        """Its clauses in order, and those that stand in parentheses."""
        if self.machine:
            return [self.text[:LONGEST_CLAUSE].strip()], []
        if "(" not in self.text and "（" not in self.text:
            return _bounded(_CLAUSE.split(self.text)), []
        return _bounded(_CLAUSE.split(" ".join(_ASIDE.sub(" ", self.text).split()))), _bounded(
            _ASIDE.findall(self.text)
        )


def _bounded(parts: list[str]) -> list[str]:
    return [clause[:LONGEST_CLAUSE] for part in parts if (clause := part.strip(" ,;-"))]


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text that somebody wrote, its lines joined where they were only wrapped."""
    for line, machine in _joined(text):
        if machine:
            yield Sentence(line[:LONGEST_CLAUSE], machine=True)
            continue
        held = ""
        for piece in _SENTENCE.split(line):
            held = f"{held} {piece}" if held else piece
            if piece.endswith(".") and piece[-8:].lower().endswith(_ABBREVIATIONS) and piece.strip():
                continue
            if sentence := " ".join(held.split()):
                yield Sentence(sentence)
            held = ""
        if sentence := " ".join(held.split()):
            yield Sentence(sentence)


def _joined(text: str) -> Iterator[tuple[str, bool]]:
    """Lines, and whether a machine wrote them; a hard-wrapped paragraph is one line again."""
    held: list[str] = []
    fenced = False
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped.startswith("```"):
            fenced = not fenced
            continue
        machine = fenced or _MACHINE.match(line) is not None
        if held and (machine or not stripped or not _goes_on(held[-1], line)):
            yield " ".join(held), False
            held = []
        if machine and stripped:
            yield stripped, True
        elif stripped:
            held.append(stripped)
    if held:
        yield " ".join(held), False


def _goes_on(before: str, line: str) -> bool:
    """Whether ``line`` only continues the line before it."""
    if before.endswith(_ENDS) or _BULLET.match(line) or _LABEL.match(line):
        return False
    return len(before) >= _WRAPPED or line[:1].islower()
