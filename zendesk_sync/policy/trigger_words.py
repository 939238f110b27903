"""Words without which a pattern cannot match, read from the pattern itself.

An automaton that meets a new text builds new states, which costs far more than a search with those that it has. Most
clauses contain no word of most patterns, so one look at the words of a clause spares nearly all searches in it.
Everything here errs on the safe side: where nothing can be proved about a pattern, it is searched for always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from re import _parser  # type: ignore[attr-defined]  # hypothesis builds upon it too; tests cover what it gives
from typing import Any

LONGEST_RUN = 450
"""At most so many spellings of one run of letters are written out."""
MOST_PREFIXES = 40
MOST_TIMES = 4
MOST_WORDS = 600
STEM = 4
"""Letters of a word's beginning that are looked up where a pattern does not say how the word ends."""
WORD = re.compile(r"[0-9a-z_]+|[^\x00-\x7f]|[\[<]")
"""What is looked up of a folded text in small letters: its words and, of each, the first ``STEM`` letters; in scripts
without blanks every character; and two brackets that templates are made of."""
_UNKNOWN = "\x00"
"""Beside a run of letters: perhaps a part of the same word."""
_EDGE = " "
_WHOLE = re.compile(r"(?<![\w\x00])[0-9a-z_]+(?![\w\x00])|[^\x00-\x7f]|[\[<]", re.ASCII)
_OPEN = re.compile(rf"(?<![\w\x00])[0-9a-z_]{{{STEM}}}(?=[0-9a-z_]*\x00)", re.ASCII)
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_DIGITS = frozenset("0123456789")
_COSTS: dict[str, int] = {
    word: cost
    for cost, words in {
        60: ("a and for in is it of on s the to we"),
        15: (
            "all any are as at be by can code de do from have i la no not one our page search since so t team "
            "that there they this users was with you expected error an but if or"
        ),
        4: (
            "about admin after anything api back been before could customer data day der die does doesn don down "
            "each en end es et every everything example failed file files fine found get gets go got had has how "
            "index instance internal issue ist just know last le les like log login logs me minutes morning more "
            "my n need new nicht nobody none nothing nous now off ok only open other out own people please "
            "product re read repo repositories results run same says see server service shows sign site some "
            "still support sync test their them then time today un two und until up upgrade us use ve version "
            "week what when which who whole wir work works would y your will did per que des den das il el los "
            "las una por para"
        ),
    }.items()
    for word in words.split()
} | dict.fromkeys([*"0123456789[なにのはがをでとすまたしてんれるくっもおかりう、。ー"], 15)
"""How often a clause holds a word, roughly: what leads to a pattern should be rare."""

Node = tuple[Any, Any]
"""Operation and argument, as the standard library's own parser of expressions gives them."""


def trigger_words(pattern: str, *, whole: bool) -> tuple[frozenset[str], ...]:
    """At most two sets of words, the rarer first; every text that matches ``pattern`` contains a word of each.

    Args:
        pattern: an expression over folded text.
        whole: whether Latin words at its rims stand alone, however it is anchored.
    """
    edge = _EDGE if whole else _UNKNOWN
    try:
        found = _required(_parser.parse(pattern), {edge}, edge)
    except (re.error, RecursionError, OverflowError):
        return ()
    return tuple(sorted(dict.fromkeys(some for some in found if len(some) <= MOST_WORDS), key=_costs)[:2])


def _required(nodes: Iterable[Node], run: set[str], right: str) -> list[frozenset[str]]:
    """Sets of words of each of which a match of ``nodes`` needs one.

    ``run`` holds the spellings of what stands before them, ``right`` what stands behind.
    """
    nodes = list(nodes)
    found: list[frozenset[str]] = []
    for number, node in enumerate(nodes):
        if str(node[0]) == "AT":
            run = {_EDGE if text == _UNKNOWN else text for text in run}
            continue
        spellings = _spelled(node)
        joined = None if spellings is None else _joined(run, spellings)
        if joined is not None:
            run = joined
            continue
        after = _opening(nodes[number + 1 :], right)
        before = _EDGE if all(_closes(text) for text in run) else _UNKNOWN
        found += _words_of(run, _opening([node], _UNKNOWN))
        found += _inside(node, run if len(run) <= MOST_PREFIXES else {before}, after)
        if spellings is not None:
            run = {f"{before}{text}" for text in spellings}
        else:
            run = {_EDGE if _rim_is_blank(node, -1) and (before == _EDGE or not _may_be_empty(node)) else _UNKNOWN}
    return found + _words_of(run, right)


def _joined(run: set[str], spellings: frozenset[str]) -> set[str] | None:
    if len(run) * len(spellings) > LONGEST_RUN:
        return None
    return {f"{one}{other}" for one in run for other in spellings}


def _closes(text: str) -> bool:
    return bool(text) and not re.match(r"[\w\x00]", text[-1], re.ASCII)


def _words_of(run: set[str], right: str) -> list[frozenset[str]]:
    """The cheapest word of every spelling of a run, or one that all have; nothing where one has no whole word."""
    chosen: set[str] = set()
    common: set[str] | None = None
    for text in run:
        whole = _WHOLE.findall(f"{text}{right}") or _OPEN.findall(f"{text}{right}")
        if not whole:
            return []
        chosen.add(min(whole, key=lambda word: (_cost(word), -len(word))))
        common = set(whole) if common is None else common.intersection(whole)
    return [frozenset(chosen), *(frozenset({word}) for word in common or ())]


def _cost(word: str) -> int:
    return _COSTS.get(word, 1)


def _costs(words: frozenset[str]) -> int:
    return sum(map(_cost, words))


def _inside(node: Node, run: set[str], right: str) -> list[frozenset[str]]:
    """What a part that has too many spellings needs."""
    name, value = str(node[0]), node[1]
    if name == "SUBPATTERN":
        return _required(value[3], run, right)
    if name == "BRANCH":
        cheapest = [min(_required(branch, run, right), key=_costs, default=None) for branch in value[1]]
        known = [words for words in cheapest if words is not None]
        return [frozenset().union(*known)] if len(known) == len(cheapest) else []
    if name in _REPEATS and value[0] >= 1:
        return _required(value[2], run, right if value[1] == 1 else _UNKNOWN)
    return []


def _spellings(nodes: Sequence[Node]) -> frozenset[str] | None:
    """Every text that ``nodes`` match, without capitals; None for too many."""
    found: set[str] = {""}
    for node in nodes:
        more = _spelled(node)
        joined = None if more is None else _joined(found, more)
        if joined is None:
            return None
        found = joined
    return frozenset(found)


def _spelled(node: Node) -> frozenset[str] | None:
    name, value = str(node[0]), node[1]
    spelled: frozenset[str] | None = None
    if name == "LITERAL":
        spelled = frozenset({chr(value).lower()})
    elif name == "AT":
        spelled = frozenset({""})
    elif name == "SUBPATTERN":
        spelled = _spellings(list(value[3]))
    elif name == "BRANCH":
        spelled = _either(_spellings(list(branch)) for branch in value[1])
    elif name == "IN":
        spelled = _either(_spelled(one) for one in value)
    elif name == "CATEGORY" and str(value) == "CATEGORY_DIGIT":
        spelled = _DIGITS
    elif name in _REPEATS and value[1] <= MOST_TIMES:
        spelled = _either(_spellings(list(value[2]) * times) for times in range(value[0], value[1] + 1))
    return spelled


def _either(parts: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    found: set[str] = set()
    for part in parts:
        if part is None or len(found) + len(part) > LONGEST_RUN:
            return None
        found |= part
    return frozenset(found)


def _opening(nodes: Sequence[Node], right: str) -> str:
    """A blank where the text of ``nodes`` always opens with something that is no part of a word."""
    for node in nodes:
        if str(node[0]) == "AT":
            return _EDGE
        if not _rim_is_blank(node, 0):
            return _UNKNOWN
        if not _may_be_empty(node):
            return _EDGE
    return right


def _may_be_empty(node: Node) -> bool:
    name, value = str(node[0]), node[1]
    if name in _REPEATS:
        return value[0] == 0 or all(map(_may_be_empty, value[2]))
    if name == "SUBPATTERN":
        return all(map(_may_be_empty, value[3]))
    if name == "BRANCH":
        return any(all(map(_may_be_empty, branch)) for branch in value[1])
    return name == "AT"


def _rim_is_blank(node: Node, rim: int) -> bool:
    """Whether whatever ``node`` matches, if it is not empty, has no part of a word at its rim (0 first, -1 last)."""
    name, value = str(node[0]), node[1]
    if name == "LITERAL":
        return not re.match(r"\w", chr(value), re.ASCII)
    if name == "CATEGORY":
        return str(value) in {"CATEGORY_SPACE", "CATEGORY_NOT_WORD"}
    if name == "IN":
        return all(_rim_is_blank(one, rim) for one in value)
    if name in {"SUBPATTERN", "BRANCH"} or name in _REPEATS:
        branches = value[1] if name == "BRANCH" else [value[3] if name == "SUBPATTERN" else value[2]]
        return all(len(branch) > 0 and _outermost_is_blank(list(branch), rim) for branch in branches)
    return False


def _outermost_is_blank(nodes: list[Node], rim: int) -> bool:
    for node in nodes if rim == 0 else reversed(nodes):
        if str(node[0]) != "AT" and not _rim_is_blank(node, rim):
            return False
        if not _may_be_empty(node):
            return True
    return True
