"""Severity read from the reporter's own words (policy §7). Precision matters more than recall.

A text becomes sentences and clauses (``clauses.py``); a clause plays the roles whose patterns it contains
(``[evidence]`` of the policy file). This module says how roles combine: which clauses count at all, what a whole text
says, how a later comment changes that, and which severity follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from zendesk_sync.policy.clauses import sentences
from zendesk_sync.policy.evidence_policy import EvidencePatterns
from zendesk_sync.policy.mail import own_words
from zendesk_sync.policy.patterns import composed, fold
from zendesk_sync.policy.roles import FAILURES, Clause, Reader, of
from zendesk_sync.policy.terms import Severity

LONGEST_TEXT = 20_000
"""Characters of one text, after ``own_words``, that are read."""
LONGEST_MAIL = 100_000
"""Characters of one mail, quotations included, in which the writer's own words are looked for."""
SHORT_SENTENCE = 70
"""Characters of a sentence that may say nothing but who is affected."""
LONGEST_PHRASE = 120
MOST_PHRASES = 3

EVERYONE, NOBODY, MOST, LIMITED, SINGLE = map(of, ("everyone", "nobody", "most", "limited", "single"))
OTHERS_FINE, PART_WORKS, AFFECTED, HEDGED = map(of, ("others_fine", "part_works", "affected", "hedged"))
TOTAL_LOSS, EVERY_PAGE, NOTHING_WORKS = map(of, ("total_loss", "every_page", "nothing_works"))
ENTER, ENTER_FAILS, ERROR_PAGE, PRODUCT = map(of, ("enter", "enter_fails", "error_page", "product"))
CORE_FEATURE, BROKEN, EXTREMELY_SLOW = map(of, ("core_feature", "broken", "extremely_slow"))
SECURITY_INCIDENT, NO_WORKAROUND, WORKAROUND = map(of, ("security_incident", "no_workaround", "workaround"))
GETS_BY, ATTEMPTED, EASED = map(of, ("gets_by", "attempted", "eased"))
INTERROGATIVE, ASKS, HELP_REQUEST, CHASER = map(of, ("interrogative", "asks", "help_request", "chaser"))
TROUBLE, TROUBLE_ASKED, IGNORED_LINE = map(of, ("trouble", "trouble_asked", "ignored_line"))
NEGATED, RESOLVED, RELAPSE, HYPOTHETICAL = map(of, ("negated", "resolved", "relapse", "hypothetical"))
PAST, ONGOING, HEARSAY, ELSEWHERE = map(of, ("past", "ongoing", "hearsay", "elsewhere"))
NONPRODUCTION, PRODUCTION, NOT_REAL, AFTERMATH = map(of, ("nonproduction", "production", "not_real", "aftermath"))
UNREAL = NEGATED | ELSEWHERE | HEARSAY
"""A clause with one of these states nothing about the product."""
DOWN = NOBODY | ENTER_FAILS | TOTAL_LOSS | EVERY_PAGE
SCOPES = {EVERYONE: "everyone", NOBODY: "nobody", MOST: "most"}
ABOUT_THE_TEXT = {
    of(name): name
    for name in (
        "elsewhere", "not_real", "review", "presales", "not_support", "hypothetical_story", "wish", "vague", "harmless",
    )
}  # fmt: skip
ABOUT_ANY = sum(ABOUT_THE_TEXT)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A proposal and the phrases it rests on, as found (each at most 120 characters, at most 3)."""

    severity: Severity
    phrases: tuple[str, ...]


_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})[.,](?=\d{3}(?![\d.,]))")
Signals = dict[str, str]
"""What a text says: signal -> the phrase that says it."""
Note = Callable[[str, Clause, int], None]
"""Record a signal with the phrase of a clause that plays a role."""


def read_evidence(subject: str, description: str, later: Sequence[str], patterns: EvidencePatterns) -> Evidence | None:
    """The severity that the reporter's own words prove, or None.

    ``later`` are the reporter's later comments, oldest first; the latest state counts.
    """
    reader = Reader(patterns.matcher)
    said = _read([subject, description], reader)
    for comment in later:
        said = _then(said, _read([comment], reader))
    return _judge(said)


def _judge(said: Signals) -> Evidence | None:
    """The rules, from the gravest down; the first that holds gives the severity."""
    if _has(said, "not_support", "vague"):
        return None
    happens = not _has(said, "not_real", "nonproduction", "elsewhere", "hypothetical_story", "resolved")
    severe = happens and "review" not in said
    rules: tuple[tuple[Severity, bool, tuple[str, ...]], ...] = (
        (Severity.EMERGENCY, severe and _has(said, "security_incident"), ("security_incident",)),
        (Severity.EMERGENCY, severe and _is_loss(said), ("loss", "loss_unscoped", "enter_fails", "everyone", "nobody")),
        (Severity.SEVERE, severe and _is_severe(said), ("core", "everyone", "nobody", "most", "no_workaround")),
        (Severity.MEDIUM, happens and _is_medium(said), ("broken", "workaround", "gets_by", "others_fine")),
        (Severity.QUESTION, _is_question(said), ("question",)),
    )
    for severity, holds, phrases in rules:
        if holds:
            return _evidence(severity, said, *phrases)
    return None


def _has(said: Signals, *names: str) -> bool:
    return not said.keys().isdisjoint(names)


def _is_loss(said: Signals) -> bool:
    """Total loss: nobody gets in, every page fails, the whole product is down; and no part of it works."""
    if _has(said, "workaround", "others_fine", "part_works", "some_only"):
        return False
    everyone = "everyone" in said or "nobody" in said
    return "loss" in said or (everyone and ("enter_fails" in said)) or ("loss_unscoped" in said)


def _is_severe(said: Signals) -> bool:
    """A core feature is gone for (nearly) all users, and no way around it."""
    everyone = _has(said, "everyone", "nobody", "most", "widely")
    way_around = _has(said, "presales", "some_only")
    return everyone and "core" in said and "no_workaround" in said and not way_around


def _is_medium(said: Signals) -> bool:
    """Something is broken or slow, and there is a way around it or the rest works."""
    if "broken" not in said or _has(said, "no_workaround", "presales", "single", "wish", "loss", "security_incident"):
        return False
    if "workaround" in said or "gets_by" in said:
        return True
    return "others_fine" in said and not ("core" in said and ("everyone" in said or "nobody" in said))


def _is_question(said: Signals) -> bool:
    """A question or a wish, and nothing is broken, or it is said to be harmless."""
    if "question" not in said or _has(said, "review", "trouble_asked", "security_incident"):
        return False
    if not _has(said, "trouble", "broken"):
        return True
    real = ("core", "loss", "loss_unscoped", "enter_fails", "no_workaround", "workaround", "gets_by", "single")
    return "harmless" in said and not _has(said, *real)


def _evidence(severity: Severity, said: Signals, *names: str) -> Evidence:
    phrases = dict.fromkeys(said[name] for name in names if said.get(name))
    return Evidence(severity, tuple(phrases)[:MOST_PHRASES])


def _then(before: Signals, now: Signals) -> Signals:
    """What holds after a later comment: it can end, narrow, widen or work around what was said before."""
    if not now:
        return before
    failing = _has(now, "loss", "loss_unscoped", "enter_fails", "core", "broken", "security_incident")
    if "resolved" in now and not failing:
        return {"resolved": now["resolved"]}
    gone: set[str] = set()
    if failing:
        gone |= {"resolved"}
    if _has(now, "loss", "loss_unscoped", "core"):
        gone |= {"workaround", "gets_by"}
    if _has(now, "workaround", "gets_by", "eased"):
        gone |= {"no_workaround"}
    if _has(now, "eased", "gets_by") and not _has(now, "loss", "loss_unscoped", "enter_fails", "nobody"):
        gone |= {"loss", "loss_unscoped", "enter_fails", "nobody"}
    if "no_workaround" in now:
        gone |= {"workaround", "gets_by"}
    everyone = _has(now, "everyone", "nobody", "loss")
    if everyone:
        gone |= {"single", "some_only", "others_fine"}
    elif _has(now, "single", "some_only"):
        gone |= {"everyone", "nobody", "most", "loss", "loss_unscoped"}
    if "resolved" in now and _has(now, "workaround", "gets_by", "core", "loss", "enter_fails"):
        now = {name: phrase for name, phrase in now.items() if name != "resolved"}
    return {name: phrase for name, phrase in before.items() if name not in gone} | now


def _read(texts: Iterable[str], reader: Reader) -> Signals:
    """What one message says."""
    said: Signals = {}
    found = [
        sentence for text in texts for sentence in sentences(composed(own_words(text[:LONGEST_MAIL])[:LONGEST_TEXT]))
    ]
    for sentence in found:
        main, asides = sentence.clauses()
        if not sentence.machine:
            clauses = tuple(_clauses(main, asides, reader, asks=sentence.asks))
            if "resolved" in said and any(clause.states and clause.roles & DOWN for clause in clauses):
                del said["resolved"]
            _hear(clauses, said, reader, asks=sentence.asks)
        elif main and reader.played(plain(main[0])) & TROUBLE:
            said.setdefault("trouble", "")
    if "nonproduction" in said and "production" in said:
        del said["nonproduction"]
    if "resolved" in said and _has(said, "workaround", "gets_by"):
        del said["resolved"]
    if _has(said, "elsewhere", "not_real", "hypothetical_story"):
        for signal in ("trouble", "trouble_asked", "broken"):
            said.pop(signal, None)
    return said


def _clauses(main: Sequence[str], asides: Sequence[str], reader: Reader, *, asks: bool) -> Iterator[Clause]:
    supposed = False
    for number, text in enumerate((*main, *asides), 1):
        folded = plain(text)
        roles = reader.played(folded)
        if roles & IGNORED_LINE:
            return
        supposed = supposed or roles & HYPOTHETICAL != 0
        asked = asks and number >= len(main)
        over = roles & PAST and not roles & ONGOING
        yield Clause(text, folded, roles, not (supposed or asked or over or roles & UNREAL), supposed, asked)


def plain(text: str) -> str:
    """A clause as patterns see it: folded, and numbers without separators of thousands."""
    folded = fold(text)
    return _THOUSANDS.sub(r"\1", folded) if "," in folded or "." in folded else folded


def _hear(clauses: Sequence[Clause], said: Signals, reader: Reader, *, asks: bool) -> None:
    """Add what one sentence says."""

    def note(signal: str, clause: Clause, role: int) -> None:
        if not said.get(signal):
            said[signal] = _phrase(clause, role, reader)

    hearsay = any(clause.roles & HEARSAY for clause in clauses)
    stating = [clause for clause in clauses if clause.states and not hearsay]
    everyone = any(clause.roles & (EVERYONE | NOBODY) and not clause.roles & HEDGED for clause in stating)
    part = any(clause.roles & (LIMITED | SINGLE) for clause in stating)
    fails = any(clause.roles & (AFFECTED | NOTHING_WORKS | ERROR_PAGE | FAILURES) for clause in stating)
    if fails or sum(len(clause.text) for clause in clauses) <= SHORT_SENTENCE:
        for clause in stating:
            _hear_scope(clause, note)
    elif widely := next((c for c in stating if c.roles & (EVERYONE | NOBODY | MOST) and not c.roles & HEDGED), None):
        note("widely", widely, EVERYONE)
    for clause in clauses:
        _hear_setting(clause, note)
        if not (clause.asked or clause.roles & ELSEWHERE):
            _hear_way_around(clause, note)
    for clause in stating:
        _hear_failure(clause, note, everyone=everyone, part=part)
    _hear_question(clauses, note, asks=asks)
    for clause in clauses:
        excused = clause.supposed or hearsay or clause.roles & (NEGATED | ELSEWHERE | ASKS)
        if not excused and clause.roles & (TROUBLE_ASKED if clause.asked else TROUBLE):
            note("trouble_asked" if clause.asked else "trouble", clause, TROUBLE_ASKED if clause.asked else TROUBLE)


def _hear_setting(clause: Clause, note: Note) -> None:
    """What the whole text is about: somebody else's system, a drill, a test system, something that is over."""
    roles = clause.roles
    over = roles & PAST and not roles & ONGOING
    if roles & ABOUT_ANY:
        for role, name in ABOUT_THE_TEXT.items():
            if roles & role and not (role == NOT_REAL and (roles & AFTERMATH or over)):
                note(name, clause, role)
    if roles & NONPRODUCTION and not roles & (OTHERS_FINE | PART_WORKS) and not over:
        note("nonproduction", clause, NONPRODUCTION)
    if roles & PRODUCTION and roles & FAILURES and clause.states and not roles & NONPRODUCTION:
        note("production", clause, PRODUCTION)
    if over and roles & (EVERYONE | FAILURES):
        note("was_broken", clause, PAST)
    unsolved = roles & (DOWN | RELAPSE | NEGATED | OTHERS_FINE | ATTEMPTED)
    if roles & RESOLVED and not (unsolved or clause.supposed or clause.asked):
        note("resolved", clause, RESOLVED)


def _hear_scope(clause: Clause, note: Note) -> None:
    """For whom something fails: said in a sentence about a failure, or in a short one of its own ("For all users.")."""
    if not clause.roles & HEDGED:
        for scope, name in SCOPES.items():
            if clause.roles & scope:
                note(name, clause, scope)


def _hear_failure(clause: Clause, note: Note, *, everyone: bool, part: bool) -> None:
    """What is down, broken or slow, and for whom. A doubtful clause proves neither severity 0 nor 1."""
    roles = clause.roles
    if not roles & (FAILURES | AFFECTED | ERROR_PAGE | NOTHING_WORKS | SECURITY_INCIDENT):
        return
    if roles & (FAILURES & ~NOBODY):
        note("broken", clause, BROKEN)
    if roles & (AFFECTED | FAILURES):
        if roles & LIMITED and not roles & (EVERYONE | NOBODY):
            note("some_only", clause, LIMITED)
        if roles & SINGLE and not everyone:
            note("single", clause, SINGLE)
    if roles & HEDGED:
        return
    if roles & SECURITY_INCIDENT:
        note("security_incident", clause, SECURITY_INCIDENT)
    if roles & (LIMITED | SINGLE | OTHERS_FINE):
        return
    if _says_total_loss(roles, everyone=everyone) and (everyone or not part):
        note("loss" if everyone else "loss_unscoped", clause, TOTAL_LOSS)
    if roles & ENTER_FAILS:
        note("enter_fails", clause, ENTER_FAILS)
    if _says_core_loss(roles):
        note("core", clause, CORE_FEATURE)


def _says_total_loss(roles: int, *, everyone: bool) -> bool:
    if roles & (TOTAL_LOSS | EVERY_PAGE) or (roles & NOBODY and roles & (ENTER | ENTER_FAILS)):
        return True
    if not everyone:
        return False
    if roles & ENTER_FAILS:
        return True
    if roles & CORE_FEATURE:
        return False
    return roles & NOTHING_WORKS != 0 or (roles & (PRODUCT | ENTER) != 0 and roles & ERROR_PAGE != 0)


def _says_core_loss(roles: int) -> bool:
    if roles & CORE_FEATURE and roles & (BROKEN | EXTREMELY_SLOW | NOBODY):
        return True
    return roles & PRODUCT != 0 and roles & EXTREMELY_SLOW != 0


def _hear_way_around(clause: Clause, note: Note) -> None:
    """What people can do instead; something that was tried in vain is no way around."""
    roles = clause.roles
    if roles & NO_WORKAROUND:
        note("no_workaround", clause, NO_WORKAROUND)
        return
    if roles & OTHERS_FINE:
        note("others_fine", clause, OTHERS_FINE)
    if roles & PART_WORKS and not roles & FAILURES:
        note("part_works", clause, PART_WORKS)
    if roles & (ATTEMPTED | NEGATED) or (roles & RESOLVED and not roles & RELAPSE):
        return
    if roles & EASED and not roles & (RELAPSE | HYPOTHETICAL):
        note("eased", clause, EASED)
    if roles & WORKAROUND:
        note("workaround", clause, WORKAROUND)
    if roles & GETS_BY:
        note("gets_by", clause, GETS_BY)


def _hear_question(clauses: Sequence[Clause], note: Note, *, asks: bool) -> None:
    if any(clause.roles & (HELP_REQUEST | CHASER) for clause in clauses):
        return
    for clause in clauses:
        if clause.roles & ASKS or (asks and clause.roles & INTERROGATIVE):
            note("question", clause, ASKS if clause.roles & ASKS else INTERROGATIVE)


def _phrase(clause: Clause, role: int, reader: Reader) -> str:
    """The clause, or of a long one the part around the match."""
    if len(clause.text) <= LONGEST_PHRASE:
        return clause.text
    found = reader.find(role, clause.folded) or (0, 0)
    start = max(0, min(found[0] - LONGEST_PHRASE // 4, len(clause.text) - LONGEST_PHRASE))
    return clause.text[start : start + LONGEST_PHRASE].strip()
