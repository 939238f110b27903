"""JSON into records, from several threads at once.

msgspec works a type out when it is first used, and lets other threads run meanwhile: one that uses the same type then
finds half of it, and the process dies without a word. Several accounts begin at the same moment, so each type is worked
out by one thread, once.
"""

from __future__ import annotations

import functools
import threading
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")
_one_at_a_time = threading.Lock()


def decoder(shape: type[T]) -> msgspec.json.Decoder[T]:
    """The decoder of this type; whoever converts to it without one asks for it first."""
    return _decoder(cast("Any", shape))


@functools.cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    with _one_at_a_time:  # types have parts in common
        return msgspec.json.Decoder(shape)
