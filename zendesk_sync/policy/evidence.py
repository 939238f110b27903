"""Severity read from the reporter's own words (policy §7). Precision matters more than recall.

A text becomes sentences and clauses (``clauses.py``); a clause plays the roles whose patterns it contains
(``[evidence]`` of the policy file). This module says how roles combine: which clauses count at all, what a whole text
says, how a later comment changes that, and which severity follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from zendesk_sync.policy.clauses import Sentence, sentences
from zendesk_sync.policy.evidence_policy import EvidencePatterns
from zendesk_sync.policy.mail import own_words
from zendesk_sync.policy.patterns import Matcher, composed, fold
from zendesk_sync.policy.roles import FAILURES, Clause, Roles, Whole
from zendesk_sync.policy.terms import Severity

LONGEST_TEXT = 20_000
"""Characters of one text, after ``own_words``, that are read."""
LONGEST_MAIL = 100_000
"""Characters of one mail, quotations included, in which the writer's own words are looked for."""
SHORT_SENTENCE = 70
"""Characters of a sentence that may say nothing but who is affected."""
LONGEST_PHRASE = 120
MOST_PHRASES = 3

UNREAL = ("negated", "elsewhere", "hearsay")
"""A clause with one of these states nothing about the product."""
ABOUT_THE_TEXT = (
    "elsewhere",
    "not_real",
    "review",
    "presales",
    "not_support",
    "hypothetical_story",
    "wish",
    "vague",
    "harmless",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A proposal and the phrases it rests on, as found (each at most 120 characters, at most 3)."""

    severity: Severity
    phrases: tuple[str, ...]


Signals = dict[str, str]
"""What a text says: signal -> the phrase that says it."""
Note = Callable[[str, Clause, str], None]
"""Record a signal with the phrase of a clause that plays a role."""


def read_evidence(subject: str, description: str, later: Sequence[str], patterns: EvidencePatterns) -> Evidence | None:
    """The severity that the reporter's own words prove, or None.

    ``later`` are the reporter's later comments, oldest first; the latest state counts.
    """
    matcher = patterns.matcher
    said = _read([subject, description], matcher)
    for comment in later:
        said = _then(said, _read([comment], matcher))
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
    everyone = _has(said, "everyone", "nobody", "most")
    way_around = _has(said, "workaround", "gets_by", "presales", "some_only")
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
    if "question" not in said or _has(said, "review", "was_broken", "trouble_asked", "security_incident", "resolved"):
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
    if _has(now, "workaround", "gets_by", "eased"):
        gone |= {"no_workaround"}
    if "eased" in now and not failing:
        gone |= {"loss", "loss_unscoped"}
    if "no_workaround" in now:
        gone |= {"workaround", "gets_by"}
    everyone = _has(now, "everyone", "nobody", "loss")
    if everyone:
        gone |= {"single", "some_only", "others_fine"}
    elif _has(now, "single", "some_only"):
        gone |= {"everyone", "nobody", "most", "loss", "loss_unscoped"}
    return {name: phrase for name, phrase in before.items() if name not in gone} | now


def _read(texts: Iterable[str], matcher: Matcher) -> Signals:
    """What one message says."""
    said: Signals = {}
    found = [
        sentence for text in texts for sentence in sentences(composed(own_words(text[:LONGEST_MAIL])[:LONGEST_TEXT]))
    ]
    folded = [[fold(clause) for clause in sentence.clauses] for sentence in found]
    whole = Whole((clause for clauses in folded for clause in clauses), matcher)
    for sentence, clauses in zip(found, folded, strict=True):
        if not sentence.machine:
            _hear(tuple(_clauses(sentence, clauses, whole)), said, asks=sentence.asks)
        elif Roles(clauses[0], whole).plays("trouble"):
            said.setdefault("trouble", "")
    if "nonproduction" in said and "production" in said:
        del said["nonproduction"]
    if _has(said, "elsewhere", "not_real", "hypothetical_story") and "trouble" in said:
        del said["trouble"]
    return said


def _clauses(sentence: Sentence, folded_clauses: Sequence[str], whole: Whole) -> Iterator[Clause]:
    supposed = False
    last = len(sentence.clauses) - 1
    for number, (text, folded) in enumerate(zip(sentence.clauses, folded_clauses, strict=True)):
        roles = Roles(folded, whole)
        if roles.plays("ignored_line"):
            return
        supposed = supposed or roles.plays("hypothetical")
        asked = sentence.asks and number == last
        over = roles.plays("past") and not roles.plays("ongoing")
        states = not (supposed or asked or over or roles.plays(*UNREAL))
        yield Clause(text, roles, states, supposed, asked)


def _hear(clauses: Sequence[Clause], said: Signals, *, asks: bool) -> None:
    """Add what one sentence says."""

    def note(signal: str, clause: Clause, role: str) -> None:
        if not said.get(signal):
            said[signal] = _phrase(clause, role)

    hearsay = any(clause.plays("hearsay") for clause in clauses)
    stating = [clause for clause in clauses if clause.states and not hearsay]
    everyone = any(clause.plays("everyone", "nobody") and not clause.plays("hedged") for clause in stating)
    part = any(clause.plays("limited", "single") for clause in stating)
    fails = any(clause.plays("affected", "nothing_works", "error_page", *FAILURES) for clause in stating)
    if fails or sum(len(clause.text) for clause in clauses) <= SHORT_SENTENCE:
        for clause in stating:
            _hear_scope(clause, note)
    for clause in clauses:
        _hear_setting(clause, note)
        if not (clause.asked or clause.plays("elsewhere")):
            _hear_way_around(clause, note)
    for clause in stating:
        _hear_failure(clause, note, everyone=everyone, part=part)
    _hear_question(clauses, note, asks=asks)
    for clause in clauses:
        excused = clause.supposed or hearsay or clause.plays("negated", "elsewhere", "asks")
        role = "trouble_asked" if clause.asked else "trouble"
        if not excused and clause.plays(role):
            note(role, clause, role)


def _hear_setting(clause: Clause, note: Note) -> None:
    """What the whole text is about: somebody else's system, a drill, a test system, something that is over."""
    plays = clause.plays
    for role in ABOUT_THE_TEXT:
        if plays(role) and not (role == "not_real" and plays("aftermath")):
            note(role, clause, role)
    if plays("nonproduction") and not plays("others_fine", "part_works"):
        note("nonproduction", clause, "nonproduction")
    if plays("production") and plays(*FAILURES) and clause.states and not plays("nonproduction"):
        note("production", clause, "production")
    if plays("past") and not plays("ongoing") and plays("nobody", "everyone", *FAILURES):
        note("was_broken", clause, "past")
    down = plays("nobody", "enter_fails", "total_loss", "every_page")
    if plays("resolved") and not (down or clause.supposed or clause.asked or plays("relapse", "negated")):
        note("resolved", clause, "resolved")


def _hear_scope(clause: Clause, note: Note) -> None:
    """For whom something fails: said in a sentence about a failure, or in a short one of its own ("For all users.")."""
    if not clause.plays("hedged"):
        for scope in ("everyone", "nobody", "most"):
            if clause.plays(scope):
                note(scope, clause, scope)


def _hear_failure(clause: Clause, note: Note, *, everyone: bool, part: bool) -> None:
    """What is down, broken or slow, and for whom. A doubtful clause proves neither severity 0 nor 1."""
    plays = clause.plays
    partial = plays("limited", "single", "others_fine")
    if plays("broken", "slow", "extremely_slow", "enter_fails", "total_loss", "every_page"):
        note("broken", clause, "broken")
    if plays("affected", *FAILURES) and plays("limited") and not plays("everyone", "nobody"):
        note("some_only", clause, "limited")
    if plays("affected", *FAILURES) and plays("single") and not everyone:
        note("single", clause, "single")
    if plays("hedged"):
        return
    if plays("security_incident"):
        note("security_incident", clause, "security_incident")
    if partial:
        return
    if _says_total_loss(clause, everyone=everyone) and (everyone or not part):
        note("loss" if everyone else "loss_unscoped", clause, "total_loss")
    if plays("enter_fails"):
        note("enter_fails", clause, "enter_fails")
    if _says_core_loss(clause):
        note("core", clause, "core_feature")


def _says_total_loss(clause: Clause, *, everyone: bool) -> bool:
    plays = clause.plays
    if plays("total_loss", "every_page") or (plays("nobody") and plays("enter", "enter_fails")):
        return True
    if not everyone:
        return False
    whole = plays("product", "enter", "enter_fails") and not plays("core_feature")
    return (
        plays("enter_fails")
        or (plays("nothing_works") and not plays("core_feature"))
        or (whole and plays("error_page"))
    )


def _says_core_loss(clause: Clause) -> bool:
    plays = clause.plays
    if plays("core_feature") and plays("broken", "extremely_slow", "nobody"):
        return True
    return plays("product") and plays("extremely_slow")


def _hear_way_around(clause: Clause, note: Note) -> None:
    """What people can do instead; something that was tried in vain is no way around."""
    plays = clause.plays
    if plays("no_workaround"):
        note("no_workaround", clause, "no_workaround")
        return
    if plays("others_fine"):
        note("others_fine", clause, "others_fine")
    if plays("part_works") and not plays(*FAILURES):
        note("part_works", clause, "part_works")
    if plays("attempted", "negated"):
        return
    if plays("eased") and not plays("relapse", "hypothetical"):
        note("eased", clause, "eased")
    if plays("workaround"):
        note("workaround", clause, "workaround")
    if plays("gets_by"):
        note("gets_by", clause, "gets_by")


def _hear_question(clauses: Sequence[Clause], note: Note, *, asks: bool) -> None:
    if any(clause.plays("help_request", "chaser") for clause in clauses):
        return
    for clause in clauses:
        if clause.plays("asks") or (asks and clause.plays("interrogative")):
            note("question", clause, "asks" if clause.plays("asks") else "interrogative")


def _phrase(clause: Clause, role: str) -> str:
    """The clause, or of a long one the part around the match."""
    if len(clause.text) <= LONGEST_PHRASE:
        return clause.text
    found = clause.roles.find(role) or (0, 0)
    start = max(0, min(found[0] - LONGEST_PHRASE // 4, len(clause.text) - LONGEST_PHRASE))
    return clause.text[start : start + LONGEST_PHRASE].strip()
