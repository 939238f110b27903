"""The board's routes: what stands where.

==================================== ==================================================================
``/board``                           the accounts; of one the board at once
``/board/ACCOUNT``                   the board; JSON for programs
``/board/ACCOUNT/tickets/N``         explain, asked of Zendesk now; JSON as in the terminal
``/board/sign-in``, ``.../sign-out`` POST; see :mod:`webhooks.board.gate`
==================================== ==================================================================

Everything is read-only. 401: nobody we know; 404: no such account or ticket; 429: too many wrong tokens; 502 and 503:
Zendesk or the store cannot be asked.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Final

import anyio
import structlog
from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from webhooks.board import pages
from webhooks.board.content import Content
from webhooks.board.entry import Visitor
from webhooks.board.gate import PATH, Gate
from zendesk_sync.errors import (
    CustomerSourceDown,
    NotFound,
    RateLimited,
    StoreError,
    ZendeskError,
    ZendeskSyncError,
    ZendeskUnavailable,
    ZendeskUnreachable,
)
from zendesk_sync.sync.explained import as_json

PAGES_AT_ONCE: Final = 2
EXPLAINED_AT_ONCE: Final = 2
"""Threads of their own: however many screens hang on walls, hints find theirs."""
EXPLAIN_S: Final = 25.0
"""Seconds for one explanation; the connection is cut a little later."""
MAX_ID: Final = 2**63 - 1
BUSY_S: Final = 10

log = structlog.get_logger("board")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no page, in a sentence. ``retry_s``: when to try again, for programs."""

    status: int
    title: str
    says: str
    retry_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The board.

    Args:
        content: what it shows.
        gate: who comes in.
    """

    content: Content
    gate: Gate
    _reading: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(PAGES_AT_ONCE), init=False, repr=False)
    _asking: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(EXPLAINED_AT_ONCE), init=False, repr=False)

    def routes(self) -> list[Route]:
        return self.gate.routes() + [
            Route(path, self.gate.private(page), methods=["GET"])
            for path, page in (
                (PATH, self.accounts),
                (f"{PATH}/", self.accounts),
                (PATH + "/{account}", self.board),
                (PATH + "/{account}/tickets", self.find),
                (PATH + "/{account}/tickets/{ticket}", self.ticket),
            )
        ]

    async def accounts(self, request: Request, visitor: Visitor) -> Response:
        names = list(self.content.urls)
        if pages.wants_json(request):
            return pages.json({"accounts": names})
        if len(names) == 1:
            return pages.to(request, f"{PATH}/{names[0]}")
        return pages.html(request, "accounts.html", visitor, accounts=names)

    async def board(self, request: Request, visitor: Visitor) -> Response:
        name = request.path_params["account"]
        if name not in self.content.urls:
            return self._trouble(request, visitor, _NO_ACCOUNT)
        try:
            picture = await to_thread.run_sync(self.content.picture, name, limiter=self._reading)
        except StoreError as error:
            log.warning("board not shown", account=name, why=type(error).__name__)
            return self._trouble(request, visitor, _NO_STORE, renewed=True)
        if pages.wants_json(request):
            return pages.json(picture.as_json())
        paused = request.query_params.get("refresh") == "off"
        return pages.html(
            request,
            "board.html",
            visitor,
            account=name,
            accounts=list(self.content.urls),
            picture=picture,
            now=picture.now,
            report=picture.report,
            days=self.content.days,
            refresh=0 if paused else self.content.refresh_s,
            paused=paused,
            live=True,
        )

    async def find(self, request: Request, visitor: Visitor) -> Response:
        """From the small form to the ticket's own page."""
        name, asked = request.path_params["account"], request.query_params.get("ticket", "").strip().lstrip("#")
        if name not in self.content.urls:
            return self._trouble(request, visitor, _NO_ACCOUNT)
        if _ticket(asked) is None:
            return self._trouble(request, visitor, _NO_NUMBER)
        return pages.to(request, f"{PATH}/{name}/tickets/{asked}")

    async def ticket(self, request: Request, visitor: Visitor) -> Response:
        name, ticket = request.path_params["account"], _ticket(request.path_params["ticket"])
        if name not in self.content.urls:
            return self._trouble(request, visitor, _NO_ACCOUNT)
        if ticket is None:
            return self._trouble(request, visitor, _NO_NUMBER)
        try:
            with anyio.fail_after(EXPLAIN_S):
                one = await to_thread.run_sync(
                    self.content.explain, name, ticket, limiter=self._asking, abandon_on_cancel=True
                )
        except Exception as error:  # noqa: BLE001  a sentence is better than a stack trace
            log.warning("ticket not explained", account=name, ticket=ticket, why=type(error).__name__)
            return self._trouble(request, visitor, trouble(error))
        if pages.wants_json(request):
            return pages.json(as_json(one))
        return pages.html(
            request,
            "explain.html",
            visitor,
            account=name,
            accounts=list(self.content.urls),
            one=one,
            decision=one.look.decision,
            url=self.content.urls[name],
        )

    def _trouble(self, request: Request, visitor: Visitor, what: Trouble, *, renewed: bool = False) -> Response:
        if pages.wants_json(request):
            answer = pages.json({"status": what.title, "says": what.says}, what.status)
        else:
            account = request.path_params["account"]
            answer = pages.html(
                request,
                "trouble.html",
                visitor,
                what.status,
                title=what.title,
                says=what.says,
                refresh=self.content.refresh_s if renewed else 0,
                account=account if account in self.content.urls else None,
                accounts=list(self.content.urls),
            )
        if what.status == 503:
            answer.headers["Retry-After"] = str(math.ceil(what.retry_s or BUSY_S))
        return answer


_NO_ACCOUNT: Final = Trouble(404, "No such account", "The board shows no account of this name.")
_NO_NUMBER: Final = Trouble(404, "No such ticket", "A ticket is named by its number, such as 48211.")
_NO_STORE: Final = Trouble(
    503,
    "The store cannot be read",
    "So nobody can say here who is number one. What stands in Zendesk stays as it is.",
)


def trouble(error: Exception) -> Trouble:
    """Why a ticket could not be explained."""
    kinds: tuple[tuple[type[Exception], int, str], ...] = (
        (NotFound, 404, "No such ticket"),
        (RateLimited, 503, "The rate is used up"),
        (ZendeskUnreachable, 503, "Zendesk does not answer"),
        (ZendeskUnavailable, 503, "Zendesk does not answer"),
        (ZendeskError, 502, "Zendesk refused"),
        (CustomerSourceDown, 503, "Nobody knows the customer now"),
        (StoreError, 503, "The store cannot be read"),
        (ZendeskSyncError, 503, "The account cannot be used"),
    )
    if isinstance(error, TimeoutError):
        says = f"Zendesk took longer than {EXPLAIN_S:.0f} seconds. Try again in a minute."
        return Trouble(503, "No answer in time", says, 60.0)
    for kind, status, title in kinds:
        if isinstance(error, kind):
            says = str(error) + (f"; {error.fix}" if isinstance(error, ZendeskUnreachable) else "")
            retry = error.retry_after if isinstance(error, RateLimited | CustomerSourceDown) else None
            return Trouble(status, title, says, retry)
    return Trouble(503, "This cannot be explained now", "Something unexpected happened; the service's log names it.")


def _ticket(text: str) -> int | None:
    if not re.fullmatch(r"[1-9]\d{0,18}", text, re.ASCII):
        return None
    return number if (number := int(text)) <= MAX_ID else None
