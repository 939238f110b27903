"""Who we are at Zendesk, what time it is there, what we may read, and how much of the rate is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import msgspec

from zendesk_sync.account_settings import Account
from zendesk_sync.doctor.checks import Check, fail, ok, skipped, warn
from zendesk_sync.durations import lasting
from zendesk_sync.errors import AccessDenied
from zendesk_sync.settings import Secrets
from zendesk_sync.zendesk.auth import API_TOKENS_END, API_TOKENS_RETIRE, ApiToken, ClientCredentials, credentials
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.records import User
from zendesk_sync.zendesk.tickets import Tickets

API_TOKEN = "API token"  # noqa: S105  a way to sign in
ACCESS_TOKEN = "OAuth access token"  # noqa: S105
SOON_S = 5 * 60
"""The export refuses a start within the last minute."""
SKEW_S = 5.0
"""An answer's ``Date`` has whole seconds, and takes its time."""
SCOPES = ("read", "write")
ENDS_SOON_S = 14 * 86_400.0
SCARCE = 0.2
"""The part of the account's rate that is left, below which it is short."""


class _Token(msgspec.Struct):
    scopes: list[str] = []
    expires_at: datetime | None = None


class _Current(msgspec.Struct):
    token: _Token


def way(account: Account, name: str, secrets: Secrets) -> str:
    """How the configuration signs in, for people.

    Raises:
        ConfigurationError: it does not say.
    """
    kind = credentials(account, name, secrets, lambda: 0.0)
    if isinstance(kind, ClientCredentials):
        return f"OAuth client {account.client_id}"
    return f"{API_TOKEN} of {account.email}" if isinstance(kind, ApiToken) else ACCESS_TOKEN


def sign_in(user: User, url: str, how: str) -> Check:
    """Who answered, and whether the role is enough."""
    who = f"{url} as {user.name or 'user'} ({user.email or user.id}), {user.role}, by {how}"
    if user.role == "admin":
        return ok("sign-in", who)
    return fail("sign-in", f"{who}: an admin is needed", "let a user with the admin role own the credentials")


def access_token(client: Client, now: datetime) -> Check:
    """Whether a token that somebody made reaches far enough, and how long it lasts.

    https://developer.zendesk.com/api-reference/ticketing/oauth/oauth_tokens/#show-token
    """
    token = client.call(_Current, "GET", "/api/v2/oauth/tokens/current")[0].token
    if lacking := [scope for scope in SCOPES if scope not in token.scopes]:
        return fail(
            "access-token",
            f"its scope is {' '.join(token.scopes) or 'empty'}; {' and '.join(lacking)} is missing",
            f"make one with the scope {' '.join(SCOPES)}, or let an OAuth client sign in: docs/signing-in.md",
        )
    if token.expires_at is None:
        return ok("access-token", "it may read and write, and has no end")
    left = (token.expires_at - now).total_seconds()
    said = f"it may read and write, and ends in {lasting(left)}"
    return ok("access-token", said) if left > ENDS_SOON_S else warn("access-token", said, _MOVE)


def api_token(now: datetime) -> Check:
    """What is left of the API token's life."""
    days = (API_TOKENS_END - now.date()).days
    left = f"{days} day{'s' * (days > 1)} left" if days > 0 else "that day has come"
    return warn("api-token", f"{API_TOKENS_RETIRE.partition(';')[0]}, on {API_TOKENS_END}: {left}", _MOVE)


_MOVE = "move to an OAuth client: docs/signing-in.md"


def clock(client: Client, tolerance_s: float, now: Callable[[], datetime]) -> Check:
    """This machine's clock beside the ``Date`` of Zendesk's answers; the store and the webhooks' times rely on it."""
    before = now()
    answer = client.exchange("GET", "/api/v2/users/me", headers={}, content=None)
    ours = before + (now() - before) / 2
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError, TypeError):
        return skipped("clock", "Zendesk's answers carry no time here; a proxy takes it away")
    theirs = theirs.replace(tzinfo=UTC) if theirs.tzinfo is None else theirs
    apart = (ours - theirs).total_seconds()
    where = f"this machine is {lasting(abs(apart))} {'ahead of' if apart > 0 else 'behind'} Zendesk"
    if abs(apart) > tolerance_s:
        return fail("clock", f"{where}: webhooks are refused as too old or too new", "let NTP set this machine's clock")
    if abs(apart) > SKEW_S:
        return warn("clock", where, "let NTP set this machine's clock")
    return ok("clock", "this machine and Zendesk agree to within seconds")


def export(tickets: Tickets, now: Callable[[], datetime]) -> Check:
    """Whether the incremental export, which the sweep lives on, is open to us."""
    try:
        tickets.export(start_time=int((now() - timedelta(seconds=SOON_S)).timestamp()), per_page=1)
    except AccessDenied as error:
        return fail("export", f"refused: {error}", "let a user with the admin role own the credentials")
    return ok("export", "the incremental ticket export can be read")


def rate(budget: Budget) -> Check:
    """What is left of the account's rate at this moment, all integrations and agents together."""
    state = budget.buckets[0]
    if state.remaining is None:
        return skipped("rate", "Zendesk's answers do not tell what is left of the rate")
    said = f"{state.remaining:,} of {state.limit:,} requests a minute are left; our share is {state.allowed:,}"
    if state.remaining < SCARCE * state.limit:
        return warn("rate", said, "see which integrations use it: Admin Center > Apps and integrations > API activity")
    return ok("rate", said)
