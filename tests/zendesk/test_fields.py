"""Our vocabulary and an account's field ids: found by title, and every clash named."""

from __future__ import annotations

import msgspec
import pytest

from tests.policy.facts import HANDBOOK
from tests.sync.world import OUR_IDS, PREFIX, account_fields, field, field_map, ticket
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
