"""Customers in the running house: a source that is down decides nothing, and a plan that changes is followed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.customers.crm import Crm
from tests.e2e.test_backfill import backfill
from tests.e2e.world import NAME, World, world

SWEEPS = 310
"""Seconds after which organizations are looked at again."""


@contextlib.contextmanager
def asking(crm: Crm, folder: Path, **given: Any) -> Iterator[World]:
    """A house whose customers are known to the directory alone."""
    directory = {"url": f"{crm.url}/c/{{organization_id}}", "plan": "/plan", "tries": 1, **given}
    with world(folder, customers={"sources": ["directory"], "directory": directory}) as house:
        yield house


def organization(house: World, name: str) -> int:
    found = house.get("/api/v2/organizations?per_page=100")["organizations"]
    return int(next(one["id"] for one in found if one["name"] == name))


def plan(house: World, name: str, word: str) -> None:
    fields = {"organization_fields": {"zs_plan": f"org_zs_plan_{word}"}}
    house.http.put(
        f"/api/v2/organizations/{organization(house, name)}", json={"organization": fields}
    ).raise_for_status()


def swept(house: World, seconds: float = SWEEPS) -> None:
    house.clock.advance(seconds)
    house.settle(sweep=True)


def test_a_directory_that_is_down_decides_nothing_and_costs_no_try(crm: Crm, tmp_path: Path) -> None:
    with asking(crm, tmp_path) as house:
        crm.answers[f"/c/{organization(house, 'big')}"] = {"plan": "Enterprise"}
        crm.status = 503
        ticket = house.customer_writes(severity=2)
        for _ in range(5):
            house.deliver()
            house.clock.advance(3)
            house.worker.serve()
        (hint,) = house.store.hints(NAME)
        assert hint.tries == 0
        assert "directory of customers" in (hint.error or "")
        assert house.wire.writes() == []
        assert house.ticket(ticket)["priority"] is None

        house.clock.advance(400)
        assert backfill(house).inbox == 1  # quiet for long enough that its row alone would decide
        assert house.wire.writes() == []

        crm.status = None
        house.clock.advance(700)
        house.settle()
        assert house.value(ticket, "Customer type") == "zs_customer_enterprise"
        assert house.ticket(ticket)["priority"] == "normal"

        stranger = house.customer_writes(severity=2, plan="small")
        house.settle()  # 404 is an answer: nothing is retried
        assert house.value(stranger, "Customer type") == "zs_customer_unknown"


def test_a_plan_that_changes_reaches_its_open_tickets_and_those_that_wait(tmp_path: Path) -> None:
    """Also a ticket that is pending; and tickets of others are not looked at."""
    with world(tmp_path) as house:
        house.settle(sweep=True)
        first = house.customer_writes(severity=1)  # number one throughout, so that nobody else moves
        mine, waiting, other = (house.customer_writes(severity=2, plan=name) for name in ("gratis", "gratis", "small"))
        house.settle()
        house.agent_changes(waiting, status="pending")
        house.settle()
        swept(house)
        plan(house, "gratis", "team")
        house.clock.advance(120)
        house.wire.sent.clear()
        swept(house)
        for ticket in (mine, waiting):
            assert house.value(ticket, "Customer type") == "zs_customer_team"
        assert house.ticket(mine)["priority"] == "normal"
        looked_at = {line for line in house.wire.sent if line.endswith("/comments")}
        assert looked_at == {f"GET /api/v2/tickets/{ticket}/comments" for ticket in (mine, waiting)}

        swept(house)
        house.wire.sent.clear()
        swept(house)
        swept(house)
        assert not [line for line in house.wire.sent if "show_many" in line]

        house.agent_changes(waiting, status="solved", assignee_id=house.zendesk.owner_id)
        house.settle(sweep=True)
        assert house.store.all_standing(NAME) == [first, mine, other]


def test_a_plan_that_ends_by_itself_reaches_its_tickets(tmp_path: Path) -> None:
    """Nothing changes in Zendesk on the day after the plan's last one; each day every open ticket is looked at once."""
    with world(tmp_path) as house:
        ticket = house.customer_writes(severity=2, plan="big")
        last = {"organization_fields": {"zs_plan_ends": f"{house.clock.now():%Y-%m-%d}"}}
        organization_id = house.ticket(ticket)["organization_id"]
        house.http.put(f"/api/v2/organizations/{organization_id}", json={"organization": last}).raise_for_status()
        house.settle(sweep=True)
        assert house.value(ticket, "Computed priority") == "zs_computed_p2"
        swept(house, 86_400)
        assert house.value(ticket, "Computed priority") == "zs_computed_undetermined"
        swept(house)
        house.wire.sent.clear()
        swept(house)
        assert not [line for line in house.wire.sent if "show_many" in line]


def test_a_table_that_changes_reaches_its_customers_and_a_broken_one_nobody(tmp_path: Path) -> None:
    table = tmp_path / "customers.csv"

    def write(text: str) -> None:
        fresh = table.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(table)

    write("domain,plan\nbig.example,Team\nsmall.example,Free\n")
    with world(tmp_path, customers={"sources": ["table"], "table": {"file": str(table)}}) as house:
        big, small = (house.customer_writes(severity=2, plan=name) for name in ("big", "small"))
        house.settle()
        assert house.value(big, "Customer type") == "zs_customer_team"
        assert house.value(small, "Customer type") == "zs_customer_free"

        house.settle(sweep=True)
        write("domain,plan\nbig.example,Enterprise\nsmall.example,Free\n")
        house.settle(sweep=True)
        house.wire.sent.clear()
        house.settle(sweep=True)
        assert house.value(big, "Customer type") == "zs_customer_enterprise"
        assert len(house.wire.writes()) == 1

        write("domain,plan\nbig.example\n")
        house.settle(sweep=True)
        house.settle(sweep=True)
        assert house.value(big, "Customer type") == "zs_customer_enterprise"
        (state,) = house.sources.states()
        assert not state.usable
        assert "line 2: 1 cells; expected 2" in state.detail


def test_what_the_directory_says_is_kept_over_a_restart_asked_for_again_and_followed(crm: Crm, tmp_path: Path) -> None:
    with asking(crm, tmp_path, fresh_seconds=600) as house:
        big, small = (organization(house, name) for name in ("big", "small"))
        crm.answers |= {f"/c/{big}": {"plan": "Free"}, f"/c/{small}": {"plan": "Free"}}
        mine, other = (house.customer_writes(severity=2, plan=name) for name in ("big", "small"))
        house.settle(sweep=True)
        assert house.value(mine, "Customer type") == "zs_customer_free"
        house.close()
        house.open()
        house.settle(sweep=True)
        assert len(crm.asked) == 2

        crm.answers[f"/c/{big}"] = {"plan": "Enterprise"}
        swept(house, 300)
        assert house.value(mine, "Customer type") == "zs_customer_free"
        house.wire.sent.clear()
        swept(house, 400)
        assert house.value(mine, "Customer type") == "zs_customer_enterprise"
        assert house.value(other, "Customer type") == "zs_customer_free"
        assert len(house.wire.writes()) == 1

        house.agent_changes(mine, status="solved", assignee_id=house.zendesk.owner_id)
        house.settle(sweep=True)
        crm.asked.clear()
        swept(house, 700)
        assert crm.asked == [f"/c/{small}"]
        assert house.store.customer_answer(NAME, f"organization {big}") is None


def test_an_export_of_organizations_that_is_refused_stops_no_sweep(tmp_path: Path) -> None:
    with world(tmp_path) as house:
        house.settle(sweep=True)

        def after(request: Any) -> None:
            if "incremental/organizations" in request.url.path:
                request.extensions["refused"] = True

        house.wire.after = after
        inner = house.wire.handle_request

        def refuse(request: Any) -> Any:
            answer = inner(request)
            if request.extensions.get("refused"):
                answer.status_code = 403
            return answer

        house.wire.handle_request = refuse  # type: ignore[method-assign]
        swept(house)
        ticket = house.customer_writes(severity=1)
        swept(house)
        assert house.ticket(ticket)["priority"] == "high"
        asked = [line for line in house.wire.sent if "incremental/organizations" in line]
        assert len(asked) == 1
