"""The board's gate: lets in whom :mod:`webhooks.board.entry` knows, and shows everybody else where to sign in."""

from __future__ import annotations

import math
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from webhooks.board import pages
from webhooks.board.entry import COOKIE, LONGEST_S, Asked, Entry, Refused, Visitor
from webhooks.origin import Network, among, sender

PATH: Final = "/board"
LARGEST_FORM: Final = 16 * 1024

Page = Callable[[Request, Visitor], Awaitable[Response]]
log = structlog.get_logger("board")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Who comes in.

    Args:
        entry: who may see the board.
        proxy_header: where a trusted proxy names people; None where none does.
        trusted: networks of our proxies.
        public_url: where people reach the service, as far as that is configured.
    """

    entry: Entry
    proxy_header: str | None = None
    trusted: Sequence[Network] = ()
    public_url: str | None = None

    def routes(self) -> list[Route]:
        return [
            Route(f"{PATH}/sign-in", self.sign_in, methods=["POST"]),
            Route(f"{PATH}/sign-out", self.sign_out, methods=["POST"]),
        ]

    def private(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        """The page for those who may see it."""

        async def answered(request: Request) -> Response:
            visitor = self.entry.visitor(asked := self._asked(request))
            if isinstance(visitor, Refused):
                _tell(visitor, asked)
                return self._door(request, visitor, next_=inside(request.url.path))
            return self._remember(request, await page(request, visitor), visitor)

        return answered

    async def sign_in(self, request: Request) -> Response:
        """Exchange the token for a session."""
        form = await self._form(request)
        if self.entry.token is None or form is None:
            return self._door(request, Refused(), next_=PATH)
        next_, asked = inside(form.get("next", "")), self._asked(request)
        found = self.entry.guess(form.get("token", ""), asked.address)
        if isinstance(found, Refused):
            _tell(found, asked)
            return self._door(request, found, next_=next_, wrong=True)
        return self._remember(request, pages.to(request, next_), found)

    async def sign_out(self, request: Request) -> Response:
        if await self._form(request) is None:
            return self._door(request, Refused(), next_=PATH)
        answer = pages.to(request, PATH)
        answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=self._is_https(request))
        return answer

    def _door(self, request: Request, refused: Refused, *, next_: str, wrong: bool = False) -> Response:
        """Where somebody signs in, or is told how."""
        status = 401 if refused.wait_s is None else 429
        if pages.wants_json(request):
            answer = pages.json({"status": "unauthorized" if status == 401 else "too many wrong tokens"}, status)
        else:
            values = {"by_token": self.entry.token is not None, "next": next_, "wrong": wrong, "wait_s": refused.wait_s}
            answer = pages.html(request, "sign_in.html", None, status, **values)
            if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
                answer.headers["Refresh"] = "0"  # the session goes with what our own page asks for
        if refused.wait_s is None:
            answer.headers["WWW-Authenticate"] = "Bearer"
        else:
            answer.headers["Retry-After"] = str(math.ceil(refused.wait_s))
        return answer

    def _remember(self, request: Request, answer: Response, visitor: Visitor) -> Response:
        if visitor.session is not None and not _is_bearer(request):
            answer.set_cookie(
                COOKIE,
                visitor.session,
                max_age=LONGEST_S,
                path="/",
                httponly=True,
                samesite="strict",
                secure=self._is_https(request),
            )
        return answer

    def _asked(self, request: Request) -> Asked:
        peer = request.client.host if request.client else None
        return Asked(
            peer=sender(peer, (), ()),
            address=sender(peer, request.headers.getlist("x-forwarded-for"), self.trusted),
            authorization=request.headers.get("authorization"),
            cookie=request.cookies.get(COOKIE),
            named=() if self.proxy_header is None else request.headers.getlist(self.proxy_header),
        )

    def _is_https(self, request: Request) -> bool:
        """Whether the browser is known to come by HTTPS: a trusted proxy says so, or it used the public address."""
        peer = sender(request.client.host if request.client else None, (), ())
        if among(peer, self.trusted) and request.headers.get("x-forwarded-proto", "").lower() == "https":
            return True
        public = urlsplit(self.public_url or "")
        return public.scheme == "https" and request.headers.get("host") == public.netloc

    async def _form(self, request: Request) -> dict[str, str] | None:
        """What a form of ours sent; None where another site's page sent it, or it is too large for one."""
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return None
        body = bytearray()
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_FORM:
                    return None
        except ClientDisconnect:
            return None
        return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def _is_bearer(request: Request) -> bool:
    """A program that shows the token each time and needs no session; other schemes are a proxy's."""
    return request.headers.get("authorization", "").lower().startswith("bearer ")


def _tell(refused: Refused, asked: Asked) -> None:
    """One line for each guess; those that come too fast are not looked at, and fill no log."""
    if refused.guessed:
        log.warning("wrong board token", sender=str(asked.address), refused_s=refused.wait_s)


def inside(path: str) -> str:
    """A place of the board to go on to, and nowhere else."""
    return path if re.fullmatch(r"/board(/[a-z0-9-]+(/tickets/\d+)?)?", path, re.ASCII) else PATH
