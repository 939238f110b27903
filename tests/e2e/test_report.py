"""The history over sockets: what the service keeps, and what the command reads for itself, give the same numbers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.e2e.world import NAME, World
from tests.policy.facts import HANDBOOK
from zendesk_sync.report.figures import Window, report
from zendesk_sync.report.model import Report
from zendesk_sync.report.recent import Recent
from zendesk_sync.store.store import Store
from zendesk_sync.sync.chronicle import read_history
from zendesk_sync.sync.patience import Patience


def pass_time(house: World, hours: float) -> None:
    """The service goes on meanwhile, with a sweep at the end; what is held back by then comes with the next one."""
    house.clock.advance(hours * 3600)
    house.settle(sweep=True)
    house.clock.advance(180)
    house.settle(sweep=True)


def by_service(house: World) -> Report:
    lately = Recent(store=house.store, handbook=HANDBOOK, days=30).of(NAME)
    assert lately is not None
    return lately.report


def by_command(house: World, window: Window) -> Report:
    """As `zendesk-sync report` without a store: everything is read from Zendesk."""
    with house.connect() as connection, Store.open(None, clock=house.clock.timestamp) as store:
        store.ensure_account(NAME)
        lease = store.acquire(NAME, "report", 3600)
        assert lease is not None
        asks = Patience(store, lease, None, house.clock.advance).call
        read_history(connection, store, lease, window.since, asks)
        return report(NAME, store.stories(NAME, 0), window, HANDBOOK, house.store.surges(NAME))


def live(house: World) -> None:
    """Two tickets before the service keeps a history of them, and some of every kind afterwards."""
    old = house.customer_writes("Old and open", plan="small", severity=2)
    house.customer_writes("Old and over", plan="small", severity=1)
    house.agent_changes(
        2,
        status="solved",
        assignee_id=house.zendesk.owner_id,
        comment={"body": "Restart the indexer, that helps.", "public": True},
    )
    house.deliver()
    house.clock.advance(40 * 86_400)
    house.settle(sweep=True)
    urgent = house.customer_writes("Everything is down", plan="big", severity=0)
    down = house.customer_writes("Search is slow", plan="small", severity=2)
    house.customer_writes("Just a question", plan="gratis")
    gone = house.customer_writes("Deleted later", plan="big", severity=0)
    pass_time(house, 1)
    agent: Any = {"body": "Please set the limit to 4 GB and restart, that mends it.", "public": True}
    house.agent_changes(urgent, comment=agent)
    house.agent_changes(down, priority="urgent")
    house.agent_changes(old, comment={"body": "Asked for logs.", "public": False})
    house.http.delete(f"/api/v2/tickets/{gone}").raise_for_status()
    pass_time(house, 2)
    house.agent_changes(down, custom_fields=[house.option("Version", "6.1"), house.option("Logs", "see file")])
    pass_time(house, 1)


def test_service_and_command_count_the_same_and_say_what_happened(house: World) -> None:
    """From its own store, after a loss of it, and read anew by a command: the same numbers, of the same tickets."""
    live(house)
    found = by_service(house)
    window = Window(int(found.since.timestamp()), int(found.until.timestamp()))
    assert (found.received.tickets, found.share.urgent, found.share.tickets) == (3, 2, (3, 4))
    assert [(one.how, one.by, one.tickets) for one in found.share.raised_by] == [
        ("official", "agent", 1),
        ("severity", found.share.raised_by[1].by, 1),
    ]
    assert (found.overrides.total.up, list(found.overrides.by_rule)) == (1, ["sla-severity-2-paying"])
    assert found.first_response.goal["enterprise"].met == 1
    assert (found.context.p2_open, found.context.missing, found.context.oldest_missing is not None) == (1, 1, True)
    assert found.context.oldest_missing is not None
    assert found.context.oldest_missing.ticket == 1, "the one from before the history begins"

    again = by_command(house, window)
    assert again == found

    house.close()
    for file in house.folder.glob("store.db*"):
        file.unlink()
    house.open()
    house.settle(sweep=True)
    pass_time(house, 0.1)
    anew = by_command(house, window)
    rebuilt = Recent(store=house.store, handbook=HANDBOOK, days=30).of(NAME)
    assert rebuilt is not None
    rows = house.store.stories(NAME, window.since)
    assert report(NAME, rows, window, HANDBOOK, []) == anew == found


def test_the_last_update_before_a_quiet_hour_counts(house: World) -> None:
    """It need not wait until something else happens: the service's own write, in the second at which the events end."""
    house.settle(sweep=True)
    ticket = house.customer_writes("Everything is down", plan="big", severity=0)
    house.settle()
    house.clock.advance(70)
    house.settle(sweep=True)
    audits = house.http.get(f"/api/v2/tickets/{ticket}/audits").raise_for_status().json()["audits"]
    last = datetime.fromisoformat(max(audit["created_at"] for audit in audits))
    found = by_service(house)
    assert last < found.until < last + timedelta(seconds=70)
    assert (found.received.tickets, found.received.not_looked_at) == (1, 0)
    window = Window(int(found.since.timestamp()), int(found.until.timestamp()))
    assert by_command(house, window) == found

    # What a sweep brought while the events rested is read after a restart too.
    house.customer_writes("So it is here", plan="small", severity=0)
    house.settle()
    house.clock.advance(20)
    house.settle(sweep=True)
    assert by_service(house).received.tickets == 1
    house.close()
    house.open()
    house.clock.advance(40)
    house.settle(sweep=True)
    assert by_service(house).received.tickets == 2


def test_an_account_that_refuses_the_events_is_served_all_the_same(house: World) -> None:
    """No history, no report; priorities, sweep and number one go on. It is tried again an hour later."""
    import httpx

    def refuse(request: httpx.Request) -> None:
        if "ticket_events" in request.url.path:
            asked.append(request.url.path)
            raise httpx.ConnectError("away")

    asked: list[str] = []
    house.wire.before = refuse
    ticket = house.customer_writes(severity=1)
    house.settle(sweep=True)
    assert asked
    assert house.value(ticket, "Computed priority") == "zs_computed_p1"
    assert house.number_ones() == [ticket]
    assert Recent(store=house.store, handbook=HANDBOOK, days=30).of(NAME) is None
