"""What the board's pages are made of, and where they get it from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zendesk_sync.report.model import Report
from zendesk_sync.report.waiting import Waiting
from zendesk_sync.sync import board
from zendesk_sync.sync.board import Now
from zendesk_sync.sync.explained import Explained


@dataclass(frozen=True, slots=True)
class Picture:
    """One account as the board shows it.

    Attributes:
        url: the account's own address.
        now: the order and the sync.
        report: the last days; None while their history is not complete.
        waiting: what the history tells of the rows of the order, by ticket.
    """

    url: str
    now: Now
    report: Report | None = None
    waiting: Mapping[int, Waiting] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All of it as plain JSON values."""
        report = None if self.report is None else self.report.as_json()
        told = board.as_json(self.now)
        for row in told["tickets"]:
            known = self.waiting.get(row["ticket"])
            row["known"] = None if known is None else known.as_json()
        return {**told, "report": report}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Where the pages get what they show. Both are called in threads.

    Attributes:
        urls: the accounts that are shown, and their own addresses.
        picture: reads an account out of the store, never Zendesk. Raises StoreError.
        explain: asks Zendesk about one ticket. Raises what :func:`zendesk_sync.sync.explained.explain` raises.
    """

    urls: Mapping[str, str]
    picture: Callable[[str], Picture]
    explain: Callable[[str, int], Explained]
    refresh_s: int = 60
    days: int = 14
