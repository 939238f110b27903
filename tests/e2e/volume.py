"""An account with a history that nobody synced yet, made up from a seed, and everything a backfill can be put through.

Zendesk is the local one, on a socket, with its own chaos; pages, jobs and walks are small, so that few tickets make
many calls. What stands in Zendesk in the end is read from Zendesk, past all code of ours that wrote it.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.e2e import world
from tests.e2e.born import NAME, OWN, PACE, born, settings
from tests.policy.facts import HANDBOOK
from zendesk_sync.errors import LeaseLost, ZendeskError
from zendesk_sync.policy.terms import Flag, Workload
from zendesk_sync.sandbox import Clock, Sandbox
from zendesk_sync.sandbox.state import Pace
from zendesk_sync.settings import Secrets
from zendesk_sync.store.store import Store
from zendesk_sync.sync import backfill as subject
from zendesk_sync.sync.backfill import Backfill, Totals
from zendesk_sync.sync.connection import Connection, field_map, open_account
from zendesk_sync.sync.look import Look, look, with_organizations
from zendesk_sync.sync.service import AccountWorker
from zendesk_sync.zendesk import tickets as wire
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.budget import Budget
from zendesk_sync.zendesk.fields import NATIVE_PRIORITY, OurField
from zendesk_sync.zendesk.tickets import ExportPage, Tickets

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
Ours = tuple[str, str | None, frozenset[tuple[int, str]], frozenset[str]]
"""One ticket as it stands: status, priority, our fields' values, tags."""


class Killed(BaseException):
    """The process ends here."""


class Wire(world.Wire):
    """The real transport with places to interfere: before sending, with the answer on its way back, and after it."""

    def __init__(self) -> None:
        super().__init__()
        self.quiet()

    def quiet(self) -> None:
        """No more interference."""
        self.before = lambda _request: None
        self.after = lambda _request: None
        self.instead: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda _request, answer: answer

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.instead(request, super().handle_request(request))

    def writes(self) -> list[str]:
        return [line for line in self.sent if line.startswith("PUT")]


class SmallPages(Tickets):
    """Twenty tickets a page where a real account gives a thousand."""

    def export(
        self, *, cursor: str | None = None, start_time: int | None = None, per_page: int = 20, metrics: bool = False
    ) -> ExportPage:
        return super().export(cursor=cursor, start_time=start_time, per_page=per_page, metrics=metrics)


def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight tickets a job, and a walk through the histories from three on."""
    monkeypatch.setattr(wire, "MANY", 8)
    monkeypatch.setattr(subject, "MANY", 8)
    monkeypatch.setattr(subject, "FEW", 3)


class Volume:
    """One such account, and our side of it.

    Attributes:
        since, query: the slice that the next runs of the command are about.
    """

    def __init__(self, folder: Path, seed: int, *, notes: bool = True, official: str = NATIVE_PRIORITY) -> None:
        self.folder, self.notes = folder, notes
        self.since = 0
        self.query: str | None = None
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(born(seed, official), folder / "zendesk.db")
        self.clock = Clock(START, frozen=True)
        self.zendesk = Sandbox(folder / "zendesk.db", clock=self.clock, pace=PACE).start()
        self.http = httpx.Client(
            base_url=self.zendesk.url,
            headers={"Authorization": f"Bearer {self.zendesk.token}"},
            trust_env=False,
            verify=False,
        )
        self.account = settings(self.zendesk, official)
        self.secrets = Secrets(client_secret=SecretStr(self.zendesk.client_secret))
        self.http.post("/sandbox/webhooks", json={"drop_next": 1_000_000}).raise_for_status()
        self.wire = Wire()
        self.open("store")

    def open(self, name: str) -> None:
        """Start our side with the store of this name, a new one where there is none."""
        self.place = self.folder / name
        self.place.mkdir(exist_ok=True)
        self.store = Store.open(self.place / "store.db", clock=self.clock.timestamp)
        self.store.ensure_account(NAME)
        self.budget = Budget(self.account.rate_share, clock=self.clock.timestamp)

    def stop(self) -> None:
        self.store.close()
        self.http.close()
        self.zendesk.stop()

    def restart(self, name: str) -> None:
        """The process has ended; the next one finds the store of this name, and nothing else."""
        self.store.close()
        self.wire.quiet()
        self.open(name)

    def photograph(self, name: str) -> None:
        """The store as it is on the disk at this moment: what a process that is killed now leaves behind."""
        shutil.copytree(self.place, self.folder / name)

    def chaos(self, *rules: dict[str, Any], seed: int = 0) -> None:
        self.http.post("/sandbox/chaos", json={"seed": seed, "rules": list(rules)}).raise_for_status()

    def strikes(self) -> int:
        """How many faults the local Zendesk has struck with since its rules were set."""
        told = self.http.get("/sandbox/chaos").raise_for_status().json()
        return sum(rule["injected"] for rule in told["rules"])

    def calm(self) -> None:
        """No more faults of any kind."""
        self.http.delete("/sandbox/chaos").raise_for_status()
        self.wire.quiet()
        self.zendesk.state.pace = PACE

    def slow_jobs(self, seconds: float) -> None:
        self.zendesk.state.pace = Pace(
            job_queued=seconds, job_working=3.0, requests_per_minute=100_000, limits=False, index_delay=0.0
        )

    # ------------------------------------------------------------ our side

    def connect(self) -> Connection:
        client = open_account(
            NAME, self.account, self.secrets, transport=self.wire, sleep=self.clock.advance, budget=self.budget
        )
        try:
            found = ZenpyAccount(client).ticket_fields()
        except BaseException:
            client.close()
            raise
        self.fields = field_map(self.account, HANDBOOK, found)
        return Connection(NAME, self.account, HANDBOOK, Workload.NORMAL, client, SmallPages(client), self.fields)

    def backfill(self) -> Totals:
        """One run of the command, as far as it comes.

        Raises:
            ZendeskError: it gave up.
        """
        lease = self.store.acquire(NAME, "backfill", 600)
        assert lease is not None, "somebody holds the account"
        try:
            with self.connect() as connection:
                run = Backfill(
                    connection,
                    self.store,
                    lease,
                    since=self.since,
                    query=self.query,
                    notes=self.notes,
                    sleep=self.clock.advance,
                )
                return run.run()
        finally:
            self.store.release(lease)

    def attempt(self) -> Totals | None:
        """One run of the command; None where it gave up in words."""
        try:
            return self.backfill()
        except (ZendeskError, LeaseLost):
            return None

    def run(self, tries: int = 12) -> Totals:
        """As a person does: the same command again until it goes through."""
        for _ in range(tries):
            if (totals := self.attempt()) is not None:
                return totals
            self.clock.advance(30)
        raise AssertionError("the backfill does not go through")

    def work(self, rounds: int = 60) -> None:
        """The worker, until the inbox is empty and number one stands."""
        worker = AccountWorker(
            NAME, self.store, self.connect, sleep=self.clock.advance, clock=self.clock.timestamp, recheck=False
        )
        idle = 0
        try:
            for _ in range(rounds):
                self.clock.advance(65)
                fine = worker.serve()
                left = self.store.pending(NAME)
                idle = idle + 1 if fine and not left.due and not left.waiting else 0
                if idle == 2:
                    return
        finally:
            worker.close()
        raise AssertionError(f"still waiting: {self.store.hints(NAME)}")

    def finish(self) -> None:
        """The faults are over: everything runs until it is done."""
        self.calm()
        self.run()
        self.work()

    # ------------------------------------------------------------ what stands in Zendesk

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def priority(self, ticket: int) -> str | None:
        """The official one, as it stands."""
        return self._official(self.tickets()[ticket])

    def agent_prioritises(self, ticket: int, *, but: str | None = None) -> str:
        """Sets an official priority, another one than ``but`` and than what stands there; returns it."""
        own = self.fields.official_id
        first, second, third = ("urgent", "low", "normal") if own is None else (f"{OWN}p0", f"{OWN}p3", f"{OWN}p2")
        value = next(one for one in (first, second, third) if one not in {but, self.priority(ticket)})
        change: dict[str, Any] = {"priority": value}
        if own is not None:
            change = {"custom_fields": [{"id": own, "value": value}]}
        self.agent_changes(ticket, **change)
        return value

    def _official(self, one: dict[str, Any]) -> str | None:
        own = self.fields.official_id
        found: str | None = one["priority"] if own is None else _value(one, own)
        return found

    def agent_changes(self, ticket: int, **change: Any) -> None:
        self.http.put(f"/api/v2/tickets/{ticket}", json={"ticket": change}).raise_for_status()

    def tickets(self) -> dict[int, dict[str, Any]]:
        return {one["id"]: one for one in self.get("/api/v2/tickets?per_page=100")["tickets"]}

    def stands(self) -> dict[int, Ours]:
        """Every ticket; without the mark, which tells only whether we wrote an even number of times."""
        ids = {id_ for field, id_ in self.fields.ids.items() if field is not OurField.MARK}
        ids |= set() if self.fields.official_id is None else {self.fields.official_id}
        marks = set(_options(self.get("/api/v2/ticket_fields"), self.fields.ids[OurField.MARK]))
        return {
            id_: (
                one["status"],
                one["priority"],
                frozenset(v for f in one["custom_fields"] if f["id"] in ids for v in _values(f["id"], f["value"])),
                frozenset(one["tags"]) - marks,
            )
            for id_, one in self.tickets().items()
        }

    def history(self) -> list[dict[str, Any]]:
        """Every update of every ticket, oldest first."""
        self.clock.advance(120)
        page = self.get("/api/v2/incremental/ticket_events?start_time=0&include=comment_events")
        assert page["end_of_stream"], "the test's account is too big for one page"
        return sorted(page["ticket_events"], key=lambda event: event["id"])

    def our_notes(self) -> Counter[tuple[int, str]]:
        ours = self.zendesk.integration_id
        return Counter(
            (event["ticket_id"], child["plain_body"])
            for event in self.history()
            for child in event["child_events"]
            if child["event_type"] == "Comment" and event["updater_id"] == ours
        )

    def overwritten(self) -> list[int]:
        """Tickets whose priority somebody else set, where in the end another one of ours stands.

        What a requester brings along when the ticket is made is their wish, and no decision of a person of ours.
        """
        requesters = {id_: one["requester_id"] for id_, one in self.tickets().items()}
        ours, theirs, last = self.zendesk.integration_id, dict[int, object](), dict[int, object]()
        key = "priority" if self.fields.official_id is None else str(self.fields.official_id)
        for event in self.history():
            for child in event["child_events"]:
                told = child | (child.get("custom_ticket_fields") or {})
                if key in told and child["event_type"] in {"Create", "Change"}:
                    last[event["ticket_id"]] = told[key]
                    wish = child["event_type"] == "Create" and event["updater_id"] == requesters.get(event["ticket_id"])
                    if event["updater_id"] != ours and not wish:
                        theirs[event["ticket_id"]] = told[key]
        return [ticket for ticket, value in theirs.items() if value and last[ticket] != value]

    def number_ones(self) -> list[int]:
        tag = self.fields.tag(OurField.FLAGS, Flag.NUMBER_ONE)
        return [id_ for id_, one in self.tickets().items() if tag in one["tags"]]

    def looks(self) -> list[Look]:
        """The pure decision on every ticket as it stands now."""
        with self.connect() as connection:
            page = connection.tickets.show_many(sorted(self.tickets()))
            page = with_organizations(connection.tickets, page)
            return [look(connection, one, page, notes=self.notes) for one in page.tickets if one.status != "closed"]

    def in_first_place(self) -> list[int]:
        """The one ticket that is number one by the policy's order, reckoned from all tickets."""
        standing = [one.standing() for one in self.looks() if one.decision.in_order]
        return [min(standing, key=lambda one: (one.band, one.received, one.ticket)).ticket] if standing else []


def check(house: Volume, quiet: Quiet, *, touched: Iterable[int] = ()) -> None:
    """What every backfill ends in, whatever befell it; ``touched`` are tickets that people changed meanwhile."""
    aside = set(touched)
    left = house.store.pending(NAME)
    assert (left.due, left.waiting, left.parked) == (0, 0, 0), house.store.parked(NAME)
    found = house.stands()
    one = house.fields.tag(OurField.FLAGS, Flag.NUMBER_ONE) if aside else None
    wrong = {
        id_: (now, quiet.stands[id_])
        for id_, now in found.items()
        if id_ not in aside and _without(now, one) != _without(quiet.stands[id_], one)
    }
    assert not wrong, wrong
    notes = house.our_notes()
    assert not {key: times for key, times in notes.items() if times > 1}, "a note was written twice"
    assert {k for k in notes if k[0] not in aside} == {k for k in quiet.notes if k[0] not in aside}
    assert house.overwritten() == []
    assert house.number_ones() == house.in_first_place()
    assert [look.ticket.id for look in house.looks() if look.change is not None] == []
    house.wire.sent.clear()
    again = house.run(1)
    house.work()
    assert (again.written, house.wire.writes()) == (0, [])


@dataclass(frozen=True, slots=True)
class Quiet:
    """How the account stands after a backfill that nothing disturbed, and the calls that it took."""

    stands: dict[int, Ours]
    notes: Counter[tuple[int, str]]
    calls: list[str]


@functools.cache
def quiet_run(seed: int, notes: bool = True, official: str = NATIVE_PRIORITY) -> Quiet:
    """The quiet run on this seed; needs the same small pages as the run that is compared with it."""
    with volume(Path(tempfile.mkdtemp(prefix="quiet-")), seed, notes=notes, official=official) as house:
        house.run(1)
        calls = list(house.wire.sent)
        house.work()
        quiet = Quiet(house.stands(), house.our_notes(), calls)
        check(house, quiet)
    shutil.rmtree(house.folder)
    return quiet


@contextlib.contextmanager
def volume(folder: Path, seed: int, *, notes: bool = True, official: str = NATIVE_PRIORITY) -> Iterator[Volume]:
    house = Volume(folder, seed, notes=notes, official=official)
    try:
        yield house
    finally:
        house.stop()


def _options(fields: Any, id_: int) -> Iterator[str]:
    for field in fields["ticket_fields"]:
        if field["id"] == id_:
            yield from (option["value"] for option in field["custom_field_options"])


def _value(ticket: dict[str, Any], field: int) -> Any:
    return next((one["value"] for one in ticket["custom_fields"] if one["id"] == field), None)


def _values(field: int, value: object) -> Iterator[tuple[int, str]]:
    for one in value if isinstance(value, list) else [value]:
        if one:
            yield field, str(one)


def _without(ours: Ours, tag: str | None) -> Ours:
    """The same without this tag, among the tags and in the field that gives it."""
    status, priority, values, tags = ours
    return status, priority, frozenset(one for one in values if one[1] != tag), tags - {tag}
