"""Accounts with a history that nobody synced yet, each made up from a seed and made once."""

from __future__ import annotations

import functools
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from tests.policy.facts import HANDBOOK
from zendesk_sync.account_settings import Account
from zendesk_sync.provision.apply import Setup
from zendesk_sync.sandbox import Clock, Sandbox
from zendesk_sync.sandbox.state import Pace
from zendesk_sync.settings import Secrets
from zendesk_sync.sync.connection import open_account
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.fields import NATIVE_PRIORITY

NAME = "acme"
BORN = datetime(2026, 3, 2, 10, tzinfo=UTC)
TICKETS = 48
PACE = Pace(
    job_queued=4.0, job_working=3.0, requests_per_minute=100_000, limits=False, index_delay=0.0, webhook_retry=0.05
)
OWN = "level_"
"""What the values of an account's own official priority begin with."""


@functools.cache
def born(seed: int, official: str) -> Path:
    """The account's data after setup, made once for each seed."""
    file = Path(tempfile.mkdtemp(prefix="born-")) / f"{seed}-{official}.db"
    clock = Clock(BORN, frozen=True)
    with Sandbox(file, clock=clock, pace=PACE, generate=TICKETS, random_seed=seed) as zendesk:
        secrets = Secrets(client_secret=SecretStr(zendesk.client_secret))
        account = settings(zendesk, official)
        if official != NATIVE_PRIORITY:
            _own_field(zendesk, official)
        with open_account(NAME, account, secrets, sleep=clock.advance) as client:
            Setup(NAME, account, ZenpyAccount(client), HANDBOOK).apply("http://127.0.0.1:9")
        _work_of_agents(zendesk)
    return file


def _own_field(zendesk: Sandbox, title: str) -> None:
    """A drop-down of the account's own with one option for each level."""
    options = [{"name": level, "value": f"{OWN}{level}"} for level in ("p0", "p1", "p2", "p3")]
    field = {"type": "tagger", "title": title, "custom_field_options": options}
    with httpx.Client(base_url=zendesk.url, headers={"Authorization": f"Bearer {zendesk.token}"}) as http:
        http.post("/api/v2/ticket_fields", json={"ticket_field": field}).raise_for_status()


def _work_of_agents(zendesk: Sandbox) -> None:
    """Before anything of ours ran: severities filled in, tickets opened again, some asked back."""
    with httpx.Client(base_url=zendesk.url, headers={"Authorization": f"Bearer {zendesk.token}"}) as http:
        fields = http.get("/api/v2/ticket_fields").json()["ticket_fields"]
        severity = next(one["id"] for one in fields if one["title"] == "Severity")
        rows = http.get("/api/v2/tickets?per_page=100").json()["tickets"]
        for number, ticket in enumerate(one for one in rows if one["status"] != "closed"):
            change: dict[str, Any] = {} if number % 3 == 1 else {"status": "open"}
            if number % 3:
                change["custom_fields"] = [{"id": severity, "value": f"zs_severity_{number % 4}"}]
            if number % 5 == 0:
                change["comment"] = {"body": "Which version is this, and are there logs?", "public": True}
            http.put(f"/api/v2/tickets/{ticket['id']}", json={"ticket": change}).raise_for_status()


def settings(zendesk: Sandbox, official: str) -> Account:
    return Account.model_validate(
        {
            "url": zendesk.url,
            "client_id": zendesk.client_id,
            "jobs": 3,
            "official": official,
            "people": {"our_domains": ["ours.example"]},
        }
    )
