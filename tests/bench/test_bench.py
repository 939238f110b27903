"""What the bench measures is there to be measured; the bench itself runs by ``make bench``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench import account
from tests.bench.parts import watched
from zendesk_sync.sandbox import FAST, Sandbox


def test_the_functions_that_the_bench_times_exist() -> None:
    """They are named by text, which nothing else would miss."""
    found = watched()
    assert {part for part, _, _ in found} == {"decode", "decide", "plan", "encode", "store", "wire"}
    assert all(callable(getattr(owner, name)) for _, owner, name in found)
    assert {"client", "tickets", "exports"} <= {
        str(o).split("'")[1].split(".")[-1] for p, o, _ in found if p == "decode"
    }


def test_the_account_of_the_bench_is_as_it_says(tmp_path: Path) -> None:
    """Thirty of a hundred tickets have severity 2 and a conversation; the local Zendesk takes them all."""
    seed = tmp_path / "seed.json"
    account.write(seed, 200)
    tickets = json.loads(seed.read_text())["tickets"]
    assert len(tickets) == 200
    spoken = [one for one in tickets if "comments" in one]
    assert len(spoken) == 60
    assert all(one["fields"] == {"Severity": "zs_severity_2"} for one in spoken)
    assert not [one for one in tickets if one["status"] == "closed" or "priority" in one]
    with Sandbox(pace=FAST, seed=seed) as zendesk:
        assert len(zendesk.state.store.all("ticket")) == 200
