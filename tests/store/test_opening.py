from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.postgres import Postgres
from tests.store.conftest import Clock, acquired
from zendesk_sync.errors import StoreBusy, StoreError
from zendesk_sync.store import Store
from zendesk_sync.store.schema import (
    SCHEMA,
    about,
    answered,
    backfill,
    backfill_ticket,
    customer_answer,
    following,
    metadata,
    surge,
    undo,
    wakeup,
    writes_pause,
)
from zendesk_sync.store.schema import hint as hint_table

if TYPE_CHECKING:
    from zendesk_sync.settings import Place

MARKER = """
import sys
from pathlib import Path
from sqlalchemy import make_url
from zendesk_sync.store import Store

with Store.open(make_url(sys.argv[1]) if "://" in sys.argv[1] else Path(sys.argv[1])) as store:
    for ticket in range(1, 1_000_000):
        store.mark("acme", [ticket])
        print(ticket, flush=True)
"""


def test_a_store_keeps_what_was_stored(place: Place, clock: Clock) -> None:
    """Hints and cursor are there again after closing."""
    with Store.open(place, clock=clock) as store:
        store.mark("acme", [1])
        store.commit_sweep(acquired(store), [2], "c", 60, complete=True)
    with Store.open(place, clock=clock) as store:
        assert ([hint.ticket for hint in store.hints("acme")], store.cursor("acme")) == ([1, 2], "c")


def test_writes_are_on_the_disk(tmp_path: Path) -> None:
    """WAL with full synchronisation, in a file that only its owner reads."""
    with Store.open(tmp_path / "s.db") as store, store._write() as tx:
        assert tx.c.exec_driver_sql("pragma journal_mode").scalar() == "wal"
        assert tx.c.exec_driver_sql("pragma synchronous").scalar() == 2
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_the_database_keeps_the_time(place: Place) -> None:
    """Without a clock of the caller's the times are the database's, in seconds since 1970."""
    with Store.open(place) as store, store._read() as tx:
        assert abs(tx.now - time.time()) < 5


def test_two_stores_cannot_hold_one_file(tmp_path: Path) -> None:
    """A second exclusive opener is refused, in this process too, and told which file and who holds it."""
    path = tmp_path / "s.db"
    with (
        Store.open(path),
        pytest.raises(StoreBusy, match=rf"s\.db: another zendesk-sync process \(pid {os.getpid()}\)"),
    ):
        Store.open(path)
    Store.open(path).close()


def test_two_processes_cannot_hold_one_file(tmp_path: Path) -> None:
    """The operating system's lock keeps another process away, and frees the file when its holder is killed."""
    path = tmp_path / "s.db"
    holder = marking(path)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(StoreBusy, match=f"pid {holder.pid}"):
            Store.open(path)
        with Store.open(path, exclusive=False) as looking:
            assert looking.pending("acme").due >= 1
    finally:
        end(holder)
    Store.open(path).close()


def test_sigkill_loses_no_acknowledged_hint(place: Place) -> None:
    """Whatever was acknowledged before the process was killed in mid-loop is there afterwards."""
    process = marking(place)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(150)]
    rest = end(process)
    acknowledged = {int(line) for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")}
    with Store.open(place) as store:
        stored = {hint.ticket for hint in store.hints("acme", limit=1_000_000)}
    assert len(acknowledged) >= 150
    assert acknowledged <= stored
    assert len(stored - acknowledged) <= 1


def test_leases_of_a_dead_process_are_cleared(tmp_path: Path, clock: Clock) -> None:
    """Alone with the file, the next process need not wait for the lease's end, nor for hints that were in hand."""
    with Store.open(tmp_path / "s.db", clock=clock) as store:
        store.mark("acme", [1])
        assert store.take(acquired(store, seconds=1000))
    with Store.open(tmp_path / "s.db", clock=clock, exclusive=False) as looking:
        assert looking.acquire("acme", "two", 30) is None
    with Store.open(tmp_path / "s.db", clock=clock) as store:
        assert [taken.tries for taken in store.take(acquired(store))] == [2]


def test_a_newer_store_is_refused(place: Place) -> None:
    """Tables of a later version are not touched; the message says what to do."""
    with Store.open(place) as store, store._write() as tx:
        tx.c.execute(about.update().values(schema=SCHEMA + 1))
    said = rf"written by a newer zendesk-sync \(tables of version {SCHEMA + 1}"
    for _ in range(2):
        with pytest.raises(StoreError, match=said):
            Store.open(place)


def test_an_older_store_is_brought_up_to_the_program(place: Place) -> None:
    """What an older program stored is there afterwards, and the tables that it lacked are too."""
    with Store.open(place) as store:
        store.mark("acme", [7])
        with store._write() as tx:
            backfill.drop(tx.c)
            backfill_ticket.drop(tx.c)
            writes_pause.drop(tx.c)
            undo.drop(tx.c)
            surge.drop(tx.c)
            customer_answer.drop(tx.c)
            following.drop(tx.c)
            wakeup.drop(tx.c)
            answered.drop(tx.c)
            tx.c.execute(about.update().values(schema=1))
    with Store.open(place) as store:
        assert [hint.ticket for hint in store.hints("acme")] == [7]
        assert store.backfill_state("acme") is None
        assert store.writes_pause("acme") is None
        assert store.undos("acme") == []
        assert store.surges("acme") == []
        assert store.customer_answer("acme", "organization 7") is None
        assert store.following("acme").since is None
        assert store.answers("acme", [7], "r") == {}
        with store._read() as tx:
            assert tx.c.scalar(sa.select(about.c.schema)) == SCHEMA


def test_processes_that_open_at_once_create_the_store_once(server: Postgres) -> None:
    """Eight openers of an empty database: all get the same store, and nobody fails."""
    place, gate, failures = server.url(), threading.Barrier(8), list[BaseException]()

    def opens(ticket: int) -> None:
        try:
            gate.wait()
            with Store.open(place) as store:
                store.mark("acme", [ticket])
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=opens, args=(ticket,)) for ticket in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    with Store.open(place) as store:
        assert len(store.hints("acme")) == 8


def test_a_foreign_database_is_refused(place: Place) -> None:
    """Another program's tables are left as they are."""
    with Store.open(place) as store, store._write() as tx:
        metadata.drop_all(tx.c)
        other = sa.Table("person", sa.MetaData(), sa.Column("name", sa.String))
        other.create(tx.c)
    with pytest.raises(StoreError, match="another program"):
        Store.open(place)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A text file is named as the problem, and kept."""
    path = tmp_path / "s.db"
    path.write_text("hello, I am not a database at all\n" * 100)
    with pytest.raises(StoreError, match=r"s\.db: not a zendesk-sync store"):
        Store.open(path)
    assert path.read_text().startswith("hello")


@pytest.mark.parametrize("name", ["missing/s.db", "file/s.db", "folder"])
@pytest.mark.parametrize("exclusive", [True, False])
def test_a_place_that_cannot_be_used_is_named(tmp_path: Path, name: str, exclusive: bool) -> None:
    """No such folder, a file for a folder, a folder for a file: a message with the path, and no traceback's worth."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match=name):
        Store.open(tmp_path / name, exclusive=exclusive)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    """A folder that may not be written to is said to be so."""
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="ermission"):
        Store.open(tmp_path / "s.db")


def test_a_failed_opening_leaves_the_file_free(tmp_path: Path) -> None:
    """What could not be opened is not held either."""
    path = tmp_path / "s.db"
    path.write_text("no database" * 100)
    with pytest.raises(StoreError, match="not a zendesk-sync store"):
        Store.open(path)
    path.unlink()
    Store.open(path).close()


def test_a_full_disk_is_a_store_error_and_passes(tmp_path: Path) -> None:
    """When the disk is full nothing is acknowledged; when there is room again all goes on."""
    with Store.open(tmp_path / "s.db") as store:

        def limit(pages: int) -> None:
            with store._write() as tx:
                tx.c.exec_driver_sql(f"pragma max_page_count={pages}")

        limit(1)
        with pytest.raises(StoreError, match=r"s\.db: the store cannot be used: .*full"):
            store.mark("acme", range(1, 20_000))
        assert store.pending("acme").due == 0
        limit(1_000_000)
        store.mark("acme", [1])
        assert store.pending("acme").due == 1


def test_a_writer_elsewhere_is_waited_for_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that keeps writing makes the store busy, not broken."""
    monkeypatch.setattr("zendesk_sync.store.places.BUSY_S", 0.01)
    path = tmp_path / "s.db"
    with Store.open(path) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin immediate")
        assert not store.ready()
        with pytest.raises(StoreBusy, match="another process is writing"):
            store.mark("acme", [1])
        other.execute("rollback")
        other.close()
        assert store.ready()


def test_a_closed_store_says_so(store: Store) -> None:
    """Use after close is a store error; closing twice is none."""
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.mark("acme", [1])
    assert not store.ready()


@pytest.mark.parametrize("where", ["memory", "file", "postgres"])
def test_threads_share_a_store(tmp_path: Path, where: str, request: pytest.FixtureRequest) -> None:
    """Receivers mark while a worker takes and settles: in the end every change was served, and nobody failed."""
    failures: list[BaseException] = []

    def guarded(work: object, *arguments: object) -> None:
        try:
            work(*arguments)  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    opened: Place | None = tmp_path / "s.db" if where == "file" else None
    if where == "postgres":
        opened = request.getfixturevalue("server").url()
    with Store.open(opened) as store:
        store.ensure_account("acme")
        lease = acquired(store, seconds=1000)
        served: set[int] = set()

        def receive(start: int) -> None:
            for ticket in range(start, start + 60):
                store.mark("acme", [ticket, 1])

        def work() -> None:
            while len(served) < 181 and not failures:
                taken = store.take(lease)
                store.settle(lease, taken)
                served.update(hint.ticket for hint in taken)
                store.pending("acme")

        receivers = [threading.Thread(target=guarded, args=(receive, start)) for start in (2, 100, 200)]
        threads = [threading.Thread(target=guarded, args=(work,)), *receivers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert failures == []
        assert served == {1, *range(2, 62), *range(100, 160), *range(200, 260)}
        store.settle(lease, store.take(lease))
        assert store.hints("acme") == []


def test_no_exception_of_the_library_escapes(place: Place) -> None:
    """A table that vanished under our feet is a store error with its cause."""
    with Store.open(place) as store:
        with store._write() as tx:
            hint_table.drop(tx.c)
        with pytest.raises(StoreError, match=r"no such table|does not exist") as caught:
            store.mark("acme", [1])
        assert isinstance(caught.value.__cause__, sa.exc.SQLAlchemyError)


def marking(place: Place) -> subprocess.Popen[str]:
    word = str(place) if isinstance(place, Path) else place.render_as_string()
    return subprocess.Popen([sys.executable, "-c", MARKER, word], stdout=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    return rest
