"""docs/fields.md names what stands in Zendesk: each field, option, tag, view, and nothing that is not there."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.docs.generate import DOCS
from zendesk_sync.account_settings import Account
from zendesk_sync.customer_settings import Customers
from zendesk_sync.policy.terms import Priority
from zendesk_sync.policy_files import default_handbook
from zendesk_sync.zendesk.definitions import definition
from zendesk_sync.zendesk.fields import FieldSpec, OurField, specs, tag

TEXT: Final = (DOCS / "fields.md").read_text(encoding="utf-8")
LINES: Final = TEXT.splitlines()
HANDBOOK: Final = default_handbook()
PREFIX: Final[str] = Account.model_fields["prefix"].default
SPECS: Final = {spec.name: spec for spec in specs(HANDBOOK)}
BY_ROW: Final = (OurField.COMPUTED, OurField.CUSTOMER, OurField.MISSING, OurField.FLAGS)
"""Fields whose every option has a line of its own."""


def section(title: str) -> str:
    """The text under a heading of the second level."""
    return re.split(rf"\n## {title}\n", TEXT)[1].split("\n## ")[0]


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name.value)
def test_every_field_has_its_line_or_section(spec: FieldSpec) -> None:
    assert any(re.match(rf"(### |\| ){re.escape(spec.title)}( \||$)", line) for line in LINES)


@pytest.mark.parametrize("name", BY_ROW)
def test_every_option_has_a_line_with_its_tag_and_meaning(name: OurField) -> None:
    for word, title in SPECS[name].options:
        cells = [[cell.strip() for cell in line.split("|")] for line in LINES if f"`{tag(PREFIX, name, word)}`" in line]
        assert [row[1] for row in cells if len(row) > 3 and row[3]] == [title]


def test_inputs_show_their_options_and_tags() -> None:
    part = section("What people fill in")
    for title in dict(SPECS[OurField.SEVERITY].options).values():
        assert title in part
    for _, title in SPECS[OurField.CANNOT_WAIT].options:
        assert title in part


def test_no_tag_is_named_that_no_field_has() -> None:
    """A tag in a page that does not exist would make a view that stays empty."""
    known = {tag(PREFIX, spec.name, word) for spec in SPECS.values() for word, _ in spec.options}
    keys = {Customers.model_fields[name].default for name in definition("organization_fields.toml")}
    named = set(re.findall(rf"`({PREFIX}\w+)`", TEXT))
    assert named <= known | keys
    assert {tag(PREFIX, OurField.BAND, level.value) for level in Priority} <= named
    assert keys <= named


def test_official_values_are_the_policys() -> None:
    for level in Priority:
        if level.determined:
            (line,) = [line for line in LINES if f"`{tag(PREFIX, OurField.COMPUTED, level.value)}`" in line]
            assert line.split("|")[-2].strip().lower() == HANDBOOK.official.value(level)


def test_every_organization_field_and_view_has_its_line() -> None:
    for part, file in (("Organization fields", "organization_fields.toml"), ("Views", "views.toml")):
        titles = [one["title"] for name, one in definition(file).items() if name != "default"]
        rows = [line.split("|")[1].strip() for line in section(part).splitlines() if line.startswith("| ")]
        assert rows[1:] == titles


def test_the_trigger_fires_on_what_the_page_says() -> None:
    fields = {one["field"] for one in definition("trigger.toml")["any"]}
    told = {"status", "<official>", "requester_id", "organization_id", "update_type", "comment_is_public"}
    assert {field for field in fields if not field.startswith("custom_fields_")} == told
    assert {field for field in fields if field.startswith("custom_fields_")} == {
        "custom_fields_<severity>",
        "custom_fields_<presales>",
        "custom_fields_<cannot_wait>",
        "custom_fields_<inputs>",
    }


def test_the_pages_for_people_call_things_by_their_titles() -> None:
    """What stands in bold on the page of support is a field, a flag or a view, as an agent sees it."""
    titles = {spec.title for spec in SPECS.values()} | {"Priority"}
    titles |= {title for _, title in SPECS[OurField.FLAGS].options} | {"unknown"}
    titles |= {view["title"] for name, view in definition("views.toml").items() if name != "default"}
    text = (DOCS / "support.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\*\*([^*]+)\*\*", text)) <= titles
