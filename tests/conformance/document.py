"""Zendesk's own OpenAPI document: finds operations, and says how a request or an answer differs from it.

The document is reference material which this project does not ship. It is looked for in
`shared/zendesk-openapi/` of the folders above, or where the environment variable `ZENDESK_OPENAPI` says.
"""

import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema import ValidationError
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

Doc = dict[str, Any]
PLACE = Path(os.environ.get("ZENDESK_OPENAPI") or "shared/zendesk-openapi/support-oas.yaml")
_BASE = "urn:zendesk"
_METHODS = frozenset({"get", "put", "post", "patch", "delete"})


def find() -> Path | None:
    """Return the document's place; a relative one is looked for from the project's root upwards."""
    root = Path(__file__).parents[2]
    return next((place for base in (root, *root.parents) if (place := base / PLACE).is_file()), None)


class _Loader(yaml.CSafeLoader):
    """Takes the bare `=`, an operator in the document, for a text; plain YAML 1.1 has a type of its own for it."""


def _as_text(loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:value", _as_text)


@functools.cache
def load(path: Path) -> "Document":
    with path.open(encoding="utf-8") as file:
        return Document(yaml.load(file, Loader=_Loader))


def shape(path: str) -> str:
    """Return a path with its parameters unnamed, so that `{id:int}` and `{ticket_id}` are the same."""
    return re.sub(r"\{[^}]*\}", "{}", path.removesuffix(".json"))


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: its query parameters, and the schemas of its body and answers (`None`: none is given)."""

    query: frozenset[str]
    body: Doc | None
    answers: dict[int, Doc | None]


class Document:
    """The parsed document."""

    def __init__(self, raw: Doc) -> None:
        self._raw = raw
        self._operations = {
            f"{method.upper()} {shape(path)}": (item, item[method])
            for path, item in raw["paths"].items()
            for method in _METHODS & item.keys()
        }
        resource = DRAFT4.create_resource(raw)
        self._registry: Registry[Any] = Registry().with_resource(_BASE, resource)

    def operation(self, route: str) -> Operation | None:
        """Return what the document says about `METHOD /path`; None when it says nothing."""
        found = self._operations.get(shape(route))
        if found is None:
            return None
        item, said = found
        parameters = [self._resolved(one) for one in [*item.get("parameters", []), *said.get("parameters", [])]]
        query = frozenset(one["name"] for one in parameters if one["in"] in {"query", "path"})
        body = self._resolved(said.get("requestBody", {}))
        answers = {
            int(status): _schema(self._resolved(answer))
            for status, answer in said["responses"].items()
            if status.isdigit()
        }
        return Operation(query, _schema(body), answers)

    def faults(self, schema: Doc, value: Any) -> Iterator[tuple[str, str]]:
        """Yield (`null /place` or `body /place`, what is wrong) wherever the value is not what the schema allows."""
        validator = OAS30Validator(_absolute(schema), registry=self._registry)
        for fault in validator.iter_errors(value):
            for deepest in _deepest(fault):
                kind = "null" if deepest.instance is None else "body"
                yield f"{kind} /{'/'.join(map(str, deepest.absolute_path))}", deepest.message[:200]

    def _resolved(self, node: Doc) -> Doc:
        while "$ref" in node:
            found: Any = self._raw
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            node = found
        return node


def _deepest(fault: ValidationError) -> Iterator[ValidationError]:
    """Yield, where one of several schemas should fit and none does, what is wrong with the one that fits best."""
    branches: dict[Any, list[ValidationError]] = {}
    for cause in fault.context or ():
        branches.setdefault(cause.schema_path[0], []).append(cause)
    deeper = [one for one in branches.values() if any(cause.absolute_path != fault.absolute_path for cause in one)]
    if not deeper:
        yield fault
        return
    for cause in min(deeper, key=len):
        yield from _deepest(cause)


def _schema(content: Doc) -> Doc | None:
    """Return the schema of a body; what the document calls an "empty response" has none."""
    schema: Doc | None = content.get("content", {}).get("application/json", {}).get("schema")
    return None if schema and schema.get("example") == "" else schema


def _absolute(node: Any) -> Any:
    """Return a schema whose references lead into the whole document."""
    if isinstance(node, dict):
        return {
            key: f"{_BASE}{value}" if key == "$ref" and isinstance(value, str) else _absolute(value)
            for key, value in node.items()
        }
    return [_absolute(item) for item in node] if isinstance(node, list) else node
