"""What traces and logs may know of a request to Zendesk: its shape and its fate, and nothing that anybody wrote."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st

from tests.tracing.collector import Kept, kept
from tests.zendesk.stack import TOKEN, URL, ticket
from zendesk_sync.errors import AnswerLost, RateLimited, ZendeskError, told
from zendesk_sync.zendesk.attempts import template
from zendesk_sync.zendesk.auth import Bearer
from zendesk_sync.zendesk.client import Client, open_client
from zendesk_sync.zendesk.refusals import refusal
from zendesk_sync.zendesk.tickets import Tickets

ONE = "/api/v2/tickets/33"
CANARY = "kanarienvogel"
TEXT = st.text().map(lambda text: f"{text}{CANARY}{text}")


@pytest.fixture
def spans() -> Iterator[Kept]:
    with kept() as found:
        yield found


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/v2/tickets/33", "/api/v2/tickets/{id}"),
        ("/api/v2/tickets/33/comments.json", "/api/v2/tickets/{id}/comments.json"),
        ("/api/v2/incremental/tickets/cursor", "/api/v2/incremental/tickets/cursor"),
        ("/api/v2/job_statuses/8b726e606741012ffc2d782bcb7848fe", "/api/v2/job_statuses/{id}"),
        ("/api/v2/webhooks/01F1KRFQ6BG29CNWFR60NK5FNY/signing_secret", "/api/v2/webhooks/{id}/signing_secret"),
        ("/oauth/tokens", "/oauth/tokens"),
        ("/Some Body's Path/x%20y", "/{id}/{id}"),
    ],
)
def test_a_span_is_named_by_the_shape_of_its_path(path: str, shape: str) -> None:
    assert template(path) == shape


def test_each_attempt_has_a_span_that_says_why_there_was_another(
    tickets: Tickets, router: respx.MockRouter, spans: Kept, waits: list[float]
) -> None:
    """A 429 with a wait, a connection that was never made, an answer: three spans, numbered, with their waits."""
    answers: list[httpx.Response | Exception | type[Exception]] = [
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.ConnectError("no route"),
        httpx.Response(200, json={"ticket": ticket()}),
    ]
    router.get(ONE).mock(side_effect=answers)
    tickets.show(33)
    said = [dict(one.attributes or {}) for one in spans.named("GET /api/v2/tickets/{id}")]
    assert [one.get("http.response.status_code") for one in said] == [429, None, 200]
    assert [one.get("error.type") for one in said] == ["429", "ConnectError", None]
    assert [one.get("http.request.resend_count") for one in said] == [None, 1, 2]
    assert [one.get("zendesk_sync.retry_wait_s") for one in said] == [None, 7.0, pytest.approx(waits[-1])]
    assert {one["server.address"] for one in said} == {"acme.zendesk.com"}
    assert {one["server.port"] for one in said} == {443}
    assert TOKEN not in "".join(one.to_json() for one in spans.spans)
    words = [value for one in said for value in one.values() if isinstance(value, str)]
    assert "33" not in "".join(words + [one.name for one in spans.spans])


def test_what_was_never_sent_has_no_span(client: Client, router: respx.MockRouter, spans: Kept) -> None:
    router.get(ONE).respond(429, headers={"Retry-After": "4000"})
    for _ in range(2):
        with pytest.raises(RateLimited):
            client.request("GET", ONE)
    assert len(spans.spans) == 1


@given(
    status=st.sampled_from([302, 400, 401, 403, 404, 409, 413, 422, 429, 500, 503]),
    body=st.one_of(
        st.fixed_dictionaries({"error": TEXT, "description": TEXT}),
        st.fixed_dictionaries({"error": st.fixed_dictionaries({"title": TEXT, "message": TEXT})}),
        st.fixed_dictionaries({"errors": st.lists(st.fixed_dictionaries({"code": TEXT, "detail": TEXT}), min_size=1)}),
        st.fixed_dictionaries({"details": st.dictionaries(TEXT, st.lists(st.fixed_dictionaries({"error": TEXT})))}),
        TEXT,
    ),
    write=st.booleans(),
)
def test_no_refusal_puts_zendesks_words_into_a_log(status: int, body: object, *, write: bool) -> None:
    """In every envelope: the message for people may quote them, the one for logs never does."""
    request = httpx.Request("PUT", URL + ONE)
    answer = httpx.Response(status, json=body, request=request)
    error = refusal(answer, write=write)
    assert CANARY not in told(error)
    assert str(status) in told(error)


@pytest.mark.parametrize("line", [f"HTTP/1.1 {CANARY}", CANARY, f"HTTP/1.1 200 OK\r\n{CANARY} : x"])
def test_an_answer_that_is_no_http_is_not_quoted_either(line: str) -> None:
    """The HTTP library shows the line that it could not read; the log gets the kind of fault alone."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            for _ in range(2):
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(f"{line}\r\n\r\n".encode())

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        transport = httpx.HTTPTransport(verify=False)
        with open_client(f"http://127.0.0.1:{port}", Bearer(TOKEN), transport=transport, attempts=1) as client:
            for method, kind in (("GET", ZendeskError), ("PUT", AnswerLost)):
                with pytest.raises(kind) as caught:
                    client.request(method, ONE, json={"x": 1})
                assert CANARY not in told(caught.value)
        thread.join()
