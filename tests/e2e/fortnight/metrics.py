"""The metrics as a monitoring system gets them, and what they must be by the oracle."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.commands import configure
from tests.e2e.fortnight.board import in_order
from tests.e2e.fortnight.check import Fortnight
from tests.e2e.fortnight.oracle import Oracle
from tests.e2e.world import NAME
from tests.policy.facts import HANDBOOK
from zendesk_sync.cli.door import health
from zendesk_sync.report.recent import Recent
from zendesk_sync.settings import load

Samples = Mapping[tuple[str, ...], float]
"""(name without prefix, the labels' values but the account's, in order of the alphabet) -> value."""
COUNTED = ("report_", "unsolved_", "urgent_", "queue_tickets", "number_one_holders", "number_one_agrees")
BEGINS, ENDS = "report_start_timestamp_seconds", "report_end_timestamp_seconds"


def scraped(played: Fortnight, folder: Path) -> Samples:
    """What a service on this store tells, over a socket; counting goes on beside the first answers."""
    desk = played.desk
    configure(desk, folder)
    settings = load(folder / "zendesk-sync.toml")
    recent = Recent(store=desk.store, handbook=HANDBOOK, days=settings.service.board.days)
    told = health(settings, HANDBOOK, desk.store, recent)
    desk.door.serve(told.private())
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        samples = dict(_samples(httpx.get(f"{desk.door.url}/metrics").raise_for_status().text))
        if (ENDS,) in samples:
            return samples
        time.sleep(0.05)
    raise AssertionError("nothing is counted")


def differences(played: Fortnight, samples: Samples) -> list[str]:
    """Metrics that are not what the records give. Without a number there is no sample, except where 0 is one."""
    window = played.oracle_between(samples[BEGINS,], samples[ENDS,])
    wanted = {(key[0], *sorted(key[1:])): value for key, value in _wanted(played, window) if value is not None}
    said = {key: value for key, value in samples.items() if key[0].startswith(COUNTED) and key[0] not in {BEGINS, ENDS}}
    keys = sorted(key for key in wanted.keys() | said.keys() if wanted.get(key, 0) != said.get(key, 0))
    wrong = [f"{' '.join(key)}: {said.get(key)}, {wanted.get(key)}" for key in keys]
    return wrong + sorted({key[0] for key in said} ^ {key[0] for key in wanted})


def _samples(text: str) -> Iterator[tuple[tuple[str, ...], float]]:
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            if one.labels.get("account") == NAME:
                values = sorted(value for label, value in one.labels.items() if label != "account")
                yield (one.name.removeprefix("zendesk_sync_"), *values), one.value


def _wanted(played: Fortnight, window: Oracle) -> Iterator[tuple[tuple[str, ...], float | None]]:
    told = window.report()
    share, clocks, context, over = (told[part] for part in ("share", "first_response", "context", "overrides"))
    for level, kinds in told["received"]["by_level"].items():
        for kind, tickets in kinds.items():
            yield ("report_received_tickets", level, kind), tickets
    yield ("report_not_looked_at_tickets",), told["received"]["not_looked_at"]
    yield ("report_urgent_ratio",), share["urgent"] / share["customer_tickets"]
    yield ("urgent_budget_ratio",), share["budget_percent"] / 100
    raised: Counter[tuple[str, str]] = Counter()
    for one in share["raised_by"]:
        raised[one["how"], one["by"] or "nobody"] += one["tickets"]
    yield from ((("report_urgent_tickets", *key), tickets) for key, tickets in raised.items())
    for clock, of in (("goal", clocks["goal"]), ("contract", clocks["contract"])):
        for name, hits in of.items():
            outcomes = () if name == "all" else hits.items()
            yield from (((f"report_{clock}_tickets", name, how), n) for how, n in outcomes if how != "rate_percent")
    for name in ("contract_without_severity", "over_without_reply"):
        yield (f"report_{name}_tickets",), clocks[name]
    yield from ((("report_no_contract_tickets", s), clocks["no_contract"][s]) for s in ("waiting", "answered"))
    yield ("report_first_response_median_seconds",), _seconds(clocks["median_hours"])
    yield ("unsolved_p2_tickets",), context["p2_open"]
    yield from ((("unsolved_p2_context_tickets", how), context[how]) for how in ("missing", "complete"))
    yield ("unsolved_p2_missing_oldest_age_seconds",), _age(context["oldest_missing"])
    completed = context["completed"]
    yield ("report_context_completions",), completed["count"]
    for name in ("median", "p90"):
        yield (f"report_context_completion_{name}_seconds",), _seconds(completed[f"{name}_hours"])
    yield from ((("report_context_funnel_tickets", stage), n) for stage, n in context["funnel"].items())
    for rule, found in over["by_rule"].items():
        yield from ((("report_overrides", rule, way), found[way]) for way in ("up", "down", "cleared"))
    yield ("report_account_rule_overrides",), over["by_account_rules"]
    yield ("unsolved_override_tickets",), over["standing"]
    for name in ("undetermined", "unknown_customer"):
        yield (f"report_{name}_tickets",), told[name]["received"]
        yield (f"unsolved_{name}_tickets",), told[name]["open"]
    triage = told["needs_triage"]
    yield ("unsolved_needs_triage_tickets",), triage["open"]
    yield ("unsolved_needs_triage_oldest_age_seconds",), _age(triage["oldest"])
    yield ("unsolved_needs_triage_median_seconds",), _seconds(triage["median_hours"])
    yield ("report_surge_seconds",), _seconds(told["surge"]["hours"])
    for clock, flag in (("contract", "sla_due"), ("goal", "goal_due")):
        yield ("unsolved_first_response_due_tickets", clock), sum(flag in one.flags for one in window.open)
    waiting, tagged = in_order(played)
    levels = Counter(one.level for one in waiting)
    yield from ((("queue_tickets", level), n) for level, n in levels.items())
    yield ("number_one_holders",), len(tagged)
    yield ("number_one_agrees",), float(tagged == [one.id for one in waiting[:1]])


def _seconds(hours: float | None) -> float | None:
    return None if hours is None else round(hours * 3600)


def _age(oldest: dict[str, Any] | None) -> float | None:
    return None if oldest is None else _seconds(oldest["hours"])
