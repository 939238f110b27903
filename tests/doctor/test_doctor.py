"""Each check, both ways: an account in order, and with the fault really made."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
import respx

from tests.cli.commands import command
from tests.doctor.practice import NAME, Practice
from tests.policy.facts import HANDBOOK
from webhooks.signature import sign
from zendesk_sync.customer_settings import Customers, Table
from zendesk_sync.doctor import access, local, rules, service
from zendesk_sync.doctor.checks import Mark
from zendesk_sync.doctor.examine import OF_ZENDESK, Doctor
from zendesk_sync.doctor.rules import by_hand, promised
from zendesk_sync.settings import TEST_SECRET
from zendesk_sync.store import Later, Store
from zendesk_sync.zendesk.auth import Bearer
from zendesk_sync.zendesk.budget import Budget, Call, route
from zendesk_sync.zendesk.client import open_client
from zendesk_sync.zendesk.configuration import Action
from zendesk_sync.zendesk.rules import Rule, SlaPolicy, Target

OK, WARN, FAIL, SKIPPED = Mark.OK, Mark.WARN, Mark.FAIL, Mark.SKIPPED
SECRET = "ZENDESK_SYNC_ACME_CLIENT_SECRET"
WEBHOOK = "ZENDESK_SYNC_ACME_WEBHOOK_SECRET"


def test_an_account_in_order(account: Practice) -> None:
    """Nothing to do; what cannot be read here is said, and is no fault."""
    found = account.examined()
    assert {name: one for name, one in found.items() if one.mark not in {OK, SKIPPED}} == {}
    assert {name for name, one in found.items() if one.mark is SKIPPED} == {"macros", "sla policies"}
    kinds = {name.partition(' "')[0] for name in found}
    assert kinds >= {"ticket field", "form", "organization field", "webhook", "trigger", "view"}
    assert not any(one.fix for one in found.values() if one.mark is OK)
    assert "integration@sandbox.example" in found["sign-in"].detail
    assert "Zendesk sent a signed request" in found["round trip"].detail


# ------------------------------------------------------------ who, when, how much


def test_credentials_that_do_not_work(account: Practice) -> None:
    """One line says so; what depends on Zendesk is skipped, and the store is looked at all the same."""
    found = account.examined(environ={SECRET: "wrong"})
    assert (found["sign-in"].mark, found["inbox"].mark) == (FAIL, OK)
    assert "did not accept the OAuth client" in found["sign-in"].detail
    assert "wrong" not in str(found)
    assert {found[name].mark for name in ("clock", "export", "round trip", "customers", "rate")} == {SKIPPED}
    nothing = account.examined(client_id=None)
    assert (nothing["sign-in"].mark, nothing["export"].mark) == (FAIL, SKIPPED)
    assert "client_id: missing" in nothing["sign-in"].detail


def test_no_network(account: Practice) -> None:
    """One clear line, and all that depends on it skipped."""
    found = account.examined(url="http://127.0.0.1:9")
    assert [name for name, one in found.items() if one.mark is FAIL] == ["sign-in"]
    assert "cannot reach http://127.0.0.1:9" in found["sign-in"].detail
    assert "network" in found["sign-in"].fix


def test_a_role_that_is_not_enough(account: Practice) -> None:
    """An agent signs in, and can read neither export nor webhooks."""
    agent = {"name": "Agent", "email": "agent@sandbox.example", "role": "agent"}
    with account.made("users", "user", agent) as user:
        token = account.call("POST", "/sandbox/tokens", {"user_id": user["id"]})["token"]
        found = account.examined(environ={"ZENDESK_SYNC_ACME_TOKEN": token}, client_id=None)
    assert (found["sign-in"].mark, found["export"].mark, found["clock"].mark) == (FAIL, FAIL, OK)
    assert "an admin is needed" in found["sign-in"].detail


def test_an_api_token_is_warned_of(account: Practice) -> None:
    """It works; the days that are left are told."""
    environ = {"ZENDESK_SYNC_ACME_API_TOKEN": account.zendesk.api_token}
    found = account.examined(environ=environ, client_id=None, email="owner@sandbox.example")
    assert (found["sign-in"].mark, found["api-token"].mark) == (OK, WARN)
    assert "2027-04-30" in found["api-token"].detail
    assert "1 day left" in access.api_token(datetime(2027, 4, 29, 23, tzinfo=UTC)).detail
    assert "that day has come" in access.api_token(datetime(2027, 4, 30, tzinfo=UTC)).detail


def test_an_access_token_that_may_only_read(account: Practice) -> None:
    """It would sign in, and fail at the first write; one that may do both is well, and its end is told."""
    made = {"grant_type": "client_credentials", "client_id": account.zendesk.client_id, "scope": "read"}
    made["client_secret"] = account.zendesk.client_secret
    token = account.call("POST", "/oauth/tokens", made)["access_token"]
    found = account.examined(environ={"ZENDESK_SYNC_ACME_TOKEN": token}, client_id=None)
    assert (found["sign-in"].mark, found["access-token"].mark) == (OK, FAIL)
    assert "write is missing" in found["access-token"].detail
    environ = {"ZENDESK_SYNC_ACME_TOKEN": account.zendesk.token}
    assert account.mark("access-token", environ=environ, client_id=None) is OK


@respx.mock
def test_an_access_token_that_ends_soon() -> None:
    """Somebody has to make another; a year from now that is no worry."""
    now = datetime(2026, 3, 2, tzinfo=UTC)
    with open_client("http://127.0.0.1:9", Bearer("t"), sleep=lambda _s: None) as client:
        for ends, mark in (("2026-03-05T00:00:00Z", WARN), ("2027-03-02T00:00:00Z", OK)):
            token = {"id": 1, "scopes": ["read", "write"], "expires_at": ends}
            respx.get("http://127.0.0.1:9/api/v2/oauth/tokens/current").respond(json={"token": token})
            assert access.access_token(client, now).mark is mark


def test_variables_that_nothing_reads(account: Practice) -> None:
    """A misspelled name is told with the one that was meant, and never its value."""
    environ = {"ZENDESK_SYNC_ACME_CLIENTSECRET": "private", "ZENDESK_SYNC_OTHER_TOKEN": "private", "HOME": "/root"}
    (found,) = local.environment(environ, ["acme"])
    assert found.mark is WARN
    assert "ZENDESK_SYNC_ACME_CLIENTSECRET (did you mean ZENDESK_SYNC_ACME_CLIENT_SECRET?)" in found.detail
    assert "ZENDESK_SYNC_OTHER_TOKEN" in found.detail
    assert "private" not in str(found)
    known = dict.fromkeys(
        ("ZENDESK_SYNC_CONFIG", "ZENDESK_SYNC_ACME_EU_TOKEN_FILE", "ZENDESK_SYNC_METRICS_BEARER_FILE"), "x"
    )
    assert local.environment(known, ["acme-eu"]) == []
    assert account.examined(environ=environ)["environment"].mark is WARN


@pytest.mark.parametrize(("seconds", "mark"), [(-20, WARN), (20, WARN), (-4000, FAIL), (4000, FAIL)])
def test_a_clock_that_is_off(account: Practice, seconds: int, mark: Mark) -> None:
    """Seconds are a warning; more than webhooks may be off is a fault."""
    with account.chaos(fault="clock_skew", seconds=seconds, path="/api/v2/users/me*"):
        found = account.examined()["clock"]
    assert found.mark is mark
    assert ("behind" if seconds > 0 else "ahead of") in found.detail
    ours = datetime.now(UTC) + timedelta(seconds=seconds)
    assert account.mark("clock", now=lambda: ours) is mark


def test_the_rate_that_is_left() -> None:
    """Unknown, enough, short: as the answers' headers say."""
    budget = Budget()
    assert access.rate(budget).mark is SKIPPED
    for left, mark in ((200, OK), (39, WARN)):
        call = Call(route("GET", "/api/v2/users/me"))
        budget.admit(call)
        budget.answered(call, {"x-rate-limit": "200", "x-rate-limit-remaining": str(left), "ratelimit-reset": "30"})
        assert access.rate(budget).mark is mark


def test_zendesk_goes_away_in_the_middle(account: Practice) -> None:
    """The check that met it fails, those after it are skipped, and nothing is asked again and again."""
    with account.chaos(fault="unavailable", path="/api/v2/incremental/*"):
        found = account.examined()
    assert (found["clock"].mark, found["export"].mark, found["rate"].mark) == (OK, FAIL, SKIPPED)


# ------------------------------------------------------------ webhook


def test_the_webhooks_secret(account: Practice) -> None:
    """None, the published one, and one that was reset in Zendesk: each is told apart, with the way back."""
    found = account.examined(environ={WEBHOOK: TEST_SECRET})
    assert (found["webhook secret"].mark, found["round trip"].mark) == (FAIL, SKIPPED)
    assert "Zendesk publishes" in found["webhook secret"].detail
    file = account.settings().secrets_file(NAME)
    kept = file.read_text()
    file.write_text(f'client_secret = "{account.zendesk.client_secret}"\n')
    assert "none is known here" in account.examined()["webhook secret"].detail
    file.write_text(kept)
    account.call("POST", f"webhooks/{account.webhook()['id']}/signing_secret")
    found = account.examined()
    assert (found["webhook secret"].mark, found["round trip"].mark) == (FAIL, FAIL)
    assert "refused the signature" in found["round trip"].detail
    account.set_up()
    account.open_door()
    found = account.examined()
    assert (found["webhook secret"].mark, found["round trip"].mark) == (OK, OK)


def test_a_door_that_does_not_answer_as_it_should(account: Practice) -> None:
    """Nobody, an allow list, a store that is broken, another server: each has its own advice."""
    account.app = None
    assert account.mark("round trip") is FAIL
    account.open_door(allow=[ip_network("192.0.2.0/24")])
    assert "service.allow" in account.examined()["round trip"].detail

    async def stranger(_scope: object, _receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b'{"status": "ok"}'})  # type: ignore[operator]

    account.app = stranger
    found = account.examined()["round trip"]
    assert (found.mark, "something else" in found.detail) == (FAIL, True)


def test_a_webhook_whose_endpoint_is_gone(account: Practice) -> None:
    """While the service sweeps it is a fault; before the first start it is a warning, with the command to type."""
    endpoint = account.webhook()["endpoint"]
    gone = {"endpoint": "http://127.0.0.1:9/webhooks/zendesk/acme"}
    with account.changed(f"webhooks/{account.webhook()['id']}", "webhook", gone, {"endpoint": endpoint}):
        found = account.examined()["round trip"]
        assert (found.mark, "nobody answered" in found.detail) == (FAIL, True)
        settings = account.settings()
        fresh = settings.model_copy(update={"service": settings.service.model_copy(update={"store": "no.db"})})
        before = {one.name: one for one in Doctor(fresh, HANDBOOK, NAME, sign=sign, environ={}).examine()}
    assert before["round trip"].mark is WARN
    assert "zendesk-sync serve" in before["round trip"].fix
    assert (before["inbox"].mark, before["pause"].mark) == (SKIPPED, OK)
    assert not (account.file.parent / "no.db").exists()


def test_zendesk_that_cannot_be_asked_to_send(account: Practice) -> None:
    """A request is signed here instead; what that shows, and what not, is said."""
    with account.chaos(fault="dropped_answer", method="POST", path="/api/v2/webhooks/test*"):
        found = account.examined()["round trip"]
        assert found.mark is WARN
        assert "signed here was believed" in found.detail
        assert "not shown" in found.detail
        account.open_door(accounts={NAME: ["another secret"]})
        assert account.mark("round trip") is FAIL


# ------------------------------------------------------------ the account's own rules


def test_rules_that_set_what_we_set(account: Practice) -> None:
    """Active triggers and automations that set the priority, write our fields, or replace all tags."""
    field = next(one for one in account.call("GET", "ticket_fields")["ticket_fields"] if one["title"] == "Severity")
    trigger = {
        "title": "[bold]VIP[/]",
        "conditions": {"all": [{"field": "update_type", "operator": "is", "value": "Create"}], "any": []},
        "actions": [
            {"field": "priority", "value": "urgent"},
            {"field": f"custom_fields_{field['id']}", "value": "zs_severity_0"},
            {"field": "set_tags", "value": "vip"},
        ],
    }
    automation = {
        "title": "Old",
        "conditions": {
            "all": [
                {"field": "status", "operator": "is", "value": "open"},
                {"field": "OPEN", "operator": "is", "value": "24"},
            ],
            "any": [],
        },
        "actions": [{"field": "priority", "value": "high"}],
    }
    with account.made("triggers", "trigger", trigger) as made, account.made("automations", "automation", automation):
        found = account.examined()
        assert found["other triggers"].mark is WARN
        said = found["other triggers"].detail
        assert '"[bold]VIP[/]" sets the official priority' in said
        assert "writes Severity" in said
        assert "replaces all tags" in said
        assert '"Old" sets the official priority' in found["other automations"].detail
        account.call("PUT", f"triggers/{made['id']}", {"trigger": {"active": False}})
        assert account.mark("other triggers") is OK
    assert account.mark("other automations") is OK


def test_macros_and_sla_policies() -> None:
    """Neither is a fault: a macro is a person's decision, and an SLA that leaves a level out is a choice."""
    macro = Rule(id=1, title="Escalate", actions=(Action(field="priority", value="urgent"),))
    assert by_hand([macro], "custom_fields_5").detail == "no macro sets the official priority"
    said = by_hand([macro], "priority")
    assert (said.mark, "Escalate" in said.detail) == (OK, True)
    policy = SlaPolicy(id=1, title="Gold", policy_metrics=(Target(priority="urgent"), Target(priority="high")))
    assert '"Gold" has no target for low' in promised([policy], ["urgent", "high", "low"]).detail
    assert promised([], ["low"]).detail == "the account has none"
    many = [Rule(id=n, title=f"r{n}", actions=(Action(field="priority"),)) for n in range(9)]
    assert "and 6 more" in rules.competing("triggers", many, "priority", {}).detail


def test_customers_that_nobody_knows(account: Practice) -> None:
    """The share among unsolved tickets; solved ones do not count."""
    field = next(
        one for one in account.call("GET", "ticket_fields")["ticket_fields"] if one["title"] == "Customer type"
    )
    made = []
    for number, kind in enumerate(["unknown", "unknown", "enterprise"]):
        chosen = [{"id": field["id"], "value": f"zs_customer_{kind}"}]
        body = {"subject": f"n{number}", "comment": {"body": "x"}, "custom_fields": chosen}
        made.append(account.call("POST", "tickets", {"ticket": body})["ticket"]["id"])
    found = account.examined()["customers"]
    assert found.mark is WARN
    assert "2 of 3 unsolved tickets" in found.detail
    for number in made[:2]:
        account.call(
            "PUT", f"tickets/{number}", {"ticket": {"status": "solved", "assignee_id": account.zendesk.owner_id}}
        )
    assert account.mark("customers") is OK


def test_sources_of_customers(account: Practice, tmp_path: Path) -> None:
    """Each is told with what it holds; a table that cannot be read is a fault with its line."""
    assert account.mark('customer source "organization_field"') is OK
    table = tmp_path / "customers.csv"
    table.write_text("domain,plan\nbig.example,enterprise\n")
    settings = Customers(table=Table(file=str(table)))
    found = account.examined(customers=settings)
    assert (found['customer source "table"'].mark, found['customer source "table"'].detail) == (OK, "1 customers")
    table.write_text("domain,plan\nbig.example,enterprise\nbig.example,team\n")
    found = account.examined(customers=settings)
    assert (found["customer source"].mark, str(table) in found["customer source"].detail) == (FAIL, True)
    assert found["sign-in"].mark is OK


# ------------------------------------------------------------ the service


def test_what_waits_and_what_was_given_up_on() -> None:
    """Waiting for too long, and parked: the commands to look at it are named."""
    now = [1_000_000.0]
    with Store.open(None, clock=lambda: now[0]) as store:
        store.mark(NAME, [7])
        assert service.inbox(store, NAME).mark is OK
        now[0] += 1000
        assert (service.inbox(store, NAME).mark, "16 min 40 s" in service.inbox(store, NAME).detail) == (WARN, True)
        lease = store.acquire(NAME, "worker", 1e9)
        assert lease is not None
        for _ in range(8):
            (taken,) = store.take(lease)
            store.settle(lease, [], {taken: Later()})
            now[0] += 700
        found = service.inbox(store, NAME)
        assert (found.mark, "1 parked" in found.detail, "inbox list" in found.fix) == (WARN, True, True)


def test_a_sweep_that_lags() -> None:
    """Never yet is a warning, for ten minutes a fault."""
    now = [1_000_000.0]
    with Store.open(None, clock=lambda: now[0]) as store:
        store.ensure_account(NAME)
        assert service.sweep(store, NAME).mark is WARN
        lease = store.acquire(NAME, "worker", 60)
        assert lease is not None
        store.commit_sweep(lease, [], "c", 60, complete=True)
        assert service.sweep(store, NAME).mark is OK
        now[0] += 601
        assert service.sweep(store, NAME).mark is FAIL


def test_a_pause_and_a_rest(account: Practice) -> None:
    """A person's pause is told with who and why, wherever it is said; a long rest that Zendesk asked for as well."""
    account.store.pause_writes(NAME, "kim@ops", "audit")
    found = account.examined()["pause"]
    assert (found.mark, "by kim@ops: audit" in found.detail) == (WARN, True)
    assert found.fix == "zendesk-sync resume --account acme"
    account.store.resume_writes(NAME)
    assert (account.mark("pause"), account.mark("pause", paused=True)) == (OK, WARN)
    account.store.pause(NAME, 60)
    assert account.mark("rest") is OK
    account.store.pause(NAME, 3600)
    assert account.mark("rest") is WARN
    account.store.resume(NAME)


@pytest.mark.parametrize(
    ("file", "said"), [("broken.db", "not a zendesk-sync store"), ("nowhere/store.db", "there is no such folder")]
)
def test_a_store_that_cannot_be_used(account: Practice, tmp_path: Path, file: str, said: str) -> None:
    """A required fault, and what Zendesk says is looked at all the same."""
    (tmp_path / "broken.db").write_text("no database at all, and long enough to be read as one" * 20)
    settings = account.settings()
    store = {"store": str(tmp_path / file)}
    settings = settings.model_copy(update={"service": settings.service.model_copy(update=store)})
    found = {one.name: one for one in Doctor(settings, HANDBOOK, NAME, sign=sign, environ={}).examine()}
    assert (found["store"].mark, found["sign-in"].mark) == (FAIL, OK)
    assert said in found["store"].detail


# ------------------------------------------------------------ the command


def test_the_command(account: Practice, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each with mark, detail and fix, and a sum; 1 where something required fails; the same as JSON."""
    monkeypatch.setenv("ZENDESK_SYNC_CONFIG", str(account.file))
    assert command(monkeypatch, "doctor") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"✓ sign-in: {account.zendesk.url} as Integration")
    assert said[-1].startswith("acme: ")
    assert all(line[0] in "✓-" for line in said[:-1])
    account.app = None
    assert command(monkeypatch, "doctor") == 1
    said = capsys.readouterr().out.splitlines()
    (line,) = [one for one in said if one.startswith("✗")]
    assert "nobody answered (502)" in line
    assert "→ is zendesk-sync serve running" in line
    assert command(monkeypatch, "doctor", "--quiet") == 1
    assert {one[0] for one in capsys.readouterr().out.splitlines()[:-1]} == {"✗", "-"}
    assert command(monkeypatch, "doctor", "--format", "json") == 1
    told = json.loads(capsys.readouterr().out)
    (of,) = told["accounts"]
    assert (told["ok"], of["account"]) == (False, NAME)
    assert {one["mark"] for one in of["checks"]} == {"ok", "failed", "skipped"}
    assert all(set(one) == {"check", "mark", "detail", "fix"} for one in of["checks"])
    assert command(monkeypatch, "doctor", "--account", "nobody") == 2


def test_every_check_is_explained(account: Practice) -> None:
    """docs/doctor.md has a row for each check that there is."""
    text = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")
    names = {*account.examined(), *OF_ZENDESK, "access-token", "api-token", "environment", "store"}
    for name in {re.sub(r' ".*', " …", one) for one in names}:
        assert f"| `{name}` |" in text, name
