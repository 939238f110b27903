"""``setup export``: what an admin does by hand with it is what ``setup apply`` would have done."""

from __future__ import annotations

import re
from typing import Any

from tests.policy.facts import HANDBOOK
from tests.provision.account import NAME, URL, Place
from zendesk_sync.account_settings import Account
from zendesk_sync.provision.blueprint import blueprint, fill
from zendesk_sync.provision.export import instructions, requests
from zendesk_sync.provision.items import Action, Kind


def test_the_requests_make_what_apply_makes(empty: Place) -> None:
    """Sent in their order, with the ids that the answers give: nothing but the forms is left to do."""
    version = empty.post("ticket_fields", type="text", title="Version")
    empty.configure(inputs={"answers": {"version": "Version"}})
    words: dict[str, Any] = {"input:inputs.answers.version": version["id"]}
    for one in requests(blueprint(NAME, empty.account, HANDBOOK, URL)):
        path = one.path.removeprefix("/api/v2")
        answer = empty.http.request(one.method, path, json=fill(one.body, words)).raise_for_status().json()
        ((kind, made),) = answer.items()
        words["webhook" if kind == "webhook" else one.file[:-5].split("field-")[-1].replace("-", "_")] = made["id"]
    left = empty.changes()
    assert {item.kind for item in left} == {Kind.FORM}
    empty.setup.apply(URL)
    assert not empty.changes()
    taken_back = empty.setup.plan_destroy(keep_fields=False).of(Action.DELETE)
    assert len(taken_back) == len(requests(blueprint(NAME, empty.account, HANDBOOK, URL)))


def test_the_page_names_everything_that_has_to_be_typed() -> None:
    """Every title, tag, line, address and condition; titles of a policy file cannot break its tables."""
    titled = {**HANDBOOK.severities, "0": HANDBOOK.severities["0"].model_copy(update={"title": "0 All | nothing"})}
    handbook = HANDBOOK.model_copy(update={"severities": titled})
    account = Account.model_validate({"url": "https://acme.zendesk.com", "fields": {"cannot_wait": "Really urgent"}})
    wanted = blueprint(NAME, account, handbook, URL)
    page = instructions(wanted, account.url, "ZENDESK_SYNC_ACME_WEBHOOK_SECRET")
    for spec in wanted.specs:
        assert spec.name in wanted.own or f"### {spec.title}\n" in page
    assert "| 0 All \\| nothing | `zs_severity_0` |" in page
    assert "Cannot wait a day: Really urgent" in page
    assert '* "Really urgent" changed' in page
    assert f"{URL}/webhooks/zendesk/{NAME}" in page
    assert wanted.trigger["actions"][0]["value"][1] in page
    for view in wanted.views.values():
        assert f"### {view['title']}\n" in page
    lines = set(re.findall(r"`(Managed by zendesk-sync \([^)]*\)\.)`", page))
    assert len(lines) == len(requests(wanted))
    assert "\n\n\n" not in page
