"""What is measured: pure work by CPU time, and the whole job by what it asks of Zendesk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.e2e.world import World, world
from tests.policy.facts import HANDBOOK, ticket
from tests.sync.world import FIELDS, assembled, organization
from tests.sync.world import ticket as wire_ticket
from zendesk_sync.policy import notes
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.facts import TicketFacts
from zendesk_sync.policy.terms import Severity
from zendesk_sync.policy_files import load_corpus
from zendesk_sync.sync.plan import plan
from zendesk_sync.zendesk.fields import OurField

TICKETS = 300
CORPUS = Path(__file__).parents[1] / "policy" / "corpus" / "tickets.jsonl"
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
        tickets = written(size)
        return lambda: len([decide(one, HANDBOOK) for one in tickets])

    return {
        "policy.decide_text_500": texts(500),
        "policy.decide_text_2000": texts(2000),
        "policy.decide_text_8000": texts(8000),
        "policy.decide": decisions,
        "policy.decide_and_note": decisions_and_notes,
        "sync.assemble_decide_plan": plans,
    }


def written(size: int) -> list[TicketFacts]:
    """Tickets of about ``size`` characters, each put together from other labelled tickets than its neighbour."""
    labelled = load_corpus(CORPUS)
    tickets, held = [], ""
    for one in labelled:
        held = f"{held}\n\n{one.description}"
        if len(held) >= size:
            tickets.append(ticket(subject=one.subject, description=held[:size]))
            held = ""
    return tickets or [ticket(subject=labelled[0].subject, description=held)]


def new_text(size: int) -> tuple[float, int]:
    """Seconds of CPU and tickets for texts that this process has not read before."""
    tickets = written(size)
    for one in tickets[: len(tickets) // 2]:
        decide(one, HANDBOOK)
    started = time.process_time()
    for one in tickets[len(tickets) // 2 :]:
        decide(one, HANDBOOK)
    return time.process_time() - started, len(tickets) - len(tickets) // 2


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
