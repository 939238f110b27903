"""Every number of ``docs/report.md``, reckoned anew from the local Zendesk's records, as the JSON of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from math import ceil
from typing import Any

from tests.e2e.fortnight.arithmetic import business_seconds, hours, iso, judged, median_hours, percent
from tests.e2e.fortnight.desk import Said, Surge
from tests.e2e.fortnight.records import Change, Records, TicketRecord, kind_of, moment

LEVELS = ("p0", "p1", "p2", "p3", "undetermined", "none")
TYPES = ("presales", "enterprise", "team", "unknown", "free", "open_source", "internal")
DETERMINED = LEVELS[:4]
URGENT = {"p0", "p1"}
PEOPLE = {"agent", "ce", "end-user"}
BUDGET_PERCENT = 10
GOAL_S = 2 * 3600.0
TARGET_HOURS = {"0": 2, "1": 4, "2": 8, "3": 48}
SILENT = {Said.RECEIPT, Said.ACKNOWLEDGEMENT}
PREFIX = "zs_"
NAME = "acme"


@dataclass(frozen=True)
class Ticket:
    """One ticket as it stood at the end."""

    record: TicketRecord
    computed: str | None
    customer: str
    flags: frozenset[str]
    severity: str | None
    status: str
    official: Change | None
    level: str
    replied: float | None

    @property
    def id(self) -> int:
        return self.record.id

    @property
    def created(self) -> float:
        return self.record.created

    @property
    def is_open(self) -> bool:
        return self.status not in {"solved", "closed"}

    @property
    def is_customers(self) -> bool:
        return self.customer != "internal"


class Oracle:
    """One window.

    Args:
        spoken: what each comment of support is, by id, as who wrote it knows.
        surges: None where no store is at hand.
    """

    def __init__(
        self,
        records: Records,
        spoken: Mapping[int, Said],
        surges: Sequence[Surge] | None,
        since: datetime,
        until: datetime,
    ) -> None:
        self._since, self._until = since.timestamp(), until.timestamp()
        self._records = records.until(self._until)
        self._names, self._spoken = records.names, spoken
        self._surges = [] if surges is None else surges
        self._known = surges is not None
        self.tickets = [self._ticket(one) for one in self._records.tickets]
        self.received = [one for one in self.tickets if one.created >= self._since]
        self.open = [one for one in self.tickets if one.is_open]

    def report(self) -> dict[str, Any]:
        return {
            "account": NAME,
            "since": iso(self._since),
            "until": iso(self._until),
            "received": self._received(),
            "share": self._share(),
            "first_response": self._first_response(),
            "context": self._context(),
            "overrides": self._overrides(),
            "undetermined": self._both(lambda one: one.computed == "undetermined"),
            "unknown_customer": self._both(lambda one: one.computed is not None and one.customer == "unknown"),
            "needs_triage": self._needs_triage(),
            "surge": self._surge(),
            "by_day": list(self._by_day()),
        }

    # ------------------------------------------------------------ a ticket at the end

    def _ticket(self, record: TicketRecord) -> Ticket:
        names = self._names
        computed = _word(record.value(names.computed), "computed")
        official = record.last(names.official)
        counts = (
            official is not None
            and official.value in names.levels
            and official.by != "program"
            and not official.wish
            and not official.inherited
        )
        level = names.levels[official.value] if official is not None and counts else computed or "none"
        return Ticket(
            record,
            computed,
            _word(record.value(names.customer), "customer") or "unknown",
            frozenset(one.removeprefix(PREFIX) for one in record.flags(names.flags)),
            _word(record.value(names.severity), "severity"),
            record.value("status"),
            official if counts else None,
            level,
            self._replied(record),
        )

    def _replied(self, record: TicketRecord) -> float | None:
        for comment in record.comments[1:]:
            author = self._records.users.get(comment["author_id"])
            by_agent = author is not None and kind_of(author) == "agent"
            if comment["public"] and by_agent and self._spoken[comment["id"]] not in SILENT:
                return moment(comment["created_at"])
        return None

    # ------------------------------------------------------------ received, share

    def _received(self) -> dict[str, Any]:
        counted = Counter((one.level, one.customer) for one in self.received)
        return {
            "tickets": len(self.received),
            "customer_tickets": sum(one.is_customers for one in self.received),
            "not_looked_at": sum(one.computed is None for one in self.received),
            "by_level": {level: {kind: counted[level, kind] for kind in TYPES} for level in LEVELS},
        }

    def _share(self) -> dict[str, Any]:
        of = [one for one in self.received if one.is_customers]
        urgent = sorted((one for one in of if one.level in URGENT), key=lambda one: one.id)
        raised = Counter(self._raised(one) for one in urgent)
        share = percent(len(urgent), len(of))
        return {
            "urgent": len(urgent),
            "customer_tickets": len(of),
            "percent": share,
            "budget_percent": BUDGET_PERCENT,
            "within": None if not of else 100 * len(urgent) <= BUDGET_PERCENT * len(of),
            "tickets": [one.id for one in urgent],
            "raised_by": [
                {"how": how, "by": by, "who": who, "tickets": number} for (how, by, who), number in raised.items()
            ],
        }

    def _raised(self, one: Ticket) -> tuple[str, str | None, int | None]:
        names = self._names
        if one.official is not None:
            return "official", one.official.by, one.official.who
        if "inferred" in one.flags:
            return "text", None, None
        field = names.presales_severity if one.customer == "presales" else names.severity
        change = one.record.last(field)
        if change is None or one.record.value(field) is None:
            return "unknown", None, None
        return ("presales_severity" if one.customer == "presales" else "severity"), change.by, change.who

    # ------------------------------------------------------------ first response

    def _first_response(self) -> dict[str, Any]:
        of = [
            one for one in self.received if one.is_customers and one.computed is not None and "for_ce" not in one.flags
        ]
        over = [one for one in of if not one.is_open and one.replied is None]
        counted = [one for one in of if one not in over]
        goal: dict[str, Counter[str]] = {kind: Counter() for kind in ("all", *TYPES) if kind != "internal"}
        contract: dict[str, Counter[str]] = {name: Counter() for name in ("all", *TARGET_HOURS)}
        for one in counted:
            for kind in ("all", one.customer):
                goal[kind][self._goal(one)] += 1
            if "no_contract_sla" not in one.flags and one.severity is not None:
                for name in ("all", one.severity):
                    contract[name][self._contract(one, one.severity)] += 1
        without = [one for one in counted if "no_contract_sla" in one.flags]
        return {
            "goal": {kind: _hits(found, "met", "missed", "running", "suspended") for kind, found in goal.items()},
            "contract": {name: _hits(found, "met", "missed", "running") for name, found in contract.items()},
            "contract_without_severity": sum(
                one.severity is None for one in counted if "no_contract_sla" not in one.flags
            ),
            "no_contract": {
                "tickets": len(without),
                "answered": sum(one.replied is not None for one in without),
                "waiting": sum(one.replied is None for one in without),
                "median_hours": median_hours(_waits(without)),
            },
            "over_without_reply": len(over),
            "median_hours": median_hours(_waits(counted)),
        }

    def _goal(self, one: Ticket) -> str:
        stop = one.replied if one.replied is not None else self._until
        first = min(stop, one.created + GOAL_S, self._until)
        if any(surge.begins <= first and surge.ends > one.created for surge in self._surges):
            return "suspended"
        return judged(stop - one.created, GOAL_S, replied=one.replied is not None)

    def _contract(self, one: Ticket, severity: str) -> str:
        stop = one.replied if one.replied is not None else self._until
        spent = business_seconds(one.created, stop)
        return judged(spent, TARGET_HOURS[severity] * 3600.0, replied=one.replied is not None)

    # ------------------------------------------------------------ context

    def _context(self) -> dict[str, Any]:
        p2 = [one for one in self.open if one.level == "p2"]
        missing = [one for one in p2 if "context_missing" in one.flags]
        received = [one for one in self.received if one.is_customers and one.level == "p2"]
        took = sorted(one for ticket in self.tickets for one in self._completed(ticket.record))
        oldest = min(missing, key=lambda one: (one.created, one.id), default=None)
        return {
            "p2_open": len(p2),
            "complete": sum("context_complete" in one.flags for one in p2),
            "missing": len(missing),
            "oldest_missing": None
            if oldest is None
            else {"ticket": oldest.id, "hours": hours(self._until - oldest.created)},
            "completed": {
                "count": len(took),
                "median_hours": median_hours(took),
                "p90_hours": hours(took[ceil(0.9 * len(took)) - 1]) if took else None,
                "longest_hours": hours(took[-1]) if took else None,
            },
            "funnel": {
                "p2": len(received),
                "asked": sum(self._was_asked(one.record) for one in received),
                "missing": sum("context_missing" in one.flags for one in received),
                "complete": sum("context_complete" in one.flags for one in received),
            },
        }

    def _completed(self, record: TicketRecord) -> Iterator[float]:
        """Seconds from missing to complete, of each update in the window that ended it."""
        missing, complete = f"{PREFIX}context_missing", f"{PREFIX}context_complete"
        came = 0.0
        for change, before, after in record.updates(self._names.flags):
            if missing in after and missing not in before:
                came = change.at
            if missing in before - after and complete in after - before and change.at >= self._since:
                yield change.at - came

    def _was_asked(self, record: TicketRecord) -> bool:
        return any(f"{PREFIX}context_missing" in after for _, _, after in record.updates(self._names.flags))

    # ------------------------------------------------------------ overrides

    def _overrides(self) -> dict[str, Any]:
        total: Counter[str] = Counter()
        by_rule: dict[str, Counter[str]] = {}
        by_rules = 0
        for ticket in self.tickets:
            for change, direction, rule in self._disagreements(ticket.record):
                if change.by == "rule":
                    by_rules += 1
                elif change.by in PEOPLE:
                    total[direction] += 1
                    by_rule.setdefault(rule, Counter())[direction] += 1
        return {
            **_directions(total),
            "by_rule": {rule: _directions(found) for rule, found in by_rule.items()},
            "by_account_rules": by_rules,
            "standing": sum("override" in one.flags for one in self.open),
        }

    def _disagreements(self, record: TicketRecord) -> Iterator[tuple[Change, str, str]]:
        """Changes of the official priority in the window to something else than the level that was computed."""
        names, state = self._names, dict[str, Any]()
        early: Change | None = None
        for _, update in groupby(record.changes, key=lambda one: one.number):
            changes = list(update)
            state |= {one.field: one.value for one in changes}
            if early is not None and state.get(names.computed):
                yield from self._disagrees(early, state)
                early = None
            for change in changes:
                is_first = change.number == 0 and change.value in (None, "")
                if change.field != names.official or is_first or change.by == "program":
                    continue
                if change.wish or change.inherited or self._puts_back(change, record):
                    continue
                if state.get(names.computed):
                    yield from self._disagrees(change, state)
                else:
                    early = change

    def _puts_back(self, change: Change, record: TicketRecord) -> bool:
        """The integration's user sets again what stood before the program's change that comes just before."""
        stood = record.of(self._names.official)
        at = stood.index(change)
        follows = at >= 2 and stood[at - 1].by == "program"
        return follows and change.who == self._records.program and change.value == stood[at - 2].value

    def _disagrees(self, change: Change, state: Mapping[str, Any]) -> Iterator[tuple[Change, str, str]]:
        names = self._names
        computed = _word(state[names.computed], "computed")
        official = names.levels.get(change.value)
        if change.at < self._since or computed not in DETERMINED or official == computed:
            return
        if official is None:
            direction = "cleared"
        else:
            direction = "up" if DETERMINED.index(official) < DETERMINED.index(computed) else "down"
        yield change, direction, self._rule(computed, state)

    def _rule(self, level: str, state: Mapping[str, Any]) -> str:
        """The rule of the policy that gave this level."""
        customer = _word(state.get(self._names.customer), "customer")
        severity = _word(state.get(self._names.severity), "severity")
        if level == "p3":
            return "internal-work"
        if customer == "presales":
            return "presales-scale"
        if level in URGENT:
            return f"sla-severity-{level[1]}"
        return "question" if severity == "3" else "sla-severity-2-paying"

    # ------------------------------------------------------------ the rest

    def _both(self, which: Callable[[Ticket], bool]) -> dict[str, int]:
        return {"received": sum(map(which, self.received)), "open": sum(map(which, self.open))}

    def _needs_triage(self) -> dict[str, Any]:
        waiting = {one.id: self._triage_since(one) for one in self.open if "needs_triage" in one.flags}
        oldest = min(waiting, key=lambda id_: (waiting[id_], id_), default=None)
        return {
            "open": len(waiting),
            "oldest": None if oldest is None else {"ticket": oldest, "hours": hours(self._until - waiting[oldest])},
            "median_hours": median_hours(self._until - since for since in waiting.values()),
        }

    def _triage_since(self, one: Ticket) -> float:
        flag = f"{PREFIX}needs_triage"
        updates = one.record.updates(self._names.flags)
        return [change.at for change, before, after in updates if flag in after - before][-1]

    def _surge(self) -> dict[str, Any]:
        within = [one for one in self._surges if one.begins < self._until and one.ends > self._since]
        clipped = [(max(one.begins, self._since), min(one.ends, self._until), one) for one in within]
        return {
            "known": self._known,
            "hours": hours(sum(ends - begins for begins, ends, _ in clipped)),
            "stretches": [
                {"begins": iso(begins), "ends": iso(ends), "by": one.by, "reason": one.reason}
                for begins, ends, one in clipped
            ],
        }

    def _by_day(self) -> Iterator[dict[str, Any]]:
        day = datetime.fromtimestamp(self._since, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        while day.timestamp() < self._until:
            after = day + timedelta(days=1)
            came = [one for one in self.received if day.timestamp() <= one.created < after.timestamp()]
            levels = Counter(one.level for one in came if one.is_customers)
            customers = levels.total()
            yield {
                "day": f"{day:%Y-%m-%d}",
                "tickets": len(came),
                "customer_tickets": customers,
                "levels": {level: levels[level] for level in LEVELS},
                "percent": percent(levels["p0"] + levels["p1"], customers),
            }
            day = after


def _hits(found: Counter[str], *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names} | {
        "rate_percent": percent(found["met"], found["met"] + found["missed"])
    }


def _directions(found: Counter[str]) -> dict[str, int]:
    return {"changes": found.total(), **{name: found[name] for name in ("up", "down", "cleared")}}


def _waits(tickets: Iterable[Ticket]) -> list[float]:
    return [one.replied - one.created for one in tickets if one.replied is not None]


def _word(value: Any, field: str) -> str | None:
    return str(value).removeprefix(f"{PREFIX}{field}_") if value else None
