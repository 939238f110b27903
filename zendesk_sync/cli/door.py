"""The door and what is said beside it, put together from the configuration; for ``serve`` and for whoever receives."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from webhooks import listener
from webhooks.app import create_app
from webhooks.board.site import Site
from webhooks.health import Health
from webhooks.live_secrets import LiveSecrets
from zendesk_sync.metrics import REGISTRY
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.report.gauges import ReportGauges
from zendesk_sync.report.recent import Recent
from zendesk_sync.report.recount import Recount
from zendesk_sync.settings import Settings, metrics_token
from zendesk_sync.store.store import Store
from zendesk_sync.sync.gauges import Gauges, render, states
from zendesk_sync.sync.order_gauges import OrderGauges
from zendesk_sync.zendesk.budget import Budget

NO_BUDGETS: Final[Mapping[str, Budget]] = {}

log = structlog.get_logger()


def health(
    settings: Settings, handbook: Handbook, store: Store, recent: Recent, budgets: Mapping[str, Budget] = NO_BUDGETS
) -> Health:
    """What this process says of itself.

    Args:
        settings: the configuration.
        handbook: the policy in force.
        store: where everything stands.
        recent: counts the report of the last days.
        budgets: the rates of the accounts that this process calls.
    """
    names = list(settings.accounts)
    registry = CollectorRegistry()
    paused = [name for name, account in settings.accounts.items() if account.paused]
    advised = {name: account.workload for name, account in settings.accounts.items()}
    registry.register(Gauges(store, names, budgets, paused=paused, advised=advised))
    registry.register(OrderGauges(store, names, handbook))
    if settings.service.history_days:
        registry.register(ReportGauges(store, names, Recount(count=recent.of).latest))
    return Health(
        ready=lambda: {"store": store.ready()},
        accounts=lambda: states(store, names, budgets, paused=paused, advised=advised),
        metrics=lambda: render(REGISTRY, registry),
        token=metrics_token(),
    )


def receive(
    settings: Settings,
    store: Store,
    said: Health,
    *,
    port: int | None = None,
    board: Site | None = None,
    on_hint: Callable[[], None] | None = None,
) -> None:
    """Take webhooks until SIGTERM or SIGINT, and tell how things stand on the port for it, if there is one.

    Raises:
        ConfigurationError: a secret cannot be used, or an address cannot be listened on.
    """
    service = settings.service
    door = create_app(
        accounts=LiveSecrets(settings),
        mark=store.mark,
        tolerance_s=service.timestamp_tolerance_seconds,
        health=said,
        board=board,
        on_hint=on_hint,
        trusted_proxies=service.trusted_proxies,
        allow=service.allow,
    )
    listening = listener.bind(service.host, service.port if port is None else port, "service.host, service.port")
    with listening, telling(settings, said):
        log.info("serving", address=listener.address(listening))
        listener.listen(door, listening)


@contextlib.contextmanager
def telling(settings: Settings, said: Health) -> Iterator[None]:
    """Answer on ``service.metrics_port`` for as long as this lasts; without one, do nothing.

    Raises:
        ConfigurationError: the address cannot be listened on.
    """
    service = settings.service
    if service.metrics_port is None:
        yield
        return
    with listener.bind(service.metrics_host, service.metrics_port, "service.metrics_port") as listening:
        log.info("metrics", address=listener.address(listening))
        with listener.beside(said.private(), listening):
            yield
