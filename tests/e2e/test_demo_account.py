"""The account that comes with the local Zendesk shows every rule of the policy, and most of what a note can say."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from zendesk_sync.account_settings import Account
from zendesk_sync.cli.demo import ANSWERS
from zendesk_sync.policy.terms import CustomerType, Flag, RuleId, Topic
from zendesk_sync.policy_files import default_handbook
from zendesk_sync.provision.apply import Setup
from zendesk_sync.sandbox import FAST, Sandbox
from zendesk_sync.settings import Secrets
from zendesk_sync.sync.connection import connect, open_account
from zendesk_sync.sync.look import look
from zendesk_sync.zendesk.account import ZenpyAccount


def test_the_demo_account_shows_every_rule() -> None:
    """Seen as the service would see it now: each rule decides a ticket, every kind of customer writes, every flag but
    those that only later events bring is on some ticket."""
    handbook = default_handbook()
    with Sandbox(pace=FAST, seed=Path("demo")) as zendesk:
        account = Account.model_validate(
            {
                "url": zendesk.url,
                "client_id": zendesk.client_id,
                "people": {"our_domains": ["ours.example"]},
                "inputs": {"answers": ANSWERS},
            }
        )
        secrets = Secrets(client_secret=SecretStr(zendesk.client_secret))
        with open_account("demo", account, secrets) as client:
            applied = Setup("demo", account, ZenpyAccount(client), handbook).apply("http://127.0.0.1:9")
        kept = {item.what for item in applied.items if item.action == "keep"}
        assert kept >= {f'ticket field "{title}"' for title in ("Severity", "Pre-sales severity", "Cannot wait a day")}
        live = [ticket["id"] for ticket in zendesk.state.store.all("ticket") if not ticket["deleted"]]
        with connect("demo", account, secrets, handbook) as connection:
            read = connection.tickets.show_many(live)
            decisions = [look(connection, ticket, read).decision for ticket in read.tickets]
    assert len(decisions) == len(live)
    assert {decision.rule for decision in decisions} == set(RuleId)
    assert {decision.facts.customer for decision in decisions} == set(CustomerType)
    flags = {flag for decision in decisions for flag in decision.flags}
    assert set(Flag) - flags <= {Flag.NUMBER_ONE, Flag.SLA_DUE}, "on a Sunday nobody's contract runs out"
    topics = {topic for decision in decisions for topic in decision.topics}
    assert set(Topic) - topics <= {Topic.SURGE_DRAFT, Topic.CONTEXT_COMPLETE}
