"""More fortnights, larger ones, and such with an official priority of the account's own."""

from __future__ import annotations

import pytest

from tests.e2e.fortnight.check import fortnight

SEEDS = range(1, 6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("official", ["priority", "Our level"])
def test_every_number_of_many_fortnights(seed: int, official: str) -> None:
    """The service's history and Zendesk read anew both give the numbers that the records give."""
    with fortnight(seed, 60, official) as played:
        assert played.differences() == []


def test_every_number_of_a_large_desk() -> None:
    """Hundreds of tickets, thousands of updates: several pages of events."""
    with fortnight(100, 400) as played:
        assert played.differences() == []


@pytest.mark.parametrize("seed", [31, 32])
def test_a_store_that_is_lost_in_the_middle(seed: int) -> None:
    """What happened before is read again from Zendesk; only that it was surge is not known any more."""
    with fortnight(seed, 60, loses_store=True) as played:
        assert len(played.desk.surges) == 1
        assert played.differences() == []
