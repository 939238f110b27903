"""Which checklist items a ticket's text answers already (policy §6).

Three ways to answer an item: a heading or label with content after it, content that is recognised wherever it stands,
and for ``summary`` a subject that names the thing and the trouble. Every text is read for itself, so a further comment
never takes an answer away. What is recognised stands in the policy file (``supply_policy.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from zendesk_sync.policy.facts import Comment
from zendesk_sync.policy.mail import own_words
from zendesk_sync.policy.patterns import composed, fold
from zendesk_sync.policy.supply_policy import LONGEST_LABEL, Detectors
from zendesk_sync.policy.terms import SHARED_ITEMS, Author, EngineeringItem, PresalesItem

READ_HEAD = 20_000
READ_TAIL = 5_000
"""A text is read up to here, and this much of its end: people answer at the top and below a long log."""
LONGEST_PHRASE = 120
LONGEST_HEADING = 72
"""Characters up to the colon; what is longer is a sentence."""
LONGEST_RUN = 24
"""Characters of a heading in a script without blanks."""
LINES_BELOW = 8
"""So many lines below a label are searched for its answer."""
READ_INLINE = 600
"""Characters of the longest line that is searched for several labels."""
LOOKS = 24
"""So many lookalikes are passed over before an item counts as not found."""
AROUND = 300
"""Characters on either side of a match in which a lookalike is noticed."""
ATTACHED = "a file is attached"

_DECORATION = re.compile(r"[\s>*#•·◦‣▪■●○☐✅➢【\[+=_-]*(?:\(?(?:\d{1,2}|[A-Za-z])[.)](?!\d))?[\s*_#]*")
_HEAD = re.compile(rf"([^:?|\t→]{{1,{LONGEST_HEADING}}}?)(\s-\s|->|[:?|\t→])")
_SEPARATES = re.compile(r"[:?|\t→]|\s-\s|->")
_MARKED = re.compile(r"\s*(?:#{1,6}\s|\*\*|__|==|【)")
_HINT = re.compile(r"[(\[].*$")
_COMPOUND = re.compile(r"\s*(?:[/&,+、・]|\b(?:and|und|et|y|vs\.?|or)\b)\s*")
_CELLS = re.compile(r"(?:\s*[|;]\s*|(?<=[.)])\s+)(?=[^\W\d_][\w /]{1,30}:\s)")
_COMMENTED_OUT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_RIM = " \t*_`~|>#-•.:…]】"
_SENTENCE = re.compile(r"(?<=[.!?。])\s+")
_BULLET = re.compile(r"\s*(?:[-*•+]|\d{1,2}[.)])\s*\S")
_PRESALES = frozenset({PresalesItem.TDD_LINK.value, PresalesItem.SALES_STAGE.value})
_EITHER_STEPS = frozenset({EngineeringItem.REPRODUCTION.value, EngineeringItem.ATTEMPTS.value})


@dataclass(frozen=True, slots=True)
class _Heading:
    """A line that asks for something.

    Attributes:
        items: what it asks for; empty for something that is none of the items.
        rest: what stands after it on its line.
    """

    items: AbstractSet[str]
    rest: str


def read_supplied(
    subject: str,
    description: str,
    comments: Sequence[Comment],
    detectors: Detectors,
    *,
    attachments: bool = False,
) -> Mapping[str, str]:
    """Item id -> the phrase that answers it, over both checklists.

    Args:
        subject: the ticket's subject.
        description: its first message.
        comments: the rest, oldest first; our own notes among them answer nothing.
        detectors: what is recognised.
        attachments: whether a file is attached.
    """
    found: dict[str, str] = {}
    if attachments:
        found[EngineeringItem.LOGS.value] = ATTACHED
    subject = _bounded(subject)
    if phrase := _named(subject, detectors):
        found[EngineeringItem.SUMMARY.value] = phrase
    _read(own_words(_bounded(description)), subject, detectors, found)
    for comment in comments:
        words = own_words(_bounded(comment.body))
        if comment.author is Author.AGENT:
            words = _without_requests(words, detectors)
        _read(words, "", detectors, found)
    for presales, engineering in SHARED_ITEMS.items():
        if engineering in found:
            found.setdefault(presales, found[engineering])
    return found


def _named(subject: str, detectors: Detectors) -> str | None:
    """The subject, if it names the thing and the trouble."""
    folded = fold(subject)[:AROUND].replace("\n", " ")
    telling = _taken_out(EngineeringItem.SUMMARY, folded, detectors) or folded
    return _phrase(subject) if detectors.content.find(EngineeringItem.SUMMARY, telling) else None


def _read(words: str, title: str, detectors: Detectors, found: dict[str, str]) -> None:
    """Add what one text answers."""
    whole = composed(words)
    if "<!--" in whole:
        whole = _COMMENTED_OUT.sub("", whole)
    folded = fold(whole)
    answers, empty = _labelled(whole, folded, detectors)
    for item, phrase in answers:
        found.setdefault(item, phrase)
    if empty:
        whole, folded = _without(whole, empty), _without(folded, empty)
    if title:
        title = composed(title)
        whole, folded = f"{title}\n\n{whole}", f"{fold(title)}\n\n{folded}"
    for item in detectors.content.names_in(folded) - found.keys() - {EngineeringItem.SUMMARY}:
        content = _recognised(item, folded, whole, detectors)
        if content is not None:
            found[item] = content


# ---------------------------------------------------------------- labels


def _labelled(whole: str, folded: str, detectors: Detectors) -> tuple[list[tuple[str, str]], set[int]]:
    """The items whose label is answered, with label and answer; and the lines that only hold empty labels."""
    answers: list[tuple[str, str]] = []
    headings: list[_Heading | None] = []
    parts: list[str] = []
    line_of: list[int] = []
    for number, line in enumerate(folded.split("\n")):
        for part in _segments(line):
            parts.append(part)
            headings.append(_heading(part, detectors.labels))
            line_of.append(number)
    presales = any(heading is not None and not _PRESALES.isdisjoint(heading.items) for heading in headings)
    spelled = whole.split("\n")
    empty: set[int] = set()
    for number, heading in enumerate(headings):
        if heading is None or not heading.items:
            continue
        below = _answered(heading, number, parts, headings, detectors)
        if below is None:
            empty.add(line_of[number])
            continue
        items = heading.items
        if items >= _EITHER_STEPS:
            items -= {EngineeringItem.REPRODUCTION if presales else EngineeringItem.ATTEMPTS}
        lines = dict.fromkeys([line_of[number], line_of[below]])
        phrase = _phrase(" ".join(spelled[line].strip() for line in lines))
        answers += [(item, phrase) for item in sorted(items)]
        empty.discard(line_of[number])
    return answers, empty


def _without(text: str, numbers: AbstractSet[int]) -> str:
    return "\n".join("" if number in numbers else line for number, line in enumerate(text.split("\n")))


def _segments(line: str) -> list[str]:
    """A line, or the labelled parts of one that holds several ("Version: 5.1 | Hosting: cloud")."""
    if ":" in line and len(line) < READ_INLINE:
        return _CELLS.split(line)
    return [line]


def _heading(line: str, labels: Mapping[str, frozenset[str]]) -> _Heading | None:
    start = line[: 2 * LONGEST_HEADING].lstrip()
    if not start or (len(start) > LONGEST_HEADING and not _SEPARATES.search(start)):
        return None
    if start.startswith("|"):
        start = start.lstrip("| ")
    offset = _DECORATION.match(start)
    bare = start[offset.end() :] if offset else start
    head = _HEAD.match(bare)
    if head is None:
        if len(bare) > LONGEST_HEADING:
            return None
        items = _asked(bare, labels, loosely=_MARKED.match(line) is not None)
        return None if items is None else _Heading(items, "")
    items = _asked(bare[: head.end(1)], labels, loosely=head[2] == ":", opening=head[2] == "?")
    if items is None:
        return None
    return _Heading(items, line[line.find(bare[: head.end()]) + head.end() :].strip().strip("*_|").strip())


def _asked(
    head: str, labels: Mapping[str, frozenset[str]], *, loosely: bool, opening: bool = False
) -> frozenset[str] | None:
    """The items that a heading asks for; None where it is no heading that we know.

    Args:
        head: the heading without what follows it.
        labels: label -> items.
        loosely: whether words may stand before or after the label.
        opening: whether words may stand after it.
    """
    name = _HINT.sub("", head).casefold()
    name = " ".join(name.replace("_", " ").split()).strip(_RIM)
    if not name:
        return None
    if name in labels:
        return labels[name]
    parts = [labels.get(part) for part in _COMPOUND.split(name)]
    known = [part for part in parts if part is not None]
    if len(parts) > 1 and known and (loosely or len(known) == len(parts)):
        return frozenset().union(*known)
    return _within(name, labels, anywhere=loosely) if loosely or opening else None


def _within(name: str, labels: Mapping[str, frozenset[str]], *, anywhere: bool) -> frozenset[str] | None:
    """What the longest label asks for with which a heading opens or, ``anywhere``, closes."""
    words, joint = name.split(), " "
    if len(words) == 1 and not name.isascii():
        words, joint = list(name[:LONGEST_RUN]), ""
    elif len(words) > LONGEST_LABEL:
        return None
    for length in range(len(words) - 1, 0, -1):
        candidates = [words[:length], words[-length:]] if anywhere else [words[:length]]
        for candidate in candidates:
            if (items := labels.get(joint.join(candidate))) is not None:
                return items
    return None


def _answered(
    heading: _Heading, number: int, parts: Sequence[str], headings: Sequence[_Heading | None], detectors: Detectors
) -> int | None:
    """Where a heading is answered: in the rest of its line, else in one below it, up to the next heading."""
    if _answers(heading.rest, detectors):
        return number
    blank = 0
    for below in range(number + 1, min(len(parts), number + 1 + LINES_BELOW)):
        if headings[below] is not None or parts[below].lstrip().startswith(("#", "**")):
            return None
        if not parts[below].strip():
            blank += 1
            if blank > 1:
                return None
        elif _answers(parts[below], detectors):
            return below
    return None


def _answers(text: str, detectors: Detectors) -> bool:
    """Whether folded ``text`` says something; "none" does, a placeholder does not."""
    bare = text[: 2 * LONGEST_PHRASE].strip(_RIM)
    if not any(char.isalnum() for char in bare):
        return False
    return not detectors.asides.occurs("unanswered", bare)


# ---------------------------------------------------------------- content


def _recognised(item: str, folded: str, whole: str, detectors: Detectors) -> str | None:
    """The first content of ``folded`` that answers ``item``, as ``whole`` spells it."""
    ignores = bool(detectors.items[item].ignore)
    start = 0
    for _ in range(LOOKS):
        span = detectors.content.find(item, folded[start:])
        if span is None:
            return None
        begin, end = start + span[0], start + span[1]
        if not ignores:
            return _phrase(whole[begin:end])
        opens = max(folded.rfind("\n", 0, begin) + 1, begin - AROUND)
        closes = folded.find("\n", end)
        closes = min(len(folded) if closes < 0 else closes, end + AROUND)
        line = _taken_out(item, folded[opens:closes], detectors)
        if line is None:
            return _phrase(whole[begin:end])
        if (span := detectors.content.find(item, line)) is not None:
            return _phrase(line[span[0] : span[1]])
        start = closes
    return None


def _taken_out(item: str, line: str, detectors: Detectors) -> str | None:
    """A line without what only looks like an answer; None where nothing has to go."""
    kept = ""
    for _ in range(LOOKS):
        span = detectors.lookalikes.find(item, line)
        if span is None:
            break
        kept += f"{line[: span[0]]} ; "
        line = line[span[1] :]
    return kept + line if kept else None


def _without_requests(text: str, detectors: Detectors) -> str:
    """An agent's text without questions and requests, and without the list that a request introduces."""
    return "\n".join(_kept_lines(text, detectors))


def _kept_lines(text: str, detectors: Detectors) -> Iterator[str]:
    asking = False
    for line in text.split("\n"):
        if asking and (not line.strip() or _BULLET.match(line)):
            continue
        asking = False
        kept: list[str] = []
        for sentence in _SENTENCE.split(line):
            folded = fold(composed(sentence)).rstrip()
            if folded.endswith("?") or detectors.asides.occurs("requests", folded):
                asking = folded.endswith(":")
            else:
                kept.append(sentence)
        yield " ".join(kept)


def _bounded(text: str) -> str:
    if len(text) <= READ_HEAD + READ_TAIL:
        return text
    return f"{text[:READ_HEAD]}\n\n{text[-READ_TAIL:]}"


def _phrase(text: str) -> str:
    return " ".join(text[: 4 * LONGEST_PHRASE].split())[:LONGEST_PHRASE]
