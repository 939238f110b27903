"""Who may do what; what errors look like; what every answer carries."""

import base64
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.sandbox.conftest import Desk


def _grant(desk: Desk, **more: object) -> httpx.Response:
    secrets = {"client_id": desk.sandbox.client_id, "client_secret": desk.sandbox.client_secret}
    return desk.http.post("/oauth/tokens", json={"grant_type": "client_credentials", **secrets, **more})


def test_client_credentials_act_as_the_integration_until_they_expire(desk: Desk) -> None:
    """A token from the client's secret is the integration's admin user; after `expires_in` it is 401."""
    answer = _grant(desk, scope="read write", expires_in=300).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 300)
    headers = desk.bearer(answer["access_token"])
    me = desk.get("users/me", headers=headers)["user"]
    assert (me["id"], me["role"]) == (desk.sandbox.integration_id, "admin")
    desk.advance(301)
    assert desk.call("GET", "users/me", headers=headers, status=401).json()["error"] == "invalid_token"


def test_oauth_takes_forms_and_refuses_a_wrong_secret(desk: Desk) -> None:
    """Form-encoded works like JSON; a wrong secret is 401 `invalid_client`; a strange lifetime is 400."""
    good = {"client_id": desk.sandbox.client_id, "client_secret": desk.sandbox.client_secret}
    form = {"grant_type": "client_credentials", **good}
    assert desk.http.post("/oauth/tokens", data=form).status_code == 201
    wrong = desk.http.post("/oauth/tokens", data={**form, "client_secret": "x"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert "error_description" in wrong.json()
    assert _grant(desk, expires_in=5).status_code == 400
    assert desk.http.post("/oauth/tokens", data={**form, "grant_type": "password"}).status_code == 400


def test_scopes_reach_only_so_far(desk: Desk) -> None:
    """A misspelled scope still yields a token, and every call with it is 403; `read` cannot write."""
    misspelled = desk.bearer(_grant(desk, scope="raed").json()["access_token"])
    desk.call("GET", "tickets", headers=misspelled, status=403)
    reading = desk.bearer(_grant(desk, scope="read").json()["access_token"])
    desk.call("GET", "tickets", headers=reading, status=200)
    desk.call("POST", "tickets", {"ticket": {}}, headers=reading, status=403)


def test_a_revoked_token_is_void(desk: Desk) -> None:
    """`DELETE /oauth/tokens/current` ends the token in use."""
    headers = desk.bearer(_grant(desk).json()["access_token"])
    assert desk.get("oauth/tokens/current", headers=headers)["token"]["user_id"] == desk.sandbox.integration_id
    desk.call("DELETE", "oauth/tokens/current", headers=headers, status=204)
    desk.call("GET", "users/me", headers=headers, status=401)


def test_api_tokens_work_over_basic(desk: Desk) -> None:
    """`email/token:secret` is that user; anything else is 401."""

    def basic(text: str) -> dict[str, str]:
        return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}

    good = basic(f"owner@sandbox.example/token:{desk.sandbox.api_token}")
    assert desk.get("users/me", headers=good)["user"]["id"] == desk.sandbox.owner_id
    for bad in (basic("owner@sandbox.example/token:x"), basic("owner@sandbox.example:x"), {"Authorization": "Basic %"}):
        assert desk.call("GET", "users/me", headers=bad, status=401).json() == {"error": "Couldn't authenticate you"}


def test_nobody_is_somebody_on_me_only(desk: Desk) -> None:
    """Without credentials `/users/me` is 200 with an anonymous user; everything else is 401."""
    user = desk.get("users/me.json", headers={})["user"]
    assert (user["id"], user["role"]) == (None, "end-user")
    assert desk.call("GET", "tickets", headers={}, status=401).json() == {"error": "Couldn't authenticate you"}


@pytest.mark.parametrize("path", ["webhooks", "incremental/tickets/cursor?start_time=0"])
def test_admin_ground_is_closed_to_agents(desk: Desk, path: str) -> None:
    """Agents get the forbidden envelope."""
    agent = desk.acting_as(desk.user(name="A", email="a@a.example", role="agent")["id"])
    assert desk.call("GET", path, headers=agent, status=403).json()["error"]["title"] == "Forbidden"
    desk.call("POST", "ticket_fields", {"ticket_field": {"title": "T"}}, headers=agent, status=403)
    desk.call("GET", "ticket_fields", headers=agent, status=200)


def test_unknown_paths_and_ids(desk: Desk) -> None:
    """An unknown path is InvalidEndpoint, an unknown id RecordNotFound, also one beyond 64 bits."""
    assert desk.call("GET", "nonsense", status=404).json() == {"error": "InvalidEndpoint", "description": "Not found"}
    assert desk.call("PATCH", "tickets", status=404).json()["error"] == "InvalidEndpoint"
    for path in (
        "tickets/9",
        f"users/{10**30}",
        "organizations/1",
        "ticket_fields/1",
        "job_statuses/V3-0",
        "webhooks/x",
    ):
        assert desk.call("GET", path, status=404).json()["error"] == "RecordNotFound"


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b'{"ticket": {"subject": "\\ud800"}}', b'"x"'])
def test_malformed_bodies_are_400(desk: Desk, body: bytes) -> None:
    """What is no JSON object is refused, never a server fault."""
    headers = {**desk.admin, "Content-Type": "application/json"}
    assert desk.http.post("/api/v2/tickets", content=body, headers=headers).status_code == 400


def test_every_answer_carries_limits_date_and_request_id(desk: Desk) -> None:
    """The counting headers go down by one, and `Date` is the sandbox's clock, not the machine's."""
    desk.advance(86_400)
    first, second = desk.call("GET", "tickets"), desk.call("GET", "nonsense")
    assert first.headers["x-rate-limit"] == "700"
    assert int(first.headers["x-rate-limit-remaining"]) - int(second.headers["x-rate-limit-remaining"]) == 1
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["etag"].startswith('W/"')
    assert first.headers["etag"] == desk.call("GET", "tickets").headers["etag"]
    assert (parsedate_to_datetime(first.headers["date"]) - datetime.now(UTC)).total_seconds() > 80_000
    assert len(first.headers.get_list("date")) == 1


def test_both_pagination_styles(desk: Desk) -> None:
    """`page[size]` chooses cursors, otherwise pages are counted; links lead on; depth is limited."""
    numbers = [desk.ticket()["id"] for _ in range(5)]
    seen, body = [], desk.get("tickets?page[size]=2&sort=-id")
    while True:
        seen += [ticket["id"] for ticket in body["tickets"]]
        if not body["meta"]["has_more"]:
            break
        body = desk.call("GET", body["links"]["next"], status=200).json()
    assert seen == numbers[::-1]
    assert body["links"]["prev"]
    first = desk.get("tickets?per_page=2&sort_by=id&sort_order=desc")
    assert (first["count"], first["previous_page"]) == (5, None)
    second = desk.call("GET", first["next_page"], status=200).json()
    assert [ticket["id"] for ticket in second["tickets"]] == numbers[::-1][2:4]
    refused = desk.call("GET", "tickets?page=101&per_page=100", status=400).json()
    assert refused["errors"][0]["code"] == "InvalidPaginationDepth"
    assert desk.call("GET", "tickets?page[size]=2&sort=subject", status=400).json()["errors"][0]["code"]
    desk.call("GET", "tickets?page[size]=101", status=400)
    desk.call("GET", "tickets?page[size]=1&page[after]=%25", status=400)


def test_a_cursor_survives_the_deletion_of_its_row(desk: Desk) -> None:
    """The walk goes on behind the place where the row stood."""
    numbers = [desk.ticket()["id"] for _ in range(4)]
    body = desk.get("tickets?page[size]=2")
    desk.call("DELETE", f"tickets/{numbers[1]}", status=204)
    rest = desk.call("GET", body["links"]["next"], status=200).json()
    assert [ticket["id"] for ticket in rest["tickets"]] == numbers[2:]
