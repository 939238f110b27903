"""Plan and apply against the local Zendesk: nothing twice, drift seen and mended, a person's own things left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from tests.policy.facts import HANDBOOK
from tests.provision.account import NAME, URL, Place
from zendesk_sync.account_settings import Account
from zendesk_sync.errors import ConfigurationError, ZendeskError
from zendesk_sync.provision.apply import Setup
from zendesk_sync.provision.items import Action, By, Kind
from zendesk_sync.zendesk.account import ZenpyAccount
from zendesk_sync.zendesk.configuration import View


def test_a_plan_writes_nothing_and_apply_does_just_that(empty: Place) -> None:
    """Planning reads only; applying writes each planned item; then there is nothing left to plan."""
    planned = empty.plan()
    assert empty.wire.writes() == []
    assert not [line for line in empty.wire.sent if line.startswith("POST /api")]
    applied = empty.setup.apply(URL, planned)
    assert applied.items == list(planned.items)
    assert applied.unkept == []
    assert applied.secret
    assert {item.action for item in empty.plan().items} == {Action.KEEP}


def test_it_goes_on_where_the_server_died_and_doubles_nothing(empty: Place) -> None:
    """Each run gets one write further, whose answer is lost, and then nothing more comes through; the runs converge on
    what one undisturbed run makes."""
    empty.wire.after = _loses_its_answer(empty)
    runs = 0
    while runs < 60:
        runs += 1
        empty.wire.before = lambda _request: None
        try:
            empty.setup.apply(URL)
            break
        except ZendeskError:
            continue
    assert 20 < runs < 60
    there = empty.everything()
    other = Place()
    other.setup.apply(URL)
    assert there == other.everything()
    other.stop()


def _loses_its_answer(place: Place) -> Callable[[httpx.Request], None]:
    def after(request: httpx.Request) -> None:
        if request.method != "GET" and "/oauth/" not in request.url.path:
            place.wire.before = _is_dead
            raise httpx.ReadError("connection lost", request=request)

    return after


def _is_dead(request: httpx.Request) -> None:
    raise httpx.ConnectError("connection refused", request=request)


def test_a_lost_answer_alone_stops_nothing(empty: Place) -> None:
    """The account is read again instead: every write's answer is lost once, and one run does it all."""
    lost: set[str] = set()

    def after(request: httpx.Request) -> None:
        if request.method != "GET" and "/oauth/" not in request.url.path:
            lost.add(f"{request.method} {request.url.path}")
            raise httpx.ReadError("connection lost", request=request)

    empty.wire.after = after
    applied = empty.setup.apply(URL)
    assert len(lost) >= 6
    assert applied.secret
    assert not empty.changes()
    titles = [one["title"] for kind in ("views", "triggers", "ticket_fields") for one in empty.all(kind)]
    assert len(titles) == len(set(titles))


def test_what_zendesk_drops_silently_is_told(empty: Place) -> None:
    """Where it answers 201 and keeps less: each such thing is named with both sides, and the rest is made."""

    class Dropping(ZenpyAccount):
        def create_view(self, payload: Mapping[str, object]) -> View:
            return super().create_view({**payload, "output": {"columns": ["nice_id"]}})

    applied = Setup(NAME, empty.account, Dropping(empty.client), HANDBOOK).apply(URL)
    orders = [said for said in applied.unkept if ": order: " in said]
    assert len(orders) == len([one for one in applied.items if one.kind is Kind.VIEW])
    assert 'view "Support queue": order: asked for group by' in " ".join(orders)
    assert applied.secret


BAND = "Queue band"


def _trigger(place: Place) -> None:
    found = place.all("triggers")[0]
    extra = [*found["actions"], {"field": "priority", "value": "high"}]
    some = {"all": [], "any": found["conditions"]["any"][:2]}
    place.put("triggers", found["id"], conditions=some, actions=extra, active=False)


def _view(place: Place) -> None:
    found = place.one("views", "Support queue")
    condition = {"field": "status", "operator": "is", "value": "open"}
    place.put("views", found["id"], all=[condition], output={"columns": ["nice_id"], "sort_by": "updated"})


def _webhook(place: Place) -> None:
    found = place.all("webhooks")[0]
    changed = {"webhook": {"endpoint": "https://elsewhere.example", "status": "inactive"}}
    place.http.patch(f"/webhooks/{found['id']}", json=changed).raise_for_status()


def _band(place: Place) -> None:
    found = place.one("ticket_fields", BAND)
    options = found["custom_field_options"]
    kept = [options[2], options[0], *options[3:], {"name": "Mine", "value": "mine"}]
    place.put("ticket_fields", found["id"], custom_field_options=kept, visible_in_portal=True)


def _form(place: Place) -> None:
    form, field = place.all("ticket_forms")[0], place.one("ticket_fields", BAND)["id"]
    place.put("ticket_forms", form["id"], ticket_field_ids=[one for one in form["ticket_field_ids"] if one != field])


@pytest.mark.parametrize(
    ("change", "kind", "aspects"),
    [
        (_trigger, Kind.TRIGGER, {"conditions", "actions", "active"}),
        (_view, Kind.VIEW, {"conditions", "order", "columns"}),
        (_webhook, Kind.WEBHOOK, {"endpoint", "status"}),
        (_band, Kind.FIELD, {"options", "order of options", "shown to end users"}),
        (_form, Kind.FORM, set()),
    ],
)
def test_drift_is_seen_explained_and_mended(
    place: Place, change: Callable[[Place], None], kind: Kind, aspects: set[str]
) -> None:
    """What a person changed is named with both sides and as made by hand; apply mends it, and only once."""
    change(place)
    (item,) = place.changes()
    assert item.kind is kind
    assert {one.aspect for one in item.differences} == aspects
    assert {one.by for one in item.differences} <= {By.HAND}
    assert all(one.theirs and one.ours and one.theirs != one.ours for one in item.differences)
    place.setup.apply(URL)
    assert not place.changes()
    if change is _band:
        values = [o["value"] for o in place.one("ticket_fields", BAND)["custom_field_options"]]
        assert values[:3] == ["zs_band_p0", "zs_band_p1", "zs_band_p2"]
        assert values[-1] == "mine"
    if change is _view:
        assert [c["id"] for c in place.one("views", "Support queue")["execution"]["columns"]] == ["nice_id"]


def test_what_is_a_persons_own_stays(place: Place) -> None:
    """Titles, columns, hiding a view, another form: seen, told and left, also when something beside is mended."""
    view, field = place.one("views", "Needs triage"), place.one("ticket_fields", BAND)
    place.put("views", view["id"], title="Mine to sort", output={"columns": ["nice_id", "status"], **_by_band(place)})
    place.put("views", place.one("views", "For the CE")["id"], active=False)
    place.put("ticket_fields", field["id"], title="Band", agent_description="Ask Ann.")
    place.post("ticket_forms", name="Other", ticket_field_ids=place.all("ticket_forms")[0]["ticket_field_ids"])
    trigger = place.all("triggers")[0]
    place.put("triggers", trigger["id"], title="Hands off, please")
    assert place.changes() == []
    assert {item.title for item in place.plan().drift} == {"Mine to sort", "For the CE", "Band", "Hands off, please"}
    place.put("triggers", trigger["id"], active=False)
    place.setup.apply(URL)
    assert place.all("triggers")[0]["title"] == "Hands off, please"
    assert place.all("triggers")[0]["active"]
    assert not place.changes()


def _by_band(place: Place) -> dict[str, Any]:
    band = place.one("ticket_fields", BAND)["id"]
    return {"group_by": band, "group_order": "asc", "sort_by": "created", "sort_order": "asc"}


def test_a_new_blueprint_is_told_from_a_persons_change(place: Place) -> None:
    """A title of the policy file that changed reaches the account, and one that a person changed stays."""
    titled = {**HANDBOOK.severities, "0": HANDBOOK.severities["0"].model_copy(update={"title": "0 Everything is down"})}
    place.put("views", place.one("views", "Support queue")["id"], title="Ours")
    place.configure(HANDBOOK.model_copy(update={"severities": titled}))
    (item,) = place.changes()
    assert item.what == 'ticket field "Severity"'
    assert {(one.aspect, one.by) for one in item.differences} == {
        ("options", By.BLUEPRINT),
        ("hint for agents", By.BLUEPRINT),
    }
    place.setup.apply(URL)
    names = [o["name"] for o in place.one("ticket_fields", "Severity")["custom_field_options"]]
    assert names == ["0 Everything is down", "1 Severe", "2 Medium", "3 Question"]
    assert place.one("views", "Ours")
    assert not place.changes()


def test_renamed_things_are_found_and_a_copy_is_left_alone(place: Place) -> None:
    """Neither a title nor a clone with our line in it makes setup lose or double anything."""
    view = place.one("views", "Support queue")
    place.post("views", title="Copy of it", description=view["description"], all=view["conditions"]["all"])
    place.put("views", view["id"], title="Renamed")
    planned = place.plan()
    assert not planned.changes
    (copy,) = [item for item in planned.items if item.title == "Copy of it"]
    assert "copy" in copy.reason


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"fields": {"severity": "SLA"}}, "fields.severity: no active ticket field called 'SLA'"),
        ({"fields": {"severity": "Text"}}, 'fields.severity: ticket field "Text" (id'),
        ({"fields": {"severity": "Own"}}, 'which option of ticket field "Own" means 1, 2, 3? It has: bad (Bad)'),
        ({"fields": {"severity": {"field": "Own", "options": {"bat": 0}}}}, "options.bat: ticket field"),
        ({"fields": {"severity": {"field": "Own", "options": {"bad": 7}}}}, "found '7'; allowed: 0, 1, 2, 3"),
        ({"forms": ["Nowhere"]}, "forms: the account has no active ticket form 'Nowhere'; it has: \"Default"),
        ({"inputs": {"answers": {"version": "Nope"}}}, "inputs.answers.version: no active ticket field called 'Nope'"),
        ({"official": "Nope"}, "official: no active ticket field called 'Nope'"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(empty: Place, settings: dict[str, Any], said: str) -> None:
    """The key, what was found, and what there is."""
    empty.post("ticket_fields", type="text", title="Text")
    options = [{"name": "Bad", "value": "bad"}, {"name": "0", "value": "zero"}]
    empty.post("ticket_fields", type="tagger", title="Own", custom_field_options=options)
    empty.configure(**settings)
    with pytest.raises(ConfigurationError) as caught:
        empty.setup.apply(URL)
    assert said in str(caught.value)
    assert empty.wire.writes() == []


def test_the_accounts_own_field_takes_the_place_of_an_input(empty: Place) -> None:
    """It is named with its options, stands in the trigger and the views, and is neither changed nor doubled."""
    options = [{"name": "Stopped", "value": "sev_stop"}, {"name": "Broken", "value": "sev_broken"}]
    own = empty.post("ticket_fields", type="tagger", title="SLA Severity", custom_field_options=options)
    words = {"sev_stop": 0, "Broken": 1}
    empty.configure(fields={"severity": {"field": own["id"], "options": words}})
    empty.setup.apply(URL)
    assert not empty.changes()
    titles = [one["title"] for one in empty.all("ticket_fields")]
    assert "Severity" not in titles
    assert empty.one("ticket_fields", "SLA Severity")["custom_field_options"] == own["custom_field_options"]
    tested = [c["field"] for c in empty.all("triggers")[0]["conditions"]["any"]]
    assert f"custom_fields_{own['id']}" in tested
    assert own["id"] in [c["id"] for c in empty.one("views", "Support queue")["execution"]["columns"]]


def test_two_installations_in_one_account_leave_each_other_alone(place: Place) -> None:
    """Another prefix makes things of its own, under the same names, and each takes back only what is its own."""
    mine = place.everything()
    customers = {"plan_field": "b_plan", "deployment_field": "b_deployment", "plan_ends_field": "b_ends"}
    place.configure(name="other", prefix="b_", customers=customers)
    place.setup.apply(URL)
    assert not place.changes()
    titles = [one["title"] for one in place.all("views")]
    assert titles.count("Support queue") == 2
    theirs = place.setup.plan_destroy(keep_fields=False)
    place.configure()
    assert not place.changes()
    place.setup.destroy(theirs)
    assert place.everything() == mine
    assert not place.changes()


def test_an_input_whose_place_is_taken_later_is_told_and_kept(place: Place) -> None:
    """Trigger and views follow the account's own field; ours stays with its values, since nobody asked to delete it."""
    options = [{"name": str(number), "value": f"sla_{number}"} for number in range(4)]
    own = place.post("ticket_fields", type="tagger", title="SLA", custom_field_options=options)
    place.configure(fields={"severity": "SLA"})
    changed = place.changes()
    assert {item.kind for item in changed} == {Kind.TRIGGER, Kind.VIEW}
    assert {one.by for item in changed for one in item.differences} == {By.BLUEPRINT}
    assert "nothing uses it now" in place.item('ticket field "Severity').reason
    place.setup.apply(URL)
    assert not place.changes()
    assert place.one("ticket_fields", "Severity")["active"]
    tested = [condition["field"] for condition in place.all("triggers")[0]["conditions"]["any"]]
    assert f"custom_fields_{own['id']}" in tested


def test_only_the_named_forms_show_our_fields(empty: Place) -> None:
    """Others are left as they are."""
    other = empty.post("ticket_forms", name="Travel requests")
    empty.configure(forms=["Default Ticket Form"])
    empty.setup.apply(URL)
    forms = {form["name"]: form["ticket_field_ids"] for form in empty.all("ticket_forms")}
    assert forms["Travel requests"] == other["ticket_field_ids"]
    assert empty.one("ticket_fields", BAND)["id"] in forms["Default Ticket Form"]


def test_a_field_may_be_named_by_title_alone() -> None:
    """``severity = "SLA Severity"`` and ``severity = 123456`` are short for a table."""
    account = {"url": "https://acme.zendesk.com", "fields": {"severity": "SLA Severity", "cannot_wait": 123456}}
    fields = Account.model_validate(account).fields
    assert fields.severity is not None
    assert fields.cannot_wait is not None
    assert (fields.severity.field, fields.cannot_wait.field) == ("SLA Severity", 123456)
