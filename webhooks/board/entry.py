"""Who may see the board: a token, the session that it opened, or a name that a trusted proxy vouches for. Sans I/O.

A session is a cookie that holds two times and their HMAC under a key made from the token. So nothing is kept here,
every process with the same token knows it, and another token ends all sessions.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv6Address, ip_network
from typing import Final

from webhooks.origin import Address, Network, among

COOKIE: Final = "zendesk_sync_board"
IDLE_S: Final = 12 * 3600
"""A session ends so long after the board was last looked at; a screen on a wall looks every minute."""
LONGEST_S: Final = 30 * 86_400
"""And so long after it began, whatever happens: a copied cookie does not last for ever."""
RENEWED_S: Final = 300
"""How old a session's last look must be to be written down anew."""
GUESSES: Final = 10
GUESSES_S: Final = 300.0
"""So many wrong tokens within so many seconds may come from one address."""
REMEMBERED: Final = 4096
"""Addresses that are remembered; those that guessed longest ago are forgotten first."""
LONGEST_NAME: Final = 200

_SESSION = re.compile(r"(\d{1,12})\.(\d{1,12})\.([0-9a-f]{64})", re.ASCII)


class By(StrEnum):
    """What opened the board."""

    TOKEN = "token"  # noqa: S105  a word, no secret
    SESSION = "session"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who may see the board.

    Attributes:
        by: what says so.
        name: who it is, where a proxy says so.
        session: the value for the cookie, where it should be written anew.
    """

    by: By
    name: str | None = None
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody we know.

    Attributes:
        wait_s: seconds before another token is looked at; None where one may be tried at once.
        guessed: a token was looked at, and it was a wrong one.
    """

    wait_s: float | None = None
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of who sent it.

    Attributes:
        peer: who opened the connection.
        address: who sent it, as far as that is known; see :func:`webhooks.origin.sender`.
        authorization: the header's value, or None.
        cookie: the session cookie's value, or None.
        named: every value of the proxy's header.
    """

    peer: Address | None
    address: Address | None
    authorization: str | None = None
    cookie: str | None = None
    named: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class Entry:
    """Opens the board, or does not.

    Args:
        token: what opens it; None where only the proxy does.
        by_proxy: whether a name in the proxy's header opens it.
        trusted: networks of our proxies.
        clock: seconds since 1970.
        steady: seconds from any starting point, for guesses.
    """

    token: str | None = field(default=None, repr=False)
    by_proxy: bool = False
    trusted: Sequence[Network] = ()
    clock: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    _wrong: OrderedDict[str, deque[float]] = field(default_factory=OrderedDict, init=False, repr=False)

    def visitor(self, asked: Asked) -> Visitor | Refused:
        """Who asks. A wrong bearer token counts as a guess; a wrong cookie, which nobody guesses, does not."""
        if self.by_proxy and among(asked.peer, self.trusted) and (name := _one_name(asked.named)):
            return Visitor(By.PROXY, name)
        if self.token is None:
            return Refused()
        if asked.authorization is not None:
            scheme, _, given = asked.authorization.partition(" ")
            if scheme.lower() == "bearer":
                return self.guess(given, asked.address)
        return self._session(asked.cookie or "")

    def guess(self, given: str, address: Address | None) -> Visitor | Refused:
        """Somebody shows a token; the right one is refused as well while too many wrong ones came from there."""
        where = _where(address)
        if (wait := self._wait(where)) > 0:
            return Refused(wait)
        if self.token is not None and _same(given, self.token):
            now = int(self.clock())
            return Visitor(By.TOKEN, session=self._written(now, now))
        self._wrong.setdefault(where, deque(maxlen=GUESSES)).append(self.steady())
        self._wrong.move_to_end(where)
        while len(self._wrong) > REMEMBERED:
            self._wrong.popitem(last=False)
        return Refused(self._wait(where) or None, guessed=True)

    def _wait(self, where: str) -> float:
        wrong = self._wrong.get(where)
        return 0.0 if wrong is None or len(wrong) < GUESSES else max(0.0, wrong[0] + GUESSES_S - self.steady())

    def _session(self, cookie: str) -> Visitor | Refused:
        found = _SESSION.fullmatch(cookie)
        if found is None:
            return Refused()
        began, seen, now = int(found[1]), int(found[2]), self.clock()
        if not _same(cookie, self._written(began, seen)):
            return Refused()
        if now - seen >= IDLE_S or now - began >= LONGEST_S:
            return Refused()
        return Visitor(By.SESSION, session=self._written(began, int(now)) if now - seen >= RENEWED_S else None)

    def _written(self, began: int, seen: int) -> str:
        key = hashlib.sha256(f"zendesk-sync board session\0{self.token}".encode()).digest()
        return f"{began}.{seen}." + hmac.new(key, f"{began}.{seen}".encode(), hashlib.sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _one_name(values: Sequence[str]) -> str | None:
    """The name, if there is exactly one: a second value may be what the browser itself wrote into its request."""
    if len(values) != 1:
        return None
    name = values[0].strip()
    return name if name and name.isprintable() and len(name) <= LONGEST_NAME else None


def _where(address: Address | None) -> str:
    """Where guesses are counted together: one address, or the network that one subscriber has under IPv6."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
