"""What is repeated, what is not, and how long anybody waits."""

from __future__ import annotations

import httpx
import pytest
import respx
import structlog

from tests.zendesk.stack import STAMP, TOKEN, URL, ticket
from zendesk_sync.errors import AnswerLost, RateLimited, UnexpectedAnswer, ZendeskUnavailable, ZendeskUnreachable
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.auth import Bearer
from zendesk_sync.zendesk.client import Client
from zendesk_sync.zendesk.tickets import Tickets
from zendesk_sync.zendesk.transport import retry_after

ONE = "/api/v2/tickets/33"
NOTE = {"comment": {"body": "A note", "public": False}}
OK = httpx.Response(200, json={"ticket": ticket()})


def test_a_note_whose_answer_was_lost_is_sent_once(tickets: Tickets, router: respx.MockRouter) -> None:
    """A PUT with a note and a read timeout is exactly one call, and says that it may have been applied."""
    route = router.put(ONE).mock(side_effect=httpx.ReadTimeout)
    with pytest.raises(AnswerLost, match="may or may not"):
        tickets.update(33, NOTE, stamp=STAMP)
    assert route.call_count == 1


@pytest.mark.parametrize("fault", [httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError, httpx.WriteTimeout])
def test_any_break_after_sending_is_an_answer_lost(
    tickets: Tickets, router: respx.MockRouter, fault: type[httpx.TransportError]
) -> None:
    """However the connection breaks once a job may be out, the job is not sent twice."""
    route = router.put("/api/v2/tickets/update_many").mock(side_effect=fault)
    with pytest.raises(AnswerLost):
        tickets.update_many([{"id": 33, **NOTE}])
    assert route.call_count == 1


def test_a_write_that_was_never_sent_is_sent_again(
    tickets: Tickets, router: respx.MockRouter, waits: list[float]
) -> None:
    """A refused connection is repeated for a PUT too: nothing went out."""
    route = router.put(ONE).mock(side_effect=[httpx.ConnectError, OK])
    tickets.update(33, NOTE, stamp=STAMP)
    assert route.call_count == 2
    assert len(waits) == 1


def test_nobody_there(tickets: Tickets, router: respx.MockRouter) -> None:
    """When no connection can be made at all, that is said after four attempts."""
    route = router.put(ONE).mock(side_effect=httpx.ConnectError("Name or service not known"))
    with pytest.raises(ZendeskUnreachable, match=r"cannot reach https://acme\.zendesk\.com: Name or service"):
        tickets.update(33, NOTE, stamp=STAMP)
    assert route.call_count == 4


def test_429_waits_exactly_what_is_asked(tickets: Tickets, router: respx.MockRouter, waits: list[float]) -> None:
    """A 429 is repeated for a write as well, after exactly Retry-After seconds."""
    router.put(ONE).mock(side_effect=[httpx.Response(429, headers={"Retry-After": "7"}), OK])
    tickets.update(33, NOTE, stamp=STAMP)
    assert waits == [7.0]


def test_a_long_wait_is_handed_up_at_once(tickets: Tickets, router: respx.MockRouter, waits: list[float]) -> None:
    """Retry-After 600 does not hold the thread: RateLimited(600), no sleep."""
    headers = {"Retry-After": "600", "x-request-id": "abc"}
    route = router.get(ONE).mock(return_value=httpx.Response(429, headers=headers, text="slow down"))
    with pytest.raises(RateLimited) as caught:
        tickets.show(33)
    assert (caught.value.retry_after, caught.value.request_id) == (600.0, "abc")
    assert (route.call_count, waits) == (1, [])


def test_waits_add_up(tickets: Tickets, router: respx.MockRouter, waits: list[float]) -> None:
    """All waits of one call together last no longer than twice the patience."""
    router.get(ONE).mock(return_value=httpx.Response(429, headers={"Retry-After": "25"}))
    with pytest.raises(RateLimited):
        tickets.show(33)
    assert waits == [25.0, 25.0]


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "1e99"}, 86_400.0),
        ({"retry-after": "inf"}, 86_400.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
        ({"retry-after": "Thu, 05 Feb 2026 10:00:30 GMT", "date": "Thu, 05 Feb 2026 10:00:00 GMT"}, 30.0),
        ({"retry-after": "Thu, 05 Feb 2026 10:00:30 GMT"}, None),
        ({"retry-after": "Thu, 05 Feb 2026 10:00:30 GMT", "date": "yesterday"}, None),
    ],
)
def test_retry_after_in_any_dress(headers: dict[str, str], wait: float | None) -> None:
    """Numbers, dates and rubbish give a wait within a day, or none; never an exception."""
    assert retry_after(httpx.Headers(headers)) == wait


def test_429_without_a_wait_backs_off_and_gives_up(
    tickets: Tickets, router: respx.MockRouter, waits: list[float]
) -> None:
    """Without a usable Retry-After there are four attempts, and then a wait of ten seconds is proposed."""
    route = router.get(ONE).mock(return_value=httpx.Response(429, headers={"Retry-After": "0"}))
    with pytest.raises(RateLimited) as caught:
        tickets.show(33)
    assert route.call_count == 4
    assert len(waits) == 3
    assert caught.value.retry_after == 0.0


def test_reading_survives_a_bad_gateway(tickets: Tickets, router: respx.MockRouter) -> None:
    """A GET that met an HTML 502 is repeated."""
    html = httpx.Response(502, html="<html>Bad gateway</html>")
    route = router.get(ONE).mock(side_effect=[html, httpx.ReadTimeout, OK])
    assert tickets.show(33).tickets[0].id == 33
    assert route.call_count == 3


def test_reading_gives_up(tickets: Tickets, router: respx.MockRouter) -> None:
    """Four 503 in a row are Zendesk's trouble; four lost answers are no connection. Neither is "may be applied"."""
    router.get(ONE).mock(return_value=httpx.Response(503))
    with pytest.raises(ZendeskUnavailable):
        tickets.show(33)
    router.get(ONE).mock(side_effect=httpx.ReadTimeout)
    with pytest.raises(ZendeskUnreachable):
        tickets.show(33)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_write_that_met_a_5xx_is_not_repeated(tickets: Tickets, router: respx.MockRouter, status: int) -> None:
    """A 5xx on a PUT is one call, and it may have been applied."""
    route = router.put(ONE).mock(return_value=httpx.Response(status, html="<html>Oops</html>"))
    with pytest.raises(AnswerLost) as caught:
        tickets.update(33, NOTE, stamp=STAMP)
    assert (route.call_count, caught.value.status) == (1, status)
    assert "Oops" not in str(caught.value)


def test_a_write_that_was_turned_away(tickets: Tickets, router: respx.MockRouter) -> None:
    """503 with Retry-After is turned away before it was done, so it is not an answer lost."""
    route = router.put(ONE).mock(return_value=httpx.Response(503, headers={"Retry-After": "30"}))
    with pytest.raises(ZendeskUnavailable):
        tickets.update(33, NOTE, stamp=STAMP)
    assert route.call_count == 1


def test_a_write_marked_repeatable_is_repeated(client: Client, router: respx.MockRouter) -> None:
    """What the caller calls harmless to do twice is done again."""
    route = router.put("/api/v2/tickets/33/tags").mock(side_effect=[httpx.ReadTimeout, httpx.Response(200, json={})])
    client.request("PUT", "/api/v2/tickets/33/tags", json={"tags": []}, repeatable=True)
    assert route.call_count == 2


def test_zenpy_never_waits_by_itself(account: ZenpyAccount, router: respx.MockRouter, waits: list[float]) -> None:
    """A 429 under zenpy is waited out below it; one that lasts arrives as RateLimited, and zenpy's sleep never runs."""
    answer = httpx.Response(200, json={"ticket_fields": []})
    refused = httpx.Response(429, headers={"Retry-After": "3"})
    router.get("/api/v2/ticket_fields.json").mock(side_effect=[refused, answer])
    assert account.ticket_fields() == []
    assert waits == [3.0]
    router.get("/api/v2/ticket_fields.json").mock(return_value=httpx.Response(429, headers={"Retry-After": "99"}))
    with pytest.raises(RateLimited) as caught:
        account.ticket_fields()
    assert caught.value.retry_after == 99.0


def test_a_link_to_another_host_is_refused(tickets: Tickets, router: respx.MockRouter) -> None:
    """A page link that leaves the account is not followed, so the token goes nowhere else."""
    for link in ("https://evil.example/api/v2/x", "http://acme.zendesk.com/api/v2/x", "//evil.example/x", "https://["):
        page = {"comments": [], "meta": {"has_more": True}, "links": {"next": link}}
        router.get(f"{ONE}/comments").mock(return_value=httpx.Response(200, json=page))
        with pytest.raises(UnexpectedAnswer, match=r"acme\.zendesk\.com only"):
            tickets.comments(33)


def test_zenpy_cannot_leave_the_account(account: ZenpyAccount, router: respx.MockRouter) -> None:
    """The same holds for page links that zenpy follows."""
    page = {"ticket_fields": [{"id": 1, "type": "text", "title": "A"}], "next_page": "https://evil.example/api/v2/x"}
    router.get("/api/v2/ticket_fields.json").mock(return_value=httpx.Response(200, json=page))
    with pytest.raises(UnexpectedAnswer, match="another host"):
        account.ticket_fields()


def test_a_redirect_is_not_followed(tickets: Tickets, account: ZenpyAccount, router: respx.MockRouter) -> None:
    """A redirect is reported with the host it leads to, for our calls and for zenpy's."""
    moved = httpx.Response(301, headers={"Location": "https://other.zendesk.com/api/v2/x"})
    router.get(url__startswith=URL).mock(return_value=moved)
    for ask in (lambda: tickets.show(33), account.ticket_fields):
        with pytest.raises(UnexpectedAnswer, match=r"redirect to other\.zendesk\.com"):
            ask()


def test_limits_are_kept_as_they_come(tickets: Tickets, client: Client, router: respx.MockRouter) -> None:
    """All rate-limit headers are kept by name, whatever Zendesk calls its buckets this year."""
    headers = {
        "X-Rate-Limit": "700",
        "X-Rate-Limit-Remaining": "699",
        "ratelimit-reset": "41",
        "Zendesk-RateLimit-per-ticket-updates": "total=30; remaining=29; resets=468",
        "zendesk-rate-limit-tickets-update": "total=20",
        "X-Other": "x",
    }
    router.get(ONE).mock(return_value=httpx.Response(200, json={"ticket": ticket()}, headers=headers))
    tickets.show(33)
    assert dict(client.limits) == {name.lower(): value for name, value in headers.items() if name != "X-Other"}


def test_ignored_keys_are_logged_by_name(tickets: Tickets, router: respx.MockRouter) -> None:
    """Zendesk's warning about a key it dropped reaches the log with the key's name and nothing of its text."""
    warnings = [
        '{:allowed_parameters=>{:controller=>"tickets", :unpermitted_keys=>["ticket.prioritty"], :x=>["secret text"]}}',
        'Removed restricted keys ["created_at"] from parameters according to whitelist',
    ]
    answers = [httpx.Response(200, json={"ticket": ticket()}, headers={"x-zendesk-api-warn": one}) for one in warnings]
    router.put(ONE).mock(side_effect=answers)
    with structlog.testing.capture_logs() as logs:
        tickets.update(33, {}, stamp=None)
        tickets.update(33, {}, stamp=None)
    keys = [entry["keys"] for entry in logs if entry["event"] == "zendesk.keys_ignored"]
    assert keys == [["ticket.prioritty"], ["created_at"]]


def test_every_attempt_counts(tickets: Tickets, client: Client, router: respx.MockRouter) -> None:
    """Calls are counted by kind, repeats and calls without an answer included."""
    router.get(ONE).mock(side_effect=[httpx.Response(503), OK])
    router.put(ONE).mock(side_effect=httpx.ReadTimeout)
    tickets.show(33)
    with pytest.raises(AnswerLost):
        tickets.update(33, NOTE, stamp=STAMP)
    assert client.calls == {"show": 2, "update": 1}


def test_text_and_secrets_stay_out_of_logs_and_errors(tickets: Tickets, router: respx.MockRouter) -> None:
    """Neither the token nor the note is in the log, in an exception or in a representation."""
    router.put(ONE).mock(side_effect=[OK, httpx.ReadTimeout])
    with structlog.testing.capture_logs() as logs:
        tickets.update(33, NOTE, stamp=STAMP)
        with pytest.raises(AnswerLost) as caught:
            tickets.update(33, NOTE, stamp=STAMP)
    told = repr(logs) + repr(caught.value) + str(caught.value) + repr(tickets) + repr(Bearer(TOKEN).__dict__)
    assert TOKEN not in told
    assert "A note" not in told
    assert "Upload" not in told
