"""Note texts of a policy file: sandboxed templates over a fixed set of words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = frozenset(
    {
        "level",
        "counting",
        "reporter",
        "rule",
        "because",
        "customer",
        "official",
        "wish",
        "items",
        "also_asked",
        "mention",
        "arrives_in",
        "read",
        "phrases",
    }
)
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


def fault(text: str) -> str | None:
    """What is wrong with a note text; None when it can be used."""
    try:
        unknown = meta.find_undeclared_variables(_ENVIRONMENT.parse(text)) - VARIABLES
        if unknown:
            return f"unknown words in braces: {', '.join(sorted(unknown))}; allowed: {', '.join(sorted(VARIABLES))}"
        fill(text, dict.fromkeys(VARIABLES, ""))
    except TemplateError as error:
        return str(error)
    return None


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its words filled in, without blank lines around it.

    Raises:
        jinja2.TemplateError: the text is not a template, or uses a word that ``values`` lacks.
    """
    return _template(text).render(values).strip()


@lru_cache(maxsize=256)
def _template(text: str) -> Template:
    return _ENVIRONMENT.from_string(text.strip())
