"""Decision -> the internal note that people read (policy §3, §6). The texts stand in the policy file.

Every value that came from outside goes through :func:`neutral` before it enters a text, and the finished text is
escaped line by line, so that neither HTML, Markdown nor Zendesk placeholders of a customer take effect.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping

from zendesk_sync.policy import texts
from zendesk_sync.policy.decide import Decision
from zendesk_sync.policy.handbook import Handbook, Item
from zendesk_sync.policy.reasons import shown
from zendesk_sync.policy.response import next_shift
from zendesk_sync.policy.rules import RULES, is_prospect
from zendesk_sync.policy.terms import SHARED_ITEMS, RuleId, Topic

FIRST_LINE = "Support priority (automatic note)"
"""Opens each of our notes, so that our own words are never read as somebody's answer."""
MAX_OUTSIDE = 200
MAX_NOTE = 30_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")


def neutral(text: str) -> str:
    """Text from outside as one harmless line: no control characters, no placeholder braces, at most 200 characters."""
    line = _CONTROL.sub(" ", text).replace("{", "(").replace("}", ")").replace("|", "/")
    line = " ".join(line.split())
    return line if len(line) <= MAX_OUTSIDE else line[: MAX_OUTSIDE - 1] + "…"


def plain(decision: Decision, handbook: Handbook) -> str:
    """The note as plain text: blank lines between paragraphs, ``- `` before list items. Empty without topics."""
    if not decision.topics:
        return ""
    first = [topic for topic in decision.topics if topic is Topic.POSSIBLE_OUTAGE]
    names = (*first, "opening", *(topic for topic in decision.topics if topic not in first), "closing")
    parts = [texts.fill(handbook.notes[name], _values(name, decision, handbook)) for name in names]
    return "\n\n".join([FIRST_LINE, *filter(None, parts)])[:MAX_NOTE]


def rich(decision: Decision, handbook: Handbook) -> str:
    """The note as HTML for a comment's ``html_body``."""
    return as_html(plain(decision, handbook))


def as_html(note: str) -> str:
    """A plain note's paragraphs and lists as HTML, everything else escaped."""
    blocks = []
    for paragraph in note.split("\n\n"):
        lines = paragraph.splitlines()
        if lines and all(line.startswith("- ") for line in lines):
            blocks.append("<ul>" + "".join(f"<li>{html.escape(line[2:])}</li>" for line in lines) + "</ul>")
        elif lines:
            text = "<br>".join(html.escape(line) for line in lines)
            blocks.append(f"<p><strong>{text}</strong></p>" if paragraph == FIRST_LINE else f"<p>{text}</p>")
    return "".join(blocks)


def _values(name: str, decision: Decision, handbook: Handbook) -> Mapping[str, str]:
    context, evidence = decision.context, decision.evidence
    items, also = "", ""
    if name == Topic.MISSING_PRESALES_CONTEXT:
        items = _list(context.presales or (), handbook.presales)
    elif name == Topic.MISSING_CONTEXT:
        items = _list(context.engineering_only, handbook.engineering)
        titles = {name: item.title for name, item in handbook.engineering.items()}
        both = [SHARED_ITEMS[item] for item in context.presales or () if item in SHARED_ITEMS]
        also = ", ".join(titles[item].lower() for item in both if item in titles) if context.engineering else ""
    return {
        "level": decision.computed.value,
        "counting": decision.counting.value,
        "reporter": decision.facts.reporter.value,
        "rule": decision.rule.value,
        "because": _because(decision),
        "customer": shown(decision.facts.customer).replace("_", " "),
        "official": decision.official.value.value if decision.official.value else "empty",
        "wish": neutral(decision.wish or ""),
        "items": items,
        "also_asked": also,
        "mention": _mention(decision, handbook),
        "arrives_in": _arrives_in(decision, handbook),
        "read": handbook.severities[str(int(evidence.severity))].title if evidence else "",
        "phrases": ", ".join(f'"{neutral(phrase)}"' for phrase in evidence.phrases) if evidence else "",
    }


def _arrives_in(decision: Decision, handbook: Handbook) -> str:
    """Hours until the next shift, rounded up to half hours; vague where nobody said what time it is.

    The shifts that were named for this surge, and once those have begun the policy's own.
    """
    at = decision.at
    if at is None:
        return "a few hours"
    arrives = next((shift for shift in decision.next_shifts if shift > at), None) or next_shift(at, handbook.shifts)
    halves = math.ceil((arrives - at).total_seconds() / 1800)
    hours = f"{halves // 2}{' 1/2' if halves % 2 else ''}" if halves >= 2 else "1/2"
    return f"{hours} hour" if halves <= 2 else f"{hours} hours"


def _because(decision: Decision) -> str:
    says = next(rule.says for rule in RULES if rule.id is decision.rule)
    return says[0].upper() + says[1:]


def _mention(decision: Decision, handbook: Handbook) -> str:
    """An SLA Severity on a prospect's ticket is mentioned and never used: the two scales do not mix (policy §2)."""
    facts = decision.facts
    if decision.rule is RuleId.SEVERITY_UNKNOWN and is_prospect(facts):
        severity = decision.evidence.severity if decision.evidence else facts.severity
        if severity is not None:
            title = handbook.severities[str(int(severity))].title
            how = "The text reads like" if decision.evidence else "Severity is set to"
            return f"{how} {title}, but a prospect's ticket is read on the pre-sales scale: please set that."
    return ""


def _list(items: tuple[str, ...], checklist: Mapping[str, Item]) -> str:
    return "\n".join(f"- {checklist[item].ask}" for item in items)
