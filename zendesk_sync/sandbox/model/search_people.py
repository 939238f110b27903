"""A search for users, organizations and groups. Source: Zendesk help, "Searching users, groups, and organizations"."""

from datetime import datetime
from typing import Any

from zendesk_sync.sandbox.model import groups, organizations, users
from zendesk_sync.sandbox.model.search_terms import Term, span
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.rows import has_word
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

KINDS = {"user": users.KIND, "organization": organizations.KIND, "group": groups.KIND}
_TEXTS = ("name", "email", "notes", "details", "phone", "external_id", "alias")
_MOMENTS = {"created": "created_at", "created_at": "created_at", "updated": "updated_at", "updated_at": "updated_at"}


def found(state: State, kind: str, terms: list[Term], known_until: str) -> list[Doc]:
    """Return the records of a kind for which all terms hold, as far as the index knows them."""
    now = state.clock.now()
    known = (one for one in state.store.all(KINDS[kind]) if one["updated_at"] <= known_until and not one.get("deleted"))
    return [one for one in known if all(_holds(state, term, one, now) != term.negated for term in terms)]


def _holds(state: State, term: Term, record: Doc, now: datetime) -> bool:
    name, value = term.name, term.value
    if name in _MOMENTS:
        return _in_span(record[_MOMENTS[name]], term, now)
    if name == "tags":
        return set(words(value)) <= set(record.get("tags") or [])
    if name == "organization":
        return _of_organization(state, record, value)
    if name in record:
        text = str(record[name] if record[name] is not None else "none").lower()
        return text == value.lower() or (name in _TEXTS and has_word(text, value.lower()) == 1)
    texts = (str(record.get(one) or "") for one in _TEXTS)
    written = f"{name}{term.operator}{value}"
    return any(has_word(text, written) for text in texts)


def _of_organization(state: State, record: Doc, value: str) -> bool:
    number = record.get("organization_id")
    organization: Any = state.store.get(organizations.KIND, number) if number else None
    if organization is None:
        return value.lower() == "none"
    return value == str(number) or organization["name"].lower() == value.lower()


def _in_span(moment: str, term: Term, now: datetime) -> bool:
    wanted = span(term.value, now)
    if wanted is None:
        return False
    answers = {
        ":": wanted.start <= moment < wanted.end, "<": moment < wanted.start, "<=": moment < wanted.end,
        ">": moment >= wanted.end, ">=": moment >= wanted.start,
    }  # fmt: skip
    return answers[term.operator]
