"""What each answer to the test request means, where the local Zendesk cannot be made to give it."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest
import respx

from webhooks.signature import sign, verify
from zendesk_sync.doctor.checks import Check, Mark
from zendesk_sync.doctor.roundtrip import round_trip
from zendesk_sync.zendesk.auth import Bearer
from zendesk_sync.zendesk.client import open_client
from zendesk_sync.zendesk.configuration import Webhook

URL, SYNC = "http://127.0.0.1:9", "https://sync.example.com/webhooks/zendesk/acme"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
WEBHOOK = Webhook(id="01F", name="ours", endpoint=SYNC)
BELIEVED = httpx.Response(400, json={"status": "not a hint"})
REFUSED = httpx.Response(401, json={"status": "unauthorized"})
NOBODY = httpx.ConnectError("no route")


def looked(mock: respx.MockRouter, zendesk: httpx.Response, here: httpx.Response | Exception, **how: bool) -> Check:
    mock.post(f"{URL}/api/v2/webhooks/test").mock(return_value=zendesk)
    route = mock.post(SYNC)
    route.side_effect = here if isinstance(here, Exception) else [here]
    with open_client(URL, Bearer("t"), sleep=lambda _s: None) as client:
        known = {"agreed": True, "running": True} | how
        return round_trip(client, WEBHOOK, "s3cret", sign=sign, now=lambda: NOW, **known)


def told(status: int, payload: str, name: str = "status") -> httpx.Response:
    return httpx.Response(200, json={"response": {name: status, "headers": [], "payload": payload}})


@pytest.mark.parametrize(
    ("zendesk", "here", "how", "mark", "says"),
    [
        (told(400, '{"status": "not a hint"}', "status_code"), NOBODY, {}, Mark.OK, "Zendesk sent"),
        (told(0, "Timeout"), BELIEVED, {}, Mark.FAIL, "Zendesk does not reach"),
        (told(0, "Timeout"), NOBODY, {"running": False}, Mark.WARN, "nobody answered (Timeout)"),
        (told(401, "{}"), BELIEVED, {}, Mark.WARN, "believed one that was signed here"),
        (told(401, "{}"), BELIEVED, {"agreed": False}, Mark.FAIL, "refused the signature"),
        (told(401, "{}"), REFUSED, {}, Mark.FAIL, "refused the signature"),
        (told(503, '{"status": "unavailable"}'), NOBODY, {}, Mark.FAIL, "cannot store hints"),
        (told(503, "<html>"), NOBODY, {}, Mark.FAIL, "nobody answered (503)"),
        (told(400, "<html>\x1b[2J Bad Request"), NOBODY, {}, Mark.FAIL, "something else"),
        (httpx.Response(403, json={"error": "Forbidden"}), BELIEVED, {}, Mark.WARN, "whether it finds the way is not"),
        (httpx.Response(404), NOBODY, {}, Mark.FAIL, "this machine sent"),
    ],
)
def test_each_answer_has_its_meaning(
    zendesk: httpx.Response, here: httpx.Response | Exception, how: dict[str, bool], mark: Mark, says: str
) -> None:
    """Who sent it, what came back, and the secret in no line."""
    with respx.mock(assert_all_called=False) as mock:
        found = looked(mock, zendesk, here, **how)
    assert (found.mark, says in found.detail) == (mark, True), found.detail
    assert "s3cret" not in str(found)


def test_what_is_sent_from_here_is_signed_as_zendesk_signs() -> None:
    """The door's own verification believes it."""
    with respx.mock() as mock:
        looked(mock, httpx.Response(404), BELIEVED)
        sent = mock.calls[-1].request
    stamp = sent.headers["X-Zendesk-Webhook-Signature-Timestamp"]
    given = sent.headers["X-Zendesk-Webhook-Signature"]
    assert verify(["s3cret"], given, stamp, sent.content, now=NOW, tolerance_s=1).value == "genuine"
