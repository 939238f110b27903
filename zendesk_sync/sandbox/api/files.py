"""Endpoints of uploads and attachments. Source: Zendesk API reference, Ticketing > Attachments."""

from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zendesk_sync.sandbox.api.call import Call, Reply, rule
from zendesk_sync.sandbox.clock import iso
from zendesk_sync.sandbox.errors import invalid_record, not_found
from zendesk_sync.sandbox.model import attachments
from zendesk_sync.sandbox.state import State

_V2 = "/api/v2"
_PLAIN = "application/octet-stream"


def create(call: Call) -> Reply:
    """`POST /uploads?filename=…`, the file as the body: 201 and a token; `token=` adds to an upload."""
    name = call.query("filename").strip()
    if not name:
        raise invalid_record("filename", "Filename: cannot be blank", "BlankValue")
    if not call.raw or len(call.raw) > attachments.LARGEST:
        raise invalid_record("base", "Attachment: must have 1 byte to 50 MB", "InvalidValue")
    kind = call.request.headers.get("content-type", _PLAIN)
    made = attachments.upload(call.state, call.query("token") or None, name, kind, call.raw)
    if made is None:
        raise not_found()
    upload, file = made
    files = call.state.store.many(attachments.KIND, upload["files"])
    shown = [attachments.present(call.state, one) for one in files]
    body = {
        "token": upload["id"], "attachment": attachments.present(call.state, file), "attachments": shown,
        "expires_at": iso(call.state.clock.now() + timedelta(seconds=attachments.KEPT_SECONDS)),
    }  # fmt: skip
    return Reply({"upload": body}, 201)


def discard(call: Call) -> Reply:
    if not attachments.discard(call.state, call.path["token"]):
        raise not_found()
    return Reply(status=204)


def show(call: Call) -> Reply:
    file = call.state.store.get(attachments.KIND, call.path["id"])
    if file is None:
        raise not_found()
    return Reply({"attachment": attachments.present(call.state, file)})


async def content(request: Request) -> Response:
    """The file itself, by the address with a secret that its attachment shows; a download, never a page."""
    state: State = request.app.state.sandbox
    found = attachments.by_key(state, request.path_params["key"])
    if found is None:
        return Reply({"error": "RecordNotFound", "description": "Not found"}, 404).response()
    headers = {"content-disposition": "attachment", "x-content-type-options": "nosniff"}
    return Response(found[1], media_type=_PLAIN, headers=headers)


ROUTES = [
    rule("POST", f"{_V2}/uploads", create, "user"),
    rule("DELETE", f"{_V2}/uploads/{{token}}", discard, "user"),
    rule("GET", f"{_V2}/attachments/{{id:int}}", show),
    Route("/attachments/token/{key}/", content),
]
