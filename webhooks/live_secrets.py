"""Each account's signing secrets, as they are now.

``webhook_secret`` is the one that Zendesk signs with; ``webhook_secret_old`` opens the door as well while one is
replaced. A secrets file that changed is read again, so neither setup nor a rotation needs a restart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from zendesk_sync import settings as settings_file
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.settings import Settings

LOOK_S: Final = 0.5
"""How often the file is looked at, at most: a flood of requests costs no flood of system calls."""

log = structlog.get_logger("webhooks")


@dataclass(frozen=True, slots=True)
class _Known:
    looked_at: float
    version: tuple[int, ...]
    secrets: Sequence[str]


class LiveSecrets(Mapping[str, Sequence[str]]):
    """Account -> secrets.

    Raises:
        ConfigurationError: when built, a secrets file cannot be used. Later, what was known stays in force.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._clock = settings, clock
        self._known = {name: _Known(clock(), self._version(name), self._load(name)) for name in settings.accounts}

    def __getitem__(self, name: str) -> Sequence[str]:
        known, now = self._known[name], self._clock()
        if now - known.looked_at >= LOOK_S:
            version, secrets = self._version(name), known.secrets
            if version != known.version:
                try:
                    secrets = self._load(name)
                    log.info("webhook secrets read again", account=name, secrets=len(secrets))
                except ConfigurationError as error:
                    log.warning("webhook secrets not read", account=name, why=str(error))
            known = self._known[name] = _Known(now, version, secrets)
        return known.secrets

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def _version(self, name: str) -> tuple[int, ...]:
        try:
            found = self._settings.secrets_file(name).stat()
        except OSError:
            return ()
        return (found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode)

    def _load(self, name: str) -> list[str]:
        found = settings_file.load_secrets(self._settings, name)
        return [one.get_secret_value() for one in (found.webhook_secret, found.webhook_secret_old) if one]
