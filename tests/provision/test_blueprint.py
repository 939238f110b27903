"""The definitions: complete against the policy's vocabulary, and such as Zendesk takes."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.policy.facts import HANDBOOK
from tests.provision.account import NAME, URL
from zendesk_sync.account_settings import Account
from zendesk_sync.policy.order import TYPE_RANK, queue_bands
from zendesk_sync.policy.terms import Flag, Priority
from zendesk_sync.provision.blueprint import Blueprint, blueprint, fill
from zendesk_sync.zendesk.fields import MARKS, UNDONE, FieldSpec, OurField, specs


def wanted(**settings: object) -> Blueprint:
    account = Account.model_validate({"url": "https://acme.zendesk.com", **settings})
    return blueprint(NAME, account, HANDBOOK, URL)


def test_the_fields_of_the_file_are_the_fields_of_the_program() -> None:
    """Each once, with every word that the policy can say, in the policy's order where views depend on it."""
    by_name: dict[OurField, FieldSpec] = {spec.name: spec for spec in specs(HANDBOOK)}
    words = {name: [word for word, _ in spec.options] for name, spec in by_name.items()}
    assert set(by_name) == set(OurField)
    assert words[OurField.COMPUTED] == list(Priority)
    assert words[OurField.CUSTOMER] == list(TYPE_RANK)
    assert words[OurField.BAND] == [band for band, _ in queue_bands()]
    assert words[OurField.FLAGS] == list(Flag)
    assert words[OurField.MARK] == [*MARKS, UNDONE]
    assert words[OurField.CANNOT_WAIT] == ["yes", "no"]
    for spec in by_name.values():
        titles = [title for _, title in spec.options]
        assert not spec.ordered or titles == sorted(titles)
        assert "<" not in spec.about


@pytest.mark.parametrize("official", ["priority", "Level"])
def test_views_are_such_as_zendesk_takes(official: str) -> None:
    """At most ten columns, a condition on status, no tag left unknown, tags of the account's own prefix."""
    for view in wanted(official=official, prefix="pre_").views.values():
        assert any(condition["field"] == "status" for condition in view["all"])
        assert len(view["output"]["columns"]) <= 10
        text = json.dumps(view)
        assert "<tag" not in text
        assert "zs_" not in text
        assert ("<official>" in text) == (official != "priority")
        tags = [condition["value"] for condition in view["all"] if condition["field"] == "current_tags"]
        assert tags or view["title"] == "Support queue"
        assert all(tag.startswith("pre_") for value in tags for tag in value.split())


def test_p0_and_p1_means_every_band_of_them() -> None:
    """In a surge too, where the band holds the customer type; and no other level's."""
    (tags,) = (
        condition["value"].split()
        for condition in wanted().views["urgent"]["all"]
        if condition["field"] == "current_tags"
    )
    bands = [band for band, _ in queue_bands()]
    assert tags == [f"zs_band_{band}" for level in ("p0", "p1") for band in bands if band.split("_")[0] == level]


def test_the_trigger_hears_of_every_input() -> None:
    """Of each field that facts are read from, once, also where two keys name the same; and of the official one."""
    inputs = {"answers": {"version": "Version", "logs": 77, "attempts": "Version"}, "wish_field": "Wish"}
    any_ = wanted(inputs=inputs, official="Level").trigger["conditions"]["any"]
    named = [one["field"] for one in any_ if "input:" in one["field"]]
    keys = ["inputs.answers.version", "inputs.answers.logs", "inputs.wish_field"]
    assert named == [f"custom_fields_<input:{key}>" for key in keys]
    assert "custom_fields_<official>" in [one["field"] for one in any_]
    assert "priority" not in [one["field"] for one in any_]
    assert "priority" in [one["field"] for one in wanted().trigger["conditions"]["any"]]


def test_a_lone_word_becomes_its_value_and_an_unknown_one_stays() -> None:
    """A column is a number, a condition's field is text."""
    given = {"columns": ["<computed>", "status"], "field": "custom_fields_<mark>", "body": "{{ticket.id}} <b>"}
    assert fill(given, {"computed": 7, "mark": 8}) == {
        "columns": [7, "status"],
        "field": "custom_fields_8",
        "body": "{{ticket.id}} <b>",
    }


def test_a_blueprint_is_not_changed_by_what_is_made_of_it() -> None:
    """The definitions are read once and shared."""
    before = json.dumps(dataclasses.asdict(wanted())["views"])
    wanted(prefix="other_", official="Level").views["queue"]["output"]["columns"].append("x")
    assert json.dumps(dataclasses.asdict(wanted())["views"]) == before
