"""What a monitoring system is told of the report: its numbers, no ticket, no person, nothing before all is known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from tests.policy.facts import HANDBOOK
from tests.report.stories import ANN, CUSTOMER
from tests.watched import LAG, NOW, TICKETS, Watch, families, samples, watched
from zendesk_sync.policy.terms import CustomerType, Priority, RuleId
from zendesk_sync.report.gauges import ReportGauges
from zendesk_sync.report.recent import Lately, Recent
from zendesk_sync.report.rule_behind import OF_LEVELS, rule_behind
from zendesk_sync.store import Store
from zendesk_sync.sync.gauges import Gauges, render


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def store(watch: Watch) -> Iterator[Store]:
    with watched(watch) as opened:
        yield opened


def counted(store: Store) -> Lately:
    found = Recent(store=store, handbook=HANDBOOK, days=14).of("acme")
    assert found is not None
    return found


def test_the_numbers_are_the_reports(store: Store, watch: Watch) -> None:
    """Every one of them, hours as seconds and percentages as shares."""
    found, said = samples(store, watch), counted(store).report.as_json()
    single = {
        "report_not_looked_at_tickets": said["received"]["not_looked_at"],
        "report_contract_without_severity_tickets": said["first_response"]["contract_without_severity"],
        "report_over_without_reply_tickets": said["first_response"]["over_without_reply"],
        "report_first_response_median_seconds": round(3600 * said["first_response"]["median_hours"]),
        "urgent_budget_ratio": said["share"]["budget_percent"] / 100,
        "unsolved_p2_tickets": said["context"]["p2_open"],
        "unsolved_p2_missing_oldest_age_seconds": round(3600 * said["context"]["oldest_missing"]["hours"]),
        "report_context_completions": said["context"]["completed"]["count"],
        "report_context_completion_median_seconds": round(3600 * said["context"]["completed"]["median_hours"]),
        "report_context_completion_p90_seconds": round(3600 * said["context"]["completed"]["p90_hours"]),
        "report_account_rule_overrides": said["overrides"]["by_account_rules"],
        "unsolved_override_tickets": said["overrides"]["standing"],
        "report_undetermined_tickets": said["undetermined"]["received"],
        "unsolved_undetermined_tickets": said["undetermined"]["open"],
        "report_unknown_customer_tickets": said["unknown_customer"]["received"],
        "unsolved_unknown_customer_tickets": said["unknown_customer"]["open"],
        "unsolved_needs_triage_tickets": said["needs_triage"]["open"],
        "unsolved_needs_triage_oldest_age_seconds": round(3600 * said["needs_triage"]["oldest"]["hours"]),
        "unsolved_needs_triage_median_seconds": round(3600 * said["needs_triage"]["median_hours"]),
        "report_surge_seconds": round(3600 * said["surge"]["hours"]),
        "report_end_timestamp_seconds": NOW - LAG,
    }
    assert {name: found[name, "acme"] for name in single} == single
    assert [name for name, value in single.items() if not value] == ["report_over_without_reply_tickets"]
    assert round(100 * found["report_urgent_ratio", "acme"], 1) == said["share"]["percent"]
    labelled: dict[tuple[str, ...], float] = {}
    for level, types in said["received"]["by_level"].items():
        labelled |= {("report_received_tickets", customer, level): tickets for customer, tickets in types.items()}
    for one in said["share"]["raised_by"]:
        labelled["report_urgent_tickets", one["by"] or "nobody", one["how"]] = one["tickets"]
    outcomes = ("met", "missed", "running", "suspended")
    for customer, hits in said["first_response"]["goal"].items():
        labelled |= {("report_goal_tickets", customer, one): hits[one] for one in outcomes if customer != "all"}
    for severity, hits in said["first_response"]["contract"].items():
        labelled |= {("report_contract_tickets", one, severity): hits[one] for one in outcomes[:3] if severity != "all"}
    for state in ("waiting", "answered"):
        labelled["report_no_contract_tickets", state] = said["first_response"]["no_contract"][state]
    for context in ("missing", "complete"):
        labelled["unsolved_p2_context_tickets", context] = said["context"][context]
    labelled |= {("report_context_funnel_tickets", stage): count for stage, count in said["context"]["funnel"].items()}
    for rule, ways in said["overrides"]["by_rule"].items():
        labelled |= {("report_overrides", way, rule): ways[way] for way in ("up", "down", "cleared")}
    assert {key: found[key[0], "acme", *key[1:]] for key in labelled} == labelled
    rest = {(key[0], *key[2:]) for key, value in found.items() if value and key[2:] and key[0].startswith("report")}
    assert rest <= set(labelled)


def test_a_first_response_that_is_due_is_told_by_clock(store: Store, watch: Watch) -> None:
    """One ticket of ``acme`` carries each flag."""
    found = samples(store, watch)
    assert found["unsolved_first_response_due_tickets", "acme", "contract"] == 1
    assert found["unsolved_first_response_due_tickets", "acme", "goal"] == 1


def test_no_label_names_a_ticket_or_a_person(store: Store, watch: Watch) -> None:
    """Two agents who raise tickets in the same way are one series."""
    labels = {
        value
        for family in families(store, watch)
        for one in family.samples
        for label, value in one.labels.items()
        if (family.name, label) != ("zendesk_sync_report_contract_tickets", "severity")
    }
    assert not [value for value in labels if re.search(r"\d{2}|^\d+$", value)]
    lately, raised = counted(store), counted(store).report.share.raised_by
    two = replace(raised[0], who=ANN, tickets=2), replace(raised[0], who=CUSTOMER, tickets=3)
    share = replace(lately.report.share, raised_by=two)
    both = {"acme": replace(lately, report=replace(lately.report, share=share))}
    registry = CollectorRegistry()
    registry.register(ReportGauges(store, ["acme"], lambda _: both))
    lines = [one for one in render(registry).decode().splitlines() if one.startswith("zendesk_sync_report_urgent_t")]
    assert len(lines) == 1
    assert lines[0].endswith(" 5.0")
    assert str(min(TICKETS)) not in json.dumps(lines)


def test_nothing_is_told_before_the_history_is_complete(store: Store, watch: Watch) -> None:
    """Nor counted; also where the history has been begun anew since the last count. It is never said to be 0."""
    known = counted(store)
    registry = CollectorRegistry()
    registry.register(ReportGauges(store, ["acme", "globex"], lambda names: dict.fromkeys(names, known), clock=watch))
    assert 'report_urgent_ratio{account="acme"}' in render(registry).decode()
    lease = store.acquire("acme", "test", 1000)
    assert lease is not None
    store.begin_chronicle(lease, NOW - 100, "another way")
    lines = [one for one in render(registry).decode().splitlines() if not one.startswith("#")]
    assert lines == [
        'zendesk_sync_history_complete{account="acme"} 0.0',
        'zendesk_sync_history_complete{account="globex"} 0.0',
        'zendesk_sync_history_lag_seconds{account="acme"} 100.0',
    ]


def test_a_store_that_fails_is_told_and_nothing_else(store: Store, watch: Watch) -> None:
    """Counts from before are not shown as if they were of now."""
    known = counted(store)
    registry = CollectorRegistry()
    registry.register(Gauges(store, ["acme"]))
    registry.register(ReportGauges(store, ["acme"], lambda names: dict.fromkeys(names, known), clock=watch))
    store.close()
    lines = [one for one in render(registry).decode().splitlines() if not one.startswith("#")]
    assert lines == ["zendesk_sync_store_up 0.0"]


def test_every_rule_that_gives_a_level_is_told() -> None:
    """And no other: who moves a level disagrees with one of these."""
    found = {
        rule_behind(level.value, customer.value, severity, is_for_ce=False)
        for level in Priority
        for customer in CustomerType
        for severity in (None, "0", "1", "2", "3")
        if level.determined
    }
    assert found == OF_LEVELS < set(RuleId)
