"""Endpoints of organization fields and user fields. Source: Zendesk API reference, Organization Fields, User Fields."""

from collections.abc import Callable

from starlette.routing import Route

from zendesk_sync.sandbox.api import paging
from zendesk_sync.sandbox.api.call import Call, Reply, permitted, rule
from zendesk_sync.sandbox.errors import invalid_record, not_found
from zendesk_sync.sandbox.model import organization_fields
from zendesk_sync.sandbox.model.values import text
from zendesk_sync.sandbox.store import Doc

_CREATED = organization_fields.WRITABLE | {"type", "key"}


def _present(call: Call, kind: str, field: Doc) -> Doc:
    return {"url": call.state.url(f"{kind}s/{field['id']}.json"), **field}


def _find(call: Call, kind: str) -> Doc:
    """Return a field by its id or its key."""
    wanted = str(call.path["id"])
    found = (field for field in call.state.store.all(kind) if wanted in {str(field["id"]), field["key"]})
    field = next(found, None)
    if field is None:
        raise not_found()
    return field


def _routes(kind: str) -> list[Route]:
    name, path = kind, f"/api/v2/{kind}s"

    def index(call: Call) -> Reply:
        return Reply(paging.simple(call, f"{kind}s", kind, lambda field: _present(call, kind, field)))

    def show(call: Call) -> Reply:
        return Reply({name: _present(call, kind, _find(call, kind))})

    def create(call: Call) -> Reply:
        given, headers = permitted(call.given(name), _CREATED, name)
        if text(given.get("type", "text")) not in organization_fields.TYPES:
            raise invalid_record("type", "Type: is not valid", "InvalidValue")
        shown = _present(call, kind, organization_fields.create(call.state, given, kind))
        return Reply({name: shown}, 201, {"location": shown["url"], **headers})

    def update(call: Call) -> Reply:
        given, headers = permitted(call.given(name), organization_fields.WRITABLE, name)
        changed = organization_fields.update(call.state, _find(call, kind), given, kind)
        return Reply({name: _present(call, kind, changed)}, 200, headers)

    def delete(call: Call) -> Reply:
        call.state.store.delete(kind, _find(call, kind)["id"])
        return Reply(status=204)

    found: tuple[tuple[str, str, Callable[[Call], Reply]], ...] = (
        ("GET", path, index), ("POST", path, create), ("GET", f"{path}/{{id}}", show),
        ("PUT", f"{path}/{{id}}", update), ("DELETE", f"{path}/{{id}}", delete),
    )  # fmt: skip
    return [rule(method, where, handler, "agent" if method == "GET" else "admin") for method, where, handler in found]


ROUTES = [*_routes(organization_fields.KIND), *_routes(organization_fields.USER_KIND)]
