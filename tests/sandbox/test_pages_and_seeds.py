"""The agent's pages, seed files, and the blocking server."""

import json
import os
import re
import signal
import threading
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import Clock, Sandbox, SeedError, run
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


def test_a_seeded_ticket_has_a_history(desk: Desk) -> None:
    """Comments may change the ticket, also without a word; follow-ups inherit, deleted ones are gone but exported."""
    agent, robin = "sam@desk.example", "robin@north.example"
    data = tomllib.loads(SEED)
    data["tickets"] = [
        {
            "subject": "S", "description": "D", "requester": robin, "created_ago": 900, "external_id": "first",
            "fields": {"Flags": ["Other"]},
            "comments": [
                {"author": agent, "assignee": agent, "status": "open", "priority": "low", "ago": 800},
                {"author": agent, "body": "Try again.", "status": "pending", "tags": ["asked"], "ago": 700},
                {"author": agent, "status": "closed", "fields": {"Flags": ["Number one"]}, "ago": 600},
            ],
        },
        {"subject": "Again", "description": "D", "requester": robin, "follow_up_of": "first"},
        {"subject": "Spam", "description": "D", "requester": robin, "deleted": True, "created_ago": 100},
    ]  # fmt: skip
    load(desk.sandbox.state, data)
    ticket, follow_up = desk.read(1), desk.read(2)
    assert (ticket["status"], ticket["priority"], ticket["followup_ids"]) == ("closed", "low", [2])
    assert [len(desk.get("tickets/1/comments")["comments"]), len(desk.audits(1))] == [2, 4]
    changes = [(e["field_name"], e["value"]) for e in desk.audits(1)[2]["events"] if e["type"] == "Change"]
    changes = [change for change in changes if change[0] != "custom_status_id"]
    assert set(map(str, changes)) == {"('status', 'pending')", str(("tags", ["asked", "org_gold", "other"]))}
    assert follow_up["via"]["source"]["rel"] == "follow_up"
    assert follow_up["tags"] == ["asked", "number_one", "org_gold"]
    desk.call("GET", "tickets/3", status=404)
    desk.advance(61)
    exported = desk.get("incremental/tickets/cursor?start_time=0")["tickets"]
    assert {one["id"]: one["status"] for one in exported}[3] == "deleted"


def test_seeded_views_name_fields_by_title(desk: Desk) -> None:
    """In conditions, columns and groups; a view of the same title is left alone."""
    data = tomllib.loads(SEED)
    view = {
        "title": "Flagged", "all": [{"field": "status", "operator": "is", "value": "closed"}],
        "any": [{"field": "Flags", "operator": "includes", "value": "number_one"}],
        "columns": ["nice_id", "Flags"], "group_by": "priority", "group_order": "asc", "sort_by": "created",
    }  # fmt: skip
    load(desk.sandbox.state, data | {"views": [view, view | {"columns": ["nice_id"]}]})
    [made] = desk.get("views")["views"]
    number = next(one["id"] for one in desk.get("ticket_fields")["ticket_fields"] if one["title"] == "Flags")
    assert made["conditions"]["any"] == [
        {"field": f"custom_fields_{number}", "operator": "includes", "value": "number_one"}
    ]
    assert [column["id"] for column in made["execution"]["columns"]] == ["nice_id", number]
    assert (made["execution"]["group"]["id"], made["execution"]["group"]["order"]) == ("priority", "asc")
    assert [row["ticket"]["id"] for row in desk.get(f"views/{made['id']}/execute")["rows"]] == [1]


def test_the_bundled_seed_has_tickets_in_all_its_views() -> None:
    """But in the one of the acting user, who has none yet; the agent page lists them all."""
    with Sandbox(clock=Clock(frozen=True), seed=Path("demo")) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            counts = {v["title"]: desk.get(f"views/{v['id']}/tickets")["count"] for v in desk.get("views")["views"]}
            assert [title for title, count in counts.items() if not count] == ["Your unsolved tickets"]
            page = desk.http.get("/agent").text
            assert all(title in page for title in counts)


def test_customers_of_the_bundled_seed_may_say_how_bad_it_is() -> None:
    """The portal asks for the severity and whether it can wait, and not for what only staff knows."""
    with Sandbox(clock=Clock(frozen=True), seed=Path("demo")) as sandbox:
        desk = Desk(sandbox)
        with desk.http:
            page = {"host": f"127.0.0.1:{sandbox.port}", "origin": sandbox.url}
            desk.http.post("/agent/act-as", data={"email": "ada@alder.example"}, headers=page)
            asked = set(re.findall(r"<label[^>]*>(?:<bdi>)?([^<]+)", desk.http.get("/agent/new").text))
            assert {"Severity", "Cannot wait a day", "Product version"} <= asked
            assert not {"Priority", "Pre-sales severity", "Sales stage"} & asked


def test_seeded_people_were_there_before_their_tickets(desk: Desk) -> None:
    """So exports and search, which are late with what is new, know them at once."""
    load(desk.sandbox.state, tomllib.loads(SEED))
    organization = desk.get("organizations/search?name=Northwind Mills")["organizations"][0]
    user = desk.get("users/search?query=email:robin@north.example")["users"][0]
    assert max(organization["updated_at"], user["updated_at"]) < desk.read(1)["created_at"]
    exported = desk.get("incremental/organizations?start_time=0")["organizations"]
    assert [one["name"] for one in exported] == ["Northwind Mills"]
    found = desk.get("search?query=type:organization northwind")["results"]
    assert [one["name"] for one in found] == ["Northwind Mills"]


def test_json_seeds_as_toml_does(tmp_path: Path) -> None:
    """The same entries make the same account."""
    seeds = [tmp_path / "seed.toml", tmp_path / "seed.json"]
    seeds[0].write_text(SEED, encoding="utf-8")
    seeds[1].write_text(json.dumps(tomllib.loads(SEED)), encoding="utf-8")
    made = []
    for seed in seeds:
        with Sandbox(seed=seed, clock=Clock(datetime(2026, 3, 2, tzinfo=UTC), frozen=True)) as sandbox:
            made.append([sandbox.state.store.all(kind) for kind in ("ticket", "comment", "audit", "user")])
    assert made[0] == made[1]


def test_fields_that_are_there_are_used(desk: Desk) -> None:
    """A seed's field adds only the options which the account's field of the same title lacks; another type is told."""
    field = desk.field("multiselect", "other", "mine", title="Flags")
    load(desk.sandbox.state, tomllib.loads(SEED))
    found = desk.get(f"ticket_fields/{field['id']}")["ticket_field"]
    assert [option["value"] for option in found["custom_field_options"]] == ["other", "mine", "number_one"]
    assert desk.get("ticket_fields")["count"] == 9
    data = {"ticket_fields": [{"title": "Flags"}]}
    with pytest.raises(
        SeedError, match="ticket_fields 1: the account has a field 'Flags' of the type multiselect, not"
    ):
        load(desk.sandbox.state, data)


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
