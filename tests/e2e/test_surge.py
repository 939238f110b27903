"""Surge over sockets: bands, number one and drafts follow the workload when it begins and when it ends."""

from __future__ import annotations

from structlog.testing import capture_logs

from tests.e2e.test_number_one import holders_over_time
from tests.e2e.world import NAME, World
from zendesk_sync.store.store import Store
from zendesk_sync.workload_settings import WorkloadAdvice

DRAFT = "More team members start in about"


def begin(house: World, *, minutes: float = 60, shift_in: float | None = None) -> None:
    """As the command does it: another opener of the same store."""
    now = house.clock.timestamp()
    shifts = [] if shift_in is None else [now + shift_in * 3600]
    with Store.open(house.folder / "store.db", exclusive=False, clock=house.clock.timestamp) as beside:
        beside.begin_surge(NAME, "kim@desk", until=now + minutes * 60, reason="release", next_shifts=shifts)


def bands(house: World, tickets: list[int]) -> list[str]:
    return [str(house.value(ticket, "Queue band")).removeprefix("zs_band_") for ticket in tickets]


def drafts(house: World, ticket: int) -> int:
    return sum(DRAFT in note for note in house.notes(ticket))


def queue(house: World, *plans: str, severity: int = 1) -> list[int]:
    """One ticket of each plan, each younger than the one before."""
    tickets = []
    for plan in plans:
        tickets.append(house.customer_writes(f"From {plan}", plan=plan, severity=severity))
        house.deliver()
        house.clock.advance(60)
    house.settle(sweep=True)
    return tickets


def test_bands_number_one_and_drafts_from_the_beginning_to_the_end(house: World) -> None:
    """Policy Q1, Q3, Q4, W2, W5: the type counts in surge only; one draft for each who waits; the clock ends it all."""
    tickets = queue(house, "gratis", "gratis", "small", "big", "big")
    gratis, answered, _, big, _ = tickets
    house.agent_changes(answered, comment={"body": "Please restart it.", "public": True})
    house.settle()
    assert bands(house, tickets) == ["p1"] * 5
    assert house.number_ones() == [gratis]
    house.clock.advance(700)  # quiet tickets may go by job
    house.settle()

    begin(house, minutes=60, shift_in=3)
    house.wire.sent.clear()
    house.settle()
    assert bands(house, tickets) == ["p1_free", "p1_free", "p1_team", "p1_enterprise", "p1_enterprise"]
    assert house.wire.writes().count("PUT /api/v2/tickets/update_many") == 1, "all in one job"
    assert house.number_ones() == [big]
    assert [drafts(house, ticket) for ticket in tickets] == [1, 0, 1, 1, 1]
    assert f"{DRAFT} 3 hours" in house.notes(big)[-1]
    assert "surge-draft" in house.value(big, "Memory")

    house.agent_changes(big, subject="Touched again")
    young = house.customer_writes("In the middle of it", plan="small", severity=2)
    house.settle()
    assert [drafts(house, ticket) for ticket in (big, young)] == [1, 1]
    assert bands(house, [young]) == ["p2_team"]

    house.clock.advance(3600)
    assert house.worker.serve()
    house.settle()
    assert bands(house, [*tickets, young]) == ["p1"] * 5 + ["p2"]
    assert house.number_ones() == [gratis]
    late = house.customer_writes("After the end", severity=1)
    house.settle()
    assert drafts(house, late) == 0

    begin(house)
    house.settle()
    assert [drafts(house, ticket) for ticket in (gratis, big, young, late)] == [1, 1, 1, 1], "once per ticket, for good"
    assert max(len(moment) for moment in holders_over_time(house, [*tickets, young, late])) == 1


def test_a_person_ends_it_and_level_comes_before_type(house: World) -> None:
    """Policy Q5, Q6: p1 of a free customer stays before p2 of an enterprise; `normal` ends the rest at once."""
    (free,) = queue(house, "gratis")
    (paying, waits) = queue(house, "big", "small", severity=2)
    house.agent_changes(waits, status="pending")
    house.settle()
    begin(house)
    house.settle()
    assert house.number_ones() == [free]
    assert bands(house, [free, paying, waits]) == ["p1_free", "p2_enterprise", "p2_team"]
    house.store.end_surge(NAME, "lee@desk")
    house.settle()
    assert bands(house, [free, paying, waits]) == ["p1", "p2", "p2"]
    assert [drafts(house, ticket) for ticket in (free, paying, waits)] == [1, 1, 0], (
        "a pending one waits for the customer"
    )


def test_it_ends_while_nobody_works_and_another_process_takes_over(house: World) -> None:
    """The store knows: whoever serves the account next puts the bands right. Without the store it is normal."""
    tickets = queue(house, "gratis", "big")
    begin(house, minutes=10)
    house.settle()
    assert house.number_ones() == [tickets[1]]
    house.close()
    house.clock.advance(1200)
    house.open()
    house.settle()
    assert bands(house, tickets) == ["p1", "p1"]
    assert house.number_ones() == [tickets[0]]
    begin(house)
    house.settle()
    assert bands(house, tickets) == ["p1_free", "p1_enterprise"]
    house.close()
    for file in house.folder.glob("store.db*"):
        file.unlink()
    house.open()
    house.settle(sweep=True)
    assert bands(house, tickets) == ["p1", "p1"]
    assert [drafts(house, ticket) for ticket in tickets] == [1, 1]


def test_beginning_in_the_middle_of_a_round_leaves_no_ticket_behind(house: World) -> None:
    """A ticket that was read before, and is in nobody's order yet, gets its band of the surge all the same."""
    ticket = house.customer_writes(severity=1)
    house.deliver()
    house.clock.advance(3)
    began: list[bool] = []

    def between(request: object) -> None:
        if not began and "show_many" in str(getattr(request, "url", "")):
            began.append(True)
            begin(house)

    house.wire.after = between
    house.settle()
    assert began
    assert bands(house, [ticket]) == ["p1_enterprise"]
    assert drafts(house, ticket) == 1


def test_suggested_once_and_never_switched(house: World) -> None:
    """Policy §5: thresholds suggest, a person decides."""
    advice = WorkloadAdvice(engineers_on_shift=1, suggest_surge_at=2.0)
    house.account = house.account.model_copy(update={"workload": advice})
    with capture_logs() as said:
        queue(house, "big", "small")
        house.settle(sweep=True)
    (told,) = [line for line in said if line["event"] == "surge is suggested"]
    assert (told["open_tickets"], told["per_engineer"], told["threshold"]) == (2, 2.0, 2.0)
    assert house.store.surge(NAME) is None
