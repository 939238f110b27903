"""``customers check``, ``customers show``, ``explain`` and ``doctor`` say who the customers are and what is lacking."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import command
from tests.customers.crm import Crm
from tests.e2e.world import World, world
from zendesk_sync.account_settings import Account
from zendesk_sync.doctor import customers as doctor
from zendesk_sync.zendesk.exports import Exports


def configured(house: World, folder: Path, crm: Crm, *, secret: str | None = "s3cret") -> Path:
    """A configuration of the house with organization fields first and the directory behind them."""
    file = folder / "zendesk-sync.toml"
    file.write_text(
        f'[accounts.acme]\nurl = "{house.zendesk.url}"\nclient_id = "{house.zendesk.client_id}"\n'
        f'[accounts.acme.customers.directory]\nurl = "{crm.url}/c/{{organization_id}}"\nplan = "/plan"\ntries = 1\n'
        f'headers = {{ Authorization = "Bearer {{secret}}" }}\n'
    )
    secrets = folder / "acme.secrets.toml"
    text = f'client_secret = "{house.zendesk.client_secret}"\n'
    secrets.write_text(text if secret is None else f'{text}directory_secret = "{secret}"\n')
    secrets.chmod(0o600)
    return file


def new_organization(house: World, name: str) -> int:
    made = house.post("organizations", {"organization": {"name": name, "domain_names": [f"{name}.example"]}})
    return int(made["organization"]["id"])


def test_people_learn_who_the_customers_are(
    tmp_path: Path, crm: Crm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with world(tmp_path) as house:
        configured(house, tmp_path, crm)
        odd, quiet = (new_organization(house, name) for name in ("odd", "quiet"))
        crm.answers[f"/c/{odd}"] = {"plan": "[Platinum]"}
        tickets = {name: house.customer_writes(severity=2, plan=name) for name in ("big", "odd", "quiet")}

        def ran(*words: str) -> tuple[int, Any]:
            code = command(monkeypatch, *words)
            said = capsys.readouterr().out
            return code, json.loads(said) if "json" in words else said

        code, found = ran("customers", "check", "--format", "json")
        assert code == 1
        assert (found["tickets"], found["types"]) == (3, {"enterprise": 1, "unknown": 2})
        assert found["unmapped"] == [{"word": "[Platinum]", "tickets": 1, "organizations": [odd]}]
        assert found["without_answer"] == {"tickets": 1, "organizations": [quiet]}
        assert [one["source"] for one in found["sources"]] == ["organization_field", "directory"]
        code, text = ran("customers", "check")
        assert "3 unsolved tickets: 1 enterprise, 2 unknown (67% unknown)" in text
        assert f"[Platinum]: 1 ticket of organizations {odd}" in text

        code, text = ran("customers", "show", "odd")
        assert code == 0
        assert "organization_field: says nothing" in text
        assert "not mapped: [Platinum]" in text
        code, found = ran("customers", "show", str(odd), "--format", "json")
        assert found["answers"] == "directory"
        assert command(monkeypatch, "customers", "show", "nobody") == 2
        assert "has no organization 'nobody'; give its id or its exact name" in capsys.readouterr().err

        code, found = ran("explain", str(tickets["odd"]), "--format", "json")
        assert "directory 127.0.0.1" in found["customer_source"]

        crm.status = 503
        code, found = ran("customers", "check", "--format", "json")
        assert code == 1
        assert found["types"] == {"enterprise": 1}
        assert sum(one["tickets"] for one in found["down"]) == 2
        code, text = ran("customers", "show", str(quiet))
        assert code == 1
        assert "status 503; until it answers" in text
        assert command(monkeypatch, "explain", str(tickets["quiet"])) == 2
        assert "directory of customers" in capsys.readouterr().err
        code, text = ran("explain", str(tickets["big"]))
        assert code == 0

        directory = {"url": f"{crm.url}/c/{{organization_id}}", "plan": "/plan", "tries": 1}
        account = Account.model_validate({"url": house.zendesk.url, "customers": {"directory": directory}})
        with house.connect() as connection:
            for status, mark in ((503, "failed"), (None, "ok")):
                crm.status = status
                (check,) = doctor.directory(
                    "acme", account, house.secrets, Exports(connection.client), connection.tickets
                )
                assert check.mark.value == mark

        configured(house, tmp_path, crm, secret=None)
        assert command(monkeypatch, "customers", "check") == 2
        assert "set ZENDESK_SYNC_ACME_DIRECTORY_SECRET, or write directory_secret" in capsys.readouterr().err
