"""A real Postgres for tests: Debian's server on a free port, in a temporary folder, as a user without privileges."""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

OPTIONS = "-c max_connections=200 -c listen_addresses=127.0.0.1"
QUICK = "-c fsync=off -c full_page_writes=off"
"""The disk is not what is tested: a killed server's pages survive in the kernel."""
_numbers = count(1)


@functools.cache
def binaries() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``; Debian keeps them out of the path."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return folders[-1].parent if folders else None


def required() -> Path:
    """The binaries; skips without them, unless ``REQUIRE_POSTGRES`` says that this must not happen."""
    if (found := binaries()) is None:
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail("REQUIRE_POSTGRES is set and there is no Postgres: apt-get install postgresql")
        pytest.skip("no Postgres server on this machine; on Debian or Ubuntu: apt-get install postgresql")
    return found


class Postgres:
    """One server. ``url()`` gives each caller a namespace of its own in the server's one database.

    ``durable``: what is committed is on the disk, for figures that should mean something.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._bin, self._folder = required(), folder
        self._options = OPTIONS if durable else f"{OPTIONS} {QUICK}"
        self._as: list[str] = []
        if os.geteuid() == 0:  # initdb refuses root
            user = next(name for name in ("postgres", "nobody") if _exists(name))
            self._as = ["runuser", "-u", user, "--"]
            shutil.chown(folder, user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._run("initdb", "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync", "-D", str(folder / "data"))
        self.start()

    def start(self) -> None:
        options = f"{self._options} -p {self.port} -k {self._folder}"
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-o", options, "-l", str(self._folder / "log"))

    def stop(self, mode: str = "fast") -> None:
        """``fast`` throws everybody out; ``immediate`` is a crash."""
        self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", self._data)

    def owned_database(self, name: str, password: str) -> None:
        """A database and its owner of the same name, who from now on needs the password."""
        engine = sa.create_engine(self._plain, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as c:
            c.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
            c.exec_driver_sql(f"CREATE DATABASE {name} OWNER {name}")
        hba = self._folder / "data" / "pg_hba.conf"
        hba.write_text("local all all trust\nhost all tester all trust\nhost all all all scram-sha-256\n")
        self._run("pg_ctl", "reload", "-D", self._data)

    def url(self, namespace: str | None = None) -> sa.URL:
        query = {"schema": namespace or f"test_{os.getpid()}_{next(_numbers)}"}
        return sa.URL.create("postgresql", "tester", host="127.0.0.1", port=self.port, database="postgres", query=query)

    def execute(self, statement: str) -> list[sa.Row[tuple[object, ...]]]:
        engine = sa.create_engine(self._plain, poolclass=sa.NullPool)
        with engine.begin() as c:
            got = c.exec_driver_sql(statement)
            return list(got) if got.returns_rows else []

    @property
    def _plain(self) -> sa.URL:
        return self.url().set(drivername="postgresql+psycopg", query={})

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, program: str, *words: str) -> None:
        # Not through pipes: the server would keep them open for as long as it lives.
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(
                [*self._as, str(self._bin / program), *words], stdout=said, stderr=said, check=False, cwd="/"
            )
            said.seek(0)
            assert done.returncode == 0, f"{program}: {said.read()}"


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    required()
    folder = Path(tempfile.mkdtemp(prefix="zs-pg-"))
    try:
        server = Postgres(folder, durable=durable)
        try:
            yield server
        finally:
            with contextlib.suppress(AssertionError):
                server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
