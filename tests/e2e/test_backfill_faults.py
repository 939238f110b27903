"""A backfill under every fault that we can make ends exactly as the quiet run on the same account does."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.volume import Killed, Volume, check, quiet_run, small_pages, volume

SEEDS = (1, 2)
"""Cases take turns with them; `make soak` runs many more."""
EVENTS = "/api/v2/incremental/ticket_events"
EXPORT = "/api/v2/incremental/tickets/cursor"
UPDATE_MANY = "/api/v2/tickets/update_many"

RULES: dict[str, list[dict[str, Any]]] = {
    "429 storm": [{"fault": "too_many_requests", "probability": 0.5, "count": 60, "retry_after": 20}],
    "429 without JSON": [{"fault": "too_many_requests", "probability": 0.4, "body": "text", "retry_after": 0}],
    "503 anywhere": [{"fault": "unavailable", "probability": 0.4, "count": 60}],
    "503 that says when": [{"fault": "unavailable", "probability": 0.5, "count": 40, "retry_after": 9}],
    "502 as a page": [{"fault": "bad_gateway", "probability": 0.4, "count": 60}],
    "nothing but 502 for a while": [{"fault": "bad_gateway", "skip": 6, "count": 70}],
    "409 on any write": [{"fault": "database_conflict", "method": "PUT", "probability": 0.6, "count": 12}],
    "answers lost": [{"fault": "dropped_answer", "probability": 0.3, "count": 60}],
    "answers of writes lost": [{"fault": "dropped_answer", "method": "PUT", "probability": 0.7}],
    "job items that fail": [{"fault": "job_item_failed", "probability": 0.5, "count": 25}],
    "export ten minutes behind": [{"fault": "stale_export", "seconds": 600, "probability": 0.6}],
    "export hours behind": [{"fault": "stale_export", "seconds": 9000, "probability": 0.5}],
    "histories hours behind": [{"fault": "stale_export", "seconds": 9000, "path": EVENTS}],
    "clocks that are off": [{"fault": "clock_skew", "seconds": 45, "method": "GET", "probability": 0.3}],
    "all at once": [
        {"fault": "too_many_requests", "probability": 0.1, "count": 20},
        {"fault": "unavailable", "probability": 0.1, "count": 20},
        {"fault": "bad_gateway", "probability": 0.1, "count": 20},
        {"fault": "dropped_answer", "probability": 0.1, "count": 20},
        {"fault": "job_item_failed", "probability": 0.2, "count": 20},
        {"fault": "stale_export", "seconds": 600, "probability": 0.3},
    ],
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    small_pages(monkeypatch)


@pytest.mark.parametrize(("fault", "seed"), list(zip(RULES, itertools.cycle(SEEDS), strict=False)))
def test_trouble_with_zendesk(tmp_path: Path, fault: str, seed: int) -> None:
    assert ends_quietly(tmp_path, seed, RULES[fault]), "the fault never struck"


def ends_quietly(folder: Path, seed: int, rules: list[dict[str, Any]]) -> int:
    """Run under these rules, then without, and compare; returns how many faults struck."""
    with volume(folder, seed) as house:
        house.chaos(*rules, seed=seed)
        attempt(house)
        struck = house.strikes()
        house.finish()
        check(house, quiet_run(seed))
        return struck


def attempt(house: Volume) -> None:
    """The command again and again while the faults last, whether it goes through or not."""
    for _ in range(3):
        house.attempt()
        house.clock.advance(30)


def test_a_history_whose_end_is_missing_decides_nothing(tmp_path: Path) -> None:
    """The events lag behind the ticket: it is read alone, comments and all, and not judged by half of what was said."""
    assert ends_quietly(tmp_path, 202, RULES["histories hours behind"])


# ---------------------------------------------------------------- answers that no rule of chaos makes


def rewritten(change: Callable[[dict[str, Any]], None], answer: httpx.Response) -> httpx.Response:
    body = json.loads(answer.read())
    change(body)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return httpx.Response(answer.status_code, headers=headers, stream=httpx.ByteStream(json.dumps(body).encode()))


def jobs_vanish(house: Volume) -> None:
    """Zendesk never heard of the jobs it took on."""

    def instead(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if "job_statuses" not in request.url.path:
            return answer
        return rewritten(lambda body: body.update(job_statuses=[]), answer)

    house.wire.instead = instead


def pages_instead_of_answers(house: Volume) -> None:
    """A proxy answers the first writes with a page of its own and status 200, after they were applied."""
    left = 3
    house.slow_jobs(1500)

    def instead(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        nonlocal left
        if request.method != "PUT" or not left:
            return answer
        left -= 1
        headers = {"date": answer.headers["date"]}
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(b"<html>Please wait</html>"))

    house.wire.instead = instead


def old_rows_come_again(house: Volume) -> None:
    """Every later page repeats rows of the pages before it, as they were then."""
    before: dict[str, list[dict[str, Any]]] = {"tickets": [], "users": [], "organizations": []}

    def instead(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path != EXPORT or answer.status_code != 200:
            return answer

        def change(body: dict[str, Any]) -> None:
            for name, rows in before.items():
                fresh = body[name]
                body[name] = [*rows, *fresh]
                rows.extend(fresh)

        return rewritten(change, answer)

    house.wire.instead = instead


def jobs_take_long(house: Volume) -> None:
    house.slow_jobs(400)


def nothing_is_answered_in_time(house: Volume) -> None:
    """Every third answer comes too late; what was asked is done all the same."""
    calls = 0

    def after(request: httpx.Request) -> None:
        nonlocal calls
        calls += 1
        if calls % 3 == 0:
            house.clock.advance(30)
            raise httpx.ReadTimeout("no answer", request=request)

    house.wire.after = after


def sign_in_expires(house: Volume) -> None:
    """Every few calls the token that is in use stops working."""
    calls = 0

    def before(request: httpx.Request) -> None:
        nonlocal calls
        calls += 1
        if calls % 4 == 0 and "Authorization" in request.headers:
            house.http.delete(
                "/api/v2/oauth/tokens/current", headers={"Authorization": request.headers["Authorization"]}
            )

    house.wire.before = before


ODD = [
    jobs_vanish,
    pages_instead_of_answers,
    old_rows_come_again,
    jobs_take_long,
    nothing_is_answered_in_time,
    sign_in_expires,
]


@pytest.mark.parametrize(("fault", "seed"), list(zip(ODD, itertools.cycle(SEEDS), strict=False)))
def test_odd_answers(tmp_path: Path, fault: Callable[[Volume], None], seed: int) -> None:
    with volume(tmp_path, seed) as house:
        fault(house)
        attempt(house)
        house.finish()
        check(house, quiet_run(seed))


# ---------------------------------------------------------------- people at work meanwhile


@pytest.mark.parametrize(("every", "seed"), [(2, 1), (3, 2), (5, 2)])
def test_what_an_agent_sets_meanwhile_stands(tmp_path: Path, every: int, seed: int) -> None:
    with volume(tmp_path, seed) as house:
        open_ones = [id_ for id_, one in house.tickets().items() if one["status"] in {"new", "open", "pending"}]
        theirs: dict[int, str] = {}
        commented: set[int] = set()
        calls = 0

        def before(request: httpx.Request) -> None:
            nonlocal calls
            calls += 1
            if calls % every or not open_ones:
                return
            ticket = open_ones.pop(len(open_ones) // 2)
            if len(open_ones) % 3:
                theirs[ticket] = house.agent_prioritises(ticket)
            else:
                commented.add(ticket)
                house.agent_changes(ticket, comment={"body": "We look into it.", "public": True})

        house.wire.before = before
        attempt(house)
        house.finish()
        assert theirs
        assert {id_: house.tickets()[id_]["priority"] for id_ in theirs} == theirs
        check(house, quiet_run(seed), touched={*theirs, *commented})


@pytest.mark.parametrize("seed", SEEDS)
def test_an_agent_is_faster_than_the_job(tmp_path: Path, seed: int) -> None:
    """A job checks no stamp. What an agent sets while the job waits in its queue stands in the end all the same."""
    with volume(tmp_path, seed) as house:
        theirs: dict[int, str] = {}

        def after(request: httpx.Request) -> None:
            if request.url.path == UPDATE_MANY:
                items = json.loads(request.read())["tickets"]
                for item in [one for one in items if "priority" in one][::2]:
                    theirs[item["id"]] = "urgent" if item["priority"] != "urgent" else "low"
                    house.agent_changes(item["id"], priority=theirs[item["id"]])

        house.wire.after = after
        attempt(house)
        house.finish()
        assert theirs
        assert {id_: house.tickets()[id_]["priority"] for id_ in theirs} == theirs
        check(house, quiet_run(seed), touched=theirs)


# ---------------------------------------------------------------- processes that end


def ends_at(house: Volume, call: int, *, sent: bool) -> bool:
    """Run a backfill whose process ends at this call, before it is sent or after; whether it came so far."""
    calls = 0

    def strike(_request: httpx.Request) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            house.photograph("killed")
            raise Killed

    if sent:
        house.wire.after = strike
    else:
        house.wire.before = strike
    try:
        house.run(1)
    except Killed:
        return True
    return False


ENDS = [("killed", False), ("killed", True), ("store", False), ("deleted", False), ("deleted", True), ("store", True)]
"""What the next process finds: the store as it was at that moment, as it was after an orderly stop, or a new one; and
whether the last call was sent."""


@pytest.mark.parametrize("part", range(4))
def test_a_process_that_ends_at_any_call(tmp_path: Path, part: int) -> None:
    """For every third call of the run; the kinds of ends take turns. `make soak` tries all of them at every call."""
    quiet = quiet_run(3)
    for call in range(1 + 3 * part, len(quiet.calls) + 1, 12):
        store, sent = ENDS[call // 3 % len(ENDS)]
        the_next_process_goes_on(tmp_path / f"{call}", 3, call, store, sent=sent)


@pytest.mark.parametrize(("store", "sent"), ENDS)
def test_a_process_that_ends_with_a_job(tmp_path: Path, store: str, sent: bool) -> None:
    """Around the third job, in every kind of end."""
    writes = [number for number, line in enumerate(quiet_run(3).calls, 1) if line.startswith("PUT")]
    the_next_process_goes_on(tmp_path, 3, writes[2], store, sent=sent)


def the_next_process_goes_on(folder: Path, seed: int, call: int, store: str, *, sent: bool) -> None:
    with volume(folder, seed) as house:
        assert ends_at(house, call, sent=sent)
        house.restart(store)
        house.finish()
        check(house, quiet_run(seed))


def test_number_one_waits_for_a_backfill_that_stopped_half_way(tmp_path: Path) -> None:
    """The histories are not read yet: a worker alone does not take the order that is known so far for the whole."""
    seed = 2
    with volume(tmp_path, seed) as house:
        quiet = quiet_run(seed)
        assert ends_at(house, 1 + next(n for n, line in enumerate(quiet.calls) if EVENTS in line), sent=False)
        house.restart("killed")
        house.work()
        assert house.number_ones() == house.in_first_place()
