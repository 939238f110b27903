"""The matrix of faults for the backfill, wide: many accounts, every kind of end at every call, and faults at random.

`ZENDESK_SYNC_SOAK_SEEDS=40` says how many accounts; a case that failed is run again by its name, as it was.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_backfill_faults import ENDS, ODD, RULES, ends_quietly, the_next_process_goes_on
from tests.e2e.test_backfill_slices import a_later_part, a_search, an_official_field_of_their_own
from tests.e2e.volume import Killed, Volume, check, quiet_run, small_pages, volume

SEEDS = range(100, 100 + int(os.environ.get("ZENDESK_SYNC_SOAK_SEEDS", "8")))
ANSWERS = ("too_many_requests", "unavailable", "bad_gateway", "dropped_answer", "job_item_failed", "database_conflict")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages(monkeypatch)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", RULES)
def test_every_trouble_on_every_account(tmp_path: Path, fault: str, seed: int) -> None:
    ends_quietly(tmp_path, seed, RULES[fault])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", RULES)
@pytest.mark.parametrize("kind", [a_search, a_later_part, an_official_field_of_their_own])
def test_every_trouble_on_every_slice(
    tmp_path: Path, kind: Callable[[Path, int, str], None], fault: str, seed: int
) -> None:
    kind(tmp_path, seed, fault)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("fault", ODD)
def test_every_odd_answer_on_every_account(tmp_path: Path, fault: Callable[[Volume], None], seed: int) -> None:
    with volume(tmp_path, seed) as house:
        fault(house)
        for _ in range(3):
            house.attempt()
            house.clock.advance(30)
        house.finish()
        check(house, quiet_run(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_troubles_at_random(tmp_path: Path, seed: int) -> None:
    for number in range(8):
        ends_quietly(tmp_path / f"{number}", seed, _rules(random.Random(f"{seed}/{number}")))


@pytest.mark.parametrize("seed", SEEDS[:2])
@pytest.mark.parametrize(("store", "sent"), ENDS)
def test_every_kind_of_end_at_every_call(tmp_path: Path, seed: int, store: str, sent: bool) -> None:
    for call in range(1, len(quiet_run(seed).calls) + 1):
        the_next_process_goes_on(tmp_path / f"{call}", seed, call, store, sent=sent)


@pytest.mark.parametrize("seed", SEEDS)
def test_processes_that_end_again_and_again_under_trouble(tmp_path: Path, seed: int) -> None:
    """Each process lives for a few calls, among faults, and leaves its store as it was at its last moment."""
    chance = random.Random(f"{seed} ends")
    with volume(tmp_path, seed) as house:
        house.chaos(*_rules(chance), seed=seed)
        for number in range(8):
            _dies(house, chance.randint(2, 25), f"killed {number}", sent=chance.random() < 0.5)
        house.finish()
        check(house, quiet_run(seed))


def _dies(house: Volume, call: int, name: str, *, sent: bool) -> None:
    calls = 0

    def strike(_request: object) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            house.photograph(name)
            raise Killed

    house.wire.quiet()
    if sent:
        house.wire.after = strike
    else:
        house.wire.before = strike
    try:
        house.attempt()
    except Killed:
        house.restart(name)


def _rules(chance: random.Random) -> list[dict[str, Any]]:
    """A few kinds of trouble, each with a chance and an end of its own."""
    rules: list[dict[str, Any]] = []
    for fault in chance.sample(ANSWERS, 3):
        rule = {"name": fault, "fault": fault, "probability": round(chance.uniform(0.05, 0.6), 2), "count": 40}
        if fault == "too_many_requests":
            rule["retry_after"] = chance.choice([0, 1, 30, 70])
        if fault in {"dropped_answer", "database_conflict"} and chance.random() < 0.5:
            rule["method"] = "PUT"
        rules.append(rule)
    if chance.random() < 0.5:
        rules.append({"fault": "stale_export", "seconds": chance.choice([60, 600, 4000]), "probability": 0.5})
    return rules
