"""The board, put together from the configuration; for ``serve``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from webhooks.board.content import Content, Picture
from webhooks.board.entry import Entry
from webhooks.board.gate import Gate
from webhooks.board.site import Site
from zendesk_sync import settings as settings_file
from zendesk_sync.board_settings import board_token
from zendesk_sync.cli.common import customers_of
from zendesk_sync.customers.sources import Sources
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.report.recent import Recent
from zendesk_sync.report.waiting import waiting
from zendesk_sync.settings import Settings
from zendesk_sync.store.store import Store
from zendesk_sync.sync import board
from zendesk_sync.sync.connection import Connection, connect
from zendesk_sync.sync.explainer import PATIENCE_S, Explainer
from zendesk_sync.zendesk.budget import Budget


@contextmanager
def site(
    settings: Settings, handbook: Handbook, store: Store, recent: Recent, budgets: Mapping[str, Budget]
) -> Iterator[Site | None]:
    """The board for as long as this lasts, or None where neither a token nor a proxy opens it.

    ``recent`` counts the report of the last days; the metrics share it.

    Raises:
        ConfigurationError: the token cannot be used.
    """
    token, chosen = board_token(), settings.service.board
    if token is None and chosen.proxy_header is None:
        yield None
        return
    names = chosen.accounts or list(settings.accounts)

    def picture(name: str) -> Picture:
        account = settings.accounts[name]
        now = board.read(
            store,
            name,
            handbook,
            datetime.now(UTC),
            budget=budgets.get(name),
            paused=account.paused,
            advised=account.workload,
        )
        lately = recent.of(name)
        if lately is None:
            return Picture(account.url, now)
        tickets = [row.stands.id for row in now.rows]
        known = {one: waiting(lately.open[one], handbook, now.workload) for one in tickets if one in lately.open}
        return Picture(account.url, now, lately.report, known)

    explainer = Explainer({name: _connects(name, settings, handbook, store, budgets) for name in names}, store.surge)
    shown = Site(
        content=Content(
            urls={name: settings.accounts[name].url for name in names},
            picture=picture,
            explain=explainer,
            refresh_s=chosen.refresh_seconds,
            days=chosen.days,
        ),
        gate=Gate(
            entry=Entry(
                token=token, by_proxy=chosen.proxy_header is not None, trusted=settings.service.trusted_proxies
            ),
            proxy_header=chosen.proxy_header,
            trusted=settings.service.trusted_proxies,
            public_url=settings.service.public_url,
        ),
    )
    try:
        yield shown
    finally:
        explainer.close()


def _connects(
    name: str, settings: Settings, handbook: Handbook, store: Store, budgets: Mapping[str, Budget]
) -> Callable[[], Connection]:
    """Signs in by the rate of this process for that account."""
    account = settings.accounts[name]
    budget = budgets.get(name) or Budget(account.rate_share)
    sources: Sources | None = None  # they outlive the connections, as what they have read does

    def sign_in() -> Connection:
        nonlocal sources
        secrets = settings_file.load_secrets(settings, name)
        sources = sources or customers_of(name, account, secrets, store)
        return connect(name, account, secrets, handbook, budget=budget, sources=sources, patience_s=PATIENCE_S)

    return sign_in
