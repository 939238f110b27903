"""docs/operations.md and its examples speak of what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry

from webhooks.app import __doc__ as answers
from zendesk_sync import metrics
from zendesk_sync.settings import Service
from zendesk_sync.store import Store
from zendesk_sync.sync.gauges import Gauges
from zendesk_sync.zendesk.budget import Budget

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "operations.md").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = yaml.safe_load((DOCS / "examples" / "alerts.yml").read_text(encoding="utf-8"))["groups"][
    0
]["rules"]


def known() -> set[str]:
    """Every name that a scrape can hold."""
    registry = CollectorRegistry()
    with Store.open(None) as store:
        store.ensure_account("acme")
        registry.register(Gauges(store, ["acme"], {"acme": Budget()}))
        families = [*metrics.REGISTRY.collect(), *registry.collect()]
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}
    return {family.name + ending for family in families for ending in endings[family.type]}


def test_alerts_ask_for_what_is_measured() -> None:
    """A rule over a misspelled name would never fire."""
    for rule in RULES:
        names = set(re.findall(r"zendesk_sync_\w+", rule["expr"]))
        assert names <= known(), rule["alert"]
        assert names or "up{" in rule["expr"]


def test_every_alert_is_explained() -> None:
    """What it means and what to do, in the page that people open at night."""
    for rule in RULES:
        assert f"`{rule['alert']}`" in TEXT


def test_every_metric_is_listed() -> None:
    """By the name that a query uses."""
    for name in known():
        assert re.sub(r"_(bucket|count|sum)$", "", name) in TEXT, name


def test_settings_and_answers_that_are_named_exist() -> None:
    """The page names no setting that is unknown, and every answer of the door."""
    for name in re.findall(r"`service\.(\w+)`", TEXT):
        assert name in Service.model_fields, name
    assert answers is not None
    for status in re.findall(r"^(\d{3}) ", answers, re.MULTILINE):
        assert f"| {status} |" in TEXT, status
