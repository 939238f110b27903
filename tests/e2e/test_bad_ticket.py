"""One ticket of a hundred that Zendesk refuses: isolated, parked with its reason, and alive again when it changes."""

from __future__ import annotations

import httpx

from tests.e2e.world import NAME, Wire, World
from zendesk_sync.store.inbox import MAX_TRIES


class Refusing(Wire):
    """Zendesk's answer to every lone update of one ticket, for as long as ``refused`` is set."""

    refused: int | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT" and request.url.path.endswith(f"/tickets/{self.refused}"):
            self.sent.append(f"{request.method} {request.url.path}")
            said = {"error": "RecordInvalid", "description": "Record validation errors"}
            return httpx.Response(422, json=said, request=request)
        return super().handle_request(request)


def test_the_other_99_go_through_and_a_change_revives_the_one(house: World) -> None:
    house.post("/sandbox/webhooks", {"drop_next": 101})
    tickets = [house.customer_writes(f"Ticket {n}", plan="gratis", severity=2) for n in range(100)]
    house.deliver()
    bad, wire = tickets[50], Refusing()
    house.wire, wire.refused = wire, bad
    failing = {"fault": "job_item_failed", "method": "PUT", "path": f"/api/v2/tickets/{bad}"}
    house.post("/sandbox/chaos", {"seed": 1, "rules": [failing]})
    house.clock.advance(900)
    house.store.request_sweep(NAME)
    house.worker.serve()
    assert [hint.ticket for hint in house.store.hints(NAME)] == [bad]
    assert [len(house.notes(ticket)) for ticket in tickets] == [int(ticket != bad) for ticket in tickets]
    for _ in range(MAX_TRIES):
        house.clock.advance(700)
        house.worker.serve()
    (parked,) = house.store.parked(NAME)
    assert (parked.ticket, parked.tries) == (bad, MAX_TRIES)
    assert "422" in str(parked.error) or "Record" in str(parked.error)
    asked = len(wire.sent)
    house.clock.advance(3600)
    house.worker.serve()
    assert not [line for line in wire.sent[asked:] if line.endswith(f"/{bad}")]
    wire.refused = None
    house.post("/sandbox/chaos", {"seed": 1, "rules": []})
    house.agent_changes(bad, custom_fields=[house.option("Severity", "zs_severity_1")])
    house.settle(sweep=True)
    assert house.store.parked(NAME) == []
    assert house.ticket(bad)["priority"] == "high"
    assert len(house.notes(bad)) == 1
