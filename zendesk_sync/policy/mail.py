"""The writer's own words of a mail: without quoted mail, signatures and legal small print (policy §7).

The libraries for this use backtracking expressions without a linear bound on hostile mail, so this is a small one of
our own: it goes once over the lines, and every expression is anchored or bounded and sees a bounded line.
"""

# ruff: noqa: RUF001  (punctuation of other scripts is meant)

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

OWN_NOTE = "Support priority (automatic note)"
LONGEST_LINE = 400
"""Characters of a line that decide what the line is."""
SIGNATURE_LINES = 12
"""At most so many lines follow a closing formula; with more below it, it was part of the text."""

_I = re.IGNORECASE
_DATE_OPENS = re.compile(r"(?:on|am|le|el|il|em|op|den)\b|\d{4}[年/.-]", _I)
_DATE = re.compile(r"\d{4}|\d{1,2}[:.h/-]\d{1,2}")
_WROTE = re.compile(
    r"\b(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev)\b|のメール|書きました|@[\w.-]{1,80}[>＞]",
    _I,
)
_WROTE_LAST = re.compile(r"(?:\bwrote|\bschrieb|\ba écrit|\bescribió|のメール)\s?[:：]$", _I)
_CUT = re.compile(
    r"[-_=*\s]{0,40}(?:original message|ursprüngliche nachricht|originalnachricht|message d'origine|message original"
    r"|mensaje original|messaggio originale|forwarded message|weitergeleitete nachricht|message transféré"
    r"|message transmis|mensaje reenviado"
    r"|転送メッセージ|元のメッセージ|転送されたメッセージ|original-nachricht)[-_=*\s:]{0,40}$"
    r"|begin forwarded message\b|anfang der weitergeleiteten|début du message (?:réexpédié|transféré)"
    r"|inicio del mensaje reenviado"
    r"|##-? ?.{0,60}(?:above this line|oberhalb dieser|au-dessus de cette|por encima de esta|この行より上)",
    _I,
)
_HEADER = re.compile(
    r"[\s>*]{0,6}(?:(?P<from>from|von|de|da|van|差出人|送信者)"
    r"|(?P<more>sent|date|to|subject|cc|gesendet|datum|an|betreff|envoyé|à|objet|enviado(?: el)?|fecha|para|asunto"
    r"|送信日時|日時|宛先|件名))\s?\*?\s?[:：]",
    _I,
)
_DATED = re.compile(
    r"[\s>*]{0,6}(?:sent|date|subject|gesendet|datum|betreff|envoyé|objet|enviado|fecha|asunto|送信|日時|件名)", _I
)
_DEVICE = re.compile(
    r"\W{0,3}(?:sent from (?:my|outlook|yahoo|mail for|gmail)|get outlook for|von meinem .{1,40} gesendet"
    r"|gesendet (?:von|mit)|envoyé (?:de|depuis) mon|enviado desde mi|obtener outlook|télécharger outlook"
    r"|holen sie sich outlook|iphoneから送信|androidから送信)",
    _I,
)
_LEGAL = re.compile(
    r"(?:\b(?:this|the) (?:e-?mail|message|communication|transmission)\b.{0,160}"
    r"\b(?:confidential|privileged|intended (?:only|solely|for)|recipient)"
    r"|\bif you (?:are|'re|have) (?:not|received) .{0,60}\b(?:recipient|in error|by mistake)"
    r"|\b(?:diese|die) (?:e-?mail|nachricht)\b.{0,160}\b(?:vertraulich|bestimmt|adressat)"
    r"|\b(?:ce|cet) (?:message|courriel|e-?mail)\b.{0,160}\b(?:confidentiel|destinataire|destiné)"
    r"|\b(?:este|el presente) (?:mensaje|correo|e-?mail)\b.{0,160}\b(?:confidencial|destinatario)"
    r"|本(?:メール|電子メール).{0,80}(?:機密|受信者|誤って)|\bplease consider the environment before printing)",
    _I,
)
_CLOSING = re.compile(
    r"(?:(?:with )?(?:best|kind|warm|many)?(?: and)? ?(?:regards|wishes)"
    r"|(?:best|cheers|sincerely|respectfully|br|rgds|kr)"
    r"|(?:many )?thanks(?: and (?:best |kind )?regards| in advance| a lot| again)?|thank you(?: in advance| very much)?"
    r"|yours (?:sincerely|faithfully|truly)|all the best"
    r"|(?:mit )?(?:freundlichen?|besten?|herzlichen?|schönen?|viele|liebe) gr(?:ü|ue)(?:ß|ss)e?n?|mfg|vg|lg|gru(?:ß|ss)"
    r"|(?:besten |vielen |herzlichen )?dank(?: (?:im voraus|vorab|und .{1,30}))?"
    r"|danke(?: (?:im voraus|vorab|und .{1,30}|schon mal))?"
    r"|(?:bien )?cordialement|bien à vous|salutations(?: distinguées)?|merci(?: d'avance| beaucoup)?"
    r"|(?:un )?(?:cordial(?:es)? )?saludos?(?: cordial(?:es)?)?|atentamente|(?:muchas )?gracias(?: de antemano)?"
    r"|(?:何卒)?(?:よろしく|宜しく)お願い(?:いた|致|申し上げ)?(?:します|ます|たします)?|以上|敬具)[\s,.!。、:)–-]{0,4}",
    _I,
)
_POSTSCRIPT = re.compile(r"p\.? ?s\.?\s?[:.,\s-]", _I)


# Without any of these words there is nothing to cut: most mail passes without a look at its lines.
_QUOTE_HINTS = (
    "wrote", "schrieb", "a écrit", "escribió", "ha scritto", "escreveu", "schreef", "skrev", "のメール",
    "書きました", "@",
    "original", "forwarded", "weitergeleitete", "transféré", "réexpédié", "transmis", "reenviado", "ursprüngliche",
    "転送", "元のメッセージ", "##-", "subject", "betreff", "objet", "asunto", "件名", "sent:", "gesendet", "date:",
    "datum",
    "fecha", "日時", "envoyé", "enviado",
)  # fmt: skip
_LEGAL_HINTS = (
    "mail", "message", "communication", "transmission", "recipient", "received", "nachricht", "courriel", "mensaje",
    "correo", "メール", "environment", "sent from", "outlook", "gesendet", "envoyé", "enviado", "から送信",
)  # fmt: skip


def own_words(text: str) -> str:
    """What the writer of ``text`` wrote in it; nothing for one of our own notes. Linear in the text."""
    if text.lstrip().startswith(OWN_NOTE):
        return ""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    small = text.lower()
    if ">" in small or "＞" in small or any(hint in small for hint in _QUOTE_HINTS):
        lines = list(_without_quotes(lines))
    legal = any(hint in small for hint in _LEGAL_HINTS)
    return "\n".join(_without_signature(lines, legal=legal)).strip()


def _without_quotes(lines: Sequence[str]) -> Iterable[str]:
    """Lines that are not quoted; an introduction without ``>`` below it opens a quotation that lasts to the end."""
    skip = 0
    for number, raw in enumerate(lines):
        if skip:
            skip -= 1
            continue
        line = raw[:LONGEST_LINE].strip()
        if line.startswith((">", "＞", "|>")):
            continue
        if not line:
            yield ""
            continue
        if _CUT.match(line) or _opens_headers(line, lines, number):
            return
        introduces = _introduction(line, lines, number)
        if introduces:
            if not _quoted_below(lines, number + introduces):
                return
            skip = introduces - 1
            continue
        yield raw


def _introduction(line: str, lines: Sequence[str], number: int) -> int:
    """How many lines introduce a quotation here ("On ..., somebody wrote:"), a wrapped one included; 0 for none."""
    if _is_introduction(line):
        return 1
    if _DATE_OPENS.match(line) and _DATE.search(line) and number + 1 < len(lines):
        return 2 if _is_introduction(f"{line} {lines[number + 1][:LONGEST_LINE].strip()}") else 0
    return 0


def _is_introduction(line: str) -> bool:
    if not line.endswith((":", "：")) or not _WROTE.search(line):
        return False
    return bool(_WROTE_LAST.search(line) or (_DATE_OPENS.match(line) and _DATE.search(line)))


def _quoted_below(lines: Sequence[str], start: int) -> bool:
    """Whether the next line with words in it is a quoted one, within a few lines."""
    for line in lines[start : start + 3]:
        if stripped := line[:LONGEST_LINE].strip():
            return stripped.startswith((">", "＞"))
    return False


def _opens_headers(line: str, lines: Sequence[str], number: int) -> bool:
    """A mail header block: the sender's line, and close below it at least two others, one with date or subject."""
    head = _HEADER.match(line)
    if head is None or head["from"] is None:
        return False
    others = [
        found for found in (other[:LONGEST_LINE] for other in lines[number + 1 : number + 6]) if _HEADER.match(found)
    ]
    return bool(others) and any(_DATED.match(other) for other in others)


def _without_signature(lines: Sequence[str], *, legal: bool) -> Iterable[str]:
    """Lines up to the signature, without legal paragraphs; a postscript below a closing formula counts again."""
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    closed = small_print = said = False
    for number, raw in enumerate(lines[:last]):
        line = raw[:LONGEST_LINE].strip()
        if line in {"--", "—", "__"} or raw == "-- ":
            return
        if closed:
            closed = not _POSTSCRIPT.match(line)
        elif said and last - number <= SIGNATURE_LINES and _CLOSING.fullmatch(line[:80]):
            closed = True
        small_print = legal and bool(line) and (small_print or _LEGAL.search(line) is not None)
        if not (closed or small_print or (legal and _DEVICE.match(line))):
            said = said or bool(line)
            yield raw
