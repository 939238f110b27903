"""Patterns that people may edit, compiled by RE2: linear time by construction, whatever the pattern and the text.

The only module that knows RE2. Everything works on *folded* text (``fold``): without accents and typographic
quotes, so that ``für`` and ``fur`` are one word and a word boundary falls where people expect it.
"""

# ruff: noqa: RUF001  (punctuation of other scripts is meant)

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import re2  # type: ignore[import-untyped]

from zendesk_sync.policy.trigger_words import STEM, WORD, trigger_words

MEMORY = 64 << 20
"""Bytes that a compiled expression may use; RE2 then starts its cache anew instead of growing."""
SMALL = 2 << 20
"""The same for one pattern, of which there are thousands."""
ALWAYS = ""
"""Instead of a word: patterns of which no word is known that they need."""


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


def _options(memory: int = MEMORY) -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = memory
    return options


class Matcher:
    """Named patterns: which names have a match in a text, and where one of them stands.

    A set of names is an integer; the bit of a name is its place among ``alternatives``. Every pattern is an automaton
    of its own: a common one would meet a new state in nearly every text and build it anew. Most are never asked, since
    the text lacks the words that they need, and a pattern is compiled when it is asked for the first time.
    """

    def __init__(self, alternatives: Mapping[str, Sequence[str]], *, whole: bool = False) -> None:
        """``whole``: Latin words at the rims of a pattern stand alone, however it is anchored."""
        self._whole = whole
        self._patterns = {name: [fold(pattern) for pattern in patterns] for name, patterns in alternatives.items()}
        self._joined: dict[str, re2._Regexp | None] = {}
        self._bits = {name: 1 << number for number, name in enumerate(self._patterns)}
        self._names = {bit: name for name, bit in self._bits.items()}

    def occurs(self, name: str, folded: str) -> bool:
        """Whether ``name`` has a match in folded text; ``^`` and ``$`` match at every line."""
        return self.all_in(folded, only=self._bits[name]) != 0

    def all_in(self, folded: str, *, only: int = -1) -> int:
        """The names, of all or of those in ``only``, that match in folded text."""
        index = self._index
        found = WORD.findall(folded.lower())
        words = {ALWAYS, *found}
        words.update([word[:STEM] for word in found if len(word) > STEM])
        candidates: set[int] = set()
        for word in words & index.by_word.keys():
            candidates.update(index.by_word[word])
        names, data = 0, folded.encode()
        for number in candidates:
            name, also, lazy = index.patterns[number]
            if names & name or not only & name or (also is not None and also.isdisjoint(words)):
                continue
            if lazy.matches(data):
                names |= name
        return names

    def names_in(self, folded: str) -> frozenset[str]:
        """The names that match in folded text."""
        found = self.all_in(folded)
        return frozenset(name for name, bit in self._bits.items() if found & bit)

    def find(self, name: int | str, folded: str) -> tuple[int, int] | None:
        """Where the first match of ``name`` stands in ``folded``."""
        searched = self._whole_of(name if isinstance(name, str) else self._names[name])
        found = searched.search(folded) if searched is not None else None
        return None if found is None else (found.start(), found.end())

    def _whole_of(self, name: str) -> re2._Regexp | None:
        """All patterns of a name as one."""
        if name not in self._joined:
            patterns = self._patterns.get(name)
            source = f"(?m){'|'.join(f'(?:{pattern})' for pattern in patterns or ())}"
            self._joined[name] = re2.compile(source, _options()) if patterns else None
        return self._joined[name]

    @cached_property
    def _index(self) -> _Index:
        return _Index(self._patterns, self._bits, whole=self._whole)


class _Index:
    """Which patterns may match, by the words of a text.

    Attributes:
        by_word: word -> numbers of the patterns that may match where it stands.
        patterns: by number: the name it stands for, as a bit; words of which the text needs one besides the word that
            led here, or None; and the pattern.
    """

    def __init__(self, alternatives: Mapping[str, Sequence[str]], bits: Mapping[str, int], *, whole: bool) -> None:
        self.by_word: dict[str, list[int]] = {}
        self.patterns: list[tuple[int, frozenset[str] | None, _Lazy]] = []
        for name, patterns in alternatives.items():
            for pattern in patterns:
                needed = trigger_words(pattern, whole=whole)
                for word in needed[0] if needed else (ALWAYS,):
                    self.by_word.setdefault(word, []).append(len(self.patterns))
                self.patterns.append((bits[name], needed[1] if len(needed) > 1 else None, _Lazy(pattern)))


class _Lazy:
    """A pattern, compiled when it is asked for the first time."""

    __slots__ = ("_pattern", "matches")

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.matches: Callable[[bytes], list[int]] = self._compile

    def _compile(self, data: bytes) -> list[int]:
        searched = re2.Set.SearchSet(_options(SMALL))
        searched.Add(f"(?m){self._pattern}")
        searched.Compile()
        self.matches = searched._set.Match  # noqa: SLF001  half the price of the wrapper
        return self.matches(data)


class Run:
    """A run of units: texts that are nothing but matches of these patterns, with blanks and punctuation between."""

    def __init__(self, units: Sequence[str], openings: Sequence[str] = ()) -> None:
        """``units`` make a run; ``openings`` are what :meth:`opens` looks for."""
        gap = r"[^a-z0-9\x80-\x{10FFFF}]"
        unit, said = rf"{_either(units)}(?:\b|\z|{gap}){gap}*", _either(openings)
        self._all = re2.compile(rf"(?s)\A{gap}*(?:{unit})+\z", _options())
        end = r"[ ]*(?:[.!:;)\]*_|\n-]|\z)"
        self._opens = re2.compile(rf"(?s)\A{gap}*(?:{unit})*{said}{end}", _options()) if openings else None
        self._closes = re2.compile(rf"(?s)(?:[.!?:;\n]|\A){gap}*{said}{gap}*\z", _options()) if openings else None

    def fits(self, folded: str) -> bool:
        """Whether folded text is a run."""
        return self._all.search(_spaced(folded)) is not None

    def opens(self, folded: str) -> bool:
        """Whether an opening is the text's first statement after a run of units, or its last one."""
        spaced = _spaced(folded)
        return any(one is not None and one.search(spaced) is not None for one in (self._opens, self._closes))


def _spaced(folded: str) -> str:
    """With a blank for each sign beyond ASCII that is neither letter nor digit."""
    return folded if folded.isascii() else "".join(c if c.isascii() or c.isalnum() else " " for c in folded)


def _either(patterns: Sequence[str]) -> str:
    return f"(?:{'|'.join(f'(?:{fold(pattern)})' for pattern in patterns)})"


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
