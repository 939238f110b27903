"""Documents in SQLite: one table for every kind of record, so that a new kind needs no new schema.

A record has a `kind` and an `id` (integer or text), an optional `parent` to be found by (a comment's ticket, a user's
e-mail), an optional `mark` to be ordered by (a ticket's `generated_timestamp`), and a JSON body.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

import msgspec

from zendesk_sync.sandbox import rows as ticket_rows

Doc = dict[str, Any]
Key = int | str
T = TypeVar("T")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, id NOT NULL, parent, mark INTEGER, body TEXT NOT NULL, PRIMARY KEY (kind, id)
);
CREATE INDEX IF NOT EXISTS record_parent ON record (kind, parent, id);
CREATE INDEX IF NOT EXISTS record_mark ON record (kind, mark, id);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_COMMON = "page_size=16384"
_KEPT = ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536")
_PASSING = ("journal_mode=MEMORY", "synchronous=OFF", "cache_size=-262144")
_PUT = "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?)"
_GET = "SELECT body FROM record WHERE kind = ? AND id = ?"
_AT_ONCE = 500
_HELD = 5_000
_TABLES = {
    "record": ("kind", "id", "parent", "mark", "body"),
    "setting": ("name", "value"),
    "ticket_row": ticket_rows.COLUMNS,
    "search_row": ticket_rows.COLUMNS,
}


class DataError(Exception):
    """The data file cannot be used; the message names it and says why."""


def _can_be_key(value: object) -> TypeGuard[Key]:
    """Whether SQLite can hold this as a key: text or an integer of 64 bits."""
    return isinstance(value, str) or (isinstance(value, int) and value.bit_length() < 64)


class Store:
    """One SQLite connection behind one lock. Without a `path` all is lost at the end, in memory as far as 256 MB go."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._settings: dict[str, str | None] = {}
        self._counters: dict[str, int] = {}
        self._unsaved: set[str] = set()
        self._derived: dict[str, dict[str, Any]] = {}
        self._held: dict[tuple[str, Key], tuple[Any, ...]] | None = None
        self._db = sqlite3.connect(str(path or ""), check_same_thread=False, isolation_level=None)
        try:
            new_rows = "ticket_row" not in self._check_ownership()
            for pragma in (_COMMON, *(_KEPT if path else _PASSING)):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.create_function("has_word", 2, ticket_rows.has_word, deterministic=True)
            fill = f"{ticket_rows.FILL};" if new_rows else ""
            self._db.executescript(f"BEGIN; {_SCHEMA} {ticket_rows.SCHEMA} {fill} COMMIT;")
        except BaseException:
            self._db.close()
            raise

    def _check_ownership(self) -> set[str]:
        """Leave alone what another program keeps: the file is new, or has our tables and no others; return them."""
        names = [name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            name: tuple(column for (column,) in self._db.execute("SELECT name FROM pragma_table_info(?)", (name,)))
            for name in names
        }
        ours = {"record", "setting"} <= found.keys() and found.items() <= _TABLES.items()
        if found and not ours:
            raise DataError("it is the database of another program")
        return set(found)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens or nothing does. An inner transaction is a savepoint of the outer one."""
        with self._lock:
            self._flush()
            point = f"level{self._depth}"
            counters = dict(self._counters)
            self._db.execute(f"SAVEPOINT {point}")
            self._depth += 1
            try:
                yield
                self._flush()
                if self._depth == 1:
                    self._save_counters()
            except BaseException:
                self._db.execute(f"ROLLBACK TO {point}")
                self._counters = counters
                self._unsaved &= counters.keys()
                self._settings.clear()
                self._derived.clear()
                if self._held is not None:
                    self._held.clear()
                raise
            finally:
                self._depth -= 1
                self._db.execute(f"RELEASE {point}")

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """One transaction whose writes are sent to the database by the thousand; reading sends what is waiting."""
        with self.transaction():
            if self._held is not None:
                yield
                return
            self._held = {}
            self._db.execute("DROP TRIGGER ticket_row_insert")  # comes back below, or with the transaction's rollback
            try:
                yield
                self._flush()
                self._db.execute(ticket_rows.INSERT_TRIGGER)
            finally:
                self._held = None

    def _flush(self) -> None:
        if self._held:
            rows, self._held = [*self._held.values()], {}
            self._db.executemany(_PUT, rows)
            tickets = [key for kind, key, *_ in rows if kind == "ticket"]
            self._db.execute(ticket_rows.FILL_SOME, (msgspec.json.encode(tickets).decode(),))

    def put(self, kind: str, key: Key, body: Doc, *, parent: Key | None = None, mark: int | None = None) -> None:
        row = (kind, key, parent, mark, msgspec.json.encode(body).decode())
        with self._lock:
            self._derived.pop(kind, None)
            if self._held is None:
                self._db.execute(_PUT, row)
                return
            self._held[kind, key] = row
            if len(self._held) >= _HELD:
                self._flush()

    def derived(self, kind: str, name: str, build: Callable[[list[Doc]], T]) -> T:
        """Return what `build` makes of all records of a kind, kept until one of them is written; not to be changed."""
        with self._lock:
            kept = self._derived.setdefault(kind, {})
            if name not in kept:
                kept[name] = build(self.all(kind))
            found: T = kept[name]
            return found

    def get(self, kind: str, key: object) -> Doc | None:
        """Return one record; None for what is unknown, and for what no id can be."""
        if not _can_be_key(key):
            return None
        with self._lock:
            row = self._held.get((kind, key)) if self._held else None
            if row is None:
                row = self._db.execute(_GET, (kind, key)).fetchone()
            return msgspec.json.decode(row[-1]) if row else None

    def many(self, kind: str, keys: Iterable[object]) -> list[Doc]:
        """Return the known ones among `keys`, in the order asked for, each once."""
        asked = [key for key in dict.fromkeys(keys) if _can_be_key(key)]
        found: dict[Any, Doc] = {}
        with self._lock:
            self._flush()
            for start in range(0, len(asked), _AT_ONCE):
                some = asked[start : start + _AT_ONCE]
                marks = ", ".join("?" * len(some))
                sql = f"SELECT id, body FROM record WHERE kind = ? AND id IN ({marks})"  # noqa: S608 - only question marks
                rows = self._db.execute(sql, (kind, *some))
                found |= {key: msgspec.json.decode(body) for key, body in rows}
        return [found[key] for key in asked if key in found]

    def all(self, kind: str) -> list[Doc]:
        return self._rows("SELECT body FROM record WHERE kind = ? ORDER BY id", (kind,))

    def children(self, kind: str, parent: Key) -> list[Doc]:
        if not _can_be_key(parent):
            return []
        return self._rows("SELECT body FROM record WHERE kind = ? AND parent = ? ORDER BY id", (kind, parent))

    def last_child(self, kind: str, parent: Key) -> Doc | None:
        sql = "SELECT body FROM record WHERE kind = ? AND parent = ? ORDER BY id DESC LIMIT 1"
        rows = self._rows(sql, (kind, parent))
        return rows[0] if rows else None

    def index(self, kind: str, *fields: str) -> list[tuple[Any, ...]]:
        """Return (id, value of each top-level field) of every record, without decoding the bodies."""
        columns = "".join(", json_extract(body, ?)" for _ in fields)
        with self._lock:
            self._flush()
            sql = f"SELECT id{columns} FROM record WHERE kind = ? ORDER BY id"  # noqa: S608 - only question marks
            return self._db.execute(sql, (*(f"$.{field}" for field in fields), kind)).fetchall()

    def window(self, kind: str, *, after: tuple[int, Key], until: int, limit: int) -> list[tuple[int, Doc]]:
        """Return (mark, record) ordered by (mark, id), strictly behind `after`, with a mark of at most `until`."""
        behind = "kind = ? AND (mark, id) > (?, ?) AND mark <= ?"
        sql = f"SELECT mark, body FROM record WHERE {behind} ORDER BY mark, id LIMIT ?"  # noqa: S608 - only question marks
        return [(mark, msgspec.json.decode(body)) for mark, body in self.select(sql, (kind, *after, until, limit))]

    def marked(self, *kinds: str, since: int, until: int, limit: int) -> list[tuple[int, Doc]]:
        """Return (mark, record) with a mark between `since` and `until`; `limit` is exceeded rather than a mark cut."""
        marks = ", ".join("?" * len(kinds))
        inside = f"FROM record WHERE kind IN ({marks}) AND mark BETWEEN ? AND ? ORDER BY mark, id"
        with self._lock:
            self._flush()
            edge = self._db.execute(f"SELECT mark {inside} LIMIT 1 OFFSET ?", (*kinds, since, until, limit - 1))
            row = edge.fetchone()
            last = until if row is None else row[0]
            rows = self._db.execute(f"SELECT mark, body {inside}", (*kinds, since, last))
            return [(mark, msgspec.json.decode(body)) for mark, body in rows]

    def delete(self, kind: str, key: Key) -> bool:
        with self._lock:
            self._flush()
            self._derived.pop(kind, None)
            return self._db.execute("DELETE FROM record WHERE kind = ? AND id = ?", (kind, key)).rowcount > 0

    def delete_older(self, kind: str, mark: int) -> None:
        """Forget records of this kind whose mark lies below `mark`."""
        with self._lock:
            self._flush()
            self._derived.pop(kind, None)
            self._db.execute("DELETE FROM record WHERE kind = ? AND mark < ?", (kind, mark))

    def select(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query, which is for reading only."""
        with self._lock:
            self._flush()
            return self._db.execute(sql, values).fetchall()

    def change(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Change rows that stand beside the records, by a statement."""
        with self._lock:
            self._flush()
            self._db.execute(sql, values)

    def setting(self, name: str) -> str | None:
        with self._lock:
            if name not in self._settings:
                row = self._db.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
                self._settings[name] = row[0] if row else None
            return self._settings[name]

    def set_setting(self, name: str, value: str) -> None:
        with self._lock:
            self._settings[name] = value
            self._db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def next_number(self, counter: str, first: int) -> int:
        """Return the next number of a counter that survives restarts."""
        with self._lock:
            if counter not in self._counters:
                self._counters[counter] = int(self.setting(f"counter.{counter}") or first)
            number = self._counters[counter]
            self._counters[counter] = number + 1
            self._unsaved.add(counter)
            if not self._depth:
                self._save_counters()
            return number

    def _save_counters(self) -> None:
        for counter in self._unsaved:
            self.set_setting(f"counter.{counter}", str(self._counters[counter]))
        self._unsaved.clear()

    def _rows(self, sql: str, values: Sequence[Any]) -> list[Doc]:
        with self._lock:
            self._flush()
            return [msgspec.json.decode(body) for (body,) in self._db.execute(sql, values)]
