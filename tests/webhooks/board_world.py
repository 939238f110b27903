"""A board over a store in memory and figures made up here, for tests of its pages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.policy.facts import HANDBOOK
from tests.sync.world import FIELDS, assembled, organization
from tests.sync.world import ticket as account_ticket
from webhooks.app import create_app
from webhooks.board.content import Content, Picture
from webhooks.board.entry import Entry
from webhooks.board.gate import Gate
from webhooks.board.site import Site
from zendesk_sync.policy.counterfactual import counterfactuals
from zendesk_sync.policy.decide import decide
from zendesk_sync.policy.explain import reasons
from zendesk_sync.policy.order import BANDS, TYPE_RANK
from zendesk_sync.policy.terms import RuleId, Workload
from zendesk_sync.report import model
from zendesk_sync.report.waiting import Due, Waiting
from zendesk_sync.store import Standing, Store
from zendesk_sync.sync import board
from zendesk_sync.sync.answered import clocks
from zendesk_sync.sync.explained import Explained
from zendesk_sync.sync.human_changes import HumanChange
from zendesk_sync.sync.look import Look
from zendesk_sync.sync.plan import plan
from zendesk_sync.zendesk.fields import OurField

TOKEN = "the token of the board, long enough"
AT = datetime(2026, 3, 16, 10, 30, tzinfo=UTC)
NAME = "acme"
URL = "https://acme.zendesk.com"


@dataclass
class Clock:
    at: float = AT.timestamp()

    def __call__(self) -> float:
        return self.at


@dataclass
class BoardWorld:
    """The door with a board; ``report`` and ``explains`` may be set."""

    clock: Clock = field(default_factory=Clock)
    report: model.Report | None = None
    explains: Any = None
    gate: dict[str, Any] = field(default_factory=dict)
    entry: dict[str, Any] = field(default_factory=lambda: {"token": TOKEN})
    accounts: tuple[str, ...] = (NAME,)
    refresh_s: int = 60
    waiting: dict[int, Waiting] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = Store.open(None, clock=self.clock)
        for name in self.accounts:
            self.store.ensure_account(name)

    def picture(self, name: str) -> Picture:
        at = datetime.fromtimestamp(self.clock.at, UTC)
        return Picture(URL, board.read(self.store, name, HANDBOOK, at), self.report, self.waiting)

    def explain(self, name: str, ticket: int) -> Explained:
        found: Explained = self.explains(name, ticket)
        return found

    def waits(self, ticket: int, **known: Any) -> None:
        """What the history tells of a ticket: a p2 by its Severity, unless said otherwise."""
        due = (Due("contract", AT + timedelta(minutes=30)), Due("goal", AT + timedelta(hours=2)))
        usual: dict[str, Any] = {
            "level": "p2",
            "official": False,
            "by": None,
            "computed": "p2",
            "rule": RuleId.SLA_SEVERITY_2_PAYING,
            "inferred": False,
            "missing": (),
            "replied": None,
            "due": due,
        }
        self.waiting[ticket] = Waiting(**(usual | known))

    def app(self) -> Starlette:
        content = Content(
            urls=dict.fromkeys(self.accounts, URL),
            picture=self.picture,
            explain=self.explain,
            refresh_s=self.refresh_s,
        )
        entry = Entry(clock=self.clock, steady=self.clock, trusted=self.gate.get("trusted", ()), **self.entry)
        site = Site(content=content, gate=Gate(entry=entry, **self.gate))
        return create_app(accounts={NAME: []}, mark=self.store.mark, board=site)

    def stand(self, count: int, *, name: str = NAME, complete: bool = True) -> None:
        """So many tickets in the order, of every level and type; and a sweep that has just ended."""
        lease = self.store.acquire(name, "tests", 60)
        assert lease is not None
        rows = [
            Standing(
                ticket=40_000 + number,
                band=(number * len(BANDS)) // count,
                type_rank=number % len(TYPE_RANK),
                received=self.clock.at - 600 - 5_400 * ((count - number) % 40) - number,
                holds_number_one=False,
                in_order=True,
                updated_at="2026-03-16T10:00:00Z",
            )
            for number in range(count)
        ]
        self.store.stand(lease, rows)
        if complete:
            self.store.set_standing_complete(lease, complete=True)
            self.store.commit_sweep(lease, [], "cursor", 60, complete=True)
            if first := self.store.first(name, by_type=False):
                self.store.stand(lease, [replace(first, holds_number_one=True)])
        self.store.release(lease)


def ask(app: Starlette, path: str, method: str = "GET", *, peer: str = "192.0.2.1", **more: Any) -> httpx.Response:
    """One request, redirects not followed."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(peer, 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            return await client.request(method, path, **more)

    return asyncio.run(asked())


def figures(*, days: int = 14, rules: tuple[str, ...] = ("sla-severity-2-paying", "severity-unknown")) -> model.Report:
    """A report of a fortnight."""
    since = AT.replace(hour=0, minute=0) - timedelta(days=days - 1)
    by_day = tuple(_day(since + timedelta(days=number), number) for number in range(days))
    tickets = sum(day.customer_tickets for day in by_day)
    urgent = sum(day.levels["p0"] + day.levels["p1"] for day in by_day)
    share = model.Share(
        urgent, tickets, model.percent(urgent, tickets), 10.0, 100 * urgent <= 10 * tickets if tickets else None, (), ()
    )
    hits = model.Hits(met=61, missed=7, running=4, suspended=2)
    return model.Report(
        account=NAME,
        since=since,
        until=AT,
        received=model.Received(tickets + 9, tickets, 0, {}),
        share=share,
        first_response=model.FirstResponses(
            goal={"all": hits},
            contract={"all": model.Hits(met=38, missed=3, running=2)},
            contract_without_severity=1,
            no_contract=model.NoContract(20, 14, 6, 3.25),
            over_without_reply=2,
            median_hours=1.5,
        ),
        context=model.ContextFigures(
            p2_open=21,
            complete=12,
            missing=9,
            oldest_missing=model.Oldest(40_017, 76.5),
            completed=model.Completed(17, 5.25, 30.0, 41.5),
            funnel=model.Funnel(48, 33, 9, 30),
        ),
        overrides=model.Overrides(
            model.Directions(8, 4, 1), {rule: model.Directions(5 - i, 2, i) for i, rule in enumerate(rules)}, 2, 6
        ),
        undetermined=model.Count(14, 5),
        unknown_customer=model.Count(3, 2),
        needs_triage=model.Triage(5, model.Oldest(40_031, 19.25), 4.5),
        surge=model.SurgeTime(0.0, (), True),
        by_day=by_day,
    )


def explained(ticket: int, *, words: str = "organization field") -> Explained:
    """A p2 of an enterprise customer that lacks its context and was p1 for an agent; ``words`` come from outside."""
    seen = assembled(account_ticket(id=ticket, ours={OurField.SEVERITY: "2"}), org=organization())
    facts = replace(seen.facts, customer_source=words)
    decision = decide(facts, HANDBOOK, Workload.NORMAL, AT)
    change = plan(account_ticket(id=ticket), replace(seen, facts=facts), decision, FIELDS, HANDBOOK)
    found = Look(account_ticket(id=ticket), seen, decision, change, AT)
    return Explained(
        look=found,
        reasons=reasons(decision, HANDBOOK),
        changed=(HumanChange(AT, "official", "p2", words, words, 12),),
        would_change=counterfactuals(decision, HANDBOOK),
        clocks=clocks(facts, None, AT, HANDBOOK, Workload.NORMAL),
        workload=Workload.NORMAL,
        surge=None,
        note="",
    )


def _day(at: datetime, number: int) -> model.Day:
    weekend = at.weekday() >= 5
    levels = {
        "p0": 1 if number % 6 == 2 else 0,
        "p1": (number * 7) % 3,
        "p2": 0 if weekend else 4 + (number * 5) % 6,
        "undetermined": 1 + (number * 3) % 4,
        "p3": 0,
        "none": 1 if number == 13 else 0,
    }
    if at.weekday() == 6:
        levels = dict.fromkeys(levels, 0)
    tickets = sum(levels.values())
    return model.Day(
        f"{at:%Y-%m-%d}", tickets + 2, tickets, levels, model.percent(levels["p0"] + levels["p1"], tickets)
    )
