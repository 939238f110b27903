"""What a report says, in sentences: what a manager reads first. Numbers stand as the model has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from zendesk_sync.counted import many
from zendesk_sync.durations import lasting
from zendesk_sync.report.model import ALL, Directions, Hits, Oldest, Report, Share

OWN: Final = {
    "agent": "agents'",
    "ce": "customer engineers'",
    "end-user": "customers'",
    "rule": "the account's rules'",
    "program": "this program's",
    "system": "Zendesk's own",
    "unknown": "vanished users'",
    None: "nobody's",
}
"""By whom, before what they set."""
NOTHING: Final = "-"
HOW: Final = {
    "official": "official priority",
    "severity": "Severity",
    "presales_severity": "pre-sales severity",
    "text": "text alone",
    "unknown": "nothing that is known",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence or two.

    Attributes:
        calls: somebody should look at it.
    """

    topic: str
    says: str
    calls: bool = False


def findings(report: Report) -> tuple[Finding, ...]:
    """What to know of the window, most important first; what did not happen is not spoken of."""
    return tuple(_all(report))


def _all(report: Report) -> Iterable[Finding]:
    received = report.received
    if received.tickets:
        own = received.customer_tickets
        says = f"{many(received.tickets, 'ticket')}, {own:,} of them customers'."
        if received.not_looked_at:
            says += f" Not looked at yet: {received.not_looked_at:,}."
        yield Finding("Received", says)
    else:
        yield Finding("Received", "No ticket was received in this window.")
    if report.share.percent is not None:
        yield Finding("p0 and p1", _share(report.share), report.share.within is False)
    yield from _responses(report)
    yield from _context(report)
    if report.overrides.total.changes:
        yield Finding("Overrides", _overrides(report))
    yield from _unsettled(report)
    yield _surge(report)


def _share(share: Share) -> str:
    over = "within" if share.within else "over"
    said = (
        f"{share.urgent:,} of {many(share.customer_tickets, 'customer ticket')} ({percent(share.percent)}), "
        f"{over} the budget of {share.budget_percent:g} %"
    )
    groups: Counter[tuple[str, str | None]] = Counter()
    for one in share.raised_by:
        groups[one.how, one.by] += one.tickets
    by = [f"{tickets:,} by {_raised(how, by)}" for (how, by), tickets in groups.most_common()]
    return f"{said}: {', '.join(by)}." if by else f"{said}."


def _raised(how: str, by: str | None) -> str:
    return HOW[how] if how in {"text", "unknown"} else f"{OWN[by]} {HOW[how]}"


def _responses(report: Report) -> Iterable[Finding]:
    first = report.first_response
    goal, contract = first.goal.get(ALL, Hits()), first.contract.get(ALL, Hits())
    if goal != Hits():
        suspended = f", {goal.suspended:,} suspended by surge" if goal.suspended else ""
        yield Finding("Goal", _hits(goal, suspended))
    if contract != Hits():
        yield Finding("Contract", _hits(contract), contract.missed > 0)
    if first.contract_without_severity:
        count = many(first.contract_without_severity, "ticket")
        yield Finding("No Severity", f"{count} under contract without a Severity, so without a target.", calls=True)
    if first.over_without_reply:
        yield Finding("No reply", f"{many(first.over_without_reply, 'ticket')} over without a first reply.")


def _hits(hits: Hits, more: str = "") -> str:
    ended = hits.met + hits.missed
    running = f"{hits.running:,} running{more}"
    if not ended:
        return f"First responses: none met or missed yet; {running}."
    return f"{hits.missed:,} of {many(ended, 'first response')} missed ({percent(hits.rate_percent)} met); {running}."


def _context(report: Report) -> Iterable[Finding]:
    context = report.context
    if not context.p2_open:
        return
    said = f"{context.p2_open:,} p2 open, {context.complete:,} with complete context, {context.missing:,} without"
    oldest = context.oldest_missing
    more = "" if oldest is None else f"; the oldest without is {_since(oldest)} old"
    yield Finding("Context", f"{said}{more}.", context.missing > 0)


def _overrides(report: Report) -> str:
    over = report.overrides
    total = over.total
    said = f"People changed the computed level {times(total.changes)}: {directions(total)}."
    if over.by_rule:
        rule, most = max(over.by_rule.items(), key=lambda pair: pair[1].changes)
        said += f" Most often against {rule}: {directions(most)}."
    return said


def _unsettled(report: Report) -> Iterable[Finding]:
    triage = report.needs_triage
    if triage.open:
        longest = "" if triage.oldest is None else f"; the longest, {_since(triage.oldest)}"
        yield Finding("Triage", f"{many(triage.open, 'open ticket')} waiting for a level{longest}.", calls=True)
    for topic, count in (("Undetermined", report.undetermined), ("Unknown customer", report.unknown_customer)):
        if count.received or count.open:
            yield Finding(topic, f"{count.received:,} of those received; {count.open:,} of all that are open.")


def _surge(report: Report) -> Finding:
    surge = report.surge
    if not surge.known:
        return Finding("Surge", "Not known here: only the service's store tells.")
    if not surge.stretches:
        return Finding("Surge", "None.")
    return Finding("Surge", f"{hours(surge.hours)} in {many(len(surge.stretches), 'stretch', 'stretches')}.")


def directions(moved: Directions) -> str:
    return f"{moved.up:,} up, {moved.down:,} down, {moved.cleared:,} cleared"


def percent(value: float | None) -> str:
    """With its one decimal; a dash for the share of nothing."""
    return NOTHING if value is None else f"{value:.1f} %"


def hours(value: float | None) -> str:
    """With their two decimals, and from an hour on as people say it too."""
    if value is None:
        return NOTHING
    said = f" ({lasting(round(value * 3600))})" if value >= 1 else ""
    return f"{value:,.2f} h{said}"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _since(oldest: Oldest) -> str:
    return f"ticket {oldest.ticket}, {lasting(round(oldest.hours * 3600))}"
