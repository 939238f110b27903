"""Two weeks of a support desk: every number of the report follows from the local Zendesk's own records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.commands import configure, run_command
from tests.e2e.fortnight import board, metrics
from tests.e2e.fortnight.arithmetic import business_seconds
from tests.e2e.fortnight.check import WINDOWS, Fortnight, differences, fortnight
from tests.e2e.fortnight.records import moment

SEED, TICKETS = 13, 45
"""More seeds and larger desks: tests/soak/fortnights.py."""
FIGURES = 150
"""So many numbers stand on the board at least."""


def test_every_number_of_a_fortnight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the service's history, an empty store, the command, the board and the metrics: as the records have it."""
    with fortnight(SEED, TICKETS) as played:
        assert played.troubles == {"surge"}
        assert lacking(played) == []
        stands_on_the_edges(played)
        assert played.differences() == []

        def said(store: str) -> dict[str, Any]:
            configure(played.desk, tmp_path, store=store)
            monkeypatch.chdir(tmp_path)
            words = [f"--{name}={one:%Y-%m-%dT%H:%M:%SZ}" for name, one in zip(("since", "until"), span, strict=True)]
            code, out, err = run_command(monkeypatch, capsys, "report", *words, "--format", "json")
            assert code == 0, err
            told: dict[str, Any] = json.loads(out)
            return told

        span = WINDOWS["from one surge into the other"]
        assert differences(played.oracle(span).report(), said(str(played.desk.folder / "store.db"))) == []
        span = WINDOWS["the fortnight"]
        assert differences(played.oracle(span, surge_known=False).report(), said("none.db")) == []

        page = board.looked_at(played, tmp_path, monkeypatch)
        assert len(page.figures) > FIGURES
        assert board.differences(played, page) == []
        assert metrics.differences(played, metrics.scraped(played, tmp_path)) == []


def lacking(played: Fortnight) -> list[str]:
    """Parts of the report that count nothing: traffic without them would prove nothing of them."""
    told = played.oracle(WINDOWS["the fortnight"]).report()
    clocks, context, over, triage = (told[part] for part in ("first_response", "context", "overrides", "needs_triage"))
    counts: dict[str, int] = {
        **{level: sum(kinds.values()) for level, kinds in told["received"]["by_level"].items() if level != "none"},
        **{f"raised by {how}": 0 for how in ("official", "text", "severity", "presales_severity")},
        **{f"raised by {one['how']}": one["tickets"] for one in told["share"]["raised_by"]},
        **{f"goal {name}": clocks["goal"]["all"][name] for name in ("met", "missed", "suspended")},
        **{f"contract {name}": clocks["contract"]["all"][name] for name in ("met", "missed")},
        **{name: clocks[name] for name in ("contract_without_severity", "over_without_reply")},
        **{f"no contract {name}": clocks["no_contract"][name] for name in ("answered", "waiting")},
        **{name: context[name] for name in ("p2_open", "complete", "missing")},
        **{f"funnel {name}": number for name, number in context["funnel"].items()},
        "completed": context["completed"]["count"],
        **{f"overrides {name}": over[name] for name in ("up", "down", "by_account_rules", "standing")},
        "rules, more than two": max(0, len(over["by_rule"]) - 2),
        "needs triage, more than one": max(0, triage["open"] - 1),
        **{f"{name} {how}": told[name][how] for name in ("undetermined", "unknown_customer") for how in told[name]},
        "overtaken by a job": played.play.overtaken,
    }
    return [name for name, number in counts.items() if not number]


def stands_on_the_edges(played: Fortnight) -> None:
    """What happens at the very second does so, and the oracle judges it as the policy is read (§5)."""
    found = {one.id: one for one in played.oracle(WINDOWS["the fortnight"]).tickets}
    edges = {name: found[id_] for name, id_ in played.play.edges.items()}
    assert business_seconds(moment("2026-03-07T00:30:00Z"), moment("2026-03-08T22:30:00Z")) == 2 * 3600
    late = edges["a second more"]
    assert late.replied is not None
    assert business_seconds(late.created, late.replied) == 2 * 3600 + 1
    assert {name: edges[name].replied for name in ("as surge ends", "as surge begins")} == {
        "as surge ends": moment("2026-03-06T14:00:00Z"),
        "as surge begins": moment("2026-03-12T12:00:00Z"),
    }
    assert [(one.begins, one.ends) for one in played.desk.surges] == [
        (moment("2026-03-06T07:00:00Z"), moment("2026-03-06T12:00:00Z")),
        (moment("2026-03-12T12:00:00Z"), moment("2026-03-12T17:00:00Z")),
    ]
