"""``setup destroy`` takes back what is ours, whatever happened to it meanwhile, and nothing else."""

from __future__ import annotations

import httpx
import pytest

from tests.provision.account import URL, Place
from zendesk_sync.errors import ZendeskError
from zendesk_sync.provision.items import Action, Kind


def test_it_leaves_the_account_as_it_was(empty: Place) -> None:
    """Also where the account had a field of our name, and where people renamed what we made."""
    options = [{"name": "0 Emergency", "value": "zs_severity_0"}]
    empty.post("ticket_fields", type="tagger", title="Severity", custom_field_options=options)
    empty.post("views", title="Needs triage", all=[{"field": "status", "operator": "is", "value": "open"}])
    before, lists = empty.everything(), {kind: empty.all(kind) for kind in ("views", "ticket_forms")}
    empty.setup.apply(URL)
    empty.put("views", empty.one("views", "Support queue")["id"], title="Ours")
    empty.put("ticket_fields", empty.one("ticket_fields", "Memory")["id"], title="Notebook", active=False)
    planned = empty.setup.plan_destroy(keep_fields=False)
    kinds = [item.kind for item in planned.changes]
    assert kinds == sorted(kinds, key=[*_ORDER].index)
    left = {(item.kind, item.title) for item in planned.of(Action.LEAVE)}
    assert left == {(Kind.FIELD, "Severity")}
    empty.setup.destroy(planned)
    after = empty.everything()
    ours = [field for field in after["fields"] if field[0] == "Severity"]
    assert len(ours[0][2]) == 4  # options that were added stay: taking them away would clear them on tickets
    assert {**after, "fields": 0, "forms": 0} == {**before, "fields": 0, "forms": 0}
    assert [field[0] for field in after["fields"]] == [field[0] for field in before["fields"]]
    assert {view["title"] for view in empty.all("views")} == {view["title"] for view in lists["views"]}
    fields = [form["ticket_field_ids"] for form in lists["ticket_forms"]]
    severity = empty.one("ticket_fields", "Severity")["id"]
    shown = [form["ticket_field_ids"] for form in empty.all("ticket_forms")]
    assert [[one for one in ids if one != severity] for ids in shown] == fields
    assert not empty.setup.plan_destroy(keep_fields=False).changes


_ORDER = (Kind.TRIGGER, Kind.WEBHOOK, Kind.VIEW, Kind.FORM, Kind.FIELD, Kind.ORGANIZATION_FIELD)


def test_keep_fields_leaves_fields_values_and_forms(place: Place) -> None:
    """Trigger, webhook and views go; a later apply finds the fields again and makes no second ones."""
    before = place.everything()
    place.setup.destroy(place.setup.plan_destroy(keep_fields=True))
    after = place.everything()
    assert (after["triggers"], after["webhooks"]) == ([], [])
    assert {kind: after[kind] for kind in ("fields", "organization", "forms")} == {
        kind: before[kind] for kind in ("fields", "organization", "forms")
    }
    place.setup.apply(URL)
    assert place.everything() == before


def test_a_webhook_that_somebody_elses_trigger_calls_stays(place: Place) -> None:
    """Zendesk would refuse it; the plan says which trigger it is. Copies of our things stay as well."""
    trigger = place.all("triggers")[0]
    same = {key: trigger[key] for key in ("conditions", "actions", "description")}
    place.post("triggers", title="Copied by Ann", **same)
    planned = place.setup.plan_destroy(keep_fields=True)
    there = planned.of(Action.LEAVE, Action.CHANGE)
    stays = {(item.kind, item.title): item.reason for item in there if item.kind is not Kind.FIELD}
    assert "copy" in stays[Kind.TRIGGER, "Copied by Ann"]
    assert 'trigger "Copied by Ann"' in stays[Kind.WEBHOOK, "zendesk_sync acme"]
    place.setup.destroy(planned)
    again = place.setup.plan_destroy(keep_fields=True)
    assert not again.changes  # the original is gone, and the copy is not taken for it
    assert [one["title"] for one in place.all("triggers")] == ["Copied by Ann"]
    assert {**place.all("triggers")[0], "description": 0}.items() >= {**same, "description": 0}.items()
    place.http.delete(f"/triggers/{place.all('triggers')[0]['id']}").raise_for_status()
    place.setup.destroy(place.setup.plan_destroy(keep_fields=True))
    assert place.all("webhooks") == []


def test_it_goes_on_where_it_was_interrupted(place: Place) -> None:
    """Each run loses the answer to every deletion, repeats included, until one comes through; the last ends clean."""
    budget = [3]

    def after(request: httpx.Request) -> None:
        if request.method == "DELETE":
            budget[0] -= 1
            if budget[0] < 0:
                raise httpx.ReadError("connection lost", request=request)

    place.wire.after = after
    for _ in range(20):
        planned = place.setup.plan_destroy(keep_fields=False)
        if not planned.changes:
            break
        budget[0] = 3
        try:
            place.setup.destroy(planned)
        except ZendeskError:
            continue
    assert not place.setup.plan_destroy(keep_fields=False).changes
    assert place.everything()["webhooks"] == []


@pytest.mark.parametrize("kind", ["views", "triggers", "webhooks", "ticket_fields"])
def test_what_lost_our_line_is_never_deleted(place: Place, kind: str) -> None:
    """Whoever takes the line out of the description keeps the thing."""
    title = {"views": "Support queue", "ticket_fields": "Queue band"}.get(kind)
    found = place.one(kind, title) if title else place.all(kind)[0]
    changed = {kind[:-1]: {"description": "Ours now."}}
    send = place.http.patch if kind == "webhooks" else place.http.put
    send(f"/{kind}/{found['id']}", json=changed).raise_for_status()
    place.setup.destroy(place.setup.plan_destroy(keep_fields=False))
    assert found["id"] in [one["id"] for one in place.all(kind)]
