"""Comments. Source: Zendesk API reference, Ticketing > Ticket Comments."""

import html
import re
from typing import Any

from zendesk_sync.sandbox.model import placeholders
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KIND = "comment"
LIMIT = 65_535
KEYS = frozenset({"body", "html_body", "value", "public", "author_id", "uploads"})
"""What a write may say; `value` is an older word for `body`."""
_ELEMENT = re.compile(r"</?[a-zA-Z][^>]*>")
_UNSEEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_PREFORMATTED = re.compile(r"(<pre\b.*?</pre\s*>)", re.DOTALL | re.IGNORECASE)
_BREAKS = (
    (re.compile(r"</(?:p|h[1-6]|ul|ol|pre|blockquote|table)\s*>|<hr\b[^>]*>", re.IGNORECASE), "\n\n"),
    (re.compile(r"<h[1-6]\b[^>]*>", re.IGNORECASE), "\n\n"),
    (re.compile(r"<(?:ul|ol|pre|blockquote|table)\b[^>]*>", re.IGNORECASE), "\n"),
    (re.compile(r"<br\b[^>]*>|</(?:li|div|tr)\s*>", re.IGNORECASE), "\n"),
    (re.compile(r"<li\b[^>]*>", re.IGNORECASE), "- "),
    (re.compile(r"</t[dh]\s*>", re.IGNORECASE), " "),
)


def is_blank(given: Any) -> bool:
    """Whether this is no comment at all; one may come as `{"body": …}`, `{"html_body": …}` or plain text."""
    return not _text_of(given)[0].strip()


def compose(state: State, given: Any, *, ticket: Doc, actor: Doc, author: Doc, public: bool, via: Doc) -> Doc:
    """Write one comment of a ticket: placeholders rendered, blanks collapsed, cut to 65,535 bytes."""
    text, is_html = _text_of(given)
    text = placeholders.render(state, text, ticket, actor)
    body = _cut(_collapse(_as_read(text) if is_html else _ELEMENT.sub("", text)))
    rendered = text if is_html else f'<p dir="auto">{html.escape(body).replace(chr(10), "<br>")}</p>'
    return {
        "id": state.event_id(), "type": "Comment", "author_id": author["id"], "body": body,
        "html_body": _cut(f'<div class="zd-comment" dir="auto">{rendered}</div>'), "plain_body": body,
        "public": public, "attachments": [], "audit_id": None, "via": via, "created_at": state.now(),
        "metadata": {"system": {}, "custom": {}, "flags": [], "flags_options": {}},
    }  # fmt: skip


def store(state: State, comment: Doc, ticket_id: int) -> None:
    state.store.put(KIND, comment["id"], comment, parent=ticket_id)


def event(comment: Doc) -> Doc:
    """Return the audit event that tells of this comment."""
    names = ("id", "type", "public", "author_id", "body", "html_body", "plain_body", "attachments", "audit_id")
    return {name: comment[name] for name in names}


def _text_of(given: Any) -> tuple[str, bool]:
    if isinstance(given, str):
        return given, False
    if not isinstance(given, dict):
        return "", False
    if given.get("html_body"):
        return str(given["html_body"]), True
    return str(given.get("body") or given.get("value") or ""), False


def _as_read(markup: str) -> str:
    """Write HTML as text which reads like it: paragraphs apart, each line and each item of a list on its own line."""
    pieces = _PREFORMATTED.split(_UNSEEN.sub("", markup))
    flowing = [piece if number % 2 else re.sub(r"\s+", " ", piece) for number, piece in enumerate(pieces)]
    text = "".join(flowing)
    for pattern, mark in _BREAKS:
        text = pattern.sub(mark, text)
    plain = html.unescape(_ELEMENT.sub("", text)).replace("\xa0", " ")
    return re.sub(r"[ \t]*\n[ \t]*", "\n", plain)


def _collapse(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+", " ", text.replace("\r\n", "\n"))).strip()


def _cut(text: str) -> str:
    return text.encode()[:LIMIT].decode(errors="ignore")
