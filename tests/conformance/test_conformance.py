"""Every endpoint of the sandbox against Zendesk's own OpenAPI document: path, method, parameters, status, bodies.

Each route of the application is driven with real requests over a socket; a route without one fails.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from starlette.routing import Route

from tests.conformance import document
from tests.conformance.calls import CALLS, Ask
from tests.conformance.document import Document, Operation
from tests.conformance.exceptions import EXCEPTIONS, Difference
from tests.conformance.world import World
from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import FAST, Clock, Sandbox
from zendesk_sync.sandbox.account import open_account
from zendesk_sync.sandbox.app import create_app

PLACE = document.find()
OWN = ("/sandbox/", "/agent")
"""What no Zendesk has; `/` only leads to the agent page."""


def _routes() -> list[str]:
    state = open_account()
    found = [route for route in create_app(state).routes if isinstance(route, Route)]
    state.store.close()
    names = [f"{method} {route.path}" for route in found for method in sorted((route.methods or set()) - {"HEAD"})]
    return [name for name in names if not name.split()[1].startswith(OWN) and name != "GET /"]


ROUTES = _routes()


@pytest.fixture(scope="module")
def oas() -> Document:
    if PLACE is None:
        told = "Zendesk's OpenAPI document is not shipped; ZENDESK_OPENAPI names another place"
        pytest.skip(f"{document.PLACE} is neither here nor in a folder above: {told}")
    return document.load(PLACE)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Sandbox(clock=Clock(frozen=True), pace=FAST) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            made = World(desk)
            assert made["ticket"]
            desk.advance(120)
            yield made


def test_every_route_has_a_call() -> None:
    """A new endpoint needs one here, and an endpoint that is gone none."""
    assert sorted(CALLS) == sorted(ROUTES)


@pytest.fixture(scope="module")
def differences(oas: Document, world: World) -> dict[str, dict[str, str]]:
    """By route: what differs, and how."""
    found: dict[str, dict[str, str]] = {}
    for route in ROUTES:
        operation = oas.operation(route)
        found[route] = {} if operation else {"path": "the document has no such path and method"}
        for ask in CALLS.get(route, []):
            found[route] |= _differences(oas, operation, world, route, ask)
    return found


@pytest.mark.parametrize("route", ROUTES)
def test_the_document_agrees(differences: dict[str, dict[str, str]], route: str) -> None:
    """With the path and method, each query parameter, what is sent, the status and the answer."""
    unexplained = [
        f"{what}: {text}"
        for what, text in differences[route].items()
        if not any(one.covers(route, what) for one in EXCEPTIONS)
    ]
    assert not unexplained, "\n".join(unexplained)


@pytest.mark.parametrize("exception", EXCEPTIONS, ids=lambda one: f"{one.route} {one.what}")
def test_no_exception_outlives_its_difference(differences: dict[str, dict[str, str]], exception: Difference) -> None:
    """Each is about something that is found."""
    assert any(exception.covers(route, what) for route, found in differences.items() for what in found)


def _pattern(what: str) -> str:
    """Return a difference without the place in a list, as the same one comes for every row."""
    return re.sub(r"/\d+(?=/|$)", "/*", what)


def _differences(oas: Document, operation: Operation | None, world: World, route: str, ask: Ask) -> dict[str, str]:
    """Send one request; return what is not as the document says, by what it is about."""
    ids = _Ids(world)
    path, query = ask.path.format_map(ids), ask.query.format_map(ids)
    body = ask.body(world) if ask.body else None
    headers = world.desk.acting_as(world["owner"])
    answer = world.desk.call(route.split(maxsplit=1)[0], f"{path}?{query}" if query else path, body, headers=headers)
    assert answer.status_code == ask.status, answer.text
    if operation is None:
        return {}
    found: dict[str, str] = {}
    for name, _ in parse_qsl(query):
        if not {name, name.split("[")[0]} & operation.query:
            found[f"query {name}"] = f"not among {sorted(operation.query)}"
    if ask.status not in operation.answers:
        found[f"status {ask.status}"] = f"not among {sorted(operation.answers)}"
    if operation.body and body is not None:
        found |= {f"sent {place.split()[1]}": text for place, text in oas.faults(operation.body, body)}
    schema = operation.answers.get(ask.status) or next(iter(operation.answers.values()), None)
    if answer.content and schema:
        found |= {_pattern(place): text for place, text in oas.faults(schema, answer.json())}
    elif bool(answer.content) != bool(schema):
        found["body /"] = f"{len(answer.content)} bytes answered, schema {schema}"
    return found


class _Ids(dict[str, object]):
    """Names in a path -> ids of the world."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def __missing__(self, name: str) -> object:
        return self._world[name]
