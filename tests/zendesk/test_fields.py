"""Our vocabulary and an account's field ids: found by title, and every clash named."""

from __future__ import annotations

import msgspec
import pytest

from tests.policy.facts import HANDBOOK
from tests.sync.world import OUR_IDS, PREFIX, account_fields, field, field_map, ticket
from zendesk_sync.account_settings import OwnField
from zendesk_sync.errors import ConfigurationError
from zendesk_sync.policy.terms import Flag, Priority
from zendesk_sync.zendesk.configuration import TicketField
from zendesk_sync.zendesk.fields import FieldMap, OurField, specs, tag


def resolve(fields: list[TicketField], **known: object) -> FieldMap:
    given = {"prefix": PREFIX, "official": "priority", "answers": {}, "wish_field": None, **known}
    return FieldMap.resolve(fields, HANDBOOK, **given)  # type: ignore[arg-type]


def replaced(title: str, **changes: object) -> list[TicketField]:
    return [msgspec.structs.replace(f, **changes) if f.title == title else f for f in account_fields()]


def test_option_tags_are_unique_across_all_fields() -> None:
    """An option value is a tag, and a tag selects exactly one field's option."""
    tags = [tag(PREFIX, spec.name, word) for spec in specs(HANDBOOK) for word, _ in spec.options]
    assert len(tags) == len(set(tags))
    assert all(one.startswith(PREFIX) and one.replace("_", "").isalnum() and one == one.lower() for one in tags)
    assert "zs_number_one" in tags


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([f for f in account_fields() if f.title != "Memory"], 'no active ticket field "Memory"'),
        (replaced("Severity", active=False), 'no active ticket field "Severity"'),
        (replaced("Severity", type="text"), "is of type text; expected tagger"),
        (replaced("Severity", custom_field_options=()), "lacks the options 0 Emergency"),
        ([*account_fields(), field(999, "Memory", "text")], "several active ticket fields"),
        (replaced("Priority", active=False), "native Priority is inactive"),
        (replaced("Priority", system_field_options=()), "lacks some of the values urgent"),
    ],
)
def test_each_clash_says_what_to_do(fields: list[TicketField], said: str) -> None:
    """A field that is missing, inactive, of another type or ambiguous is named."""
    with pytest.raises(ConfigurationError, match=said):
        resolve(fields)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"answers": {"versoin": "Version"}}, "inputs.answers.versoin: not a checklist item; allowed: summary"),
        ({"answers": {"version": "Versoin"}}, "inputs.answers.version: no active ticket field called 'Versoin'"),
        ({"wish_field": 12345}, "inputs.wish_field: no active ticket field called 12345"),
        ({"official": "Version"}, 'official: ticket field "Version" needs exactly one option called p0'),
    ],
)
def test_fields_named_in_the_configuration_must_exist(known: dict[str, object], said: str) -> None:
    """The key of the configuration is in the message."""
    with pytest.raises(ConfigurationError) as caught:
        resolve(account_fields(), **known)
    assert said in str(caught.value)


OWN = field(400, "SLA", "tagger", {"sla_stop": "Stopped", "sla_down": "Down", "sla_slow": "Slow", "zs_later": "later"})


def test_the_accounts_own_field_reads_in_our_words() -> None:
    """Several options may mean one word, one that is not named means nothing, and none of its tags is foreign."""
    options = {"Stopped": "0", "sla_down": "0", "sla_slow": "2"}
    own = {OurField.SEVERITY: OwnField.model_validate({"field": 400, "options": options})}
    without = [one for one in account_fields() if one.title != "Severity"]
    fields = resolve([*without, OWN], own=own)
    for value, word in (("sla_stop", "0"), ("sla_down", "0"), ("sla_slow", "2"), ("zs_later", None), (None, None)):
        assert fields.read(ticket(values={400: value})).severity == word
    assert fields.tag(OurField.SEVERITY, "0") == "sla_stop"
    assert fields.foreign_tags(ticket(tags=["sla_down", "vip"])) == {"vip"}


def test_options_that_say_it_themselves_need_no_mapping() -> None:
    """Our tag, our word or our title will do, capitals aside."""
    own = {OurField.CANNOT_WAIT: OwnField.model_validate("Urgent?")}
    urgent = field(401, "Urgent?", "tagger", {"u_yes": "YES", "u_no": "no, it can wait"})
    assert resolve([*account_fields(), urgent], own=own).own == {OurField.CANNOT_WAIT: {"u_yes": "yes", "u_no": "no"}}


def test_a_field_of_ours_is_found_by_its_line() -> None:
    """Whatever it is called now; the oldest where somebody cloned it; not another installation's of the same name."""
    line = "Managed by zendesk-sync (zs_ field severity)."
    ours = next(one for one in account_fields() if one.title == "Severity")
    mine = msgspec.structs.replace(ours, title="Schwere", description=line)
    copy = msgspec.structs.replace(mine, id=mine.id + 900)
    assert resolve([copy, mine, *(one for one in account_fields() if one != ours)]).ids[OurField.SEVERITY] == mine.id
    theirs = replaced("Severity", description="Managed by zendesk-sync (other_ field severity).")
    with pytest.raises(ConfigurationError, match='no active ticket field "Severity"'):
        resolve(theirs)


def test_reading_ignores_what_is_not_ours() -> None:
    """Foreign options and unknown words read as empty, and are known as foreign."""
    one = ticket(values={OUR_IDS[OurField.FLAGS]: ["zs_override", "vip"], OUR_IDS[OurField.COMPUTED]: "other"})
    fields = field_map()
    values = fields.read(one)
    assert values.flags == {Flag.OVERRIDE}
    assert values.computed is None
    assert fields.foreign(one, OurField.FLAGS) == ["vip"]


def test_official_priority_reads_as_a_level() -> None:
    """Native values map to levels, also where the account's own drop-down is the official one."""
    assert field_map().read(ticket(priority="urgent")).official is Priority.P0
    assert field_map("Level").read(ticket(values={304: "lvl_3"}, priority="urgent")).official is Priority.P3
