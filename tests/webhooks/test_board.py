"""The board's pages: who gets them, with which headers, and what stands on them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from markupsafe import escape

from tests.webhooks.board_world import AT, NAME, TOKEN, BoardWorld, ask, explained, figures
from webhooks.app import create_app
from webhooks.board import pages
from webhooks.board.entry import COOKIE, GUESSES
from zendesk_sync.errors import (
    AccessDenied,
    CustomerSourceDown,
    NotFound,
    RateLimited,
    StoreError,
    ZendeskUnavailable,
    ZendeskUnreachable,
)
from zendesk_sync.policy.terms import RuleId, Status
from zendesk_sync.report.waiting import Due
from zendesk_sync.store.workloads import Surge
from zendesk_sync.sync.explained import as_json, nothing

BEARER = {"Authorization": f"Bearer {TOKEN}"}
PROXIED = {"X-Forwarded-User": "ada@example.com"}
PRIVATE_PATHS = ["/board", "/board/", f"/board/{NAME}", f"/board/{NAME}/tickets?ticket=1", f"/board/{NAME}/tickets/1"]


def by_proxy(**more: Any) -> BoardWorld:
    gate = {"proxy_header": "X-Forwarded-User", "trusted": [ip_network("10.0.0.0/8")]}
    return BoardWorld(gate=gate, entry={"by_proxy": True, **more})


def test_without_token_and_proxy_there_is_no_board() -> None:
    """404, as of any path that is not there."""
    app = create_app(accounts={NAME: []}, mark=lambda _account, _tickets: None)
    for path in (*PRIVATE_PATHS, "/board/sign-in"):
        for method in ("GET", "POST"):
            assert ask(app, path, method, headers=BEARER).status_code == 404


@pytest.mark.parametrize("path", PRIVATE_PATHS)
def test_nobody_sees_a_page_without_showing_something(path: str) -> None:
    """The way to sign in instead, and for programs a plain 401; no word of the account."""
    world = BoardWorld()
    world.stand(3)
    page = ask(world.app(), path)
    assert (page.status_code, page.headers["www-authenticate"]) == (401, "Bearer")
    assert "Token of the board" in page.text
    assert "40000" not in page.text
    plain = ask(world.app(), path, headers={"Accept": "application/json"})
    assert (plain.status_code, plain.json()) == (401, {"status": "unauthorized"})


def test_every_answer_is_private_and_inert() -> None:
    """No cache, no frame, no referrer, nothing from elsewhere; what is inside the page is allowed by its hash alone."""
    world = BoardWorld(report=figures())
    world.stand(3)
    for path in (*PRIVATE_PATHS, f"/board/{NAME}?format=json", "/board/nobody"):
        for headers in ({}, BEARER):
            answer = ask(world.app(), path, headers=headers)
            assert answer.headers["cache-control"] == "no-store", path
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "no-referrer"
            if answer.headers.get("content-type", "").startswith("text/html"):
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy
                assert not re.search(r"\sstyle=|\son\w+=", answer.text)


def test_the_board_is_read_only() -> None:
    """Nothing but sign-in and sign-out takes a POST, and no other method does anything."""
    world = BoardWorld()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in PRIVATE_PATHS:
            assert ask(world.app(), path, method, headers=BEARER).status_code == 405
    for method in ("GET", "PUT"):
        assert ask(world.app(), "/board/sign-out", method, headers=BEARER).status_code in {404, 405}
    assert ask(world.app(), f"/board/{NAME}", "HEAD", headers=BEARER).status_code == 200


def signed_in(world: BoardWorld, token: str = TOKEN, next_: str = "/board/acme", **more: Any) -> httpx.Response:
    return ask(world.app(), "/board/sign-in", "POST", data={"token": token, "next": next_}, **more)


def test_a_person_signs_in_looks_and_signs_out() -> None:
    """The cookie is out of reach for scripts and other sites, and is not the token; afterwards it opens nothing."""
    world = BoardWorld()
    world.stand(3)
    answer = signed_in(world)
    assert (answer.status_code, answer.headers["location"]) == (303, "../board/acme")
    written = answer.headers["set-cookie"]
    assert TOKEN not in written
    assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in written.split(";")}
    assert "secure" not in written.lower()  # plain http to an address that is not the public one
    cookies = {"Cookie": written.split(";")[0]}
    assert ask(world.app(), f"/board/{NAME}", headers=cookies).status_code == 200
    out = ask(world.app(), "/board/sign-out", "POST", headers=cookies)
    assert f'{COOKIE}=""' in out.headers["set-cookie"]


@pytest.mark.parametrize(
    ("gate", "headers", "peer"),
    [
        ({"public_url": "https://sync.example.com"}, {"Host": "sync.example.com"}, "192.0.2.1"),
        ({"trusted": [ip_network("10.0.0.0/8")]}, {"X-Forwarded-Proto": "https"}, "10.0.0.1"),
    ],
)
def test_behind_https_the_cookie_goes_by_https_only(gate: dict[str, Any], headers: dict[str, str], peer: str) -> None:
    answer = signed_in(BoardWorld(gate=gate), headers=headers, peer=peer)
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/board/../x", "/board/a\n", "javascript:"]
)
def test_signing_in_leads_nowhere_else(elsewhere: str) -> None:
    assert signed_in(BoardWorld(), next_=elsewhere).headers["location"] == "../board"


def test_another_sites_form_signs_nobody_in_or_out() -> None:
    world = BoardWorld()
    for path in ("/board/sign-in", "/board/sign-out"):
        answer = ask(world.app(), path, "POST", data={"token": TOKEN}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers


def test_wrong_tokens_are_few_and_told_apart_from_the_page() -> None:
    """The page says so; after ten it is 429 with the time to wait, for a bearer too; the token is in no answer."""
    world = BoardWorld()
    app = world.app()
    for number in range(GUESSES):
        answer = ask(app, "/board/sign-in", "POST", data={"token": "<wrong>"})
        assert answer.status_code == (401 if number < GUESSES - 1 else 429)
        assert "<wrong>" not in answer.text
    assert "Too many wrong tokens" in answer.text
    blocked = ask(app, f"/board/{NAME}", headers=BEARER)
    assert (blocked.status_code, blocked.headers["retry-after"]) == (429, "300")
    assert ask(app, f"/board/{NAME}", headers=BEARER, peer="192.0.2.9").status_code == 200


def test_people_behind_a_trusted_proxy_guess_each_for_themselves() -> None:
    """One who guesses wrongly shuts out nobody else."""
    app = by_proxy(token=TOKEN).app()
    for _ in range(GUESSES):
        wrong = {"token": "wrong"}
        ask(app, "/board/sign-in", "POST", data=wrong, headers={"X-Forwarded-For": "192.0.2.7"}, peer="10.0.0.1")
    for person, status in (("192.0.2.7", 429), ("192.0.2.8", 200)):
        headers = {**BEARER, "X-Forwarded-For": person}
        assert ask(app, f"/board/{NAME}", headers=headers, peer="10.0.0.1").status_code == status


def test_behind_a_proxy_with_a_password_of_its_own_a_person_stays_signed_in() -> None:
    """Browsers then send that password with every request; the session goes beside it."""
    world = BoardWorld()
    proxys = {"authorization": "Basic dGVhbTpzZWNyZXQ="}
    answer = ask(world.app(), "/board/sign-in", "POST", data={"token": TOKEN}, headers=proxys)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert ask(world.app(), "/board/acme", headers=proxys | {"cookie": cookie}).status_code == 200
    assert "set-cookie" not in ask(world.app(), "/board/acme", headers={"authorization": f"Bearer {TOKEN}"}).headers


def test_a_form_too_large_is_no_form() -> None:
    answer = ask(BoardWorld().app(), "/board/sign-in", "POST", content=b"token=" + b"x" * 100_000)
    assert answer.status_code == 401


def test_a_trusted_proxys_word_opens_and_names_the_person() -> None:
    """From the proxy itself; without it the page says where to go, and asks for no token."""
    world = by_proxy()
    app = world.app()
    page = ask(app, f"/board/{NAME}", headers=PROXIED, peer="10.0.0.1")
    assert page.status_code == 200
    assert "Signed in as ada@example.com" in page.text
    assert "Sign out" not in page.text
    refused = ask(app, f"/board/{NAME}", headers=PROXIED, peer="192.0.2.1")
    assert refused.status_code == 401
    assert "your company" in refused.text
    assert "Token of the board" not in refused.text
    assert ask(app, "/board/sign-in", "POST", data={"token": ""}).status_code == 401
    both = by_proxy(token=TOKEN).app()
    assert ask(both, f"/board/{NAME}", headers=BEARER).status_code == 200


def test_one_account_is_shown_at_once_and_several_are_listed() -> None:
    one = BoardWorld()
    assert ask(one.app(), "/board", headers=BEARER).headers["location"] == "board/acme"
    two = BoardWorld(accounts=(NAME, "globex"))
    page = ask(two.app(), "/board", headers=BEARER)
    assert ['href="board/acme"' in page.text, 'href="board/globex"' in page.text] == [True, True]
    assert ask(two.app(), "/board?format=json", headers=BEARER).json() == {"accounts": [NAME, "globex"]}
    assert ask(two.app(), "/board/initech", headers=BEARER).status_code == 404


def test_the_order_stands_there_as_the_store_has_it() -> None:
    """Twenty rows, number one on top with its tag, how many there are, and why each is where it is."""
    world = BoardWorld()
    world.stand(5_000)
    page = ask(world.app(), f"/board/{NAME}", headers=BEARER)
    rows = re.findall(r'<td class="place num"[^>]*>(\d+)</td>\s*<th scope="row"[^>]*><a id="z(\d+)"', page.text)
    wanted = [one.ticket for one in world.store.order(NAME, by_type=False, limit=20)]
    assert [(int(place), int(ticket)) for place, ticket in rows] == list(enumerate(wanted, 1))
    assert f'data-figure="number_one" data-value="{wanted[0]}"' in page.text
    assert 'data-figure="in_order" data-value="5000"' in page.text
    assert page.text.count("carries the number-one tag") == 1
    told = ask(world.app(), f"/board/{NAME}?format=json", headers=BEARER).json()
    assert [one["ticket"] for one in told["tickets"]] == wanted
    assert (told["number_one"], told["in_order"]) == (wanted[0], 5_000)


def test_what_the_history_knows_of_a_ticket_stands_in_its_row() -> None:
    """Whose level it is and why, both clocks apart, what is missing; a ticket it does not know has its place only."""
    world = BoardWorld(report=figures())
    world.stand(70)
    world.waits(40_000, level="p0", official=True, by="agent", computed="p2", missing=("version", "recent_changes"))
    world.waits(40_001, level="p0", replied=AT)
    world.waits(40_002, level="p0", due=(Due("goal", AT - timedelta(minutes=90)),))
    text = ask(world.app(), f"/board/{NAME}", headers=BEARER).text
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)]
    told = {int(row.split()[1]): row for row in rows if "Explain" in row}
    assert "p0 official, computed p2" in told[40_000]
    assert "contract in 30 min , by 2026-03-16 11:00 UTC goal in 2 h 0 min" in told[40_000]
    assert "version, recent changes" in told[40_000]
    assert "Official priority, set by an agent. Nothing comes before it." in told[40_000]
    assert "contract met goal met" in told[40_001]
    assert "goal missed , 1 h 30 min ago" in told[40_002]
    assert "Severity 2 is p2 for paying customers. After 40001: received later." in told[40_002]
    assert told[40_003].endswith("After 40002: received later. Explain ticket 40003")
    first = ask(world.app(), f"/board/{NAME}?format=json", headers=BEARER).json()["tickets"][0]["known"]
    assert (first["counts"], first["official_by"], first["computed"]) == ("official", "agent", "p2")
    assert first["first_response"]["contract_due"] == "2026-03-16T11:00:00Z"


def test_a_history_that_tells_another_level_gives_no_reason_for_this_one() -> None:
    """The order is newer than the history; what the history says of the clocks stays."""
    world = BoardWorld(report=figures())
    world.stand(70)
    world.waits(40_000, level="p2", official=True, by="agent")
    world.waits(40_001, level="none", rule=RuleId.SEVERITY_UNKNOWN, due=(), suspended=True)
    text = ask(world.app(), f"/board/{NAME}", headers=BEARER).text
    rows = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)]
    told = {int(row.split()[1]): row for row in rows if "Explain" in row}
    assert "Its history, a minute or so old, says p2. Nothing comes before it." in told[40_000]
    assert "Its history, a minute or so old, says no level. After 40000: received later." in told[40_001]
    assert not [row for row in told.values() if "official" in row or "computed" in row or "everity" in row]
    assert "contract in 30 min" in told[40_000]
    assert "goal suspended" in told[40_001]


def test_surge_sorts_the_order_and_stands_on_top() -> None:
    world = BoardWorld()
    world.stand(70)
    world.store.begin_surge(NAME, "ada", until=world.clock.at + 3600, reason="<script>two are ill</script>")
    page = ask(world.app(), f"/board/{NAME}", headers=BEARER)
    wanted = [one.ticket for one in world.store.order(NAME, by_type=True, limit=20)]
    assert [int(one) for one in re.findall(r'id="z(\d+)"', page.text)] == wanted
    assert "&lt;script&gt;two are ill&lt;/script&gt;" in page.text
    assert "<script>two" not in page.text


def test_what_is_not_right_is_said_on_top() -> None:
    """Nothing known yet, a pause, an old sweep: each in words; without them nothing."""
    world = BoardWorld()
    fresh = ask(world.app(), f"/board/{NAME}", headers=BEARER).text
    assert "Not every open ticket is known yet" in fresh
    assert "Not known yet" in fresh
    assert "This may be old" in fresh
    assert fresh.count('<p class="banner') == 3
    world.stand(3)
    assert '<p class="banner' not in ask(world.app(), f"/board/{NAME}", headers=BEARER).text
    world.store.pause_writes(NAME, "eve", "<i>audit</i>")
    world.clock.at += 3_600
    late = ask(world.app(), f"/board/{NAME}", headers=BEARER).text
    assert "Writing is paused" in late
    assert "&lt;i&gt;audit&lt;/i&gt;" in late
    assert "1 h 0 min ago" in late


def test_an_account_where_nobody_waits() -> None:
    world = BoardWorld()
    world.stand(0)
    page = ask(world.app(), f"/board/{NAME}", headers=BEARER)
    assert "Nobody waits" in page.text
    assert "No ticket is in the order." in page.text


def test_every_figure_stands_there_as_it_is() -> None:
    """Each number carries the path by which the JSON has it: the report's without `report`, the board's as they are."""
    world = BoardWorld(report=figures())
    world.stand(30)
    page = ask(world.app(), f"/board/{NAME}", headers=BEARER)
    told = ask(world.app(), f"/board/{NAME}?format=json", headers=BEARER).json()
    told |= told["report"]
    shown = re.findall(r'data-figure="([^"]+)" data-value="([^"]*)"', page.text)
    assert len(shown) == page.text.count("data-figure=") > 14 * 10 + 20 * 5 + 40
    for path, value in shown:
        at: Any = told
        for step in path.split("."):
            at = at[int(step)] if isinstance(at, list) else at[step]
        assert value == ("" if at is None else str(at)), path


def test_names_from_outside_are_only_text() -> None:
    """Rules, people and reasons with markup in them."""
    bad = '"><script>alert(1)</script>'
    world = by_proxy()
    world.report = figures(rules=(bad,))
    world.stand(2)
    page = ask(world.app(), f"/board/{NAME}", headers={"X-Forwarded-User": bad}, peer="10.0.0.1")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert page.text.count("<script>") == 1


def test_the_page_renews_itself_and_can_be_told_not_to() -> None:
    """Without scripts by the browser, with them in place; paused neither."""
    world = BoardWorld(refresh_s=45)
    running = ask(world.app(), f"/board/{NAME}", headers=BEARER).text
    assert '<noscript><meta http-equiv="refresh" content="45"></noscript>' in running
    assert 'href="?refresh=off"' in running
    paused = ask(world.app(), f"/board/{NAME}?refresh=off", headers=BEARER).text
    assert "http-equiv" not in paused
    assert "<script>" not in paused
    assert "Refreshing is paused" in paused


def test_a_store_that_fails_is_a_sentence() -> None:
    """503, and the page looks again by itself."""
    world = BoardWorld()
    app = world.app()
    world.store.close()
    page = ask(app, f"/board/{NAME}", headers=BEARER)
    assert (page.status_code, page.headers["retry-after"]) == (503, "10")
    assert "The store cannot be read" in page.text
    assert "Traceback" not in page.text
    assert 'http-equiv="refresh"' in page.text


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (NotFound("no ticket 7 <b>", status=404), 404, "no ticket 7 &lt;b&gt;"),
        (RateLimited(12.5, sent=False), 503, "our share"),
        (ZendeskUnreachable("no route"), 503, "check the network"),
        (ZendeskUnavailable("down", status=503), 503, "down"),
        (AccessDenied("the role does not allow it", status=403), 502, "the role"),
        (CustomerSourceDown("the directory is away", retry_after=30), 503, "the directory"),
        (StoreError("disk"), 503, "disk"),
        (TimeoutError(), 503, "longer than"),
        (RuntimeError("words of a ticket"), 503, "unexpected"),
    ],
)
def test_what_goes_wrong_while_explaining_is_a_sentence(error: Exception, status: int, says: str) -> None:
    """With a status for programs, a way back for people, and no word of what was not foreseen."""

    def fails(_name: str, _ticket: int) -> Any:
        raise error

    app = BoardWorld(explains=fails).app()
    page = ask(app, f"/board/{NAME}/tickets/7", headers=BEARER)
    assert page.status_code == status
    assert says in page.text
    assert "words of a ticket" not in page.text
    assert "Back to the board" in page.text
    plain = ask(app, f"/board/{NAME}/tickets/7?format=json", headers=BEARER)
    assert plain.status_code == status
    if isinstance(error, RateLimited):
        assert plain.headers["retry-after"] == "13"


def test_explain_on_the_web_says_what_the_terminal_says() -> None:
    """Reasons, who changed what, what would change the outcome, what would be written; JSON the same."""
    one = explained(48_211)
    app = BoardWorld(explains=lambda _name, _ticket: one).app()
    page = ask(app, f"/board/{NAME}/tickets/48211", headers=BEARER)
    assert page.status_code == 200
    for _depth, reason in one.reasons.lines():
        assert str(escape(reason.says)) in page.text
    for found in one.would_change:
        assert str(escape(f"if {found.change.says}: ")) in page.text
    assert one.look.change is not None
    assert str(escape(one.look.change.note_text)) in page.text
    assert page.text.count("<ul") == page.text.count("</ul>")
    assert 'href="https://acme.zendesk.com/agent/tickets/48211"' in page.text
    assert "http-equiv" not in page.text
    told = ask(app, f"/board/{NAME}/tickets/48211", headers={**BEARER, "Accept": "application/json"})
    assert told.json() == as_json(one)
    assert "<dt>Status</dt><dd>open</dd>" in page.text


def test_an_explanation_in_surge_says_by_whom_and_why() -> None:
    """In surge customer types sort and the goal is suspended; who reads the reasons has to know."""
    begun = Surge("ada", AT.timestamp(), AT.timestamp() + 3600, "two <b>are</b> ill", ())
    app = BoardWorld(explains=lambda _name, ticket: replace(explained(ticket), surge=begun)).app()
    page = ask(app, f"/board/{NAME}/tickets/48211", headers=BEARER)
    said = "In surge since 2026-03-16 10:30 UTC by ada, until 2026-03-16 11:30 UTC: two &lt;b&gt;are&lt;/b&gt; ill."
    assert said in page.text


def test_of_a_closed_ticket_nobody_says_that_it_says_all_this() -> None:
    """Zendesk takes no change of its fields, whatever they say."""
    one = explained(48_211)
    facts = replace(one.look.decision.facts, status=Status.CLOSED)
    closed = replace(one, look=replace(one.look, decision=replace(one.look.decision, facts=facts), change=None))
    app = BoardWorld(explains=lambda _name, _ticket: closed).app()
    page = ask(app, f"/board/{NAME}/tickets/48211", headers=BEARER)
    assert "Nothing: the ticket is closed, and Zendesk changes no fields of closed tickets." in page.text
    assert nothing(replace(one, look=replace(one.look, change=None))) == "the ticket says all this already"
    assert as_json(closed)["status"] == "closed"


def test_what_comes_from_outside_is_only_text_in_an_explanation_too() -> None:
    bad = "<img src=x onerror=alert(1)>"
    app = BoardWorld(explains=lambda _name, ticket: explained(ticket, words=bad)).app()
    page = ask(app, f"/board/{NAME}/tickets/48211", headers=BEARER)
    assert page.text.count("&lt;img") == 3
    assert "<img" not in page.text


@pytest.mark.parametrize("ticket", ["0", "x", "-1", "1.5", "9223372036854775808", "%D9%A1", "7%0a"])
def test_what_is_no_ticket_number_never_reaches_zendesk(ticket: str) -> None:
    def never(_name: str, _ticket: int) -> Any:
        raise AssertionError

    app = BoardWorld(explains=never).app()
    assert ask(app, f"/board/{NAME}/tickets/{ticket}", headers=BEARER).status_code == 404
    assert ask(app, f"/board/{NAME}/tickets", headers=BEARER, params={"ticket": ticket}).status_code in {303, 404}


def test_the_small_form_leads_to_the_ticket() -> None:
    app = BoardWorld().app()
    found = ask(app, f"/board/{NAME}/tickets?ticket=+%2348211+", headers=BEARER)
    assert (found.status_code, found.headers["location"]) == (303, "../../board/acme/tickets/48211")


def test_links_stay_below_a_proxys_own_path() -> None:
    """No link and no form begins with a slash."""
    world = BoardWorld(report=figures())
    world.stand(3)
    text = ask(world.app(), f"/board/{NAME}", headers=BEARER).text
    assert not re.search(r'(href|action)="/', text)


def test_style_and_script_are_those_that_the_policy_names() -> None:
    text = ask(BoardWorld().app(), f"/board/{NAME}", headers=BEARER).text
    for tag, whole in (("style", pages.STYLE), ("script", pages.SCRIPT)):
        (inside,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert inside == whole
