"""A local Zendesk to set up, over sockets, with a wire that can lose answers; and what people do there by hand."""

from __future__ import annotations

from typing import Any

import httpx
from pydantic import SecretStr

from tests.e2e.world import Wire
from tests.policy.facts import HANDBOOK
from zendesk_sync.account_settings import Account
from zendesk_sync.policy.handbook import Handbook
from zendesk_sync.provision.apply import Setup
from zendesk_sync.provision.items import Item, Plan
from zendesk_sync.sandbox import FAST, Sandbox
from zendesk_sync.settings import Secrets
from zendesk_sync.sync.connection import open_account
from zendesk_sync.zendesk.account import ZenpyAccount

NAME = "acme"
URL = "https://sync.example.com"


class Place:
    """One account; ``setup`` is what the command line would use."""

    def __init__(self, **settings: Any) -> None:
        self.zendesk = Sandbox(pace=FAST).start()
        self.http = httpx.Client(
            base_url=f"{self.zendesk.url}/api/v2",
            headers={"Authorization": f"Bearer {self.zendesk.token}"},
            trust_env=False,
        )
        self.wire = Wire()
        self.configure(**settings)

    def configure(self, handbook: Handbook = HANDBOOK, name: str = NAME, **settings: Any) -> None:
        """Start our side with these settings; the account stays."""
        self.account = Account.model_validate(
            {"url": self.zendesk.url, "client_id": self.zendesk.client_id, "rate_share": 1.0, **settings}
        )
        secrets = Secrets(client_secret=SecretStr(self.zendesk.client_secret))
        self.client = open_account(name, self.account, secrets, transport=self.wire, sleep=lambda _s: None)
        self.setup = Setup(name, self.account, ZenpyAccount(self.client), handbook)

    def plan(self) -> Plan:
        return self.setup.plan(URL)

    def changes(self) -> list[Item]:
        return list(self.plan().changes)

    def item(self, what: str) -> Item:
        """The item whose kind and title begin so, such as ``view "Support queue``."""
        return next(one for one in self.plan().items if one.what.startswith(what))

    # ------------------------------------------------------------ what stands there, and what people do

    def all(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get(f"/{kind}?per_page=100").raise_for_status().json()[kind]
        return found

    def one(self, kind: str, title: str) -> dict[str, Any]:
        return next(one for one in self.all(kind) if title in (one.get("title"), one.get("name")))

    def put(self, kind: str, id_: object, **change: Any) -> None:
        self.http.put(f"/{kind}/{id_}", json={kind[:-1]: change}).raise_for_status()

    def post(self, kind: str, **thing: Any) -> dict[str, Any]:
        made = self.http.post(f"/{kind}", json={kind[:-1]: thing}).raise_for_status()
        found: dict[str, Any] = made.json()[kind[:-1]]
        return found

    def everything(self) -> dict[str, list[Any]]:
        """What the account has, without ids and times: two accounts that were set up alike say the same."""
        fields = [
            (one["title"], one["type"], [o["value"] for o in one.get("custom_field_options", ())])
            for one in self.all("ticket_fields")
        ]
        return {
            "fields": sorted(fields, key=str),
            "organization": sorted(one["key"] for one in self.all("organization_fields")),
            "webhooks": sorted(one["name"] for one in self.all("webhooks")),
            "triggers": sorted(one["title"] for one in self.all("triggers")),
            "views": sorted(one["title"] for one in self.all("views")),
            "forms": [len(one["ticket_field_ids"]) for one in self.all("ticket_forms")],
        }

    def stop(self) -> None:
        self.client.close()
        self.http.close()
        self.zendesk.stop()
