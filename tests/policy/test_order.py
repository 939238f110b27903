"""What puts a ticket after its neighbour in the order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.policy.facts import HANDBOOK
from tests.policy.test_invariants import places, workloads
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import Apart, Place, apart, key, order
from zendesk_sync.policy.terms import Workload

TIER_FIRST = HANDBOOK.model_copy(update={"switches": HANDBOOK.switches.model_copy(update={"order": "tier-first"})})
handbooks = st.sampled_from([HANDBOOK, TIER_FIRST])


@given(places, workloads, handbooks)
def test_what_is_said_to_part_two_neighbours_does(tickets: list[Place], workload: Workload, handbook: Handbook) -> None:
    """The part named differs, those before it do not; number one has nobody before it."""
    found = order(tickets, workload, handbook)
    for before, place in zip([None, *found], found, strict=False):
        said = apart(before, place, workload, handbook)
        assert (said is Apart.FIRST) == (before is None)
        if before is None:
            continue
        same = [
            one == other
            for one, other in zip(key(before, workload, handbook), key(place, workload, handbook), strict=True)
        ]
        match said:
            case Apart.LEVEL:
                assert before.priority is not place.priority
            case Apart.CUSTOMER:
                assert workload is Workload.SURGE
                assert before.customer is not place.customer
            case Apart.RECEIVED:
                assert same[:3] == [True, True, False]
            case Apart.NUMBER:
                assert same == [True, True, True, False]
