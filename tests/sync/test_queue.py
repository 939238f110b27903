"""The queue's order out of the store is the policy's."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.policy.test_invariants import places, workloads
from tests.policy.test_order import handbooks
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.policy.order import Place, band, order, type_rank
from zendesk_sync.policy.terms import Workload
from zendesk_sync.store.standings import Standing
from zendesk_sync.sync.queue import place_of


def standing(place: Place) -> Standing:
    received = place.received.timestamp()
    return Standing(place.id, band(place.priority), type_rank(place.customer), received, False, place.in_order, "")


@given(places, workloads, handbooks, st.randoms(use_true_random=False))
def test_the_standing_gives_the_policys_order_whatever_the_input_order(
    tickets: list[Place], workload: Workload, handbook: Handbook, chance: random.Random
) -> None:
    """What the store keeps of a ticket is enough for its place: same tickets, same sequence."""
    shuffled = list(tickets)
    chance.shuffle(shuffled)
    found = order((place_of(standing(one)) for one in shuffled), workload, handbook)
    assert [one.id for one in found] == [one.id for one in order(tickets, workload, handbook)]
