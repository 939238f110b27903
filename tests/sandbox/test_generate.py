"""Generated accounts: the same from the same number, varied, believable, and as sound as any other."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Desk
from zendesk_sync.sandbox import Clock, Sandbox, SeedError
from zendesk_sync.sandbox.account import open_account
from zendesk_sync.sandbox.generate import generate
from zendesk_sync.sandbox.state import State

COUNT = 1_200
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def account(count: int, random_seed: int) -> State:
    state = open_account(clock=Clock(START, frozen=True))
    generate(state, count, random_seed)
    return state


def everything(state: State) -> list[Any]:
    kinds = ("ticket", "comment", "audit", "user", "organization", "organization_membership", "ticket_field")
    return [state.store.all(kind) for kind in kinds]


@pytest.fixture(scope="module")
def made() -> Iterator[State]:
    state = account(COUNT, 7)
    yield state
    state.store.close()


def test_the_same_number_makes_the_same_account(made: State) -> None:
    """To the last audit event; and another number another one."""
    assert everything(account(COUNT, 7)) == everything(made)
    assert everything(account(40, 1)) != everything(account(40, 2))


def test_tickets_are_as_varied_as_an_account_s_are(made: State) -> None:
    """Every status, plan, language, channel, and tickets with and without each thing that makes a difference."""
    tickets, comments = made.store.all("ticket"), made.store.all("comment")
    assert len(tickets) == COUNT
    assert {ticket["status"] for ticket in tickets} == {"new", "open", "pending", "hold", "solved", "closed"}
    assert {ticket["via"]["channel"] for ticket in tickets} == {"email", "web", "api"}
    assert {user["locale"] for user in made.store.all("user")} == {"en-US", "de", "fr", "es", "ja"}
    assert {user["role"] for user in made.store.all("user")} == {"end-user", "agent", "admin"}
    plans = {one["organization_fields"].get("zs_plan") for one in made.store.all("organization")}
    every = ("enterprise", "team", "free", "open_source", "trial", "internal")
    assert plans - {None} == {f"org_zs_plan_{plan}" for plan in every}
    titles = {str(field["id"]): field["title"] for field in made.store.all("ticket_field")}
    chosen = Counter(titles[key] for ticket in tickets for key in ticket["fields"])
    for title in ("Severity", "Pre-sales severity", "Cannot wait a day", "Product version", "Logs"):
        assert 0 < chosen[title] < COUNT
    assert {comment["public"] for comment in comments} == {True, False}
    for name in (
        "deleted",
        "archived",
        "organization_id",
        "external_id",
        "priority",
        "type",
        "tags",
        "followup_ids",
        "assignee_id",
    ):
        assert 0 < sum(bool(ticket[name]) for ticket in tickets) < COUNT, name


def test_generated_tickets_are_sound(made: State) -> None:
    """Ids rise with age; nothing happens before its ticket or after now; audits and comments belong together."""
    tickets = made.store.all("ticket")
    created = [ticket["created_at"] for ticket in tickets]
    assert created == sorted(created)
    agents = {user["id"] for user in made.store.all("user") if user["role"] != "end-user"}
    by_id = {ticket["id"]: ticket for ticket in tickets}
    for ticket in tickets:
        audits, comments = (made.store.children(kind, ticket["id"]) for kind in ("audit", "comment"))
        moments = [audit["created_at"] for audit in audits]
        assert moments[0] == ticket["created_at"]
        assert moments == sorted(moments)
        assert moments[-1] == ticket["updated_at"] <= made.now()
        assert len(comments) == ticket["comment_count"] >= 1
        assert ticket["description"] == comments[0]["body"]
        assert {comment["audit_id"] for comment in comments} <= {audit["id"] for audit in audits}
        assert ticket["status"] == "new" or ticket["assignee_id"] in agents
        if ticket["via"]["source"]["rel"] == "follow_up":
            source = by_id[ticket["via"]["source"]["from"]["ticket_id"]]
            assert source["status"] == "closed"
            assert ticket["id"] in source["followup_ids"]


def test_a_generated_account_answers_like_any_other(tmp_path: Path) -> None:
    """The export reaches every ticket once, in order, and a second start with the same file adds nothing."""
    for _ in range(2):
        clock = Clock(START, frozen=True)
        with Sandbox(tmp_path / "desk.db", generate=150, random_seed=3, clock=clock) as sandbox:
            clock.advance(100)
            desk = Desk(sandbox)
            body = desk.get("incremental/tickets/cursor?start_time=0&include=users,organizations")
            desk.http.close()
    marks = [(ticket["generated_timestamp"], ticket["id"]) for ticket in body["tickets"]]
    assert marks == sorted(marks)
    assert sorted(number for _, number in marks) == list(range(1, 151))
    wanted = {ticket["organization_id"] for ticket in body["tickets"]} - {None}
    assert {one["id"] for one in body["organizations"]} == wanted


def test_more_can_be_generated_into_a_seeded_account(tmp_path: Path) -> None:
    """Whatever it has already stays and is used: fields, organizations, people."""
    with Sandbox(tmp_path / "desk.db", seed=Path("demo"), generate=20) as sandbox:
        address, headers = f"{sandbox.url}/api/v2/tickets", Desk.bearer(sandbox.token)
        first = len(sandbox.state.store.all("ticket"))
        assert httpx.get(address, headers=headers).json()["count"] <= first
    with Sandbox(tmp_path / "desk.db", seed=Path("demo"), generate=30) as sandbox:
        second = len(sandbox.state.store.all("ticket"))
        fields = httpx.get(f"{sandbox.url}/api/v2/ticket_fields", headers=Desk.bearer(sandbox.token)).json()
    assert second == first + 30
    titles = [field["title"] for field in fields["ticket_fields"]]
    assert len(titles) == len(set(titles))


def test_no_account_has_fewer_than_no_tickets(desk: Desk) -> None:
    """A number that cannot be is refused in words."""
    with pytest.raises(SeedError, match="a number of tickets from 0 to 1,000,000, not -1"):
        generate(desk.sandbox.state, -1)
