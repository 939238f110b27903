"""Endpoints of search. Source: Zendesk API reference, Ticketing > Search.

Never used to learn that something is not there: the index lags behind by `Pace.index_delay`.
"""

import base64
import json
import re
from typing import Any
from urllib.parse import urlencode

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.api.ticket_reading import told
from zendesk_sync.sandbox.errors import coded, plain
from zendesk_sync.sandbox.model import fields, groups, organizations, search_people, search_tickets, tickets, users
from zendesk_sync.sandbox.model.search_terms import Term, read
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.store import Doc

_V2 = "/api/v2/search"
_MOST = 1_000
_CURSOR_SECONDS = 3600
_TYPES = ("ticket", "user", "organization", "group")
_INCLUDED = re.compile(r"tickets?\(([^)]*)\)")
_ASCENDING = frozenset({"asc", "ascending"})
Hit = tuple[Any, str, int]
"""(sort key, type, id)"""


def _terms(call: Call) -> list[Term]:
    query = call.query("query").strip()
    if not query:
        raise plain(422, "invalid", "Invalid search: cannot be blank")
    return read(query)


def _split(terms: list[Term]) -> tuple[list[str], list[Term]]:
    """Return the types that are searched, and the terms that narrow them."""
    named = [term.value.lower() for term in terms if term.name == "type" and not term.negated]
    excluded = {term.value.lower() for term in terms if term.name == "type" and term.negated}
    ordering = {"type", "order_by", "sort"}
    kinds = [kind for kind in _TYPES if (not named or kind in named) and kind not in excluded]
    return kinds, [term for term in terms if term.name not in ordering]


def _order(call: Call, terms: list[Term]) -> tuple[str, bool]:
    """Return (attribute, descending): from `sort_by` and `sort_order`, or `order_by:` and `sort:` in the query."""
    said = {term.name: term.value.lower() for term in terms if term.name in {"order_by", "sort"}}
    name = call.query("sort_by") or said.get("order_by", "updated_at")
    name = {"created": "created_at", "updated": "updated_at"}.get(name, name)
    way = call.query("sort_order") or said.get("sort", "desc")
    return (name if name in search_tickets.SORTS else "updated_at"), way not in _ASCENDING


def _searcher(call: Call) -> search_tickets.Searcher:
    state = call.state
    return search_tickets.Searcher(state, call.me, fields.book(state), search_tickets.known_until(state))


def _hits(call: Call, terms: list[Term]) -> tuple[list[Hit], int]:
    """Return the first thousand hits in their order, and how many there are in all."""
    kinds, narrowing = _split(terms)
    name, descending = _order(call, terms)
    searcher, hits, total = _searcher(call), [], 0
    for kind in kinds:
        if kind == "ticket":
            found, count = _ticket_hits(narrowing, searcher, search_tickets.SORTS[name], descending=descending)
        else:
            records = search_people.found(call.state, kind, narrowing, searcher.known_until)
            key = name if name in {"created_at", "updated_at"} else "updated_at"
            found, count = [(record[key], kind, record["id"]) for record in records], len(records)
        hits += found
        total += count
    hits.sort(key=lambda hit: (str(hit[0]), hit[1:]), reverse=descending)
    return hits[:_MOST], total


def _ticket_hits(
    terms: list[Term], searcher: search_tickets.Searcher, key: str, *, descending: bool
) -> tuple[list[Hit], int]:
    where, values = search_tickets.where(terms, searcher)
    source = f"FROM {search_tickets.table(searcher.state)} t WHERE {where}"
    total = searcher.state.store.select(f"SELECT count(*) {source}", values)[0][0]
    way = "DESC" if descending else "ASC"
    sql = f"SELECT {key}, t.id {source} ORDER BY {key} {way}, t.id {way} LIMIT {_MOST}"
    return [(found, "ticket", number) for found, number in searcher.state.store.select(sql, values)], total


def search(call: Call) -> Reply:
    """`{"results", "count", "next_page", "previous_page", "facets"}`; at most 1,000 results, offset style only."""
    if paging.is_cursor(call):
        raise coded(400, "InvalidPaginationParameter", "page[size] is not supported here")
    terms = _terms(call)
    size, number = max(1, min(call.number("per_page") or 100, 100)), max(1, call.number("page") or 1)
    if size * number > _MOST:
        raise plain(422, "invalid", "Requested response size was greater than Search Response Limits")
    hits, total = _hits(call, terms)
    shown, extra = _shown(call, hits[(number - 1) * size : number * size])
    more = number * size < min(total, _MOST)
    return Reply({
        "results": shown, **extra, "facets": None, "count": total,
        "next_page": _page(call, number + 1) if more else None,
        "previous_page": _page(call, number - 1) if number > 1 else None,
    })  # fmt: skip


def _page(call: Call, number: int) -> str:
    kept = {**call.request.query_params, "page": str(number)}
    return f"{call.state.base_url}{call.request.url.path}?{urlencode(kept)}"


def _shown(call: Call, hits: list[Hit]) -> tuple[list[Doc], Doc]:
    """Return results with their `result_type`, in order, and what `include=tickets(users,…)` loads beside them."""
    state = call.state
    present = {"user": users.present, "organization": organizations.present, "group": groups.present}
    known = {
        (kind, one["id"]): one
        for kind, found in (
            ("ticket", tickets.many(state, (number for _, kind, number in hits if kind == "ticket"))),
            *((k, state.store.many(search_people.KINDS[k], (n for _, kind, n in hits if kind == k))) for k in present),
        )
        for one in found
    }
    shown: dict[tuple[str, int], Doc] = {
        ("ticket", one["id"]): one
        for one in told(call, [one for (kind, _), one in known.items() if kind == "ticket"])[0]
    }
    shown |= {key: present[key[0]](state, one) for key, one in known.items() if key[0] in present}
    include = [name.strip() for inside in _INCLUDED.findall(call.query("include")) for name in inside.split(",")]
    loaded = [one for (kind, _), one in known.items() if kind == "ticket"]
    results = [{**shown[kind, number], "result_type": kind} for _, kind, number in hits if (kind, number) in shown]
    return results, dict(tickets.side_loads(state, loaded, include))


def count(call: Call) -> Reply:
    """`{"count": 42}`"""
    return Reply({"count": _hits(call, _terms(call))[1]})


def export(call: Call) -> Reply:
    """All results of one type, by creation, 1,000 a page at most; a cursor lives one hour."""
    kind = call.query("filter[type]")
    if kind not in _TYPES:
        raise coded(400, "InvalidFilterType", f"filter[type] must be one of {', '.join(_TYPES)}")
    size = whole_number(call.query("page[size]", "100"))
    if size is None or not 1 <= size <= _MOST:
        raise coded(400, "InvalidPaginationParameter", f"page[size] must be between 1 and {_MOST}")
    place = _decode(call, call.query("page[after]")) if call.query("page[after]") else None
    _, terms = _split(_terms(call))
    hits = _behind(call, kind, terms, place, size + 1)
    more, hits = len(hits) > size, hits[:size]
    shown, _ = _shown(call, hits)
    cursor = _encode(call, hits[-1]) if hits else None
    kept = {**call.request.query_params, "page[after]": cursor or ""}
    following = f"{call.state.base_url}{call.request.url.path}?{urlencode(kept)}" if more else None
    meta = {"has_more": more, "after_cursor": cursor if more else None, "before_cursor": None}
    return Reply({"results": shown, "facets": None, "meta": meta, "links": {"next": following, "prev": None}})


def _behind(call: Call, kind: str, terms: list[Term], place: tuple[str, int] | None, limit: int) -> list[Hit]:
    searcher = _searcher(call)
    if kind != "ticket":
        found = search_people.found(call.state, kind, terms, searcher.known_until)
        hits = sorted((record["created_at"], kind, record["id"]) for record in found)
        return [hit for hit in hits if place is None or (hit[0], hit[2]) > place][:limit]
    where, values = search_tickets.where(terms, searcher)
    if place is not None:
        where, values = f"{where} AND (t.created_at, t.id) > (?, ?)", (*values, *place)
    source = f"FROM {search_tickets.table(call.state)} t WHERE {where}"
    sql = f"SELECT t.created_at, t.id {source} ORDER BY t.created_at, t.id LIMIT ?"
    return [(created, "ticket", number) for created, number in call.state.store.select(sql, (*values, limit))]


def _encode(call: Call, hit: Hit) -> str:
    return base64.urlsafe_b64encode(json.dumps([hit[0], hit[2], call.state.seconds()]).encode()).decode()


def _decode(call: Call, cursor: str) -> tuple[str, int]:
    try:
        created, number, issued = json.loads(base64.urlsafe_b64decode(cursor))
        valid = isinstance(created, str) and isinstance(number, int) and number.bit_length() < 64
        fresh = call.state.seconds() - issued < _CURSOR_SECONDS
    except (ValueError, TypeError, RecursionError):
        valid = fresh = False
    if not (valid and fresh):
        raise coded(400, "InvalidPaginationParameter", "page[after] is not valid or has expired")
    return created, number


ROUTES = [
    rule("GET", _V2, search),
    rule("GET", f"{_V2}/count", count),
    rule("GET", f"{_V2}/export", export),
]
