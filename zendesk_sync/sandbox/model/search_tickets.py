"""A search for tickets as SQL over their rows. Source: Zendesk help, "Searching tickets".

The same property named twice with `:` means either value; everything else must hold together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from zendesk_sync.sandbox.clock import iso
from zendesk_sync.sandbox.model import access, fields, groups, organizations, tickets, users
from zendesk_sync.sandbox.model.search_terms import Term, span
from zendesk_sync.sandbox.model.tags import words
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.model.view_conditions import custom_value, escaped, rank
from zendesk_sync.sandbox.rows import COLUMNS, WORD
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

Sql = tuple[str, tuple[Any, ...]]
SORTS = {
    "updated_at": "t.updated_at", "created_at": "t.created_at", "priority": rank("priority"),
    "status": rank("status"), "ticket_type": rank("type"),
}  # fmt: skip
_MOMENTS = {
    "created": "created_at", "created_at": "created_at", "updated": "updated_at", "updated_at": "updated_at",
    "solved": "solved_at", "solved_at": "solved_at", "due_date": "due_at", "due_at": "due_at",
}  # fmt: skip
_RANKED = {"status": "status", "priority": "priority", "ticket_type": "type"}
_ORDERS: dict[str, tuple[str, ...]] = {
    "status": tickets.STATUSES, "priority": tickets.PRIORITIES, "type": tickets.TYPES,
}  # fmt: skip
_PEOPLE = {"requester": "requester_id", "assignee": "assignee_id", "submitter": "submitter_id"}
_IDS = {
    "requester_id": "requester_id", "assignee_id": "assignee_id", "organization_id": "organization_id",
    "group_id": "group_id", "brand_id": "brand_id", "form": "ticket_form_id", "ticket_form_id": "ticket_form_id",
    "custom_status_id": "custom_status_id", "problem_id": "problem_id", "id": "id", "ticket_id": "id",
}  # fmt: skip
_CHANNELS = {"mail": "email", "email": "email", "web": "web", "get_satisfaction": "web", "api": "api", "chat": "chat"}
_NAMED = {"group": (groups.KIND, "group_id"), "organization": (organizations.KIND, "organization_id")}


@dataclass(frozen=True, slots=True)
class Searcher:
    """Who searches in which account, and until when changes are in the index."""

    state: State
    user: Doc
    book: fields.FieldBook
    known_until: str


def table(state: State) -> str:
    """Return the rows to search in: as they are, or, where the index lags, as they were when it last came along."""
    delay = state.pace.index_delay
    if delay <= 0:
        return "ticket_row"
    until = int(state.clock.timestamp() - delay)
    columns = ", ".join(COLUMNS)
    state.store.change(
        f"INSERT OR REPLACE INTO search_row ({columns}) SELECT {columns} FROM ticket_row t WHERE t.generated <= ? "  # noqa: S608 - only our own names
        "AND t.generated IS NOT (SELECT s.generated FROM search_row s WHERE s.id = t.id)",
        (until,),
    )
    return "search_row"


def where(terms: list[Term], searcher: Searcher) -> Sql:
    """Return the condition for all terms, on tickets this user may see, archived ones too."""
    allowed, bound = access.where(searcher.state, searcher.user)
    pieces, values = ["t.deleted = 0", allowed], [*bound]
    plain = sorted((t for t in terms if t.name and t.operator == ":" and not t.negated), key=lambda term: term.name)
    for _, same in groupby(plain, key=lambda term: term.name):
        either = [_compiled(term, searcher) for term in same]
        pieces.append(f"({' OR '.join(f'coalesce({sql}, 0)' for sql, _ in either)})")
        values += [value for _, found in either for value in found]
    for term in terms:
        if term.name and term.operator == ":" and not term.negated:
            continue
        sql, found = _compiled(term, searcher)
        pieces.append(f"{'NOT ' if term.negated else ''}coalesce({sql}, 0)")
        values += found
    return " AND ".join(pieces), tuple(values)


def _compiled(term: Term, searcher: Searcher) -> Sql:
    name = term.name
    if name.startswith("custom_field_"):
        return _custom(term, searcher)
    for names, compiler in _COMPILERS:
        if name in names:
            return compiler(term, searcher)
    return _text(term, searcher)


def _moment(term: Term, searcher: Searcher) -> Sql:
    column, found = f"t.{_MOMENTS[term.name]}", span(term.value, searcher.state.clock.now())
    if term.value == "none":
        return f"{column} IS NULL", ()
    if found is None:
        return "0", ()
    if term.operator == ":":
        return f"({column} >= ? AND {column} < ?)", (found.start, found.end)
    edge = found.end if term.operator in {"<=", ">"} else found.start
    return f"{column} {'<' if term.operator in {'<', '<='} else '>='} ?", (edge,)


def _ranked(term: Term, searcher: Searcher) -> Sql:  # noqa: ARG001 - one shape for all compilers
    column, value = _RANKED[term.name], term.value.lower()
    if value == "none":
        return f"t.{column} IS NULL", ()
    if value not in _ORDERS[column]:
        return "0", ()
    place = _ORDERS[column].index(value) + 1
    return f"{rank(column)} {'=' if term.operator == ':' else term.operator} ?", (place,)


def _tags(term: Term, searcher: Searcher) -> Sql:  # noqa: ARG001
    if term.value == "none":
        return "trim(t.tags) = ''", ()
    wanted = words(term.value)
    return " AND ".join("instr(t.tags, ?) > 0" for _ in wanted) or "0", tuple(f" {tag} " for tag in wanted)


def _person(term: Term, searcher: Searcher) -> Sql:
    column, value = f"t.{_PEOPLE[term.name]}", term.value.lower()
    if value == "none":
        return f"{column} IS NULL", ()
    if value == "me":
        return f"{column} = ?", (searcher.user["id"],)
    if (number := whole_number(value)) is not None:
        return f"{column} = ?", (number,)
    if "@" in value:
        person = users.by_email(searcher.state, value)
        return f"{column} = ?", (person["id"] if person else -1,)
    return _name_in(users.KIND, column, value)


def _name_in(kind: str, column: str, value: str) -> Sql:
    sql = "SELECT id FROM record WHERE kind = ? AND lower(json_extract(body, '$.name')) LIKE ? ESCAPE '\\'"
    pattern = escaped(value.removesuffix("*")) + ("%" if value.endswith("*") else "")
    return f"{column} IN ({sql})", (kind, pattern)


def _owner(term: Term, searcher: Searcher) -> Sql:  # noqa: ARG001
    kind, column = _NAMED[term.name]
    if term.value.lower() == "none":
        return f"t.{column} IS NULL", ()
    number = whole_number(term.value)
    return (f"t.{column} = ?", (number,)) if number is not None else _name_in(kind, f"t.{column}", term.value.lower())


def _identity(term: Term, searcher: Searcher) -> Sql:  # noqa: ARG001
    column = f"t.{_IDS[term.name]}"
    if term.value == "none":
        return f"{column} IS NULL", ()
    return f"{column} {'=' if term.operator == ':' else term.operator} ?", (whole_number(term.value),)


def _external(term: Term, searcher: Searcher) -> Sql:  # noqa: ARG001
    return "t.external_id = ?", (term.value,)


def _via(term: Term, searcher: Searcher) -> Sql:  # noqa: ARG001
    return "t.channel = ?", (_CHANNELS.get(term.value.lower(), term.value.lower()),)


def _column(term: Term, searcher: Searcher) -> Sql:  # noqa: ARG001
    return _word_in(f"t.{term.name}", term.value)


def _word_in(column: str, value: str) -> Sql:
    """Whether a text has this word, or a phrase, or a word that begins like `print*`."""
    return f"({column} LIKE ? ESCAPE '\\' AND has_word({column}, ?))", (_sieve(value), value)


def _sieve(value: str) -> str:
    """Return a pattern that meets all that `has_word` does, and little else: LIKE is quick, but knows no case of `Ä`.

    It asks for the longest word only, as those of a phrase may have anything but letters between them.
    """
    longest = max(WORD.findall(value.lower()), key=len, default="")
    return f"%{''.join(escaped(one) if one.isascii() else '%' for one in longest)}%"


def _text(term: Term, searcher: Searcher) -> Sql:
    """Free text stands in the subject, in the description or in a comment; a number may be the ticket's."""
    value = f"{term.name}{term.operator}{term.value}"
    found = [_word_in("t.subject", value), _word_in("t.description", value)]
    if (number := whole_number(value.removeprefix("#"))) is not None:
        found.append(("t.id = ?", (number,)))
    said, bound = _word_in("json_extract(body, '$.body')", value)
    comment = "kind = 'comment' AND body LIKE ? ESCAPE '\\' AND json_extract(body, '$.created_at') <= ?"
    sql = f"t.id IN (SELECT parent FROM record WHERE {comment} AND {said})"  # noqa: S608 - values are bound
    found.append((sql, (_sieve(value), searcher.known_until, *bound)))
    return f"({' OR '.join(sql for sql, _ in found)})", tuple(value for _, values in found for value in values)


def _custom(term: Term, searcher: Searcher) -> Sql:
    field = searcher.book.by_id.get(whole_number(term.name.removeprefix("custom_field_")) or 0)
    if field is None:
        return "0", ()
    read, kind, value = custom_value(field), field["type"], term.value
    if value in {"*", "none"}:
        return f"{read} IS {'NOT ' if value == '*' else ''}NULL", ()
    if term.operator != ":":
        numeric = kind in {"integer", "decimal"}
        compared = f"CAST({read} AS REAL)" if numeric else read
        return f"{compared} {term.operator} ?", (_number(value) if numeric else value,)
    if kind == "checkbox":
        return f"coalesce({read}, 0) = ?", (int(value.lower() in {"true", "1"}),)
    if kind == "multiselect":
        return f"instr({read}, ?) > 0", (f'"{value.lower()}"',)
    pattern = escaped(value.removesuffix("*")) + ("%" if value.endswith("*") else "")
    return f"CAST({read} AS TEXT) LIKE ? ESCAPE '\\'", (pattern,)


def _number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return float("nan")


Compiler = Callable[[Term, Searcher], Sql]
_COMPILERS: tuple[tuple[frozenset[str], Compiler], ...] = (
    (frozenset(_MOMENTS), _moment),
    (frozenset(_RANKED), _ranked),
    (frozenset({"tags", "tag"}), _tags),
    (frozenset(_PEOPLE), _person),
    (frozenset(_NAMED), _owner),
    (frozenset(_IDS), _identity),
    (frozenset({"external_id"}), _external),
    (frozenset({"via"}), _via),
    (frozenset({"subject", "description"}), _column),
)


def known_until(state: State) -> str:
    """Return the moment up to which comments are in the index."""
    return iso(state.clock.now() - timedelta(seconds=max(0.0, state.pace.index_delay)))
