"""What the tests of this room share: an account that does not exist, and records as Zendesk answers them."""

from __future__ import annotations

import json
from typing import Any

import respx

URL = "https://acme.zendesk.com"
TOKEN = "token-that-must-not-leak"
STAMP = "2026-02-05T10:11:12Z"


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def ticket(id: int = 33, **changes: Any) -> dict[str, Any]:  # noqa: A002
    """A ticket as a real account answers it."""
    return {
        "url": f"{URL}/api/v2/tickets/{id}.json",
        "id": id,
        "external_id": None,
        "via": {"channel": "api", "source": {"from": {}, "to": {}, "rel": None}},
        "created_at": "2026-02-01T00:00:00Z",
        "updated_at": STAMP,
        "generated_timestamp": 1770286272,
        "type": None,
        "subject": "Upload fails",
        "raw_subject": "Upload fails",
        "description": "It fails",
        "priority": None,
        "status": "new",
        "requester_id": 2615,
        "submitter_id": 2615,
        "assignee_id": None,
        "organization_id": 26155621659539,
        "group_id": None,
        "collaborator_ids": [],
        "follower_ids": [],
        "email_cc_ids": [],
        "is_public": True,
        "tags": ["zs_normal"],
        "custom_fields": [{"id": 360, "value": "zs_normal"}, {"id": 361, "value": None}],
        "followup_ids": [],
        "ticket_form_id": 26155621471251,
        "brand_id": 26155621587603,
        "from_messaging_channel": False,
        **changes,
    }


def sent(route: respx.Route, call: int = -1) -> Any:
    """The JSON body of one call."""
    return json.loads(route.calls[call].request.content)
