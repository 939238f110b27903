"""The table of customers in a running service: reloaded when the file changes, never replaced by a broken one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import structlog

from zendesk_sync.customer_settings import Table
from zendesk_sync.customers.table import Changed, Rows, parse
from zendesk_sync.errors import ConfigurationError

LARGEST = 64 * 1024 * 1024

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Version:
    """What tells one version of the file from another, without reading it."""

    inode: int
    size: int
    changed_ns: int


class WatchedTable:
    """One table; not safe to refresh from several threads at once.

    Attributes:
        version: tells the content in use from any other.
        rows: the last version without a fault.
        fault: why a newer version is not in use; None where the newest one is.

    Raises:
        ConfigurationError: the first reading found a fault, so there is nothing to go on with.
    """

    def __init__(self, settings: Table, public_domains: tuple[str, ...] = ()) -> None:
        self._settings, self._public = settings, public_domains
        self._path = Path(settings.file)
        self._seen = self._version()
        self._read = self._seen
        self.version = ""
        self.rows: Rows = self._load()
        self.fault: str | None = None

    def refresh(self) -> Changed:
        """Look whether the file changed, and read it if so; returns where it answers otherwise now.

        A version is read once it was found twice: one that is being written is still growing.
        """
        before, self._seen = self._seen, self._version()
        if self._seen == self._read or self._seen != before:
            return Changed()
        self._read = self._seen
        try:
            rows = self._load()
        except ConfigurationError as error:
            self.fault = str(error)
            log.warning("table of customers not used", file=self._path.name)
            return Changed()
        changed, self.rows, self.fault = rows.changed(self.rows), rows, None
        log.info("table of customers reloaded", customers=rows.count)
        return changed

    def _load(self) -> Rows:
        try:
            with self._path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise ConfigurationError(
                f"customers.table.file: cannot read {self._path}: {error.strerror}; expected a CSV or TSV file"
            ) from None
        if len(data) > LARGEST:
            raise ConfigurationError(f"{self._path}: larger than {LARGEST // 1024 // 1024} MiB; is it the right file?")
        rows = parse(data, str(self._path), self._settings.columns, self._public)
        self.version = hashlib.sha256(data).hexdigest()[:12]
        return rows

    def _version(self) -> _Version | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return _Version(found.st_ino, found.st_size, found.st_mtime_ns)
