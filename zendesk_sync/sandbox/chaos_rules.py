"""Reads rules of chaos from TOML, JSON or a request, and says in words what is wrong with them.

seed = 7                                # any whole number; 0 when left out

[[rules]]
name = "busy"                           # unique; "rule 1" and so on when left out
fault = "too_many_requests"             # required, see below
method = ["PUT", "POST"]                # one or a list; any when left out
path = "/api/v2/tickets/*"              # * stands for anything; "/api/v2/*" when left out
probability = 0.25                      # 0 to 1; 1 when left out
count = 3                               # at most so many times; without end when left out
skip = 2                                # the first so many matching requests pass
from = 10                               # seconds of the sandbox's clock after the rules were set
until = 300

too_many_requests    429; retry_after (5), body "json" or "text"
unavailable          503; retry_after, no such header when left out
bad_gateway          502 with an HTML page
database_conflict    409 DatabaseConflict
dropped_answer       applied, then the connection closes without an answer
slow_answer          applied, answered after `seconds` of the sandbox's clock
stale_export         an export shows nothing of the last `seconds` (300); path "/api/v2/incremental/*" when left out
clock_skew           `Date` header and timestamps of this request are off by `seconds`, which may be below zero
webhook_lost, webhook_duplicated, webhook_delayed (`seconds`), webhook_reordered (made behind the next call);
                     method and path are those of the webhook's endpoint, "*" when left out
job_item_failed      one item of a bulk update fails with `error` and `details`; path "/api/v2/tickets/<id>"
"""

import difflib
import json
import math
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zendesk_sync.sandbox.chaos import FAULTS, WEBHOOKS, Doc, Rule

_COMMON = ("name", "fault", "method", "path", "probability", "count", "skip", "from", "until")
_OWN = {
    "too_many_requests": ("retry_after", "body"), "unavailable": ("retry_after",), "slow_answer": ("seconds",),
    "stale_export": ("seconds",), "clock_skew": ("seconds",), "webhook_delayed": ("seconds",),
    "job_item_failed": ("error", "details"),
}  # fmt: skip
_NEEDS_SECONDS = frozenset({"slow_answer", "clock_skew", "webhook_delayed"})
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
_LONGEST = 1e9


class ChaosError(ValueError):
    """A rule says something impossible; the message names the rule, what was found and what was expected."""


def read(path: Path) -> tuple[int, tuple[Rule, ...]]:
    """Read a file, JSON by its suffix and TOML otherwise; return seed and rules.

    Raises:
        ChaosError: The file cannot be read, or says something impossible.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, ValueError, RecursionError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else fault
        raise ChaosError(f"cannot be read: {reason}") from fault
    return parse(data)


def parse(data: Any) -> tuple[int, tuple[Rule, ...]]:
    """Return seed and rules of `{"seed", "rules": [{…}]}`."""
    if not isinstance(data, dict):
        raise ChaosError('expected an object with "seed" and "rules"')
    _known(data, ("seed", "rules"), "")
    seed = data.get("seed", 0)
    if not _is_whole(seed):
        raise ChaosError(f"seed is {_shown(seed)}; it must be a whole number")
    entries = data.get("rules", [])
    if not isinstance(entries, list):
        raise ChaosError("rules must be a list; in TOML write each as [[rules]]")
    rules = tuple(_rule(entry, number) for number, entry in enumerate(entries, start=1))
    names = [rule.name for rule in rules]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ChaosError(f"two rules are called {twice!r}; each needs a name of its own")
    return seed, rules


def show(rule: Rule) -> Doc:
    """Return a rule as it would be written, without what it leaves at its default."""
    names = (*_COMMON, *_OWN.get(rule.fault, ()))
    values: Doc = {
        "method": list(rule.methods) or None, "from": rule.start or None, "until": rule.end,
    }  # fmt: skip
    shown = {name: values[name] if name in values else getattr(rule, name) for name in names}
    return {name: value for name, value in shown.items() if value is not None}


def _rule(entry: Any, number: int) -> Rule:
    if not isinstance(entry, dict):
        raise ChaosError(f"rule {number}: expected an object")
    name = entry.get("name", f"rule {number}")
    if not isinstance(name, str) or not name.strip():
        raise ChaosError(f"rule {number}: name is {_shown(name)}; it must be a text")
    place = f"rule {number} ({name})" if "name" in entry else f"rule {number}"
    fault = entry.get("fault")
    if not isinstance(fault, str) or fault not in FAULTS:
        raise ChaosError(f"{place}: fault is {_shown(fault)}; {_choices(fault, FAULTS)}")
    _known(entry, (*_COMMON, *_OWN.get(fault, ())), f"{place}: ")
    if fault in _NEEDS_SECONDS and "seconds" not in entry:
        raise ChaosError(f"{place}: {fault} needs seconds")
    least = -_LONGEST if fault == "clock_skew" else 0
    take = _Taking(entry, place)
    return Rule(
        name,
        fault,
        methods=take.methods(),
        path=take.text("path", _default_path(fault)),
        probability=take.number("probability", 1.0, most=1.0),
        count=take.whole("count"),
        skip=take.whole("skip") or 0,
        start=take.number("from", 0.0),
        end=take.number("until", None),
        seconds=take.number("seconds", 300.0 if fault == "stale_export" else 0.0, least=least),
        retry_after=take.whole("retry_after", 5 if fault == "too_many_requests" else None),
        body=take.one_of("body", "json", {"json", "text"}),
        error=take.text("error", "DatabaseConflict"),
        details=take.text("details", "Database collision"),
    )


def _default_path(fault: str) -> str:
    if fault in WEBHOOKS:
        return "*"
    return "/api/v2/incremental/*" if fault == "stale_export" else "/api/v2/*"


class _Taking:
    """Takes one value after the other out of an entry."""

    def __init__(self, entry: Doc, place: str) -> None:
        self._entry = entry
        self._place = place

    def _take(self, name: str, default: Any, fits: Callable[[Any], bool], expected: str) -> Any:
        if name not in self._entry:
            return default
        value = self._entry[name]
        if not fits(value):
            raise ChaosError(f"{self._place}: {name} is {_shown(value)}; it must be {expected}")
        return value

    def number(self, name: str, default: Any, *, least: float = 0.0, most: float = _LONGEST) -> Any:
        def fits(value: Any) -> bool:
            sized = isinstance(value, int | float) and not isinstance(value, bool)
            return sized and math.isfinite(value) and least <= value <= most

        upto = f"a number from {least:g} to {most:g}" if most < _LONGEST else "a number of seconds"
        return self._take(name, default, fits, upto)

    def whole(self, name: str, default: int | None = None) -> Any:
        return self._take(name, default, lambda value: _is_whole(value) and value >= 0, "a whole number")

    def text(self, name: str, default: str) -> Any:
        return self._take(name, default, lambda value: isinstance(value, str) and bool(value), "a text")

    def one_of(self, name: str, default: str, known: set[str]) -> Any:
        return self._take(
            name, default, lambda value: isinstance(value, str) and value in known, " or ".join(sorted(known))
        )

    def methods(self) -> tuple[str, ...]:
        given = self._entry.get("method", [])
        listed = given if isinstance(given, list) else [given]
        for method in listed:
            if not isinstance(method, str) or method not in _METHODS:
                expected = ", ".join(sorted(_METHODS))
                raise ChaosError(f"{self._place}: method is {_shown(method)}; it must be one or a list of {expected}")
        return tuple(listed)


def _known(given: Doc, names: tuple[str, ...], place: str) -> None:
    for name in given:
        if name not in names:
            raise ChaosError(f"{place}there is no {name!r} here; {_choices(name, frozenset(names))}")


def _choices(found: Any, known: frozenset[str]) -> str:
    near = difflib.get_close_matches(found, known, 1) if isinstance(found, str) else []
    return f"did you mean {near[0]}?" if near else f"it must be one of {', '.join(sorted(known))}"


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(value)[:60]


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
