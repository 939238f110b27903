"""A slice of the history, and an official priority that is the account's own field, under the same faults."""

from __future__ import annotations

import itertools
from pathlib import Path

import httpx
import pytest

from tests.e2e.test_backfill_faults import RULES, attempt
from tests.e2e.volume import Killed, Volume, check, quiet_run, small_pages, volume

QUERY = "type:ticket status<solved priority:none"
OWN_FIELD = "Level"
CASES = list(zip(RULES, itertools.cycle((1, 2)), strict=False))
"""Kinds of slices take turns with them; `make soak` tries each with all."""


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages(monkeypatch)


def written(house: Volume) -> set[int]:
    """Tickets that anything of ours was written to."""
    return {event["ticket_id"] for event in house.history() if event["updater_id"] == house.zendesk.integration_id}


@pytest.mark.parametrize(("fault", "seed"), CASES[::7])
def test_a_search_under_trouble(tmp_path: Path, fault: str, seed: int) -> None:
    """Only what it finds is written to; the whole history afterwards ends as it always does."""
    a_search(tmp_path, seed, fault)


def a_search(folder: Path, seed: int, fault: str) -> None:
    with volume(folder, seed) as house:
        house.connect().close()
        inside = {i for i, one in house.tickets().items() if one["status"] in {"new", "open", "pending", "hold"}}
        house.query = QUERY
        house.chaos(*RULES[fault], seed=seed)
        attempt(house)
        house.calm()
        house.run()
        assert written(house) <= inside
        house.query = None
        house.finish()
        check(house, quiet_run(seed))


@pytest.mark.parametrize(("fault", "seed"), CASES[1::7])
def test_a_later_part_under_trouble(tmp_path: Path, fault: str, seed: int) -> None:
    """Only tickets changed since then are written to; the whole history afterwards ends as it always does."""
    a_later_part(tmp_path, seed, fault)


def a_later_part(folder: Path, seed: int, fault: str) -> None:
    with volume(folder, seed) as house:
        house.connect().close()
        changed = {i: one["updated_at"] for i, one in house.tickets().items()}
        house.clock.advance(700)
        house.since = int(house.clock.timestamp()) - 300
        for ticket in list(changed)[::3]:
            if house.tickets()[ticket]["status"] != "closed":
                house.agent_changes(ticket, subject=house.tickets()[ticket]["subject"] + "!")
        house.clock.advance(700)
        inside = {i for i, one in house.tickets().items() if one["updated_at"] != changed[i]}
        assert inside
        house.chaos(*RULES[fault], seed=seed)
        attempt(house)
        house.calm()
        house.run()
        assert written(house) <= inside
        house.since = 0
        house.finish()
        check(house, quiet_run(seed), touched=inside)


@pytest.mark.parametrize(("fault", "seed"), CASES[2::7])
def test_an_official_field_of_their_own_under_trouble(tmp_path: Path, fault: str, seed: int) -> None:
    an_official_field_of_their_own(tmp_path, seed, fault)


def an_official_field_of_their_own(folder: Path, seed: int, fault: str) -> None:
    with volume(folder, seed, official=OWN_FIELD) as house:
        house.chaos(*RULES[fault], seed=seed)
        attempt(house)
        house.finish()
        assert any(house.priority(ticket) for ticket in house.tickets())
        check(house, quiet_run(seed, official=OWN_FIELD))


def test_what_an_agent_sets_in_a_field_of_their_own_stands(tmp_path: Path) -> None:
    """Also where they are faster than the job."""
    seed = 1
    with volume(tmp_path, seed, official=OWN_FIELD) as house:
        theirs: dict[int, str] = {}

        def after(request: httpx.Request) -> None:
            if request.url.path.endswith("update_many"):
                for ticket in [i for i, one in house.tickets().items() if one["status"] == "open"][:6]:
                    if ticket not in theirs:
                        theirs[ticket] = house.agent_prioritises(ticket)

        house.wire.after = after
        attempt(house)
        house.finish()
        assert theirs
        assert {ticket: house.priority(ticket) for ticket in theirs} == theirs
        check(house, quiet_run(seed, official=OWN_FIELD), touched=theirs)


def test_old_rows_and_a_store_that_was_deleted(tmp_path: Path) -> None:
    """The export lags by hours behind our own writes, and nothing of ours remembers them: nothing is written twice."""
    seed = 3
    with volume(tmp_path, seed) as house:
        seen = 0

        def after(request: httpx.Request) -> None:
            nonlocal seen
            seen += request.url.path.endswith("update_many")
            if seen == 3:
                raise Killed

        house.wire.after = after
        with pytest.raises(Killed):
            house.run(1)
        house.restart("deleted")
        house.chaos(*RULES["export hours behind"], seed=seed)
        attempt(house)
        house.finish()
        check(house, quiet_run(seed))
