"""Everything that setup makes: in order, and each with the fault really made by hand in the account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doctor.practice import Practice
from zendesk_sync.account_settings import Inputs
from zendesk_sync.doctor.checks import Mark

OK, WARN, FAIL, SKIPPED = Mark.OK, Mark.WARN, Mark.FAIL, Mark.SKIPPED
TRIGGER = 'trigger "zendesk_sync acme: ticket may need a new priority"'


def one(account: Practice, kind: str, title: str) -> dict[str, Any]:
    found = account.call("GET", f"{kind}?per_page=100")[kind]
    return next(thing for thing in found if title in (thing.get("title"), thing.get("name"), thing.get("key")))


def test_a_field_that_is_not_as_it_should_be(account: Practice) -> None:
    """An option that is gone and an inactive field are faults; a title is a person's own."""
    field = one(account, "ticket_fields", "Severity")
    path, name = f"ticket_fields/{field['id']}", 'ticket field "Severity"'
    options = field["custom_field_options"]
    with account.changed(
        path, "ticket_field", {"custom_field_options": options[1:]}, {"custom_field_options": options}
    ):
        found = account.examined()
        assert found[name].mark is FAIL
        assert options[0]["value"] in found[name].detail
        assert "setup apply" in found[name].fix
        assert "inputs" not in found
    account.set_up()  # an option that came back has another place
    with account.changed(path, "ticket_field", {"active": False}, {"active": True}):
        assert account.mark(name) is FAIL
    with account.changed(path, "ticket_field", {"title": "How bad"}, {"title": "Severity"}):
        renamed = account.examined()['ticket field "How bad"']
    assert (renamed.mark, "left as a person has it: title" in renamed.detail) == (OK, True)
    assert account.mark(name) is OK


def test_a_form_without_our_fields(account: Practice) -> None:
    """Agents would not see them: a warning, which names them."""
    form = one(account, "ticket_forms", "Default Ticket Form")
    fields = form["ticket_field_ids"]
    gone = one(account, "ticket_fields", "Severity")["id"]
    path, back = f"ticket_forms/{form['id']}", {"ticket_field_ids": fields}
    with account.changed(path, "ticket_form", {"ticket_field_ids": [f for f in fields if f != gone]}, back):
        found = account.examined()['form "Default Ticket Form"']
    assert (found.mark, "Severity" in found.detail) == (WARN, True)
    assert account.mark('form "Default Ticket Form"') is OK


def test_the_trigger(account: Practice) -> None:
    """Inactive, and without its guard: faults; the conditions that changed are named as people read them."""
    trigger = one(account, "triggers", "zendesk_sync acme: ticket may need a new priority")
    path = f"triggers/{trigger['id']}"
    with account.changed(path, "trigger", {"active": False}, {"active": True}):
        assert account.mark(TRIGGER) is FAIL
    kept = {"conditions": trigger["conditions"], "actions": trigger["actions"]}
    bare = {"conditions": {"all": [], "any": trigger["conditions"]["any"]}, "actions": trigger["actions"]}
    with account.changed(path, "trigger", bare, kept):
        found = account.examined()[TRIGGER]
        assert found.mark is FAIL
        assert "its guard is gone" in found.detail
        assert "Sync mark not changed" in found.detail
    assert account.mark(TRIGGER) is OK


def test_the_webhook(account: Practice) -> None:
    """Inactive is a fault, and an address that is not the configuration's."""
    path, name = f"webhooks/{account.webhook()['id']}", 'webhook "zendesk_sync acme"'
    endpoint = account.webhook()["endpoint"]
    with account.changed(path, "webhook", {"status": "inactive"}, {"status": "active"}):
        assert account.mark(name) is FAIL
    with account.changed(path, "webhook", {"endpoint": f"{endpoint}x"}, {"endpoint": endpoint}):
        found = account.examined()
        assert (found[name].mark, found["round trip"].mark) == (FAIL, FAIL)
    assert account.mark(name) is OK


def test_views_and_organization_fields_that_are_gone(account: Practice) -> None:
    """A view is for people, and a warning; without the plan's field every customer is unknown."""
    account.call("DELETE", f"views/{one(account, 'views', 'Needs triage')['id']}")
    account.call("DELETE", f"organization_fields/{one(account, 'organization_fields', 'zs_plan')['id']}")
    found = account.examined()
    assert (found['view "Needs triage"'].mark, found['organization field "Support plan"'].mark) == (WARN, FAIL)
    account.set_up()
    found = account.examined()
    assert (found['view "Needs triage"'].mark, found['organization field "Support plan"'].mark) == (OK, OK)


@pytest.mark.parametrize("change", [{"active": False}, {"sub_type_id": 1}])
def test_a_native_priority_that_will_not_do(account: Practice, change: dict[str, Any]) -> None:
    """Inactive, or without low and urgent: a drop-down of the account's own is proposed."""
    field = one(account, "ticket_fields", "Priority")
    back = {name: field[name] for name in change}
    with account.changed(f"ticket_fields/{field['id']}", "ticket_field", change, back):
        found = account.examined()["official priority"]
    assert (found.mark, "a drop-down of your own" in found.detail) == (FAIL, True)
    assert account.mark("official priority") is OK


def test_an_official_priority_of_the_accounts_own(account: Practice) -> None:
    """It needs one option for each level; rules that set it are found by its id."""
    options = [{"name": level, "value": f"own_{level}"} for level in ("p0", "p1", "p2", "p3")]
    field = {"type": "tagger", "title": "Own priority", "custom_field_options": options}
    with account.made("ticket_fields", "ticket_field", field) as made:
        trigger = {
            "title": "Own rule",
            "conditions": {"all": [{"field": "update_type", "operator": "is", "value": "Create"}], "any": []},
            "actions": [{"field": f"custom_fields_{made['id']}", "value": "own_p0"}],
        }
        with account.made("triggers", "trigger", trigger):
            found = account.examined(official="Own priority")
        assert (found["official priority"].mark, found["other triggers"].mark) == (OK, WARN)
        assert "sla policies" not in found
    assert account.mark("official priority", official="Own priority") is SKIPPED  # setup says it already
    assert account.examined(official="Own priority")["setup"].mark is FAIL


def test_what_stands_in_setups_way(account: Practice) -> None:
    """One line says it, and what needs the account's things is skipped; without a public address the rest is told."""
    clash = {"type": "tagger", "title": "Theirs", "custom_field_options": [{"name": "x", "value": "zs_severity_0"}]}
    with account.made("ticket_fields", "ticket_field", clash):
        found = account.examined()
    assert (found["setup"].mark, found["round trip"].mark, found["rate"].mark) == (FAIL, SKIPPED, OK)
    assert "zs_severity_0" in found["setup"].detail
    settings = account.settings()
    account.file.write_text(account.file.read_text().replace("public_url", "# public_url"))
    found = account.examined()
    account.configured(str(settings.service.public_url))
    assert (found["setup"].mark, found['ticket field "Severity"'].mark) == (FAIL, OK)
    assert "public_url is missing" in found["setup"].detail
    assert not any(name.startswith(("webhook ", "trigger ")) and '"' in name for name in found)


def test_fields_that_the_configuration_names(account: Practice) -> None:
    """One that is not there, and an item that no checklist has, are told by their keys."""
    answers = Inputs(answers={"version": "No such field"})
    assert "inputs.answers.version" in account.examined(inputs=answers)["setup"].detail
    misspelled = account.examined(inputs=Inputs(answers={"versoin": "Severity"}))["inputs"]
    assert (misspelled.mark, "inputs.answers.versoin: not a checklist item" in misspelled.detail) == (FAIL, True)
