"""Patterns that people may edit, compiled by RE2: linear time by construction, whatever the pattern and the text.

The only module that knows RE2. Everything works on *folded* text (``fold``): without accents and typographic
quotes, so that ``für`` and ``fur`` are one word and a word boundary falls where people expect it.
"""

# ruff: noqa: RUF001  (punctuation of other scripts is meant)

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import lru_cache

import re2  # type: ignore[import-untyped]

MEMORY = 64 << 20
"""Bytes that one compiled alternation may use; RE2 then starts its cache anew instead of growing."""


def _plain(char: str) -> str | None:
    base = unicodedata.normalize("NFKD", char)[0]
    return base if base.isascii() and base.isalpha() else None


_PUNCTUATION = dict(
    zip("‘’ʼ´`“”„«»‐‑‒–—−\u00a0\u202f\u3000？！：；（），％", "'" * 5 + '"' * 5 + "-" * 6 + "   ?!:;(),%", strict=True)
)
_LETTERS = dict(zip("ßøØłŁæœđ０１２３４５６７８９", "soOlLaod0123456789", strict=True))
_ACCENTED = {chr(code): base for code in range(0xC0, 0x250) if (base := _plain(chr(code))) is not None}
_FOLDED = str.maketrans(_ACCENTED | _LETTERS | _PUNCTUATION)


def fold(text: str) -> str:
    """The text with plain letters, quotes, dashes and digits; as long as the text composed (NFC)."""
    return text if text.isascii() else composed(text).translate(_FOLDED)


def composed(text: str) -> str:
    """NFC; lone surrogates, which no encoding can carry, become ``?``."""
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MEMORY
    return options


class Matcher:
    """Named alternations: which of them occur in a text, and where one of them stands.

    One automaton per name: a common one for all would meet a new state in nearly every text and build it anew.
    A set of names is an integer; the bit of a name is its place among ``alternatives``.
    """

    def __init__(self, alternatives: Mapping[str, Sequence[str]]) -> None:
        self._sets: dict[str, re2.Set] = {}
        self._sources: dict[str, str] = {}
        self._searched: list[tuple[int, Callable[[bytes], list[int]]]] = []
        self._names = {1 << number: name for number, name in enumerate(alternatives)}
        for bit, name in self._names.items():
            if not (patterns := alternatives[name]):
                continue
            source = f"(?m){'|'.join(f'(?:{fold(pattern)})' for pattern in patterns)}"
            self._sources[name] = source
            self._sets[name] = re2.Set.SearchSet(_options())
            self._sets[name].Add(source)
            self._sets[name].Compile()
            self._searched.append((bit, self._sets[name]._set.Match))  # noqa: SLF001  half the price of the wrapper

    def occurs(self, name: str, data: bytes) -> bool:
        """Whether ``name`` has a match in folded text (UTF-8); ``^`` and ``$`` match at every line."""
        found = self._sets.get(name)
        return found is not None and found.Match(data) is not None

    def all_in(self, data: bytes) -> int:
        """The names that match in folded text (UTF-8)."""
        found = 0
        for bit, matches in self._searched:
            if matches(data):
                found |= bit
        return found

    def only(self, names: int) -> Matcher:
        """This matcher for some of its names alone: faster where many short texts follow."""
        some = copy(self)
        some._searched = [(bit, matches) for bit, matches in self._searched if names & bit]  # noqa: SLF001  its own kind
        return some

    def find(self, name: int | str, folded: str) -> tuple[int, int] | None:
        """Where the first match of ``name`` stands in ``folded``."""
        source = self._sources.get(name if isinstance(name, str) else self._names[name])
        found = _compiled(source).search(folded) if source is not None else None
        return None if found is None else (found.start(), found.end())


@lru_cache(maxsize=256)
def _compiled(source: str) -> re2._Regexp:
    return re2.compile(source, _options())


def compile_all(alternatives: Mapping[str, Sequence[str]]) -> Matcher:
    """Compile alternations by name.

    Raises:
        ValueError: a pattern that RE2 cannot compile; see ``fault`` for a message for people.
    """
    try:
        return Matcher(alternatives)
    except re2.error as error:
        raise ValueError(f"a pattern cannot be compiled: {_reason(error)}") from None


def fault(pattern: str) -> str | None:
    """What is wrong with a pattern, for people; None when it compiles and does not match everything."""
    try:
        compiled = re2.compile(fold(pattern), _options())
    except re2.error as error:
        return f"{pattern!r} is not an RE2 pattern: {_reason(error)}"
    if compiled.search("") is not None:
        return f"{pattern!r} matches the empty text, so it would match everywhere"
    return None


def _reason(error: Exception) -> str:
    """RE2's own words; they arrive as bytes."""
    said = error.args[0] if error.args else "unknown"
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
