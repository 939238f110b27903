"""The database: who may open it, how a transaction begins, what a failure is called. SQLite and Postgres alike.

SQLite has one writer at a time, and its busy wait is a lottery, so writers of one process queue at one lock. Every
write begins with ``BEGIN IMMEDIATE`` and is on the disk when it returns (WAL with ``synchronous=FULL``).

Postgres is shared by any number of processes; rows are locked where two of them could meet. Settings hold for one
transaction, so a pooler between us and the server may hand each transaction another connection.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from zendesk_sync.errors import StoreBusy, StoreError
from zendesk_sync.store import places, schema

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

_SQLITE_CLOCK: Final = sa.text("select (julianday('now') - 2440587.5) * 86400.0")
_POSTGRES_CLOCK: Final = sa.text(
    "select set_config('statement_timeout', :patience, true), set_config('lock_timeout', :patience, true), "
    # A process frozen in the middle of a transaction must not keep its rows from its successor.
    "set_config('idle_in_transaction_session_timeout', :still, true), "
    # A server that confirms before it has written would confirm hints that a power cut can take back.
    "set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'on' "
    "else current_setting('synchronous_commit') end, true), "
    "cast(extract(epoch from clock_timestamp()) as double precision) as now"
)


class Tx(NamedTuple):
    """A transaction and its one reading of the clock, in seconds since 1970."""

    c: sa.Connection
    now: float


class Database:
    """An opened store: a file, a Postgres database, or memory. Safe to use from several threads."""

    def __init__(self, place: Place | None, *, exclusive: bool, clock: Callable[[], float] | None) -> None:
        self.name: Final = places.name_of(place)
        self.shared: Final = isinstance(place, sa.URL)
        self._clock = clock
        self._lock = threading.Lock()
        self._memory = place is None
        self._closed = False
        self._insert: Final = cast(
            "Callable[[sa.Table], sqlite.Insert]", postgresql.insert if self.shared else sqlite.insert
        )
        alone = exclusive and not self.shared
        with contextlib.ExitStack() as opened:
            if isinstance(place, Path):
                if alone:
                    opened.callback(os.close, places.guard(place))
                places.create(place)
            self._engine = places.engine(place)
            self._writer = self._engine.execution_options(immediate=True)
            opened.callback(self._engine.dispose)
            with self._write() as tx:
                schema.prepare(tx.c, self.name, places.namespace(place))
                if exclusive:
                    self._after_crash(tx)
            self._opened = opened.pop_all()

    @classmethod
    def open(cls, place: Place | None, *, exclusive: bool = True, clock: Callable[[], float] | None = None) -> Self:
        """Open the store, and create it where there is none.

        Args:
            place: the file, a ``postgresql://`` address, or None for a store in memory that dies with this object.
            exclusive: of a file, keep every other exclusive opener away until :meth:`close`, and clear what a dead
                process left leased. False is for commands that look into the store of a running service. On Postgres
                nobody is alone, and leases of the dead run out.
            clock: seconds since 1970; by default the database's own clock.

        Raises:
            StoreBusy: another zendesk-sync process holds the file.
            StoreError: no such folder or server, no permission, a full disk, not a database, another program's or
                another version's database.
        """
        return cls(place, exclusive=exclusive, clock=clock)

    def close(self) -> None:
        """Close the store and let the next process have it. A second call does nothing."""
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
        """What the first moment of a process is used for; the rooms above say what."""

    @contextlib.contextmanager
    def _write(self) -> Iterator[Tx]:
        queue = contextlib.nullcontext() if self.shared else self._lock
        with queue, self._plainly(), self._writer.begin() as c:
            yield Tx(c, self._now(c))

    @contextlib.contextmanager
    def _read(self) -> Iterator[Tx]:
        # Memory has one connection for all threads; a file gives each thread its own, undisturbed by the writer.
        with self._lock if self._memory else contextlib.nullcontext(), self._plainly(), self._engine.begin() as c:
            yield Tx(c, self._now(c))

    def _take_time(self, tx: Tx) -> None:
        """What follows in this transaction may take long: given up on, it would only be begun anew."""
        if self.shared:
            tx.c.execute(sa.text("set local statement_timeout = 0"))

    def _now(self, c: sa.Connection) -> float:
        """The database's clock. On Postgres the same round trip says how long this transaction may wait."""
        if self.shared:
            times = {"patience": _ms(places.BUSY_S), "still": _ms(places.STILL_S)}
            now = c.execute(_POSTGRES_CLOCK, times).one().now
        elif self._clock is None:
            now = c.execute(_SQLITE_CLOCK).scalar_one()
        return self._clock() if self._clock else float(now)

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        """Every fault below leaves as a StoreError that names the store."""
        if self._closed:
            raise StoreError(f"{self.name}: the store is closed")
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OverflowError, UnicodeError) as error:
            raise _said_plainly(self.name, error) from error


def _ms(seconds: float) -> str:
    return f"{int(seconds * 1000)}ms"


_BUSY: Final = {"40001", "40P01", "55P03", "57014"}
"""SQLSTATE: serialization failure, deadlock, lock not available, statement timeout."""
_HELP: Final = (
    (
        "no password supplied",
        "set ZENDESK_SYNC_STORE_PASSWORD or ZENDESK_SYNC_STORE_PASSWORD_FILE, or write a ~/.pgpass",
    ),
    ("authentication failed", "check the user in service.store and ZENDESK_SYNC_STORE_PASSWORD"),
    ("permission denied", "let the store's user create tables: grant create on database ... to ..."),
    ("does not exist", "create it first (createuser, createdb), or name another"),
)


def _said_plainly(name: str, error: Exception) -> StoreError:
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    said = " ".join(str(cause).split())
    if "locked" in said or getattr(cause, "sqlstate", None) in _BUSY:
        return StoreBusy(f"{name}: another process is writing to this store ({said})")
    if "not a database" in said:
        return StoreError(f"{name}: not a zendesk-sync store ({said}); delete it or name another file")
    for sign, advice in _HELP:
        if sign in said and name.startswith("postgresql:"):
            return StoreError(f"{name}: the store cannot be used: {said}; {advice}")
    return StoreError(f"{name}: the store cannot be used: {said}")
