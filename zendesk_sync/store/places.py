"""Where a store can be: a file that one process has to itself, a Postgres database that many share, or memory."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool, StaticPool

from zendesk_sync.errors import StoreBusy, StoreError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import ExceptionContext

    from zendesk_sync.settings import Place

BUSY_S: Final = 5.0
"""How long a statement waits for another process. A webhook must be answered within 12 s (Zendesk, "Webhooks")."""

STILL_S: Final = 4.0
"""How long a transaction on Postgres may do nothing before the server ends it: its process is frozen, and whoever waits
for its rows goes on before :data:`BUSY_S` is over."""

ELSEWHERE: Final = "make the folder and let this user write to it, or name another file as service.store"
"""What to do about a file that cannot be made."""

NAMESPACE: Final = "zendesk_sync"
"""The Postgres schema that holds our tables, unless the address says ``?schema=NAME``."""

_CONNECT: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "zendesk-sync",
}
_MOVED: Final = {"25006", "57P01", "57P02", "57P03"}
"""SQLSTATE: a server that became read-only, is shutting down, or is starting. The next try needs a new connection."""


def name_of(place: Place | None) -> str:
    """What messages call the store; without its password."""
    if isinstance(place, sa.URL):
        return place.set(password=None, query={}).render_as_string()
    return "store in memory" if place is None else str(place)


def namespace(place: Place | None) -> str | None:
    """The Postgres schema of the store's tables; None elsewhere."""
    if not isinstance(place, sa.URL):
        return None
    named = place.query.get("schema", NAMESPACE)
    return named if isinstance(named, str) else named[0]


def libpq(place: sa.URL) -> dict[str, Any]:
    """The keyword arguments of a connection of psycopg to this place."""
    url = place.difference_update_query(["schema"]).set(drivername="postgresql+psycopg")
    _, arguments = url.get_dialect()().create_connect_args(url)
    return {**_CONNECT, **arguments}


def guard(path: Path) -> int:
    """Take the OS lock beside the file; the kernel frees it when the process dies, however it dies.

    ``flock`` belongs to the open descriptor, so a second store in the same process is refused as well.
    """
    file = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(
            f"{path}: cannot create the store's lock file: {error.strerror} ({file}); {ELSEWHERE}"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace") or "unknown"
        os.close(descriptor)
        raise StoreBusy(
            f"{path}: another zendesk-sync process (pid {holder}) holds this store; stop it, or name another file"
        ) from None
    except OSError as error:
        os.close(descriptor)
        raise StoreError(f"{path}: cannot lock the store: {error.strerror} ({file})") from error
    return descriptor


def create(path: Path) -> None:
    """Make sure of a file that only its owner reads; SQLite gives its side files the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"{path}: cannot open or create the store: {error.strerror}; {ELSEWHERE}") from error


def engine(place: Place | None) -> sa.Engine:
    """What connections come from; nothing is opened yet.

    Raises:
        StoreError: Postgres is wanted and its driver is not installed, or the address has a word it does not know.
    """
    return _postgres(place) if isinstance(place, sa.URL) else _sqlite(place)


def _sqlite(path: Path | None) -> sa.Engine:
    # isolation_level=None keeps the driver from beginning transactions on its own; the hooks below do it instead.
    arguments: dict[str, Any] = {"timeout": BUSY_S, "check_same_thread": False, "isolation_level": None}
    pool: dict[str, Any] = {"poolclass": StaticPool} if path is None else {"poolclass": QueuePool, "max_overflow": -1}
    url = sa.URL.create("sqlite", database=":memory:" if path is None else str(path))
    engine = sa.create_engine(url, connect_args=arguments, hide_parameters=True, **pool)

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _: object) -> None:
        connection.execute("pragma journal_mode=wal").close()
        connection.execute("pragma synchronous=full").close()

    @sa.event.listens_for(engine, "begin")
    def _begin(c: sa.Connection) -> None:
        c.exec_driver_sql("begin immediate" if c.get_execution_options().get("immediate") else "begin")

    return engine


def _postgres(url: sa.URL) -> sa.Engine:
    tables = namespace(url)
    url = url.difference_update_query(["schema"]).set(drivername="postgresql+psycopg")
    try:
        engine = sa.create_engine(
            url,
            # Prepared statements belong to a session, and a pooler hands those out by the transaction.
            connect_args={**_CONNECT, "prepare_threshold": None},
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,  # after a restart of the server nobody meets a dead connection
            pool_size=10,
            max_overflow=10,
            pool_timeout=BUSY_S,
            execution_options={"schema_translate_map": {None: tables}},
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            f"{name_of(url)}: a store on Postgres needs its driver; run: pip install 'zendesk-sync[postgres]'"
        ) from error

    @sa.event.listens_for(engine, "do_executemany")
    def _one_by_one(cursor: Any, statement: str, rows: Any, _: object) -> bool:
        # psycopg would send them in pipeline mode. A process frozen in the middle of one is neither idle nor executing
        # to the server, so no timeout ends its transaction, and its rows stay locked for as long as it is frozen.
        for row in rows:
            cursor.execute(statement, row)
        return True

    @sa.event.listens_for(engine, "handle_error")
    def _fault(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) in _MOVED:
            context.is_disconnect = True

    return engine
