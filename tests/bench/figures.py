"""What is measured: pure work by CPU time, and the whole job by what it asks of Zendesk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from tests.e2e.world import World, world
from tests.policy.facts import HANDBOOK, ticket
from tests.sync.world import FIELDS, assembled, organization
from tests.sync.world import ticket as wire_ticket
from zendesk_sync.policy import notes
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.terms import Severity
from zendesk_sync.sync.plan import plan
from zendesk_sync.zendesk.fields import OurField

TICKETS = 300
TEXT = (
    "Since the upgrade to 5.3.1 on Monday the results page of our reporting module loads slowly for the finance team. "
    "Other pages are fine and exporting still works, so we can go on for now. We restarted the worker, no change. "
    "Environment: Kubernetes with the Helm chart. Expected: the page within two seconds; actual: about twenty seconds. "
)
MANY = 200


def pure() -> dict[str, Callable[[], int]]:
    """Work without any I/O; each call does some and says how many tickets it did."""
    facts = [ticket(id=number, severity=Severity(number % 4)) for number in range(1, MANY + 1)]
    org = organization()
    wires = [wire_ticket(id=n, ours={OurField.SEVERITY: str(n % 4)}) for n in range(1, MANY + 1)]

    def decisions() -> int:
        return len([decide(one, HANDBOOK) for one in facts])

    def decisions_and_notes() -> int:
        return len([notes.rich(decide(one, HANDBOOK), HANDBOOK) for one in facts])

    def plans() -> int:
        for one in wires:
            found = assembled(one, org=org)
            plan(one, found, decide(found.facts, HANDBOOK), FIELDS, HANDBOOK)
        return len(wires)

    def texts(size: int) -> Callable[[], int]:
        one = ticket(subject="Results page is slow", description=(TEXT * (size // len(TEXT) + 1))[:size])
        return lambda: len([decide(one, HANDBOOK)])

    return {
        "policy.decide_text_500": texts(500),
        "policy.decide_text_2000": texts(2000),
        "policy.decide_text_8000": texts(8000),
        "policy.decide": decisions,
        "policy.decide_and_note": decisions_and_notes,
        "sync.assemble_decide_plan": plans,
    }


def whole(folder: Path) -> Iterator[tuple[str, float, str]]:
    """A first sweep of an account against the local Zendesk, and the same sweep again without the local database."""
    with world(folder) as house:
        house.post("/sandbox/webhooks", {"drop_next": TICKETS})
        for number in range(TICKETS):
            house.customer_writes(f"Ticket {number}", severity=number % 4)
        house.deliver()
        house.clock.advance(3600)
        yield from _swept(house, "first_sweep")
        house.close()
        (folder / "store.db").unlink()
        house.open()
        yield from _swept(house, "second_sweep")


def _swept(house: World, name: str) -> Iterator[tuple[str, float, str]]:
    house.wire.sent.clear()
    house.settle(sweep=True)
    yield f"{name}.calls_per_ticket", len(house.wire.sent) / TICKETS, "calls"
    yield f"{name}.writes_per_ticket", len(house.wire.writes()) / TICKETS, "calls"
