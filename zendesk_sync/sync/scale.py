"""The driver for many accounts and machines: Procrastinate says which worker serves which account when.

Optional (``zendesk-sync[scale]``). It only dispatches: the lease, the tries and the fence are the store's, so a job
that is lost, doubled or late does no harm. Hence ``queueing_lock`` only (one waiting job an account) and never
``lock``, by which the job of a dead worker would block its account. https://procrastinate.readthedocs.io/
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import structlog

from zendesk_sync.errors import ConfigurationError, LeaseLost, StoreError
from zendesk_sync.store import places
from zendesk_sync.store.store import Store
from zendesk_sync.sync.loop import AFTER_FAILURE_S, STOP_LIMIT_S, Worker

try:
    import procrastinate
    import psycopg
    from procrastinate import exceptions, jobs, schema
    from psycopg.sql import SQL, Identifier
except ModuleNotFoundError:  # pragma: no cover  the message below is what matters
    raise ConfigurationError(
        "service.driver: procrastinate is not installed; run: pip install 'zendesk-sync[scale]'"
    ) from None

if TYPE_CHECKING:
    import sqlalchemy as sa

EVERY_S: Final = 2
"""How often the cluster, not each worker, looks for accounts that are due; at most 59."""
STALLED_S: Final = 30.0
"""A worker unheard of for so long is dead, and its jobs are cleared; the leases have run out by then."""

log = structlog.get_logger()


def build(place: sa.URL, store: Store, workers: Mapping[str, Worker], *, at_once: int = 8) -> procrastinate.App:
    """The application: one task that serves an account, and one that defers it for the accounts that are due.

    Raises:
        StoreError: the database cannot be used.
    """
    arguments = _prepared(place)
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(kwargs=arguments, min_size=1, max_size=at_once + 3, timeout=10.0)
    )

    @app.task(name="zendesk_sync.serve", queue="serve")
    def serve(account: str) -> None:
        if account not in workers:
            return  # configured elsewhere; its workers come to it
        with contextlib.suppress(LeaseLost):
            workers[account].serve()

    @app.periodic(cron=f"* * * * * */{EVERY_S}")
    @app.task(name="zendesk_sync.sweep", queue="sweep", queueing_lock="sweep")
    async def sweep(timestamp: int) -> None:
        del timestamp
        for account in await asyncio.to_thread(store.due_accounts):
            with contextlib.suppress(exceptions.AlreadyEnqueued):
                await serve.configure(queueing_lock=account).defer_async(account=account)
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_S):
            await app.job_manager.finish_job(job, status=jobs.Status.FAILED, delete_job=True)

    return app


def run(place: sa.URL, store: Store, workers: Mapping[str, Worker], *, at_once: int = 8) -> None:
    """Work until SIGTERM or SIGINT. A database that goes away is waited for."""
    app = build(place, store, workers, at_once=at_once)
    asyncio.run(_run(app, workers, at_once))
    for worker in workers.values():
        worker.close()


async def _run(app: procrastinate.App, workers: Mapping[str, Worker], at_once: int) -> None:
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(at_once + 2, thread_name_prefix="serve"))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    stopping = asyncio.create_task(told.wait())
    while not told.is_set():
        working = asyncio.create_task(_work(app, at_once))
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if told.is_set():
            for worker in workers.values():
                worker.stop()
        working.cancel()
        (ended,) = await asyncio.gather(working, return_exceptions=True)
        if isinstance(ended, Exception):  # being told to stop is none
            log.warning("job queue failed", reason=" ".join(str(ended).split()))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(stopping), AFTER_FAILURE_S)


async def _work(app: procrastinate.App, at_once: int) -> None:
    async with app.open_async():
        await app.run_worker_async(
            concurrency=at_once + 1,  # one for the sweep
            delete_jobs=jobs.DeleteJobCondition.ALWAYS,
            fetch_job_polling_interval=EVERY_S,
            install_signal_handlers=False,
            shutdown_graceful_timeout=STOP_LIMIT_S,
        )


def _prepared(place: sa.URL) -> dict[str, Any]:
    """What to connect with; Procrastinate's tables are in a namespace of their own, one for each version of it.

    Nothing in them matters: after an upgrade the old namespace can be dropped.
    """
    version = "_".join(procrastinate.__version__.split(".")[:2])
    namespace = f"{places.namespace(place)}_jobs_{version}"
    arguments = {**places.libpq(place), "options": f"-c search_path={namespace}"}
    try:
        with psycopg.connect(**arguments) as c:
            c.execute("select pg_advisory_xact_lock(hashtext(%s))", [namespace])
            if c.execute("select to_regclass('procrastinate_jobs')").fetchone() == (None,):
                c.execute(SQL("create schema if not exists {}").format(Identifier(namespace)))
                c.execute(schema.SchemaManager.get_schema())
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        raise StoreError(f"{places.name_of(place)}: the job queue cannot be used: {said}") from error
    return arguments
