"""Secrets in environment variables, or in the files that variables name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from zendesk_sync.errors import ConfigurationError

LARGEST_SECRET = 8192
"""Characters; whatever is longer is another file."""


def variable(account: str, name: str) -> str:
    """The environment variable of one secret, such as ``ZENDESK_SYNC_ACME_CLIENT_SECRET``."""
    return f"ZENDESK_SYNC_{account}_{name}".upper().replace("-", "_")


def from_environment(account: str, name: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """One secret of an account by its variable; see :func:`secret_variable`."""
    return secret_variable(variable(account, name), environ)


def secret_variable(direct: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """A secret from a variable, or from the file that the variable with ``_FILE`` behind it names; None without both.

    That file's mode is not looked at: container engines mount secrets readable, in a place of the container's own.

    Raises:
        ConfigurationError: both are set, or the file cannot be read, is empty, or is no single line of text.
    """
    named = f"{direct}_FILE"
    value, file = environ.get(direct), environ.get(named)
    if not file:
        return value or None
    if value:
        raise ConfigurationError(f"{direct} and {named} are both set; keep one of them")
    try:
        with Path(file).open("rb") as opened:
            text = opened.read(LARGEST_SECRET + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigurationError(f"{named}: cannot read {file}: {why}") from None
    if not text or len(text) > LARGEST_SECRET or not text.isprintable():
        raise ConfigurationError(f"{named}: {file}: expected one line with the secret and nothing else")
    return text
