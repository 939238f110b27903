"""Each view shows exactly the tickets that it is for, in support's order, asked of the local Zendesk itself."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.world import World, world


def test_each_view_shows_exactly_its_tickets(tmp_path: Path) -> None:
    """One ticket of every sort; after a sweep each view lists those it is for and no other, first come first."""
    with world(tmp_path) as house:
        names = _tickets(house)
        house.settle(sweep=True)
        house.settle(sweep=True)
        shown = {view["title"]: _shown(house, view["id"], names) for view in house.get("/api/v2/views")["views"]}
    assert {title: shown[title] for title in EXPECTED} == EXPECTED


EXPECTED = {
    "Number one": ["p0"],
    "Support queue": ["p0", "p1", "ready p2", "waiting p2", "override", "question", "unknown p2", "internal"],
    "p0 and p1": ["p0", "pending p1", "p1"],
    "p2 ready for engineering": ["ready p2"],
    "p2 waiting for context": ["waiting p2", "override"],
    "Needs triage": ["question", "unknown p2"],
    "Computed differs from official": ["override"],
    "Unknown customer": ["unknown p2"],
    "For the CE": ["prospect"],
}
COMPLETE = """Version: 5.2.1
Environment: Kubernetes 1.29 on premises
Steps to reproduce: 1. open a repository 2. search for a word
Expected result: hits within a second. Actual result: after half a minute
Impact: all 40 developers, no workaround
Logs: attached below, worker timeouts
Recent changes: none
What we tried: restarting the workers
Urgency: before Friday's release
"""


def _tickets(house: World) -> dict[int, str]:
    """Made from last to first in support's order, so that age alone would give another one."""
    made: dict[str, int] = {}
    for name, subject, known in (
        ("internal", "Docs task", {"requester": {"email": "colleague@ours.example", "name": "Colleague"}}),
        ("prospect", "Can it do SSO?", {"plan": "maybe"}),
        ("solved p0", "Was down", {"severity": 0}),
        ("question", "How do I configure SSO?", {"severity": 3}),
        ("unknown p2", "Slow", {"severity": 2, "plan": "nobody"}),
        ("ready p2", "Search is slow since 5.2.1", {"severity": 2, "comment": {"body": COMPLETE}}),
        ("waiting p2", "Search is slow", {"severity": 2}),
        ("override", "Search is very slow", {"severity": 1}),
        ("pending p1", "Half the repositories are gone", {"severity": 1}),
        ("p1", "Search is down", {"severity": 1}),
        ("p0", "Everything is down", {"severity": 0}),
    ):
        made[name] = house.customer_writes(subject, **known)
        house.deliver()  # a call that is under way when the clock moves counts as timed out
        house.clock.advance(60)
    house.agent_changes(made["override"], priority="normal")
    house.agent_changes(made["pending p1"], status="pending")
    owner = house.zendesk.owner_id
    house.agent_changes(made["solved p0"], status="solved", assignee_id=owner)
    fields = [{"id": house.field_id(title), "value": "given"} for title in ("Version", "Logs")]
    house.agent_changes(made["ready p2"], custom_fields=fields)
    return {number: name for name, number in made.items()}


def _shown(house: World, view: int, names: dict[int, str]) -> list[str]:
    return [names[ticket["id"]] for ticket in house.get(f"/api/v2/views/{view}/tickets")["tickets"]]
