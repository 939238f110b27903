"""docs/operations.md lists every metric with its labels; alert rules and dashboard ask for nothing else."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
import yaml

from tests.docs import commands_page
from tests.docs.generate import DOCS
from tests.docs.queries import faults
from tests.watched import Known, Watch, families, known, watched

ROOT: Final = DOCS.parent
TEXT: Final = (DOCS / "operations.md").read_text(encoding="utf-8")
RULES: Final[list[dict[str, Any]]] = [
    rule
    for group in yaml.safe_load((DOCS / "examples" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
BOARD: Final[dict[str, Any]] = json.loads((DOCS / "examples" / "dashboard.json").read_text(encoding="utf-8"))
LINE: Final = r"^\| (`[a-z0-9_]+`(?:, `[a-z0-9_]+`)*) \| (none|`[\w`, ]+`) \|"
"""A line of the page's tables of metrics: names, labels."""
PANELS: Final[list[dict[str, Any]]] = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
VIEWS: Final = set(
    re.findall(r'^title = "(.+)"$', (ROOT / "webhooks/definitions/views.toml").read_text("utf-8"), re.MULTILINE)
)
WIDTH: Final = 24
"""Columns of Grafana's grid."""


@pytest.fixture(scope="module")
def metrics() -> dict[str, Known]:
    return known()


def test_the_page_lists_every_metric_with_its_labels(metrics: dict[str, Known]) -> None:
    """Both ways; a histogram under its own name."""
    written = {
        name: set() if labels == "none" else set(re.findall(r"`(\w+)`", labels))
        for names, labels in re.findall(LINE, TEXT, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", names)
    }
    there = {
        re.sub(r"^zendesk_sync_|_bucket$", "", name): set(one.labels) - {"le"}
        for name, one in metrics.items()
        if not name.endswith(("_seconds_count", "_seconds_sum"))
    }
    assert written == there


def test_names_and_units_are_prometheus_own() -> None:
    """Seconds and ratios; no gauge looks like a counter; every metric says what it is."""
    watch = Watch()
    with watched(watch) as store:
        for family in families(store, watch):
            assert re.fullmatch(r"zendesk_sync_[a-z][a-z0-9_]*[a-z0-9]", family.name)
            assert family.documentation.endswith((".", ")."))
            assert not re.search(r"_(hours|days|minutes|percent|ms)\b", family.name)
            assert family.type == "counter" or not family.name.endswith(("_total", "_count", "_sum", "_bucket"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_asks_for_what_there_is(rule: dict[str, Any], metrics: dict[str, Known]) -> None:
    """A rule over a misspelled name or label would never fire."""
    assert faults(rule["expr"], metrics) == []
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+[mhd]", rule.get("for", "5m"))
    assert rule["labels"]["severity"] in {"page", "ticket"}


def test_alerts_say_what_is_and_what_to_do() -> None:
    """In themselves, by the labels that they have; and in the page that people open at night."""
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    for rule in RULES:
        said = rule["annotations"]
        assert set(said) == {"summary", "description"}, rule["alert"]
        assert all(text.endswith((".", "?")) for text in said.values()), rule["alert"]
        for label in re.findall(r"\$labels\.(\w+)", said["summary"]):
            assert label == "account" or label in rule["expr"], rule["alert"]
        assert set(re.findall(r"view '([^']+)'", said["description"])) <= VIEWS, rule["alert"]
        named = re.findall(
            r"zendesk-sync ([a-z]+(?: (?:list|retry|check|apply|surge|simulate)\b)?)", said["description"]
        )
        assert set(named) <= {command.path for command in commands_page.commands()}, rule["alert"]
    listed = re.findall(r"^\| `(ZendeskSync\w+)` \|", TEXT, re.MULTILINE)
    assert listed == [rule["alert"] for rule in RULES]


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_a_panel_asks_for_what_there_is(panel: dict[str, Any], metrics: dict[str, Known]) -> None:
    """Of the account that was chosen, from the data source that was chosen; and says what it shows, with a unit."""
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert panel["fieldConfig"]["defaults"]["unit"]
    refs = [target["refId"] for target in panel["targets"]]
    assert refs
    assert len(set(refs)) == len(refs)
    for target in panel["targets"]:
        assert target["datasource"] == panel["datasource"]
        query = target["expr"].replace("$__rate_interval", "5m")
        assert faults(query, metrics) == []
        for name in re.findall(r"zendesk_sync_(\w+)", query):
            assert (
                "account" not in metrics[f"zendesk_sync_{name}"].labels
                or f'zendesk_sync_{name}{{account="$account"' in query
            )


def test_panels_lie_beside_each_other() -> None:
    """Ids are unique, no two panels share a place, and none leaves the grid."""
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken: dict[tuple[int, int], int] = {}
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= WIDTH, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["id"]) == panel["id"], panel["title"]


def test_the_dashboard_can_be_imported_anywhere(metrics: dict[str, Known]) -> None:
    """It names no data source and no account of ours, and shows what the alerts are about."""
    assert (BOARD["id"], BOARD["title"]) == (None, "zendesk-sync")
    variables = {one["name"]: one for one in BOARD["templating"]["list"]}
    assert variables["datasource"]["query"] == "prometheus"
    named = re.fullmatch(r"label_values\((\w+), account\)", variables["account"]["query"]["query"])
    assert named is not None
    assert "account" in metrics[named[1]].labels
    shown = {
        name
        for panel in PANELS
        for target in panel["targets"]
        for name in re.findall(r"zendesk_sync_\w+", target["expr"])
    }
    asked = {name for rule in RULES for name in re.findall(r"zendesk_sync_\w+", rule["expr"])}
    assert asked <= shown


def test_faults_are_found(metrics: dict[str, Known]) -> None:
    """So that the tests above can fail."""
    wrong = {
        "zendesk_sync_surgery": "there is no metric",
        'zendesk_sync_surge{konto="a"}': "has no label konto",
        'zendesk_sync_inbox_hints{state="stuck"}': "state is never stuck",
        'zendesk_sync_report_goal_tickets{outcome=~"met|lost"}': "outcome is never lost",
        "sum by (level) (zendesk_sync_surge)": "nothing has the label level",
        "rate(zendesk_sync_queue_tickets[5m])": "which also falls",
        "zendesk_sync_surge and on (level) zendesk_sync_queue_tickets": "one side lacks the label level",
        "zendesk_sync_surge / zendesk_sync_queue_tickets": "different labels",
        "1 + 1": "no metric",
    }
    for query, says in wrong.items():
        assert says in " ".join(faults(query, metrics)), query
    with pytest.raises(ValueError, match="parenthesis"):
        faults("sum by (zendesk_sync_surge", metrics)
