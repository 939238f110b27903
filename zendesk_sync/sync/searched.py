"""The tickets that a search finds, by the page and each once, however often the search is interrupted."""

from __future__ import annotations

from collections.abc import Iterator

from zendesk_sync.sync.patience import Patiently
from zendesk_sync.zendesk.exports import Exports


def searched(exports: Exports, query: str, patiently: Patiently) -> Iterator[list[int]]:
    """Ids by the page. A search that was interrupted begins anew: its pages come one after the other.

    Raises:
        ZendeskError: the search is refused, or Zendesk was away for too long.
    """
    known = set[int]()
    pages = exports.search(query)

    def following() -> list[int] | None:
        nonlocal pages
        try:
            rows = next(pages, None)
        except Exception:
            pages = exports.search(query)
            raise
        return None if rows is None else [one.id for one in rows if one.id not in known]

    while (fresh := patiently(following)) is not None:
        known.update(fresh)
        yield fresh
