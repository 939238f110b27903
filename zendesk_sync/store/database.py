"""The file: who may open it, how a transaction begins, what a failure is called.

SQLite has one writer at a time, and its busy wait is a lottery, so writers of one process queue at one lock. Every
write begins with ``BEGIN IMMEDIATE`` and is on the disk when it returns (WAL with ``synchronous=FULL``).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from zendesk_sync.errors import StoreBusy, StoreError
from zendesk_sync.store import schema

BUSY_S: Final = 5.0
"""How long a statement waits for another process. A webhook must be answered within 12 s (Zendesk, "Webhooks")."""

_CLOCK: Final = sa.text("select (julianday('now') - 2440587.5) * 86400.0")


class Tx(NamedTuple):
    """A transaction and its one reading of the clock, in seconds since 1970."""

    c: sa.Connection
    now: float


class Database:
    """An opened store file, or a store in memory. Safe to use from several threads."""

    def __init__(self, path: Path | None, *, exclusive: bool, clock: Callable[[], float] | None) -> None:
        self.name: Final = "store in memory" if path is None else str(path)
        self._clock = clock
        self._lock = threading.Lock()
        self._memory = path is None
        self._closed = False
        with contextlib.ExitStack() as opened:
            if path is not None:
                if exclusive:
                    opened.callback(os.close, _guard(path))
                _create(path)
            self._engine = _engine(path)
            self._writer = self._engine.execution_options(immediate=True)
            opened.callback(self._engine.dispose)
            with self._write() as tx:
                schema.prepare(tx.c, self.name)
                if exclusive:
                    self._after_crash(tx)
            self._opened = opened.pop_all()

    @classmethod
    def open(cls, path: Path | None, *, exclusive: bool = True, clock: Callable[[], float] | None = None) -> Self:
        """Open the store, and create it where there is none.

        Args:
            path: the file, or None for a store in memory that dies with this object.
            exclusive: keep every other exclusive opener away until :meth:`close`, and clear what a dead process left
                leased. False is for commands that look into the store of a running service.
            clock: seconds since 1970; by default the database's own clock.

        Raises:
            StoreBusy: another zendesk-sync process holds the file.
            StoreError: no such folder, no permission, a full disk, not a database, another program's or another
                version's database.
        """
        return cls(path, exclusive=exclusive, clock=clock)

    def close(self) -> None:
        """Close the file and let the next process have it. A second call does nothing."""
        with self._lock:
            self._closed = True
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ready(self) -> bool:
        """Whether a write reaches the disk right now; for health checks."""
        try:
            with self._write() as tx:
                tx.c.execute(schema.about.update().values(schema=schema.about.c.schema))
        except StoreError:
            return False
        return True

    def _after_crash(self, tx: Tx) -> None:
        """What the first moment alone with the file is used for; the rooms above say what."""

    @contextlib.contextmanager
    def _write(self) -> Iterator[Tx]:
        with self._lock, self._plainly(), self._writer.begin() as c:
            yield Tx(c, self._now(c))

    @contextlib.contextmanager
    def _read(self) -> Iterator[Tx]:
        # Memory has one connection for all threads; a file gives each thread its own, undisturbed by the writer.
        with self._lock if self._memory else contextlib.nullcontext(), self._plainly(), self._engine.begin() as c:
            yield Tx(c, self._now(c))

    def _now(self, c: sa.Connection) -> float:
        return self._clock() if self._clock else float(c.execute(_CLOCK).scalar_one())

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        """Every fault below leaves as a StoreError that names the file."""
        if self._closed:
            raise StoreError(f"{self.name}: the store is closed")
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OverflowError, UnicodeError) as error:
            said = str(error.orig if isinstance(error, DBAPIError) else error)
            if "locked" in said:
                raise StoreBusy(f"{self.name}: another process is writing to this store ({said})") from error
            if "not a database" in said:
                raise StoreError(
                    f"{self.name}: not a zendesk-sync store ({said}); delete it or name another file"
                ) from error
            raise StoreError(f"{self.name}: the store cannot be used: {said}") from error


def _guard(path: Path) -> int:
    """Take the OS lock beside the file; the kernel frees it when the process dies, however it dies.

    ``flock`` belongs to the open descriptor, so a second store in the same process is refused as well.
    """
    file = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: cannot create the store's lock file: {error.strerror} ({file})") from error
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


def _create(path: Path) -> None:
    """Make sure of a file that only its owner reads; SQLite gives its side files the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"{path}: cannot open or create the store: {error.strerror}") from error


def _engine(path: Path | None) -> sa.Engine:
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
