"""``docs/examples/dashboard.json``: a Grafana dashboard over every metric that somebody should see.

Written out here so that places, ids and looks agree by themselves. What is committed is what a person imports.
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.docs.dashboard import order, people, service
from tests.docs.dashboard.parts import COLORS, Panel

WIDTH: Final = 24
"""Columns of Grafana's grid."""
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
SCHEMA: Final = 39
"""Of Grafana 11; later ones bring it up to theirs."""
ROWS: Final = {**order.ROWS, **people.ROWS, **service.ROWS}


def rendered() -> str:
    """The file."""
    return json.dumps(_dashboard(), indent=2, ensure_ascii=False) + "\n"


def _dashboard() -> dict[str, Any]:
    panels, y = list[dict[str, Any]](), 0
    for title, some in ROWS.items():
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": title,
                "collapsed": False,
                "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1},
                "panels": [],
            }
        )
        y, x, height = y + 1, 0, 0
        for one_of in some:
            if x + one_of.width > WIDTH:
                x, y = 0, y + height
            height = 4 if one_of.kind == "stat" else 8
            place = {"x": x, "y": y, "w": one_of.width, "h": height}
            panels.append(_panel(one_of, len(panels) + 1, place))
            x += one_of.width
        y += height
    return {
        "id": None,
        "uid": "zendesk-sync",
        "title": "zendesk-sync",
        "description": "Support's order, levels, first responses and the sync; docs/operations.md lists each number.",
        "tags": ["zendesk-sync", "support"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": "now-14d", "to": "now"},
        "timezone": "utc",
        "refresh": "1m",
        "annotations": {"list": []},
        "links": [],
        "templating": {"list": [_source(), _account()]},
        "panels": panels,
    }


def _source() -> dict[str, Any]:
    return {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0}


def _account() -> dict[str, Any]:
    query = "label_values(zendesk_sync_queue_complete, account)"
    return {
        "name": "account",
        "label": "Account",
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": "account"},
        "refresh": 2,
        "sort": 1,
        "multi": False,
        "includeAll": False,
        "hide": 0,
    }


def _panel(panel: Panel, number: int, place: Mapping[str, int]) -> dict[str, Any]:
    is_series = panel.kind == "timeseries"
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": SOURCE,
        "gridPos": place,
        "targets": [
            {
                "refId": chr(ord("A") + n),
                "datasource": SOURCE,
                "expr": query.expr,
                "legendFormat": query.legend,
                "range": is_series,
                "instant": not is_series,
            }
            for n, query in enumerate(panel.queries)
        ],
        "fieldConfig": {"defaults": _defaults(panel), "overrides": _colors(panel)},
        "options": _options(panel.kind),
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    steps = [{"color": panel.calm, "value": None}, *({"color": c, "value": v} for v, c in sorted(panel.steps.items()))]
    found: dict[str, Any] = {
        "unit": panel.unit,
        "min": 0,
        "noValue": "none",
        "color": {"mode": "palette-classic" if panel.kind == "timeseries" else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
        "mappings": [],
    }
    if panel.top is not None:
        found["max"] = panel.top
    if panel.words:
        options = {
            str(value): {"text": text, "color": color, "index": n}
            for n, (value, (text, color)) in enumerate(panel.words.items())
        }
        found["mappings"] = [{"type": "value", "options": options}]
    if panel.kind == "timeseries":
        found["custom"] = {
            "drawStyle": "line",
            "lineWidth": 1,
            "fillOpacity": 60 if panel.stacked else 5,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        }
    return found


def _colors(panel: Panel) -> list[dict[str, Any]]:
    """Of series whose names are known; in bars the steps say the colour."""
    if panel.kind != "timeseries":
        return []
    return [
        {
            "matcher": {"id": "byName", "options": name},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}],
        }
        for query in panel.queries
        for name, color in COLORS.get(query.legend, {}).items()
    ]


def _options(kind: str) -> dict[str, Any]:
    if kind == "timeseries":
        return {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    found: dict[str, Any] = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    if kind == "stat":
        return found | {"colorMode": "value", "graphMode": "none", "textMode": "value", "justifyMode": "auto"}
    return found | {
        "displayMode": "basic",
        "orientation": "horizontal",
        "showUnfilled": True,
        "valueMode": "color",
        "namePlacement": "auto",
        "sizing": "auto",
    }
