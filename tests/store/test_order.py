"""The store's order is the policy's: number one is chosen from it without asking Zendesk."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.facts import HANDBOOK
from tests.policy.test_invariants import places
from tests.store.conftest import Clock, acquired
from zendesk_sync.policy.case_format import QueueCase
from zendesk_sync.policy.order import Place, band, order, type_rank
from zendesk_sync.policy.terms import Workload
from zendesk_sync.store import Standing, Store

GOLDEN = Path(__file__).parents[1] / "policy" / "golden.toml"
CASES = [QueueCase.model_validate(one) for one in tomllib.loads(GOLDEN.read_text(encoding="utf-8"))["queue"]]
TIER_FIRST = HANDBOOK.model_copy(update={"switches": HANDBOOK.switches.model_copy(update={"order": "tier-first"})})


def stood(store: Store, tickets: list[Place], workload: Workload, *, tier_first: bool) -> list[int]:
    """The order that the store gives of these."""
    lease = acquired(store)
    known = [
        Standing(one.id, band(one.priority), type_rank(one.customer), one.received.timestamp(), False, one.in_order, "")
        for one in tickets
    ]
    store.stand(lease, known)
    store.release(lease)
    by_type = workload is Workload.SURGE
    found = [one.ticket for one in store.order("acme", by_type=by_type, type_first=tier_first)]
    first = store.first("acme", by_type, type_first=tier_first)
    assert (None if first is None else first.ticket) == next(iter(found), None)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.case)
def test_golden_cases_of_the_order(store: Store, case: QueueCase) -> None:
    """Policy Q1 to Q10: the store's order, from which number one is chosen, is the policy's."""
    tickets = [Place(t.id, t.priority, t.customer, t.received, t.status, t.for_ce) for t in case.tickets]
    found = stood(store, tickets, case.workload, tier_first=False)
    assert found == [one.id for one in order(tickets, case.workload, HANDBOOK)]
    assert case.order is None or found == case.order
    assert case.number_one is None or found[0] == case.number_one


@settings(max_examples=20)
@given(places, st.sampled_from(list(Workload)), st.booleans())
def test_the_stores_order_is_the_policys(tickets: list[Place], workload: Workload, tier_first: bool) -> None:
    """Both workloads, both ways to read the page's list."""
    with Store.open(None, clock=Clock()) as store:
        store.ensure_account("acme")
        handbook = TIER_FIRST if tier_first else HANDBOOK
        expected = [one.id for one in order(tickets, workload, handbook)]
        assert stood(store, tickets, workload, tier_first=tier_first) == expected
