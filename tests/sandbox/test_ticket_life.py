"""What befalls whole tickets: problems and incidents, merges, deletion, archiving, follow-ups."""

import pytest

from tests.sandbox.conftest import Desk, value_of

_DAY = 24 * 3600


def _solved(desk: Desk, **given: object) -> int:
    number: int = desk.ticket(assignee_id=desk.sandbox.owner_id, **given)["id"]
    desk.change(number, status="closed")
    return number


def _job(desk: Desk, answer: dict[str, object]) -> list[dict[str, object]]:
    desk.advance(5)
    results: list[dict[str, object]] = desk.get(f"job_statuses/{answer['id']}")["job_status"]["results"]
    return results


def test_a_merge_closes_the_source_and_fills_the_target(desk: Desk) -> None:
    """A job; source closed with its tag and a private note, target with both tags and a note; both audits say merge."""
    source, target = desk.ticket(tags=["a"])["id"], desk.ticket(tags=["b"])["id"]
    body = {"ids": [source, 999], "target_comment": "Came in", "source_comment": "Went away"}
    job = desk.call("POST", f"tickets/{target}/merge", body, status=200).json()["job_status"]
    results = _job(desk, job)
    assert [result["success"] for result in results] == [True, False]
    gone, stays = desk.read(source), desk.read(target)
    assert (gone["status"], gone["tags"]) == ("closed", ["a", "closed_by_merge"])
    assert (stays["status"], stays["tags"]) == ("new", ["a", "b"])
    notes = {number: desk.get(f"tickets/{number}/comments")["comments"][-1] for number in (source, target)}
    assert [(notes[number]["body"], notes[number]["public"]) for number in (source, target)] == [
        ("Went away", False), ("Came in", False),
    ]  # fmt: skip
    origin = desk.audits(target)[-1]["via"]["source"]
    assert (origin["rel"], origin["from"]["ticket_id"]) == ("merge", source)
    again = desk.call("POST", f"tickets/{target}/merge", {"ids": [source]}, status=200).json()["job_status"]
    assert _job(desk, again)[0]["details"] == "Status: closed prevents ticket update"


def test_a_deleted_ticket_can_come_back_or_go_for_good(desk: Desk) -> None:
    """404 when deleted, listed as deleted, restored whole; purged, only a scrubbed row is exported."""
    number = desk.ticket(tags=["a"])["id"]
    desk.call("DELETE", f"tickets/{number}", status=204)
    desk.call("GET", f"tickets/{number}", status=404)
    desk.call("PUT", f"tickets/{number}", {"ticket": {"priority": "low"}}, status=404)
    listed = desk.get("deleted_tickets")["deleted_tickets"]
    assert [(one["id"], one["previous_state"], one["actor"]["id"]) for one in listed] == [
        (number, "new", desk.sandbox.owner_id)
    ]
    desk.call("PUT", f"deleted_tickets/{number}/restore", status=200)
    assert desk.read(number)["tags"] == ["a"]
    assert desk.get("deleted_tickets")["count"] == 0
    desk.call("DELETE", f"deleted_tickets/{number}", status=404)
    job = desk.call("DELETE", f"tickets/destroy_many?ids={number},77", status=200).json()["job_status"]
    assert [result["success"] for result in _job(desk, job)] == [True, False]
    job = desk.call("DELETE", f"deleted_tickets/{number}", status=200).json()["job_status"]
    assert _job(desk, job)[0]["success"]
    assert desk.get("deleted_tickets")["count"] == 0
    desk.call("PUT", f"deleted_tickets/{number}/restore", status=404)
    desk.advance(61)
    row = desk.get("incremental/tickets/cursor?start_time=0")["tickets"][-1]
    assert (row["status"], row["subject"], row["description"]) == ("deleted", "SCRUBBED", "SCRUBBED")


def test_closed_tickets_are_archived_after_120_days(desk: Desk) -> None:
    """Gone from lists, counts and views; there in direct reads, `show_many` and the export; `updated_at` unmoved."""
    number, other = _solved(desk), desk.ticket()["id"]
    view = {"title": "All", "all": [{"field": "status", "operator": "is", "value": "closed"}]}
    path = f"views/{desk.call('POST', 'views', {'view': view}, status=201).json()['view']['id']}/tickets"
    before = desk.read(number)
    desk.advance(119 * _DAY)
    desk.advance(1)
    assert [ticket["id"] for ticket in desk.get("tickets")["tickets"]] == [number, other]
    desk.advance(1.1 * _DAY)
    assert [ticket["id"] for ticket in desk.get("tickets")["tickets"]] == [other]
    assert desk.get("tickets/count")["count"]["value"] == 1
    assert desk.get(path)["tickets"] == []
    after = desk.read(number)
    assert (after["updated_at"], after["status"]) == (before["updated_at"], "closed")
    assert after["generated_timestamp"] > before["generated_timestamp"]
    assert desk.get(f"tickets/show_many?ids={number}")["count"] == 1
    assert desk.get(f"tickets/{number}/related")["ticket_related"]["from_archive"]
    desk.advance(61)
    exported = desk.get("incremental/tickets/cursor?start_time=0")["tickets"]
    assert [ticket["id"] for ticket in exported] == [other, number]
    assert len(desk.audits(number)) == 2


def test_solving_a_problem_solves_its_incidents(desk: Desk) -> None:
    """Incidents belong to a problem, which tells that it has some; they are solved along with it."""
    problem, wrong = desk.ticket(type="problem")["id"], desk.ticket()["id"]
    one, two = (desk.ticket(type="incident", problem_id=problem)["id"] for _ in range(2))
    assert desk.write(one, status=422, problem_id=wrong)["error"] == "RecordInvalid"
    assert desk.read(problem)["has_incidents"]
    assert [ticket["id"] for ticket in desk.get(f"tickets/{problem}/incidents")["tickets"]] == [one, two]
    assert desk.get(f"tickets/{problem}/related")["ticket_related"]["incidents"] == 2
    assert [ticket["id"] for ticket in desk.get("problems")["tickets"]] == [problem]
    desk.change(problem, status="solved", assignee_id=desk.sandbox.owner_id)
    assert {desk.read(number)["status"] for number in (one, two)} == {"solved"}


def test_an_incident_that_cannot_be_solved_stays_open(desk: Desk) -> None:
    """A required field is missing in it, and its problem is solved all the same."""
    field = desk.field("text", title="Reason", required=True)
    form = desk.get("ticket_forms")["ticket_forms"][0]
    ids = {"ticket_form": {"ticket_field_ids": [*form["ticket_field_ids"], field["id"]]}}
    desk.call("PUT", f"ticket_forms/{form['id']}", ids, status=200)
    reason = [{"id": field["id"], "value": "Because"}]
    problem = desk.ticket(type="problem", assignee_id=desk.sandbox.owner_id, custom_fields=reason)["id"]
    incident = desk.ticket(type="incident", problem_id=problem)["id"]
    assert desk.change(problem, status="solved")["status"] == "solved"
    assert desk.read(incident)["status"] == "new"


def test_a_follow_up_inherits_tags_and_fields(desk: Desk) -> None:
    """A new ticket with the closed one's tags and fields, which both of them tell of."""
    field = desk.field("tagger", "gold")
    number = _solved(desk, tags=["old"], custom_fields=[{"id": field["id"], "value": "gold"}])
    made = desk.ticket(via_followup_source_id=number)
    assert (made["tags"], value_of(made, field), made["status"]) == (["gold", "old"], "gold", "new")
    assert made["via"]["source"]["rel"] == "follow_up"
    assert desk.read(number)["followup_ids"] == [made["id"]]
    assert desk.get(f"tickets/{made['id']}/related")["ticket_related"]["followup_source_ids"] == [str(number)]


def test_many_tickets_are_created_by_a_job(desk: Desk) -> None:
    """Results go by index; a job whose every item fails is failed; `async` makes one of a single creation."""
    good, bad = {"subject": "S", "comment": {"body": "B"}}, {"subject": "S"}
    job = desk.call("POST", "tickets/create_many", {"tickets": [good, bad]}, status=200).json()["job_status"]
    results = _job(desk, job)
    assert (results[0]["index"], results[0]["success"], results[0]["action"]) == (0, True, "create")
    assert results[1] == {"index": 1, "error": "TicketCreateFailed", "details": "Description: cannot be blank"}
    job = desk.call("POST", "tickets?async=true", {"ticket": bad}, status=202).json()["job_status"]
    desk.advance(5)
    assert desk.get(f"job_statuses/{job['id']}")["job_status"]["status"] == "failed"
    assert desk.call("POST", "tickets/create_many", {"tickets": [good] * 101}, status=400).json()["max_count"] == 100


def test_jobs_are_forgotten_after_a_day(desk: Desk) -> None:
    """Listed, shown alone and together for a day; then 404 and left out."""
    number = desk.ticket()["id"]
    job = desk.job([{"id": number, "priority": "low"}])
    assert [one["id"] for one in desk.get("job_statuses")["job_statuses"]] == [job["id"]]
    desk.advance(_DAY)
    desk.call("GET", f"job_statuses/{job['id']}", status=404)
    assert desk.get(f"job_statuses/show_many?ids={job['id']}")["job_statuses"] == []
    assert desk.get("job_statuses")["job_statuses"] == []


def test_an_idempotency_key_replays_the_first_answer(desk: Desk) -> None:
    """Two hours long: `hit` with the same body, 400 with another; then the key is new again."""
    body = {"ticket": {"comment": {"body": "B"}}}
    headers = {**desk.admin, "Idempotency-Key": "k"}
    first = desk.call("POST", "tickets", body, headers=headers, status=201)
    again = desk.call("POST", "tickets", body, headers=headers, status=201)
    assert (first.headers["x-idempotency-lookup"], again.headers["x-idempotency-lookup"]) == ("miss", "hit")
    assert first.json() == again.json()
    other = desk.call("POST", "tickets", {"ticket": {"comment": {"body": "C"}}}, headers=headers, status=400).json()
    assert other["error"] == "IdempotentRequestError"
    desk.advance(2 * 3600 + 1)
    later = desk.call("POST", "tickets", body, headers=headers, status=201)
    assert later.json()["ticket"]["id"] != first.json()["ticket"]["id"]


def test_organization_and_user_tags_come_along_once(desk: Desk) -> None:
    """Copied onto a new ticket; a later change of the organization's tags leaves it alone."""
    firm = desk.call("POST", "organizations", {"organization": {"name": "N", "tags": ["pilot"]}}, status=201).json()
    person = desk.user(email="r@n.example", organization_id=firm["organization"]["id"], tags=["vip"])["id"]
    made = desk.ticket(requester_id=person, tags=["own"])
    assert made["tags"] == ["own", "pilot", "vip"]
    change = {"organization": {"tags": ["other"]}}
    desk.call("PUT", f"organizations/{firm['organization']['id']}", change, status=200)
    assert desk.read(made["id"])["tags"] == ["own", "pilot", "vip"]


@pytest.mark.parametrize("style", ["page[size]=2&sort={}updated_at", "per_page=2&sort_by=updated_at&sort_order={}"])
@pytest.mark.parametrize("down", [True, False])
def test_a_walk_through_a_list_meets_each_ticket_once(desk: Desk, style: str, down: bool) -> None:
    """Both styles, both directions, with many tickets of one second; the cursor style leads back the same way."""
    numbers = []
    for _ in range(3):
        numbers += [desk.ticket()["id"] for _ in range(3)]
        desk.advance(1)
    way = ("-" if down else "") if "size" in style else ("desc" if down else "asc")
    body = desk.get(f"tickets?{style.format(way)}")
    seen, pages = [ticket["id"] for ticket in body["tickets"]], [body]
    while following := (body["links"]["next"] if "links" in body else body["next_page"]):
        body = desk.get(following)
        seen += [ticket["id"] for ticket in body["tickets"]]
        pages.append(body)
    assert seen == (numbers[::-1] if down else numbers)
    if "links" in body:
        assert body["meta"]["has_more"] is False
        back = desk.get(body["links"]["prev"])
        assert [ticket["id"] for ticket in back["tickets"]] == [ticket["id"] for ticket in pages[-2]["tickets"]]


def test_lists_of_owners_and_their_counts(desk: Desk) -> None:
    """Requested, assigned and copied tickets of a user, those of an organization, and one found by its external id."""
    person = desk.user(email="r@n.example")["id"]
    me = desk.sandbox.owner_id
    one = desk.ticket(requester_id=person, assignee_id=me, external_id="X-1")["id"]
    two = desk.ticket(email_cc_ids=[person])["id"]
    for path, expected in (
        (f"users/{person}/tickets/requested", [one]), (f"users/{me}/tickets/assigned", [one]),
        (f"users/{person}/tickets/ccd", [two]), (f"users/{person}/tickets/followed", []),
        ("organizations/1/tickets", []),
    ):  # fmt: skip
        assert [ticket["id"] for ticket in desk.get(path)["tickets"]] == expected
        if not path.endswith(("requested", "followed")):  # the API counts only the others
            assert desk.get(f"{path}/count")["count"]["value"] == len(expected)
    assert [ticket["id"] for ticket in desk.get("tickets?external_id=X-1")["tickets"]] == [one]
    assert [user["id"] for user in desk.get(f"tickets/{two}/email_ccs")["users"]] == [person]
    assert desk.get("tickets/recent")["tickets"] == []
    assert "fields" not in desk.get(f"tickets/{one}?remove_duplicate_fields=true")["ticket"]
