"""One request as the endpoints see it, and the table row that leads to an endpoint."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl
from zlib import crc32

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zendesk_sync.sandbox.errors import (
    Refused,
    forbidden,
    invalid_record,
    malformed_json,
    too_many_values,
    unauthenticated,
)
from zendesk_sync.sandbox.model.values import whole_number
from zendesk_sync.sandbox.state import State
from zendesk_sync.sandbox.store import Doc

Needs = Literal["nobody", "user", "agent", "admin"]
_RANK = {"nobody": 0, "end-user": 1, "user": 1, "agent": 2, "admin": 3}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answers."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        if self.body is None:
            return Response(status_code=self.status, headers=self.headers)
        content = msgspec.json.encode(self.body)
        headers = {**self.headers, "content-type": "application/json; charset=utf-8"}
        if self.status in {200, 201}:
            headers["etag"] = f'W/"{crc32(content):08x}{len(content):x}"'
        return Response(content, self.status, headers)


@dataclass(slots=True)
class Call:
    """A request with its body read. `actor` is who calls; None is nobody."""

    state: State
    request: Request
    raw: bytes
    actor: Doc | None

    @property
    def me(self) -> Doc:
        """Return the acting user of a call that needs one."""
        if self.actor is None:
            raise unauthenticated()
        return self.actor

    @property
    def path(self) -> dict[str, Any]:
        return self.request.path_params

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)

    def asks(self, name: str) -> bool:
        """Whether a truth value in the query is set."""
        return self.query(name).lower() in {"true", "1"}

    def words(self, name: str) -> list[str]:
        """Return a comma-separated query parameter as a list."""
        return [word.strip() for word in self.query(name).split(",") if word.strip()]

    def listed(self, name: str, limit: int = 100) -> list[str]:
        """Return a bulk list, which may not be longer than `limit`."""
        values = self.words(name)
        if len(values) > limit:
            raise too_many_values(limit)
        return values

    def ids(self, name: str = "ids", limit: int = 100) -> list[int]:
        """Return a bulk list of numeric ids; what is no number names nothing."""
        read = (whole_number(value) for value in self.listed(name, limit))
        return [number for number in read if number is not None]

    def number(self, name: str) -> int | None:
        """Return a number in the query; None for anything else."""
        return whole_number(self.query(name))

    def json(self) -> Doc:
        """Return the body as an object; an empty body is an empty object."""
        if not self.raw.strip():
            return {}
        try:
            body = msgspec.json.decode(self.raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise malformed_json() from None
        if not isinstance(body, dict):
            raise malformed_json()
        return body

    def form(self) -> Doc:
        """Return a body that may be JSON or form-encoded."""
        if "json" in self.request.headers.get("content-type", ""):
            return self.json()
        return dict(parse_qsl(self.raw.decode(errors="replace")))

    def given(self, name: str) -> Doc:
        """Return the object wrapped as `{name: {…}}`."""
        value = self.json().get(name)
        if not isinstance(value, dict):
            raise invalid_record("base", f"Parameter {name} is required", "BlankValue")
        return value


Handler = Callable[[Call], Reply] | Callable[[Call], Awaitable[Reply]]


def permitted(
    given: Doc, allowed: Iterable[str], name: str, parts: Mapping[str, Iterable[str]] | None = None
) -> tuple[Doc, dict[str, str]]:
    """Drop unknown keys without an error, as Zendesk does; return the rest and the header that tells of them.

    `parts` says what the objects inside may have: `{"comment": {"body", "public"}}`.
    """
    known = set(allowed)
    kept = {key: value for key, value in given.items() if key in known}
    dropped = {f"{name}.{key}" for key in given.keys() - known}
    for part, keys in (parts or {}).items():
        if isinstance(inner := kept.get(part), dict):
            kept[part] = {key: value for key, value in inner.items() if key in keys}
            dropped |= {f"{name}.{part}.{key}" for key in inner.keys() - kept[part].keys()}
    listed = ", ".join(f'"{key}"' for key in sorted(dropped))
    text = f"{{:allowed_parameters=>{{:controller=>[], :unpermitted_keys=>[{listed}]}}}}"
    return kept, {"x-zendesk-api-warn": text.encode("ascii", "replace").decode()} if dropped else {}


def rule(method: str, path: str, handler: Handler, needs: Needs = "agent") -> Route:
    """Return the route to `handler`; a synchronous handler runs in one transaction."""

    async def endpoint(request: Request) -> Response:
        state: State = request.app.state.sandbox
        call = Call(state, request, await request.body(), request.scope["actor"])
        try:
            check(call, needs)
            with state.store.transaction():
                answer = handler(call)
            reply = answer if isinstance(answer, Reply) else await answer
        except Refused as refused:
            reply = Reply(refused.body, refused.status, refused.headers)
        return reply.response()

    return Route(path, endpoint, methods=[method])


def check(call: Call, needs: Needs) -> None:
    """Refuse whoever may not do this."""
    if needs == "nobody":
        return
    if call.actor is None:
        raise unauthenticated()
    if _RANK[call.actor["role"]] < _RANK[needs]:
        raise forbidden()
