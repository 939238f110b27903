"""The part of the configuration that says who may see the board and what it shows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BaseModel, Field

from zendesk_sync.errors import ConfigurationError
from zendesk_sync.secret_variables import secret_variable
from zendesk_sync.settings_model import FROZEN, spelled

BOARD_TOKEN: Final = "ZENDESK_SYNC_BOARD_TOKEN"  # noqa: S105  the variable's name
LEAST_TOKEN: Final = 16
"""Characters of the shortest token; guesses are few, and so many characters outlast them."""


class Board(BaseModel):
    """The board at ``/board``, for people who may see the queue without an account in Zendesk. It is there when
    ``ZENDESK_SYNC_BOARD_TOKEN`` is set, or ``proxy_header`` is, or both.

    Attributes:
        proxy_header: a header in which a reverse proxy that has signed people in names them, such as
            ``X-Forwarded-User``; believed from ``service.trusted_proxies`` only.
        accounts: the accounts that the board shows; all of them where none is named.
        refresh_seconds: how often the page renews itself.
        days: how many days the trends reach back, and the report's metrics.
    """

    model_config = FROZEN

    proxy_header: (
        Annotated[str, spelled(r"[A-Za-z][A-Za-z0-9-]{0,60}", "must be the name of a header, such as X-Forwarded-User")]
        | None
    ) = None
    accounts: list[str] = []
    refresh_seconds: Annotated[int, Field(ge=10, le=86_400, strict=True)] = 60
    days: Annotated[int, Field(ge=1, le=92, strict=True)] = 14


def board_token(environ: Mapping[str, str] = os.environ) -> str | None:
    """What opens the board, from ``ZENDESK_SYNC_BOARD_TOKEN``; None without one.

    Raises:
        ConfigurationError: it is too short, or as :func:`secret_variable`.
    """
    token = secret_variable(BOARD_TOKEN, environ)
    if token is not None and (len(token) < LEAST_TOKEN or not token.isprintable() or not token.isascii()):
        raise ConfigurationError(
            f"{BOARD_TOKEN}: expected at least {LEAST_TOKEN} printable ASCII characters; make one, for example: "
            f"openssl rand -base64 24"
        )
    return token
