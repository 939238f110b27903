"""The agent's pages, seed files, and the blocking server."""

import os
import re
import signal
import threading
import tomllib
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import Sandbox, SeedError, run
from zendesk_sync.sandbox.seed import load

SEED = """
[[organization_fields]]
key = "tier"
title = "Tier"
type = "dropdown"
options = [{ name = "Gold", value = "org_gold" }]

[[organizations]]
name = "Northwind Mills"
domain_names = ["north.example"]
organization_fields = { tier = "org_gold" }

[[users]]
name = "Robin Vale"
email = "robin@north.example"

[[users]]
name = "Sam Field"
email = "sam@desk.example"
role = "agent"

[[ticket_fields]]
title = "Flags"
type = "multiselect"
options = [{ name = "Number one", value = "number_one" }, { name = "Other", value = "other" }]

[[tickets]]
subject = "Nothing <b>prints</b>"
description = "Since this morning."
requester = "robin@north.example"
status = "closed"
priority = "high"
fields = { Flags = ["Number one"] }
tags = ["printer"]
created_ago = 7200
updated_ago = 600
via = "email"
comments = [{ author = "sam@desk.example", body = "Looks like the fuser.", public = false, ago = 600 }]
"""


def test_a_seed_fills_the_account_without_running_triggers(desk: Desk) -> None:
    """People, fields and tickets are there with their ages and tags; no trigger has fired."""
    actions = [{"field": "current_tags", "value": "fired"}]
    desk.call("POST", "triggers", {"trigger": {"title": "T", "actions": actions}}, status=201)
    load(desk.sandbox.state, tomllib.loads(SEED))
    ticket = desk.read(1)
    assert (ticket["status"], ticket["priority"], ticket["via"]["channel"]) == ("closed", "high", "email")
    assert ticket["tags"] == ["number_one", "org_gold", "printer"]
    assert ticket["created_at"] < ticket["updated_at"] < desk.sandbox.state.now()
    assert [comment["public"] for comment in desk.get("tickets/1/comments")["comments"]] == [True, False]
    assert [audit["created_at"] for audit in desk.audits(1)] == [ticket["created_at"], ticket["updated_at"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[ticket]]\n", "unknown part ticket; known are organization_fields, "),
        ("[[users]]\nname = 'A'\n", "users 1: email is missing"),
        ("[[users]]\nname = 'A'\nemail = 'nonsense'\n", "users 1: Email: nonsense is not properly formatted"),
        ("[[users]]\nname = 'A'\nemail = 'a@b.example'\norganization = 'X'\n", "users 1: there is no organization 'X'"),
        (SEED.replace("high", "p0"), "tickets 1: priority 'p0' is none of low, normal, high, urgent"),
        (SEED.replace('Number one"]', 'No"]'), "tickets 1: field 'Flags' cannot be ['No']"),
        (SEED.replace('sam@desk.example", body', 'x@y.example", body'), "tickets 1, comment 1: there is no user"),
        ("users = 1\n", "users: write each entry as [[users]]"),
    ],
)
def test_seed_mistakes_name_the_entry(desk: Desk, text: str, message: str) -> None:
    """The message says where and what, and nothing is loaded."""
    with pytest.raises(SeedError, match=re.escape(message)):
        load(desk.sandbox.state, tomllib.loads(text))
    assert desk.get("users")["count"] == 2


def test_the_agent_page_shows_titles_and_escapes(desk: Desk) -> None:
    """The list shows option titles as columns and highlights number one; nobody needs to log in; text is escaped."""
    load(desk.sandbox.state, tomllib.loads(SEED))
    answer = desk.http.get("/agent")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "Nothing &lt;b&gt;prints" in answer.text
    for expected in (
        'lang="en"',
        '<th scope="col"><bdi>Flags</bdi></th>',
        "<td><bdi>Number one</bdi></td>",
        'class="top"',
        "Northwind Mills",
    ):
        assert expected in answer.text
    assert desk.http.get("/", follow_redirects=True).text == answer.text


def test_the_ticket_page_tells_notes_from_public_comments(desk: Desk) -> None:
    """Comments come in order, notes are marked; an unknown ticket is a 404 page."""
    load(desk.sandbox.state, tomllib.loads(SEED))
    text = desk.http.get("/agent/tickets/1").text
    assert text.index("Public comment") < text.index("Internal note")
    assert text.count('<article class="note">') == 1
    assert "2 audits" in text
    assert desk.http.get("/agent/tickets/99").status_code == 404


def test_an_empty_list_says_so(desk: Desk) -> None:
    """Without tickets the page says how to make one."""
    assert "There are no tickets yet" in desk.http.get("/agent").text


def test_run_serves_until_sigterm(tmp_path: Path) -> None:
    """It calls `ready` with a sandbox that answers, and returns when it is told to stop."""
    seed = tmp_path / "seed.toml"
    seed.write_text(SEED, encoding="utf-8")
    seen: list[int] = []
    before = signal.getsignal(signal.SIGTERM)

    def ready(sandbox: Sandbox) -> None:
        answer = httpx.get(f"{sandbox.url}/api/v2/tickets/1", headers=Desk.bearer(sandbox.token))
        seen.append(answer.status_code)
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()

    run(0, tmp_path / "desk.db", fast=True, seed=seed, ready=ready)
    assert seen == [200]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_seed_loads_once_into_a_kept_account(tmp_path: Path) -> None:
    """Starting again with the same data and seed does not double the tickets."""
    seed = tmp_path / "seed.toml"
    seed.write_text(SEED, encoding="utf-8")
    for _ in range(2):
        with Sandbox(tmp_path / "desk.db", seed=seed) as sandbox:
            body = httpx.get(f"{sandbox.url}/api/v2/tickets", headers=Desk.bearer(sandbox.token)).json()
        assert body["count"] == 1
