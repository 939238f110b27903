"""Bulk updates as jobs; what the incremental export shows and holds back."""

import base64
from pathlib import Path

from tests.sandbox.conftest import Desk, value_of
from zendesk_sync.sandbox import Clock, Pace, Sandbox


def test_a_job_works_later_and_reports_each_item(desk: Desk) -> None:
    """Queued, working, completed by the clock; nothing applies before; one bad item fails alone."""
    field = desk.field("tagger", "gold")
    one, two = desk.ticket(tags=["old"]), desk.ticket()
    items = [
        {
            "id": one["id"], "priority": "high", "custom_fields": [{"id": field["id"], "value": "gold"}],
            "additional_tags": ["new"], "remove_tags": ["old"], "comment": {"body": "Note", "public": False},
        },
        {"id": 999, "priority": "low"},
        {"id": two["id"], "priority": "p0"},
    ]  # fmt: skip
    answer = desk.call("PUT", "tickets/update_many", {"tickets": items}, status=200)
    job = answer.json()["job_status"]
    assert (job["status"], job["results"], job["total"]) == ("queued", None, 3)
    assert job["id"].startswith("V3-")
    assert len(job["id"]) == 35
    assert answer.headers["zendesk-ratelimit-inflight-jobs"].startswith("total=30; remaining=29")
    assert desk.read(one["id"])["priority"] is None
    desk.advance(1.0)
    assert desk.get(f"job_statuses/{job['id']}")["job_status"]["status"] == "working"
    desk.advance(1.5)
    done = desk.get(f"job_statuses/show_many?ids={job['id']},V3-unknown")["job_statuses"][0]
    assert (done["status"], done["progress"]) == ("completed", 3)
    assert done["results"][0] == {"action": "update", "id": one["id"], "status": "Updated", "success": True}
    assert [result["success"] for result in done["results"]] == [True, False, False]
    ticket = desk.read(one["id"])
    assert (ticket["priority"], ticket["tags"], value_of(ticket, field)) == ("high", ["gold", "new"], "gold")
    assert len(desk.audits(one["id"])) == 2


def test_bulk_by_ids_and_its_limit(desk: Desk) -> None:
    """`?ids=` gives every ticket the same change; more than 100 is refused in both forms."""
    numbers = [desk.ticket()["id"] for _ in range(2)]
    path = f"tickets/update_many?ids={numbers[0]},{numbers[1]}"
    desk.call("PUT", path, {"ticket": {"priority": "low"}}, status=200)
    desk.advance(5)
    assert {desk.read(number)["priority"] for number in numbers} == {"low"}
    many = [{"id": number} for number in range(1, 102)]
    assert desk.call("PUT", "tickets/update_many", {"tickets": many}, status=400).json()["error"] == "TooManyValues"


def test_closed_tickets_accept_only_tags_in_bulk(desk: Desk) -> None:
    """Tags change on a closed ticket, anything else fails the item; a doubled ticket collides with itself."""
    number = desk.ticket(status="closed", assignee_id=desk.sandbox.owner_id)["id"]
    results = desk.job([{"id": number, "additional_tags": ["t"]}])["results"]
    assert results[0]["success"]
    assert desk.read(number)["tags"] == ["t"]
    result = desk.job([{"id": number, "priority": "low", "remove_tags": ["t"]}])["results"][0]
    assert result["details"] == "Status: closed prevents ticket update"
    assert desk.read(number)["tags"] == ["t"]
    twice = desk.job([{"id": number, "remove_tags": ["t"]}, {"id": number, "additional_tags": ["u"]}])["results"]
    assert [result["success"] for result in twice] == [True, False]


def test_thirty_jobs_are_enough(desk: Desk) -> None:
    """The next one is 429 TooManyJobs with `Retry-After`, until some have ended."""
    number = desk.ticket()["id"]
    body = {"tickets": [{"id": number, "additional_tags": ["a"]}]}
    for _ in range(30):
        desk.call("PUT", "tickets/update_many", body, status=200)
    refused = desk.call("PUT", "tickets/update_many", body, status=429)
    assert refused.json()["error"] == "TooManyJobs"
    assert len(refused.json()["current_job_ids"]) == 30
    assert refused.headers["retry-after"].isdigit()
    desk.advance(5)
    desk.call("PUT", "tickets/update_many", body, status=200)


def test_data_credentials_and_jobs_survive_a_restart(tmp_path: Path) -> None:
    """With a data file everything comes back, and a job that was queued goes on."""
    path = tmp_path / "desk.db"
    with Sandbox(path, pace=Pace(job_queued=0.2, job_working=0.1)) as sandbox:
        desk = Desk(sandbox)
        number = desk.ticket()["id"]
        desk.call("PUT", "tickets/update_many", {"tickets": [{"id": number, "priority": "low"}]}, status=200)
        kept = (sandbox.client_id, sandbox.client_secret, sandbox.token, sandbox.api_token, sandbox.owner_id)
        desk.http.close()
    with Sandbox(path) as sandbox:
        desk = Desk(sandbox)
        assert kept == (sandbox.client_id, sandbox.client_secret, sandbox.token, sandbox.api_token, sandbox.owner_id)
        desk.advance(5)
        assert desk.read(number)["priority"] == "low"
        desk.http.close()


def test_the_export_holds_back_the_last_minute_and_shows_deleted_tickets(desk: Desk) -> None:
    """Rows come by `generated_timestamp` a minute late; a deleted ticket comes as such; the cursor goes on."""
    start = int(desk.sandbox.clock.timestamp()) - 1000
    one, two = desk.ticket(), desk.ticket()
    first = desk.get(f"incremental/tickets/cursor?start_time={start}")
    assert (first["tickets"], first["end_of_stream"]) == ([], True)
    desk.advance(30)
    desk.write(one["id"], priority="low")
    desk.advance(31)
    second = desk.get(f"incremental/tickets/cursor?cursor={first['after_cursor']}")
    assert [ticket["id"] for ticket in second["tickets"]] == [two["id"]]
    assert base64.b64decode(second["after_cursor"]).decode().endswith(f".0||{two['id']}|")
    desk.call("DELETE", f"tickets/{two['id']}", status=204)
    desk.advance(61)
    third = desk.call("GET", second["after_url"], status=200).json()
    assert [(t["id"], t["status"]) for t in third["tickets"]] == [(one["id"], "new"), (two["id"], "deleted")]
    quiet = desk.get(f"incremental/tickets/cursor?cursor={third['after_cursor']}")
    assert (quiet["tickets"], quiet["after_cursor"]) == ([], third["after_cursor"])


def test_export_pages_and_side_loads(desk: Desk) -> None:
    """Pages follow one another without loss; `exclude_deleted` and side-loads do what they say."""
    numbers = [desk.ticket()["id"] for _ in range(5)]
    desk.call("DELETE", f"tickets/{numbers[0]}", status=204)
    desk.advance(61)
    seen, address = [], "incremental/tickets/cursor?start_time=0&per_page=2&include=users&exclude_deleted=true"
    while True:
        body = desk.get(address)
        seen += [ticket["id"] for ticket in body["tickets"]]
        assert {user["id"] for user in body["users"]} <= {desk.sandbox.owner_id}
        if body["end_of_stream"]:
            break
        address = body["after_url"]
    assert seen == numbers[1:]


def test_export_refusals(desk: Desk) -> None:
    """Too recent a start is 422, a broken cursor 400, an agent 403."""
    now = int(desk.sandbox.clock.timestamp())
    assert (
        desk.call("GET", f"incremental/tickets/cursor?start_time={now}", status=422).json()["error"] == "InvalidValue"
    )
    desk.call("GET", "incremental/tickets/cursor?cursor=nonsense", status=400)
    desk.call("GET", "incremental/tickets/cursor", status=400)
    agent = desk.user(name="Agent", email="agent@a.example", role="agent")
    desk.call("GET", "incremental/tickets/cursor?start_time=0", headers=desk.acting_as(agent["id"]), status=403)


def test_ticket_events_carry_comments_when_asked(desk: Desk) -> None:
    """Time-based: each audit with its changes; the text of a comment only with `comment_events`."""
    ticket = desk.ticket()
    desk.write(ticket["id"], priority="low", comment={"body": "Secret", "public": False})
    desk.advance(61)
    brief = desk.get("incremental/ticket_events?start_time=0")
    full = desk.get("incremental/ticket_events?start_time=0&include=comment_events")
    assert [event["ticket_id"] for event in brief["ticket_events"]] == [ticket["id"]] * 2
    comment, change = brief["ticket_events"][1]["child_events"]
    assert (comment["comment_public"], "body" in comment) == (False, False)
    assert (change["priority"], change["previous_value"]) == ("low", None)
    assert full["ticket_events"][1]["child_events"][0]["body"] == "Secret"
    assert full["end_of_stream"]


def test_organization_changes_are_exported(desk: Desk) -> None:
    """An organization comes when it changes, after the minute that is held back."""
    organization = desk.call("POST", "organizations", {"organization": {"name": "N"}}, status=201).json()[
        "organization"
    ]
    desk.advance(61)
    body = desk.get("incremental/organizations?start_time=0")
    assert [one["id"] for one in body["organizations"]] == [organization["id"]]


def test_a_deleted_organization_is_exported_and_nothing_else_of_it_is_left(desk: Desk) -> None:
    """With `deleted_at`, after the held-back minute; reads are 404, its tickets come again, its name is free."""
    made = desk.call("POST", "organizations", {"organization": {"name": "N", "external_id": "x"}}, status=201).json()
    number = made["organization"]["id"]
    robin = desk.user(email="r@n.example", organization_id=number)["id"]
    ticket = desk.ticket(requester_id=robin)["id"]
    desk.advance(120)
    start = desk.get(f"tickets/{ticket}")["ticket"]["generated_timestamp"] + 1
    desk.call("DELETE", f"organizations/{number}", status=204)
    assert desk.get(f"incremental/organizations?start_time={start}")["organizations"] == []
    desk.advance(61)
    [gone] = desk.get(f"incremental/organizations?start_time={start}")["organizations"]
    assert (gone["id"], gone["deleted_at"], gone["updated_at"]) == (number, gone["deleted_at"], gone["deleted_at"])
    [moved] = desk.get(f"incremental/tickets/cursor?start_time={start}")["tickets"]
    assert (moved["id"], moved["organization_id"]) == (ticket, None)
    assert desk.get("organizations")["organizations"] == desk.get("organizations/autocomplete?name=N")["organizations"]
    desk.call("GET", f"organizations/{number}", status=404)
    desk.call("POST", "organizations", {"organization": {"name": "N", "external_id": "x"}}, status=201)


def test_fast_means_fast() -> None:
    """With `fast` a job ends and the export shows a change within about two seconds of real time."""
    with Sandbox(fast=True, clock=Clock(frozen=True)) as sandbox:
        desk = Desk(sandbox)
        number = desk.ticket()["id"]
        desk.advance(1.5)
        assert [t["id"] for t in desk.get("incremental/tickets/cursor?start_time=0")["tickets"]] == [number]
        desk.http.close()
