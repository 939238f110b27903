"""Reads ``webhooks/definitions/``: what stands in Zendesk, as files for people."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any


@functools.cache
def definition(file: str) -> dict[str, Any]:
    """One file of the folder, such as ``views.toml``; shared, so nobody may change it."""
    return tomllib.loads(resources.files("webhooks.definitions").joinpath(file).read_text(encoding="utf-8"))
