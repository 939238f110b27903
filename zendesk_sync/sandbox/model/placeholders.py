"""Liquid markup in comments, rules and webhook bodies. Source: Zendesk help, "Zendesk Support placeholders reference".

Texts are put in as they are, without JSON escaping: whether the real service escapes is unconfirmed, and a body which
only works with escaping should be seen to break here. Unknown placeholders are empty; markup that is broken beyond
reading stays as it stands.
"""

from typing import ClassVar

from liquid import Environment, Mode
from liquid.exceptions import LiquidError

from zendesk_sync.sandbox.model import placeholder_values
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

LONGEST = 1_000_000


class _Markup(Environment):
    """Markup comes from whoever may write a comment, so a loop or an output without end is cut off."""

    loop_iteration_limit: ClassVar[int] = 10_000
    output_stream_limit: ClassVar[int] = LONGEST
    context_depth_limit: ClassVar[int] = 30


_MARKUP = _Markup(tolerance=Mode.LAX)


def render(state: State, text: str, ticket: Doc, actor: Doc, comment: Doc | None = None) -> str:
    """Replace every placeholder; `comment` is the one being written, which the store does not have yet."""
    if "{{" not in text and "{%" not in text:
        return text
    values = placeholder_values.of(state, ticket, actor, comment)
    try:
        return str(_MARKUP.from_string(text).render(**values))
    except (LiquidError, RecursionError):
        return text
