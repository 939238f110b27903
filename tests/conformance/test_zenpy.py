"""zenpy, unmodified and with its own transport, takes the sandbox for Zendesk.

It speaks https to `{subdomain}.zendesk.com`; two environment variables of its own lead it to a socket here.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from zenpy import Zenpy
from zenpy.lib import api_objects as zen
from zenpy.lib.exception import APIException, RecordNotFoundException

from tests.sandbox.conftest import until
from zendesk_sync.sandbox import FAST, Sandbox

COUNT = 230
OPEN = [{"field": "status", "operator": "less_than", "value": "solved"}]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(pace=FAST, generate=COUNT) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", f"{sandbox.host}:{sandbox.port}")
    client = Zenpy(subdomain="sandbox", email="owner@sandbox.example", token=sandbox.api_token, disable_cache=True)
    yield client
    client.tickets.session.close()


def new_ticket(client: Any, **given: Any) -> Any:
    requester = zen.User(name="Robin Vale", email="robin@north.example")
    return client.tickets.create(
        zen.Ticket(subject="Nothing prints", comment=zen.Comment(body="Since today."), requester=requester, **given)
    ).ticket


def test_it_logs_in_both_ways(sandbox: Sandbox, client: Any) -> None:
    """With an API token as the owner, with an OAuth token as whoever it was issued to."""
    assert client.users.me().id == sandbox.owner_id
    bearer = Zenpy(subdomain="sandbox", oauth_token=sandbox.token)
    assert bearer.users.me().role == "admin"
    bearer.tickets.session.close()


def test_it_creates_and_updates_tickets(client: Any) -> None:
    """A ticket, a field, an internal note; comments and audits tell of it."""
    field = client.ticket_fields.create(
        zen.TicketField(
            type="tagger", title="Level", custom_field_options=[zen.CustomFieldOption(name="Gold", value="level_gold")]
        )
    )
    ticket = new_ticket(client, tags=["printer"], custom_fields=[zen.CustomField(id=field.id, value="level_gold")])
    assert (ticket.status, ticket.requester.email, ticket.tags) == (
        "new", "robin@north.example", ["level_gold", "printer"],
    )  # fmt: skip
    changed = client.tickets.update(
        zen.Ticket(id=ticket.id, priority="high", comment=zen.Comment(body="A note", public=False))
    ).ticket
    assert changed.priority == "high"
    comments = list(client.tickets.comments(ticket=ticket.id))
    assert [(comment.body, comment.public) for comment in comments] == [("Since today.", True), ("A note", False)]
    assert [audit.author.name for audit in client.tickets.audits(ticket=ticket.id)] == ["Account owner"] * 2
    list(client.tickets.add_tags(ticket.id, ["new"]))
    list(client.tickets.delete_tags(ticket.id, ["printer"]))
    assert client.tickets(id=ticket.id).tags == ["level_gold", "new"]
    client.tickets.delete(ticket)
    with pytest.raises(RecordNotFoundException):
        client.tickets(id=ticket.id)


def test_it_walks_through_pages(sandbox: Sandbox, client: Any) -> None:
    """Both styles, slices, counts, and the incremental exports reach the same tickets."""
    there = {ticket["id"]: ticket for ticket in sandbox.state.store.all("ticket") if not ticket["deleted"]}
    live = [number for number, ticket in there.items() if not ticket["archived"]]
    assert len(live) > 100
    assert [ticket.id for ticket in client.tickets()] == live
    assert {ticket.id for ticket in client.tickets(cursor_pagination=50)} == set(live)
    assert [ticket.id for ticket in client.tickets()[10:30]] == live[10:30]
    assert len(client.users()) == len(sandbox.state.store.all("user"))
    until(lambda: len(list(client.tickets.incremental(start_time=0, paginate_by_time=False))) >= len(there))
    exported = {ticket.id for ticket in client.tickets.incremental(start_time=0) if ticket.status != "deleted"}
    assert there.keys() <= exported
    events = list(client.tickets.events(start_time=0, include=["comment_events"]))
    assert {event.ticket_id for event in events} >= there.keys()
    assert [ticket.id for ticket in client.tickets(ids=[3, 1, 10**12])] == [3, 1]


def test_it_waits_for_jobs(client: Any) -> None:
    """A bulk update answers a job, whose results come typed, one failure among them."""
    tickets = [new_ticket(client), new_ticket(client)]
    job = client.tickets.update([zen.Ticket(id=one.id, priority="low") for one in [*tickets, zen.Ticket(id=10**12)]])
    done = until(lambda: (now := client.job_status(id=job.id)).status == "completed" and now)
    assert [(result.id, result.success) for result in done.results] == [
        (tickets[0].id, True), (tickets[1].id, True), (10**12, False),
    ]  # fmt: skip
    assert client.tickets(id=tickets[0].id).priority == "low"


def test_it_manages_people(client: Any) -> None:
    """Users, organizations, memberships, groups."""
    organization = client.organizations.create(zen.Organization(name="Northwind", domain_names=["wind.example"]))
    user = client.users.create(zen.User(name="Ines", email="ines@wind.example"))
    assert user.organization_id == organization.id
    again = client.users.create_or_update(zen.User(name="Ines D.", email="ines@wind.example"))
    assert (again.id, again.name) == (user.id, "Ines D.")
    assert [found.id for found in client.users.search(query="email:ines@wind.example")] == [user.id]
    assert {one.user_id for one in client.organization_memberships()} >= {user.id}
    assert [one.name for one in client.users.organizations(user=user)] == ["Northwind"]
    assert [one.id for one in client.organizations.users(organization=organization)] == [user.id]
    organization.notes = "VIP"
    assert client.organizations.update(organization).notes == "VIP"
    assert [group.name for group in client.groups()] == ["Support"]


def test_it_configures_rules(client: Any) -> None:
    """Triggers, views, webhooks with their secret, forms and fields."""
    webhook = client.webhooks.create(
        zen.Webhook(
            name="Hook", endpoint="http://127.0.0.1:9/", http_method="POST", request_format="json", status="active",
            subscriptions=["conditional_ticket_events"],
        )
    )  # fmt: skip
    assert len(client.webhooks.show_secret(webhook).secret) > 20
    action = {"field": "notification_webhook", "value": [webhook.id, "{}"]}
    trigger = client.triggers.create(zen.Trigger(title="Tell", conditions={"all": OPEN, "any": []}, actions=[action]))
    assert trigger.id in [one.id for one in client.triggers()]
    client.triggers.delete(trigger)
    with pytest.raises(APIException):
        client.triggers(id=trigger.id)
    view = client.views.create(zen.View(title="Waiting", all=OPEN))
    rows = [ticket.status for ticket in client.views.tickets(view)]
    assert set(rows) <= {"new", "open", "pending", "hold"}
    assert client.views.count(view).value == len(rows) > 0
    forms = list(client.ticket_forms())
    assert {field.id for field in client.ticket_fields()} >= set(forms[0].ticket_field_ids)
    assert [field.key for field in client.organization_fields()] == ["zs_plan", "zs_deployment", "zs_plan_ends"]


def test_it_searches(sandbox: Sandbox, client: Any) -> None:
    """By page, by cursor, and by count, all of the same tickets."""
    tickets = sandbox.state.store.all("ticket")
    waiting = {one["id"] for one in tickets if one["status"] == "open" and not one["deleted"]}
    assert len(waiting) > 10
    assert {found.id for found in client.search(query="status:open", type="ticket")} == waiting
    assert {found.id for found in client.search_export(query="status:open", type="ticket")} == waiting
    assert client.search.count(query="type:ticket status:open") == len(waiting)
    assert [found.email for found in client.search("owner@sandbox.example", type="user")] == ["owner@sandbox.example"]


def test_it_reads_the_rest_of_a_ticket(client: Any) -> None:
    """Metrics, custom statuses, merges as jobs, deleted tickets."""
    ticket, other = new_ticket(client), new_ticket(client)
    assert client.tickets.metrics(ticket.id).ticket_id == ticket.id
    assert [one.status_category for one in client.custom_statuses()] == ["new", "open", "pending", "hold", "solved"]
    job = client.tickets.merge(ticket, [other.id])
    until(lambda: client.job_status(id=job.id).status == "completed")
    assert client.tickets(id=other.id).status == "closed"
    client.tickets.delete(ticket)
    assert ticket.id in {one.id for one in client.tickets.deleted()}


@pytest.mark.parametrize("write", [lambda c: c.tickets.update(zen.Ticket(id=1, priority="low"))])
def test_refusals_reach_it_as_its_own_exceptions(client: Any, write: Callable[[Any], Any]) -> None:
    """A closed ticket: 422 with details."""
    with pytest.raises(APIException) as refused:
        write(client)
    assert refused.value.response.status_code == 422
    assert "closed prevents ticket update" in str(refused.value)
