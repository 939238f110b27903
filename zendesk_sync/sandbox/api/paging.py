"""Both pagination styles over one ordered list of keys. Source: Zendesk API reference, Introduction > Pagination."""

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from zendesk_sync.sandbox.api.call import Call
from zendesk_sync.sandbox.errors import Refused, coded
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.store import Doc

DEPTH = 10_000
Row = tuple[Any, Any]
"""(sort key, id), in the order of the answer."""


def page(
    call: Call, name: str, rows: Sequence[Row], fetch: Callable[[list[Any]], list[Doc]], *, unpaged: bool = False
) -> tuple[Doc, list[Doc]]:
    """Return the answer for this request, and the documents on the page.

    `page[size]` or `page[after]` choose the cursor style; without them the answer is in the offset style, or, where the
    endpoint is `unpaged` and nothing was asked for, everything.
    """
    query = call.request.query_params
    if "page[size]" in query or "page[after]" in query or "page[before]" in query:
        return _by_cursor(call, name, rows, fetch)
    everything = unpaged and "page" not in query and "per_page" not in query
    size = max(len(rows), 1) if everything else max(1, min(call.number("per_page") or 100, 100))
    number = max(1, call.number("page") or 1)
    if not everything and number * size > max(DEPTH, size):
        raise coded(400, "InvalidPaginationDepth", f"Limited to {DEPTH} records")
    start = (number - 1) * size
    documents = fetch([key for _, key in rows[start : start + size]])
    following = _link(call, {"page": str(number + 1)}) if start + size < len(rows) else None
    previous = _link(call, {"page": str(number - 1)}) if number > 1 else None
    body = {name: documents, "next_page": following, "previous_page": previous, "count": len(rows)}
    return body, documents


def _by_cursor(
    call: Call, name: str, rows: Sequence[Row], fetch: Callable[[list[Any]], list[Doc]]
) -> tuple[Doc, list[Doc]]:
    size = whole_number(call.query("page[size]", "100"))
    if size is None or not 1 <= size <= 100:
        raise coded(400, "InvalidPaginationParameter", "page[size] must be between 1 and 100")
    start = 0
    if after := call.query("page[after]"):
        start = _behind(rows, _decode(after))
    elif before := call.query("page[before]"):
        start = max(0, _behind(rows, _decode(before)) - 1 - size)
    shown = rows[start : start + size]
    documents = fetch([key for _, key in shown])
    more = start + size < len(rows)
    first, last = (_encode(shown[0]), _encode(shown[-1])) if shown else (None, None)
    links = {
        "prev": _link(call, {"page[before]": first}) if first and start else None,
        "next": _link(call, {"page[after]": last}) if last and more else None,
    }
    meta = {"has_more": more, "after_cursor": last, "before_cursor": first}
    return {name: documents, "meta": meta, "links": links}, documents


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
    if any(name in call.request.query_params for name in ("page[size]", "page[after]", "page[before]")):
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
