"""Zendesk's error bodies, of every kind, as one line for a person and one exception for the program."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import respx

from zendesk_sync.errors import (
    AccessDenied,
    Conflict,
    CredentialsRejected,
    NotFound,
    RequestRejected,
    UnexpectedAnswer,
    ZendeskError,
)
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.refusals import explain

CLOSED = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
}
PLAN = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"base": [{"description": "Plan: is required", "error": "BlankValue", "ticket_field_id": 3}]},
}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"error": "RecordNotFound", "description": "Not found"}, "RecordNotFound: Not found"),
        (CLOSED, "RecordInvalid: Record validation errors; status: Status: closed prevents ticket update"),
        (PLAN, "RecordInvalid: Record validation errors; Plan: is required: BlankValue"),
        ({"error": {"title": "Forbidden", "message": "You do not have access."}}, "Forbidden: You do not have access."),
        ({"errors": [{"code": "InvalidX", "title": "Name", "detail": "blank"}]}, "InvalidX: Name: blank"),
        ({"error": "Couldn't authenticate you"}, "Couldn't authenticate you"),
        ({"error": "invalid_token", "error_description": "expired"}, "invalid_token: expired"),
        ({"description": "Something"}, "Something"),
        ({"errors": "odd", "details": [1], "error": 7}, ""),
        ([{"error": "list"}], '[{"error":"list"}]'),
        ("Requested response size\n was greater", "Requested response size was greater"),
        ("<!DOCTYPE html><html>ticket text</html>", ""),
        ("  <html>", ""),
        ("", ""),
        (b"\xff\xfe\x00", "�� "),
    ],
)
def test_every_envelope_reads_as_one_line(body: Any, line: str) -> None:
    """All five envelopes, text, HTML and rubbish: a readable line or none, never an exception."""
    content = (
        body
        if isinstance(body, bytes)
        else body.encode()
        if isinstance(body, str)
        else httpx.Response(200, json=body).content
    )
    assert explain(content) == line.strip()


def test_a_long_error_is_cut() -> None:
    """An endless text does not flood the log."""
    assert len(explain(b"x" * 100_000)) == 400


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (
            400,
            {"error": "TooManyValues", "description": "100"},
            RequestRejected,
            "PUT /api/v2/x: 400, TooManyValues: 100",
        ),
        (401, {"error": "Couldn't authenticate you"}, CredentialsRejected, "check that the client secret"),
        (
            403,
            {"error": {"title": "Forbidden", "message": "No."}},
            AccessDenied,
            "Forbidden: No.; the role of the user",
        ),
        (404, {"error": "RecordNotFound", "description": "Not found"}, NotFound, "404, RecordNotFound: Not found"),
        (409, {"error": "UpdateConflict", "description": "Safe Update"}, Conflict, "UpdateConflict"),
        (413, None, RequestRejected, "413"),
        (422, CLOSED, RequestRejected, "closed prevents ticket update"),
        (304, None, UnexpectedAnswer, "304"),
        (199, None, UnexpectedAnswer, "199"),
    ],
)
def test_status_becomes_an_exception(
    client: Client, router: respx.MockRouter, status: int, body: Any, error: type[ZendeskError], says: str
) -> None:
    """Each status is its own exception with the status, the request id and Zendesk's words."""
    answer = httpx.Response(status, json=body, headers={"x-request-id": "r1"})
    route = router.put("/api/v2/x").mock(return_value=answer)
    with pytest.raises(ZendeskError) as caught:
        client.request("PUT", "/api/v2/x", json={})
    assert type(caught.value) is error
    assert says in str(caught.value)
    assert (caught.value.status, caught.value.request_id, route.call_count) == (status, "r1", 1)


def test_an_account_that_does_not_exist(client: Client, router: respx.MockRouter) -> None:
    """A 404 page instead of an API answer asks whether the address is right."""
    router.get("/api/v2/x").mock(return_value=httpx.Response(404, html="<html>No help desk here</html>"))
    with pytest.raises(NotFound, match=r"is there a Zendesk account at https://acme\.zendesk\.com\?"):
        client.request("GET", "/api/v2/x")


@pytest.mark.parametrize("body", [b"<html>Maintenance</html>", b"\xff", b"", b"[" * 5000, b'{"a": '])
def test_a_success_that_is_not_json(client: Client, router: respx.MockRouter, body: bytes) -> None:
    """200 with anything but JSON is an unexpected answer; an empty body is only accepted where none is needed."""
    router.get("/api/v2/x").mock(return_value=httpx.Response(200, content=body))
    with pytest.raises(UnexpectedAnswer, match="GET /api/v2/x: the answer is not JSON"):
        client.call(dict, "GET", "/api/v2/x")


def test_a_broken_coding(client: Client, router: respx.MockRouter) -> None:
    """A body that cannot be unpacked is an unexpected answer, not a crash."""
    router.get("/api/v2/x").mock(side_effect=lambda _: raw(b"not gzip"))
    with pytest.raises(UnexpectedAnswer, match="coding"):
        client.request("GET", "/api/v2/x")


def raw(body: bytes) -> httpx.Response:
    """A response whose coding is only undone by the reader."""
    return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(body))


def test_no_body_is_none(client: Client, router: respx.MockRouter) -> None:
    """204 decodes to None."""
    router.delete("/api/v2/x").mock(return_value=httpx.Response(204))
    assert client.request("DELETE", "/api/v2/x") is None
