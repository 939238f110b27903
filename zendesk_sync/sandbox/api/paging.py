"""Both pagination styles over one ordered list of keys. Source: Zendesk API reference, Introduction > Pagination."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from zendesk_sync.sandbox.api.call import Call
from zendesk_sync.sandbox.errors import Refused, coded
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.store import Doc

DEPTH = 10_000
_CURSOR_NAMES = frozenset({"page[size]", "page[after]", "page[before]"})
Row = tuple[Any, Any]
"""(sort key, id), in the order of the answer."""


@dataclass(frozen=True, slots=True)
class Query:
    """A selection in one table (as `t`), sorted by an SQL expression and, among equals, by id."""

    table: str
    where: str
    values: tuple[Any, ...]
    key: str
    descending: bool

    @property
    def sorted_by(self) -> str:
        """The sort key without NULL, which no cursor could stand at."""
        return self.key if self.key == "t.id" else f"coalesce({self.key}, '')"


def is_cursor(call: Call) -> bool:
    """Whether this request asks for the cursor style."""
    return bool(_CURSOR_NAMES & call.request.query_params.keys())


def of_query(call: Call, name: str, query: Query, fetch: Callable[[list[Any]], list[Doc]]) -> tuple[Doc, list[Doc]]:
    """Return the answer for this request and the documents on the page, of which no other is read."""
    return _query_by_cursor(call, name, query, fetch) if is_cursor(call) else _query_by_page(call, name, query, fetch)


def _query_by_page(
    call: Call, name: str, query: Query, fetch: Callable[[list[Any]], list[Doc]]
) -> tuple[Doc, list[Doc]]:
    size, number = _offset(call)
    start, source = (number - 1) * size, f"FROM {query.table} t WHERE {query.where}"
    total = call.state.store.select(f"SELECT count(*) {source}", query.values)[0][0]
    way = "DESC" if query.descending else "ASC"
    sql = f"SELECT t.id {source} ORDER BY {query.sorted_by} {way}, t.id {way} LIMIT ? OFFSET ?"
    documents = fetch([key for (key,) in call.state.store.select(sql, (*query.values, size, start))])
    return _offset_body(call, name, documents, number, start + size < total, total), documents


def _query_by_cursor(
    call: Call, name: str, query: Query, fetch: Callable[[list[Any]], list[Doc]]
) -> tuple[Doc, list[Doc]]:
    size = _cursor_size(call)
    after, before = call.query("page[after]"), call.query("page[before]")
    back = bool(before) and not after
    place = _decode(before if back else after) if before or after else None
    found = _beyond(call, query, place, size + 1, forward=not back)
    there, shown = len(found) > size, found[:size][:: -1 if back else 1]
    # Where a walk came from there is what its cursor stands for.
    more, earlier = (place is not None, there) if back else (there, place is not None)
    documents = fetch([key for _, key in shown])
    return _cursor_body(call, name, documents, shown, more=more, earlier=earlier), documents


def _beyond(call: Call, query: Query, place: Row | None, size: int, *, forward: bool = True) -> list[Row]:
    """Return up to `size` rows behind a place, or before it, nearest first."""
    down = query.descending == forward
    key, where, values = query.sorted_by, query.where, query.values
    if place is not None:
        if not all(isinstance(part, str | int | float) and _fits(part) for part in place):
            raise _bad_cursor()
        where, values = f"{where} AND ({key}, t.id) {'<' if down else '>'} (?, ?)", (*values, *place)
    way = "DESC" if down else "ASC"
    source = f"FROM {query.table} t WHERE {where}"
    sql = f"SELECT {key}, t.id {source} ORDER BY 1 {way}, 2 {way} LIMIT ?"
    return [(found, number) for found, number in call.state.store.select(sql, (*values, size))]


def _fits(part: Any) -> bool:
    return not isinstance(part, int) or part.bit_length() < 64


def page(
    call: Call, name: str, rows: Sequence[Row], fetch: Callable[[list[Any]], list[Doc]], *, unpaged: bool = False
) -> tuple[Doc, list[Doc]]:
    """Return the answer for this request, and the documents on the page.

    `page[size]` or `page[after]` choose the cursor style; without them the answer is in the offset style, or, where the
    endpoint is `unpaged` and nothing was asked for, everything.
    """
    if is_cursor(call):
        return _by_cursor(call, name, rows, fetch)
    if unpaged and not {"page", "per_page"} & call.request.query_params.keys():
        documents = fetch([key for _, key in rows])
        return _offset_body(call, name, documents, 1, False, len(rows)), documents
    size, number = _offset(call)
    start = (number - 1) * size
    documents = fetch([key for _, key in rows[start : start + size]])
    return _offset_body(call, name, documents, number, start + size < len(rows), len(rows)), documents


def _offset(call: Call) -> tuple[int, int]:
    """Return (records on a page, number of the page) of a request in the offset style, which does not go deep."""
    size, number = max(1, min(call.number("per_page") or 100, 100)), max(1, call.number("page") or 1)
    if number * size > max(DEPTH, size):
        raise coded(400, "InvalidPaginationDepth", f"Limited to {DEPTH} records")
    return size, number


def _offset_body(call: Call, name: str, documents: list[Doc], number: int, more: bool, total: int) -> Doc:
    following = _link(call, {"page": str(number + 1)}) if more else None
    previous = _link(call, {"page": str(number - 1)}) if number > 1 else None
    return {name: documents, "next_page": following, "previous_page": previous, "count": total}


def _cursor_size(call: Call) -> int:
    size = whole_number(call.query("page[size]", "100"))
    if size is None or not 1 <= size <= 100:
        raise coded(400, "InvalidPaginationParameter", "page[size] must be between 1 and 100")
    return size


def _cursor_body(
    call: Call, name: str, documents: list[Doc], shown: Sequence[Row], *, more: bool, earlier: bool
) -> Doc:
    first, last = (_encode(shown[0]), _encode(shown[-1])) if shown else (None, None)
    links = {
        "prev": _link(call, {"page[before]": first}) if first and earlier else None,
        "next": _link(call, {"page[after]": last}) if last and more else None,
    }
    return {name: documents, "meta": {"has_more": more, "after_cursor": last, "before_cursor": first}, "links": links}


def _by_cursor(
    call: Call, name: str, rows: Sequence[Row], fetch: Callable[[list[Any]], list[Doc]]
) -> tuple[Doc, list[Doc]]:
    size, start = _cursor_size(call), 0
    if after := call.query("page[after]"):
        start = _behind(rows, _decode(after))
    elif before := call.query("page[before]"):
        start = max(0, _behind(rows, _decode(before)) - 1 - size)
    shown = rows[start : start + size]
    documents = fetch([key for _, key in shown])
    more = start + size < len(rows)
    return _cursor_body(call, name, documents, shown, more=more, earlier=bool(start)), documents


def _behind(rows: Sequence[Row], cursor: Row) -> int:
    """Return the position just behind the cursor's row; when that row has moved, the start of what sorts behind it."""
    descending = len(rows) > 1 and tuple(rows[0]) > tuple(rows[-1])
    try:
        for position, row in enumerate(rows):
            if row == cursor:
                return position + 1
            if (row < cursor) if descending else (row > cursor):
                return position
    except TypeError:  # a cursor of another list
        raise _bad_cursor() from None
    return len(rows)


def _encode(row: Row) -> str:
    return base64.urlsafe_b64encode(json.dumps(row).encode()).decode()


def _decode(cursor: str) -> Row:
    try:
        key, identity = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, TypeError, RecursionError):
        raise _bad_cursor() from None
    return key, identity


def _bad_cursor() -> Refused:
    return coded(400, "InvalidPaginationParameter", "page[after] is not valid")


def _link(call: Call, changes: dict[str, str]) -> str:
    drop = {"page[after]", "page[before]"} if any("[" in name for name in changes) else set()
    kept = {name: value for name, value in call.request.query_params.items() if name not in drop}
    return f"{call.state.base_url}{call.request.url.path}?{urlencode({**kept, **changes})}"


def sorting(call: Call, allowed: Sequence[str], default: str = "id") -> tuple[str, bool]:
    """Return (attribute, descending): `sort=-x` in the cursor style, `sort_by` and `sort_order` in the offset style.

    The cursor style ignores `sort_by` and `sort_order` without a word.
    """
    if is_cursor(call):
        wanted = call.query("sort", default)
        descending, name = wanted.startswith("-"), wanted.removeprefix("-")
        if name not in allowed:
            raise coded(400, "InvalidPaginationParameter", "sort is not valid")
        return name, descending
    name = call.query("sort_by", default)
    return (name if name in allowed else default), call.query("sort_order", "asc").lower() == "desc"


def simple(
    call: Call, name: str, kind: str, show: Callable[[Doc], Doc] = lambda doc: doc, *, unpaged: bool = False
) -> Doc:
    """Return a page of all records of one kind in the order of their ids."""
    rows: list[Row] = [(0, key) for (key,) in call.state.store.index(kind)]
    return page(call, name, rows, lambda ids: [show(doc) for doc in call.state.store.many(kind, ids)], unpaged=unpaged)[
        0
    ]


def of(call: Call, name: str, documents: list[Doc], *, unpaged: bool = False) -> Doc:
    """Return a page of documents which are at hand, in their order."""
    by_key = {document["id"]: document for document in documents}
    rows: list[Row] = [(position, key) for position, key in enumerate(by_key)]
    return page(call, name, rows, lambda ids: [by_key[key] for key in ids], unpaged=unpaged)[0]
