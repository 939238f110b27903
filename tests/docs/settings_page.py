"""docs/configuration.md from the models themselves: every key with type, default and meaning."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from zendesk_sync.settings import Secrets, Settings

HEAD: Final = """\
# Configuration

<!-- Made by `make generated` from zendesk_sync/settings.py. Change the docstrings there. -->

One TOML file, looked for at `--config FILE`, then `$ZENDESK_SYNC_CONFIG`, then `./zendesk-sync.toml`.
`zendesk-sync init` writes a commented one. An unknown key is an error that says which ones there are. Paths in it are
relative to its own folder. Secrets never stand in it.

A smallest one:

```toml
[accounts.acme]
url = "https://acme.zendesk.com"
client_id = "zendesk_sync"
```
"""
SECRETS: Final = """
## Secrets

For each account, by the first of these that has it: the variable `ZENDESK_SYNC_<ACCOUNT>_<NAME>`; the file that
`ZENDESK_SYNC_<ACCOUNT>_<NAME>_FILE` names; `<account>.secrets.toml` beside the configuration (mode 0600); the system's
keyring. [Signing in](signing-in.md) says more.
"""
VARIABLES: Final = {
    "ZENDESK_SYNC_CONFIG": "where the configuration file is",
    "ZENDESK_SYNC_STORE_PASSWORD": "the password of a store on Postgres; with `_FILE` behind it, a file that holds it",
    "ZENDESK_SYNC_METRICS_BEARER": "the token that opens `/metrics` on the public port; with `_FILE` too",
    "ZENDESK_SYNC_BOARD_TOKEN": "the token that opens [the board](board.md); with `_FILE` too",
    "ZENDESK_SYNC_HEALTH_URL": "what the container's health check asks; `http://127.0.0.1:8080/readyz`",
}
"""Environment variables that belong to no account, and what they say."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the file. ``path`` is its place, such as ``accounts.NAME.people``; ``meaning`` may be empty."""

    path: str
    name: str
    type: str
    default: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the file with its keys; ``paths`` are several where tables of one kind have several places."""

    paths: tuple[str, ...]
    about: str
    keys: tuple[Key, ...]


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """What the class's docstring says under ``Attributes:``."""
    doc = inspect.getdoc(model) or ""
    _, _, listed = doc.partition("Attributes:\n")
    entries = re.split(r"\n(?= {4}\w+:)", "\n" + listed)
    found = (re.fullmatch(r"\s*(\w+):\s*(.+)", entry, re.DOTALL) for entry in entries)
    return {one[1]: _markdown(one[2].partition("\n\n")[0]) for one in found if one}


def about(model: type[BaseModel]) -> str:
    """The first paragraph of the class's docstring, without pointers into the code and the policy."""
    first = (inspect.getdoc(model) or "").split("\n\n", maxsplit=1)[0]
    sentences = re.split(r"(?<=\.)\s+", " ".join(first.split()))
    return re.sub(r" \(policy §[^)]*\)", "", _markdown(" ".join(one for one in sentences if ":class:" not in one)))


def sections() -> Iterator[Section]:
    """Every table of the file in the file's order, the outermost first."""
    places: dict[type[BaseModel], list[str]] = {}
    _find(Settings, "", places)
    for model, paths in places.items():
        said, schema = meanings(model), model.model_json_schema()
        keys = tuple(
            Key(paths[0], name, _type(schema["properties"][name], schema), _default(field), said.get(name, ""))
            for name, field in model.model_fields.items()
            if not field.exclude and not _is_table(field)
        )
        if keys:
            yield Section(tuple(paths), about(model), keys)


def _find(model: type[BaseModel], path: str, places: dict[type[BaseModel], list[str]]) -> None:
    places.setdefault(model, []).append(path)
    for name, field in model.model_fields.items():
        inner, many = _model_of(field)
        if inner is not None:
            _find(inner, f"{path}.{name}{'.NAME' if many else ''}".removeprefix("."), places)


def _is_table(field: FieldInfo) -> bool:
    """Whether a key is nothing but a table with a section of its own."""
    inner, many = _model_of(field)
    return inner is not None and (many or isinstance(field.default, inner))


def rendered() -> str:
    """The whole page."""
    parts = [HEAD]
    for section in sections():
        title = ", ".join(f"`[{path}]`" for path in section.paths)
        parts += [f"\n## {title}\n\n{section.about}\n", _table(section.keys)]
    said = meanings(Secrets)
    parts += [SECRETS, "\n| Name | Meaning |\n|---|---|\n"]
    parts += [f"| `{name}` | {_cell(said.get(name, ''))} |\n" for name in Secrets.model_fields]
    parts += ["\n## Environment\n\n| Variable | Says |\n|---|---|\n"]
    parts += [f"| `{name}` | {_cell(says)} |\n" for name, says in VARIABLES.items()]
    return "".join(parts)


def _table(keys: tuple[Key, ...]) -> str:
    rows = [f"| `{one.name}` | {_cell(one.type)} | {_cell(one.default)} | {_cell(one.meaning)} |" for one in keys]
    return "\n| Key | Type | Default | Meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _model_of(field: FieldInfo) -> tuple[type[BaseModel] | None, bool]:
    """The model that a field holds, and whether it holds many by name."""
    todo: list[Any] = [field.annotation]
    many = False
    while todo:
        one = todo.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one, many
        many = many or getattr(one, "__origin__", None) is dict
        todo += getattr(one, "__args__", ())
    return None, False


def _type(shape: dict[str, Any], schema: dict[str, Any]) -> str:
    """A JSON schema in words."""
    if "$ref" in shape:
        return _type(schema["$defs"][shape["$ref"].rpartition("/")[2]], schema)
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(_type(one, schema) for one in shape["anyOf"] if one.get("type") != "null"))
    if "enum" in shape:
        return " or ".join(f'`"{word}"`' for word in shape["enum"])
    kind, form = shape.get("type"), shape.get("format", "")
    if kind == "array":
        return f"list of {_type(shape['items'], schema)}"
    if kind == "object" and shape.get("additionalProperties"):
        return f"table of name = {_type(shape['additionalProperties'], schema)}"
    if kind == "object":
        return "table"
    if kind == "string":
        return (
            "network" if form.startswith("ipv") else f"text like `{shape['pattern']}`" if "pattern" in shape else "text"
        )
    return {"integer": "whole number", "number": "number", "boolean": "true or false"}[str(kind)] + _bounds(shape)


def _bounds(shape: dict[str, Any]) -> str:
    low = shape.get("minimum", shape.get("exclusiveMinimum"))
    high = shape.get("maximum", shape.get("exclusiveMaximum"))
    more = "above " if "exclusiveMinimum" in shape else "from "
    words = [f"{more}{low:g}" if low is not None else "", f"to {high:g}" if high is not None else ""]
    return "".join(f" {word}" for word in words if word)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel):
        return "none"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _markdown(text: str) -> str:
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", " ".join(text.split()))
    return text.replace("``", "`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
